"""Which source of one draw is which source of another?

Draws hold their sources in any order, for the likelihood knows no names. Here they are put in one
order, by assigning each draw's sources to those of a reference so that they lie nearest.

Reference: Stephens, J. R. Statist. Soc. B 62, 2000 (relabelling).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_TURNS = 3  # of taking the mean of what was assigned as the reference
_RATE = 1.0  # a factor of e in rate counts as much as one standard deviation of place


def order_of(sources: Floats, reference: Floats) -> tuple[Integers, Floats]:
    """Order in which each draw names its sources alike.

    Parameters
    ----------
    sources
        (draw, source, 4): east, north, height, log rate.
    reference
        (source, 4): those of one draw, to start from.

    Returns
    -------
    tuple
        (draw, source): which source of the draw is each of the reference's; and the reference's
        last state, (source, 4).
    """
    from scipy.optimize import linear_sum_assignment

    count, number, _ = sources.shape
    order = np.tile(np.arange(number), (count, 1))
    if number < 2:
        return order, reference
    scale_m = max(float(np.sqrt(sources[:, :, :2].var(axis=(0, 1)).sum())), 1e-9)
    for _ in range(_TURNS):
        away = ((sources[:, :, None, :2] - reference[:, :2]) ** 2).sum(axis=-1) / scale_m**2
        away += ((sources[:, :, None, 3] - reference[:, 3]) / _RATE) ** 2 / number
        for draw in range(count):
            rows, columns = linear_sum_assignment(away[draw])
            order[draw, columns] = rows
        reference = np.take_along_axis(sources, order[:, :, None], axis=1).mean(axis=0)
    return order.astype(np.int64), reference
