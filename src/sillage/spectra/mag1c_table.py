"""What does sunlight lose to methane, by the table of simulated radiance that comes with mag1c?

The table holds radiance at the top of a standard atmosphere for seven columns of methane between
the ground and 500 m, sun and sensor overhead, at 31,800 wavelengths. From it comes an effective
cross section: the slope of the logarithm of radiance with column in the limit of little methane,
halved because light passes twice. A wide band sees it weighed by the radiance that is there, so
lines that the atmosphere has emptied already count for little; so does this.

That columns are in ppm m at 296 K and the way is passed twice was checked where lines are at hand
(3970 to 4070 cm-1): spectra from lines call for 2.09 to 2.13 passes where air is transparent.

Reference: Foote et al., IEEE Trans. Geosci. Remote Sens. 58, 6507, 2020 (mag1c, BSD-3-Clause).
"""

from __future__ import annotations

import re

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.errors import ReadError
from sillage.spectra.source_file import SourceFile
from sillage.spectra.spectrum import STANDARD_HPA, Spectrum, number_density_cm3

COLUMN_PPM_M = (0.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)
PASSES = 2.0
TEMPERATURE_K = 296.0
RESOLUTION_CM = 4.0
_SAMPLE_CM = 0.5
_MOST_BANDS = 1_000_000


def read_mag1c(table: SourceFile, header: SourceFile, low_cm: float, high_cm: float) -> Spectrum:
    """Effective cross section of methane at 4 cm-1, from the radiance table of mag1c.

    Parameters
    ----------
    table
        `ch4.lut`, double precision.
    header
        The ENVI header that stands beside it.
    low_cm, high_cm
        Range, inside one of the windows of the atmosphere.

    Raises
    ------
    ReadError
        Header and table do not belong together, or no light comes through within the range.
    """
    wavelength_nm = _wavelengths(header)
    wanted = len(wavelength_nm) * len(COLUMN_PPM_M) * 8
    if len(table.content) != wanted:
        raise ReadError(
            table.name, f"has {len(table.content)} bytes where its header asks for {wanted}"
        )
    radiance = np.frombuffer(table.content, "<f8").reshape(len(wavelength_nm), -1)[::-1]
    wavenumber_cm = (1e7 / wavelength_nm)[::-1]
    if not (radiance > 0.0).all() or not np.isfinite(radiance).all():
        raise ReadError(table.name, "holds radiance that is not above zero")
    if low_cm < wavenumber_cm[0] or high_cm > wavenumber_cm[-1]:
        raise ReadError(
            table.name,
            f"reaches from {wavenumber_cm[0]:.1f} to {wavenumber_cm[-1]:.1f} cm-1, not over all of "
            f"{low_cm:g} to {high_cm:g} cm-1",
        )
    sampled = np.arange(low_cm, high_cm + 0.5 * _SAMPLE_CM, _SAMPLE_CM)
    return Spectrum(
        wavenumber_cm=sampled,
        cross_section_cm2=_seen(wavenumber_cm, radiance, sampled),
        temperature_K=TEMPERATURE_K,
        pressure_hPa=STANDARD_HPA,
        resolution_cm=RESOLUTION_CM,
        uncertainty=None,
        source="mag1c radiance table of methane (MODTRAN6): effective in sunlight, two passes",
        licence="BSD-3-Clause",
        file=table.name,
        sha256=table.sha256,
    )


def _wavelengths(header: SourceFile) -> Float[ndarray, " band"]:
    found = re.search(r"wavelength\s*=\s*\{([^}]*)\}", "\n".join(header.lines()))
    if not found:
        raise ReadError(header.name, "is no ENVI header with a list 'wavelength = {...}'")
    try:
        wavelength_nm = np.array([float(cell) for cell in found[1].split(",")])
    except ValueError as error:
        raise ReadError(header.name, f"wavelengths are not all numbers ({error})") from None
    rising = len(wavelength_nm) > 1 and (np.diff(wavelength_nm) > 0.0).all()
    if not rising or len(wavelength_nm) > _MOST_BANDS or wavelength_nm[0] <= 0.0:
        raise ReadError(header.name, "wavelengths do not rise throughout")
    return wavelength_nm


def _seen(
    wavenumber_cm: Float[ndarray, " bin"],
    radiance: Float[ndarray, "bin level"],
    sampled: Float[ndarray, " at"],
) -> Float[ndarray, " at"]:
    """Slope of log radiance at zero column, smoothed with the light that is there."""
    column_cm2 = np.array(COLUMN_PPM_M) * 1e-6 * 100.0 * number_density_cm3(TEMPERATURE_K)
    width = RESOLUTION_CM / np.sqrt(8.0 * np.log(2.0))
    bands = np.empty((len(sampled), len(column_cm2)))
    for index, centre in enumerate(sampled):
        a, b = np.searchsorted(
            wavenumber_cm, [centre - 3 * RESOLUTION_CM, centre + 3 * RESOLUTION_CM]
        )
        weight = np.exp(-0.5 * ((wavenumber_cm[a:b] - centre) / width) ** 2)
        bands[index] = weight @ radiance[a:b] / weight.sum()  # at level
    depth = -np.log(bands[:, 1:] / bands[:, :1])
    # Depth bends with column; the slope at zero is the first coefficient of a parabola through it.
    powers = np.stack([column_cm2[1:], column_cm2[1:] ** 2], axis=1)
    scale = powers.max(axis=0)
    slope = np.linalg.lstsq(powers / scale, depth.T, rcond=None)[0][0] / scale[0]
    return np.asarray(slope / PASSES)
