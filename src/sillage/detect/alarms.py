"""Above which sigma does a scene raise no more false plumes than were asked for?

Clutter makes peaks of its own on a map of sigmas. Their heights have a tail, and the tail tells how
many lie above any height, also above those that were seen: peaks are taken, the excess of the upper
ones over a threshold is given an exponential or a Pareto tail, by quantiles, which the few peaks
that are plumes hardly move. Peaks of the map turned upside down, where no plume can be, are the
check of it.

References
----------
Coles, An Introduction to Statistical Modeling of Extreme Values, 2001, ch. 4. Pickands, Annals of
Statistics 3, 1975 (the tail by quantiles).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int
from numpy import ndarray

from sillage.errors import NotEnoughInformation
from sillage.retrieve.aggregate import SCALE_PX

_UPPER = 0.5  # share of the peaks whose excess the tail is fitted to
_FEWEST = 20  # peaks
_SHAPE = (-0.4, 0.4)  # of the Pareto tail: the bounded, and that without a variance, are left out


class Tail(NamedTuple):
    """How many peaks of clutter lie above a height."""

    threshold: float
    count: float
    """Peaks above the threshold, in the whole map."""
    scale: float
    shape: float
    """0 is exponential; above, heavier."""

    def above(self, height: float) -> float:
        """Peaks to be expected above a height."""
        excess = max(height - self.threshold, 0.0) / self.scale
        if abs(self.shape) < 1e-6:
            return self.count * math.exp(-excess)
        left = 1.0 + self.shape * excess
        return self.count * left ** (-1.0 / self.shape) if left > 0.0 else 0.0

    def height(self, count: float) -> float:
        """Height above which so many peaks are to be expected; at least the threshold."""
        ratio = self.count / max(count, 1e-300)
        if ratio <= 1.0:
            return self.threshold
        if abs(self.shape) < 1e-6:
            return self.threshold + self.scale * math.log(ratio)
        return self.threshold + self.scale * (ratio**self.shape - 1.0) / self.shape


class Peaks(NamedTuple):
    """Where a map is higher than anywhere near, highest first."""

    height: Float64[ndarray, " peak"]
    line: Int[ndarray, " peak"]
    sample: Int[ndarray, " peak"]


def peaks_of(sigmas: Float64[ndarray, "line sample"], *, apart_px: float = 2.0 * SCALE_PX) -> Peaks:
    """Local maxima of a map that lie so far apart; NaN is no place."""
    from scipy.ndimage import maximum_filter

    height = np.where(np.isfinite(sigmas), sigmas, -np.inf)
    reach = math.ceil(apart_px)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    near = x**2 + y**2 <= apart_px**2
    top: Bool[ndarray, "line sample"] = (height == maximum_filter(height, footprint=near)) & (
        height > -np.inf
    )
    line, sample = np.nonzero(top)
    order = np.argsort(-height[line, sample], kind="stable")
    return Peaks(height[line, sample][order], line[order], sample[order])


def tail_of(peaks: Peaks) -> Tail:
    """The tail of peaks of which nearly all are clutter.

    Raises
    ------
    NotEnoughInformation
        There are too few peaks.
    """
    height = peaks.height[peaks.height > 0.0]
    if height.size < _FEWEST:
        raise NotEnoughInformation(
            f"{height.size} peaks of clutter are too few to tell how often it is mistaken for a "
            f"plume; {_FEWEST} are needed: take a larger scene"
        )
    threshold = float(np.quantile(height, 1.0 - _UPPER))
    excess = height[height > threshold] - threshold
    half, quarter = np.quantile(excess, [0.5, 0.75])
    shape = math.log2((quarter - half) / half) if quarter > half > 0.0 else 0.0
    few = 1.0 / math.sqrt(excess.size)  # the estimate of the shape is noisy, and drawn to nought
    shape = float(np.clip(shape * max(0.0, 1.0 - 4.0 * few), *_SHAPE))
    scale = half / ((2.0**shape - 1.0) / shape) if abs(shape) > 1e-6 else half / math.log(2.0)
    return Tail(threshold, float(excess.size), max(float(scale), 1e-12), shape)
