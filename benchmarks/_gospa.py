"""How far is a set of found sources from the true ones: misplaced, missed and false, in metres.

Generalised optimal sub-pattern assignment with order 2 and alpha 2, so that a source missed and one
that is not there cost half of the cutoff's square each, and a pair never more than the cutoff's.

Reference: Rahmathullah, Garcia-Fernandez & Svensson, 20th Int. Conf. Information Fusion, 2017,
proposition 1.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]
Pairs = tuple[tuple[int, int], ...]


class Gospa(NamedTuple):
    """The distance, and what it is made of."""

    distance_m: float
    pairs: Pairs
    """(found, true) index of those that belong together, nearer than the cutoff; by true index."""
    missed: int
    false: int


def gospa(found: Floats, true: Floats, cutoff_m: float) -> Gospa:
    """Distance between two sets of places, (found, 2) and (true, 2), in metres."""
    apart = distances(found, true)
    near = tuple(pair for pair in matched(np.minimum(apart, cutoff_m)) if apart[pair] < cutoff_m)
    missed, false = len(true) - len(near), len(found) - len(near)
    misplaced = sum(apart[pair] ** 2 for pair in near)
    return Gospa(
        distance_m=math.sqrt(misplaced + 0.5 * cutoff_m**2 * (missed + false)),
        pairs=near,
        missed=missed,
        false=false,
    )


def distances(found: Floats, true: Floats) -> Floats:
    """(found, true): metres between each two places."""
    return np.asarray(np.linalg.norm(found[:, None, :] - true[None, :, :], axis=-1))


def matched(apart: Floats) -> Pairs:
    """Pairs, as many as the smaller set has places, with the least sum of squares; by true."""
    rows, columns = linear_sum_assignment(apart**2)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return tuple(sorted(pairs, key=lambda pair: pair[1]))
