"""What passes from one window to the next: each source as a small mixture, the air as normals.

A source is carried as kernels about some of its draws, shrunk so that mean and covariance stay what
they were, and as wide as its draws are few: so a place that is long, bent or in two parts stays so.
A kernel that would come to lie off the ground, such as between two zones, stays about its draw.
What is carried is forgotten with time, as the place and rate of a source that is watched no longer
become less certain; the numbers of the air return to their prior.

References
----------
Liu & West, in Sequential Monte Carlo Methods in Practice, Springer, 2001, ch. 10 (shrunk kernels).
Silverman, Density Estimation, 1986, section 4.3 (their width).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sillage.localise.ground import Ground

Floats = NDArray[np.float64]

KERNELS = 128
_NUMBERS = 4  # of a source: east, north, height, log rate
_HEIGHT = 2
_LEAST_STD = np.array([0.3, 0.3, 0.05, 0.02])  # m, m, m, of a logarithm: finer than any answer


class Carried(NamedTuple):
    """A source that earlier windows found; it enters the next one with what they knew of it."""

    name: str
    centres: Floats
    """(kernel, 4): east, north, height in m, and the logarithm of the rate in kg/h."""
    spread: Floats
    """(4, 4): covariance of each kernel."""
    log_odds: float
    """Of its existing."""
    first_on_ns: int
    """When it was first more probably on than off."""
    last_on_ns: int
    """When it was last."""
    silent_since_ns: int
    """Since when it has almost surely been off; the present while it may be on."""
    facility: str = ""
    """Empty: nobody knew of it beforehand."""

    @property
    def mean(self) -> Floats:
        """(4,): its most typical numbers."""
        return np.asarray(self.centres.mean(axis=0), dtype=np.float64)

    def after(self, passed_s: float, memory_s: float) -> Carried:
        """The same a while later: place and rate become less certain, the height stays."""
        away = self.centres - self.mean
        whole = away.T @ away / self.centres.shape[0] + self.spread
        more = math.expm1(passed_s / memory_s) * whole
        more[_HEIGHT, :], more[:, _HEIGHT] = 0.0, 0.0
        return self._replace(spread=self.spread + more)


class CarriedPrior:
    """Prior on a source that is carried over: kernels, folded at the ground.

    Parameters
    ----------
    carried
        The source.
    support
        Log density of (count, 4) sources that nobody knows: what it rules out stays ruled out.
    """

    def __init__(self, carried: Carried, support: Callable[[Floats], Floats]) -> None:
        self._centres, self._support = carried.centres, support
        self._root = np.linalg.cholesky(carried.spread)
        log_root = float(np.log(np.diag(self._root)).sum())
        self._constant = -0.5 * _NUMBERS * math.log(2.0 * math.pi) - log_root
        self._constant -= math.log(carried.centres.shape[0])

    def draw(self, count: int, rng: Generator) -> Floats:
        """(count, 4) draws."""
        own = self._centres[rng.integers(0, self._centres.shape[0], count)]
        draws = own + rng.normal(size=own.shape) @ self._root.T
        draws[:, _HEIGHT] = np.abs(draws[:, _HEIGHT])
        outside = ~np.isfinite(self._support(draws))
        draws[outside] = own[outside]  # a kernel's middle is possible
        return np.asarray(draws, dtype=np.float64)

    def log_density(self, draws: Floats) -> Floats:
        """(count,) log density; -inf where no source can be."""
        folded = draws * np.where(np.arange(_NUMBERS) == _HEIGHT, -1.0, 1.0)
        density = np.logaddexp(self._whole(draws), self._whole(folded))
        return np.where(np.isfinite(self._support(draws)), density, -np.inf)

    def _whole(self, draws: Floats) -> Floats:
        """(count,) log density before it is folded."""
        from scipy.special import logsumexp

        inverse = np.linalg.inv(self._root)
        white, centres = draws @ inverse.T, self._centres @ inverse.T
        away2 = ((white[:, None, :] - centres) ** 2).sum(axis=-1)  # draw kernel
        return np.asarray(self._constant + logsumexp(-0.5 * away2, axis=1), dtype=np.float64)


def kernels_of(draws: Floats, ground: Ground) -> tuple[Floats, Floats]:
    """Centres and covariance of the kernels that stand for (draw, 4) draws of a source."""
    mean, whole = draws.mean(axis=0), np.cov(draws.T) + np.diag(_LEAST_STD**2)
    count = min(KERNELS, draws.shape[0])
    width = (4.0 / (_NUMBERS + 2.0) / count) ** (1.0 / (_NUMBERS + 4.0))
    own = draws[np.linspace(0, draws.shape[0] - 1, count).round().astype(np.int64)]
    centres = mean + math.sqrt(1.0 - width**2) * (own - mean)
    off = ~ground.holds(centres[:, 0], centres[:, 1])
    centres[off] = own[off]
    return np.asarray(centres, dtype=np.float64), np.asarray(width**2 * whole, dtype=np.float64)
