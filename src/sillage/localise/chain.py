"""Which errors can a block of wind have, and how do they move on: the states of a hidden chain.

Why there are these stands in `sillage.localise.likelihood`; `sillage.localise.forward` runs it.

References
----------
Rouwenhorst, in Frontiers of Business Cycle Research, Princeton, 1995, ch. 10; Kopecky & Suen,
Review of Economic Dynamics 13, 2010.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.localise.settings import Settings

Floats = NDArray[np.float64]

DIRECTIONS = 5
DILUTIONS = 3
_VEERS = np.sqrt(3.0) * np.array([-1.0, 0.0, 1.0])  # Gauss-Hermite nodes of a normal
_VEER_START = np.array([1.0, 4.0, 1.0]) / 6.0
WITHIN = 16
"""States of a veer: fifteen, and one that cannot be, so that vector registers are full."""


class Chain(NamedTuple):
    """States of the hidden chain and how it moves; fixed for one problem.

    A state is a veer of the session, a dilution and an error of direction of the block, the last
    running fastest: state 16 v + 5 m + k.
    """

    offsets: Floats
    """(direction,): errors of a block's direction in standard deviations."""
    veers_rad: Floats
    """(veer,): errors of a session's direction."""
    levels: Floats
    """(dilution,): errors of a block's dilution in standard deviations."""
    dilution: Floats
    """(dilution,): the same as factors on the plume, for one candidate's spread of them."""
    veer_start: Floats
    within_start: Floats
    """(within,): of dilution and direction together."""
    within_move: Floats
    """(within, within): of both, from row to column."""
    stay: float
    """Probability that a source stays on, or off, from one block to the next."""

    def diluted(self, log_std: float) -> Chain:
        """The same with another spread of the dilution; its mean stays one."""
        return self._replace(dilution=np.exp(log_std * self.levels - 0.5 * log_std**2))


def chain_of(step_s: float, sessions: int, settings: Settings) -> Chain:
    """The hidden chain for blocks of so many seconds in so many sessions.

    A single session's error of direction is one with the steady one, which is sampled.
    """
    alone = sessions == 1
    memory = math.exp(-step_s / settings.memory_s)
    offsets, direction_start, direction_move = rouwenhorst(DIRECTIONS, memory)
    levels, dilution_start, dilution_move = rouwenhorst(DILUTIONS, memory)
    within = np.kron(dilution_start, direction_start).astype(np.float64)
    move = np.kron(dilution_move, direction_move).astype(np.float64)
    chain = Chain(
        offsets=offsets,
        veers_rad=math.radians(settings.direction_floor_deg) * (np.zeros(1) if alone else _VEERS),
        levels=levels,
        dilution=np.ones(DILUTIONS),
        veer_start=np.ones(1) if alone else _VEER_START,
        within_start=np.pad(within, (0, WITHIN - within.size)),
        within_move=np.pad(move, (0, WITHIN - within.size)),
        stay=0.5 + 0.5 * math.exp(-2.0 * step_s / settings.dwell_s),
    )
    return chain.diluted(settings.dilution_log_std)


def rouwenhorst(states: int, correlation: float) -> tuple[Floats, Floats, Floats]:
    """Discretise a standard normal AR(1) process exactly in variance and correlation.

    Returns
    -------
    tuple
        Values, (state,), in standard deviations; stationary probabilities, (state,); and the
        transition matrix, (state, state), from row to column.
    """
    p = 0.5 * (1.0 + correlation)
    move = np.array([[p, 1.0 - p], [1.0 - p, p]])
    for size in range(3, states + 1):
        wider = np.zeros((size, size))
        wider[:-1, :-1] += p * move
        wider[:-1, 1:] += (1.0 - p) * move
        wider[1:, :-1] += (1.0 - p) * move
        wider[1:, 1:] += p * move
        wider[1:-1] /= 2.0
        move = wider
    reach = math.sqrt(states - 1.0)
    start = np.array([math.comb(states - 1, k) for k in range(states)]) / 2.0 ** (states - 1)
    return np.linspace(-reach, reach, states), start, move
