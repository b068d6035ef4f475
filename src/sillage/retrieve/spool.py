"""How does a cube of any size stand ready, column by column, in little memory?

A pushbroom's columns share a background, but files keep lines together. So the wanted bands are
read once, line by line, and written column by column to a file of their own: (sample, line, band).
Workers map that file; it is gone when the retrieval is done.

Floor: one read of the file and one write of the wanted bands.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int, UInt8
from numpy import ndarray

from sillage.records.cube import Cube, pieces
from sillage.retrieve import masks
from sillage.retrieve.masks import MaskSettings

NAME = "columns.f4"


class Spooled(NamedTuple):
    """What was read of a cube."""

    path: Path
    """float32 (sample, line, band), NaN where there is nothing."""
    shape: tuple[int, int, int]
    clear: Bool[ndarray, "line sample"]
    """Pixels that no mask is set on."""
    masked: Counter[str]
    """Pixels that are masked, by the first reason."""
    skipped: tuple[str, ...]
    """Masks whose bands the instrument lacks."""

    def columns(self, start: int, stop: int) -> Float32[ndarray, "sample line band"]:
        """Some columns, mapped and not read yet."""
        return np.memmap(self.path, dtype="<f4", mode="r", shape=self.shape)[start:stop]


def spool(
    cube: Cube,
    bands: Int[ndarray, " band"],
    folder: Path,
    *,
    settings: MaskSettings,
    sun_zenith_deg: float | None,
) -> Spooled:
    """Read a cube once, into columns.

    Parameters
    ----------
    cube
        Any.
    bands
        Those that the retrieval uses.
    folder
        Where the columns are written; it holds 4 bytes a pixel and band.
    settings
        Of the masks.
    sun_zenith_deg
        None by night and where it is not known; then masks in sunlight are set for the sun
        overhead.
    """
    rules, skipped = _rules_for(cube)
    extra = sorted({place for _, places in rules for place in places})
    wanted = np.array(sorted({*bands.tolist(), *extra}), dtype=np.int64)
    where = {place: index for index, place in enumerate(wanted.tolist())}
    used = np.array([where[band] for band in bands.tolist()])
    shape = (cube.samples, cube.lines, bands.size)
    path = folder / NAME
    columns = np.memmap(path, dtype="<f4", mode="w+", shape=shape)
    reasons = np.zeros((cube.lines, cube.samples), dtype=np.uint8)
    names = ["not measured", "saturated", *(rule.reason for rule, _ in rules), "dead column"]
    spread, top = _Spread(cube.samples), _Top(bands.size)
    for start, stop in pieces(cube, bands=wanted.size):
        seen = cube.read(start, stop, wanted)  # line sample band
        kept = seen[..., used]
        set_on = [~np.isfinite(kept).all(axis=-1), masks.saturated(kept, settings)]
        for rule, places in rules:
            radiance = seen[..., [where[place] for place in places]]
            nm = cube.wavelength_nm[list(places)]
            light = masks.reflectance_of(radiance, nm, sun_zenith_deg or 0.0)
            set_on.append(rule.sets(masks.Bands(radiance, light), settings))
        block = reasons[start:stop]
        for number, found in enumerate(set_on, 1):
            block[found & (block == 0)] = number
        spread.take(kept[..., bands.size // 2], reasons[start:stop] == 0)
        columns[:, start:stop] = kept.transpose(1, 0, 2)
        top.take(kept)
    if cube.grid == "sensor":
        dead = masks.dead_columns(spread.std(), settings)
        reasons[:, dead] = np.where(reasons[:, dead] == 0, len(names), reasons[:, dead])
    for band in top.crowded():
        full = masks.stands_at_top(columns[..., band].T.ravel(), float(top.value[band]))
        reasons[full.reshape(reasons.shape) & (reasons == 0)] = 1 + names.index("saturated")
    columns.flush()
    return Spooled(path, shape, reasons == 0, _counted(reasons, names), skipped)


def _counted(reasons: UInt8[ndarray, "line sample"], names: list[str]) -> Counter[str]:
    """Masked pixels by reason; the first reason is 1."""
    counts = np.bincount(reasons.ravel(), minlength=len(names) + 1)[1:]
    return Counter({name: int(count) for name, count in zip(names, counts, strict=True) if count})


def _rules_for(cube: Cube) -> tuple[list[tuple[masks.Rule, tuple[int, ...]]], tuple[str, ...]]:
    """Masks that this instrument can set, with their bands; and those it cannot."""
    rules, skipped = [], []
    for rule in masks.RULES:
        places = masks.places_of(cube.wavelength_nm, rule.wavelengths_nm)
        if places is None or cube.about.quantity == "counts":
            skipped.append(rule.reason)
        else:
            rules.append((rule, places))
    return rules, tuple(skipped)


class _Top:
    """Largest value of each band, and how many pixels have it, piece by piece."""

    def __init__(self, bands: int) -> None:
        self.value = np.full(bands, -np.inf, dtype=np.float32)
        self._count = np.zeros(bands, dtype=np.int64)

    def take(self, radiance: Float32[ndarray, "line sample band"]) -> None:
        """Add some lines."""
        pixels = np.nan_to_num(radiance.reshape(-1, self.value.size), nan=-np.inf)
        highest = np.maximum(self.value, pixels.max(axis=0, initial=-np.inf))
        before = np.where(highest == self.value, self._count, 0)
        self._count = before + ((pixels == highest) & np.isfinite(highest)).sum(axis=0)
        self.value = highest

    def crowded(self) -> list[int]:
        """Bands whose largest value so many pixels have that the detector may have been full."""
        return np.flatnonzero(self._count >= masks.FEWEST_FULL).tolist()


class _Spread:
    """Standard deviation of each column, piece by piece."""

    def __init__(self, samples: int) -> None:
        self._count = np.zeros(samples)
        self._sum, self._squares = np.zeros(samples), np.zeros(samples)

    def take(
        self, radiance: Float32[ndarray, "line sample"], clear: Bool[ndarray, "line sample"]
    ) -> None:
        """Add some lines."""
        known = np.where(clear, radiance, 0.0).astype(np.float64)
        self._count += clear.sum(axis=0)
        self._sum += known.sum(axis=0)
        self._squares += (known**2).sum(axis=0)

    def std(self) -> Float64[ndarray, " sample"]:
        """NaN for a column without pixels."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self._sum / self._count
            return np.sqrt(np.maximum(self._squares / self._count - mean**2, 0.0))
