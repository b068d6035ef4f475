"""What does an imaging spectrometer write that flies over a world, and how is it kept?

Made-up ground, with the gas of the world over it as it lies at that moment (`overhead.py`), as an
ENVI cube on a map's grid.

Reference: Thompson et al., Atmos. Meas. Tech. 8, 4383, 2015 (absorption on the way down and up).
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from sillage.records.cube import MemoryCube
from sillage.simulate.airflow import Airflow
from sillage.simulate.overhead import View, columns_above
from sillage.simulate.scenes import implant
from sillage.simulate.world import Overflight, World
from sillage.spectra.swir import kg_per_ppm_m3

WAVELENGTH_NM = np.arange(2005.0, 2500.0, 10.0)
"""Bands of the window where most gases with a band below 2.5 um absorb."""
FWHM_NM = 10.0
SUN_ZENITH_DEG = 35.0
_AIR_MASS = 1.0 + 1.0 / np.cos(np.radians(SUN_ZENITH_DEG))
_MATERIALS = 5
_PATCH_PX = 6.0
_BRIGHT = 6.0  # W m-2 sr-1 um-1 at 2.0 um, over ground that reflects a third


def view_of(flight: Overflight) -> View:
    """The pixels of a picture."""
    box = flight.box
    return View(
        lines=max(2, round((box.north_m - box.south_m) / flight.pixel_m)),
        samples=max(2, round((box.east_m - box.west_m) / flight.pixel_m)),
        pixel_m=flight.pixel_m,
        west_m=box.west_m,
        north_m=box.north_m,
    )


def picture(
    world: World, flight: Overflight, air: Airflow, before: int, rng: np.random.Generator
) -> MemoryCube:
    """The radiance that a flight over a world finds.

    Parameters
    ----------
    world, flight
        The flight is of the world.
    air
        The world's wind, from `before` steps before the start.
    before
        Steps in which the air fills with gas.
    rng
        Draws eddies, ground and noise.
    """
    for_gas, for_ground = rng.spawn(2)
    view = view_of(flight)
    last = before + round(flight.at_s / world.step_s)
    until = air._replace(drift_m_s=air.drift_m_s[: max(last, 1)])
    kg_m2 = columns_above(world, until, view, for_gas, first_s=-before * world.step_s)
    ground = patchwork(view.lines, view.samples, for_ground, noise=flight.noise)
    return implant(ground, world.gas, kg_m2 / kg_per_ppm_m3(world.gas), air_mass=_AIR_MASS).cube


def patchwork(
    lines: int, samples: int, rng: np.random.Generator, *, noise: float = 0.003
) -> MemoryCube:
    """Ground of a few materials in patches, in changing light, with noise in each band.

    Parameters
    ----------
    lines, samples
        Size.
    rng
        Draws everything.
    noise
        One sigma of the radiance, as a share of it.
    """
    place = (WAVELENGTH_NM - WAVELENGTH_NM[0]) / np.ptp(WAVELENGTH_NM)  # band
    waves = np.outer(1.0 + np.arange(_MATERIALS), 5.0 * place) + np.arange(_MATERIALS)[:, None]
    materials = np.exp(-place) * (1.0 + 0.12 * np.sin(waves))  # material band
    share = np.stack([_smooth(rng, (lines, samples)) for _ in range(_MATERIALS)], axis=-1)
    share = np.exp(3.0 * share)
    share /= share.sum(axis=-1, keepdims=True)
    light = np.exp(0.25 * _smooth(rng, (lines, samples)))[..., None]
    radiance = _BRIGHT * light * (share @ materials)
    radiance *= 1.0 + noise * rng.standard_normal(radiance.shape)
    fwhm = np.full(WAVELENGTH_NM.size, FWHM_NM)
    return MemoryCube(radiance, WAVELENGTH_NM, fwhm_nm=fwhm)


def _smooth(rng: np.random.Generator, size: tuple[int, int]) -> Float64[ndarray, "line sample"]:
    """Unit noise in patches."""
    from scipy.ndimage import gaussian_filter

    patches = gaussian_filter(rng.standard_normal(size), _PATCH_PX)
    return np.asarray(patches / max(float(patches.std()), 1e-30))


def write_picture(cube: MemoryCube, world: World, flight: Overflight, folder: Path) -> None:
    """Write a picture as an ENVI cube, `picture_NAME.hdr` and `.bil`."""
    view = view_of(flight)
    radiance = cube.radiance.transpose(0, 2, 1).astype("<f4")
    (folder / f"picture_{flight.name}.bil").write_bytes(radiance.tobytes())
    west, north = map(float, world.origin.to_lonlat(view.west_m, view.north_m))
    far = view.west_m + view.samples * view.pixel_m, view.north_m - view.lines * view.pixel_m
    east, south = world.origin.to_lonlat(*far)
    right = float(east - west) / view.samples
    down = float(north - south) / view.lines
    place = f"Geographic Lat/Lon, 1, 1, {west!r}, {north!r}, {right!r}, {down!r}, WGS-84"
    when = world.start + timedelta(seconds=flight.at_s)
    words = {
        "description": f"{{made up: {world.name}}}",
        "samples": view.samples,
        "lines": view.lines,
        "bands": cube.wavelength_nm.size,
        "header offset": 0,
        "data type": 4,
        "interleave": "bil",
        "byte order": 0,
        "acquisition time": when.isoformat().replace("+00:00", "Z"),
        "map info": f"{{{place}}}",
        "sun elevation": 90.0 - SUN_ZENITH_DEG,
        "data units": "W/m^2/sr/um",
        "wavelength units": "Nanometers",
        "wavelength": f"{{{', '.join(f'{nm:.1f}' for nm in cube.wavelength_nm)}}}",
        "fwhm": f"{{{', '.join([f'{FWHM_NM:.1f}'] * cube.wavelength_nm.size)}}}",
    }
    text = "ENVI\n" + "".join(f"{key} = {value}\n" for key, value in words.items())
    (folder / f"picture_{flight.name}.hdr").write_text(text, encoding="utf-8", newline="\n")
