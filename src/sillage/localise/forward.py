"""How is the hidden chain run: the forward recursion over blocks of wind.

The states, and why there are these, stand in `sillage.localise.likelihood`.

References
----------
Rouwenhorst, in Frontiers of Business Cycle Research, Princeton, 1995, ch. 10; Kopecky & Suen,
Review of Economic Dynamics 13, 2010. Rabiner, Proc. IEEE 77, 1989 (the forward recursion).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.settings import Settings

Floats = NDArray[np.float64]

DIRECTIONS = 5
DILUTIONS = 3
FREEDOM = 4.0
_T_CONSTANT = (
    math.lgamma((FREEDOM + 1) / 2) - math.lgamma(FREEDOM / 2) - 0.5 * math.log(FREEDOM * math.pi)
)
_FLUSH = 1e120  # a running product is turned into a logarithm before it overflows
_VEERS = np.sqrt(3.0) * np.array([-1.0, 0.0, 1.0])  # Gauss-Hermite nodes of a normal
_VEER_START = np.array([1.0, 4.0, 1.0]) / 6.0


class Chain(NamedTuple):
    """States of the hidden chain and how it moves; fixed for one problem."""

    offsets: Floats
    """(direction,): errors of a block's direction in standard deviations."""
    veers_rad: Floats
    """(veer,): errors of a session's direction."""
    dilution: Floats
    """(dilution,): factors on the plume."""
    veer_start: Floats
    direction_start: Floats
    dilution_start: Floats
    direction_move: Floats
    dilution_move: Floats
    stay: float
    """Probability that the source stays on, or off, from one block to the next."""


def chain_of(step_s: float, settings: Settings) -> Chain:
    """The hidden chain for blocks of so many seconds."""
    memory = math.exp(-step_s / settings.memory_s)
    offsets, direction_start, direction_move = rouwenhorst(DIRECTIONS, memory)
    levels, dilution_start, dilution_move = rouwenhorst(DILUTIONS, memory)
    spread = settings.dilution_log_std
    return Chain(
        offsets=offsets,
        veers_rad=math.radians(settings.direction_floor_deg) * _VEERS,
        dilution=np.exp(spread * levels - 0.5 * spread**2),
        veer_start=_VEER_START,
        direction_start=direction_start,
        dilution_start=dilution_start,
        direction_move=direction_move,
        dilution_move=dilution_move,
        stay=0.5 + 0.5 * math.exp(-2.0 * step_s / settings.dwell_s),
    )


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


@compiled
def forward(
    fan: Floats,
    place: Floats,
    residual: tuple[Floats, Floats, float],
    first: NDArray[np.int64],
    session: NDArray[np.int64],
    chain: Chain,
) -> tuple[Floats, Floats, Floats]:
    """Forward recursion over blocks; the state is (veer, direction, dilution), or off.

    Parameters
    ----------
    fan
        (observation, fan): plume in each direction of the fan, ppm.
    place
        (block, veer, direction): where in the fan each state looks.
    residual
        Readings less background and their noise, ppm, (observation,); plume's relative scatter.
    first, session
        As in `Blocks`.

    Returns
    -------
    tuple
        Log-likelihood of each block given those before, expected plume in ppm, probability of on.

    Floor: 45 states x 9 operations per reading in reach of the plume, one exponential per state.
    """
    excess, noise, fluctuation = residual
    dilution, count = chain.dilution, first.shape[0] - 1
    veers, directions, dilutions = place.shape[1], place.shape[2], chain.dilution.shape[0]
    log_likelihood, on = np.empty(count), np.empty(count)
    expected = np.zeros(excess.shape[0])
    state = np.zeros((veers, directions, dilutions))
    prior, score = state.copy(), state.copy()
    off, prior_off = np.zeros(veers), np.empty(veers)
    widest = (first[1:] - first[:-1]).max()
    plume, reached = np.empty(widest), np.empty(widest, dtype=np.int64)
    for b in range(count):
        fresh = b == 0 or session[b] != session[b - 1]
        _predict(state, off, prior, prior_off, fresh, chain)
        inside, all_of_them = _reached(fan, noise, first[b], first[b + 1], reached)
        rows = reached[:inside]
        others = reached[inside:all_of_them]
        log_likelihood[b] = _score(excess, noise, plume, 0.0, fluctuation, others)
        if inside == 0:  # nothing is learned of the state
            state[:], off[:] = prior, prior_off
            on[b] = 1.0 - off.sum()
            continue
        log_off = _score(excess, noise, plume, 0.0, fluctuation, rows)
        _score_states(fan, place[b], residual, dilution, rows, score)
        best = max(log_off, score.max())
        state[:] = prior * np.exp(score - best)
        off[:] = prior_off * math.exp(log_off - best)
        total = max(state.sum() + off.sum(), 1e-300)
        log_likelihood[b] += best + math.log(total)
        state, off = state / total, off / total
        on[b] = 1.0 - off.sum()
        _expect(fan, place[b], state, dilution, rows, expected)
    return log_likelihood, expected, on


