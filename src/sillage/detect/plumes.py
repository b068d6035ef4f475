"""Which plumes are there: outlines of what stands above clutter, and how many of them are false?

A plume is a peak above the height that the asked number of false plumes sets, with the pixels that
hang together with it above a lower one, which tells its extent.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64
from numpy import ndarray
from scipy.ndimage import label

from sillage.detect.alarms import Tail, peaks_of, tail_of
from sillage.retrieve.aggregate import Aggregated

GROWN = 2.0
"""Sigmas down to which a plume is followed from its peak."""


class Plume(NamedTuple):
    """One claim on a map."""

    pixels: Bool[ndarray, "line sample"]
    line: int
    """Of the highest pixel."""
    sample: int
    sigmas: float
    """Height of the peak."""
    false_alarms: float
    """Peaks of clutter as high that were to be expected in the whole map."""


class Found(NamedTuple):
    """All claims of a map, the highest first."""

    plumes: tuple[Plume, ...]
    tail: Tail
    height: float
    """Sigmas that a peak must reach."""


def plumes_of(together: Aggregated, false_plumes: float, *, tail: Tail | None = None) -> Found:
    """Plumes of a map, as many false ones among them as asked for.

    Parameters
    ----------
    together
        Columns over neighbours.
    false_plumes
        That may be expected in the map.
    tail
        Of the clutter's peaks, where a plume-free scene tells it better than this one.

    Raises
    ------
    NotEnoughInformation
        The map is too small for its clutter to be known.
    """
    sigmas = together.sigmas
    peaks = peaks_of(sigmas)
    tail = tail or tail_of(peaks)
    height = tail.height(false_plumes)
    parts, _ = label(np.nan_to_num(sigmas) > min(GROWN, height), structure=np.ones((3, 3)))
    taken: set[int] = set()
    plumes = []
    for top, line, sample in zip(*peaks, strict=True):
        part = int(parts[line, sample])
        if top < height or part in taken:
            continue
        taken.add(part)
        plumes.append(
            Plume(parts == part, int(line), int(sample), float(top), tail.above(float(top)))
        )
    return Found(tuple(plumes), tail, height)


def total_ppm_m(together: Aggregated, plume: Plume, *, correlated_px: float) -> tuple[float, float]:
    """Sum of a plume's columns over its pixels, and one sigma of it.

    Parameters
    ----------
    together
        Columns over neighbours.
    plume
        On the same map.
    correlated_px
        Pixels that err together: 4 pi scale^2 of a Gaussian average.
    """
    column: Float64[ndarray, " pixel"] = together.column_ppm_m[plume.pixels]
    std = together.std_ppm_m[plume.pixels]
    return float(column.sum()), float(np.sqrt(correlated_px * (std**2).sum()))
