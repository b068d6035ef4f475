"""How is the hidden chain run: the forward recursion over blocks of wind.

The states are those of `sillage.localise.chain`, which all sources share because they lie in one
wind, together with which of the sources are on. A set of sources is a number whose bits say which
are in it; where none is on, direction and dilution do not matter and are kept as one state.

References
----------
Rabiner, Proc. IEEE 77, 1989 (the forward recursion). Ghahramani & Jordan, Machine Learning 29,
1997 (chains that move on their own and are seen together).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.chain import WITHIN, Chain
from sillage.localise.weigh import LEAST

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@compiled
def forward(likely: Floats, session: Integers, chain: Chain, on: Floats) -> Floats:
    """Forward recursion over blocks; the state is (set that is on, veer, dilution and direction).

    Parameters
    ----------
    likely
        (block, set, state): likelihood of each block's readings; where no source is on, the first
        of the row. Probabilities given the readings so far take its place.
    session
        As in `Blocks`.
    chain
        The states.
    on
        (block, source), to fill: probability that each is on.

    Returns
    -------
    NDArray
        Log-likelihood of each block given those before, (block,).

    Floor: per block 240 multiplications a veer and set, side by side in vector registers, and one
    logarithm.
    """
    log_likelihood = np.empty(likely.shape[0])
    sets, states = likely.shape[1], likely.shape[2]
    state, off = np.zeros((sets, states)), np.zeros(chain.veer_start.shape[0])
    start, move, stay = chain.within_start, chain.within_move, chain.stay
    moved = np.empty(WITHIN)
    for b in range(likely.shape[0]):
        if b == 0 or session[b] != session[b - 1]:
            _begin(state, off, chain.veer_start, start)
        else:
            _drift(state, move, moved)
            bit = 1
            while bit < sets:
                _wake(state, bit, off, start, stay)
                for number in range(1, sets):
                    if number & bit == 0:
                        _switch(state, number, number | bit, stay)
                bit <<= 1
        log_likelihood[b] = _update(state, off, likely, b)
        _still_on(state, on, b)
    return log_likelihood


@compiled
def _begin(state: Floats, off: Floats, veer_start: Floats, within_start: Floats) -> None:
    """States of a session's first block, before its readings."""
    share = 1.0 / state.shape[0]
    for v in range(off.shape[0]):
        off[v] = share * veer_start[v]
        for number in range(1, state.shape[0]):
            for k in range(WITHIN):
                state[number, WITHIN * v + k] = off[v] * within_start[k]


@compiled
def _drift(state: Floats, move: Floats, moved: Floats) -> None:
    """Let dilution and direction move on; in place."""
    for number in range(1, state.shape[0]):
        for start in range(0, state.shape[1], WITHIN):
            moved[:] = 0.0
            for j in range(WITHIN - 1):
                held = state[number, start + j]
                for q in range(WITHIN):
                    moved[q] += held * move[j, q]
            for q in range(WITHIN):
                state[number, start + q] = moved[q]


@compiled
def _wake(state: Floats, number: int, off: Floats, within_start: Floats, stay: float) -> None:
    """Let one source, the only one that is on, go off, or come on where none is."""
    leave = 1.0 - stay
    for v in range(off.shape[0]):
        wakes, awake = leave * off[v], 0.0
        for k in range(WITHIN):
            held = state[number, WITHIN * v + k]
            awake += held
            state[number, WITHIN * v + k] = stay * held + wakes * within_start[k]
        off[v] = stay * off[v] + leave * awake


@compiled
def _switch(state: Floats, one: int, other: int, stay: float) -> None:
    """Let a source that is off in one set and on in the other change over."""
    leave = 1.0 - stay
    for q in range(state.shape[1]):
        less, more = state[one, q], state[other, q]
        state[one, q] = stay * less + leave * more
        state[other, q] = stay * more + leave * less


@compiled
def _update(state: Floats, off: Floats, likely: Floats, b: int) -> float:
    """Bayes' rule, in place and into the row of the block; gives the log of the evidence."""
    mass = 1e-300
    for v in range(off.shape[0]):
        off[v] *= likely[b, 0, 0]
        mass += off[v]
    for number in range(1, state.shape[0]):
        for q in range(state.shape[1]):
            state[number, q] *= likely[b, number, q]
            mass += state[number, q]
    share, none = 1.0 / mass, 0.0
    for v in range(off.shape[0]):
        off[v] *= share
        none += off[v]
    likely[b, 0, 0] = none
    for number in range(1, state.shape[0]):
        for q in range(state.shape[1]):
            state[number, q] = state[number, q] * share + LEAST
            likely[b, number, q] = state[number, q]
    return math.log(mass)


@compiled
def _still_on(state: Floats, on: Floats, b: int) -> None:
    """Probability that each source is on in a block."""
    on[b] = 0.0
    for number in range(1, state.shape[0]):
        held = 0.0
        for q in range(state.shape[1]):
            held += state[number, q]
        for j in range(on.shape[1]):
            if number >> j & 1:
                on[b, j] += held
