"""Where would one more reading help most, and which readings mattered most?

Both are divergences between what is believed and what would be believed with other readings, in
nats. The plume of a further reading comes from the model of the likelihood itself, in the mean
wind of the end of the survey. What one reading weighs is not at hand, as the likelihood sums over
hidden states block by block; it is taken from the reading's Student-t residual about what each
candidate expects there, or from the probability of lying below the limit of detection, given the
readings of its block and before. The states have then taken up part of what the reading says, so
its influence is told too low rather than too high.

References
----------
Lindley, Ann. Math. Statist. 27, 1956 (expected information). Peng & Dey, Canad. J. Statist. 23,
1995, 199-213 (influence as the divergence from the posterior without an observation).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.air.information import expected_gain
from sillage.localise.censored import log_chance
from sillage.localise.chain import Chain
from sillage.localise.cloud import Cloud, on_all_processors
from sillage.localise.likelihood import Air, Source, expected_ppm
from sillage.localise.lineup import Observations
from sillage.localise.model import Model
from sillage.localise.problem import Blocks, Problem
from sillage.localise.weigh import FREEDOM

Floats = NDArray[np.float64]

_CELLS = 32  # on a side of the search area
_DRAWS = 100  # the gain is at most their logarithm
_TURNS = (0.5 * (math.sqrt(5.0) - 1.0), math.sqrt(2.0) - 1.0)
_TOGETHER = 4096  # readings at once


class Advice(NamedTuple):
    """What one more reading is expected to tell of the sources, over the search area."""

    gain: Floats
    """(north, east): nats."""
    north_m: Floats
    """Middles of the cells."""
    east_m: Floats


def advise(model: Model, air: Floats, sources: Floats, probability: Floats, unknown: int) -> Advice:
    """Information that a reading at each place of a grid is expected to give of the sources.

    A reading of one block, of a typical sensor whose background is known, while all sources are
    on. It scatters by the noise, by the errors of direction and by a share of the plume, which
    is that of fluctuation and of the block's dilution; noise and share are those that the survey
    has taught, the same for all draws, so that nothing is gained by learning the noise.

    Parameters
    ----------
    air
        (draw, 12): the numbers of `Air`.
    sources
        (draw, source, 4): the numbers of `Source`, those nobody knows first.
    probability
        (source,): that each exists; it is left out of as many draws as it is improbable.
    unknown
        How many of them are unknown: of those a further one exists only if the ones before do.
    """
    bounds = model.problem.ground.bounds
    part = (np.arange(_CELLS) + 0.5) / _CELLS
    east_m = bounds.west + part * (bounds.east - bounds.west)
    north_m = bounds.south + part * (bounds.north - bounds.south)
    there = _at_the_end(model, *(axis.ravel() for axis in np.meshgrid(east_m, north_m)))
    rows = np.unique(np.linspace(0, len(air) - 1, min(_DRAWS, len(air))).round().astype(np.int64))
    exists = _existing(rows.size, probability, unknown)  # draw source

    def plume(draw: int) -> tuple[Floats, Floats]:
        row, those = rows[draw], exists[draw]
        return _plume(there, model.chain, Air(*air[row].tolist()), sources[row][those])

    plumes = on_all_processors(plume, range(rows.size))
    mean, variance = (np.array(column) for column in zip(*plumes, strict=True))
    learned = Air(*air.mean(axis=0).tolist())
    share = math.exp(2.0 * learned.log_fluctuation) + math.expm1(
        math.exp(2.0 * learned.log_dilution)
    )
    noise = math.exp(learned.log_noise_ppm)
    gain = expected_gain(mean, np.sqrt(noise**2 + share * mean**2 + variance))
    return Advice(gain.reshape(_CELLS, _CELLS), north_m, east_m)


def influence_of(model: Model, cloud: Cloud, power: float) -> Floats:
    """(observation,): divergence of the posterior without each reading from the posterior, nats.

    By importance: candidates are weighted by one over the likelihood of the reading, at the power
    of the data; the divergence of the weights from even ones, between 0 and the logarithm of the
    number of candidates.
    """
    rows, said = model.problem.observations, cloud.verdicts
    air = [Air(*numbers) for numbers in cloud.draws[:, : len(Air._fields)].tolist()]
    noise = np.exp([[one.log_noise_ppm] for one in air])  # candidate 1
    scatter = np.exp([[2.0 * one.log_fluctuation] for one in air])
    influence = np.empty(rows.value.size)
    for start in range(0, rows.value.size, _TOGETHER):
        now = slice(start, start + _TOGETHER)
        plume = said.plume_ppm[:, now]
        variance = (noise * rows.noise[now]) ** 2 + scatter * plume**2
        away = rows.value[now] - said.background[:, now] - plume / np.sqrt(1.0 + scatter)
        told = -0.5 * np.log(variance)
        told -= 0.5 * (FREEDOM + 1.0) * np.log1p(away**2 / (FREEDOM * variance))
        told = np.where(rows.below[now], log_chance(away / np.sqrt(variance)), told)
        influence[now] = _divergence(-power * told)
    return influence


def _divergence(log_weight: Floats) -> Floats:
    """Of weights over candidates, (candidate, observation), from even ones, nats."""
    weight = np.exp(log_weight - log_weight.max(axis=0))
    weight /= weight.sum(axis=0)
    entropy = -np.sum(weight * np.log(np.maximum(weight, 1e-300)), axis=0)
    return np.asarray(np.maximum(math.log(len(weight)) - entropy, 0.0), dtype=np.float64)


def _existing(draws: int, probability: Floats, unknown: int) -> NDArray[np.bool_]:
    """Whether each source exists in each draw, (draw, source), in its share of them.

    By evenly spread numbers, one sequence for the unknown sources and one for the known.
    """
    number = np.arange(draws) + 0.5
    spread = np.stack([number * turn % 1.0 for turn in _TURNS], axis=1)  # draw sequence
    sequence = (np.arange(probability.size) >= unknown).astype(np.int64)
    return np.asarray(spread[:, sequence] < probability)


def _plume(there: Problem, chain: Chain, air: Air, sources: Floats) -> tuple[Floats, Floats]:
    """Mean and variance at each place, (place,) each, of all sources of one draw together."""
    mean, variance = np.zeros((2, there.observations.value.size))
    for source in sources.tolist():
        of_one = expected_ppm(there, chain, air, Source(*source))
        mean, variance = mean + of_one[0], variance + of_one[1]
    return mean, variance


def _at_the_end(model: Model, east_m: Floats, north_m: Floats) -> Problem:
    """The problem of one reading at each place, all in the mean wind of the survey's end."""
    problem, settings = model.problem, model.settings
    blocks, count = problem.blocks, east_m.size
    late = blocks.time_ns >= blocks.time_ns[-1] - round(settings.advice_wind_s * 1e9)
    speed, direction = blocks.speed_m_s[late], blocks.direction_rad[late]
    nothing = np.zeros(count, dtype=np.int64)
    place = np.stack([east_m, north_m, np.full(count, settings.advice_height_m)], axis=1)
    rows = Observations(
        time_ns=nothing + blocks.time_ns[-1],
        block=nothing,
        sensor=nothing,
        paths=np.ascontiguousarray(np.hstack([place, place])),
        value=np.zeros(count),
        noise=np.ones(count),
        std=np.zeros(count),
        is_moving=nothing > 0,
        below=nothing > 0,
    )
    mean_wind = Blocks(
        time_ns=blocks.time_ns[-1:],
        first=np.array([0, count]),
        session=np.zeros(1, dtype=np.int64),
        step_s=blocks.step_s,
        speed_m_s=np.array([speed.mean()]),
        direction_rad=np.arctan2([speed @ np.sin(direction)], [speed @ np.cos(direction)]),
        direction_std_rad=np.array([np.sqrt(np.mean(blocks.direction_std_rad[late] ** 2))]),
        growth=blocks.growth[late].mean(axis=0, keepdims=True),
    )
    return problem._replace(observations=rows, blocks=mean_wind)
