"""How is AVIRIS-3 (and -5) netCDF opened: radiance, and the places and angles of its OBS file.

The radiance lies in `radiance/radiance` (wavelength, line, sample) with `wavelength` and `fwhm`
beside it, uW cm-2 sr-1 nm-1; `lon`, `lat` and `observation_parameters` stand in the file itself
or in the one called `..._OBS.nc` of the same flight line.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from sillage.errors import ReadError
from sillage.records.cube import About
from sillage.sense.cubes.hdf5_store import (
    Hdf5Store,
    line_step,
    numbers_of,
    own_array,
    plane,
    text_of,
)
from sillage.sense.cubes.hints import Found, Hints, Spectrum, Store
from sillage.sense.cubes.names import instant, told_by_name
from sillage.sense.cubes.places import ArrayPlaces

_LINE = re.compile(r"(?i)^(av\d\d{8}t\d{6}(?:_\d{3})?)")
_ARRAYS = {
    "lon_deg": ("lon", "longitude"),
    "lat_deg": ("lat", "latitude"),
    "ground_height_m": ("elev", "elevation"),
    "path_length_m": ("observation_parameters/path_length",),
    "view_azimuth_deg": ("observation_parameters/to_sensor_azimuth",),
    "view_zenith_deg": ("observation_parameters/to_sensor_zenith",),
    "sun_azimuth_deg": ("observation_parameters/to_sun_azimuth",),
    "sun_zenith_deg": ("observation_parameters/to_sun_zenith",),
}


def find_aviris3(file: Any, path: Path, hints: Hints) -> Found | None:
    """What an AVIRIS-3 L1B file holds; None for another file.

    Raises
    ------
    ReadError
        It is AVIRIS-3, but reflectance.
    """
    import h5py

    if isinstance(file.get("reflectance"), h5py.Group) and "radiance" not in file:
        raise ReadError(hints.name, "holds reflectance; open the L1B RDN file of the same line")
    if not isinstance(file.get("radiance"), h5py.Group):
        return None
    radiance = own_array(file, "radiance/radiance", hints.name)
    centre = own_array(file, "radiance/wavelength", hints.name)
    if radiance is None or centre is None or radiance.ndim != 3 or centre.ndim != 1:
        return None
    if radiance.shape[0] != len(centre):
        return None  # axes in another order: they are searched for
    shape = (radiance.shape[1], radiance.shape[2], radiance.shape[0])
    fwhm = own_array(file, "radiance/fwhm", hints.name)
    stores, files = _stores(file, path, shape, hints)
    instrument, platform, started = told_by_name(path.name)
    return Found(
        store=Hdf5Store(path, radiance.name, (1, 2, 0), shape, radiance.dtype.str),
        about=About(
            name=hints.name,
            files=files,
            platform=text_of(file, "platform") or platform,
            instrument=text_of(file, "instrument", "sensor") or instrument or "AVIRIS-3",
            observed_at=instant(text_of(file, "time_coverage_start") or "") or started,
            line_step=line_step(radiance, 1),
        ),
        spectrum=Spectrum(
            np.asarray(centre[()], dtype=np.float64),
            text_of(centre, "units") or "nm",
            None if fwhm is None else np.asarray(fwhm[()], dtype=np.float64).reshape(-1),
        ),
        unit=text_of(radiance, "units", "unit") or "uW cm-2 sr-1 nm-1",
        ignore=(*numbers_of(radiance, "_FillValue"), -9999.0),
        places=ArrayPlaces(stores) if stores else None,
        assumptions=() if stores else ("no OBS file lies beside it: places are not known",),
    )


def _stores(
    file: Any, path: Path, shape: tuple[int, int, int], hints: Hints
) -> tuple[dict[str, tuple[Store, int]], tuple[Path, ...]]:
    """Places and angles, and the files that they and the radiance are in."""
    import h5py

    stores = _in(file, path, shape, hints.name)
    files: tuple[Path, ...] = (path,)
    line = _LINE.match(path.name)
    if line is not None:
        for beside in sorted(path.parent.glob(f"{line[1]}*OBS*.nc")):
            with h5py.File(beside, "r") as other:
                found = _in(other, beside, shape, beside.name)
            if found:
                stores, files = stores | found, (path, beside)
                break
    return (stores, files) if {"lon_deg", "lat_deg"} <= set(stores) else ({}, (path,))


def _in(
    file: Any, path: Path, shape: tuple[int, int, int], told: str
) -> dict[str, tuple[Store, int]]:
    stores: dict[str, tuple[Store, int]] = {}
    for name, spellings in _ARRAYS.items():
        for spelling in spellings:
            array = own_array(file, spelling, told)
            store = None if array is None else plane(array, path, shape[:2])
            if store is not None:
                stores[name] = (store, 0)
                break
    return stores
