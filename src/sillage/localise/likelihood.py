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
from sillage.localise.forward import Chain, forward
from sillage.localise.problem import Problem

Floats = NDArray[np.float64]

FAN = 9
"""Directions in which the plume is computed; states look between them."""


class Candidate(NamedTuple):
    """One source and one state of the air: the ten numbers that are sampled."""

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


class Explanation(NamedTuple):
    """What one candidate says about the readings."""

    background: Floats
    """(observation,): background that suits the candidate, ppm."""
    block_log_likelihood: Floats
    plume_ppm: Floats
    """(observation,): the plume that the candidate expects there."""
    on: Floats
    """(block,): probability that the source is on."""


def explain(
    problem: Problem, chain: Chain, bins: Bins, start: Floats, candidate: Floats, spread_m: float
) -> Explanation:
    """Log-likelihood of every block given the ones before, expected plume, and on-probability.

    The background is fitted to what the candidate's plume leaves over, and the chain is run
    again with it: one step of expectation and maximisation from a start that all share.

    Parameters
    ----------
    bins
        Time cut up for the background.
    start
        (observation,): background to start from, ppm.
    candidate
        (10,): the numbers of `Candidate`.
    spread_m
        Size of the source itself.
    """
    rows, blocks = problem.observations, problem.blocks
    wander = math.exp(candidate[9]) * blocks.direction_std_rad  # block
    reach = wander * chain.offsets[-1] + chain.veers_rad[-1]
    fan = np.linspace(-1.0, 1.0, FAN)
    coupling = fan_coupling(
        candidate[:3],
        rows.paths,
        rows.block,
        blocks.speed_m_s,
        blocks.direction_rad[:, None] + candidate[6] + reach[:, None] * fan,
        blocks.growth,
        (math.exp(candidate[4]), math.exp(candidate[5]), spread_m),
    )  # observation fan
    coupling *= problem.ppm_per_kg_m3 * math.exp(candidate[3]) / 3600.0
    offset = wander[:, None, None] * chain.offsets + chain.veers_rad[:, None]
    place = (offset / reach[:, None, None] + 1.0) * (0.5 * (FAN - 1))  # block veer direction
    noise = rows.noise * math.exp(candidate[8])
    fluctuation = math.exp(candidate[7])

    def run(background: Floats) -> tuple[Floats, Floats, Floats]:
        residual = (rows.value - background, noise, fluctuation)
        said: tuple[Floats, Floats, Floats] = forward(
            coupling, place, residual, blocks.first, blocks.session, chain
        )
        return said

    _, plume, _ = run(start)
    variance = noise**2 + (fluctuation * plume) ** 2
    background = fitted(rows.value - plume, start, variance, bins)
    return Explanation(background, *run(background))
