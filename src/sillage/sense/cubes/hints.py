"""What passes between the door and a reader of cubes: what the user says, and what a file says.

A reader is a plug-in of the group `sillage.cubes`; see `CubeReader`. The readers of the package
are `envi`, `geotiff`, `hdf5`, `matlab` and `netcdf3`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float64
from numpy import ndarray
from numpy.typing import NDArray

from sillage.records.cube import About, Cube, Geolocation, Indices
from sillage.records.provenance import Masked

HEAD_BYTES = 4096
"""What a reader sees of a file before it says whether the file is its own."""


class Hints(NamedTuple):
    """What the user says of a file that does not say it, or says it wrongly."""

    name: str
    """The file as the user wrote it, for messages."""
    wavelengths: str | Path | Sequence[float] | NDArray[np.float64] | None = None
    """Band centres, or a table of them: CSV, JSON, text, or an ENVI header."""
    variable: str | None = None
    """Name of the radiance in a file that holds several arrays."""
    unit: str | None = None
    """Unit of the radiance, or `counts`."""
    whole_lines: bool = False
    """Open the lines that are whole of a file that was cut short."""
    negative: Literal["mask", "keep"] = "mask"


@runtime_checkable
class CubeReader(Protocol):
    """A plug-in that opens one format."""

    def __call__(self, path: Path, head: bytes, hints: Hints) -> Cube | None:
        """The cube in a file, nothing of it read yet; None where the file is of another format.

        Parameters
        ----------
        path
            A file that can be read.
        head
            Its first `HEAD_BYTES`: the content decides, the suffix only where it cannot.
        hints
            What the user says of it.

        Raises
        ------
        ReadError
            It is of this format, and wrong: says what to do.
        """
        ...


@runtime_checkable
class Store(Protocol):
    """Numbers of a cube as they lie in a file, in the file's order of bands."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Lines, samples, bands."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Number format, in this machine's byte order."""
        ...

    def piece(self, start: int, stop: int, bands: Indices) -> NDArray[Any]:
        """Lines `start` to `stop` and the given bands: line, sample, band; may not be changed."""
        ...


@runtime_checkable
class Places(Protocol):
    """Where pixels lie and how they were seen."""

    def lines(self, start: int, stop: int) -> Geolocation:
        """Of the lines `start` to `stop`."""
        ...


class Spectrum(NamedTuple):
    """Centres of the bands as a file or a table gives them, in its order and its unit."""

    centre: Float64[ndarray, " band"]
    unit: str | None
    """As written; None where nothing is."""
    fwhm: Float64[ndarray, " band"] | None = None
    bad: Bool[ndarray, " band"] | None = None
    first_band: int = 0
    """Band of the file, from 0, that it begins at: the others stay closed."""
    by_sample: Float64[ndarray, "sample band"] | None = None
    said_by: str = "the file"


@dataclass(frozen=True)
class Found:
    """What a reader found, before its bands are put in order and its unit is settled."""

    store: Store
    about: About
    spectrum: Spectrum | None = None
    unit: str | None = None
    """As written."""
    quantity: str = ""
    """What else the file says of its numbers: a description, a name; `reflectance` is refused."""
    gain: Any = 1.0
    """Of each band or of all: number in the file times gain plus offset is in `unit`."""
    offset: Any = 0.0
    ignore: tuple[float, ...] = ()
    """Numbers in the file that stand for no value."""
    saturated: float | None = None
    """Number in the file from which on a value is saturated."""
    grid: Literal["sensor", "map"] = "sensor"
    places: Places | None = None
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = field(default=())
