"""What do neighbouring pixels say together: a map on which a plume stands out, in honest sigmas?

1. The filter's clutter depends on how bright a pixel is, and so on its sensitivity: level and
   spread of columns are taken off and measured among pixels of like sensitivity, by medians, which
   a plume in a few of them does not move.
2. A column divided by its sensitivity is what is there, with an error that is large where the
   ground is dark.
3. Neighbours are averaged with the inverse of their variance. The average is taken twice: what the
   first one left over is averaged and put back (Tukey's twicing), so that a plume's edge and peak
   are not flattened and its mass stays.
4. One sigma of the average is measured on the map itself, since clutter is not white. It is larger
   where fewer neighbours are known: beside what is masked, and at the map's edge.
5. Around what stands out, what the average left over is put back where half the width, or a single
   pixel, shows it at four sigma: so a strong plume keeps its edge, and a weak one its quiet.

Floor: five Gaussian filters of the map, each of 2 (8 s + 1) operations a pixel for a width of s.

A map is taken by pieces of lines, each with as many lines around it as a filter reaches, which
changes no number. So beside what is given and told, one number a pixel is held: where a median of
all of them is asked.

References
----------
Fahlen et al., IEEE TGRS 62, 2024 (sensitivity). Tukey, Exploratory Data Analysis, 1977, ch. 16
(twicing). Stützle & Mittal, 1979 (its kernel, whose bias is of fourth order).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64
from numpy import ndarray
from scipy.ndimage import binary_dilation, gaussian_filter

from sillage.errors import NotEnoughInformation

SCALE_PX = 2.0
"""Width of the average: of the plumes of small sources, a few pixels wide."""
LEAST_SENSITIVITY = 0.2
"""Darker ground is not asked: clutter there is many times the gas."""

_ALIKE = 400  # pixels in a class of like sensitivity, at least
_CLASSES = 24
_MAD = 1.4826
_FAR = 4.0  # widths at which a Gaussian filter ends
_PIECE = 1 << 19  # pixels that are taken at a time
_FEWEST = 200  # pixels that level and spread are measured on
_NEAR = 3.0  # sigmas that mark where there is something to be sharp about
_DETAIL = 4.0  # sigmas that a detail must stand out by
_HEAVIEST = 0.98  # quantile of the weights at which they are cut: no pixel speaks for its region


class Aggregated(NamedTuple):
    """Columns over neighbours; NaN where a pixel is masked or too dark."""

    column_ppm_m: Float64[ndarray, "line sample"]
    std_ppm_m: Float64[ndarray, "line sample"]
    """One sigma of the column."""

    sigmas: Float64[ndarray, "line sample"]
    """The plain average in its own sigma: what plumes are found by."""


def aggregate(
    column_ppm_m: Float[ndarray, "line sample"],
    sensitivity: Float[ndarray, "line sample"],
    *,
    scale_px: float = SCALE_PX,
    held: Bool[ndarray, "line sample"] | None = None,
) -> Aggregated:
    """Columns over neighbours, from a filter's columns pixel by pixel.

    Parameters
    ----------
    column_ppm_m
        As a filter gives them, not divided by the sensitivity; NaN where masked.
    sensitivity
        Column that is retrieved for each ppm m that is there.
    scale_px
        Standard deviation of the Gaussian that neighbours are averaged with.
    held
        Pixels that are known to hold gas: clutter is not measured on them.

    Raises
    ------
    NotEnoughInformation
        Fewer than 200 pixels are clear and bright enough.
    """
    clear = np.isfinite(column_ppm_m) & (sensitivity > LEAST_SENSITIVITY)
    count = int(clear.sum())
    if count < _FEWEST:
        raise NotEnoughInformation(
            f"{count} pixels are clear and bright enough to be compared; {_FEWEST} are needed"
        )
    bare = clear
    if held is not None and (clear & held).sum() < 0.5 * count:
        bare = clear & ~held
    classes = _by_sensitivity(column_ppm_m[bare], sensitivity[bare])
    seen = _Seen(column_ppm_m, sensitivity, clear, classes)
    weights = _at(clear, lambda lines: seen.over(lines).weight)
    seen = seen._replace(heaviest=float(np.quantile(weights, _HEAVIEST, overwrite_input=True)))
    smooth, std = _smoothed(seen, scale_px)
    sigmas = np.full(clear.shape, np.nan)
    np.divide(smooth, std, out=sigmas, where=clear)
    near = clear & binary_dilation(sigmas > _NEAR, iterations=math.ceil(scale_px))
    for width in (scale_px / 2.0, 0.0):
        _sharpen(smooth, seen, near, width)
    smooth[~clear] = std[~clear] = np.nan
    return Aggregated(smooth, std, sigmas)


class _Piece(NamedTuple):
    """Some lines of a map; nought where a pixel is not clear."""

    there_ppm_m: Float64[ndarray, "line sample"]
    """Column by its sensitivity, the level taken off."""
    weight: Float64[ndarray, "line sample"]
    """Inverse of its variance."""


class _Seen(NamedTuple):
    """What a filter saw, and what is known of its clutter."""

    column_ppm_m: Float[ndarray, "line sample"]
    sensitivity: Float[ndarray, "line sample"]
    clear: Bool[ndarray, "line sample"]
    classes: Float64[ndarray, "3 class"]
    """Sensitivity, level and spread of pixels of like sensitivity."""
    heaviest: float = math.inf
    """What no weight is above."""

    def over(self, lines: slice) -> _Piece:
        """Some lines of the map."""
        clear = self.clear[lines]
        bright = self.sensitivity[lines][clear].astype(np.float64)
        there, weight = np.zeros(clear.shape), np.zeros(clear.shape)
        middle, level, spread = self.classes
        there[clear] = (self.column_ppm_m[lines][clear] - np.interp(bright, middle, level)) / bright
        spread_there = np.interp(bright, middle, spread)
        weight[clear] = np.minimum((bright / spread_there) ** 2, self.heaviest)
        return _Piece(there, weight)


def _smoothed(
    seen: _Seen, scale_px: float
) -> tuple[Float64[ndarray, "line sample"], Float64[ndarray, "line sample"]]:
    """Average over neighbours, taken twice, and its one sigma."""
    smooth, shape = np.empty(seen.clear.shape), np.empty(seen.clear.shape)
    for lines, wide, inner in _pieces(seen.clear.shape, 2 * _reach(scale_px)):
        there, weight = seen.over(wide)
        total = _spread_out(weight, scale_px)
        once = _averaged(there, weight, total, scale_px)
        once += _averaged(there - once, weight, total, scale_px)
        smooth[lines] = once[inner]
        with np.errstate(divide="ignore"):
            shape[lines] = 1.0 / np.sqrt(total[inner])
    shape *= _sigma(_at(seen.clear, lambda lines: smooth[lines] / shape[lines]))
    return smooth, shape


def _sharpen(
    smooth: Float64[ndarray, "line sample"],
    seen: _Seen,
    near: Bool[ndarray, "line sample"],
    width: float,
) -> None:
    """Put back what the average left over, where a plume is near and it is no clutter."""
    if not near.any():
        return
    quiet = seen.clear & ~near
    clutter, done = np.empty(int(quiet.sum())), 0
    left_near, odd_near = [], []
    for lines, wide, inner in _pieces(seen.clear.shape, _reach(width)):
        there, weight = seen.over(wide)
        total = _spread_out(weight, width)
        left = _averaged(there - smooth[wide], weight, total, width)[inner]
        odd = left * np.sqrt(total[inner])
        left_near.append(left[near[lines]])
        odd_near.append(odd[near[lines]])
        some = odd[quiet[lines]]
        clutter[done : done + some.size] = some
        done += some.size
    odd_enough = np.abs(np.concatenate(odd_near)) > _DETAIL * _sigma(clutter)
    smooth[near] += np.where(odd_enough, np.concatenate(left_near), 0.0)


def _reach(width: float) -> int:
    """Lines to either side that a Gaussian filter of a width looks at."""
    return int(_FAR * width + 0.5)


def _pieces(shape: tuple[int, ...], halo: int) -> Iterator[tuple[slice, slice, slice]]:
    """Lines of a piece, the same with those around it, and where the former stand in the latter."""
    step = max(1, halo, _PIECE // shape[1])
    for start in range(0, shape[0], step):
        stop, first = min(start + step, shape[0]), max(0, start - halo)
        inner = slice(start - first, stop - first)
        yield slice(start, stop), slice(first, min(stop + halo, shape[0])), inner


def _at(
    chosen: Bool[ndarray, "line sample"], over: Callable[[slice], Float64[ndarray, "line sample"]]
) -> Float64[ndarray, " pixel"]:
    """What is told over some lines, at the chosen pixels of all."""
    values, done = np.empty(int(chosen.sum())), 0
    for lines, *_ in _pieces(chosen.shape, 0):
        some = over(lines)[chosen[lines]]
        values[done : done + some.size] = some
        done += some.size
    return values


def _spread_out(
    values: Float64[ndarray, "line sample"], width: float
) -> Float64[ndarray, "line sample"]:
    """Values spread over neighbours; beyond the map there are none."""
    if width == 0.0:
        return values
    return np.asarray(gaussian_filter(values, width, mode="constant", truncate=_FAR))


def _averaged(
    values: Float64[ndarray, "line sample"],
    weight: Float64[ndarray, "line sample"],
    total: Float64[ndarray, "line sample"],
    width: float,
) -> Float64[ndarray, "line sample"]:
    """Weighted average over neighbours, by the weight that it rests on."""
    if width == 0.0:
        return np.where(weight > 0.0, values, 0.0)
    summed = _spread_out(weight * values, width)
    return np.asarray(np.divide(summed, total, out=np.zeros_like(total), where=total > 0.0))


def _sigma(values: Float64[ndarray, " pixel"]) -> float:
    """One standard deviation, by the median distance from the median; the values are used up."""
    if not values.size:
        return math.inf
    values -= np.median(values, overwrite_input=True)
    np.abs(values, out=values)
    return float(_MAD * np.median(values, overwrite_input=True))


def _by_sensitivity(
    column: Float[ndarray, " pixel"], sensitivity: Float[ndarray, " pixel"]
) -> Float64[ndarray, "3 class"]:
    """Sensitivity, level and spread of classes of pixels without gas, of like sensitivity."""
    count = int(np.clip(column.size // _ALIKE, 1, _CLASSES))
    told = []
    for one in np.array_split(np.argsort(sensitivity, kind="stable"), count):
        known = column[one].astype(np.float64)
        middle = np.median(sensitivity[one].astype(np.float64))
        told.append((middle, np.median(known), _sigma(known)))
    classes = np.array(told).T
    classes[2] = np.maximum(classes[2], 1e-3 * classes[2].max() + 1e-12)
    return classes


def neighbours(
    seeds: Bool[ndarray, "line sample"], within: Bool[ndarray, "line sample"]
) -> Bool[ndarray, "line sample"]:
    """Pixels that hang together with a seed, side by side or corner to corner."""
    from scipy.ndimage import label

    parts, count = label(within, structure=np.ones((3, 3)))
    named = np.zeros(count + 1, dtype=bool)
    named[np.unique(parts[seeds & within])] = True
    named[0] = False
    return np.asarray(named[parts])
