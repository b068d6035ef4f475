"""Which colours does a report wear, by day and by night?

Ramps run straight through OKLab between a few anchors and are monotonic in lightness, so they
read the same to colour-blind eyes and in grey print. Accents follow Okabe and Ito.

References: Ottosson, "A perceptual color space for image processing" (OKLab), 2020;
Okabe and Ito, "Color Universal Design", 2008; contrast as in WCAG 2.2, 1.4.3.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SHADES = 8
"""Steps in each ramp."""

DAY = {
    "paper": "#fbfaf7",
    "card": "#ffffff",
    "ink": "#1c2427",
    "quiet": "#556066",
    "line": "#ddd9d0",
    "grid": "#ebe8e1",
    "accent": "#00626b",
    "measured": "#1c2427",
    "modelled": "#0067a5",
    "band": "#a9cfe6",
    "raw": "#d5d1c8",
    "masked": "#f3e3cf",
    "truth": "#b4460f",
    "located": "#00626b",
    "ambiguous": "#8a5a00",
    "cannot": "#5b5f63",
}
NIGHT = {
    "paper": "#12171a",
    "card": "#181f23",
    "ink": "#e9e6df",
    "quiet": "#a3adb1",
    "line": "#333d42",
    "grid": "#242d32",
    "accent": "#6cc7c9",
    "measured": "#e9e6df",
    "modelled": "#6db9ea",
    "band": "#24506c",
    "raw": "#3a454a",
    "masked": "#40321f",
    "truth": "#ff9a5c",
    "located": "#6cc7c9",
    "ambiguous": "#eab54a",
    "cannot": "#b4bcc0",
}
"""Roles and their colours; every text role keeps 4.5:1 on `paper` and `card`."""

TEXT_ROLES = ("ink", "quiet", "accent", "truth", "modelled", "located", "ambiguous", "cannot")

_LIKELY_DAY = ("#eef1e3", "#b9dcc6", "#5fb0b0", "#24769b", "#1f3f7f", "#1b1f4b")
_LIKELY_NIGHT = ("#1b2a33", "#1d4a63", "#1f7487", "#3fa38f", "#a2cf86", "#f7eeb0")
_READING_DAY = ("#dcc9a3", "#dd9f55", "#c9622a", "#8f2a1f", "#4d0d1c")
_READING_NIGHT = ("#4d4130", "#8d5722", "#d0782a", "#f2b457", "#fff3c4")


def ramp(anchors: Sequence[str], count: int = SHADES) -> list[str]:
    """`count` colours from the first anchor to the last, evenly spaced in OKLab."""
    lab = np.array([_oklab(anchor) for anchor in anchors])
    at = np.linspace(0.0, len(anchors) - 1.0, count)
    steps = np.arange(len(anchors), dtype=np.float64)
    columns = [np.interp(at, steps, lab[:, axis]) for axis in range(3)]
    return [_hex(row) for row in np.stack(columns, axis=1)]


def variables(*, night: bool = False) -> str:
    """All roles and ramps of one theme as CSS custom properties."""
    roles = NIGHT if night else DAY
    likely = ramp(_LIKELY_NIGHT if night else _LIKELY_DAY)
    reading = ramp(_READING_NIGHT if night else _READING_DAY)
    named = [*roles.items()]
    named += [(f"likely-{step}", shade) for step, shade in enumerate(likely)]
    named += [(f"reading-{step}", shade) for step, shade in enumerate(reading)]
    return "".join(f"--{name}:{value};" for name, value in named)


def shade_rules() -> str:
    """CSS classes that paint with the ramps: `likely-3`, `column-3` fill, `reading-3` strokes."""
    fills = "".join(f".likely-{step}{{fill:var(--likely-{step})}}" for step in range(SHADES))
    dots = "".join(f".reading-{step}{{stroke:var(--reading-{step})}}" for step in range(SHADES))
    gas = "".join(f".column-{step}{{fill:var(--reading-{step})}}" for step in range(SHADES))
    return fills + dots + gas


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 (same) to 21 (black on white)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lightness(colour: str) -> float:
    """Perceived lightness, 0 (black) to 1 (white)."""
    return float(_oklab(colour)[0])


def _linear(colour: str) -> NDArray[np.float64]:
    parts = np.array([int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def _luminance(colour: str) -> float:
    return float(_linear(colour) @ np.array([0.2126, 0.7152, 0.0722]))


_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _oklab(colour: str) -> NDArray[np.float64]:
    lab: NDArray[np.float64] = _TO_LAB @ np.cbrt(_TO_CONES @ _linear(colour))
    return lab


def _hex(lab: NDArray[np.float64]) -> str:
    linear = np.linalg.solve(_TO_CONES, np.linalg.solve(_TO_LAB, lab) ** 3).clip(0.0, 1.0)
    parts = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(part) * 255):02x}" for part in parts)
