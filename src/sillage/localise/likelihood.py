"""How well does one candidate source explain the readings: a hidden Markov chain over blocks.

In each block the source is off, or on with an error of wind direction and one of dilution.
Direction errs twice: by a veer that lasts for the session, as tracer releases show, and by what
mast and plume do not share of the block's eddies. The second and the dilution are first-order
autoregressive (Rouwenhorst's discretisation keeps variance and memory exactly), so residuals of
neighbouring blocks and sensors are correlated as they are in nature, and no single gust decides.
Given the state, a reading is its background plus the plume, with Student-t residuals (four
degrees of freedom) whose scale is the sensor's noise and a share of the plume itself.

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
from sillage.air.fan import fan_coupling
from sillage.localise.background import Bins, fitted
from sillage.localise.problem import Problem
from sillage.localise.settings import Settings

Floats = NDArray[np.float64]

DIRECTIONS = 5
DILUTIONS = 3
FAN = 9
FREEDOM = 4.0
_T_CONSTANT = (
    math.lgamma((FREEDOM + 1) / 2) - math.lgamma(FREEDOM / 2) - 0.5 * math.log(FREEDOM * math.pi)
)
_FLUSH = 1e120  # a running product is turned into a logarithm before it overflows
_VEERS = np.sqrt(3.0) * np.array([-1.0, 0.0, 1.0])  # Gauss-Hermite nodes of a normal
_VEER_START = np.array([1.0, 4.0, 1.0]) / 6.0


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


class Chain(NamedTuple):
    """States of the hidden chain and how it moves; fixed for one problem."""

    offsets: Floats
    """(direction,): errors of a block's direction in standard deviations."""
    veers_rad: Floats
    """(veer,): errors of a session's direction."""
    dilution: Floats
    """(dilution,): factors on the plume."""
    direction_start: Floats
    dilution_start: Floats
    direction_move: Floats
    dilution_move: Floats
    stay: float
    """Probability that the source stays on, or off, from one block to the next."""


class Explanation(NamedTuple):
    """What one candidate says about the readings."""

    background: Floats
    """(observation,): background that suits the candidate, ppm."""

    block_log_likelihood: Floats
    plume_ppm: Floats
    """(observation,): the plume that the candidate expects there."""
    on: Floats
    """(block,): probability that the source is on."""


