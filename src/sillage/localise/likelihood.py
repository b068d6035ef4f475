"""How well do some sources explain the readings: a hidden Markov chain over blocks.

In each block each source is on or off, and all lie in air with one error of wind direction and one
of dilution.
Direction errs twice: by a veer that lasts for the session, as tracer releases show, and by what
mast and plume do not share of the block's eddies. The second and the dilution are first-order
autoregressive (Rouwenhorst's discretisation keeps variance and memory exactly), so residuals of
neighbouring blocks and sensors are correlated as they are in nature, and no single gust decides.
Given the state, a reading is its background plus the plume, with Student-t residuals (four
degrees of freedom) whose scale is the sensor's noise and a share of the plume itself; below the
limit of detection it counts with the probability of lying there.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.air.fan import fan_coupling
from sillage.localise.aim import aimed, beforehand
from sillage.localise.background import Bins, fitted
from sillage.localise.censored import stand_ins
from sillage.localise.chain import Chain
from sillage.localise.hearing import Nose, answered, felt
from sillage.localise.problem import Problem
from sillage.localise.seen import seen_of
from sillage.localise.settle import Asked, settle

Floats = NDArray[np.float64]

FAN = 9
"""Directions in which the plume is computed; states look between them."""
_ACROSS = np.linspace(-1.0, 1.0, FAN)


class Air(NamedTuple):
    """One state of the air and of the sensors: the twelve numbers that all sources share."""

    log_crosswind: float
    """Logarithm of the factor on the plume's crosswind growth."""
    log_vertical: float
    veer_rad: float
    """Steady error of the measured wind direction, anticlockwise."""
    log_fluctuation: float
    log_noise_ppm: float
    log_wander: float
    """Logarithm of the factor on the blocks' errors of direction."""
    log_memory: float
    """Logarithm of the factor on the time after which crosswind growth bends."""
    log_rise_memory: float
    """The same for the vertical."""
    log_drift_ppm: float
    """Logarithm of one sigma of the change of a sensor's background over its memory."""
    log_apart_ppm: float
    """Logarithm of one sigma of the sensors' differences in clean air."""
    log_spread_m: float
    """Logarithm of a source's own size, and of what its surroundings add."""
    log_dilution: float
    """Logarithm of one sigma of the blocks' dilution, which is a logarithm itself."""


class Source(NamedTuple):
    """One source: the four numbers that are its own."""

    east_m: float
    north_m: float
    height_m: float
    log_rate_kg_h: float


AIR, SOURCE = len(Air._fields), len(Source._fields)


class Candidate(NamedTuple):
    """One state of the air and a number of sources: what is sampled."""

    air: Air
    sources: tuple[Source, ...]
    nose: Nose | None = None
    """Of raw channels, where there are any."""

    @classmethod
    def of(cls, numbers: Floats) -> Candidate:
        """Read from a row: the air, four for each source, three where there are raw channels."""
        own = sources_of(numbers[None])[0].tolist()
        nose = numbers[AIR + SOURCE * len(own) :].tolist()
        air = Air(*numbers[:AIR].tolist())
        return cls(air, tuple(Source(*four) for four in own), Nose(*nose) if nose else None)

    def numbers(self) -> Floats:
        """The row of numbers, (12 + 4 source,), three more where there are raw channels."""
        sources = (x for source in self.sources for x in source)
        return np.array([*self.air, *sources, *(self.nose or ())])


def sources_of(draws: Floats) -> Floats:
    """(draw, source, 4): the numbers of each source; what follows them are fewer than four."""
    count = (draws.shape[1] - AIR) // SOURCE
    return draws[:, AIR : AIR + SOURCE * count].reshape(draws.shape[0], count, SOURCE)


class Explanation(NamedTuple):
    """What one candidate says about the readings."""

    background: Floats
    """(observation,): background that suits the candidate, ppm."""
    block_log_likelihood: Floats
    """(block,): of its readings given those before, and of the background's course there."""
    plume_ppm: Floats
    """(observation,): the plume of all sources that the candidate expects there."""
    on: Floats
    """(block, source): probability that a source is on."""


