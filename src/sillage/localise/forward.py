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
from sillage.localise.aim import Aim, onto_fan, take_aim
from sillage.localise.chain import DILUTIONS, DIRECTIONS, WITHIN, Chain

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Reached = tuple[Integers, Integers]
"""Readings of a block, those that a plume can reach first, and which sources reach each."""

FREEDOM = 4.0
_T_CONSTANT = (
    math.lgamma((FREEDOM + 1) / 2) - math.lgamma(FREEDOM / 2) - 0.5 * math.log(FREEDOM * math.pi)
)
_FLUSH = 1e120  # a running product is folded in before it overflows
_FAINT = 0.03  # of the noise: a plume below it is out of reach


@compiled
def forward(
    fans: Floats,
    place: Floats,
    residual: tuple[Floats, Floats, float],
    first: Integers,
    session: Integers,
    chain: Chain,
) -> tuple[Floats, Floats, Floats]:
    """Forward recursion over blocks; the state is (set that is on, veer, dilution and direction).

    Parameters
    ----------
    fans
        (source, observation, fan): plume in each direction of the fan, ppm.
    place
        (block, veer, direction): where in the fan each state looks.
    residual
        Readings less background and their noise, ppm, (observation,); plume's relative scatter.
    first, session
        As in `Blocks`.

    Returns
    -------
    tuple
        Log-likelihood of each block given those before, (block,); expected plume of all sources
        in ppm, (observation,); and the probability that each is on, (block, source).

    Floor: 15 states a veer (one veer in one session, else three) and a set of sources that reach
    the reading x 10 operations and a division, states side by side in vector registers;
    15 x 15 multiplications a veer and set, and one logarithm, per block.
    """
    excess, noise, _ = residual
    sources, veers = fans.shape[0], place.shape[1]
    count, sets = first.shape[0] - 1, 1 << sources
    log_likelihood, on = np.empty(count), np.zeros((count, sources))
    expected = np.zeros(excess.shape[0])
    base = _T_CONSTANT - np.log(noise)
    state, off = np.zeros((sets, veers, WITHIN)), np.zeros(veers)
    scratch = np.zeros((3, sets, DILUTIONS, veers * DIRECTIONS))
    look = np.zeros((sets, veers * DIRECTIONS))
    aim = (np.empty(place[0].size, dtype=np.int64), np.empty(place[0].size))
    weight = np.empty((sources, fans.shape[2]))
    most = (first[1:] - first[:-1]).max()
    reached = (np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64))
    for b in range(count):
        fresh = b == 0 or session[b] != session[b - 1]
        _predict(state, off, fresh, chain)
        inside = _reach(fans, noise, first[b], first[b + 1], reached)
        total = _without(excess, noise, reached[0][inside : first[b + 1] - first[b]])
        for i in range(first[b], first[b + 1]):
            total += base[i]
        if inside > 0:
            rows = (reached[0][:inside], reached[1][:inside])
            take_aim(place[b], fans.shape[2], aim)
            total += _weigh(fans, aim, residual, chain, rows, (look, scratch))
            total += _update(state, off, scratch[0])
            _expect(fans, aim, state, chain, rows, (weight, expected))
        log_likelihood[b] = total
        _still_on(state, on, b)
    return log_likelihood, expected, on


@compiled
def _still_on(state: Floats, on: Floats, b: int) -> None:
    """Probability that each source is on in a block."""
    for number in range(1, state.shape[0]):
        held = 0.0
        for v in range(state.shape[1]):
            for k in range(WITHIN):
                held += state[number, v, k]
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
                state[number, v] = share * chain.veer_start[v] * chain.within_start
        return
    before = np.empty(WITHIN)
    for number in range(1, state.shape[0]):
        for v in range(off.shape[0]):
            for k in range(WITHIN):
                before[k] = state[number, v, k]
                state[number, v, k] = 0.0
            for j in range(WITHIN):
                for k in range(WITHIN):
                    state[number, v, k] += before[j] * chain.within_move[j, k]
    bit = 1
    while bit < state.shape[0]:
        for number in range(state.shape[0]):
            if number & bit == 0:
                _switch(state, off, number, number | bit, chain)
        bit <<= 1


@compiled
def _switch(state: Floats, off: Floats, one: int, other: int, chain: Chain) -> None:
    """Let a source that is off in one set and on in the other change over."""
    stay, leave = chain.stay, 1.0 - chain.stay
    for v in range(off.shape[0]):
        if one == 0:
            wakes, awake = leave * off[v], state[other, v].sum()
            off[v] = stay * off[v] + leave * awake
            for k in range(WITHIN):
                state[other, v, k] = stay * state[other, v, k] + wakes * chain.within_start[k]
            continue
        for k in range(WITHIN):
            less, more = state[one, v, k], state[other, v, k]
            state[one, v, k] = stay * less + leave * more
            state[other, v, k] = stay * more + leave * less


@compiled
def _update(state: Floats, off: Floats, likely: Floats) -> float:
    """Bayes' rule, in place; gives the logarithm of the evidence."""
    mass = 1e-300
    for v in range(off.shape[0]):
        off[v] *= likely[0, 0, 0]
        mass += off[v]
        for number in range(1, state.shape[0]):
            for m in range(DILUTIONS):
                for k in range(DIRECTIONS):
                    at = v * DIRECTIONS + k
                    state[number, v, m * DIRECTIONS + k] *= likely[number, m, at]
                    mass += state[number, v, m * DIRECTIONS + k]
    for v in range(off.shape[0]):
        off[v] /= mass
        for number in range(1, state.shape[0]):
            for k in range(WITHIN):
                state[number, v, k] /= mass
    return math.log(mass)


