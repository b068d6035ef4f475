"""How do the numbers of an ENVI file lie on disk, and how many of its lines are whole?

A piece is mapped, copied out and let go: memory grows with the piece, not with the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sillage.errors import ReadError
from sillage.records.cube import Indices
from sillage.records.provenance import Masked
from sillage.sense.cubes.envi_header import Header

DTYPES = {1: "u1", 2: "i2", 3: "i4", 4: "f4", 5: "f8", 12: "u2", 13: "u4", 14: "i8", 15: "u8"}
"""Number formats by ENVI's `data type`."""
_COMPLEX = {6, 9}
Interleave = Literal["bsq", "bil", "bip"]
_AXES: dict[str, tuple[int, int, int]] = {"bsq": (1, 2, 0), "bil": (0, 2, 1), "bip": (0, 1, 2)}
"""Where line, sample and band stand among the axes on disk."""


@dataclass(frozen=True)
class EnviStore:
    """Numbers of an ENVI file; see `sillage.sense.cubes.hints.Store`."""

    path: Path
    stored: str
    """Number format on disk, with its byte order."""
    interleave: Interleave
    offset_bytes: int
    disk_lines: int
    """Lines that the header speaks of."""
    lines: int
    """Lines that are there."""
    samples: int
    bands: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Lines, samples, bands."""
        return self.lines, self.samples, self.bands

    @property
    def dtype(self) -> np.dtype[Any]:
        """Number format, in this machine's byte order."""
        return np.dtype(self.stored).newbyteorder("=")

    def piece(self, start: int, stop: int, bands: Indices) -> NDArray[Any]:
        """Some lines and bands: line, sample, band."""
        if start == stop or not bands.size:
            return np.empty((stop - start, self.samples, len(bands)), self.dtype)
        whole = self._mapped()
        consecutive = bool((np.diff(bands) == 1).all())
        chosen = slice(bands[0], bands[-1] + 1) if consecutive else bands
        index = {"bsq": (chosen, slice(start, stop)), "bil": (slice(start, stop), chosen),
                 "bip": (slice(start, stop), slice(None), chosen)}[self.interleave]  # fmt: skip
        piece = whole[index].transpose(_AXES[self.interleave])  # line sample band
        return np.array(piece, dtype=self.dtype, order="C")

    def _mapped(self) -> NDArray[Any]:
        """All of the file as it lies on disk; nothing of it is read before it is looked at."""
        lengths = {0: self.disk_lines, 1: self.samples, 2: self.bands}
        axes = _AXES[self.interleave]
        shape = [lengths[axes.index(axis)] for axis in range(3)]
        if self.interleave != "bsq":
            shape[0] = self.lines
        elif self.lines < self.disk_lines:
            return self._mapped_short()
        try:
            return np.memmap(self.path, self.stored, "r", self.offset_bytes, tuple(shape))
        except (OSError, ValueError, OverflowError) as error:
            raise ReadError(
                str(self.path), f"can no longer be read as it was opened: {error}"
            ) from None

    def _mapped_short(self) -> NDArray[Any]:
        """A band-sequential file whose last band is cut: its bands begin where they would."""
        size = np.dtype(self.stored).itemsize
        plane = self.disk_lines * self.samples
        count = plane * (self.bands - 1) + self.lines * self.samples
        flat = np.memmap(self.path, self.stored, "r", self.offset_bytes, (count,))
        return np.lib.stride_tricks.as_strided(
            flat,
            (self.bands, self.lines, self.samples),
            (plane * size, self.samples * size, size),
            writeable=False,
        )


def open_data(
    header: Header, path: Path, name: str, *, whole_lines: bool
) -> tuple[EnviStore, tuple[Masked, ...]]:
    """The numbers that a header describes, and the lines that are missing.

    Parameters
    ----------
    header
        Of the file.
    path
        The file with the numbers.
    name
        As the user calls it, for messages.
    whole_lines
        Whether to open what is whole of a file that is cut short.

    Raises
    ------
    ReadError
        The format is none that holds radiance, or the file is too short for it.
    """
    lines, samples, bands = (header.whole(key) for key in ("lines", "samples", "bands"))
    stored = _number_format(header, name)
    interleave = (header.text("interleave") or "").lower()
    if interleave not in _AXES:
        raise ReadError(header.file, f"interleave = '{interleave[:20]}'; write bsq, bil or bip")
    offset = header.whole("header offset", 0)
    if not lines * samples * bands:
        raise ReadError(header.file, f"describes {lines} lines, {samples} samples, {bands} bands")
    size = max(0, path.stat().st_size - offset)
    item = np.dtype(stored).itemsize
    missing: tuple[Masked, ...] = ()
    disk_lines = lines
    if size < item * lines * samples * bands:
        plane, row = item * lines * samples, item * samples
        if interleave == "bsq":
            lines = min(lines, max(0, size - plane * (bands - 1)) // row)
        else:
            lines = size // (row * bands)
        _see_offered(name, (lines, disk_lines), whole_lines=whole_lines,
                     bands=(size // plane, bands) if interleave == "bsq" else None)  # fmt: skip
        missing = (Masked(reason="line cut off", count=disk_lines - lines, total=disk_lines),)
    store = EnviStore(
        path, stored, interleave, offset, disk_lines, lines, samples, bands  # type: ignore[arg-type]  # seen above
    )  # fmt: skip
    return store, missing


def _number_format(header: Header, name: str) -> str:
    kind = header.whole("data type")
    if kind in _COMPLEX:
        raise ReadError(name, f"holds complex numbers (data type {kind}); radiance is real")
    if kind not in DTYPES:
        known = ", ".join(map(str, DTYPES))
        raise ReadError(header.file, f"data type = {kind} is none of {known}")
    if header.whole("file compression", 0):
        raise ReadError(name, "is compressed; write it again without compression")
    for frame in ("major frame offsets", "minor frame offsets"):
        numbers = header.numbers(frame)
        if numbers is not None and numbers.any():
            raise ReadError(name, f"has '{frame}', which are not read; write it again without")
    order = header.whole("byte order", 0)
    if order not in {0, 1}:
        raise ReadError(header.file, f"byte order = {order}; write 0 (Intel) or 1 (network)")
    return np.dtype("<>"[order] + DTYPES[kind]).str


def _see_offered(
    name: str, lines: tuple[int, int], *, whole_lines: bool, bands: tuple[int, int] | None
) -> None:
    whole, all_lines = lines
    if bands is not None and not whole:
        raise ReadError(
            name,
            f"is cut short: {bands[0]} of {bands[1]} bands are whole and no line is (bsq); "
            "copy it again, or write the first bands to a file of their own",
        )
    if not whole:
        raise ReadError(name, f"is cut short: none of {all_lines} lines is whole; copy it again")
    if not whole_lines:
        raise ReadError(
            name,
            f"is cut short: {whole} of {all_lines} lines are whole; copy it again, "
            "or open those with whole_lines=True (--set whole_lines=true)",
        )
