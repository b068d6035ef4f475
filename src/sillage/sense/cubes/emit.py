"""How is EMIT opened: radiance of L1B with its places, and the angles of the OBS file beside it.

Reference: EMIT L1B Algorithm Theoretical Basis Document, V1; user guide EMITL1BRAD.001. The
radiance lies in `radiance` (downtrack, crosstrack, bands), uW cm-2 sr-1 nm-1; wavelengths in
`sensor_band_parameters`, places in `location`, angles in `obs` of `EMIT_L1B_OBS_...`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sillage.errors import ReadError
from sillage.records.cube import About
from sillage.sense.cubes.hdf5_store import Hdf5Store, line_step, numbers_of, own_array, text_of
from sillage.sense.cubes.hints import Found, Hints, Spectrum, Store
from sillage.sense.cubes.names import span, told_by_name
from sillage.sense.cubes.places import ArrayPlaces

_OBS = ("path_length_m", "view_azimuth_deg", "view_zenith_deg", "sun_azimuth_deg", "sun_zenith_deg")
"""First bands of `obs`."""
_LOCATION = {"lon_deg": "lon", "lat_deg": "lat", "ground_height_m": "elev"}


def find_emit(file: Any, path: Path, hints: Hints) -> Found | None:
    """What an EMIT L1B file holds; None for another file.

    Raises
    ------
    ReadError
        It is EMIT, but reflectance (L2A) or angles (OBS).
    """
    if "sensor_band_parameters" not in file or "location" not in file:
        if "obs" in file and "sensor_band_parameters" in file:
            raise ReadError(hints.name, "holds the angles of EMIT; open the RAD file beside it")
        return None
    radiance = own_array(file, "radiance", hints.name)
    if radiance is None:
        for other in ("reflectance", "obs"):
            if other in file:
                raise ReadError(
                    hints.name, f"holds the {other} of EMIT; open EMIT_L1B_RAD of the same scene"
                )
        return None
    if radiance.ndim != 3:
        return None
    shape = radiance.shape
    store = Hdf5Store(path, "/radiance", (0, 1, 2), shape, radiance.dtype.str)
    stores = _places(file, path, shape, hints)
    beside = _obs_beside(path)
    notes: tuple[str, ...] = ()
    if beside is None:
        notes = ("no EMIT_L1B_OBS file lies beside it: angles of view and sun are not known",)
    elif stores:
        stores |= _angles(beside, shape)
    _, _, started = told_by_name(path.name)
    start = text_of(file, "time_coverage_start") or ""
    return Found(
        store=store,
        about=About(
            name=hints.name,
            files=(path,) if beside is None else (path, beside),
            platform="ISS",
            instrument="EMIT",
            observed_at=span(start, text_of(file, "time_coverage_end") or start) or started,
            line_step=line_step(radiance, 0),
        ),
        spectrum=_spectrum(file, hints),
        unit=text_of(radiance, "units", "unit") or "uW cm-2 sr-1 nm-1",
        ignore=(*numbers_of(radiance, "_FillValue"), -9999.0),
        places=ArrayPlaces(stores) if stores else None,
        assumptions=notes,
    )


def _spectrum(file: Any, hints: Hints) -> Spectrum | None:
    columns: dict[str, Any] = {}
    for name, spellings in {
        "centre": ("wavelengths", "radiance_wl"),
        "fwhm": ("fwhm", "radiance_fwhm"),
        "good": ("good_wavelengths",),
    }.items():
        for spelling in spellings:
            array = own_array(file, f"sensor_band_parameters/{spelling}", hints.name)
            if array is not None:
                columns[name] = np.asarray(array[()], dtype=np.float64).reshape(-1)
                break
    if "centre" not in columns:
        return None
    bad = None if "good" not in columns else ~(columns["good"] > 0.0)
    return Spectrum(columns["centre"], "nm", columns.get("fwhm"), bad)


def _places(
    file: Any, path: Path, shape: tuple[int, int, int], hints: Hints
) -> dict[str, tuple[Store, int]]:
    stores: dict[str, tuple[Store, int]] = {}
    for name, spelling in _LOCATION.items():
        array = own_array(file, f"location/{spelling}", hints.name)
        if array is not None and array.shape == shape[:2]:
            store = Hdf5Store(path, array.name, (0, 1), (*shape[:2], 1), array.dtype.str)
            stores[name] = (store, 0)
    return stores if {"lon_deg", "lat_deg"} <= set(stores) else {}


def _obs_beside(path: Path) -> Path | None:
    for radiance, angles in (("_RAD_", "_OBS_"), ("_rad_", "_obs_")):
        beside = path.with_name(path.name.replace(radiance, angles))
        if beside != path and beside.is_file():
            return beside
    return None


def _angles(path: Path, shape: tuple[int, int, int]) -> dict[str, tuple[Store, int]]:
    import h5py

    with h5py.File(path, "r") as file:
        obs = own_array(file, "obs", path.name)
        if obs is None or obs.ndim != 3 or obs.shape[:2] != shape[:2]:
            raise ReadError(
                path.name, f"lies beside the radiance but has no 'obs' of {shape[:2]} pixels; "
                "it belongs to another scene: remove it"
            )  # fmt: skip
        store = Hdf5Store(path, "/obs", (0, 1, 2), obs.shape, obs.dtype.str)
    return {name: (store, band) for band, name in enumerate(_OBS) if band < store.shape[2]}
