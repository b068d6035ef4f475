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
Spectra = NDArray[np.float32] | NDArray[np.float64]

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
    radiance: Spectra,
    albedo: Floats,
    start: Floats,
    trusted: Floats,
    scatter: Scatter,
    unit: Floats,
    rounds: int,
) -> tuple[Floats, Floats, float]:
    """Column of each pixel after so many rounds; the last filter; and its power.

    Parameters
    ----------
    radiance
        (pixel, band), single or double precision.
    albedo, start
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
    column = start.copy()
    holding = np.flatnonzero(column > 0.0)
    target = unit * scatter.mean
    solved = scatter.inverse @ target
    shape, gathered = np.zeros_like(target), np.zeros_like(target)
    weight = albedo * column * trusted
    for pixel in holding:
        for band in range(unit.size):
            gathered[band] += weight[pixel] * radiance[pixel, band]
    total, square, left = weight.sum(), np.dot(weight, weight), holding.size
    power = 1.0
    for _ in range(rounds):
        above = gathered - total * scatter.mean
        back = _times(scatter.inverse, above)
        spread = square - total**2 / scatter.pixels
        tt, tb = np.dot(target, solved), np.dot(target, back) - 1.0
        bb = np.dot(above, back) - spread
        mean = scatter.mean - (total / scatter.pixels) * target
        target = unit * mean
        one, two = np.dot(solved, target), np.dot(back, target)
        determinant = tt * bb - tb * tb
        shape = (tb * two - bb * one) / determinant * solved
        shape += (tb * one - tt * two) / determinant * back
        solved = _times(scatter.inverse, target)
        shape = scatter.divisor * (shape + solved)  # Woodbury: (S - b t' - t b' + c t t')^-1 target
        power = max(1.0, np.dot(target, shape))
        told = shape, np.dot(mean, shape), power
        along = albedo, column, trusted
        total, square, left = _filter(radiance, along, told, gathered, holding[:left])
    return column, shape, power


@numba.njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _filter(
    radiance: Spectra,
    along: tuple[Floats, Floats, Floats],
    told: tuple[Floats, float, float],
    gathered: Floats,
    holding: NDArray[np.int64],
) -> tuple[float, float, int]:
    """New columns and their sums; what still holds gas comes first in `holding`.

    `gathered` becomes the radiance summed by the weight of its pixels.
    """
    albedo, column, trusted = along
    shape, level, power = told
    total, square, left = 0.0, 0.0, 0
    gathered[:] = 0.0
    for pixel in holding:
        row = radiance[pixel]
        score = 0.0
        for band in range(shape.size):
            score += row[band] * shape[band]
        penalty = 1.0 / (albedo[pixel] * (column[pixel] + _LEAST))
        found = (score - level - penalty) / (albedo[pixel] * power)
        column[pixel] = max(0.0, found)
        if found > 0.0:
            holding[left] = pixel
            left += 1
            weight = albedo[pixel] * found * trusted[pixel]
            total += weight
            square += weight * weight
            for band in range(shape.size):
                gathered[band] += weight * row[band]
    return total, square, left


@numba.njit(cache=True, nogil=True, fastmath=_FAST)
def _times(symmetric: Floats, vector: Floats) -> Floats:
    """A small symmetric matrix times a vector, without the cost of a call."""
    product = np.zeros_like(vector)
    for row in range(vector.size):
        factor = vector[row]
        for band in range(vector.size):
            product[band] += factor * symmetric[row, band]
    return product
