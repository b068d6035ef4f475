"""Above which sigma does a scene raise no more false plumes than were asked for?

Clutter makes peaks of its own on a map of sigmas. How many of them lie above a height that few
reach follows from the others. The squares of the heights of Gaussian clutter's peaks have an
exponential tail; real ground has a heavier one, which a Pareto tail of the squares follows. Three
things keep a scene of few peaks, some of which may be plumes, from misleading it:

- of the highest fifth only the number counts, not how high they are, so that a plume of fifty
  sigma weighs no more than a peak that is just among them;
- peaks that clutter would not make once in thirty such scenes are then left out, and the tail is
  told by the others;
- the shape of the tail is drawn towards what such tails usually are.

References
----------
Adler, The Geometry of Random Fields, 1981, ch. 6 (peaks of a Gaussian field). Coles, An
Introduction to Statistical Modeling of Extreme Values, 2001, ch. 4 (excess over a threshold).
Martins & Stedinger, Water Resources Research 36, 2000 (a prior on the shape).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int
from numpy import ndarray

from sillage.errors import NotEnoughInformation

FOLLOWED = 2.0
"""Sigmas down to which a plume is followed from its peak."""

_UPPER = 0.25  # share of the peaks whose excess the tail is fitted to
_ONLY_COUNTED = 0.2  # share of those, the highest, of which only the number counts
_SHAPE, _SHAPE_STD = 0.2, 0.2  # what tails usually are
_NO_CLUTTER = 0.03  # peaks to be expected above one that is no clutter
_ROUNDS = 3
_FEWEST = 20  # peaks
_MOST_BOUNDED = -0.9  # shape: a density that rises towards its end is no tail
_WIDEST = 0.25  # of a map's shorter side, which an average may reach over
_LEAST_SHAPE = 1e-6  # below it, exponential


class Tail(NamedTuple):
    """How many peaks of clutter lie above a height, by its square."""

    threshold: float
    """In squared sigmas, as the scale is."""
    peaks: float
    """Peaks above the threshold, in the whole map."""
    scale: float
    shape: float
    """0 is Gaussian clutter; above, heavier."""

    def above(self, height: float) -> float:
        """Peaks to be expected above a height; all of them below the threshold."""
        excess = max(max(height, 0.0) ** 2 - self.threshold, 0.0) / self.scale
        if abs(self.shape) < _LEAST_SHAPE:
            return self.peaks * math.exp(-excess)
        left = 1.0 + self.shape * excess
        return float(self.peaks * left ** (-1.0 / self.shape)) if left > 0.0 else 0.0

    def height(self, count: float) -> float:
        """Height above which so many peaks are to be expected; at least the threshold.

        Parameters
        ----------
        count
            Above 0.
        """
        ratio = max(self.peaks / count, 1.0)
        if abs(self.shape) < _LEAST_SHAPE:
            return math.sqrt(self.threshold + self.scale * math.log(ratio))
        return math.sqrt(self.threshold + self.scale * (ratio**self.shape - 1.0) / self.shape)


class Peaks(NamedTuple):
    """Where a map is higher than anywhere near, highest first."""

    height: Float64[ndarray, " peak"]
    line: Int[ndarray, " peak"]
    sample: Int[ndarray, " peak"]


def peaks_of(
    sigmas: Float64[ndarray, "line sample"], *, apart_px: float, followed: float = FOLLOWED
) -> Peaks:
    """Local maxima of a map, one for each plume that it would raise.

    Peaks that hang together above two sigma would be one plume, so the highest stands for them.

    Parameters
    ----------
    sigmas
        Columns in their own error; NaN is no place.
    apart_px
        Distance within which a peak is the highest: the width that neighbours were averaged with.
    followed
        Sigmas down to which peaks that hang together are one.

    Raises
    ------
    NotEnoughInformation
        The map is hardly wider than the average.
    """
    from scipy.ndimage import label, maximum_filter

    if apart_px > _WIDEST * min(sigmas.shape):
        raise NotEnoughInformation(
            f"neighbours within {apart_px:g} pixels are averaged, and the scene is "
            f"{sigmas.shape[0]} by {sigmas.shape[1]}: too few places are left to tell clutter by; "
            "take a smaller scale_px"
        )
    height = np.where(np.isfinite(sigmas), sigmas, -np.inf)
    reach = math.ceil(apart_px)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    near = x**2 + y**2 <= apart_px**2
    top: Bool[ndarray, "line sample"] = height == maximum_filter(height, footprint=near)
    line, sample = np.nonzero(top & (height > 0.0))
    order = np.argsort(-height[line, sample], kind="stable")
    line, sample = line[order], sample[order]
    parts, _ = label(height > followed, structure=np.ones((3, 3)))
    part = parts[line, sample]
    _, first = np.unique(part, return_index=True)  # of each part the highest
    kept = part == 0
    kept[first] = True
    return Peaks(height[line, sample][kept], line[kept], sample[kept])


def tail_of(height: Float64[ndarray, " peak"], *, most: int | None = None) -> Tail:
    """The tail of peaks of which nearly all are clutter.

    Parameters
    ----------
    height
        Of all peaks of a map, above 0.
    most
        So many of the highest are followed at most: a map of thousands of peaks, of ground of many
        kinds, has a tail that begins further out. The upper quarter where None.

    Raises
    ------
    NotEnoughInformation
        There are too few peaks.
    """
    if height.size < _FEWEST:
        raise NotEnoughInformation(
            f"{height.size} peaks of clutter are too few to tell how often it is mistaken for a "
            f"plume; {_FEWEST} are needed: take a larger scene, of some 50 by 50 clear pixels"
        )
    share = _UPPER if most is None else min(_UPPER, most / height.size)
    tail = _fitted(height, share)
    for _ in range(_ROUNDS):
        kept = height[height <= tail.height(_NO_CLUTTER)]
        if kept.size in {height.size, 0}:
            break
        height, tail = kept, _fitted(kept, share)
    return tail


def _fitted(height: Float64[ndarray, " peak"], upper: float) -> Tail:
    """The most probable tail of some peaks."""
    from scipy.optimize import minimize

    square = height**2
    threshold = float(np.quantile(square, 1.0 - upper))
    excess = np.sort(square[square > threshold] - threshold)
    unit = float(excess.mean())
    known, highest = np.split(excess / unit, [excess.size - math.ceil(_ONLY_COUNTED * excess.size)])

    def unlikely(tried: Float64[ndarray, "2"]) -> float:
        """Negative log likelihood of ln(scale) and shape, after Coles, eq. 4.10."""
        log_scale, shape = tried
        if shape <= _MOST_BOUNDED:
            return math.inf
        below = _log_grown(known * math.exp(-log_scale), shape)
        beyond = _log_grown(known[-1:] * math.exp(-log_scale), shape)[0]
        fit = known.size * log_scale + (1.0 + shape) * below.sum() + highest.size * beyond
        return float(fit + 0.5 * ((shape - _SHAPE) / _SHAPE_STD) ** 2)

    found = minimize(unlikely, (0.0, _SHAPE), method="Nelder-Mead").x
    return Tail(threshold, float(excess.size), unit * math.exp(found[0]), float(found[1]))


def _log_grown(excess: Float64[ndarray, " peak"], shape: float) -> Float64[ndarray, " peak"]:
    """ln(1 + shape excess) / shape, infinite beyond the end of a bounded tail."""
    if abs(shape) < _LEAST_SHAPE:
        return excess
    inside = 1.0 + shape * excess
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(inside > 0.0, np.log(np.maximum(inside, 1e-300)) / shape, np.inf)
