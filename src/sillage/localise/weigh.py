"""How likely are a block's readings in each state of the chain, and what says each of background?

Residuals are Student-t with four degrees of freedom. In units of the noise the density is
((v + r r / 4)^5 / v^4)^(-1/2), with r the residual and v its squared scale, but for a factor that
all states share: a product over readings, and one root at its end. States stand side by side.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.censored import lean_below, rarities, rarity, stand_in
from sillage.localise.chain import DILUTIONS, DIRECTIONS, WITHIN, Chain

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Residual = tuple[Floats, Floats, float, NDArray[np.bool_]]
"""Readings less background and their noise, ppm, (observation,); plume's relative scatter; and
which readings only say that they lie below, (observation,)."""
Reached = tuple[Integers, Integers]
"""Some readings of a block, and which sources reach each."""

FREEDOM = 4.0
_FLUSH = 1e120  # a running product is folded in before it overflows
_FAINT = 0.03  # of the noise: a plume below it is out of reach


@compiled
def reach(
    plumes: Floats, noise: Floats, start: int, stop: int, reached: tuple[Integers, Integers]
) -> int:
    """Put the readings that a plume can reach first; gives how many those are.

    Out of reach is a plume that is faint in every direction.
    """
    order, which = reached
    inside, outside = 0, stop - start
    for i in range(start, stop):
        reaching = 0
        for j in range(plumes.shape[0]):
            peak = 0.0
            for k in range(plumes.shape[2]):
                peak = max(peak, plumes[j, i, k])
            if peak > _FAINT * noise[i]:
                reaching |= 1 << j
        if reaching:
            order[inside], which[inside] = i, reaching
            inside += 1
        else:
            outside -= 1
            order[outside] = i
    return inside


@compiled
def rest(residual: Residual, rows: Integers, leaning: Floats) -> float:
    """Log density of a block's other readings, without any plume, but for what all share."""
    excess, noise, _, below = residual
    total, product = 0.0, 1.0
    for n in range(rows.shape[0]):
        i = rows[n]
        risen = excess[i] / noise[i]
        both = 1.0 + risen * risen / FREEDOM
        product *= rarity(risen) if below[i] else both**5
        if product > _FLUSH:
            total -= 0.5 * math.log(product)
            product = 1.0
        if leaning.shape[1] > 0:
            weight, off = (1.0 + 1.0 / FREEDOM) / both, -risen
            if below[i]:
                weight, off = stand_in(risen)
            leaning[0, i] = weight / (noise[i] * noise[i])
            leaning[1, i] = weight * (risen + off) / noise[i]
    return total - 0.5 * math.log(product)


@compiled
def weigh(
    plumes: Floats,
    residual: Residual,
    chain: Chain,
    rows: Reached,
    room: Floats,
) -> float:
    """Likelihood of one block's readings in each state, into the first of the room.

    Relative to the exponential of what is returned. Of a reading that only lies below its limit,
    one over the square of the probability of that stands within the brackets of the density. What
    stands there is at least one, so a bound on the running product tells when it must be folded in.
    A set of sources of which some do not reach a reading says of it what the set without them says.
    """
    excess, noise, fluctuation, below = residual
    answer, product, ratio, look, plume = room[0], room[1], room[2], room[3], room[4]
    answer[:], product[:] = 1.0, 1.0
    scale, bound = 0.0, 1.0
    scatter, strongest = fluctuation * fluctuation, chain.dilution.max()
    looks = (look, plume, chain.dilution)
    for n in range(rows[0].shape[0]):
        i, reaching = rows[0][n], rows[1][n]
        risen = excess[i] / noise[i]
        peak = strongest * _seen(plumes, i, reaching, noise[i], looks)
        if below[i]:
            most, alone = rarity(min(risen - peak, 0.0)), rarity(risen)
        else:
            farthest = max(risen * risen, (risen - peak) ** 2)
            most = (1.0 + scatter * peak * peak + farthest / FREEDOM) ** 5
            alone = (1.0 + risen * risen / FREEDOM) ** 5
        if bound * most > _FLUSH:
            scale += _fold(answer, product)
            bound = 1.0
        bound *= most
        product[0, 0] *= alone
        for number in range(1, product.shape[0]):
            seen = number & reaching
            if seen == number and below[i]:
                rarities(risen, plume, number, scatter, ratio)
            elif seen == number:
                _ratios(risen, plume, number, scatter, ratio)
            if seen == 0:
                for q in range(product.shape[1]):
                    product[number, q] *= alone
            else:
                for q in range(product.shape[1]):
                    product[number, q] *= ratio[seen, q]
    return scale + _fold(answer, product)


