"""How is the reweighted filter run without touching what has not changed?

Each round of the algorithm takes the gas that was found out of the radiance, computes mean and
covariance anew from all pixels, and filters all pixels again. Two facts make that cheap without
changing a number:

1. What is taken out is a product of a pixel's weight and one spectrum, so the new scatter is the
   old one with a correction of rank two: S - b t' - t b' + c t t'. Its inverse follows from that of
   S by the Woodbury identity; S is formed once.
2. A pixel whose column has come to nought stays there: its penalty is 1 / (1e-9 albedo). So only
   pixels that still hold gas are filtered again.

A pixel's new column and what it gives to the next round's sums follow from its own spectrum alone,
so pixels are taken by pieces that stay in the nearest cache: a round fetches each spectrum once.
Four spectra at a time are weighed, and summed, so that what they share is loaded once.

Floor of a round, with n pixels that hold gas and s bands: 4 n s + 4 s^2 operations in double
precision and one read of n s numbers of 8 bytes. Rounds of a scene touch three to five times as
many pixels as it has, all thirty together.

Reference: Foote et al., IEEE TGRS 58, 2020, algorithm 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

_LEAST = 1e-9  # of the scaled column: keeps the penalty of an empty pixel finite
_PIECE = 64  # pixels: 25 KB of fifty bands
_FAST = {"reassoc", "contract", "nsz"}


class Scatter(NamedTuple):
    """What the background was before any gas was taken out of it."""

    mean: Floats
    """(band,) radiance of the trusted pixels."""
    inverse: Floats
    """(band, band) of their scatter matrix, the sum of outer products."""
    pixels: float
    """Trusted pixels; those after them in a block belong to no statistics."""
    divisor: float
    """Makes a covariance of the scatter."""


class Look(NamedTuple):
    """What the plain filter says of each pixel, at its own brightness."""

    column: Floats
    """(pixel,) at least 0."""
    sensitivity: Floats
    """(pixel,)"""
    albedo: Floats
    """(pixel,) relative to the mean spectrum."""


@numba.njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def look(above: Floats, scatter: Scatter, unit: Floats) -> Look:
    """Filter each pixel once, with the background as it is; see `reweigh`."""
    target, shape = unit * scatter.mean, np.empty(unit.size)
    _times(scatter.inverse, target, target, shape, shape.copy())
    shape /= _dot(target, shape)
    slanted, bright = unit * shape, scatter.mean / _dot(scatter.mean, scatter.mean)
    pixels = above.shape[0]
    column, sensitivity, albedo = np.empty(pixels), np.empty(pixels), np.empty(pixels)
    for pixel in range(pixels):
        first = slant = light = 0.0
        for band in range(unit.size):
            radiance = above[pixel, band]
            first += radiance * shape[band]
            slant += radiance * slanted[band]
            light += radiance * bright[band]
        albedo[pixel] = 1.0 + light
        column[pixel] = max(0.0, first / albedo[pixel])
        sensitivity[pixel] = (1.0 + slant) / albedo[pixel]
    return Look(column, sensitivity, albedo)


@numba.njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def reweigh(
    above: Floats,
    first: Look,
    scatter: Scatter,
    unit: Floats,
    rounds: int,
) -> tuple[Floats, Floats, float]:
    """Column of each pixel after so many rounds; the last filter; and its power.

    Parameters
    ----------
    above
        (pixel, band): radiance less the mean; trusted pixels first.
    first
        What the plain filter found.
    scatter
        Of the trusted pixels.
    unit
        (band,): unit absorption, in the scaled unit of the columns.
    rounds
        How often.
    """
    column, albedo, bands = first.column.copy(), first.albedo, unit.size
    holding = np.flatnonzero(column > 0.0)
    weight = (albedo * column)[holding] * (holding < scatter.pixels)
    gathered, shape = np.zeros(bands), np.zeros(bands)
    _gather(above, holding, weight, gathered)
    total, square, left = weight.sum(), (weight * weight).sum(), holding.size
    target = unit * scatter.mean
    solved, ahead, back = np.empty(bands), np.empty(bands), np.empty(bands)
    _times(scatter.inverse, target, gathered, solved, back)
    power, nearer, one_piece = 1.0, np.empty(bands), np.empty(_PIECE)
    for _ in range(rounds):
        lower = total / scatter.pixels  # the mean is lower by so much of the target
        for band in range(bands):
            nearer[band] = unit[band] * (scatter.mean[band] - lower * target[band])
        _times(scatter.inverse, nearer, gathered, ahead, back)
        tt, tb = _dot(target, solved), _dot(target, back) - 1.0
        bb = _dot(gathered, back) - square + total * lower
        one, two = _dot(solved, nearer), _dot(back, nearer)
        determinant = tt * bb - tb * tb
        along, aside = (tb * two - bb * one) / determinant, (tb * one - tt * two) / determinant
        for band in range(bands):  # Woodbury: (S - b t' - t b' + c t t')^-1 nearer
            corrected = ahead[band] + along * solved[band] + aside * back[band]
            shape[band] = scatter.divisor * corrected
        level = -lower * _dot(target, shape)
        target[:], solved[:] = nearer, ahead
        power = max(1.0, _dot(target, shape))
        told, pixels = (shape, level, power), (albedo, column, scatter.pixels)
        total, square, left = _filter(above, pixels, told, gathered, holding[:left], one_piece)
    return column, shape, power


@numba.njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _filter(
    above: Floats,
    pixels: tuple[Floats, Floats, float],
    told: tuple[Floats, float, float],
    gathered: Floats,
    holding: Places,
    weight: Floats,
) -> tuple[float, float, int]:
    """New columns and their sums; what still holds gas comes first in `holding`.

    `gathered` becomes the spectra summed by the weight of their pixels; `weight` is room for a
    piece.
    """
    albedo, column, trusted = pixels
    shape, level, power = told
    total, square, left = 0.0, 0.0, 0
    gathered[:] = 0.0
    for first in range(0, holding.size, _PIECE):
        piece, before = holding[first : first + _PIECE], left
        _weigh(above, piece, shape, weight)
        for place in range(piece.size):
            pixel, score = piece[place], weight[place]
            penalty = 1.0 / (albedo[pixel] * (column[pixel] + _LEAST))
            found = max(0.0, (score - level - penalty) / (albedo[pixel] * power))
            column[pixel] = found
            one = albedo[pixel] * found * (pixel < trusted)
            total += one
            square += one * one
            holding[left], weight[left - before] = pixel, one
            left += found > 0.0
        _gather(above, holding[before:left], weight, gathered)
    return total, square, left


@numba.njit(cache=True, nogil=True, fastmath=_FAST)
def _weigh(above: Floats, pixels: Places, shape: Floats, score: Floats) -> None:
    """Score of some pixels: their spectra, times one."""
    fours = pixels.size - pixels.size % 4
    for place in range(0, fours, 4):
        one, two = above[pixels[place]], above[pixels[place + 1]]
        three, four = above[pixels[place + 2]], above[pixels[place + 3]]
        first = second = third = fourth = 0.0
        for band in range(shape.size):
            first += one[band] * shape[band]
            second += two[band] * shape[band]
            third += three[band] * shape[band]
            fourth += four[band] * shape[band]
        score[place], score[place + 1] = first, second
        score[place + 2], score[place + 3] = third, fourth
    for place in range(fours, pixels.size):
        score[place] = _dot(above[pixels[place]], shape)


@numba.njit(cache=True, nogil=True, fastmath=_FAST)
def _gather(above: Floats, pixels: Places, weight: Floats, total: Floats) -> None:
    """Add the spectra of some pixels to a sum, each by its weight."""
    fours = pixels.size - pixels.size % 4
    for place in range(0, fours, 4):
        one, two = above[pixels[place]], above[pixels[place + 1]]
        three, four = above[pixels[place + 2]], above[pixels[place + 3]]
        first, second = weight[place], weight[place + 1]
        third, fourth = weight[place + 2], weight[place + 3]
        for band in range(total.size):
            total[band] += (first * one[band] + second * two[band]) + (
                third * three[band] + fourth * four[band]
            )
    for place in range(fours, pixels.size):
        one, first = above[pixels[place]], weight[place]
        for band in range(total.size):
            total[band] += first * one[band]


@numba.njit(cache=True, nogil=True, fastmath=_FAST)
def _times(symmetric: Floats, one: Floats, other: Floats, first: Floats, second: Floats) -> None:
    """A small symmetric matrix times two vectors, which become `first` and `second`."""
    first[:] = 0.0
    second[:] = 0.0
    bands = one.size
    for row in range(0, bands - 1, 2):
        upper, lower = symmetric[row], symmetric[row + 1]
        a, b = one[row], one[row + 1]
        c, d = other[row], other[row + 1]
        for band in range(bands):
            first[band] += a * upper[band] + b * lower[band]
            second[band] += c * upper[band] + d * lower[band]
    if bands % 2:
        upper, a, c = symmetric[bands - 1], one[bands - 1], other[bands - 1]
        for band in range(bands):
            first[band] += a * upper[band]
            second[band] += c * upper[band]


@numba.njit(cache=True, nogil=True, fastmath=_FAST)
def _dot(one: Floats, other: Floats) -> float:
    """Product of two short vectors, without the cost of a call."""
    total = 0.0
    for band in range(one.size):
        total += one[band] * other[band]
    return total
