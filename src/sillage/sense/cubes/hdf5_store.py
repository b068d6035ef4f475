"""How are lines of an HDF5 array read, whatever the order of its axes and the size of its chunks?

The file is opened for each piece and closed again, so that a cube can be sent to other
processes; pieces that begin and end at chunks are read once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.errors import ReadError
from sillage.records.cube import Indices

_FEW = 4
"""Bands are read in one stretch unless that is this many times more than what is wanted."""


@dataclass(frozen=True)
class Hdf5Store:
    """Numbers of one array of an HDF5 file; see `sillage.sense.cubes.hints.Store`."""

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
        if start == stop or not bands.size:
            return np.empty((stop - start, self.shape[1], len(bands)), self.dtype)
        import h5py

        try:
            with h5py.File(self.path, "r") as file:
                parts = [self._stretch(file[self.variable], start, stop, *ends)
                         for ends in _stretches(np.unique(bands))]  # fmt: skip
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise ReadError(
                str(self.path),
                f"lines {start} to {stop} of '{self.variable}' cannot be read: "
                f"{str(error)[:120]}; was the copy cut short? Copy it again",
            ) from None
        read = np.concatenate([np.arange(*ends) for ends in _stretches(np.unique(bands))])
        piece = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)
        places = np.searchsorted(read, bands)
        if len(places) == len(read) and (np.diff(places) == 1).all():
            return np.ascontiguousarray(piece, dtype=self.dtype)
        return np.ascontiguousarray(piece[..., places], dtype=self.dtype)

    def _stretch(self, array: Any, start: int, stop: int, first: int, last: int) -> NDArray[Any]:
        wanted = [slice(None)] * array.ndim
        wanted[self.axes[0]] = slice(start, stop)
        if len(self.axes) == 3:
            wanted[self.axes[2]] = slice(first, last)
        piece: NDArray[Any] = array[tuple(wanted)].transpose(self.axes)
        return piece if len(self.axes) == 3 else piece[..., None]  # line sample band


def _stretches(bands: Indices) -> list[tuple[int, int]]:
    """Starts and stops of what is read for some rising bands."""
    if bands[-1] + 1 - bands[0] <= _FEW * len(bands):
        return [(int(bands[0]), int(bands[-1]) + 1)]
    cuts = np.flatnonzero(np.diff(bands) > _FEW) + 1
    return [(int(run[0]), int(run[-1]) + 1) for run in np.split(bands, cuts)]


def own_array(file: Any, name: str, told: str) -> Any:
    """An array that lies in the file itself; None where there is none of that name.

    Raises
    ------
    ReadError
        It is a link to another file, or its numbers lie in one: such are not followed.
    """
    import h5py

    link = None
    for depth in range(1, len(name.strip("/").split("/")) + 1):
        link = file.get("/".join(name.strip("/").split("/")[:depth]), getlink=True)
        if link is None or isinstance(link, h5py.ExternalLink):
            break
    outside = isinstance(link, h5py.ExternalLink)
    array: Any = None if outside or link is None else file.get(name)
    if not outside and not isinstance(array, h5py.Dataset):
        return None
    if outside or array.external or array.is_virtual or array.file.filename != file.filename:
        raise ReadError(
            told, f"'{name}' lies in another file; open that one, or copy the array into this"
        )
    return array


def line_step(array: Any, line_axis: int) -> int:
    """Lines that are stored in one piece."""
    chunks = array.chunks
    return 1 if chunks is None else int(chunks[line_axis])


def attribute(thing: Any, *names: str) -> Any:
    """The first of some attributes, as text or numbers; None where there is none of them."""
    for name in names:
        if name in thing.attrs:
            try:
                value = thing.attrs[name]
            except (OSError, TypeError):  # a type that is not understood here
                continue
            if isinstance(value, bytes):
                return value.decode("utf-8", "replace")
            if isinstance(value, np.ndarray) and value.size == 1:
                value = value.reshape(-1)[0]
            if isinstance(value, bytes):
                return value.decode("utf-8", "replace")
            return value.item() if isinstance(value, np.generic) else value
    return None


def text_of(thing: Any, *names: str) -> str | None:
    """The first of some attributes that is text."""
    value = attribute(thing, *names)
    return value if isinstance(value, str) and value.strip() else None


def numbers_of(thing: Any, *names: str) -> tuple[float, ...]:
    """The numbers of the first of some attributes that has some."""
    value = attribute(thing, *names)
    try:
        return () if value is None else tuple(np.asarray(value, dtype=np.float64).reshape(-1))
    except (TypeError, ValueError):
        return ()


def plane(array: Any, path: Path, shape: tuple[int, int]) -> Hdf5Store | None:
    """An array of places or angles, if it has the cube's lines and samples."""
    if array.shape != shape or array.dtype.kind not in "iuf":
        return None
    return Hdf5Store(path, array.name, (0, 1), (*shape, 1), array.dtype.str)