@compiled
def _seen(
    plumes: Floats, i: int, reaching: int, noise: float, room: tuple[Floats, Floats, Floats]
) -> float:
    """Plume over the noise, in each state, of each set of sources that reach a reading.

    Gives the largest but for dilution.
    """
    look, plume, dilution = room
    pairs, per_noise, peak = plumes.shape[2], 1.0 / noise, 0.0
    for number in range(1, plume.shape[0]):
        if number & reaching != number:
            continue
        newest = 0
        while number >> (newest + 1):
            newest += 1
        others = number ^ (1 << newest)
        for p in range(pairs):
            look[number, p] = look[others, p] + plumes[newest, i, p] * per_noise
            peak = max(peak, look[number, p])
        for v in range(pairs // DIRECTIONS):
            for m in range(DILUTIONS):
                at = v * WITHIN + m * DIRECTIONS
                for k in range(DIRECTIONS):
                    plume[number, at + k] = look[number, v * DIRECTIONS + k] * dilution[m]
    return peak


@compiled
def _ratios(risen: float, plume: Floats, number: int, scatter: float, ratio: Floats) -> None:
    """What stands within the brackets of the density, to the power five over four, by state.

    Concentrations in a plume are skewed, about log-normally (Cassiani et al., Boundary-Layer
    Meteorol. 177, 2020), so the typical reading, which residuals scatter about, lies below the mean
    that the plume tells.
    """
    typical = 1.0 / math.sqrt(1.0 + scatter)
    for q in range(plume.shape[1]):
        away = risen - typical * plume[number, q]
        variance = 1.0 + scatter * plume[number, q] * plume[number, q]
        both = variance + away * away / FREEDOM
        part = both / variance
        part *= part
        ratio[number, q] = part * part * both


@compiled
def _fold(answer: Floats, product: Floats) -> float:
    """Divide the answer by the root of the product; gives the logarithm that was taken out."""
    answer[0, 0] /= math.sqrt(product[0, 0])
    product[0, 0], top = 1.0, answer[0, 0]
    for number in range(1, answer.shape[0]):
        for q in range(answer.shape[1]):
            answer[number, q] /= math.sqrt(product[number, q])
            product[number, q] = 1.0
        for q in range(answer.shape[1]):
            top = max(top, answer[number, q])
    share = 1.0 / top
    answer[0, 0] *= share
    for number in range(1, answer.shape[0]):
        for q in range(answer.shape[1]):
            answer[number, q] *= share
    return math.log(top)


@compiled
def lean(
    plumes: Floats,
    residual: Residual,
    chain: Chain,
    rows: Reached,
    held: tuple[Floats, float],
    out: tuple[Floats, Floats],
) -> None:
    """Weight of readings in a fit of the background, and times the plume: means over the states.

    A Student residual is a normal one of unknown precision; where the residual is r and its
    squared scale v, that precision is expected to be 5 / (4 v + r r). `held` has the probability
    of each set and state, and that of no source being on.

    Floor: 10 operations and a division a state and set of sources that reach the reading.
    """
    excess, noise, fluctuation, below = residual
    (state, none), (room, leaning) = held, out
    share, look, plume = room[2], room[3], room[4]
    scatter = fluctuation * fluctuation
    looks = (look, plume, chain.dilution)
    for n in range(rows[0].shape[0]):
        i, reaching = rows[0][n], rows[1][n]
        risen = excess[i] / noise[i]
        _seen(plumes, i, reaching, noise[i], looks)
        clear = none + _gather(state, reaching, share)
        heavy, pull = (FREEDOM + 1.0) * clear / (FREEDOM + risen * risen), 0.0
        if below[i]:
            weight, off = stand_in(risen)
            heavy, pull = clear * weight, clear * weight * (risen + off)
        for number in range(1, state.shape[0]):
            if number & reaching == number:
                if below[i]:
                    more = lean_below(risen, plume, number, scatter, share)
                else:
                    more = _lean_one(risen, plume, number, scatter, share)
                heavy += more[0]
                pull += more[1]
        leaning[0, i] = heavy / (noise[i] * noise[i])
        leaning[1, i] = pull / noise[i]


@compiled
def _lean_one(
    risen: float, plume: Floats, number: int, scatter: float, share: Floats
) -> tuple[float, float]:
    """Weight and pull of one reading and set of sources, over all states."""
    heavy, pull, typical = 0.0, 0.0, 1.0 / math.sqrt(1.0 + scatter)
    for q in range(plume.shape[1]):
        away = risen - typical * plume[number, q]
        variance = 1.0 + scatter * plume[number, q] * plume[number, q]
        weight = share[number, q] / (FREEDOM * variance + away * away)
        heavy += weight
        pull += weight * plume[number, q]
    return (FREEDOM + 1.0) * heavy, (FREEDOM + 1.0) * typical * pull


@compiled
def _gather(state: Floats, reaching: int, share: Floats) -> float:
    """Probability of each set of sources that reach a reading, whatever the others do.

    Gives that of the sets of which none reaches it.
    """
    clear = 0.0
    share[:] = 0.0
    for number in range(1, state.shape[0]):
        seen = number & reaching
        for q in range(state.shape[1]):
            share[seen, q] += state[number, q]
    for q in range(state.shape[1]):
        clear += share[0, q]
    return clear