@compiled
def _predict(
    state: Floats,
    off: Floats,
    prior: Floats,
    prior_off: Floats,
    fresh: bool,
    chain: Chain,
) -> None:
    """Prior of a block's states from the block before; or the stationary one."""
    veers, directions, dilutions = state.shape
    half = np.empty((directions, dilutions))
    stay = chain.stay
    for v in range(veers):
        wake = 0.5 * chain.veer_start[v] if fresh else off[v] * (1.0 - stay)
        prior_off[v] = 0.5 * chain.veer_start[v]
        for k in range(directions):
            for m in range(dilutions):
                prior[v, k, m] = wake * chain.direction_start[k] * chain.dilution_start[m]
        if fresh:
            continue
        prior_off[v] = off[v] * stay + state[v].sum() * (1.0 - stay)
        half[:] = 0.0
        for k in range(directions):
            for j in range(directions):
                for m in range(dilutions):
                    half[k, m] += state[v, j, m] * chain.direction_move[j, k]
        for k in range(directions):
            for m in range(dilutions):
                for n in range(dilutions):
                    prior[v, k, m] += stay * half[k, n] * chain.dilution_move[n, m]


@compiled
def _score_states(
    fan: Floats,
    place: Floats,
    residual: tuple[Floats, Floats, float],
    dilution: Floats,
    rows: NDArray[np.int64],
    score: Floats,
) -> None:
    """Log density of one block's readings in each state in which the source is on."""
    excess, noise, fluctuation = residual
    plume = np.empty(rows.shape[0])
    for v in range(score.shape[0]):
        for k in range(score.shape[1]):
            _at(fan, place[v, k], rows, plume)
            for m in range(score.shape[2]):
                score[v, k, m] = _score(excess, noise, plume, dilution[m], fluctuation, rows)


@compiled
def _expect(
    fan: Floats,
    place: Floats,
    state: Floats,
    dilution: Floats,
    rows: NDArray[np.int64],
    expected: Floats,
) -> None:
    """Add the plume that a block's states expect at some readings."""
    plume = np.empty(rows.shape[0])
    for v in range(state.shape[0]):
        for k in range(state.shape[1]):
            weight = (state[v, k] * dilution).sum()
            _at(fan, place[v, k], rows, plume)
            for n in range(rows.shape[0]):
                expected[rows[n]] += weight * plume[n]


@compiled
def _reached(
    fan: Floats, noise: Floats, start: int, stop: int, order: NDArray[np.int64]
) -> tuple[int, int]:
    """Put the readings that the plume can reach first; gives how many those are, and how many all.

    Out of reach is a plume below three hundredths of the noise in every direction.
    """
    inside, outside = 0, stop - start
    for i in range(start, stop):
        peak = 0.0
        for k in range(fan.shape[1]):
            peak = max(peak, fan[i, k])
        if peak > 0.03 * noise[i]:
            order[inside] = i
            inside += 1
        else:
            outside -= 1
            order[outside] = i
    return inside, stop - start


@compiled
def _at(fan: Floats, place: float, rows: NDArray[np.int64], plume: Floats) -> None:
    """Plume of some readings at a place in the fan, between its two neighbours."""
    left = min(int(place), fan.shape[1] - 2)
    share = place - left
    for n in range(rows.shape[0]):
        plume[n] = (1.0 - share) * fan[rows[n], left] + share * fan[rows[n], left + 1]


@compiled
def _score(
    excess: Floats,
    noise: Floats,
    plume: Floats,
    dilution: float,
    fluctuation: float,
    rows: NDArray[np.int64],
) -> float:
    """Student-t log density of some readings of one block in one state."""
    total = 0.0
    product = 1.0
    for n in range(rows.shape[0]):
        i = rows[n]
        plume_here = plume[n] * dilution if dilution > 0.0 else 0.0
        scatter = fluctuation * plume_here
        variance = noise[i] * noise[i] + scatter * scatter
        residual = excess[i] - plume_here
        tail = 1.0 + residual * residual / (FREEDOM * variance)
        product *= tail * tail * tail * tail * tail * variance
        if product > _FLUSH or product < 1.0 / _FLUSH:
            total -= 0.5 * math.log(product)
            product = 1.0
    score: float = total - 0.5 * math.log(product) + rows.shape[0] * _T_CONSTANT
    return score
