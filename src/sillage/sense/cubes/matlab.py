"""How is a cube in a MATLAB file opened, as benchmarks are handed round?

Version 5 is read by scipy, which holds one variable in memory (it is at most 2 GB by its format);
version 7.3 is HDF5 with the axes in reverse. Neither runs anything that is in the file. Such cuts
rarely have wavelengths: they come with a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.errors import ReadError
from sillage.records.cube import About, Cube, Indices
from sillage.sense.cubes.hdf5 import find_array
from sillage.sense.cubes.hints import Found, Hints, Spectrum
from sillage.sense.cubes.names import told_by_name
from sillage.sense.cubes.settle import settle
from sillage.sense.cubes.wavelengths import spectrum_of

_NUMBERS = {"double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32",
            "int64", "uint64"}  # fmt: skip
_CENTRES = ("wavelength_nm", "wavelengths", "wavelength", "wl", "centers", "lambda")


@dataclass(frozen=True, eq=False)
class ArrayStore:
    """Numbers that are in memory; see `sillage.sense.cubes.hints.Store`."""

    numbers: NDArray[Any]
    """Line, sample, band."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Lines, samples, bands."""
        lines, samples, bands = self.numbers.shape
        return lines, samples, bands

    @property
    def dtype(self) -> np.dtype[Any]:
        """Number format, in this machine's byte order."""
        return self.numbers.dtype.newbyteorder("=")

    def piece(self, start: int, stop: int, bands: Indices) -> NDArray[Any]:
        """Some lines and bands: line, sample, band."""
        return np.ascontiguousarray(self.numbers[start:stop][..., bands], dtype=self.dtype)


def open_matlab(path: Path, head: bytes, hints: Hints) -> Cube | None:
    """MATLAB files of version 5 and 7.3, with wavelengths in them or in a table."""
    if head.startswith(b"MATLAB 7.3"):
        return settle(_find_hdf5(path, hints), hints)
    if head.startswith(b"MATLAB 5.0"):
        return settle(_find_v5(path, hints), hints)
    if path.suffix.lower() == ".mat" and not head.startswith(b"\x89HDF"):
        raise ReadError(hints.name, "is no MATLAB file of version 5 or 7.3; save it with '-v7.3'")
    return None


def _find_hdf5(path: Path, hints: Hints) -> Found:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            found = find_array(file, path, hints, reverse=True, unlike="#refs#")
    except (OSError, RuntimeError, KeyError) as error:
        raise _not_whole(hints.name, error) from None
    return found


def _find_v5(path: Path, hints: Hints) -> Found:
    import scipy.io

    try:
        listed = {name: shape for name, shape, kind in scipy.io.whosmat(path) if kind in _NUMBERS}
        variable = _chosen(listed, hints)
        centres = [one for one in _CENTRES if one in listed and variable != one]
        wanted = [variable, *centres[:1], *(["fwhm"] if "fwhm" in listed else [])]
        content = scipy.io.loadmat(path, variable_names=wanted)
        numbers = np.asarray(content[variable])
    except ReadError:
        raise
    except Exception as error:  # noqa: BLE001  # scipy raises whatever a damaged file leads to
        raise _not_whole(hints.name, error) from None
    if numbers.ndim != 3 or numbers.dtype.kind not in "iuf":
        raise ReadError(hints.name, f"'{variable}' is {numbers.dtype} {numbers.shape}, no radiance")
    notes = ["columns of the array are taken as columns of the detector"]
    axis = _band_axis(numbers.shape, content, centres, hints)
    if axis is None:
        axis = 2
        notes.append(f"which axis of '{variable}' holds the bands is not said: taken as the last")
    instrument, platform, started = told_by_name(path.name)
    return Found(
        store=ArrayStore(np.moveaxis(numbers, axis, 2)),
        about=About(
            name=hints.name,
            files=(path,),
            platform=platform,
            instrument=instrument,
            observed_at=started,
        ),
        spectrum=_spectrum(content, centres, numbers.shape[axis]),
        quantity=variable,
        assumptions=tuple(notes),
    )


def _chosen(listed: dict[str, tuple[int, ...]], hints: Hints) -> str:
    cubes = [name for name, shape in listed.items() if len(shape) == 3]
    said = ", ".join(f"'{name}' {shape}" for name, shape in listed.items()) or "none"
    if hints.variable is not None:
        if hints.variable not in cubes:
            raise ReadError(
                hints.name, f"no array '{hints.variable}' of three axes; there are {said}"
            )
        return hints.variable
    if len(cubes) != 1:
        raise ReadError(hints.name, f"which array is the radiance? variable='...'; there: {said}")
    return cubes[0]


def _band_axis(
    shape: tuple[int, ...], content: dict[str, Any], centres: list[str], hints: Hints
) -> int | None:
    """The axis that is as long as the wavelengths, if one is."""
    count = np.size(content[centres[0]]) if centres else 0
    if hints.wavelengths is not None:
        given = spectrum_of(hints.wavelengths)
        count = 0 if given.first_band else len(given.centre)
    fitting = [axis for axis, length in enumerate(shape) if length == count]
    return fitting[0] if len(fitting) == 1 else None


def _spectrum(content: dict[str, Any], centres: list[str], bands: int) -> Spectrum | None:
    if not centres:
        return None
    width = content.get("fwhm")
    fwhm = None if width is None else np.asarray(width, dtype=np.float64).reshape(-1)
    centre = np.asarray(content[centres[0]], dtype=np.float64).reshape(-1)
    unit = "nm" if centres[0].endswith("_nm") else None
    fits = fwhm is not None and len(fwhm) == bands
    return Spectrum(centre, unit, fwhm if fits else None, said_by=f"'{centres[0]}'")


def _not_whole(name: str, error: Exception) -> ReadError:
    return ReadError(
        name, f"is no whole MATLAB file: {str(error)[:120]}; was the copy cut short? Copy it again"
    )