def explain(
    problem: Problem, chain: Chain, bins: Bins, guess: Floats, candidate: Floats
) -> Explanation:
    """Log-likelihood of every block given the ones before, expected plume, and on-probability.

    The background is fitted to what the candidate's plume leaves over: first as the plume is
    expected beforehand, then as the chain finds it, by expectation and maximisation. So each
    candidate has a background of its own, which depends on nothing but itself.

    Parameters
    ----------
    bins
        Time cut up for the background.
    guess
        (observation,): about what clean air reads, ppm; outliers are told from it.
    candidate
        (12 + 4 source,), three more where there are raw channels: the numbers of `Candidate`.
    """
    rows, blocks = problem.observations, problem.blocks
    it, sources, nose = Candidate.of(candidate)
    plumes = _plumes(problem, chain, it, sources, nose)
    noise = rows.noise * math.exp(it.log_noise_ppm)
    if problem.hearing is not None and nose is not None:
        noise[problem.hearing.scores] = problem.hearing.unit * math.exp(nose.log_disorder)
    fluctuation = math.exp(it.log_fluctuation)
    chain = chain.diluted(math.exp(it.log_dilution))
    pace = (math.exp(it.log_drift_ppm), math.exp(it.log_apart_ppm))
    plume, unsure = beforehand(plumes.sum(axis=0), chain)
    typical = plume / math.sqrt(1.0 + fluctuation**2)  # see weigh: the scatter is skewed
    variance = noise**2 + (fluctuation * plume) ** 2 + unsure
    left, wide = stand_ins(rows.value - typical, guess, variance, rows.below)
    start, _ = fitted(left, guess, wide, pace, bins)
    readings = (rows.value, noise, rows.below)
    seen = seen_of(plumes, noise, fluctuation, blocks.first, chain)
    asked = Asked(seen, readings, blocks.first, blocks.session, chain, pace, bins)
    each = settle(asked, np.stack([start, guess]))
    return Explanation(*each)


def expected_ppm(problem: Problem, chain: Chain, air: Air, source: Source) -> tuple[Floats, Floats]:
    """Mean and variance of the plume of one source that is on, before any reading is looked at.

    (observation,) each, ppm and ppm2; the variance is that of the errors of direction.
    """
    return beforehand(_plumes(problem, chain, air, (source,))[0], chain)


def _plumes(
    problem: Problem,
    chain: Chain,
    air: Air,
    sources: tuple[Source, ...],
    nose: Nose | None = None,
) -> Floats:
    """Plume of each source for each pair of veer and direction, (source, observation, pair).

    In ppm, or what it adds to a score.
    """
    rows, blocks = problem.observations, problem.blocks
    wander = math.exp(air.log_wander) * blocks.direction_std_rad  # block
    reach = wander * chain.offsets[-1] + chain.veers_rad[-1]
    direction = blocks.direction_rad[:, None] + air.veer_rad + reach[:, None] * _ACROSS
    widen = (
        *(math.exp(air.log_crosswind), math.exp(air.log_vertical)),
        *(math.exp(-0.5 * air.log_memory), math.exp(-0.5 * air.log_rise_memory)),
        math.exp(air.log_spread_m),
    )
    offset = wander[:, None, None] * chain.offsets + chain.veers_rad[:, None]
    place = (offset / reach[:, None, None] + 1.0) * (0.5 * (FAN - 1))  # block veer direction
    place = place.reshape(reach.size, -1)  # block pair
    flow = (blocks.speed_m_s, direction, blocks.growth, widen)
    plumes = np.empty((len(sources), rows.value.size, place.shape[1]))
    for plume, source in zip(plumes, sources, strict=True):
        at = np.array(source[:3])
        per_kg_h = problem.ppm_per_kg_m3 / 3600.0 * math.exp(source.log_rate_kg_h)
        coupling = fan_coupling(at, rows.paths, rows.block, *flow)
        np.multiply(aimed(coupling, place, rows.block), per_kg_h, out=plume)
        if (raw := problem.hearing) is not None and nose is not None:
            met = fan_coupling(at, raw.paths, raw.block, *flow)  # sample fan
            late = felt(met, raw.own, raw.since_s, math.exp(nose.log_lag_s), raw.scores.size)
            late = aimed(late, place, rows.block[raw.scores])
            expected, most = beforehand(late, chain)[0], math.exp(nose.log_answer)
            plume[raw.scores] = raw.unit * answered(late, expected, most, raw.least)
    return plumes
