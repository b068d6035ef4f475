"""Which plume does each state of the chain see, and which is expected before any reading?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.chain import DILUTIONS, DIRECTIONS, Chain

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@compiled
def aimed(fan: Floats, place: Floats, block: Integers) -> Floats:
    """Plume at each reading in each pair of veer and direction, from that in a fan of directions.

    Floor: 3 operations a reading and pair.

    Parameters
    ----------
    fan
        (observation, fan): plume in each direction of the fan.
    place
        (block, pair): where in the fan each pair looks, counted from its first direction.
    block
        (observation,): block of wind of each reading.
    """
    width, pairs = fan.shape[1], place.shape[1]
    out = np.empty((fan.shape[0], pairs))
    for i in range(fan.shape[0]):
        b = block[i]
        for p in range(pairs):
            left = min(int(place[b, p]), width - 2)
            here, there = fan[i, left], fan[i, left + 1]
            out[i, p] = here + (place[b, p] - left) * (there - here)
    return out


def beforehand(plume: Floats, chain: Chain) -> tuple[Floats, Floats]:
    """Mean and variance of the plume at each reading before any reading is looked at.

    Of sources that are on, over the errors of direction; (observation,) each.

    Parameters
    ----------
    plume
        (observation, pair): plume of all sources together, ppm.
    chain
        The states.
    """
    within = chain.within_start[: DILUTIONS * DIRECTIONS].reshape(DILUTIONS, DIRECTIONS)
    weight = np.outer(chain.veer_start, within.sum(axis=0)).ravel()  # pair
    mean = plume @ weight
    return mean, np.maximum(plume**2 @ weight - mean**2, 0.0)
