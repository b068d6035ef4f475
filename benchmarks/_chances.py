"""How good are probabilities: learnt by logistic regression, scored by Brier and reliability?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def balanced(real: Bools) -> Floats:
    """Weights under which real and false ones are as many; their mean is 1."""
    share = real.mean()
    return np.asarray(np.where(real, 0.5 / share, 0.5 / (1.0 - share)))


def logistic(
    design: Floats, real: Bools, weight: Floats, *, ridge: float = 1.0, least: float | None = None
) -> Floats:
    """Weights of a logistic regression; the first column is a constant and bears no ridge.

    Parameters
    ----------
    design
        One row a case.
    real
        What each was.
    weight
        Of each.
    ridge
        Pull of the weights towards nought.
    least
        Bound of all weights but the constant: 0 for signs that may not count against what they say.
    """
    from scipy.optimize import minimize

    sign = np.where(real, -1.0, 1.0)

    def unlikely(tried: Floats) -> float:
        miss = np.logaddexp(0.0, sign * (design @ tried))
        return float(weight @ miss + 0.5 * ridge * (tried[1:] ** 2).sum())

    bounds = [(None, None), *[(least, None)] * (design.shape[1] - 1)]
    return np.asarray(minimize(unlikely, np.zeros(design.shape[1]), bounds=bounds).x)


def area_under_curve(score: Floats, real: Bools) -> float:
    """Share of pairs of a real and a false one in which the real one scores higher."""
    high, low = score[real][:, None], score[~real][None]
    return float((high > low).mean() + 0.5 * (high == low).mean())


def reliability(told: Floats, real: Bools, weight: Floats, bins: int = 5) -> dict[str, Any]:
    """Brier score, expected calibration error, and told against found, by fifths of what was told.

    Parameters
    ----------
    told
        Probabilities.
    real
        What was so.
    weight
        Of each.
    bins
        Of equal width, from 0 to 1.
    """
    place = np.minimum((told * bins).astype(int), bins - 1)
    rows: list[dict[str, float]] = []
    off = 0.0
    for one in range(bins):
        here = place == one
        if not here.any():
            continue
        mean, found = (float(np.average(v[here], weights=weight[here])) for v in (told, real))
        off += float(weight[here].sum()) * abs(mean - found)
        rows.append({"told": round(mean, 3), "found": round(found, 3), "count": int(here.sum())})
    return {
        "brier": round(float(np.average((told - real) ** 2, weights=weight)), 3),
        "ece": round(off / float(weight.sum()), 3),
        "auc": round(area_under_curve(told, real), 3),
        "reliability": rows,
    }