def chain_of(problem: Problem, settings: Settings) -> Chain:
    """The hidden chain for blocks of this problem's length."""
    step = problem.blocks.step_s
    memory = math.exp(-step / settings.memory_s)
    offsets, direction_start, direction_move = rouwenhorst(DIRECTIONS, memory)
    levels, dilution_start, dilution_move = rouwenhorst(DILUTIONS, memory)
    spread = settings.dilution_log_std
    return Chain(
        offsets=offsets,
        veers_rad=math.radians(settings.direction_floor_deg) * _VEERS,
        dilution=np.exp(spread * levels - 0.5 * spread**2),
        direction_start=direction_start,
        dilution_start=dilution_start,
        direction_move=direction_move,
        dilution_move=dilution_move,
        stay=0.5 + 0.5 * math.exp(-2.0 * step / settings.dwell_s),
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
        said: tuple[Floats, Floats, Floats] = _forward(
            coupling,
            place,
            rows.value - background,
            noise,
            fluctuation,
            blocks.first,
            blocks.session,
            chain.dilution,
            (chain.direction_start, chain.dilution_start, _VEER_START),
            (chain.direction_move, chain.dilution_move),
            chain.stay,
        )
        return said

    _, plume, _ = run(start)
    variance = noise**2 + (fluctuation * plume) ** 2
    background = fitted(rows.value - plume, start, variance, *bins)
    return Explanation(background, *run(background))


@compiled
def _forward(
    fan: Floats,
    place: Floats,
    excess: Floats,
    noise: Floats,
    fluctuation: float,
    first: NDArray[np.int64],
    session: NDArray[np.int64],
    dilution: Floats,
    starts: tuple[Floats, Floats, Floats],
    moves: tuple[Floats, Floats],
    stay: float,
) -> tuple[Floats, Floats, Floats]:
    """Forward recursion over blocks; the state is (veer, direction, dilution), or off.

    Floor: 45 states x 9 operations per reading that the plume can reach, one exponential and
    logarithm per state; a reading out of reach is the same in all states and is scored once.
    """
    count, veers, directions = first.shape[0] - 1, place.shape[1], place.shape[2]
    dilutions = dilution.shape[0]
    log_likelihood, on = np.empty(count), np.empty(count)
    expected = np.zeros(excess.shape[0])
    state = np.zeros((veers, directions, dilutions))
    prior, score = np.empty_like(state), np.empty_like(state)
    off = np.zeros(veers)
    prior_off = np.empty(veers)
    widest = 0
    for b in range(count):
        widest = max(widest, first[b + 1] - first[b])
    plume, reached = np.empty(widest), np.empty(widest, dtype=np.int64)
    for b in range(count):
        fresh = b == 0 or session[b] != session[b - 1]
        _predict(state, off, prior, prior_off, fresh, starts, moves, stay)
        inside, all_of_them = _reached(fan, noise, first[b], first[b + 1], reached)
        rows = reached[:inside]
        log_likelihood[b] = _score(
            excess, noise, plume, 0.0, fluctuation, reached[inside:all_of_them]
        )
        if inside == 0:  # nothing is learned of the state
            state[:], off[:] = prior, prior_off
            on[b] = 1.0 - off.sum()
            continue
        log_off = _score(excess, noise, plume, 0.0, fluctuation, rows)
        best = log_off
        for v in range(veers):
            for k in range(directions):
                _at(fan, place[b, v, k], rows, plume)
                for m in range(dilutions):
                    score[v, k, m] = _score(excess, noise, plume, dilution[m], fluctuation, rows)
                    best = max(best, score[v, k, m])
        state[:] = prior * np.exp(score - best)
        off[:] = prior_off * math.exp(log_off - best)
        total = max(state.sum() + off.sum(), 1e-300)
        log_likelihood[b] += best + math.log(total)
        state /= total
        off /= total
        on[b] = 1.0 - off.sum()
        for v in range(veers):
            for k in range(directions):
                weight = (state[v, k] * dilution).sum()
                _at(fan, place[b, v, k], rows, plume)
                for n in range(inside):
                    expected[rows[n]] += weight * plume[n]
    return log_likelihood, expected, on


@compiled
def _predict(
    state: Floats,
    off: Floats,
    prior: Floats,
    prior_off: Floats,
    fresh: bool,
    starts: tuple[Floats, Floats, Floats],
    moves: tuple[Floats, Floats],
    stay: float,
) -> None:
    """Prior of a block's states from the block before; or the stationary one."""
    veers, directions, dilutions = state.shape
    half = np.empty((directions, dilutions))
    for v in range(veers):
        wake = 0.5 * starts[2][v] if fresh else off[v] * (1.0 - stay)
        prior_off[v] = 0.5 * starts[2][v]
        for k in range(directions):
            for m in range(dilutions):
                prior[v, k, m] = wake * starts[0][k] * starts[1][m]
        if fresh:
            continue
        prior_off[v] = off[v] * stay + state[v].sum() * (1.0 - stay)
        half[:] = 0.0
        for k in range(directions):
            for j in range(directions):
                for m in range(dilutions):
                    half[k, m] += state[v, j, m] * moves[0][j, k]
        for k in range(directions):
            for m in range(dilutions):
                for n in range(dilutions):
                    prior[v, k, m] += stay * half[k, n] * moves[1][n, m]


@compiled
def _reached(
    fan: Floats, noise: Floats, start: int, stop: int, order: NDArray[np.int64]
) -> tuple[int, int]:
    """Put the readings that the plume can reach first; gives how many those are, and how many all.

    Out of reach is a plume below a hundredth of the noise in every direction.
    """
    inside, outside = 0, stop - start
    for i in range(start, stop):
        peak = 0.0
        for k in range(fan.shape[1]):
            peak = max(peak, fan[i, k])
        if peak > 0.01 * noise[i]:
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
    return total - 0.5 * math.log(product) + rows.shape[0] * _T_CONSTANT
