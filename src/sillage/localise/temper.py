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

from collections.abc import Callable
from copy import copy
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sillage.localise.cloud import Cloud, Cooled, Stage, Verdicts

Floats = NDArray[np.float64]

_KEEP = 0.5  # effective share of the cloud after one step of power
_MOST_TURNS = 2  # of three moves each after one step
_MOVED_WHILE_COOLING = 0.6  # accepted moves per candidate that end the turns early
_MOVED_BETWEEN_HARVESTS = 1.0
_CROSSOVER = (1.0 / 3.0, 2.0 / 3.0, 1.0)  # shares of the parameters that a difference moves
_WHOLE = 0.2  # of the differences that are leapt in full
_RECENT = 2.0  # factor of power within which estimates of the weight are averaged
_FEWEST = 4  # stretches that scatter is read off
_REGION = 0.9  # level at which a normal stands for what few chunks allow
_TOLD = 8  # stages that they tell of
_APART = 0.5  # of the scouts at least, or their scatter tells nothing
_BEYOND = 5.0  # times the weight: how far they go
_FOLLOWS = 2.0  # times the weight: nearer, its estimates are too noisy to tell
_NEAR = 0.95  # of the weight that the data deserve is near enough: its estimates are noisy
_AIM = 0.25  # share of moves to accept
_SETTLED = 1.0  # by which the mean's logarithm of density may still climb in a turn


Likelihood = Callable[[Floats], Verdicts]
Jump = Callable[[Cloud, float, Generator], tuple[Floats, Floats]]
"""Proposes for each candidate of a cloud at a power; gives draws and Hastings' correction."""
LogPrior = Callable[[Floats], Floats]


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


