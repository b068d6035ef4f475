"""What do neighbouring pixels say together: a map on which a plume stands out, in honest sigmas?

1. The filter's clutter depends on how bright a pixel is, and so on its sensitivity: level and
   spread of columns are taken off and measured among pixels of like sensitivity, by medians, which
   a plume in a few of them does not move.
2. A column divided by its sensitivity is what is there, with an error that is large where the
   ground is dark.
3. Neighbours are averaged with the inverse of their variance. The average is taken twice: what the
   first one left over is averaged and put back (Tukey's twicing), so that a plume's edge and peak
   are not flattened and its mass stays.
4. One sigma of the average is measured on the map itself, since clutter is not white.
5. Around what stands out, what the average left over is put back where half the width, or a single
   pixel, shows it at four sigma: so a strong plume keeps its edge, and a weak one its quiet.

Floor: six Gaussian filters of the map, each of 2 (8 s + 1) operations a pixel for a width of s.

References
----------
Fahlen et al., IEEE TGRS 62, 2024 (sensitivity). Tukey, Exploratory Data Analysis, 1977, ch. 16
(twicing). Stützle & Mittal, 1979 (its kernel, whose bias is of fourth order).
"""

from __future__ import annotations

import math
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
    if clear.sum() < _FEWEST:
        raise NotEnoughInformation(
            f"{int(clear.sum())} pixels are clear and bright enough to be compared; "
            f"{_FEWEST} are needed"
        )
    seen, bright = column_ppm_m[clear].astype(np.float64), sensitivity[clear].astype(np.float64)
    bare = np.ones(seen.size, dtype=bool)
    if held is not None and held[clear].mean() < 0.5:
        bare = ~held[clear]
    level, spread = _by_sensitivity(seen, bright, bare)
    there = np.zeros(clear.shape)
    there[clear] = (seen - level) / bright
    weight = np.zeros(clear.shape)
    weight[clear] = np.minimum(w := (bright / spread) ** 2, np.quantile(w, _HEAVIEST))
    smooth, total = _averaged(there, weight, scale_px)
    smooth += _averaged(there - smooth, weight, scale_px)[0]
    with np.errstate(divide="ignore"):
        shape = 1.0 / np.sqrt(total)
    std = np.where(clear, shape * _sigma(smooth[clear] / shape[clear]), np.nan)
    sigmas = np.where(clear, smooth / std, np.nan)
    near = binary_dilation(clear & (sigmas > _NEAR), iterations=math.ceil(scale_px))
    for width in (scale_px / 2.0, 0.0):
        left, known = _averaged(there - smooth, weight, width)
        odd = left * np.sqrt(known)
        seen_well = near & clear & (np.abs(odd) > _DETAIL * _sigma(odd[clear & ~near]))
        smooth += np.where(seen_well, left, 0.0)
    smooth[~clear] = np.nan
    return Aggregated(smooth, std, sigmas)


def _averaged(
    values: Float64[ndarray, "line sample"], weight: Float64[ndarray, "line sample"], width: float
) -> tuple[Float64[ndarray, "line sample"], Float64[ndarray, "line sample"]]:
    """Weighted average over neighbours, and the weight that it rests on."""
    if width == 0.0:
        return np.where(weight > 0.0, values, 0.0), weight
    total = gaussian_filter(weight, width, mode="reflect")
    summed = gaussian_filter(weight * values, width, mode="reflect")
    return np.divide(summed, total, out=np.zeros_like(total), where=total > 0.0), total


def _sigma(values: Float64[ndarray, " pixel"]) -> float:
    """One standard deviation, by the median distance from the median."""
    if not values.size:
        return math.inf
    return float(_MAD * np.median(np.abs(values - np.median(values))))


def _by_sensitivity(
    column: Float64[ndarray, " pixel"],
    sensitivity: Float64[ndarray, " pixel"],
    bare: Bool[ndarray, " pixel"],
) -> tuple[Float64[ndarray, " pixel"], Float64[ndarray, " pixel"]]:
    """Level and spread of the columns at each pixel's sensitivity, from those without gas."""
    known, light = column[bare], sensitivity[bare]
    count = int(np.clip(known.size // _ALIKE, 1, _CLASSES))
    classes = np.array_split(np.argsort(light, kind="stable"), count)
    middle = np.array([np.median(light[one]) for one in classes])
    level = np.array([np.median(known[one]) for one in classes])
    spread = np.array(
        [_MAD * np.median(np.abs(known[one] - np.median(known[one]))) for one in classes]
    )
    spread = np.maximum(spread, 1e-3 * spread.max() + 1e-12)
    return np.interp(sensitivity, middle, level), np.interp(sensitivity, middle, spread)


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
