"""What would an instrument have seen, had there been a plume: gas put over a real scene, exactly?

Radiance is multiplied by the transmission of the gas, band by band, as the instrument's response
sees it: so strong columns bend as they do, and the truth is known to the last ppm m. Shapes of
plumes are outlines of real ones, filled from the rim inwards and mottled as eddies do.

Reference: Thompson et al., Atmos. Meas. Tech. 8, 2015 (plumes added to real scenes).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64
from numpy import ndarray

from sillage.errors import RecordError
from sillage.records.cube import Cube, MemoryCube
from sillage.spectra import swir

_LEVELS = 96  # columns whose transmission is computed; between them its logarithm is linear
_FINER = 4  # parts of a pixel's side in which an outline is drawn
_EDDY_PX = 1.5
_MOTTLED = 0.4  # standard deviation of the logarithm of the column by eddies


class Implanted(NamedTuple):
    """A scene with a plume, and the truth."""

    cube: MemoryCube
    column_ppm_m: Float64[ndarray, "line sample"]
    """Of the gas that was put there."""


def implant(
    cube: Cube, gas: str, column_ppm_m: Float[ndarray, "line sample"], *, air_mass: float = 2.0
) -> Implanted:
    """Put a gas over a scene in sunlight.

    Parameters
    ----------
    cube
        A scene without it.
    gas
        Of the library. Bands that it does not know stay as they are.
    column_ppm_m
        Vertical column in every pixel, 0 or more.
    air_mass
        Way of the light through it, down and up, over its height.

    Raises
    ------
    RecordError
        The columns are not those of the scene, or one is below 0.
    NoSpectrum
        The gas does not absorb, or is not known, where the instrument sees.
    """
    if column_ppm_m.shape != (cube.lines, cube.samples) or not (column_ppm_m >= 0.0).all():
        raise RecordError(
            f"columns of a plume are {(cube.lines, cube.samples)} and 0 or more; "
            f"these are {column_ppm_m.shape}, from {column_ppm_m.min():g}"
        )
    nm = cube.wavelength_nm
    fwhm = cube.fwhm_nm if cube.fwhm_nm is not None else np.abs(np.gradient(nm))
    level = np.linspace(0.0, max(float(column_ppm_m.max()), 1.0) ** 0.5, _LEVELS) ** 2
    left = swir.transmission(gas, level, nm, fwhm, air_mass=air_mass)
    depth = np.nan_to_num(np.log(np.maximum(left, 1e-30)))  # level band
    under = cube.read(0, cube.lines).astype(np.float64)
    where = column_ppm_m > 0.0
    for band in range(nm.size):
        under[where, band] *= np.exp(np.interp(column_ppm_m[where], level, depth[:, band]))
    scene = MemoryCube(
        under,
        nm,
        fwhm_nm=cube.fwhm_nm,
        bad=~cube.usable,
        wavelength_by_sample_nm=cube.wavelength_by_sample_nm,
        grid=cube.grid,
        place=cube.geolocation(0, cube.lines),
        about=cube.about,
        assumptions=cube.assumptions,
    )
    return Implanted(scene, column_ppm_m.astype(np.float64))


def plume_column(
    outline: Float[ndarray, "vertex 2"],
    shape: tuple[int, int],
    *,
    length_px: float,
    core_ppm_m: float,
    rng: np.random.Generator,
) -> Float64[ndarray, "line sample"]:
    """Columns of a plume with the outline of a real one, turned and placed at random.

    Parameters
    ----------
    outline
        Corners, in any unit.
    shape
        Lines and samples of the scene.
    length_px
        Longer side of the box about the outline, before it is turned.
    core_ppm_m
        Largest column.
    rng
        Turns, places and mottles it.
    """
    from rasterio.features import rasterize
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    corner = outline - outline.mean(axis=0)
    corner *= length_px / np.ptp(corner, axis=0).max()
    angle = rng.uniform(0.0, 2.0 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corner = corner @ turn
    corner -= corner.min(axis=0)
    room = np.maximum(np.array(shape[::-1]) - corner.max(axis=0) - 2.0, 1.0)
    corner = _FINER * (corner + 1.0 + rng.uniform(0.0, 1.0, 2) * room)
    fine = (_FINER * shape[0], _FINER * shape[1])
    ring = [tuple(point) for point in corner.tolist()]
    inside = rasterize(
        [({"type": "Polygon", "coordinates": [ring]}, 1)], out_shape=fine, all_touched=True
    )
    deep = distance_transform_edt(inside)
    deep = deep.reshape(shape[0], _FINER, shape[1], _FINER).mean(axis=(1, 3))
    eddies = gaussian_filter(rng.normal(size=shape), _EDDY_PX)
    column = deep * np.exp(_MOTTLED * eddies / eddies.std())
    if not column.any():
        raise RecordError("the outline has no inside; give one with three corners or more")
    return np.asarray(core_ppm_m * column / column.max())
