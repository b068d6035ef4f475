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
from sillage.localise.chain import DILUTIONS, DIRECTIONS, WITHIN, Chain
from sillage.localise.weigh import FREEDOM, Reached, Residual, lean, reach, rest, weigh

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_T_CONSTANT = (
    math.lgamma((FREEDOM + 1) / 2) - math.lgamma(FREEDOM / 2) - 0.5 * math.log(FREEDOM * math.pi)
)


@compiled
def forward(
    plumes: Floats,
    residual: Residual,
    first: Integers,
    session: Integers,
    chain: Chain,
    leaning: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Forward recursion over blocks; the state is (set that is on, veer, dilution and direction).

    Parameters
    ----------
    plumes
        (source, observation, pair): plume for each pair of veer and direction, ppm.
    residual
        Of the readings about their background.
    first, session
        As in `Blocks`.
    leaning
        (2, observation), to fill with what `lean` says; or (2, 0), and that is not asked for.

    Returns
    -------
    tuple
        Log-likelihood of each block given those before, (block,); expected plume of all sources
        in ppm, (observation,), but where `leaning` is asked for; and the probability that each is
        on, (block, source).

    Floor: 16 states (one veer in one session), else 48, and a set of sources that reach the
    reading x 10 operations and a division, side by side in vector registers; per block 120
    multiplications a veer and set, and one logarithm.
    """
    _, noise, _, below = residual
    sources, count = plumes.shape[0], first.shape[0] - 1
    sets, veers = 1 << sources, chain.veer_start.shape[0]
    log_likelihood, on = np.empty(count), np.zeros((count, sources))
    expected = np.zeros(noise.shape[0])
    base = np.where(below, 0.0, _T_CONSTANT - np.log(noise))
    state, off = np.zeros((sets, veers * WITHIN)), np.zeros(veers)
    room = np.zeros((5, sets, veers * WITHIN))
    weight = np.empty((sources, plumes.shape[2]))
    most = (first[1:] - first[:-1]).max()
    reached = (np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64))
    for b in range(count):
        _predict(state, off, b == 0 or session[b] != session[b - 1], chain)
        inside = reach(plumes, noise, first[b], first[b + 1], reached)
        total = rest(residual, reached[0][inside : first[b + 1] - first[b]], leaning)
        for i in range(first[b], first[b + 1]):
            total += base[i]
        if inside > 0:
            rows = (reached[0][:inside], reached[1][:inside])
            total += weigh(plumes, residual, chain, rows, room)
            total += _update(state, off, room[0])
            if leaning.shape[1] > 0:
                lean(plumes, residual, chain, rows, (state, off.sum()), (room, leaning))
            else:
                _expect(plumes, state, chain, rows, (weight, expected))
        log_likelihood[b] = total
        _still_on(state, on, b)
    return log_likelihood, expected, on


@compiled
def _still_on(state: Floats, on: Floats, b: int) -> None:
    """Probability that each source is on in a block."""
    for number in range(1, state.shape[0]):
        held = 0.0
        for q in range(state.shape[1]):
            held += state[number, q]
        for j in range(on.shape[1]):
            if number >> j & 1:
                on[b, j] += held


@compiled
def _predict(state: Floats, off: Floats, fresh: bool, chain: Chain) -> None:
    """Go from the states of one block to their prior in the next; or to the stationary one."""
    if fresh:
        share = 1.0 / state.shape[0]
        for v in range(off.shape[0]):
            off[v] = share * chain.veer_start[v]
            for number in range(1, state.shape[0]):
                for k in range(WITHIN):
                    state[number, WITHIN * v + k] = off[v] * chain.within_start[k]
        return
    turned = np.empty((DILUTIONS, DIRECTIONS))
    for number in range(1, state.shape[0]):
        _drift(state, number, chain, turned)
    bit = 1
    while bit < state.shape[0]:
        for number in range(state.shape[0]):
            if number & bit == 0:
                if number == 0:
                    _wake(state[bit], off, chain)
                else:
                    _switch(state[number], state[number | bit], chain.stay)
        bit <<= 1


@compiled
def _drift(state: Floats, number: int, chain: Chain, turned: Floats) -> None:
    """Let dilution and direction move on, each as it does; in place."""
    for start in range(0, state.shape[1], WITHIN):
        for m in range(DILUTIONS):
            for k in range(DIRECTIONS):
                total = 0.0
                for j in range(DIRECTIONS):
                    total += state[number, start + m * DIRECTIONS + j] * chain.direction_move[j, k]
                turned[m, k] = total
        for m in range(DILUTIONS):
            for k in range(DIRECTIONS):
                total = 0.0
                for j in range(DILUTIONS):
                    total += turned[j, k] * chain.dilution_move[j, m]
                state[number, start + m * DIRECTIONS + k] = total


@compiled
def _wake(on: Floats, off: Floats, chain: Chain) -> None:
    """Let one source, the only one that is on, go off, or come on where none is."""
    stay, leave = chain.stay, 1.0 - chain.stay
    for v in range(off.shape[0]):
        wakes, awake = leave * off[v], 0.0
        for k in range(WITHIN):
            held = on[WITHIN * v + k]
            awake += held
            on[WITHIN * v + k] = stay * held + wakes * chain.within_start[k]
        off[v] = stay * off[v] + leave * awake


@compiled
def _switch(one: Floats, other: Floats, stay: float) -> None:
    """Let a source that is off in one set and on in the other change over."""
    leave = 1.0 - stay
    for q in range(one.shape[0]):
        less, more = one[q], other[q]
        one[q] = stay * less + leave * more
        other[q] = stay * more + leave * less


@compiled
def _update(state: Floats, off: Floats, likely: Floats) -> float:
    """Bayes' rule, in place; gives the logarithm of the evidence."""
    mass = 1e-300
    for v in range(off.shape[0]):
        off[v] *= likely[0, 0]
        mass += off[v]
    for number in range(1, state.shape[0]):
        for q in range(state.shape[1]):
            state[number, q] *= likely[number, q]
            mass += state[number, q]
    share = 1.0 / mass
    for v in range(off.shape[0]):
        off[v] *= share
    for number in range(1, state.shape[0]):
        for q in range(state.shape[1]):
            state[number, q] *= share
    return math.log(mass)


@compiled
def _expect(
    plumes: Floats, state: Floats, chain: Chain, rows: Reached, out: tuple[Floats, Floats]
) -> None:
    """Add the plume that a block's states expect at some readings."""
    weight, expected = out
    weight[:] = 0.0
    for number in range(1, state.shape[0]):
        for j in range(plumes.shape[0]):
            if number >> j & 1:
                for p in range(weight.shape[1]):
                    at = p // DIRECTIONS * WITHIN + p % DIRECTIONS
                    for m in range(DILUTIONS):
                        held = state[number, at + m * DIRECTIONS]
                        weight[j, p] += held * chain.dilution[m]
    for n in range(rows[0].shape[0]):
        total, i = 0.0, rows[0][n]
        for j in range(plumes.shape[0]):
            if rows[1][n] >> j & 1:
                for p in range(weight.shape[1]):
                    total += weight[j, p] * plumes[j, i, p]
        expected[i] = total
