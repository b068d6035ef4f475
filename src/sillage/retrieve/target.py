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


_SHIFTS = 7
"""Of wavelength, between which absorption is linear: a smile is a part of a band's width."""
_LEAST_SHIFT = 0.01
"""Of a band's width: less is no smile."""


class Smile(NamedTuple):
    """How each detector column sees a gas, where its bands lie a little off the others'."""

    off_nm: Float64[ndarray, "sample band"]
    """Of each column's band centres from the cube's."""
    shift_nm: Float64[ndarray, " shift"]
    """Rising, for which absorption is tabulated."""
    unit_absorption: Float64[ndarray, "shift band"]
    log_transmission: Float64[ndarray, "shift level band"]

    def some(self, samples: slice) -> Smile:
        """The same for some columns."""
        return self._replace(off_nm=self.off_nm[samples])

    def at(self, sample: int) -> tuple[Float64[ndarray, " band"], Float64[ndarray, "level band"]]:
        """Unit absorption, and logarithm of the light that columns leave, of one column."""
        place = np.interp(self.off_nm[sample], self.shift_nm, np.arange(self.shift_nm.size))
        low = np.minimum(place.astype(np.int64), self.shift_nm.size - 2)
        share, band = place - low, np.arange(low.size)
        unit, left = self.unit_absorption, self.log_transmission
        return (
            (1.0 - share) * unit[low, band] + share * unit[low + 1, band],
            (
                (1.0 - share)[:, None] * left[low, :, band]
                + share[:, None] * left[low + 1, :, band]
            ).T,
        )


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
    smile: Smile | None = None
    """None where all detector columns see alike, or nobody says."""


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
    target = Target(gas, bands, wavelength[bands], unit[bands], depth, air_mass, said)
    return target._replace(smile=_smile(target, cube, fwhm[bands]))


def _smile(target: Target, cube: Cube, fwhm: Float64[ndarray, " band"]) -> Smile | None:
    if cube.wavelength_by_sample_nm is None:
        return None
    off = cube.wavelength_by_sample_nm[:, target.bands] - target.wavelength_nm
    if not np.isfinite(off).all() or np.abs(off / fwhm).max() < _LEAST_SHIFT:
        return None
    shifts = np.linspace(min(float(off.min()), 0.0), max(float(off.max()), 1e-6), _SHIFTS)
    unit, left = [], []
    for shift in shifts:
        seen = target.wavelength_nm + shift
        one = swir.unit_absorption(target.gas, seen, fwhm, air_mass=target.air_mass)
        through = swir.transmission(target.gas, COLUMNS_PPM_M, seen, fwhm, air_mass=target.air_mass)
        # a band that the shift carries beyond what is known is seen as in the middle
        unit.append(np.where(np.isfinite(one), one, target.unit_absorption))
        deep = np.log(np.maximum(through, 1e-30))
        left.append(np.where(np.isfinite(deep), deep, target.depth.log_transmission))
    return Smile(off, shifts, np.array(unit), np.array(left))


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
