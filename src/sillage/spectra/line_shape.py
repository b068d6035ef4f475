"""How does one channel of an instrument weigh what lies around its centre?

A shape is a function of the distance from the centre in full widths at half maximum, so that half
of its height is at one half. Those of Fourier spectrometers are transforms of their apodisation.

References: Norton & Beer, J. Opt. Soc. Am. 66, 259, 1976, and 67, 419, 1977 (apodisation 1.2, 1.4
and 1.6 times the width of none); Harris, Proc. IEEE 66, 51, 1978 (Hamming).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.errors import RecordError

_NODES = 512
_TABLE_STEP = 0.002

# Coefficients of (1 - u^2)^0, ^1, ^2 and ^4.
_NORTON_BEER = {
    "weak": (0.384093, -0.087577, 0.703484, 0.0),
    "medium": (0.152442, -0.136176, 0.983734, 0.0),
    "strong": (0.045335, 0.0, 0.554883, 0.399782),
}

Strength = Literal["weak", "medium", "strong"]


@dataclass(frozen=True)
class LineShape:
    """Weight by distance from the centre, in full widths at half maximum."""

    weight: Callable[[ndarray], ndarray]
    reach: float
    """Where it ends, in full widths."""


def gaussian() -> LineShape:
    """A bell: what most grating spectrometers are described by. Cut where 2e-12 of it is left."""
    return LineShape(lambda x: np.asarray(np.exp(-4.0 * np.log(2.0) * x * x)), 3.0)


def triangular() -> LineShape:
    """A triangle: a slit imaged upon one as wide."""
    return LineShape(lambda x: np.maximum(0.0, 1.0 - np.abs(x)), 1.0)


def sinc() -> LineShape:
    """A Fourier spectrometer without apodisation; its ripples fall off slowly."""
    return _transform("none", 80.0)


def hamming() -> LineShape:
    """A Fourier spectrometer with Hamming's apodisation."""
    return _transform("hamming", 30.0)


def norton_beer(strength: Strength = "medium") -> LineShape:
    """A Fourier spectrometer with an apodisation of Norton and Beer."""
    return _transform(strength, 30.0)


def tabulated(
    offset: Float[ndarray, " point"], weight: Float[ndarray, " point"]
) -> tuple[LineShape, float]:
    """A measured shape, and its full width at half maximum in the unit of the offsets.

    Raises
    ------
    RecordError
        Offsets do not rise, weights are not finite, or there is no half height on either side.
    """
    if len(offset) < 3 or (np.diff(offset) <= 0).any() or not np.isfinite([offset, weight]).all():
        raise RecordError("a line shape is three points or more, of rising offset, all finite")
    top = int(np.argmax(weight))
    half = 0.5 * weight[top]
    left, right = weight[: top + 1] <= half, weight[top:] <= half
    if weight[top] <= 0.0 or not left.any() or not right.any():
        raise RecordError("a line shape falls to half of its height on both sides")
    a = int(np.nonzero(left)[0][-1])
    b = top + int(np.nonzero(right)[0][0])
    low = np.interp(half, weight[a : a + 2], offset[a : a + 2])
    high = np.interp(half, weight[b : b - 2 : -1], offset[b : b - 2 : -1])
    fwhm = float(high - low)
    x = offset / fwhm
    shape = LineShape(
        lambda at: np.asarray(np.interp(at, x, weight, left=0.0, right=0.0)),
        float(np.abs(x).max()),
    )
    return shape, fwhm


def width_of(kind: str) -> float:
    """Full width at half maximum of a transform, times twice the largest path difference."""
    from scipy.optimize import brentq

    top = _transformed(kind, np.array([0.0]))[0]
    return 2.0 * float(brentq(lambda t: _transformed(kind, np.array([t]))[0] - 0.5 * top, 0.3, 1.9))


@cache
def _transform(kind: str, reach: float) -> LineShape:
    width = width_of(kind)
    x = np.arange(0.0, reach + 2.0 * _TABLE_STEP, _TABLE_STEP)
    table = _transformed(kind, x * width)
    return LineShape(lambda at: np.asarray(np.interp(np.abs(at), x, table)), reach)


def _transformed(kind: str, t: Float[ndarray, " at"]) -> Float[ndarray, " at"]:
    """Cosine transform of an apodisation over half of the path difference."""
    node, share = np.polynomial.legendre.leggauss(_NODES)
    u = 0.5 * (node + 1.0)
    if kind == "none":
        apodisation = np.ones_like(u)
    elif kind == "hamming":
        apodisation = 0.54 + 0.46 * np.cos(np.pi * u)
    else:
        squared = 1.0 - u * u
        terms = zip(_NORTON_BEER[kind], (0, 1, 2, 4), strict=True)
        apodisation = np.asarray(sum(factor * squared**power for factor, power in terms))
    value: Float[ndarray, " at"] = np.cos(np.pi * np.outer(t, u)) @ (0.5 * share * apodisation)
    return value
