"""How do numbers in a file become radiance: scaled, in order of wavelength, without what is none.

Floor: each byte of a piece is read once and written once, and four comparisons are made of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float32, Float64
from numpy import ndarray
from numpy.typing import NDArray

from sillage.records.cube import NOT_A_NUMBER, About, Geolocation, Indices, check_piece
from sillage.records.provenance import Masked
from sillage.sense.cubes.hints import Places, Store

NO_DATA = "no data"
"""Reason of a number that the file declares to be none."""
SATURATED = "saturated"
NEGATIVE = "negative"
TOO_LARGE = "beyond single precision"


@dataclass(frozen=True, eq=False)
class StoredCube:
    """A cube in a file; see `sillage.records.cube.Cube`."""

    store: Store
    order: Indices
    """Band of the file for each band of the cube."""
    gain: NDArray[np.float64]
    """Of each band: number in the file times gain plus offset is W m-2 sr-1 um-1."""
    offset: NDArray[np.float64]
    wavelength_nm: Float64[ndarray, " band"]
    fwhm_nm: Float64[ndarray, " band"] | None
    usable: Bool[ndarray, " band"]
    wavelength_by_sample_nm: Float64[ndarray, "sample band"] | None
    grid: Literal["sensor", "map"]
    about: About
    masked: tuple[Masked, ...]
    assumptions: tuple[str, ...]
    places: Places | None
    ignore: tuple[float, ...]
    saturated: float | None
    negative: Literal["mask", "keep"]

    @property
    def lines(self) -> int:
        """Rows."""
        return self.store.shape[0]

    @property
    def samples(self) -> int:
        """Pixels of a line."""
        return self.store.shape[1]

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
        chosen = np.arange(len(self.order)) if bands is None else bands
        raw = self.store.piece(start, stop, self.order[chosen])
        exact = np.float32 if raw.dtype == np.float32 else np.float64
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = raw * self.gain[chosen].astype(exact)
            scaled += self.offset[chosen].astype(exact)
            radiance: Float32[ndarray, "line sample band"] = scaled.astype(np.float32, copy=False)
        for reason, found in self._reasons(raw, radiance):
            lost = found if reason == NOT_A_NUMBER else found & ~np.isnan(radiance)
            if left_out is not None and (count := int(np.count_nonzero(lost))):
                left_out[reason] += count
            radiance[lost] = np.nan
        return np.ascontiguousarray(radiance)

    def _reasons(
        self, raw: NDArray[Any], radiance: Float32[ndarray, "line sample band"]
    ) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Which numbers are no radiance, and why; each counts for the first reason only."""
        if raw.dtype.kind == "f":
            yield NOT_A_NUMBER, ~np.isfinite(raw)
        for number in self.ignore:
            yield NO_DATA, _equal(raw, number)
        if self.saturated is not None:
            yield SATURATED, raw >= self.saturated
        if self.negative == "mask":
            yield NEGATIVE, radiance < 0.0
        if raw.dtype.kind == "f":
            yield TOO_LARGE, np.isinf(radiance)

    def geolocation(self, start: int, stop: int) -> Geolocation | None:
        """Places and angles of some lines; see `Cube.geolocation`."""
        check_piece(self, start, stop, None)
        return None if self.places is None else self.places.lines(start, stop)


def _equal(raw: NDArray[Any], number: float) -> NDArray[np.bool_]:
    """Where the numbers are the one that stands for no value, as its text was rounded."""
    if raw.dtype.kind == "f":
        with np.errstate(over="ignore"):
            same: NDArray[np.bool_] = raw == raw.dtype.type(number)
        return same
    if number != int(number) or not np.iinfo(raw.dtype).min <= number <= np.iinfo(raw.dtype).max:
        return np.zeros(raw.shape, dtype=bool)
    return np.asarray(raw == int(number), dtype=bool)
