"""How likely are the readings of each block in each state of the chain?

Residuals are Student-t with four degrees of freedom. In units of the noise the density is
((v + r r / 4)^5 / v^4)^(-1/2), with r the residual and v its squared scale, but for a factor that
all states share: two products over readings, and their powers at the end. States stand side by
side.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.censored import chances_below, rarity
from sillage.localise.seen import Seen

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Residual = tuple[Floats, Floats, NDArray[np.bool_]]
"""Readings less background and their noise, ppm, (observation,); and which readings only say that
they lie below, (observation,)."""

FREEDOM = 4.0
LEAST = 1e-100
"""Likelihood or probability of what cannot be: processors are slow where numbers lose figures."""
_FLUSH = 1e50  # a running product is folded in before a power of it overflows
_T_CONSTANT = (
    math.lgamma((FREEDOM + 1) / 2) - math.lgamma(FREEDOM / 2) - 0.5 * math.log(FREEDOM * math.pi)
)


@compiled
def weigh(seen: Seen, residual: Residual, first: Integers, likely: Floats) -> Floats:
    """Likelihood of each block's readings in each set of sources and state.

    Relative to the exponential of what is returned, (block,). A set of sources of which some do
    not reach a reading says of it what the set without them says. Floor: 7 operations a state and
    set of sources that reach the reading, 2 a state and other set; and two divisions and a root a
    state, set and block.

    Parameters
    ----------
    seen
        Plumes.
    residual
        Of the readings about their background.
    first
        As in `Blocks`.
    likely
        (block, set, state), to fill; that of the empty set is the first of its row.
    """
    excess, noise, below = residual
    order, which, begins, plume, peaks = seen.order, seen.which, seen.start, seen.plume, seen.peak
    scatter, sets, states = seen.scatter, likely.shape[1], likely.shape[2]
    both, wide, one_both, one_wide = np.ones((4, sets, states))
    likely[:] = 1.0
    scale = _out_of_reach(seen, residual, first)
    for b in range(scale.shape[0]):
        bound = 1.0
        for n in range(first[b], first[b] + seen.inside[b]):
            i, reaching, at = order[n], which[n], begins[n]
            risen = excess[i] / noise[i]
            most = _most(risen, peaks[n], scatter, below[i])
            if bound * most > _FLUSH:
                scale[b] += _fold(likely, b, both, wide)
                bound = 1.0
            bound *= most
            if below[i]:
                chances_below(risen, seen, n, b, likely, one_both)
                continue
            alone = 1.0 + risen * risen / FREEDOM
            both[0, 0] *= alone
            for number in range(1, sets):
                met = number & reaching
                if met == 0:
                    for q in range(states):
                        both[number, q] *= alone
                    continue
                if met == number:
                    for q in range(states):
                        away = risen - plume[at + q]
                        variance = 1.0 + scatter * plume[at + q] * plume[at + q]
                        one_wide[number, q] = variance
                        one_both[number, q] = variance + away * away / FREEDOM
                    at += states
                for q in range(states):
                    both[number, q] *= one_both[met, q]
                    wide[number, q] *= one_wide[met, q]
        scale[b] += _fold(likely, b, both, wide)
    return scale


@compiled
def _most(risen: float, peak: float, scatter: float, below: bool) -> float:
    """By how much one reading raises the larger product in any state, at most.

    What lies below its limit stands in the answer itself, to the power -5/2 of this.
    """
    if below:
        return math.pow(rarity(min(risen - peak, 0.0)), 0.2)
    farthest = max(risen * risen, (risen - peak) ** 2)
    return 1.0 + scatter * peak * peak + farthest / FREEDOM


@compiled
def _fold(likely: Floats, b: int, both: Floats, wide: Floats) -> float:
    """Take powers of the products into a block's likelihoods; gives the logarithm taken out."""
    likely[b, 0, 0] /= both[0, 0] * both[0, 0] * math.sqrt(both[0, 0])
    both[0, 0], top = 1.0, likely[b, 0, 0]
    for number in range(1, likely.shape[1]):
        for q in range(likely.shape[2]):
            part = wide[number, q] / both[number, q]
            likely[b, number, q] *= part * part / math.sqrt(both[number, q])
            both[number, q], wide[number, q] = 1.0, 1.0
        for q in range(likely.shape[2]):
            top = max(top, likely[b, number, q])
    share = 1.0 / top
    likely[b, 0, 0] *= share
    for number in range(1, likely.shape[1]):
        for q in range(likely.shape[2]):
            likely[b, number, q] = likely[b, number, q] * share + LEAST
    return math.log(top)


@compiled
def _out_of_reach(seen: Seen, residual: Residual, first: Integers) -> Floats:
    """Log density of each block's readings that no plume reaches, and what all others share."""
    excess, noise, below = residual
    scale = np.zeros(first.shape[0] - 1)
    for b in range(scale.shape[0]):
        total, product = 0.0, 1.0
        for n in range(first[b], first[b + 1]):
            i = seen.order[n]
            risen = excess[i] / noise[i]
            if not below[i]:
                total += _T_CONSTANT - math.log(noise[i])
            if n >= first[b] + seen.inside[b]:
                product *= rarity(risen) if below[i] else (1.0 + risen * risen / FREEDOM) ** 5
                if product > _FLUSH:
                    total -= 0.5 * math.log(product)
                    product = 1.0
        scale[b] = total - 0.5 * math.log(product)
    return scale
