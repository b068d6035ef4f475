"""How is a cube in classic netCDF opened: the array of three axes, its numbers mapped.

Its names and axes are read as those of netCDF-4 are; see `sillage.sense.cubes.hdf5`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.errors import ReadError
from sillage.records.cube import About, Cube, Indices
from sillage.sense.cubes.hints import Found, Hints, Places, Spectrum
from sillage.sense.cubes.names import instant, told_by_name
from sillage.sense.cubes.places import ArrayPlaces
from sillage.sense.cubes.settle import settle

_MAGIC = (b"CDF\x01", b"CDF\x02")
_BAND = re.compile(r"(?i)band|wave|channel|lambda")
_RADIANCE = re.compile(r"(?i)radiance|^rad|^rdn")
_PLACE = {"lon_deg": ("lon", "longitude"), "lat_deg": ("lat", "latitude")}


@dataclass(frozen=True)
class Netcdf3Store:
    """Numbers of one array of a classic netCDF file; see `sillage.sense.cubes.hints.Store`."""

    path: Path
    variable: str
    axes: tuple[int, ...]
    """Which axis of the array is line, sample and band; two for a plane of one band."""
    shape: tuple[int, int, int]
    """Lines, samples, bands."""
    number_format: str

    @property
    def dtype(self) -> np.dtype[Any]:
        """Number format, in this machine's byte order."""
        return np.dtype(self.number_format).newbyteorder("=")

    def piece(self, start: int, stop: int, bands: Indices) -> NDArray[Any]:
        """Some lines and bands: line, sample, band."""
        from scipy.io import netcdf_file

        try:
            with netcdf_file(self.path, "r", mmap=True) as file:
                whole = file.variables[self.variable].data.transpose(self.axes)
                whole = whole if len(self.axes) == 3 else whole[..., None]  # line sample band
                piece = np.array(whole[start:stop][..., bands], dtype=self.dtype, order="C")
                del whole  # or the map could not be closed
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise ReadError(
                str(self.path), f"'{self.variable}' cannot be read: {error}; copy the file again"
            ) from None
        return piece


def open_netcdf3(path: Path, head: bytes, hints: Hints) -> Cube | None:
    """Classic netCDF (version 3), with wavelengths in it or in a table."""
    if not head.startswith(_MAGIC):
        return None
    from scipy.io import netcdf_file

    try:
        with netcdf_file(path, "r", mmap=True) as file:
            found = _found(file, path, hints)
    except (OSError, ValueError, KeyError, TypeError, IndexError, OverflowError) as error:
        raise ReadError(
            hints.name, f"is no whole netCDF file: {str(error)[:120]}; copy it again"
        ) from None
    return settle(found, hints)


def _found(file: Any, path: Path, hints: Hints) -> Found:
    shapes = {name: array.data.shape for name, array in file.variables.items()}
    variable = _chosen(shapes, hints)
    dimensions = file.variables[variable].dimensions
    bands = [axis for axis, name in enumerate(dimensions) if _BAND.search(name)]
    band = bands[0] if len(bands) == 1 else 2
    line, sample = (axis for axis in range(3) if axis != band)
    shape = tuple(shapes[variable][axis] for axis in (line, sample, band))
    instrument, platform, started = told_by_name(path.name)
    ignore = [_number(file.variables[variable], key) for key in ("_FillValue", "missing_value")]
    return Found(
        store=_store(file, path, variable, (line, sample, band)),
        about=About(
            name=hints.name,
            files=(path,),
            platform=_text(file, "platform") or platform,
            instrument=_text(file, "instrument") or instrument,
            observed_at=instant(_text(file, "time_coverage_start") or "") or started,
        ),
        spectrum=_spectrum(file, shape[2]),
        unit=_text(file.variables[variable], "units"),
        quantity=f"{variable} {_text(file.variables[variable], 'long_name') or ''}",
        gain=_number(file.variables[variable], "scale_factor") or 1.0,
        offset=_number(file.variables[variable], "add_offset") or 0.0,
        ignore=tuple(number for number in ignore if number is not None),
        places=_places(file, path, shape[:2]),
        assumptions=() if len(bands) == 1 else (f"the last axis of '{variable}' holds the bands",),
    )


def _chosen(shapes: dict[str, tuple[int, ...]], hints: Hints) -> str:
    cubes = [name for name, shape in shapes.items() if len(shape) == 3]
    listed = ", ".join(f"'{name}' {shape}" for name, shape in shapes.items()) or "none"
    if hints.variable is not None:
        if hints.variable not in cubes:
            raise ReadError(
                hints.name, f"no array '{hints.variable}' of three axes; there are {listed}"
            )
        return hints.variable
    chosen = cubes if len(cubes) == 1 else [name for name in cubes if _RADIANCE.search(name)]
    if len(chosen) != 1:
        raise ReadError(hints.name, f"which array is the radiance? variable='...'; there: {listed}")
    return chosen[0]


def _store(file: Any, path: Path, variable: str, axes: tuple[int, ...]) -> Netcdf3Store:
    data = file.variables[variable].data
    lengths = [*(data.shape[axis] for axis in axes), 1]
    shape = (lengths[0], lengths[1], lengths[2])
    return Netcdf3Store(path, variable, axes, shape, data.dtype.str)


def _spectrum(file: Any, bands: int) -> Spectrum | None:
    rows = {
        name: np.array(array.data, dtype=np.float64)
        for name, array in file.variables.items()
        if array.data.shape == (bands,) and array.data.dtype.kind in "iuf"
    }
    centre = next((name for name in rows if re.search(r"(?i)wave_?len|^wl|^wave$", name)), None)
    if centre is None:
        return None
    unit = _text(file.variables[centre], "units")
    return Spectrum(rows[centre], unit, rows.get("fwhm"), said_by=f"'{centre}'")


def _places(file: Any, path: Path, shape: tuple[int, ...]) -> Places | None:
    stores = {}
    for name, spellings in _PLACE.items():
        for spelling in spellings:
            if spelling in file.variables and file.variables[spelling].data.shape == shape:
                stores[name] = (_store(file, path, spelling, (0, 1)), 0)
    return ArrayPlaces(stores) if len(stores) == len(_PLACE) else None


def _text(thing: Any, name: str) -> str | None:
    value = getattr(thing, name, None)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else None


def _number(thing: Any, name: str) -> float | None:
    value = np.asarray(getattr(thing, name, None))
    return float(value.reshape(-1)[0]) if value.size == 1 and value.dtype.kind in "iuf" else None
