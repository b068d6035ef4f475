"""Which plumes are there: outlines of what stands above clutter, and how many of them are false?

A plume is a peak above the height that the asked number of false plumes sets, with the pixels that
hang together with it above two sigma, which tell its extent.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int
from numpy import ndarray

from sillage.detect.alarms import FOLLOWED, Tail, peaks_of, tail_of
from sillage.errors import RecordError


class ColumnMap(NamedTuple):
    """Columns of a gas over neighbours, as a retrieval gives them; NaN where masked."""

    column_ppm_m: Float64[ndarray, "line sample"]
    std_ppm_m: Float64[ndarray, "line sample"]
    """One sigma of the column."""
    scale_px: float
    """Width of the Gaussian that neighbours were averaged with."""
    average_sigmas: Float64[ndarray, "line sample"] | None = None
    """The average in its own error, where single pixels were put back into the columns since:
    one of them errs far more than the average does. None where columns are plain."""

    @property
    def sigmas(self) -> Float64[ndarray, "line sample"]:
        """What plumes are found by: what neighbours say together, in its own error."""
        if self.average_sigmas is not None:
            return self.average_sigmas
        return np.asarray(self.column_ppm_m / self.std_ppm_m)


class Plume(NamedTuple):
    """One claim on a map."""

    line: Int[ndarray, " pixel"]
    sample: Int[ndarray, " pixel"]
    """Its pixels, that with the largest column in its own error first."""
    sigmas: float
    """Height of the peak that it was found by."""
    false_alarms: float
    """Peaks of clutter as high that were to be expected in the whole map."""

    def of(self, values: ndarray) -> ndarray:
        """Values in its pixels of a map, or spectra of a cube: (line, sample, ...)."""
        return np.asarray(values[self.line, self.sample])


class Found(NamedTuple):
    """All claims of a map, the highest first."""

    plumes: tuple[Plume, ...]
    tail: Tail
    height: float
    """Sigmas that a peak must reach."""


def plumes_of(seen: ColumnMap, false_plumes: float, *, tail: Tail | None = None) -> Found:
    """Plumes of a map, as many false ones among them as asked for.

    Parameters
    ----------
    seen
        Columns over neighbours.
    false_plumes
        That may be expected in the whole map, above 0. More than about one for every 500 pixels
        are not to be had: below two sigma plumes merge.
    tail
        Of the clutter's peaks, where a plume-free scene tells it better than this one.

    Raises
    ------
    RecordError
        The number is not above 0.
    NotEnoughInformation
        The map is too small for its clutter to be known.
    """
    columns = np.asarray(seen.column_ppm_m / seen.std_ppm_m)
    return standing(seen.sigmas, false_plumes, apart_px=seen.scale_px, columns=columns, tail=tail)


def standing(
    sigmas: Float64[ndarray, "line sample"],
    false_plumes: float,
    *,
    apart_px: float,
    columns: Float64[ndarray, "line sample"] | None = None,
    followed: float = FOLLOWED,
    most_peaks: int | None = None,
    tail: Tail | None = None,
) -> Found:
    """Plumes of any map whose plumes are its heights; see `plumes_of`.

    Parameters
    ----------
    sigmas
        The map; NaN is no place.
    false_plumes
        That may be expected in the whole map, above 0.
    apart_px
        Width of the Gaussian that neighbours were averaged with.
    columns
        What pixels of a plume are ordered by: a peak of the average lies downwind of the source,
        and where gas is thickest the columns show; the map itself where None.
    followed
        Sigmas down to which a plume is followed from its peak.
    most_peaks
        So many of the highest tell the clutter's tail at most; the upper quarter where None.
    tail
        Of the clutter's peaks, where a plume-free scene tells it better than this one.

    Raises
    ------
    RecordError
        The number is not above 0.
    NotEnoughInformation
        The map is too small for its clutter to be known.
    """
    from scipy.ndimage import find_objects, label

    if not false_plumes > 0.0:
        raise RecordError(f"false plumes asked for are a number above 0, not {false_plumes:g}")
    peaks = peaks_of(sigmas, apart_px=apart_px, followed=followed)
    tail = tail or tail_of(peaks.height, most=most_peaks)
    height = tail.height(false_plumes)
    parts, _ = label(np.nan_to_num(sigmas) > min(followed, height), structure=np.ones((3, 3)))
    boxes = find_objects(parts)
    taken: set[int] = set()
    plumes = []
    for top, line, sample in zip(*peaks, strict=True):
        part = int(parts[line, sample])
        if top <= height or part in taken:
            continue
        taken.add(part)
        box = boxes[part - 1]
        lines, samples = np.nonzero(parts[box] == part)
        lines, samples = lines + box[0].start, samples + box[1].start
        thickness = sigmas if columns is None else columns
        order = np.argsort(-thickness[lines, samples], kind="stable")
        plumes.append(Plume(lines[order], samples[order], float(top), tail.above(float(top))))
    return Found(tuple(plumes), tail, height)


def with_rims(seen: ColumnMap, plumes: tuple[Plume, ...]) -> tuple[Plume, ...]:
    """Plumes with the pixels about them that the average has carried gas to.

    A rim is clear, and as wide as the average. Between two plumes a pixel is the higher one's.

    Parameters
    ----------
    seen
        The map.
    plumes
        On it, the highest first.
    """
    from scipy.ndimage import binary_dilation

    width = round(seen.scale_px)
    free = np.isfinite(seen.sigmas)
    for plume in plumes:
        free[plume.line, plume.sample] = False
    grown = []
    for plume in plumes:
        low = np.maximum([plume.line.min() - width, plume.sample.min() - width], 0)
        high = np.array([plume.line.max(), plume.sample.max()]) + width + 1
        box = slice(low[0], high[0]), slice(low[1], high[1])
        mine = np.zeros(free[box].shape, dtype=bool)
        mine[plume.line - low[0], plume.sample - low[1]] = True
        rim = binary_dilation(mine, iterations=width) & free[box] if width else mine & False
        free[box] &= ~rim
        line, sample = np.nonzero(rim)
        lines = np.concatenate([plume.line, line + low[0]])
        grown.append(
            plume._replace(line=lines, sample=np.concatenate([plume.sample, sample + low[1]]))
        )
    return tuple(grown)


def outside(plumes: tuple[Plume, ...], values: Float[ndarray, "line sample"]) -> ndarray:
    """A map of float values with NaN where any plume is."""
    bare = np.array(values, dtype=np.float64)
    for plume in plumes:
        bare[plume.line, plume.sample] = np.nan
    return bare
