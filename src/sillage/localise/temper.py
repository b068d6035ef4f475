"""How is a posterior sampled that may have several peaks: a cloud of candidates, cooled slowly.

Tempered sequential Monte Carlo: the cloud starts from the prior, the likelihood is raised from
power 0 in steps that keep half of the cloud effective, and Markov moves follow each step.

The power is not raised to 1 but to the weight that the data deserve. A dispersion model is
never right, and what it gets wrong is shared by many readings, so a plain posterior is far too
narrow. The weight is w = d / tr(H^-1 J), with H the curvature of the log-likelihood and J the
scatter of its gradient between stretches of time that are independent of one another: one where
the model is right, smaller where residuals are correlated or the model is wrong. Both are read
off the cloud itself, because over a cloud at power p the variance of the log-likelihood of a
stretch is its share of tr(H^-1 J) / p.

References
----------
Del Moral, Doucet & Jasra, J. R. Statist. Soc. B 68, 2006, 411-436. Ribatet, Cooley & Davison,
Statistica Sinica 22, 2012, 813-845 (the magnitude adjustment). Vrugt et al., Int. J. Nonlinear
Sci. Numer. Simul. 10, 2009 (moves along differences, of some parameters at a time). Cotter et
al., Statistical Science 28, 2013 (moves guided by a normal reference).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_KEEP = 0.5  # effective share of the cloud after one step of power
_LEAST_ROUNDS, _MOST_ROUNDS = 3, 9  # of moves after one step
_MOVED_WHILE_COOLING = 0.8  # accepted moves per candidate that end the rounds early
_MOVED_BETWEEN_HARVESTS = 1.5
_CROSSOVER = (1.0 / 3.0, 2.0 / 3.0, 1.0)  # shares of the parameters that a difference moves
_WHOLE = 0.2  # of the differences that are leapt in full
_RECENT = 2.0  # factor of power within which estimates of the weight are averaged
_REGION = 0.9  # level at which a normal stands for what few chunks allow
_NEAR = 0.95  # of the weight that the data deserve is near enough: its estimates are noisy
_AIM = 0.25  # share of moves to accept


class Verdicts(NamedTuple):
    """What the likelihood says of a cloud."""

    by_chunk: Floats
    """(candidate, chunk): log-likelihood of each independent stretch of time."""
    plume_ppm: Floats
    """(candidate, observation)"""
    on: Floats
    """(candidate, block)"""
    background: Floats
    """(candidate, observation)"""

    def take(self, rows: NDArray[np.int64]) -> Verdicts:
        """The same for some candidates."""
        return Verdicts(*(field[rows] for field in self))

    def mixed(self, other: Verdicts, use: NDArray[np.bool_]) -> Verdicts:
        """Rows of `other` where `use`, of this elsewhere."""
        return Verdicts(
            *(np.where(use[:, None], new, old) for old, new in zip(self, other, strict=True))
        )


class Cloud(NamedTuple):
    """Candidates of equal weight."""

    draws: Floats
    """(candidate, parameter)"""
    prior: Floats
    """(candidate,): log prior density."""
    verdicts: Verdicts

    @property
    def log_likelihood(self) -> Floats:
        """(candidate,)"""
        return np.asarray(self.verdicts.by_chunk.sum(axis=1), dtype=np.float64)


class Cooled(NamedTuple):
    """The posterior, and how it was reached."""

    draws: Floats
    """(draw, parameter): the candidates of all harvest rounds."""
    cloud: Cloud
    power: float
    """Weight that the data got, 0 to 1."""
    log_evidence: float
    """Of the data at that power, against the prior."""
    effective_sample_size: float
    evaluations: int


Likelihood = Callable[[Floats], Verdicts]
LogPrior = Callable[[Floats], Floats]


def evaluator(one: Callable[[Floats], tuple[Floats, ...]]) -> Likelihood:
    """Evaluate candidates on all processors; kernels run outside the interpreter lock."""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2

    def evaluate(draws: Floats) -> Verdicts:
        with ThreadPoolExecutor(workers) as pool:
            columns = zip(*pool.map(one, draws), strict=True)
            return Verdicts(*(np.array(column) for column in columns))

    return evaluate


class _Guide(NamedTuple):
    """Normal summary of a cloud, which proposals are drawn from."""

    mean: Floats
    root: Floats
    """Cholesky factor of the covariance."""

    @classmethod
    def of(cls, draws: Floats, weight: Floats) -> _Guide:
        """Weighted mean and covariance of some candidates."""
        spread = np.atleast_2d(np.cov(draws.T, aweights=weight))
        root = np.linalg.cholesky(spread + 1e-10 * np.eye(draws.shape[1]))
        return cls(weight @ draws / weight.sum(), np.asarray(root, dtype=np.float64))

    def distance2(self, draws: Floats) -> Floats:
        """(candidate,) squared Mahalanobis distance from the mean."""
        white = np.linalg.solve(self.root, (draws - self.mean).T)
        return np.asarray((white**2).sum(axis=0), dtype=np.float64)


class _Cooler:
    """One cooling: the cloud, the likelihood it is moved under, and what was spent."""

    def __init__(
        self, start: Floats, likelihood: Likelihood, log_prior: LogPrior, rng: Generator
    ) -> None:
        self._likelihood, self._log_prior, self._rng = likelihood, log_prior, rng
        self._turn = 0.5  # how far a guided move turns away from where it starts
        self._stride = 2.38 / np.sqrt(start.shape[1])
        self.cloud = Cloud(start, log_prior(start), likelihood(start))
        self.evaluations = start.shape[0]
        self.log_evidence = 0.0

    def resample(self, step: float) -> _Guide:
        """Raise the power by a step: weigh, note the evidence, and draw anew."""
        cloud, count = self.cloud, self.cloud.draws.shape[0]
        best = float(cloud.log_likelihood.max())
        weight = np.exp(step * (cloud.log_likelihood - best))
        self.log_evidence += step * best + float(np.log(weight.mean()))
        weight /= weight.sum()
        guide = _Guide.of(cloud.draws, weight)
        places = (np.arange(count) + self._rng.random()) / count
        rows = np.minimum(np.searchsorted(np.cumsum(weight), places), count - 1)
        self.cloud = Cloud(cloud.draws[rows], cloud.prior[rows], cloud.verdicts.take(rows))
        return guide

    def move(self, power: float, guide: _Guide, enough: float) -> None:
        """Metropolis moves of three kinds in turn, until candidates moved often enough."""
        moved = 0.0
        for attempt in range(_MOST_ROUNDS):
            kind = attempt % 3
            if kind == 0:
                share = self._accept(power, *self._guided(guide))
                self._turn = float(np.clip(self._turn * np.exp(share - _AIM), 0.05, 0.95))
            elif kind == 1:
                leap = self._stride * self._rng.normal(size=self.cloud.draws.shape)
                share = self._accept(power, self.cloud.draws + leap @ guide.root.T, 0.0)
                self._stride *= float(np.exp(share - _AIM))
            else:
                share = self._accept(power, self._along_differences(guide), 0.0)
            moved += share
            if attempt + 1 >= _LEAST_ROUNDS and moved >= enough:
                break

    def _guided(self, guide: _Guide) -> tuple[Floats, Floats]:
        """Turn each candidate towards a fresh draw of the guide; far, yet likely to be accepted."""
        draws = self.cloud.draws
        fresh = self._rng.normal(size=draws.shape) @ guide.root.T
        keep = np.sqrt(1.0 - self._turn**2)
        proposed = guide.mean + keep * (draws - guide.mean) + self._turn * fresh
        return proposed, 0.5 * (guide.distance2(proposed) - guide.distance2(draws))

    def _along_differences(self, guide: _Guide) -> Floats:
        """Move some parameters along the difference of two others; follows bent ridges.

        One in five leaps is whole, and so lands on another peak where there are several.
        """
        draws = self.cloud.draws
        count, size = draws.shape
        one, two = self._rng.integers(0, count, (2, count))
        chosen = self._rng.random(draws.shape) < self._rng.choice(_CROSSOVER, (count, 1))
        chosen[np.arange(count), self._rng.integers(0, size, count)] = True
        stride = 2.38 / np.sqrt(2.0 * chosen.sum(axis=1, keepdims=True))
        stride = np.where(self._rng.random((count, 1)) < _WHOLE, 1.0, stride)
        shaken = 0.01 * self._rng.normal(size=draws.shape) @ guide.root.T
        leap = np.where(chosen, stride * (draws[one] - draws[two]) + shaken, 0.0)
        return np.asarray(draws + leap, dtype=np.float64)

    def _accept(self, power: float, proposed: Floats, correction: Floats | float) -> float:
        """Take the proposals that Metropolis and Hastings allow; gives their share."""
        cloud, count = self.cloud, self.cloud.draws.shape[0]
        prior = self._log_prior(proposed)
        inside = np.flatnonzero(np.isfinite(prior))
        chance = np.log(self._rng.random(count))
        if not inside.size:
            return 0.0
        verdicts = self._likelihood(proposed[inside])
        self.evaluations += inside.size
        gain = np.full(count, -np.inf)
        better = verdicts.by_chunk.sum(axis=1) - cloud.log_likelihood[inside]
        gain[inside] = power * better + prior[inside] - cloud.prior[inside]
        accepted = chance < gain + correction
        place = np.zeros(count, dtype=np.int64)
        place[inside] = np.arange(inside.size)
        self.cloud = Cloud(
            np.where(accepted[:, None], proposed, cloud.draws),
            np.where(accepted, prior, cloud.prior),
            cloud.verdicts.mixed(verdicts.take(place), accepted),
        )
        return float(accepted.mean())


def cool(
    start: Floats,
    likelihood: Likelihood,
    log_prior: LogPrior,
    *,
    harvest: int,
    rng: Generator,
) -> Cooled:
    """Cool a cloud of prior draws to the posterior at the weight the data deserve.

    Parameters
    ----------
    start
        (candidate, parameter): draws from the prior.
    likelihood, log_prior
        Of a stack of candidates; the prior is -inf outside its support.
    harvest
        Rounds of draws to collect at the end.
    rng
        Source of randomness.
    """
    cooler = _Cooler(start, likelihood, log_prior, rng)
    power, ceiling = 0.0, 1.0
    seen: list[tuple[float, float]] = []
    while power < _NEAR * ceiling:
        step = _next_step(cooler.cloud.log_likelihood, ceiling - power)
        guide = cooler.resample(step)
        power += step
        cooler.move(power, guide, _MOVED_WHILE_COOLING)
        seen.append((power, deserved_weight(cooler.cloud, power)))
        # Each estimate is noisy, and those of a much wider cloud are of another place.
        recent = [weight for at, weight in seen if at >= power / _RECENT]
        ceiling = min(1.0, max(power, float(np.mean(recent))))
    collected = []
    equal = np.ones(start.shape[0])
    for _ in range(harvest):
        guide = _Guide.of(cooler.cloud.draws, equal)
        cooler.move(power, guide, _MOVED_BETWEEN_HARVESTS)
        collected.append(cooler.cloud.draws)
    draws = np.concatenate(collected)
    copies = np.unique(draws, axis=0, return_counts=True)[1]
    return Cooled(
        draws=draws,
        cloud=cooler.cloud,
        power=power,
        log_evidence=cooler.log_evidence,
        effective_sample_size=float(copies.sum() ** 2 / (copies**2).sum()),
        evaluations=cooler.evaluations,
    )


def deserved_weight(cloud: Cloud, power: float) -> float:
    """Weight w = d / tr(H^-1 J) of the data, read off a cloud at a power.

    d is the number of parameters that the data inform: twice the variance of the log-posterior's
    data term, at most the number of parameters.
    """
    by_chunk = cloud.verdicts.by_chunk
    chunks = by_chunk.shape[1]
    informed = min(float(cloud.draws.shape[1]), 2.0 * power**2 * float(cloud.log_likelihood.var()))
    scatter = power * float(by_chunk.var(axis=0).sum()) * chunks / max(chunks - 1, 1)
    return min(1.0, _for_few(chunks) * informed / scatter) if scatter > 0.0 else 1.0


def _for_few(chunks: int) -> float:
    """Factor on the weight because J is known from few chunks only.

    A region of a place, of two coordinates, then follows Hotelling's T-squared and not
    chi-squared: (n - 1) 2 / (n - 2) F(2, n - 2). The weight is made smaller until the 90 % regions
    of both are as wide.
    """
    from scipy.stats import chi2, f

    freedom = max(chunks - 2, 1)
    wide = 2.0 * (freedom + 1) / freedom * f.ppf(_REGION, 2, freedom)
    return float(chi2.ppf(_REGION, 2) / wide)


def _next_step(log_likelihood: Floats, most: float) -> float:
    """Largest step of power that keeps the cloud effective, by bisection."""

    def effective(step: float) -> float:
        weight = np.exp(step * (log_likelihood - log_likelihood.max()))
        return float(weight.sum() ** 2 / (weight**2).sum() / weight.size)

    if effective(most) >= _KEEP:
        return most
    low, high = 0.0, most
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if effective(middle) > _KEEP else (low, middle)
    return max(low, 1e-9)
