"""How is the reweighted filter run without touching what has not changed?

Each round of the algorithm takes the gas that was found out of the radiance, computes mean and
covariance anew from all pixels, and filters all pixels again. Two facts make that cheap without
changing a number:

1. What is taken out is a product of a pixel's weight and one spectrum, so the new scatter is the
   old one with a correction of rank two: S - b t' - t b' + c t t'. Its inverse follows from that of
   S by the Woodbury identity; S is formed once.
2. A pixel whose column has come to nought stays there: its penalty is 1 / (1e-9 albedo). So only
   pixels that still hold gas are filtered again; they move together when a third has been left.

A pixel's new column and what it gives to the next round's sums follow from its own spectrum alone,
so a round reads each spectrum once.

Floor of a round, with n pixels that hold gas and s bands: 4 n s + 4 s^2 operations in double
precision and one read of n s radiances, which stay in cache. Rounds of a scene touch three to five
times as many pixels as it has, all thirty together.

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
_FAST = {"reassoc", "contract", "nsz"}


class Scatter(NamedTuple):
    """What the background was before any gas was taken out of it."""

    mean: Floats
    """(band,) radiance of the trusted pixels."""
    inverse: Floats
    """(band, band) of their scatter matrix, the sum of outer products."""
    pixels: float
    """Trusted pixels."""
    divisor: float
    """Makes a covariance of the scatter."""


@numba.njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
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
    along = (albedo.copy(), column.copy(), trusted.copy())
    place = np.arange(column.size)
    active = _pack(held, along, place, column.size)
    target = unit * scatter.mean
    solved = scatter.inverse @ target
    shape, gathered = np.zeros_like(target), np.empty_like(target)
    sums = _weigh(held, along, gathered, active)
    power = 1.0
    for _ in range(rounds):
        total, square, left = sums
        if left < _PACK * active:
            active = _pack(held, along, place, active)
        back = _times(scatter.inverse, gathered)
        spread = square - total**2 / scatter.pixels
        tt, tb = np.dot(target, solved), np.dot(target, back) - 1.0
        bb = np.dot(gathered, back) - spread
        mean = scatter.mean - (total / scatter.pixels) * target
        target = unit * mean
        one, two = np.dot(solved, target), np.dot(back, target)
        determinant = tt * bb - tb * tb
        shape = (tb * two - bb * one) / determinant * solved
        shape += (tb * one - tt * two) / determinant * back
        solved = _times(scatter.inverse, target)
        shape = scatter.divisor * (shape + solved)  # Woodbury: (S - b t' - t b' + c t t')^-1 target
        power = max(1.0, np.dot(target, shape))
        level = np.dot(mean - scatter.mean, shape)
        sums = _filter(held, along, (shape, level, power), gathered, active)
    after = np.zeros(column.size)
    after[place[:active]] = along[1][:active]
    return after, shape, power


@numba.njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _filter(
    held: Floats,
    along: tuple[Floats, Floats, Floats],
    told: tuple[Floats, float, float],
    gathered: Floats,
    active: int,
) -> tuple[float, float, int]:
    """New columns, and their sums; `gathered` becomes the radiance summed by weight."""
    albedo, column, trusted = along
    shape, level, power = told
    total, square, left = 0.0, 0.0, 0
    gathered[:] = 0.0
    for pixel in range(active):
        if column[pixel] <= 0.0:
            continue
        row = held[pixel]
        score = 0.0
        for band in range(shape.size):
            score += row[band] * shape[band]
        penalty = 1.0 / (albedo[pixel] * (column[pixel] + _LEAST))
        found = (score - level - penalty) / (albedo[pixel] * power)
        column[pixel] = max(0.0, found)
        if found > 0.0:
            left += 1
            weight = albedo[pixel] * found * trusted[pixel]
            total += weight
            square += weight * weight
            for band in range(shape.size):
                gathered[band] += weight * row[band]
    return total, square, left


@numba.njit(cache=True, nogil=True, fastmath=_FAST)
def _weigh(
    held: Floats, along: tuple[Floats, Floats, Floats], gathered: Floats, active: int
) -> tuple[float, float, int]:
    """The same sums of columns as they are."""
    albedo, column, trusted = along
    weight = albedo[:active] * column[:active] * trusted[:active]
    gathered[:] = weight @ held[:active]
    return weight.sum(), np.dot(weight, weight), active


@numba.njit(cache=True, nogil=True, fastmath=_FAST)
def _times(symmetric: Floats, vector: Floats) -> Floats:
    """A small symmetric matrix times a vector, without the cost of a call."""
    product = np.zeros_like(vector)
    for row in range(vector.size):
        factor = vector[row]
        for band in range(vector.size):
            product[band] += factor * symmetric[row, band]
    return product


@numba.njit(cache=True, nogil=True)
def _pack(
    held: Floats, along: tuple[Floats, Floats, Floats], place: NDArray[np.int64], active: int
) -> int:
    """Move the pixels that hold gas to the front; gives how many there are."""
    albedo, column, trusted = along
    new = 0
    for old in range(active):
        if column[old] > 0.0:
            if new < old:
                held[new] = held[old]
                albedo[new], column[new], trusted[new] = albedo[old], column[old], trusted[old]
                place[new] = place[old]
            new += 1
    return new
