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
Statistica Sinica 22, 2012, 813-845 (the magnitude adjustment). ter Braak, Statistics and
Computing 16, 2006 (moves along differences).
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
_MOVES = (3, 8)  # rounds of moves after one step: at least, at most
_MOVED_ENOUGH = 0.6  # accepted moves per candidate that end the rounds early
_AIM = 0.25  # share of moves to accept


class Verdicts(NamedTuple):
    """What the likelihood says of a cloud."""

    by_chunk: Floats
    """(candidate, chunk): log-likelihood of each independent stretch of time."""
    plume_ppm: Floats
    """(candidate, observation)"""
    on: Floats
    """(candidate, block)"""

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


def evaluator(one: Callable[[Floats], tuple[Floats, Floats, Floats]]) -> Likelihood:
    """Evaluate candidates on all processors; kernels run outside the interpreter lock."""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2

    def evaluate(draws: Floats) -> Verdicts:
        with ThreadPoolExecutor(workers) as pool:
            columns = zip(*pool.map(one, draws), strict=True)
            return Verdicts(*(np.array(column) for column in columns))

    return evaluate


def cool(
    start: Floats,
    likelihood: Likelihood,
    log_prior: LogPrior,
    *,
    settle: Callable[[Cloud], None],
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
    settle
        Called with the cloud after each step, so that what is conditional on it (the
        background) can follow; the likelihood is asked anew afterwards.
    harvest
        Rounds of draws to collect at the end.
    rng
        Source of randomness.
    """
    count = start.shape[0]
    cloud = Cloud(start, log_prior(start), likelihood(start))
    power, ceiling, log_evidence, evaluations = 0.0, 1.0, 0.0, count
    scale = 2.38 / np.sqrt(start.shape[1])
    weights_seen: list[float] = []
    while power < ceiling:
        step = _next_step(cloud.log_likelihood, ceiling - power)
        weight = np.exp(step * (cloud.log_likelihood - cloud.log_likelihood.max()))
        log_evidence += step * cloud.log_likelihood.max() + np.log(weight.mean())
        power += step
        weight /= weight.sum()
        covariance = _covariance(cloud.draws, weight)
        rows = np.searchsorted(np.cumsum(weight), (np.arange(count) + rng.random()) / count)
        rows = np.minimum(rows, count - 1)
        cloud = Cloud(cloud.draws[rows], cloud.prior[rows], cloud.verdicts.take(rows))
        settle(cloud)
        cloud = cloud._replace(verdicts=likelihood(cloud.draws))
        cloud, scale, used = _move(cloud, power, covariance, scale, likelihood, log_prior, rng)
        evaluations += used + count
        weights_seen.append(deserved_weight(cloud, power))
        ceiling = min(1.0, max(power, float(np.median(weights_seen[-3:]))))
    collected = [cloud.draws]
    covariance = _covariance(cloud.draws, np.full(count, 1.0 / count))
    for _ in range(harvest - 1):
        cloud, scale, used = _move(cloud, power, covariance, scale, likelihood, log_prior, rng)
        evaluations += used
        collected.append(cloud.draws)
    draws = np.concatenate(collected)
    copies = np.unique(draws, axis=0, return_counts=True)[1]
    return Cooled(
        draws=draws,
        cloud=cloud,
        power=power,
        log_evidence=float(log_evidence),
        effective_sample_size=float(copies.sum() ** 2 / (copies**2).sum()),
        evaluations=evaluations,
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
    return min(1.0, informed / scatter) if scatter > 0.0 else 1.0


def _next_step(log_likelihood: Floats, most: float) -> float:
    """Largest step of power that keeps the cloud effective, by bisection."""

    def effective(step: float) -> float:
        weight = np.exp(step * (log_likelihood - log_likelihood.max()))
        return float(weight.sum() ** 2 / (weight**2).sum()) / weight.size

    if effective(most) >= _KEEP:
        return most
    low, high = 0.0, most
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if effective(middle) > _KEEP else (low, middle)
    return max(low, 1e-9)


def _covariance(draws: Floats, weight: Floats) -> Floats:
    spread = np.atleast_2d(np.cov(draws.T, aweights=weight))
    return np.asarray(spread + 1e-10 * np.eye(draws.shape[1]), dtype=np.float64)


def _move(
    cloud: Cloud,
    power: float,
    covariance: Floats,
    scale: float,
    likelihood: Likelihood,
    log_prior: LogPrior,
    rng: Generator,
) -> tuple[Cloud, float, int]:
    """Metropolis moves of the whole cloud, until most candidates have moved."""
    root = np.linalg.cholesky(covariance)
    count, size = cloud.draws.shape
    moved, used = 0.0, 0
    for attempt in range(_MOVES[1]):
        if attempt % 3 == 2:  # along the difference of two others: follows bent ridges
            one, two = rng.integers(0, count, (2, count))
            leap = 2.38 / np.sqrt(2.0 * size) * (cloud.draws[one] - cloud.draws[two])
            leap += 0.01 * rng.normal(size=(count, size)) @ root.T
        else:
            leap = scale * rng.normal(size=(count, size)) @ root.T
        proposed = cloud.draws + leap
        prior = log_prior(proposed)
        inside = np.flatnonzero(np.isfinite(prior))
        chance = np.log(rng.random(count))
        accepted = np.zeros(count, dtype=np.bool_)
        if inside.size:
            verdicts = likelihood(proposed[inside])
            used += inside.size
            gain = power * (verdicts.by_chunk.sum(axis=1) - cloud.log_likelihood[inside])
            accepted[inside] = chance[inside] < gain + prior[inside] - cloud.prior[inside]
            place = np.zeros(count, dtype=np.int64)
            place[inside] = np.arange(inside.size)
            cloud = Cloud(
                np.where(accepted[:, None], proposed, cloud.draws),
                np.where(accepted, prior, cloud.prior),
                cloud.verdicts.mixed(verdicts.take(place), accepted),
            )
        share = float(accepted.mean())
        moved += share
        if attempt % 3 != 2:
            scale *= float(np.exp(share - _AIM))
        if attempt + 1 >= _MOVES[0] and moved >= _MOVED_ENOUGH:
            break
    return cloud, scale, used
