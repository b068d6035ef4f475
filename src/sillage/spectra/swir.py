"""What does sunlight lose to a column of gas on its way down and back up?

Beer-Lambert on the two-way path: the light passes the column once on the way down, slanted by the
sun, and once on the way up, slanted by the view. Columns are in ppm m at 296 K and 1013.25 hPa,
2.479e15 molecules to a square centimetre each. Cross sections come smoothed to 4 cm-1, and that
width is taken off the instrument's, so an entry is not smoothed twice; within 4 cm-1 lines that
are black at their centres take less than is computed here.

Reference: Thompson et al., Atmos. Meas. Tech. 8, 4383, 2015, eq. 1 to 3 (unit absorption).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.errors import NoSpectrum, NotEnoughInformation, RecordError
from sillage.spectra.cross_section import cross_section, entries, windows
from sillage.spectra.gas import gas as gas_named
from sillage.spectra.response import Response
from sillage.spectra.spectrum import STANDARD_HPA, number_density_cm3

TEMPERATURE_K = 296.0
_STEP_CM = 0.5
_AVOGADRO = 6.02214076e23


def two_way_air_mass(sun_zenith_deg: float, view_zenith_deg: float = 0.0) -> float:
    """How much longer than the vertical column the way down and up is; 2 with both overhead.

    Raises
    ------
    RecordError
        An angle is not from 0 to below 85 degrees, where the ground is flat no more.
    """
    for angle in (sun_zenith_deg, view_zenith_deg):
        if not 0.0 <= angle < 85.0:
            raise RecordError(f"a zenith angle is from 0 to below 85 degrees, not {angle:g}")
    sun, view = np.cos(np.radians([sun_zenith_deg, view_zenith_deg]))
    return float(1.0 / sun + 1.0 / view)


def molecules_cm2_per_ppm_m(
    temperature_K: float = TEMPERATURE_K, pressure_hPa: float = STANDARD_HPA
) -> float:
    """Molecules over a square centimetre in a column of one ppm m."""
    return number_density_cm3(temperature_K, pressure_hPa) * 1e-6 * 100.0


def kg_per_ppm_m3(gas: str) -> float:
    """Mass of one ppm m of a gas over one square metre, in kg.

    Columns are of air at 296 K and 1013.25 hPa, as the library's absorption is.
    """
    moles = molecules_cm2_per_ppm_m() * 1e4 / _AVOGADRO
    return float(moles * gas_named(gas).molar_mass_g_mol * 1e-3)


def unit_absorption(
    gas: str,
    wavelength_nm: Float[ndarray, " band"],
    fwhm_nm: Float[ndarray, " band"] | float,
    *,
    air_mass: float,
) -> Float[ndarray, " band"]:
    """Change of the logarithm of radiance with column, per ppm m, where there is little gas.

    Parameters
    ----------
    gas
        Of the library.
    wavelength_nm, fwhm_nm
        Bands of the instrument, Gaussian.
    air_mass
        As `two_way_air_mass` gives it.

    Returns
    -------
    band
        At or below zero; NaN for a band of which the library does not know what the gas does.

    Raises
    ------
    NoSpectrum
        The gas has no cross section in any band; says which ranges it has.
    NotEnoughInformation
        A band is finer than the library's resolution.
    """
    seen = np.full(len(wavelength_nm), np.nan)
    for bands, grid, response in _windowed(gas, wavelength_nm, fwhm_nm):
        seen[bands] = response.apply(grid, cross_section(gas, grid))
    return -air_mass * molecules_cm2_per_ppm_m() * seen


def transmission(
    gas: str,
    column_ppm_m: Float[ndarray, " column"],
    wavelength_nm: Float[ndarray, " band"],
    fwhm_nm: Float[ndarray, " band"] | float,
    *,
    air_mass: float,
) -> Float[ndarray, "column band"]:
    """Share of the light that is left after columns of any size, as each band sees it.

    The exponential is taken before the band's mean, so strong bands bend as they do. Parameters and
    errors as of `unit_absorption`, whose value is the slope of the logarithm of this at no column.
    """
    seen = np.full((len(column_ppm_m), len(wavelength_nm)), np.nan)
    slant_cm2 = air_mass * molecules_cm2_per_ppm_m() * np.asarray(column_ppm_m)  # column
    for bands, grid, response in _windowed(gas, wavelength_nm, fwhm_nm):
        depth = np.outer(slant_cm2, cross_section(gas, grid))  # column point
        seen[:, bands] = response.apply(grid, np.exp(-depth))
    return seen


def _windowed(
    gas: str, wavelength_nm: Float[ndarray, " band"], fwhm_nm: Float[ndarray, " band"] | float
) -> list[tuple[ndarray, ndarray, Response]]:
    """For each window that holds bands: which ones, a grid over it, and their response."""
    centre = np.asarray(wavelength_nm, dtype=float)
    fwhm = np.broadcast_to(np.asarray(fwhm_nm, dtype=float), centre.shape)
    if not np.isfinite([centre, fwhm]).all() or (centre <= 0).any() or (fwhm <= 0).any():
        raise RecordError("wavelengths and widths of bands are finite and above zero")
    parts = []
    for low, high in windows(gas):
        inside = (centre - fwhm > 1e7 / high) & (centre + fwhm < 1e7 / low)
        if inside.any():
            grid = np.linspace(low, high, round((high - low) / _step(gas, low, high)) + 1)
            narrowed = _narrowed(gas, centre[inside], fwhm[inside])
            parts.append((np.nonzero(inside)[0], grid, Response.gaussian(centre[inside], narrowed)))
    if not parts:
        ends = 1e7 / float((centre + fwhm).max()), 1e7 / float((centre - fwhm).min())
        raise NoSpectrum(gas, *ends, windows(gas))
    return parts


def _step(gas: str, low_cm: float, high_cm: float) -> float:
    """Fine enough for the finest entry of a window: a fifth of its resolution, lines as 0.02."""
    finest = min(entry.resolution_cm for entry in entries(gas, low_cm, high_cm))
    return min(_STEP_CM, max(0.02, finest / 5.0))


def _narrowed(
    gas: str, centre_nm: Float[ndarray, " band"], fwhm_nm: Float[ndarray, " band"]
) -> Float[ndarray, " band"]:
    """Widths of bands, less what the library has smoothed already, in quadrature."""
    low, high = 1e7 / centre_nm.max(), 1e7 / centre_nm.min()
    smoothed_cm = max(entry.resolution_cm for entry in entries(gas, low - 1.0, high + 1.0))
    smoothed_nm = smoothed_cm * centre_nm**2 / 1e7
    fine = fwhm_nm < smoothed_nm
    if fine.any():
        raise NotEnoughInformation(
            f"a band {fwhm_nm[fine][0]:g} nm wide at {centre_nm[fine][0]:g} nm is finer than the "
            f"library, which is smoothed to {smoothed_cm:g} cm-1 ({smoothed_nm[fine][0]:.2f} nm); "
            f"import a full spectrum of {gas} with 'sillage gas import'"
        )
    least = 3.0 * _STEP_CM * centre_nm**2 / 1e7  # three points of the grid, as a response asks for
    narrowed: Float[ndarray, " band"] = np.maximum(np.sqrt(fwhm_nm**2 - smoothed_nm**2), least)
    return narrowed
