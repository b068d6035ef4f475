"""Which gases could an instrument tell apart, and which ones look alike to it?

A gas can be named where it has a band within the instrument's range: a largest value that is not at
either end, since a flank without its top could be anybody's. Two gases are confusable where the
cosine between their cross sections, as the instrument sees them, is over 0.85. That is a matter of
pairs and is not passed on: of three gases in a row the first and the last may be told apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from sillage.errors import NotEnoughInformation
from sillage.spectra.cross_section import cross_section, windows
from sillage.spectra.gas import gas as find_gas
from sillage.spectra.gas import library as all_gases
from sillage.spectra.response import Response

ALIKE = 0.85
"""Cosine over which two gases are confusable."""
LEAST_SHARE = 1e-3
"""A band is at least this share of the gas's strongest one within `REACH_CM`."""
REACH_CM = (650.0, 1400.0)
"""Where gases glow at the temperature of the ground; strongest bands are looked for here."""

_STEP_CM = 0.5
_MARGIN_CM = 15.0


@dataclass(frozen=True, eq=False)
class Signatures:
    """Cross sections of the gases that an instrument may tell, as its bands see them."""

    gases: tuple[str, ...]
    """In the order of the alphabet."""
    cross_section_cm2: Float64[ndarray, "gas band"]
    wavelength_nm: Float64[ndarray, " band"]

    def confusable(self) -> Mapping[str, frozenset[str]]:
        """For each gas, those that it cannot be told from, itself among them."""
        unit = self.cross_section_cm2 / np.linalg.norm(
            self.cross_section_cm2, axis=1, keepdims=True
        )
        alike = unit @ unit.T > ALIKE
        names = np.array(self.gases)
        return {
            gas: frozenset(names[row].tolist()) | {gas}
            for gas, row in zip(self.gases, alike, strict=True)
        }

    def without(self, gases: Collection[str]) -> Signatures:
        """The same, less some gases."""
        kept = [index for index, gas in enumerate(self.gases) if gas not in gases]
        return Signatures(
            tuple(self.gases[index] for index in kept),
            self.cross_section_cm2[kept],
            self.wavelength_nm,
        )


def signatures(
    wavelength_nm: Float64[ndarray, " band"],
    fwhm_nm: Float64[ndarray, " band"],
    gases: Iterable[str] | None = None,
) -> Signatures:
    """Cross sections of gases at the bands of an instrument.

    The library is smoothed to 4 cm-1; an instrument much finer than that would see more.

    Parameters
    ----------
    wavelength_nm, fwhm_nm
        Bands of the instrument, Gaussian, in rising order.
    gases
        By any of their names; all that have a band in the range where None.

    Raises
    ------
    NotEnoughInformation
        A gas that was asked for has no band in the instrument's range, and which range it needs; or
        bands are too few to tell any gas.
    """
    if len(wavelength_nm) < 3:
        raise NotEnoughInformation(
            f"{len(wavelength_nm)} bands tell no gas; identification needs an imaging spectrometer"
        )
    asked = sorted(all_gases()) if gases is None else sorted({find_gas(g).name for g in gases})
    seen = _seen(tuple(asked), tuple(wavelength_nm.tolist()), tuple(fwhm_nm.tolist()))
    known = np.array([_has_band(gas, row) for gas, row in zip(asked, seen, strict=True)], bool)
    if gases is not None and not known.all():
        ends = float(wavelength_nm[0]), float(wavelength_nm[-1])
        raise NotEnoughInformation(no_band(asked[int(np.argmin(known))], *ends))
    if not known.any():
        raise NotEnoughInformation(
            f"no gas of the library has a band from {wavelength_nm[0]:.0f} to "
            f"{wavelength_nm[-1]:.0f} nm; identification by heat needs some of 7100 to 15400 nm"
        )
    names = tuple(gas for gas, told in zip(asked, known, strict=True) if told)
    return Signatures(names, seen[known], wavelength_nm)


def no_band(gas: str, low_nm: float, high_nm: float) -> str:
    """Say which range a gas would need that an instrument does not see."""
    needed = " or ".join(
        f"{1e4 / high:.2f} to {1e4 / low:.2f} um ({low:.0f} to {high:.0f} cm-1)"
        for low, high in needed_cm(gas)
    )
    return f"{gas} has no band from {low_nm / 1000.0:.2f} to {high_nm / 1000.0:.2f} um; " + (
        f"it would need an instrument that sees {needed}"
        if needed
        else "the library has no spectrum of it: import one with 'sillage gas import'"
    )


def needed_cm(gas: str) -> tuple[tuple[float, float], ...]:
    """Ranges about the strongest absorption of a gas that would tell it; none if none is known."""
    ranges = []
    for low, high in windows(gas):
        grid = np.arange(low, high + _STEP_CM, _STEP_CM).clip(low, high)
        strength = cross_section(gas, grid)
        tall = grid[strength >= 0.5 * strength.max()]
        ranges.append((max(low, float(tall[0]) - 10.0), min(high, float(tall[-1]) + 10.0)))
    return tuple(ranges)


@cache
def _seen(
    gases: tuple[str, ...], wavelength_nm: tuple[float, ...], fwhm_nm: tuple[float, ...]
) -> Float64[ndarray, "gas band"]:
    low, high = 1e7 / wavelength_nm[-1], 1e7 / wavelength_nm[0]
    grid = np.arange(low - _MARGIN_CM, high + _MARGIN_CM, _STEP_CM)
    fine = np.stack([_within(gas, grid) for gas in gases])
    response = Response.gaussian(np.array(wavelength_nm), np.array(fwhm_nm))
    return np.asarray(response.apply(grid, fine))


def _within(gas: str, grid: Float64[ndarray, " point"]) -> Float64[ndarray, " point"]:
    """A cross section where the library has it, and none elsewhere."""
    return cross_section(gas, grid, outside_cm2=0.0) if windows(gas) else np.zeros(len(grid))


def _has_band(gas: str, seen: Float64[ndarray, " band"]) -> bool:
    top = int(np.argmax(seen))
    if seen[top] <= 0.0 or top in {0, len(seen) - 1}:
        return False
    return bool(seen[top] >= LEAST_SHARE * _strongest(gas))


@cache
def _strongest(gas: str) -> float:
    grid = np.arange(*REACH_CM, _STEP_CM)
    return float(cross_section(gas, grid, outside_cm2=0.0).max())
