"""How well does one candidate source explain the readings: a hidden Markov chain over blocks.

In each block the source is off, or on with an error of wind direction and one of dilution.
Direction errs twice: by a veer that lasts for the session, as tracer releases show, and by what
mast and plume do not share of the block's eddies. The second and the dilution are first-order
autoregressive (Rouwenhorst's discretisation keeps variance and memory exactly), so residuals of
neighbouring blocks and sensors are correlated as they are in nature, and no single gust decides.
Given the state, a reading is its background plus the plume, with Student-t residuals (four
degrees of freedom) whose scale is the sensor's noise and a share of the plume itself.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.air.fan import fan_coupling
from sillage.localise.background import Bins, fitted
from sillage.localise.forward import Chain, beforehand, forward
from sillage.localise.problem import Problem

Floats = NDArray[np.float64]

FAN = 9
"""Directions in which the plume is computed; states look between them."""


class Candidate(NamedTuple):
    """One source and one state of the air: the sixteen numbers that are sampled."""

    east_m: float
    north_m: float
    height_m: float
    log_rate_kg_h: float
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
    """Logarithm of the source's own size, and of what its surroundings add."""
    log_dilution: float
    """Logarithm of one sigma of the blocks' dilution, which is a logarithm itself."""


class Explanation(NamedTuple):
    """What one candidate says about the readings."""

    background: Floats
    """(observation,): background that suits the candidate, ppm."""
    block_log_likelihood: Floats
    """(block,): of its readings given those before, and of the background's course there."""
    plume_ppm: Floats
    """(observation,): the plume that the candidate expects there."""
    on: Floats
    """(block,): probability that the source is on."""


def explain(
    problem: Problem, chain: Chain, bins: Bins, guess: Floats, candidate: Floats
) -> Explanation:
    """Log-likelihood of every block given the ones before, expected plume, and on-probability.

    The background is fitted to what the candidate's plume leaves over: first as the plume is
    expected beforehand, then as the chain has found it, and the chain is run again with that.
    So each candidate has a background of its own, which depends on nothing but itself.

    Parameters
    ----------
    bins
        Time cut up for the background.
    guess
        (observation,): about what clean air reads, ppm; outliers are told from it.
    candidate
        (16,): the numbers of `Candidate`.
    """
    rows, blocks = problem.observations, problem.blocks
    it = Candidate(*candidate.tolist())
    wander = math.exp(it.log_wander) * blocks.direction_std_rad  # block
    reach = wander * chain.offsets[-1] + chain.veers_rad[-1]
    fan = np.linspace(-1.0, 1.0, FAN)
    coupling = fan_coupling(
        np.array([it.east_m, it.north_m, it.height_m]),
        rows.paths,
        rows.block,
        blocks.speed_m_s,
        blocks.direction_rad[:, None] + it.veer_rad + reach[:, None] * fan,
        blocks.growth,
        (
            *(math.exp(it.log_crosswind), math.exp(it.log_vertical)),
            *(math.exp(-0.5 * it.log_memory), math.exp(-0.5 * it.log_rise_memory)),
            math.exp(it.log_spread_m),
        ),
    )  # observation fan
    coupling *= problem.ppm_per_kg_m3 * math.exp(it.log_rate_kg_h) / 3600.0
    offset = wander[:, None, None] * chain.offsets + chain.veers_rad[:, None]
    place = (offset / reach[:, None, None] + 1.0) * (0.5 * (FAN - 1))  # block veer direction
    noise = rows.noise * math.exp(it.log_noise_ppm)
    fluctuation = math.exp(it.log_fluctuation)
    chain = chain.diluted(math.exp(it.log_dilution))

    def run(background: Floats) -> tuple[Floats, Floats, Floats]:
        residual = (rows.value - background, noise, fluctuation)
        said: tuple[Floats, Floats, Floats] = forward(
            coupling, place, residual, blocks.first, blocks.session, chain
        )
        return said

    pace = (math.exp(it.log_drift_ppm), math.exp(it.log_apart_ppm))
    plume, unsure = beforehand(coupling, place, blocks.first, chain)
    variance = noise**2 + (fluctuation * plume) ** 2 + unsure
    start, _ = fitted(rows.value - plume, guess, variance, pace, bins)
    _, plume, _ = run(start)
    variance = noise**2 + (fluctuation * plume) ** 2
    background, course = fitted(rows.value - plume, start, variance, pace, bins)
    by_block, plume, on = run(background)
    np.add.at(by_block, bins.block, course)
    return Explanation(background, by_block, plume, on)
