"""How is a cube in HDF5 or netCDF-4 opened: EMIT and AVIRIS-3 as they are, others by search.

Of other files the radiance is the array that the user names, else the only one of three axes, or
the only one of these that is called radiance. Its wavelengths are an array as long as one axis.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.errors import ReadError
from sillage.records.cube import About, Cube
from sillage.sense.cubes.aviris3 import find_aviris3
from sillage.sense.cubes.emit import find_emit
from sillage.sense.cubes.hdf5_store import (
    Hdf5Store,
    attribute,
    line_step,
    numbers_of,
    own_array,
    plane,
    text_of,
)
from sillage.sense.cubes.hints import Found, Hints, Places, Spectrum
from sillage.sense.cubes.names import instant, told_by_name
from sillage.sense.cubes.places import ArrayPlaces
from sillage.sense.cubes.settle import settle
from sillage.sense.cubes.wavelengths import spectrum_of

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_MOST_ARRAYS = 5000
_RADIANCE = re.compile(r"(?i)radiance|\brad\b|\brdn\b|(?:^|/)(?:l1b?|toa)[^/]*$")
_WAVELENGTH = re.compile(r"(?i)wave_?len|wave_?number|lambda|band_?cent|\bwl\b|(?:^|/)(?:wave|cw)")
_WIDTH = re.compile(r"(?i)fwhm|band_?width")
_GOOD = re.compile(r"(?i)good_?(?:wave|band)|(?:^|/)bbl$")
_BAND_AXIS = re.compile(r"(?i)band|wave|channel|spectral|lambda")
_SAMPLE_AXIS = re.compile(r"(?i)sample|column|cross|(?:^|/)(?:x|lon|longitude|easting)$")
_PLACE = {
    "lon_deg": re.compile(r"(?i)(?:^|/)lon(?:gitude)?$"),
    "lat_deg": re.compile(r"(?i)(?:^|/)lat(?:itude)?$"),
    "ground_height_m": re.compile(r"(?i)(?:^|/)elev(?:ation)?$|surface_altitude$"),
    "view_zenith_deg": re.compile(r"(?i)(?:sensor|view(?:ing)?|satellite)_zenith(?:_angle)?$"),
    "view_azimuth_deg": re.compile(r"(?i)(?:sensor|view(?:ing)?|satellite)_azimuth(?:_angle)?$"),
    "sun_zenith_deg": re.compile(r"(?i)(?:sun|solar)_zenith(?:_angle)?$"),
    "sun_azimuth_deg": re.compile(r"(?i)(?:sun|solar)_azimuth(?:_angle)?$"),
}


def open_hdf5(path: Path, head: bytes, hints: Hints) -> Cube | None:
    """HDF5 and netCDF-4: EMIT, AVIRIS-3, and any array of three axes with its wavelengths."""
    if not _is_hdf5(head):
        return None
    import h5py

    try:
        with h5py.File(path, "r") as file:
            known = None
            if hints.variable is None:
                known = find_emit(file, path, hints) or find_aviris3(file, path, hints)
            found = known or find_array(file, path, hints)
    except (OSError, RuntimeError, KeyError) as error:
        raise ReadError(
            hints.name,
            f"is no whole HDF5 file: {str(error)[:120]}; was the copy cut short? Copy it again",
        ) from None
    return settle(found, hints)


def _is_hdf5(head: bytes) -> bool:
    if head.startswith(SIGNATURE):
        return True
    # A block of the user's own may stand before it: 512 bytes, or twice that, and so on.
    return not head.startswith(b"MATLAB") and any(
        head[at : at + len(SIGNATURE)] == SIGNATURE for at in (512, 1024, 2048)
    )


def find_array(
    file: Any, path: Path, hints: Hints, *, reverse: bool = False, unlike: str = ""
) -> Found:
    """The radiance of a file of no known product.

    Parameters
    ----------
    file
        Opened by h5py.
    path, hints
        As the door gives them.
    reverse
        Whether axes are stored in reverse, as MATLAB does.
    unlike
        Names that begin so are no arrays of the user's.

    Raises
    ------
    ReadError
        There is none, or several; lists them.
    """
    arrays = _arrays(file, hints.name, unlike)
    array = _chosen(file, arrays, hints)
    spectrum, lengths = _spectrum(array, arrays, hints)
    axes, notes = _axes(array, lengths, hints.name, reverse=reverse)
    shape = (array.shape[axes[0]], array.shape[axes[1]], array.shape[axes[2]])
    store = Hdf5Store(path, array.name, axes, shape, array.dtype.str)
    instrument, platform, started = told_by_name(path.name)
    taken = text_of(file, "time_coverage_start", "acquisition_time", "start_time")
    return Found(
        store=store,
        about=About(
            name=hints.name,
            files=(path,),
            platform=text_of(file, "platform") or platform,
            instrument=text_of(file, "instrument", "sensor") or instrument,
            observed_at=instant(taken or "") or started,
            line_step=line_step(array, axes[0]),
        ),
        spectrum=spectrum,
        unit=text_of(array, "units", "unit", "Units", "Unit"),
        quantity=" ".join(filter(None, (array.name, text_of(array, "long_name", "description")))),
        gain=_one(array, 1.0, "scale_factor", "scale", "Scale"),
        offset=_one(array, 0.0, "add_offset", "offset", "Offset"),
        ignore=numbers_of(array, "_FillValue", "missing_value", "fill_value", "no_data"),
        places=_places(arrays, path, shape, reverse=reverse),
        assumptions=notes,
    )


def _arrays(file: Any, name: str, unlike: str) -> dict[str, Any]:
    """Every array of numbers in the file itself, by name; links are not followed."""
    import h5py

    arrays: dict[str, Any] = {}

    def see(path: str, thing: Any) -> bool | None:
        hidden = bool(unlike) and path.startswith(unlike)
        if isinstance(thing, h5py.Dataset) and thing.dtype.kind in "iuf" and not hidden:
            arrays[path] = thing
        return True if len(arrays) > _MOST_ARRAYS else None

    if file.visititems(see):
        raise ReadError(name, f"holds over {_MOST_ARRAYS} arrays; name one: variable='...'")
    return arrays


def _chosen(file: Any, arrays: dict[str, Any], hints: Hints) -> Any:
    cubes = [path for path, array in arrays.items() if array.ndim == 3 and min(array.shape) > 0]
    listed = ", ".join(f"'{path}' {arrays[path].shape}" for path in cubes[:12]) or "none"
    if hints.variable is not None:
        array = own_array(file, hints.variable, hints.name)
        if array is None or array.ndim != 3 or array.dtype.kind not in "iuf":
            raise ReadError(
                hints.name, f"no array '{hints.variable}' of three axes; there are {listed}"
            )
        return array
    named = [path for path in cubes if _RADIANCE.search(path)]
    chosen = cubes if len(cubes) == 1 else named
    if len(chosen) != 1:
        raise ReadError(hints.name, f"which array is the radiance? variable='...'; there: {listed}")
    return own_array(file, chosen[0], hints.name)


def _spectrum(array: Any, arrays: dict[str, Any], hints: Hints) -> tuple[Spectrum | None, set[int]]:
    """Wavelengths that fit an axis of the array, and how many bands there may be."""
    if hints.wavelengths is not None:
        given = spectrum_of(hints.wavelengths)
        return None, {len(given.centre)} if not given.first_band else set()
    on_array = numbers_of(array, "wavelengths", "wavelength", "Wavelengths", "Wavelength_nm")
    if len(on_array) in array.shape:
        unit = text_of(array, "wavelength_units", "wavelength_unit", "Wavelength_unit")
        fwhm = numbers_of(array, "fwhm", "FWHM")
        width = np.array(fwhm) if len(fwhm) == len(on_array) else None
        return Spectrum(np.array(on_array), unit, width), {len(on_array)}
    fits = {
        path: one
        for path, one in arrays.items()
        if one.size in array.shape and max(one.shape, default=0) == one.size and one.size > 1
    }
    centres = [path for path in fits if _WAVELENGTH.search(path) and not _WIDTH.search(path)]
    centres = [path for path in centres if not _GOOD.search(path)]
    if not centres:
        return None, set()
    # The nearest in the tree of groups, then the shortest name.
    group = array.name.strip("/").rpartition("/")[0]
    path = min(centres, key=lambda one: (not one.startswith(group), len(one)))
    centre = _row(arrays[path])
    beside = {name: _row(one) for name, one in fits.items() if one.size == len(centre)}
    width = next((one for name, one in beside.items() if _WIDTH.search(name)), None)
    good = next((one for name, one in beside.items() if _GOOD.search(name)), None)
    unit = text_of(arrays[path], "units", "unit", "Units")
    if unit is None and re.search(r"(?i)wave_?number", path):
        unit = "cm-1"
    return Spectrum(
        centre, unit, width, None if good is None else ~(good > 0.0), said_by=f"'{path}'"
    ), {len(centre)}


def _row(array: Any) -> NDArray[np.float64]:
    row: NDArray[np.float64] = np.asarray(array[()], dtype=np.float64).reshape(-1)
    return row


def _axes(
    array: Any, lengths: set[int], name: str, *, reverse: bool
) -> tuple[tuple[int, int, int], tuple[str, ...]]:
    """Which axis is line, sample and band: by its name, else by the number of wavelengths."""
    labels = [_label(array, axis) for axis in range(3)]
    bands = [axis for axis, label in enumerate(labels) if _BAND_AXIS.search(label)]
    fitting = [axis for axis in range(3) if array.shape[axis] in lengths]
    notes: tuple[str, ...] = ()
    if len(bands) != 1:
        bands = fitting
    if len(bands) != 1:
        bands = [0 if reverse else 2]
        notes = (f"which axis of '{array.name}' holds the bands is not said: taken as the last",)
        if lengths and not fitting:
            raise ReadError(
                name, f"'{array.name}' is {array.shape}; no axis has {max(lengths)} wavelengths"
            )
    line, sample = [axis for axis in range(3) if axis != bands[0]][:: -1 if reverse else 1]
    if _SAMPLE_AXIS.search(labels[line]) and not _SAMPLE_AXIS.search(labels[sample]):
        line, sample = sample, line
    return (line, sample, bands[0]), notes


def _label(array: Any, axis: int) -> str:
    """Name of an axis: its own, or that of the array that is its scale."""
    dimension = array.dims[axis]
    if dimension.label:
        return str(dimension.label)
    try:
        scale = dimension[0]
    except (RuntimeError, IndexError, KeyError):
        return ""
    return str(scale.name).rpartition("/")[2]


def _one(array: Any, default: float, *names: str) -> float:
    numbers = numbers_of(array, *names)
    return float(numbers[0]) if len(numbers) == 1 else default


def _places(
    arrays: dict[str, Any], path: Path, shape: tuple[int, int, int], *, reverse: bool
) -> Places | None:
    if reverse:
        return None
    stores = {}
    for name, pattern in _PLACE.items():
        named = [one for key, one in arrays.items() if pattern.search(key)]
        fitting = [store for one in named if (store := plane(one, path, shape[:2])) is not None]
        if fitting:
            stores[name] = (fitting[0], 0)
    if not {"lon_deg", "lat_deg"} <= set(stores):
        return None
    fill = attribute(arrays[stores["lon_deg"][0].variable.strip("/")], "_FillValue")
    return ArrayPlaces(stores, ignore=float(fill) if isinstance(fill, int | float) else -9999.0)
