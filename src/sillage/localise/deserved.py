"""What weight do the data deserve, when the model is never right?

A dispersion model is never right, and what it gets wrong is shared by many readings, so a plain
posterior is far too narrow. The weight is w = d / tr(H^-1 J), with H the curvature of the
log-likelihood and J the scatter of its gradient between stretches of time that are independent of
one another: one where the model is right, smaller where residuals are correlated or the model is
wrong. Both are read off a cloud of candidates, because over a cloud at power p the variance of the
log-likelihood of a stretch, as far as it is linear in the parameters, is its share of
tr(H^-1 J) / p.

References
----------
Ribatet, Cooley & Davison, Statistica Sinica 22, 2012, 813-845 (the magnitude adjustment).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sillage.localise.cloud import Cloud

Floats = NDArray[np.float64]

_FEWEST = 4  # stretches that scatter is read off
_REGION = 0.9  # level at which a normal stands for what few chunks allow


def deserved_weight(cloud: Cloud, power: float, *, careful: bool = True) -> float:
    """Weight w = d / tr(H^-1 J) of the data, read off a cloud at a power.

    Careful is to count all scatter between stretches, not only that of gradients.

    d is the number of parameters that the data inform: twice the variance of the log-posterior's
    data term, at most the number of parameters. Fewer stretches than four tell nothing of their
    scatter (the mean of F has no bound): then what a block's air does otherwise than its wind says
    is all the model's error that there is, and the data keep their weight.
    """
    by_chunk = cloud.verdicts.by_chunk
    chunks = by_chunk.shape[1]
    if chunks < _FEWEST:
        return 1.0
    informed = min(float(cloud.draws.shape[1]), 2.0 * power**2 * float(cloud.log_likelihood.var()))
    each = by_chunk.var(axis=0) if careful else _with_slope(cloud.draws, by_chunk)
    scatter = power * float(each.sum()) * chunks / (chunks - 1)
    return min(1.0, _for_few(chunks) * informed / scatter) if scatter > 0.0 else 1.0


def _with_slope(draws: Floats, by_chunk: Floats) -> Floats:
    """(chunk,): variance of each chunk's log-likelihood that goes with the parameters linearly.

    That is the scatter of gradients. What is left of the variance is curvature, which a wide cloud
    has much of, and says nothing of the model. A fit to few candidates explains some of anything:
    the residual's variance is taken by its degrees of freedom, so the mean is right.
    """
    count = draws.shape[0]
    beside = np.column_stack([np.ones(count), draws - draws.mean(axis=0)])
    left = by_chunk - beside @ np.linalg.lstsq(beside, by_chunk, rcond=None)[0]
    freedom = max(count - beside.shape[1], 1)
    whole = by_chunk.var(axis=0, ddof=1)
    return np.asarray(whole - (left**2).sum(axis=0) / freedom, dtype=np.float64)


def _for_few(chunks: int) -> float:
    """Factor on the weight because J is known from few chunks only.

    A region of a place, of two coordinates, then follows Hotelling's T-squared and not
    chi-squared: (n - 1) 2 / (n - 2) F(2, n - 2). The weight is made smaller until the 90 % regions
    of both are as wide.
    """
    from scipy.stats import chi2, f

    freedom = chunks - 2
    wide = 2.0 * (freedom + 1) / freedom * f.ppf(_REGION, 2, freedom)
    return float(chi2.ppf(_REGION, 2) / wide)