class Cooler:
    """One cooling: the cloud, the likelihood it is moved under, and what was spent.

    It starts at power 0 from draws of the prior, or at another power from draws of the posterior
    there; `trail` keeps what the cloud was at each power.

    Parameters
    ----------
    start
        (candidate, parameter): draws from the prior, or of equal weight at the stage's power.
    likelihood, log_prior
        Of a stack of candidates; the prior is -inf outside its support.
    rng
        Source of randomness.
    power, log_evidence
        Where the draws stand, if not at the prior.
    jump
        A further kind of move, made once before the others.
    """

    def __init__(
        self,
        start: Cloud,
        likelihood: Likelihood,
        log_prior: LogPrior,
        rng: Generator,
        *,
        power: float = 0.0,
        log_evidence: float = 0.0,
        jump: Jump | None = None,
    ) -> None:
        self._likelihood, self._log_prior, self._rng = likelihood, log_prior, rng
        self._jump = jump
        self._turn = 0.5  # how far a guided move turns away from where it starts
        self._stride = 2.38 / np.sqrt(start.draws.shape[1])
        self._seen = np.empty((0, start.draws.shape[1]))
        self.weighed: list[tuple[float, float]] = []
        self.cloud, self.power, self.log_evidence = start, power, log_evidence
        self.trail = [self._stage()]

    def copy(self) -> Cooler:
        """Another one that stands where this one does; what is done to it leaves this one alone."""
        other = copy(self)
        other.trail, other.weighed = [*self.trail], [*self.weighed]
        return other

    def reach(self, power: float) -> None:
        """Raise the power to a given one."""
        while self.power < (1.0 - 1e-9) * power:
            self.step(power - self.power)

    def grow(self, count: int) -> None:
        """Let a cloud of few become one of so many, and part by moves."""
        everyone = np.arange(count) % self.cloud.draws.shape[0]
        self.cloud = self.cloud.take(everyone)
        self._move(_Guide.of(self.cloud.draws, np.ones(count)), _MOVED_BETWEEN_HARVESTS)

    def thinned(self, count: int) -> Cooler:
        """Another one of few candidates, that stands where this one does."""
        other = self.copy()
        other.cloud = self.cloud.take(self._rng.permutation(self.cloud.draws.shape[0])[:count])
        return other

    def cool(self) -> None:
        """Raise the power to the weight that the data deserve."""
        while self.power < _NEAR * (ceiling := self._ceiling()):
            self.step(ceiling - self.power)
            self._weigh()

    def _weigh(self) -> None:
        self.weighed.append((self.power, deserved_weight(self.cloud, self.power)))

    def _ceiling(self) -> float:
        """Weight that the data deserve, by what the cloud has shown of it so far.

        Each estimate is noisy, and those of a much wider cloud are of another place.
        """
        recent = [weight for at, weight in self.weighed if at >= self.power / _RECENT]
        return min(1.0, max(self.power, float(np.mean(recent)))) if recent else 1.0

    def hear(self, scouts: Cooler) -> bool:
        """Move with what scouts met on their way; tells whether the cloud climbed by it."""
        before = self._level()
        self._seen = np.vstack([stage.draws for stage in scouts.trail[-_TOLD:]])
        equal = np.ones(self.cloud.draws.shape[0])
        self._move(_Guide.of(self.cloud.draws, equal), _MOVED_BETWEEN_HARVESTS)
        climbed = self._level() - before > _SETTLED
        if climbed:
            self.weighed = []  # what it showed before was of another place
            self._weigh()
        return climbed

    def step(self, most: float) -> None:
        """Raise the power by as much as the cloud bears, and move."""
        guide = self._resample(_next_step(self.cloud.log_likelihood, most))
        self._move(guide, _MOVED_WHILE_COOLING)
        self.trail.append(self._stage())

    def _stage(self) -> Stage:
        return Stage(self.power, self.log_evidence, self.cloud.draws)

    def harvest(self, rounds: int) -> Cooled:
        """Collect draws at the power that was reached."""
        collected = []
        equal = np.ones(self.cloud.draws.shape[0])
        for _ in range(rounds):
            self._move(_Guide.of(self.cloud.draws, equal), _MOVED_BETWEEN_HARVESTS)
            collected.append(self.cloud.draws)
        draws = np.concatenate(collected)
        copies = np.unique(draws, axis=0, return_counts=True)[1]
        return Cooled(
            draws=draws,
            cloud=self.cloud,
            power=self.power,
            log_evidence=self.log_evidence,
            effective_sample_size=float(copies.sum() ** 2 / (copies**2).sum()),
        )

    def _resample(self, step: float) -> _Guide:
        """Raise the power by a step: weigh, note the evidence, and draw anew."""
        cloud, count = self.cloud, self.cloud.draws.shape[0]
        best = float(cloud.log_likelihood.max())
        weight = np.exp(step * (cloud.log_likelihood - best))
        self.log_evidence += step * best + float(np.log(weight.mean()))
        self.power += step
        weight /= weight.sum()
        guide = _Guide.of(cloud.draws, weight)
        rows = chosen(weight, count, self._rng)
        self.cloud = cloud.take(rows)
        return guide

    def _move(self, guide: _Guide, enough: float) -> None:
        """Metropolis moves of three kinds in turn, until candidates moved and the cloud settled.

        A cloud whose mean still climbs is on its way to a better peak: at the same power, with
        time, most of it would be there.
        """
        if self._jump is not None:
            self._accept(*self._jump(self.cloud, self.power, self._rng))
        moved, level = 0.0, self._level()
        for _ in range(_MOST_TURNS):
            share = self._accept(*self._guided(guide))
            self._turn = float(np.clip(self._turn * np.exp(share - _AIM), 0.05, 0.95))
            moved += share
            leap = self._stride * self._rng.normal(size=self.cloud.draws.shape)
            share = self._accept(self.cloud.draws + leap @ guide.root.T, 0.0)
            self._stride *= float(np.exp(share - _AIM))
            moved += share + self._accept(self._along_differences(guide), 0.0)
            before, level = level, self._level()
            if moved >= enough and level - before < _SETTLED:
                break
            guide = _Guide.of(self.cloud.draws, np.ones(self.cloud.draws.shape[0]))

    def _level(self) -> float:
        return self.power * float(self.cloud.log_likelihood.mean())

    def _guided(self, guide: _Guide) -> tuple[Floats, Floats]:
        """Turn each candidate towards a fresh draw of the guide; far, yet likely to be accepted."""
        draws = self.cloud.draws
        fresh = self._rng.normal(size=draws.shape) @ guide.root.T
        keep = np.sqrt(1.0 - self._turn**2)
        proposed = guide.mean + keep * (draws - guide.mean) + self._turn * fresh
        return proposed, 0.5 * (guide.distance2(proposed) - guide.distance2(draws))

    def _along_differences(self, guide: _Guide) -> Floats:
        """Move some parameters along the difference of two others; follows bent ridges.

        One in five leaps is whole, and so lands on another peak where there are several. Others are
        those of the cloud, and what scouts met.
        """
        draws = self.cloud.draws
        count, size = draws.shape
        known = np.vstack([draws, self._seen])
        one, two = self._rng.integers(0, known.shape[0], (2, count))
        moving = self._rng.random(draws.shape) < self._rng.choice(_CROSSOVER, (count, 1))
        moving[np.arange(count), self._rng.integers(0, size, count)] = True
        stride = 2.38 / np.sqrt(2.0 * moving.sum(axis=1, keepdims=True))
        stride = np.where(self._rng.random((count, 1)) < _WHOLE, 1.0, stride)
        shaken = 0.01 * self._rng.normal(size=draws.shape) @ guide.root.T
        leap = np.where(moving, stride * (known[one] - known[two]) + shaken, 0.0)
        return np.asarray(draws + leap, dtype=np.float64)

    def _accept(self, proposed: Floats, correction: Floats | float) -> float:
        """Take the proposals that Metropolis and Hastings allow; gives their share."""
        cloud, count = self.cloud, self.cloud.draws.shape[0]
        prior = self._log_prior(proposed)
        inside = np.flatnonzero(np.isfinite(prior))
        chance = np.log(self._rng.random(count))
        if not inside.size:
            return 0.0
        verdicts = self._likelihood(proposed[inside])
        gain = np.full(count, -np.inf)
        better = verdicts.by_chunk.sum(axis=1) - cloud.log_likelihood[inside]
        gain[inside] = self.power * better + prior[inside] - cloud.prior[inside]
        accepted = chance < gain + correction
        place = np.zeros(count, dtype=np.int64)
        place[inside] = np.arange(inside.size)
        self.cloud = Cloud(
            np.where(accepted[:, None], proposed, cloud.draws),
            np.where(accepted, prior, cloud.prior),
            cloud.verdicts.mixed(verdicts.take(place), accepted),
        )
        return float(accepted.mean())


