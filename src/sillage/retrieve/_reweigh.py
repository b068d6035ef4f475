"""How is the reweighted filter run without touching what has not changed?

Each round of the algorithm takes the gas that was found out of the radiance, computes mean and
covariance anew from all pixels, and filters all pixels again. Two facts make that cheap without
changing a number:

1. What is taken out is a product of a pixel's weight and one spectrum, so the new scatter is the
   old one with a correction of rank two: S - b t' - t b' + c t t'. Its inverse follows from that of
   S by the Woodbury identity; S is formed once.
2. A pixel whose column has come to nought stays there: its penalty is 1 / (1e-9 albedo). So only
   pixels that still hold gas are filtered again; they move together when a third has been left.

Floor of a round, with n pixels that hold gas and s bands: 4 n s operations in double precision and
two reads of n s radiances, which stay in cache. Rounds of a scene touch three to five times as many
pixels as it has, all thirty together.

Reference: Foote et al., IEEE TGRS 58, 2020, algorithm 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PACK = 0.67  # share of the pixels that still hold gas below which they move together
_LEAST = 1e-9  # of the scaled column: keeps the penalty of an empty pixel finite


class Scatter(NamedTuple):
    """What the background was before any gas was taken out of it."""

    mean: Floats
    """(band,) radiance of the trusted pixels."""
    inverse: Floats
    """(band, band) of their scatter matrix, the sum of outer products."""
    count: float
    """Trusted pixels."""
    divisor: float
    """Makes a covariance of the scatter."""


@numba.njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def reweigh(
    held: Floats,
    albedo: Floats,
    column: Floats,
    trusted: Floats,
    scatter: Scatter,
    unit: Floats,
    rounds: int,
) -> tuple[Floats, Floats, float]:
    """Column of each pixel after so many rounds; the last filter; and its power.

    Parameters
    ----------
    held
        (pixel, band) radiance above the mean; it is overwritten.
    albedo, column
        (pixel,): relative to the mean spectrum, and what the plain filter found, at least 0.
    trusted
        (pixel,): 1 where a pixel belongs to the background's statistics, else 0.
    scatter
        Of the trusted pixels.
    unit
        (band,): unit absorption, in the scaled unit of the columns.
    rounds
        How often.
    """
    albedo, column, trusted = albedo.copy(), column.copy(), trusted.copy()
    place = np.arange(column.size)
    mean = scatter.mean.copy()
    target = unit * mean
    solved = scatter.inverse @ target
    active, power, shape = column.size, 1.0, solved
    for _ in range(rounds):
        left = (column[:active] > 0.0).sum()
        if left < _PACK * active:
            _pack(held, (albedo, column, trusted), place, active)
            active = left
        above = held[:active]
        share = albedo[:active]
        weight = share * column[:active] * trusted[:active]
        total = weight.sum()
        spread = np.dot(weight, weight) - total**2 / scatter.count
        gathered = weight @ above
        sides = (target, gathered)
        backs = (solved, scatter.inverse @ gathered)
        mean = scatter.mean - (total / scatter.count) * target
        target = unit * mean
        solved = scatter.inverse @ target
        shape = scatter.divisor * _corrected(solved, sides, backs, target, spread)
        power = max(1.0, np.dot(target, shape))
        level = np.dot(mean - scatter.mean, shape)
        score = above @ shape
        for index in range(active):
            penalty = 1.0 / (share[index] * (column[index] + _LEAST))
            found = (score[index] - level - penalty) / (share[index] * power)
            column[index] = found if found > 0.0 else 0.0
    after = np.zeros(column.size)
    after[place[:active]] = column[:active]
    return after, shape, power


@numba.njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _corrected(
    solved: Floats,
    sides: tuple[Floats, Floats],
    backs: tuple[Floats, Floats],
    target: Floats,
    spread: float,
) -> Floats:
    """(S - b t' - t b' + c t t')^-1 target, by Woodbury; `solved` is S^-1 target."""
    t, b = sides
    t_back, b_back = backs
    tt, tb, bb = np.dot(t, t_back), np.dot(t, b_back) - 1.0, np.dot(b, b_back) - spread
    determinant = tt * bb - tb * tb
    one, two = np.dot(t_back, target), np.dot(b_back, target)
    along_t = (bb * one - tb * two) / determinant
    along_b = (tt * two - tb * one) / determinant
    return solved - along_t * t_back - along_b * b_back


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _pack(
    held: Floats, along: tuple[Floats, Floats, Floats], place: NDArray[np.int64], active: int
) -> None:
    """Move the pixels that hold gas to the front."""
    albedo, column, trusted = along
    new = 0
    for old in range(active):
        if column[old] > 0.0:
            held[new] = held[old]
            albedo[new], column[new], trusted[new] = albedo[old], column[old], trusted[old]
            place[new] = place[old]
            new += 1
