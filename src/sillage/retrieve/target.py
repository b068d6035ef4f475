"""What does a gas look like to an instrument: which bands are used, and how each of them darkens?

Bands are those of the atmospheric window that holds the strongest of the gas; the whole window,
because bands beside an absorption tell the ground from the gas.

Reference: Roger et al., Atmos. Meas. Tech. 17, 2024 (wide windows mistake less ground for gas).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int
from numpy import ndarray

from sillage.errors import NotEnoughInformation
from sillage.records.cube import Cube
from sillage.retrieve.columns import Depth
from sillage.spectra import swir
from sillage.spectra.gas import gas as find_gas

WINDOWS_NM = ((1450.0, 1790.0), (1950.0, 2500.0))
"""Where sunlight comes through the water of the air."""
COLUMNS_PPM_M = np.concatenate([[0.0], np.geomspace(100.0, 200_000.0, 60)])
"""Columns whose transmission is tabulated."""

_FEWEST_BANDS = 6


class Target(NamedTuple):
    """A gas, as an instrument sees it."""

    gas: str
    bands: Int[ndarray, " band"]
    """Places in the cube."""
    wavelength_nm: Float64[ndarray, " band"]
    unit_absorption: Float64[ndarray, " band"]
    """d ln(radiance) / d(column), per ppm m."""
    depth: Depth
    air_mass: float
    assumptions: tuple[str, ...]


def target_of(
    gas: str,
    cube: Cube,
    *,
    air_mass: float,
    windows_nm: tuple[tuple[float, float], ...] = (),
) -> Target:
    """Bands and absorption of a gas for a cube.

    Parameters
    ----------
    gas
        Of the library.
    cube
        Whose bands are asked about.
    air_mass
        Way through the gas, down and up, over its height.
    windows_nm
        Wavelengths to use; the window of the gas's strongest band if there are none.

    Raises
    ------
    NoSpectrum
        The gas does not absorb, or is not known, where the instrument sees.
    NotEnoughInformation
        Fewer than six usable bands lie in the windows.
    """
    gas = find_gas(gas).name
    wavelength = cube.wavelength_nm
    fwhm, said = _widths(cube)
    unit = swir.unit_absorption(gas, wavelength, fwhm, air_mass=air_mass)
    known = np.isfinite(unit) & cube.usable
    inside = _inside(wavelength, windows_nm or WINDOWS_NM) & known
    if not inside.any():
        raise NotEnoughInformation(
            f"none of the cube's usable bands ({wavelength[0]:.0f} to {wavelength[-1]:.0f} nm) "
            f"lies where {gas} is known and light comes through; it is looked for in "
            f"{_told(windows_nm or WINDOWS_NM)}"
        )
    if not windows_nm:
        strongest = wavelength[inside][np.abs(unit[inside]).argmax()]
        home = tuple(w for w in WINDOWS_NM if w[0] <= strongest <= w[1])
        inside &= _inside(wavelength, home)
    if inside.sum() < _FEWEST_BANDS or not (unit[inside] < 0.0).any():
        raise NotEnoughInformation(
            f"{int(inside.sum())} usable bands for {gas}: a filter needs {_FEWEST_BANDS} and some "
            f"absorption in them; widen the windows"
        )
    bands = np.flatnonzero(inside)
    seen = swir.transmission(gas, COLUMNS_PPM_M, wavelength[bands], fwhm[bands], air_mass=air_mass)
    depth = Depth(COLUMNS_PPM_M, np.log(np.maximum(seen, 1e-30)))
    return Target(gas, bands, wavelength[bands], unit[bands], depth, air_mass, said)


def _inside(
    wavelength: Float64[ndarray, " band"], windows: tuple[tuple[float, float], ...]
) -> ndarray:
    low, high = np.array(windows).T
    return np.asarray(((wavelength[:, None] >= low) & (wavelength[:, None] <= high)).any(axis=1))


def _widths(cube: Cube) -> tuple[Float64[ndarray, " band"], tuple[str, ...]]:
    """Widths of the bands; their spacing where the file does not say."""
    if cube.fwhm_nm is not None:
        return cube.fwhm_nm, ()
    spacing = np.abs(np.gradient(cube.wavelength_nm))
    return spacing, ("bands are taken to be as wide as they lie apart; the file does not say",)


def _told(windows: tuple[tuple[float, float], ...]) -> str:
    return " and ".join(f"{low:.0f}-{high:.0f} nm" for low, high in windows)