@compiled
def _weigh(
    fans: Floats,
    aim: Aim,
    residual: tuple[Floats, Floats, float],
    chain: Chain,
    rows: Reached,
    room: tuple[Floats, Floats],
) -> float:
    """Likelihood of one block's readings in each state, into the first of the scratch room.

    Relative to the exponential of what is returned. In units of the noise, a reading's Student-t
    density is ((v + r r / 4)^5 / v^4)^(-1/2), with r the residual and v its squared scale, but for
    a factor that all states share. What stands within the brackets is at least one, so a bound on
    the running product tells when it must be folded in. A set of sources of which some do not
    reach a reading says of it what the set without them says.
    """
    excess, noise, fluctuation = residual
    look, scratch = room
    answer, product, ratio = scratch[0], scratch[1], scratch[2]
    answer[:], product[:] = 1.0, 1.0
    scale, bound = 0.0, 1.0
    scatter, strongest = fluctuation * fluctuation, chain.dilution.max()
    for n in range(rows[0].shape[0]):
        i, reaching = rows[0][n], rows[1][n]
        risen = excess[i] / noise[i]
        peak = strongest * _look(fans, i, reaching, noise[i], aim, look)
        farthest = max(risen * risen, (risen - peak) ** 2)
        most = (1.0 + scatter * peak * peak + farthest / FREEDOM) ** 5
        if bound * most > _FLUSH:
            scale += _fold(answer, product)
            bound = 1.0
        bound *= most
        alone = (1.0 + risen * risen / FREEDOM) ** 5
        for number in range(product.shape[0]):
            seen = number & reaching
            if seen == 0:
                for m in range(DILUTIONS):
                    for p in range(product.shape[2]):
                        product[number, m, p] *= alone
                continue
            if seen == number:
                _ratios(risen, look, number, chain.dilution, scatter, ratio)
            for m in range(DILUTIONS):
                for p in range(product.shape[2]):
                    product[number, m, p] *= ratio[seen, m, p]
    return scale + _fold(answer, product)


@compiled
def _look(fans: Floats, i: int, reaching: int, noise: float, aim: Aim, look: Floats) -> float:
    """Plume of each set of sources that reach a reading in each direction, over the noise.

    Gives a bound of the largest.
    """
    left, share = aim
    per_noise, peak = 1.0 / noise, 0.0
    for number in range(1, look.shape[0]):
        if number & reaching != number:
            continue
        newest = 0
        while number >> (newest + 1):
            newest += 1
        rest = number ^ (1 << newest)
        highest = 0.0
        for p in range(left.shape[0]):
            here, there = fans[newest, i, left[p]], fans[newest, i, left[p] + 1]
            look[number, p] = look[rest, p] + (here + share[p] * (there - here)) * per_noise
            highest = max(highest, look[number, p])
        peak = max(peak, highest)
    return peak


@compiled
def _ratios(
    risen: float, look: Floats, number: int, dilution: Floats, scatter: float, ratio: Floats
) -> None:
    """What stands within the brackets of `_weigh`, to the power five over four, in each state.

    Concentrations in a plume are skewed, about log-normally (Cassiani et al., Boundary-Layer
    Meteorol. 177, 2020), so the typical reading, which residuals scatter about, lies below the mean
    that the plume tells.
    """
    typical = 1.0 / math.sqrt(1.0 + scatter)
    for m in range(DILUTIONS):
        for p in range(look.shape[1]):  # side by side in vector registers
            plume = look[number, p] * dilution[m]
            away = risen - typical * plume
            variance = 1.0 + scatter * plume * plume
            both = variance + away * away / FREEDOM
            part = both / variance
            part *= part
            ratio[number, m, p] = part * part * both


@compiled
def _fold(answer: Floats, product: Floats) -> float:
    """Divide the answer by the root of the product; gives the logarithm that was taken out."""
    top = 0.0
    for number in range(answer.shape[0]):
        for m in range(DILUTIONS):
            for p in range(answer.shape[2]):
                answer[number, m, p] /= math.sqrt(product[number, m, p])
                product[number, m, p] = 1.0
                top = max(top, answer[number, m, p])
    for number in range(answer.shape[0]):
        for m in range(DILUTIONS):
            for p in range(answer.shape[2]):
                answer[number, m, p] /= top
    return math.log(top)


@compiled
def _without(excess: Floats, noise: Floats, rows: Integers) -> float:
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
    fans: Floats,
    aim: Aim,
    state: Floats,
    chain: Chain,
    rows: Reached,
    out: tuple[Floats, Floats],
) -> None:
    """Add the plume that a block's states expect at some readings."""
    weight, expected = out
    weight[:] = 0.0
    for j in range(fans.shape[0]):
        for number in range(1, state.shape[0]):
            if number >> j & 1:
                onto_fan(state, number, chain.dilution, aim, weight, j)
    for n in range(rows[0].shape[0]):
        total, i = 0.0, rows[0][n]
        for j in range(fans.shape[0]):
            if rows[1][n] >> j & 1:
                for k in range(weight.shape[1]):
                    total += weight[j, k] * fans[j, i, k]
        expected[i] = total


@compiled
def _reach(fans: Floats, noise: Floats, start: int, stop: int, reached: Reached) -> int:
    """Put the readings that a plume can reach first; gives how many those are.

    Out of reach is a plume that is faint in every direction.
    """
    order, which = reached
    inside, outside = 0, stop - start
    for i in range(start, stop):
        reaching = 0
        for j in range(fans.shape[0]):
            peak = 0.0
            for k in range(fans.shape[2]):
                peak = max(peak, fans[j, i, k])
            if peak > _FAINT * noise[i]:
                reaching |= 1 << j
        if reaching:
            order[inside], which[inside] = i, reaching
            inside += 1
        else:
            outside -= 1
            order[outside] = i
    return inside
