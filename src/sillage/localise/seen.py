"""Which plume does each reading see in each state of the chain, under each set of sources?

Worked out once for a candidate; the chain is then run over it several times.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.chain import DILUTIONS, DIRECTIONS, WITHIN, Chain

Floats = NDArray[np.float64]
Single = NDArray[np.float32]
Integers = NDArray[np.int64]

_FAINT = 0.03  # of the noise: a plume below it is out of reach


class Seen(NamedTuple):
    """Plumes in units of the noise, and which readings they reach.

    A set of sources is a number whose bits say which are in it.
    """

    order: Integers
    """(observation,): numbers of the readings, block by block; in each those within reach first."""
    inside: Integers
    """(block,): how many of a block's readings a plume can reach."""
    which: Integers
    """(observation,): set of the sources that reach the reading at this place of the order."""
    start: Integers
    """(observation,): where its plumes start; there are as many as states for each set of sources
    that reach it, but the empty one, in rising order."""
    peak: Floats
    """(observation,): the largest of them."""
    plume: Single
    """All of them: typical readings, over the noise; single, as half of the bytes are moved."""
    typical: float
    """Share of the mean that a typical reading has."""
    scatter: float
    """Squared relative scatter of the readings about a typical one."""
    sources: int
    """How many there are."""


@compiled
def seen_of(
    plumes: Floats, noise: Floats, fluctuation: float, first: Integers, chain: Chain
) -> Seen:
    """Look at each reading in each state.

    Concentrations in a plume are skewed, about log-normally (Cassiani et al., Boundary-Layer
    Meteorol. 177, 2020), so the typical reading, which residuals scatter about, lies below the mean
    that the plume tells.

    Floor: an operation and 4 bytes a state, and set of sources that reach the reading.

    Parameters
    ----------
    plumes
        (source, observation, pair): plume for each pair of veer and direction, ppm.
    noise
        (observation,), ppm.
    fluctuation
        Relative scatter of a plume's readings.
    first
        As in `Blocks`.
    """
    sources, count, pairs = plumes.shape
    order, which = np.empty(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    inside = np.zeros(first.shape[0] - 1, dtype=np.int64)
    for b in range(inside.shape[0]):
        inside[b] = _reach(plumes, noise, first[b], first[b + 1], order, which)
    start, size = np.zeros(count, dtype=np.int64), 0
    states = pairs // DIRECTIONS * WITHIN
    for n in range(count):
        start[n] = size
        size += (_sets(which[n], sources) - 1) * states
    plume, peak = np.zeros(size, dtype=np.float32), np.zeros(count)
    typical = 1.0 / math.sqrt(1.0 + fluctuation * fluctuation)
    look = np.zeros((1 << sources, pairs))
    for n in range(count):
        if which[n]:
            i = order[n]
            _add_up(plumes, i, which[n], typical / noise[i], look)
            peak[n] = _dilute(look, which[n], chain.dilution, plume, start[n])
    scatter = fluctuation * fluctuation * (1.0 + fluctuation * fluctuation)
    return Seen(order, inside, which, start, peak, plume, typical, scatter, sources)


@compiled
def _reach(
    plumes: Floats, noise: Floats, start: int, stop: int, order: Integers, which: Integers
) -> int:
    """Put the readings of a block that a plume can reach first; gives how many those are.

    Out of reach is a plume that is faint in every direction.
    """
    inside, outside = start, stop
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
    return inside - start


@compiled
def _sets(which: int, sources: int) -> int:
    """How many sets there are of some sources."""
    count = 1
    for j in range(sources):
        if which >> j & 1:
            count *= 2
    return count


@compiled
def _add_up(plumes: Floats, i: int, which: int, share: float, look: Floats) -> None:
    """Plumes of each set of the sources that reach a reading, by pair of veer and direction."""
    for number in range(1, look.shape[0]):
        if number & which != number:
            continue
        newest = 0
        while number >> (newest + 1):
            newest += 1
        others = number ^ (1 << newest)
        for p in range(look.shape[1]):
            look[number, p] = look[others, p] + plumes[newest, i, p] * share


@compiled
def _dilute(look: Floats, which: int, dilution: Floats, plume: Single, start: int) -> float:
    """Write what each state sees; gives the largest."""
    at, peak = start, 0.0
    for number in range(1, look.shape[0]):
        if number & which != number:
            continue
        for v in range(look.shape[1] // DIRECTIONS):
            for m in range(DILUTIONS):
                for k in range(DIRECTIONS):
                    one = look[number, v * DIRECTIONS + k] * dilution[m]
                    plume[at + m * DIRECTIONS + k] = one
                    peak = max(peak, one)
            at += WITHIN
    return peak
