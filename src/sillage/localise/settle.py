"""Which background suits a candidate: by expectation and maximisation over the states of the chain.

The chain says, at one background, how much each reading counts for a background and how much of it
is plume; the background that follows is the next to ask at. Steps nearly twice as long as these
converge too, in about half as many.

There may be two places to converge to: where a sensor reads the same for hours, that may be clean
air or a plume that lasts. So each session starts twice, once as if all sources were on and once as
if what is read most were clean, and goes on from where the readings are likelier after a step.

References
----------
Dempster, Laird & Rubin, J. R. Statist. Soc. B 39, 1977. Salakhutdinov & Roweis, Proc. ICML 2003
(steps that are longer). Biernacki, Celeux & Govaert, Computational Statistics & Data Analysis 41,
2003 (short runs from several starts).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.background import Bins, course_of
from sillage.localise.chain import WITHIN, Chain
from sillage.localise.forward import forward
from sillage.localise.lean import expected, lean
from sillage.localise.seen import Seen
from sillage.localise.weigh import Residual, weigh

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_BOLD_STEPS = 1  # between the first, which is taken from both starts, and the last
_BOLD = 1.9  # times as far; below twice it converges


class Asked(NamedTuple):
    """What stays the same from one background to the next."""

    seen: Seen
    """Plumes."""
    readings: Residual
    """As a residual, but with values that are not yet less a background."""
    first: Integers
    """As in `Blocks`."""
    session: Integers
    """As in `Blocks`."""
    chain: Chain
    pace: tuple[float, float]
    """As in `sillage.localise.background.fitted`."""
    bins: Bins


@compiled
def settle(asked: Asked, starts: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Background of a candidate, and what the chain says with it.

    Floor: six times each reading is weighed and the chain run; four times its states are asked.

    Parameters
    ----------
    asked
        Readings, plumes and chain.
    starts
        (2, observation): backgrounds to begin with, ppm.

    Returns
    -------
    tuple
        Background, (observation,), ppm; log-likelihood of each block given those before and of the
        background's course there, (block,); expected plume of all sources, (observation,), ppm;
        probability that each source is on, (block, source).
    """
    seen, first = asked.seen, asked.first
    count, states = first.shape[0] - 1, asked.chain.veer_start.shape[0] * WITHIN
    likely, other = np.empty((2, count, 1 << seen.sources, states))
    on = np.empty((count, seen.sources))
    background, rival = starts[0].copy(), starts[1].copy()
    here = _once(asked, background, likely, on)
    there = _once(asked, rival, other, on)
    _choose(asked, there - here, (background, likely), (rival, other))
    for _ in range(_BOLD_STEPS):
        _lean(asked, background, likely, _BOLD)
        _run(asked, background, likely, on)
    course = _lean(asked, background, likely, 1.0)
    by_block = _run(asked, background, likely, on) + course
    return background, by_block, expected(seen, asked.readings[1], first, likely), on


@compiled
def _once(asked: Asked, background: Floats, likely: Floats, on: Floats) -> Floats:
    """Take one step; log-likelihood of each block and of the course, where it leads."""
    _run(asked, background, likely, on)
    course = _lean(asked, background, likely, 1.0)
    return _run(asked, background, likely, on) + course


@compiled
def _run(asked: Asked, background: Floats, likely: Floats, on: Floats) -> Floats:
    """Log-likelihood of each block; its states are left in `likely`."""
    value, noise, below = asked.readings
    residual = (value - background, noise, below)
    by_block = weigh(asked.seen, residual, asked.first, likely)
    by_block += forward(likely, asked.session, asked.chain, on)
    return by_block


@compiled
def _lean(asked: Asked, background: Floats, likely: Floats, far: float) -> Floats:
    """Let a background follow the states, so many times as far as they say."""
    value, noise, below = asked.readings
    leaning = np.empty((2, value.shape[0]))
    lean(asked.seen, (value - background, noise, below), asked.first, likely, leaning)
    heavy, pull = leaning[0], leaning[1]
    new, added = course_of(heavy, heavy * value - pull, asked.pace, asked.bins)
    background += far * (new - background)
    course = np.zeros(likely.shape[0])
    for i in range(added.shape[0]):
        course[asked.bins.block[i]] += added[i]
    return course


@compiled
def _choose(
    asked: Asked, gain: Floats, one: tuple[Floats, Floats], other: tuple[Floats, Floats]
) -> None:
    """Take the other background and its states in those sessions that gain by it, (block,)."""
    gained = np.zeros(asked.session.max() + 1)
    for b in range(gain.shape[0]):
        gained[asked.session[b]] += gain[b]
    for b in range(gain.shape[0]):
        if gained[asked.session[b]] > 0.0:
            one[1][b] = other[1][b]
            for i in range(asked.first[b], asked.first[b + 1]):
                one[0][i] = other[0][i]
