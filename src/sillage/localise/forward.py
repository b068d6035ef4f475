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
Aim = tuple[NDArray[np.int64], Floats]
"""Direction of the fan to the left of where a state looks, and weight of the next."""

DIRECTIONS = 5
DILUTIONS = 3
_WITHIN = DILUTIONS * DIRECTIONS
FREEDOM = 4.0
_T_CONSTANT = (
    math.lgamma((FREEDOM + 1) / 2) - math.lgamma(FREEDOM / 2) - 0.5 * math.log(FREEDOM * math.pi)
)
_FLUSH = 1e120  # a running product is folded in before it overflows
_VEERS = np.sqrt(3.0) * np.array([-1.0, 0.0, 1.0])  # Gauss-Hermite nodes of a normal
_VEER_START = np.array([1.0, 4.0, 1.0]) / 6.0


class Chain(NamedTuple):
    """States of the hidden chain and how it moves; fixed for one problem."""

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
    """(within,): of dilution and direction together, direction running fastest."""
    within_move: Floats
    """(within, within): from row to column."""
    stay: float
    """Probability that the source stays on, or off, from one block to the next."""

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
    chain = Chain(
        offsets=offsets,
        veers_rad=math.radians(settings.direction_floor_deg) * (np.zeros(1) if alone else _VEERS),
        levels=levels,
        dilution=np.ones(DILUTIONS),
        veer_start=np.ones(1) if alone else _VEER_START,
        within_start=np.kron(dilution_start, direction_start).astype(np.float64),
        within_move=np.kron(dilution_move, direction_move).astype(np.float64),
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


@compiled
def beforehand(
    fan: Floats, place: Floats, first: NDArray[np.int64], chain: Chain
) -> tuple[Floats, Floats]:
    """Mean and variance of the plume at each reading before any reading is looked at.

    Of a source that is on, over the errors of direction; arguments as in `forward`.
    """
    mean, variance = np.zeros(fan.shape[0]), np.zeros(fan.shape[0])
    aim = (np.empty(place[0].size, dtype=np.int64), np.empty(place[0].size))
    weight = np.empty(fan.shape[1])
    stationary = np.outer(chain.veer_start, chain.within_start)
    undiluted = np.ones(DILUTIONS)
    for b in range(first.shape[0] - 1):
        _aim(place[b], fan.shape[1], aim)
        _onto_fan(stationary, undiluted, aim, weight)
        for i in range(first[b], first[b + 1]):
            square = 0.0
            for k in range(weight.shape[0]):
                mean[i] += weight[k] * fan[i, k]
                square += weight[k] * fan[i, k] * fan[i, k]
            variance[i] = max(square - mean[i] * mean[i], 0.0)
    return mean, variance


@compiled
def forward(
    fan: Floats,
    place: Floats,
    residual: tuple[Floats, Floats, float],
    first: NDArray[np.int64],
    session: NDArray[np.int64],
    chain: Chain,
) -> tuple[Floats, Floats, Floats]:
    """Forward recursion over blocks; the state is (veer, dilution and direction), or off.

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

    Floor: 15 states a veer (one veer in one session, else three) x 10 operations and a division
    per reading in reach of the plume, states side by side in vector registers; 15 x 15
    multiplications a veer and one logarithm per block.
    """
    excess, noise, _ = residual
    count, veers = first.shape[0] - 1, place.shape[1]
    log_likelihood, on = np.empty(count), np.empty(count)
    expected = np.zeros(excess.shape[0])
    base = _T_CONSTANT - np.log(noise)
    state, off = np.zeros((veers, _WITHIN)), np.zeros(veers)
    likely = np.zeros((3, state.size + 1))
    aim = (np.empty(place[0].size, dtype=np.int64), np.empty(place[0].size))
    before = np.empty(_WITHIN)
    reached = np.empty((first[1:] - first[:-1]).max(), dtype=np.int64)
    for b in range(count):
        fresh = b == 0 or session[b] != session[b - 1]
        _predict(state, off, before, fresh, chain)
        inside = _reached(fan, noise, first[b], first[b + 1], reached)
        total = _without(excess, noise, reached[inside : first[b + 1] - first[b]])
        for i in range(first[b], first[b + 1]):
            total += base[i]
        if inside > 0:
            rows = reached[:inside]
            _aim(place[b], fan.shape[1], aim)
            total += _weigh(fan, aim, residual, chain, rows, likely)
            total += _update(state, off, likely[0])
            _expect(fan, aim, state, chain, rows, expected)
        log_likelihood[b] = total
        on[b] = 1.0 - off.sum()
    return log_likelihood, expected, on


@compiled
def _predict(state: Floats, off: Floats, before: Floats, fresh: bool, chain: Chain) -> None:
    """Go from the states of one block to their prior in the next; or to the stationary one."""
    stay, move = chain.stay, chain.within_move
    for v in range(state.shape[0]):
        if fresh:
            off[v] = 0.5 * chain.veer_start[v]
            state[v] = 0.5 * chain.veer_start[v] * chain.within_start
            continue
        awake = 0.0
        for j in range(_WITHIN):
            before[j] = stay * state[v, j]
            awake += state[v, j]
        wakes = off[v] * (1.0 - stay)
        off[v] = off[v] * stay + awake * (1.0 - stay)
        for k in range(_WITHIN):
            state[v, k] = wakes * chain.within_start[k]
        for j in range(_WITHIN):
            for k in range(_WITHIN):
                state[v, k] += before[j] * move[j, k]


@compiled
def _aim(place: Floats, width: int, aim: Aim) -> None:
    """Between which two directions of the fan each pair of veer and direction looks."""
    left, share = aim
    for v in range(place.shape[0]):
        for k in range(DIRECTIONS):
            p = v * DIRECTIONS + k
            left[p] = min(int(place[v, k]), width - 2)
            share[p] = place[v, k] - left[p]


@compiled
def _update(state: Floats, off: Floats, likely: Floats) -> float:
    """Bayes' rule, in place; gives the logarithm of the evidence."""
    mass = 1e-300
    for v in range(state.shape[0]):
        off[v] *= likely[-1]
        mass += off[v]
        for k in range(_WITHIN):
            state[v, k] *= likely[v * _WITHIN + k]
            mass += state[v, k]
    for v in range(state.shape[0]):
        off[v] /= mass
        for k in range(_WITHIN):
            state[v, k] /= mass
    return math.log(mass)


@compiled
def _weigh(
    fan: Floats,
    aim: Aim,
    residual: tuple[Floats, Floats, float],
    chain: Chain,
    rows: NDArray[np.int64],
    likely: Floats,
) -> float:
    """Likelihood of one block's readings in each state, into the first row; last, off.

    Relative to the exponential of what is returned. In units of the noise, a reading's Student-t
    density is ((v + r r / 4)^5 / v^4)^(-1/2), with r the residual and v its squared scale, but for
    a factor that all states share. What stands within the brackets is at least one, so a bound on
    the running product tells when it must be folded in.
    """
    excess, noise, fluctuation = residual
    left, share = aim
    answer, product, plume = likely[0], likely[1], likely[2]
    answer[:], product[:] = 1.0, 1.0
    scale, bound = 0.0, 1.0
    scatter, strongest = fluctuation * fluctuation, chain.dilution.max()
    for n in range(rows.shape[0]):
        i = rows[n]
        per_noise = 1.0 / noise[i]
        risen = excess[i] * per_noise
        peak = 0.0
        for p in range(left.shape[0]):
            here, there = fan[i, left[p]], fan[i, left[p] + 1]
            look = (here + share[p] * (there - here)) * per_noise
            peak = max(peak, look)
            at = p // DIRECTIONS * _WITHIN + p % DIRECTIONS
            for m in range(DILUTIONS):
                plume[at + m * DIRECTIONS] = look * chain.dilution[m]
        peak *= strongest
        farthest = max(risen * risen, (risen - peak) ** 2)
        most = (1.0 + scatter * peak * peak + farthest / FREEDOM) ** 5
        if bound * most > _FLUSH:
            scale += _fold(answer, product)
            bound = 1.0
        bound *= most
        for s in range(answer.shape[0]):
            away = risen - plume[s]
            variance = 1.0 + scatter * plume[s] * plume[s]
            both = variance + away * away / FREEDOM
            ratio = both / variance
            ratio *= ratio
            product[s] *= ratio * ratio * both
    return scale + _fold(answer, product)


@compiled
def _fold(answer: Floats, product: Floats) -> float:
    """Divide the answer by the root of the product; gives the logarithm that was taken out."""
    for s in range(answer.shape[0]):
        answer[s] /= math.sqrt(product[s])
    top = answer.max()
    answer /= top
    product[:] = 1.0
    return math.log(top)


@compiled
def _without(excess: Floats, noise: Floats, rows: NDArray[np.int64]) -> float:
    """Log density of some readings of one block without any plume, but for what all share."""
    total, product = 0.0, 1.0
    for n in range(rows.shape[0]):
        risen = excess[rows[n]] / noise[rows[n]]
        product *= (1.0 + risen * risen / FREEDOM) ** 5
        if product > _FLUSH:
            total -= 0.5 * math.log(product)
            product = 1.0
    return total - 0.5 * math.log(product)


@compiled
def _expect(
    fan: Floats,
    aim: Aim,
    state: Floats,
    chain: Chain,
    rows: NDArray[np.int64],
    expected: Floats,
) -> None:
    """Add the plume that a block's states expect at some readings."""
    weight = np.empty(fan.shape[1])
    _onto_fan(state, chain.dilution, aim, weight)
    for n in range(rows.shape[0]):
        total = 0.0
        for k in range(weight.shape[0]):
            total += weight[k] * fan[rows[n], k]
        expected[rows[n]] = total


@compiled
def _onto_fan(state: Floats, dilution: Floats, aim: Aim, weight: Floats) -> None:
    """Weight of each direction of the fan: what the states that look there hold, diluted."""
    left, share = aim
    weight[:] = 0.0
    for p in range(left.shape[0]):
        v, k = p // DIRECTIONS, p % DIRECTIONS
        mass = 0.0
        for m in range(DILUTIONS):
            mass += state[v, m * DIRECTIONS + k] * dilution[m]
        weight[left[p]] += mass * (1.0 - share[p])
        weight[left[p] + 1] += mass * share[p]


@compiled
def _reached(fan: Floats, noise: Floats, start: int, stop: int, order: NDArray[np.int64]) -> int:
    """Put the readings that the plume can reach first; gives how many those are.

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
    return inside
