"""Where in the fan of directions does each state of the chain look?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.chain import DILUTIONS, DIRECTIONS, WITHIN, Chain

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Aim = tuple[Integers, Floats]
"""Direction of the fan to the left of where a state looks, and weight of the next."""


@compiled
def beforehand(fan: Floats, place: Floats, first: Integers, chain: Chain) -> tuple[Floats, Floats]:
    """Mean and variance of the plume at each reading before any reading is looked at.

    Of sources that are on, over the errors of direction.

    Parameters
    ----------
    fan
        (observation, fan): plume of all sources together in each direction of the fan, ppm.
    place, first, chain
        As in `sillage.localise.forward.forward`.
    """
    mean, variance = np.zeros(fan.shape[0]), np.zeros(fan.shape[0])
    aim = (np.empty(place[0].size, dtype=np.int64), np.empty(place[0].size))
    weight = np.empty((1, fan.shape[1]))
    stationary = np.empty((1, chain.veer_start.size, WITHIN))
    for v in range(chain.veer_start.size):
        stationary[0, v] = chain.veer_start[v] * chain.within_start
    undiluted = np.ones(DILUTIONS)
    for b in range(first.shape[0] - 1):
        take_aim(place[b], fan.shape[1], aim)
        weight[:] = 0.0
        onto_fan(stationary, 0, undiluted, aim, weight, 0)
        for i in range(first[b], first[b + 1]):
            square = 0.0
            for k in range(fan.shape[1]):
                mean[i] += weight[0, k] * fan[i, k]
                square += weight[0, k] * fan[i, k] * fan[i, k]
            variance[i] = max(square - mean[i] * mean[i], 0.0)
    return mean, variance


@compiled
def take_aim(place: Floats, width: int, aim: Aim) -> None:
    """Between which two directions of the fan each pair of veer and direction looks."""
    left, share = aim
    for v in range(place.shape[0]):
        for k in range(DIRECTIONS):
            p = v * DIRECTIONS + k
            left[p] = min(int(place[v, k]), width - 2)
            share[p] = place[v, k] - left[p]


@compiled
def onto_fan(
    state: Floats, number: int, dilution: Floats, aim: Aim, weight: Floats, source: int
) -> None:
    """Add to each direction of the fan what a set's states that look there hold, diluted."""
    left, share = aim
    for p in range(left.shape[0]):
        v, k = p // DIRECTIONS, p % DIRECTIONS
        mass = 0.0
        for m in range(DILUTIONS):
            mass += state[number, v, m * DIRECTIONS + k] * dilution[m]
        weight[source, left[p]] += mass * (1.0 - share[p])
        weight[source, left[p] + 1] += mass * share[p]
