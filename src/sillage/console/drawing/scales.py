"""Where on the paper does a number stand, and how is it written?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

MINUS = "\u2212"
DASH = "\u2013"
NARROW = "\u202f"
"""Narrow space that never breaks: between a number and its unit, and between thousands."""

COMPASS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE")
COMPASS_16 = (*COMPASS, "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")


@dataclass(frozen=True)
class Scale:
    """A straight map from values to units on the paper."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: ArrayLike) -> NDArray[np.float64]:
        """Units on the paper of values of any shape."""
        share = (np.asarray(value, dtype=np.float64) - self.low) / (self.high - self.low)
        return np.asarray(self.start + share * (self.end - self.start))

    def at(self, value: float) -> float:
        """Units on the paper of one value."""
        return float(self(value))

    def ticks(self, about: int = 4) -> list[float]:
        """Round values inside the scale."""
        return nice_ticks(self.low, self.high, about)


def nice_step(span: float, about: int) -> float:
    """The step of 1, 2 or 5 times a power of ten that cuts `span` into about `about` parts."""
    raw = span / max(about, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (1.0, 2.0, 5.0):
        if raw <= factor * power * 1.0000001:
            return factor * power
    return 10.0 * power


def nice_ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Multiples of a nice step from `low` to `high`, both included where they are multiples."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    step = nice_step(high - low, about)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def nice_bounds(values: ArrayLike, *, about: int = 4, zero: bool = False) -> tuple[float, float]:
    """Round bounds that hold all finite values; `zero` brings 0 in."""
    array = np.asarray(values, dtype=np.float64)
    finite = array[np.isfinite(array)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-9):
        pad = max(abs(high) * 0.1, 0.5)
        low, high = low - (0.0 if zero and low >= 0 else pad), high + pad
    step = nice_step(high - low, about)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def number(value: float, figures: int = 3) -> str:
    """A number for reading: `figures` significant digits, thousands parted, a true minus."""
    if not math.isfinite(value):
        return "unknown"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(float(f"{value:.{figures - 1}e}"))))
    if size >= 9 or size < -4:
        mantissa, exponent = f"{value:.{figures - 1}e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    decimals = max(figures - 1 - size, 0)
    text = f"{round(value, figures - 1 - size):,.{decimals}f}"
    return text.replace(",", NARROW).replace("-", MINUS)


def tick_label(value: float, step: float) -> str:
    """A tick's label, with just the decimals that its step needs."""
    decimals = max(-math.floor(math.log10(step) + 1e-9), 0)
    return f"{value + 0.0:,.{decimals}f}".replace(",", NARROW).replace("-", MINUS)


def tick_labels(ticks: list[float]) -> list[str]:
    """Labels of evenly spaced ticks."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else max(abs(ticks[0]), 1.0) if ticks else 1.0
    return [tick_label(tick, step) for tick in ticks]


def quantity(value: float, unit: str, figures: int = 3) -> str:
    """A number and its unit, held together."""
    return f"{number(value, figures)}{NARROW}{unit}"


def metres(value: float) -> str:
    """A length in metres, or in kilometres when it is long."""
    if abs(value) >= 10_000:
        return quantity(value / 1000.0, "km", 3)
    return quantity(value, "m", 2 if abs(value) < 100 else 3)


def square_metres(value: float) -> str:
    """An area in square metres, hectares or square kilometres."""
    if value >= 1e6:
        return quantity(value / 1e6, "km²", 2)
    if value >= 2e4:
        return quantity(value / 1e4, "ha", 2)
    return quantity(value, "m²", 2)


def percent(share: float) -> str:
    """A share of one in percent; a sliver is not called zero, nor nearly all called all."""
    if 0 < share < 0.01:
        return f"under 1{NARROW}%"
    if 0.99 < share < 1:
        return f"over 99{NARROW}%"
    return f"{share * 100:.0f}{NARROW}%"


def degrees_for(error_m: float) -> int:
    """Decimals of a degree that say no more than an error in metres allows, 3 to 7."""
    return int(np.clip(math.ceil(math.log10(111_320.0 / max(error_m, 1e-3))), 3, 7))


def latitude(value: float, decimals: int = 5) -> str:
    """Degrees with the hemisphere's letter."""
    return f"{abs(value):.{decimals}f}° {'N' if value >= 0 else 'S'}"


def longitude(value: float, decimals: int = 5) -> str:
    """Degrees with the hemisphere's letter."""
    return f"{abs(value):.{decimals}f}° {'E' if value >= 0 else 'W'}"


def compass(bearing_deg: float) -> str:
    """The nearest of sixteen compass points."""
    return COMPASS_16[round(bearing_deg / 22.5) % 16]
