"""Does the wind log keep the time of the readings: would they fit it better some minutes off?

Clocks in the field are off by minutes, and wind that turns then points the plume at the wrong
sensors. The evidence of each shift against none is the mean, over draws of the posterior, of the
likelihood with the wind of another time over that with its own, at the weight of the data. Gas
also takes its time to the sensors, so what is found is told, and not corrected.

Reference: Geyer, Computing Science and Statistics 23, 1991 (ratios of evidence by importance).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.localise.cloud import Cloud, on_all_processors
from sillage.localise.model import Model
from sillage.localise.problem import Blocks, Problem

Floats = NDArray[np.float64]

FARTHEST_S = 600.0
"""Shift up to which is looked: more is another hour, and a wrong time zone."""
_STEP_S = 60.0
_DRAWS = 8, 32  # at least, and at most; between, an eighth of the cloud
_FEWEST = 0.5  # share of the blocks that must have a wind at the shifted time


class Clock(NamedTuple):
    """What would have to be added to the times of the wind log, s, and how much speaks for it."""

    offset_s: float = 0.0
    log_odds: float = 0.0
    """Of this offset against none, nats."""


def clock_of(model: Model, cloud: Cloud, power: float) -> Clock:
    """Offset of the wind's clock that suits the readings best, in steps of a minute or a block.

    Parameters
    ----------
    cloud
        Of equal weight, of the posterior with the wind as it was logged.
    power
        Weight of the data.
    """
    problem = model.problem
    each_s = max(_STEP_S, problem.blocks.step_s)
    count = int(FARTHEST_S / each_s)
    offsets_s = [k * each_s for k in range(-count, count + 1) if k]
    wanted = min(max(len(cloud.draws) // 8, _DRAWS[0]), _DRAWS[1])
    few = np.unique(np.linspace(0, len(cloud.draws) - 1, wanted).round().astype(np.int64))
    shown = [_shifted(problem, offset_s) for offset_s in offsets_s]

    def by_block(asked: tuple[Problem, Floats]) -> Floats:
        return model.explained(*asked).block_log_likelihood

    own = np.array(on_all_processors(by_block, [(problem, row) for row in cloud.draws[few]]))
    best = Clock()
    for offset_s, (shifted, known) in zip(offsets_s, shown, strict=True):
        if known.mean() < _FEWEST:
            continue
        told = on_all_processors(by_block, [(shifted, row) for row in cloud.draws[few]])
        gain = power * (np.array(told) - own)[:, known].sum(axis=1)  # draw
        log_odds = float(np.logaddexp.reduce(gain)) - math.log(gain.size)
        if log_odds > best.log_odds:
            best = Clock(offset_s, log_odds)
    return best


def _shifted(problem: Problem, offset_s: float) -> tuple[Problem, NDArray[np.bool_]]:
    """The same in the wind of another time, and which blocks have one."""
    blocks = problem.blocks
    wanted = blocks.time_ns - round(offset_s * 1e9)
    after = np.clip(np.searchsorted(blocks.time_ns, wanted), 0, wanted.size - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(blocks.time_ns[before] - wanted) < np.abs(blocks.time_ns[after] - wanted)
    row = np.where(nearer, before, after)
    known = np.abs(blocks.time_ns[row] - wanted) <= round(blocks.step_s * 1e9)
    wind: Blocks = blocks._replace(
        speed_m_s=blocks.speed_m_s[row],
        direction_rad=blocks.direction_rad[row],
        direction_std_rad=blocks.direction_std_rad[row],
        growth=np.ascontiguousarray(blocks.growth[row]),
    )
    return problem._replace(blocks=wind), known
