"""How little of each gas would an airborne imager of heat notice? From the benchmark's figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from house.markdown import table
from sillage.detect.columns import LIMIT_NECL, mass_g
from sillage.spectra.gas import gas as find_gas

RESULT = Path(__file__).parents[3] / "benchmarks" / "results" / "identify.json"
_DENSE = 1.0
"""Optical depth over which a limit that supposes thin gas is too low."""
_PIXEL_M = 1.0

_ABOUT = """# Limits of detection in heat

Columns in ppm m (296 K, 1013 hPa) that one pixel of HyTES would notice: 256 bands from {low} to
{high} um, its own noise, over {terrains} grounds drawn from the ECOSTRESS library, through LOWTRAN7
air of {air:g} K and {humidity:g} % humidity, before a plume that is warmer than what the ground
seems to be. Gases are the library's, smoothed to 4 cm-1. The limit is {necl:g} noise-equivalent
columns (NECL), at which 95 of 100 are found with 5 false; figures are medians over the grounds. A
plume of more pixels is noticed at less.

**Range** is the air between plume and sensor. **Pixel size** does not change a column that fills
the pixel: it changes the mass that must be there, which goes as the pixel's area. The last column
gives it for a pixel of 1 m at 5 K and 500 m: take it 4 times for 2 m, 25 times for 5 m, a quarter
for 0.5 m. A plume narrower than a pixel is diluted, and needs that whole mass all the same.

*dense*: the band would be black before the limit is reached, so that more gas hardly shows more;
then the figure is too low. Made by `benchmarks/identify.py` with seeds that nothing was tuned on.
"""
_NEEDED = """
## Gases that this instrument cannot tell

They have no band between {low} and {high} um. What each would need, from the library's own spectra:
"""


def page() -> str:
    """The page of limits."""
    limits = json.loads(RESULT.read_text("utf-8"))["limits"]
    ranges = list(next(iter(limits["gases"].values())))
    steps = list(next(iter(limits["gases"].values()))[ranges[0]])
    low, high = limits["range_um"]
    told = _ABOUT.format(
        low=low,
        high=high,
        terrains=limits["terrains"],
        air=limits["air_K"],
        humidity=limits["relative_humidity_percent"],
        necl=LIMIT_NECL,
    )
    heads = [
        "gas",
        *(f"{at} m, {step} K" for at in ranges for step in steps),
        "g in 1 m², 5 K, 500 m",
    ]
    rows = [_row(gas, by_range) for gas, by_range in sorted(limits["gases"].items())]
    needed = [(gas, _needed(ends)) for gas, ends in sorted(limits["needs_cm"].items())]
    return "\n".join(
        [
            told,
            table(heads, rows),
            _NEEDED.format(low=low, high=high),
            table(("gas", "needs an instrument that sees"), needed),
        ]
    )


def _row(gas: str, by_range: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    cells = [_figure(one) for by_contrast in by_range.values() for one in by_contrast.values()]
    column = by_range["500"]["5"]["median"]
    mass = mass_g(column, find_gas(gas).molar_mass_g_mol, _PIXEL_M)
    return [gas, *cells, f"{mass:.2g}"]


def _figure(one: dict[str, float]) -> str:
    return f"{one['median']:,.6g}" + (" dense" if one["depth"] > _DENSE else "")


def _needed(ends: Any) -> str:
    told = [f"{1e4 / high:.2f}-{1e4 / low:.2f} um ({low}-{high} cm-1)" for low, high in ends]
    return " or ".join(told) or "no spectrum in the library yet: `sillage gas import`"
