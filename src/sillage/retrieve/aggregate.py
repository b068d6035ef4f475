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

Floor: four Gaussian filters of the map, each of 2 (8 s + 1) operations a pixel for a width of s.

References
----------
Fahlen et al., IEEE TGRS 62, 2024 (sensitivity). Tukey, Exploratory Data Analysis, 1977, ch. 16
(twicing). Stützle & Mittal, 1979 (its kernel, whose bias is of fourth order).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64
from numpy import ndarray
from scipy.ndimage import gaussian_filter

from sillage.errors import NotEnoughInformation

SCALE_PX = 2.0
"""Width of the average: of the plumes of small sources, a few pixels wide."""
LEAST_SENSITIVITY = 0.2
"""Darker ground is not asked: clutter there is many times the gas."""

_ALIKE = 400  # pixels in a class of like sensitivity, at least
_CLASSES = 24
_MAD = 1.4826
_FEWEST = 200  # pixels that level and spread are measured on
_HEAVIEST = 0.98  # quantile of the weights at which they are cut: no pixel speaks for its region


class Aggregated(NamedTuple):
    """Columns over neighbours; NaN where a pixel is masked or too dark."""

    column_ppm_m: Float64[ndarray, "line sample"]
    std_ppm_m: Float64[ndarray, "line sample"]
    """One sigma of the column."""

    @property
    def sigmas(self) -> Float64[ndarray, "line sample"]:
        """Columns in their own sigma: what plumes are found by."""
        return np.asarray(self.column_ppm_m / self.std_ppm_m)


def aggregate(
    column_ppm_m: Float[ndarray, "line sample"],
    sensitivity: Float[ndarray, "line sample"],
    *,
    scale_px: float = SCALE_PX,
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
    level, spread = _by_sensitivity(seen, bright)
    there = np.zeros(clear.shape)
    there[clear] = (seen - level) / bright
    weight = np.zeros(clear.shape)
    weight[clear] = np.minimum(w := (bright / spread) ** 2, np.quantile(w, _HEAVIEST))
    total = gaussian_filter(weight, scale_px, mode="reflect")

    def averaged(values: Float64[ndarray, "line sample"]) -> Float64[ndarray, "line sample"]:
        summed = gaussian_filter(weight * values, scale_px, mode="reflect")
        return np.asarray(np.divide(summed, total, out=np.zeros_like(total), where=total > 0.0))

    smooth = averaged(there)
    smooth += averaged(there - smooth)
    smooth[~clear] = np.nan
    with np.errstate(divide="ignore"):
        shape = 1.0 / np.sqrt(total)
    sigmas = smooth[clear] / shape[clear]
    middle = np.median(sigmas)
    std = shape * (_MAD * np.median(np.abs(sigmas - middle)))
    return Aggregated(smooth, np.where(clear, std, np.nan))


def _by_sensitivity(
    column: Float64[ndarray, " pixel"], sensitivity: Float64[ndarray, " pixel"]
) -> tuple[Float64[ndarray, " pixel"], Float64[ndarray, " pixel"]]:
    """Level and spread of the columns at each pixel's sensitivity."""
    count = int(np.clip(column.size // _ALIKE, 1, _CLASSES))
    classes = np.array_split(np.argsort(sensitivity, kind="stable"), count)
    middle = np.array([np.median(sensitivity[one]) for one in classes])
    level = np.array([np.median(column[one]) for one in classes])
    spread = np.array(
        [_MAD * np.median(np.abs(column[one] - np.median(column[one]))) for one in classes]
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
