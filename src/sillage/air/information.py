"""Where would one more reading tell most: expected information about what is supposed.

Of a number of equally probable hypotheses each expects a value of a reading not yet taken. The
reading scatters about the value of the hypothesis that is true; how much is learned from it, on
average over what may be read, is the mutual information of hypothesis and reading.

References
----------
Lindley, Ann. Math. Statist. 27, 1956, 986-1005 (the information in an experiment).
Loredo, AIP Conf. Proc. 707, 2004, 330-346, arXiv astro-ph/0409386 (where to look next).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sillage.air.compiled import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_FARTHEST = 6.0  # standard deviations to which each hypothesis is integrated
_AT, _WEIGHT = np.polynomial.legendre.leggauss(4)
_SHARPEST = 1e-9  # of the range of values: a narrower scatter is as good as this


def expected_gain(expected: Floats, noise_std: ArrayLike) -> Floats:
    """Information about the draw that one reading is expected to give at each place, nats.

    The entropy of the mixture of what all draws expect, less the mean entropy of one of them:
    zero where all expect the same, the logarithm of the number of draws where a reading tells
    every two of them apart. Within 1e-4 nats of the integral.

    Parameters
    ----------
    expected
        (draw, place): value that each draw expects to be read, in any unit.
    noise_std
        One sigma of the reading about it, in the same unit, above zero; one for all, or of a
        shape that broadcasts to (draw, place): noise that grows with the value is an array.

    Raises
    ------
    ValueError
        The arrays are of other shapes, there is no draw, a value is not finite, or a standard
        deviation is not above zero.
    """
    values = np.asarray(expected, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] == 0:
        raise ValueError(f"an array of shape {values.shape} was given; (draw, place) is needed")
    std = np.broadcast_to(np.asarray(noise_std, dtype=np.float64), values.shape)
    if not (np.isfinite(values).all() and np.isfinite(std).all() and (std > 0.0).all()):
        raise ValueError("values must be finite and standard deviations finite and above zero")
    std = np.maximum(std, _SHARPEST * np.ptp(values, axis=0))
    gain = _gain(np.ascontiguousarray(values.T), np.ascontiguousarray(std.T))
    return np.asarray(np.clip(gain, 0.0, math.log(values.shape[0])), dtype=np.float64)


@compiled
def _gain(value: Floats, std: Floats) -> Floats:
    """Entropy of the mixture less the mean entropy of its parts, (place,).

    Integrated by Gauss and Legendre over cells, each as wide as the narrowest draw that reaches
    into it; a draw further off than six standard deviations does not. Floor: four exponentials a
    cell and a draw that reaches it, and 12 cells at least.
    """
    places, draws = value.shape
    gain = np.zeros(places)
    reaching = np.empty(draws, dtype=np.int64)
    for p in range(places):
        middle, sigma = value[p], std[p]
        if middle.max() == middle.min() and sigma.max() == sigma.min():
            continue
        at, last = (middle - _FARTHEST * sigma).min(), (middle + _FARTHEST * sigma).max()
        while at < last:
            width, count = _cell(middle, sigma, at, reaching)
            if count > 0:
                gain[p] += _surprise(middle, sigma, at, width, reaching[:count])
            at += width
        parts = np.log(sigma).mean() + 0.5 * (1.0 + math.log(2.0 * math.pi))
        gain[p] -= parts
    return gain


@compiled
def _cell(middle: Floats, sigma: Floats, at: float, reaching: Integers) -> tuple[float, int]:
    """Width of the cell that begins at a value, and how many draws reach into it.

    It ends before the next draw begins.
    """
    narrowest, ahead, count = math.inf, math.inf, 0
    least = 1e-12 * (abs(at) + sigma.min())
    for j in range(middle.size):
        begins = middle[j] - _FARTHEST * sigma[j] - at
        if begins > least:
            ahead = min(ahead, begins)
        elif middle[j] + _FARTHEST * sigma[j] > at:
            narrowest = min(narrowest, sigma[j])
            reaching[count] = j
            count += 1
    return min(narrowest, ahead), count


@compiled
def _surprise(middle: Floats, sigma: Floats, at: float, width: float, reaching: Integers) -> float:
    """Integral of -p log p over a cell, of the mixture of all draws."""
    total = 0.0
    for q in range(_AT.size):
        read, density = at + 0.5 * width * (1.0 + _AT[q]), 0.0
        for j in reaching:
            away = (read - middle[j]) / sigma[j]
            density += math.exp(-0.5 * away * away) / sigma[j]
        density /= middle.size * math.sqrt(2.0 * math.pi)
        if density > 0.0:
            total -= _WEIGHT[q] * density * math.log(density)
    return 0.5 * width * total