def cool(cooler: Cooler) -> Cooler:
    """Raise the power to the weight that the data deserve.

    A cloud that has not yet met the best peak deserves too little: so a few scouts are cooled on.
    Where the weight comes along with them, the cloud follows; else it moves with what they met,
    and where that is better, goes on.
    """
    cooler.cool()
    if cooler.power >= 1.0:
        return cooler
    count = cooler.cloud.draws.shape[0] // 2
    scouts, found = cooler.thinned(count), None
    farthest = min(1.0, _BEYOND * cooler.power)
    while scouts.power < (1.0 - 1e-9) * farthest:
        scouts.step(farthest - scouts.power)
        apart = (
            np.unique(scouts.cloud.draws, axis=0).shape[0] >= _APART * scouts.cloud.draws.shape[0]
        )
        if apart and deserved_weight(scouts.cloud, scouts.power) >= scouts.power:
            found = scouts.copy()
    if found is not None and found.power >= _FOLLOWS * cooler.power:
        found.grow(cooler.cloud.draws.shape[0])
        cooler = found
    elif not cooler.hear(scouts):
        return cooler
    cooler.cool()
    return cooler


def chosen(weight: Floats, count: int, rng: Generator) -> NDArray[np.int64]:
    """Rows of a weighted cloud, each as often as its weight says: systematic resampling."""
    places = (np.arange(count) + rng.random()) / count
    rows = np.searchsorted(np.cumsum(weight) / weight.sum(), places)
    return np.minimum(rows, weight.size - 1).astype(np.int64)


def deserved_weight(cloud: Cloud, power: float) -> float:
    """Weight w = d / tr(H^-1 J) of the data, read off a cloud at a power.

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
    scatter = power * float(by_chunk.var(axis=0).sum()) * chunks / max(chunks - 1, 1)
    return min(1.0, _for_few(chunks) * informed / scatter) if scatter > 0.0 else 1.0


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
