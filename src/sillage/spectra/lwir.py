"""What does a camera of heat see: ground, a plume before it, and the air between?

Three layers. The ground emits and mirrors the sky; the plume takes from that and glows at its own
temperature; the path takes from both and glows at its own. A plume shows by its contrast with what
lies behind it, and one as warm as a black background does not show at all.

Radiance is in W m-2 sr-1 um-1 throughout, as a function of wavelength. Layers are computed at each
point of a spectrum; bands are seen by `sillage.spectra.response` afterwards.

Reference: Hayden, Noll & Wurster in Young et al., J. Geophys. Res. 107, 4766, 2002 (layers);
CODATA 2018 (constants of Planck's law).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.errors import RecordError
from sillage.spectra.cross_section import cross_section
from sillage.spectra.spectrum import STANDARD_HPA, number_density_cm3

# 2 h c^2 in W m-2 sr-1 um^4, and h c / k in um K.
_FIRST = 1.191042972e8
_SECOND = 1.438776877e4


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What lies behind the plume."""

    emissivity: Float[ndarray, " point"] | float
    temperature_K: float
    sky_radiance: Float[ndarray, " point"] | float = 0.0
    """Downwelling radiance that it mirrors, W m-2 sr-1 um-1."""


@dataclass(frozen=True, kw_only=True)
class Plume:
    """Gas of one temperature, as deep as it is to a photon."""

    optical_depth: Float[ndarray, " point"]
    temperature_K: float


@dataclass(frozen=True, kw_only=True)
class Path:
    """Air between plume and sensor."""

    transmission: Float[ndarray, " point"] | float = 1.0
    temperature_K: float = 296.0


def planck_radiance(
    wavelength_um: Float[ndarray, " point"], temperature_K: float
) -> Float[ndarray, " point"]:
    """Radiance of a black body, W m-2 sr-1 um-1."""
    wavelength = np.asarray(wavelength_um)
    radiance: Float[ndarray, " point"] = (
        _FIRST / wavelength**5 / np.expm1(_SECOND / (wavelength * temperature_K))
    )
    return radiance


def planck_slope(
    wavelength_um: Float[ndarray, " point"], temperature_K: float
) -> Float[ndarray, " point"]:
    """Change of a black body's radiance with its temperature, W m-2 sr-1 um-1 K-1."""
    wavelength = np.asarray(wavelength_um)
    x = _SECOND / (wavelength * temperature_K)
    slope: Float[ndarray, " point"] = (
        planck_radiance(wavelength, temperature_K) * x / temperature_K / -np.expm1(-x)
    )
    return slope


def brightness_temperature_k(
    wavelength_um: Float[ndarray, " point"], radiance: Float[ndarray, " point"]
) -> Float[ndarray, " point"]:
    """Temperature at which a black body has a radiance; the inverse of `planck_radiance`.

    Raises
    ------
    RecordError
        A radiance is not above zero.
    """
    if not (np.asarray(radiance) > 0.0).all():
        raise RecordError("radiance is above zero where a brightness temperature is asked for")
    wavelength = np.asarray(wavelength_um)
    temperature: Float[ndarray, " point"] = _SECOND / (
        wavelength * np.log1p(_FIRST / (wavelength**5 * np.asarray(radiance)))
    )
    return temperature


def optical_depth(
    gas: str,
    wavenumber_cm: Float[ndarray, " point"],
    column_ppm_m: float,
    *,
    temperature_K: float = 296.0,
    pressure_hPa: float = STANDARD_HPA,
) -> Float[ndarray, " point"]:
    """Depth of a column of gas along the line of sight; columns of several gases add.

    Parameters
    ----------
    gas
        Of the library.
    wavenumber_cm
        Within the windows of the gas.
    column_ppm_m
        Along the line of sight.
    temperature_K, pressure_hPa
        Of the air that the parts per million are parts of. The cross section stays that of the
        library's entry: how it changes with temperature is not in it.

    Raises
    ------
    NoSpectrum
        A wavenumber lies beyond the windows of the gas.
    """
    molecules_cm2 = number_density_cm3(temperature_K, pressure_hPa) * 1e-6 * 100.0 * column_ppm_m
    return molecules_cm2 * cross_section(gas, wavenumber_cm)


def ground_radiance(
    wavelength_um: Float[ndarray, " point"], ground: Ground
) -> Float[ndarray, " point"]:
    """What leaves the ground, its own and mirrored, W m-2 sr-1 um-1."""
    own = ground.emissivity * planck_radiance(wavelength_um, ground.temperature_K)
    return np.asarray(own + (1.0 - np.asarray(ground.emissivity)) * ground.sky_radiance)


def three_layer(
    wavelength_um: Float[ndarray, " point"], *, ground: Ground, plume: Plume, path: Path
) -> Float[ndarray, " point"]:
    """Radiance at the sensor, W m-2 sr-1 um-1.

    The sky's light is that which reaches the ground beneath the plume; gas beside the line of sight
    is in it only if the caller puts it there.
    """
    through = np.exp(-plume.optical_depth)
    behind = ground_radiance(wavelength_um, ground)
    before = through * behind + (1.0 - through) * planck_radiance(
        wavelength_um, plume.temperature_K
    )
    along = np.asarray(path.transmission)
    glow = planck_radiance(wavelength_um, path.temperature_K)
    return np.asarray(along * before + (1.0 - along) * glow)


def contrast(
    wavelength_um: Float[ndarray, " point"], *, ground: Ground, plume_K: float, path: Path
) -> Float[ndarray, " point"]:
    """Change of radiance at the sensor with optical depth of a thin plume, W m-2 sr-1 um-1.

    Times the cross section and the molecules of a column it is the signature of that column;
    above zero the plume glows, below it takes away.
    """
    behind = ground_radiance(wavelength_um, ground)
    glow = planck_radiance(wavelength_um, plume_K)
    return np.asarray(np.asarray(path.transmission) * (glow - behind))
