"""How do rooms read a radiance cube that may be larger than memory: by lines, in one unit.

`sense` opens files as cubes, `simulate` makes them, `retrieve` and `detect` read them. A cube is
no record: it has no id. `sillage.sense.cubes.scene_of` describes one as a `Scene`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int, Int64
from numpy import ndarray

from sillage.errors import RecordError
from sillage.records.base import Interval
from sillage.records.place import HeightAbove
from sillage.records.provenance import Masked

Indices = Int[ndarray, " chosen"]
"""Places of chosen bands, counted from 0 in the order of `Cube.wavelength_nm`."""


class Geolocation(NamedTuple):
    """Where the pixels of some lines lie, and from where and in which light they were seen.

    Angles are None where the file does not tell them; NaN where a pixel has none.
    """

    lon_deg: Float64[ndarray, "line sample"]
    """Pixel centres on the ground, WGS 84."""
    lat_deg: Float64[ndarray, "line sample"]
    ground_height_m: Float32[ndarray, "line sample"] | None = None
    """Above the ellipsoid."""
    view_zenith_deg: Float32[ndarray, "line sample"] | None = None
    view_azimuth_deg: Float32[ndarray, "line sample"] | None = None
    """From the ground towards the sensor, clockwise from north."""
    sun_zenith_deg: Float32[ndarray, "line sample"] | None = None
    sun_azimuth_deg: Float32[ndarray, "line sample"] | None = None
    """From the ground towards the sun, clockwise from north."""
    path_length_m: Float32[ndarray, "line sample"] | None = None
    """From the ground to the sensor."""
    time_ns: Int64[ndarray, " line"] | None = None
    """When each line was taken, UTC since 1970."""

    def of(self, start: int, stop: int) -> Geolocation:
        """Some of its lines."""
        some: dict[str, Any] = {
            name: None if array is None else array[start:stop]
            for name, array in self._asdict().items()
        }
        return Geolocation(**some)


class About(NamedTuple):
    """What is known of an acquisition beside its numbers; None where the file does not say."""

    name: str = "cube"
    """As the user named it."""
    files: tuple[Path, ...] = ()
    """Every file that is read, the radiance first; none for a cube in memory."""
    platform: str | None = None
    instrument: str | None = None
    observed_at: Interval | None = None
    sensor_height_m: float | None = None
    height_above: HeightAbove | None = None
    quantity: Literal["radiance", "counts"] = "radiance"
    """`counts`: numbers in proportion to radiance, of an unknown scale (then it is assumed so)."""
    line_step: int = 1
    """Lines that are stored in one piece: reads that begin and end at its multiples cost least."""


@runtime_checkable
class Cube(Protocol):
    """At-sensor radiance by line, sample and band, read piece by piece.

    Bands are in order of rising wavelength whatever the file does. A cube may be read from many
    threads, and sent to other processes by pickle: it holds names of files, never open ones.
    """

    @property
    def lines(self) -> int:
        """Rows: along the flight of a sensor, or along y of a map."""
        ...

    @property
    def samples(self) -> int:
        """Pixels of a line: across the flight (one detector column each), or along x of a map."""
        ...

    @property
    def wavelength_nm(self) -> Float64[ndarray, " band"]:
        """Band centres in vacuum or air as the file has them, never falling."""
        ...

    @property
    def fwhm_nm(self) -> Float64[ndarray, " band"] | None:
        """Full widths at half maximum, where they are known."""
        ...

    @property
    def usable(self) -> Bool[ndarray, " band"]:
        """Bands that the file does not call bad; a bad band can be read all the same."""
        ...

    @property
    def wavelength_by_sample_nm(self) -> Float64[ndarray, "sample band"] | None:
        """Band centres of each detector column (smile), where they are known."""
        ...

    @property
    def grid(self) -> Literal["sensor", "map"]:
        """Whether samples are detector columns, which share their noise, or a map's columns."""
        ...

    @property
    def about(self) -> About:
        """Files, instrument, platform and time."""
        ...

    @property
    def masked(self) -> tuple[Masked, ...]:
        """What was left out when it was opened: bad bands, lines that are missing."""
        ...

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the file did not say and had to be supposed, in sentences for the user."""
        ...

    def read(
        self,
        start: int,
        stop: int,
        bands: Indices | None = None,
        *,
        left_out: Counter[str] | None = None,
    ) -> Float32[ndarray, "line sample band"]:
        """Radiance of the lines `start` to `stop` (excluded), W m-2 sr-1 um-1, a copy of its own.

        Parameters
        ----------
        start, stop
            Lines, `0 <= start <= stop <= lines`.
        bands
            Places of the wanted bands, in any order; all where None.
        left_out
            Counts of the values that are NaN in this piece, by reason, are added to it.

        Raises
        ------
        IndexError
            There is no such line or band.
        """
        ...

    def geolocation(self, start: int, stop: int) -> Geolocation | None:
        """Places and angles of the lines `start` to `stop`; None where there are none."""
        ...


NOT_A_NUMBER = "not a number"
"""Reason of a value that was NaN or infinite already."""


@dataclass(frozen=True, eq=False)
class MemoryCube:
    """A cube that is an array: what `simulate` makes and tests read.

    Raises
    ------
    RecordError
        An array does not have the cube's shape, or wavelengths fall.
    """

    radiance: Float[ndarray, "line sample band"]
    """W m-2 sr-1 um-1; NaN where there is none."""
    wavelength_nm: Float64[ndarray, " band"]
    fwhm_nm: Float64[ndarray, " band"] | None = None
    bad: Bool[ndarray, " band"] | None = None
    """Bands that are not usable; none where None."""
    wavelength_by_sample_nm: Float64[ndarray, "sample band"] | None = None
    grid: Literal["sensor", "map"] = "sensor"
    place: Geolocation | None = None
    """Of all lines."""
    about: About = field(default_factory=About)
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """See that all arrays agree."""
        if self.radiance.ndim != 3:
            raise RecordError(f"a cube is line by sample by band, not {self.radiance.shape}")
        bands = (self.radiance.shape[2],)
        shapes = {
            "wavelength_nm": (self.wavelength_nm, bands),
            "fwhm_nm": (self.fwhm_nm, bands),
            "bad": (self.bad, bands),
            "wavelength_by_sample_nm": (self.wavelength_by_sample_nm, self.radiance.shape[1:]),
            "place": (self.place and self.place.lon_deg, self.radiance.shape[:2]),
        }
        for name, (array, shape) in shapes.items():
            if array is not None and array.shape != shape:
                raise RecordError(
                    f"{name} is {array.shape}; a cube of {self.radiance.shape} needs {shape}"
                )
        if not (np.diff(self.wavelength_nm) >= 0.0).all():
            raise RecordError("wavelength_nm falls somewhere; put the bands in order")

    @property
    def lines(self) -> int:
        """Rows."""
        return len(self.radiance)

    @property
    def samples(self) -> int:
        """Pixels of a line."""
        return int(self.radiance.shape[1])

    @property
    def usable(self) -> Bool[ndarray, " band"]:
        """Bands that are not bad."""
        return np.ones(self.radiance.shape[2], dtype=bool) if self.bad is None else ~self.bad

    def read(
        self,
        start: int,
        stop: int,
        bands: Indices | None = None,
        *,
        left_out: Counter[str] | None = None,
    ) -> Float32[ndarray, "line sample band"]:
        """Radiance of some lines; see `Cube.read`."""
        check_piece(self, start, stop, bands)
        piece = self.radiance[start:stop]  # line sample band
        chosen = piece if bands is None else piece[..., bands]
        radiance = np.array(chosen, dtype=np.float32, order="C")
        lost = ~np.isfinite(radiance)
        radiance[lost] = np.nan
        if left_out is not None and lost.any():
            left_out[NOT_A_NUMBER] += int(lost.sum())
        return radiance

    def geolocation(self, start: int, stop: int) -> Geolocation | None:
        """Places and angles of some lines; see `Cube.geolocation`."""
        check_piece(self, start, stop, None)
        if self.place is None:
            return None
        return self.place.of(start, stop)


def check_piece(cube: Cube, start: int, stop: int, bands: Indices | None) -> None:
    """Refuse lines and bands that a cube does not have.

    Raises
    ------
    IndexError
        Says which there are.
    """
    if not 0 <= start <= stop <= cube.lines:
        raise IndexError(f"lines {start} to {stop}: the cube has lines 0 to {cube.lines}")
    count = len(cube.wavelength_nm)
    if bands is not None and bands.size and not 0 <= bands.min() <= bands.max() < count:
        raise IndexError(f"bands {bands.min()} to {bands.max()}: the cube has 0 to {count - 1}")


def pieces(
    cube: Cube, *, memory_bytes: int = 64 << 20, bands: int | None = None
) -> Iterator[tuple[int, int]]:
    """Starts and stops of consecutive lines that fit a memory, at the file's own pieces.

    Parameters
    ----------
    cube
        Any.
    memory_bytes
        What the float32 radiance of one piece may take; one line at least is given.
    bands
        How many are read; all where None.
    """
    count = len(cube.wavelength_nm) if bands is None else bands
    lines = max(1, memory_bytes // max(1, 4 * cube.samples * count))
    step = cube.about.line_step
    lines -= lines % step if lines > step else 0
    for start in range(0, cube.lines, lines):
        yield start, min(start + lines, cube.lines)
