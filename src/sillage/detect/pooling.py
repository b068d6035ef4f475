"""What does a plume look like as one spectrum, and how far from nothing may such a one stray?

The pixels of a mask are added, each weighed by its thermal contrast, which no gas has a part in.
Noise of pixels is independent, so it keeps its size; warmth and surface, along the directions of
the background, are taken to be the same in all. How far the rest strays is measured: the same mask
with the same weights is laid onto ground without gas, at as many places as there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64
from numpy import ndarray

from sillage.detect.background import Background, deflated

MOST_WINDOWS = 200
_CLEAR_SHARE = 0.8
"""Of a window's weight that lies on clear ground, at least; the rest is left out of it."""
_FEW_WINDOWS = 8


@dataclass(frozen=True, eq=False)
class Pooling:
    """How the pixels of a mask are added, and how far the sum strays where there is no gas."""

    background: Background
    weight: Float64[ndarray, " pixel"]
    """Squares add up to 1, so that independent noise keeps its size."""
    variance: Float64[ndarray, " direction"]
    """Of pooled spectra along the background's directions, in noise."""
    floor: float
    """Variance of pooled spectra in every other direction; 1 where pixels are independent."""
    windows: int
    """Control windows that were measured; with fewer than eight pixels are taken as independent."""

    def pool(self, spectra: Float64[ndarray, "pixel band"]) -> Float64[ndarray, " band"]:
        """Whitened sum of pixels, given as differences from the background's mean."""
        return self.whitened(self.weight @ spectra)

    def whitened(self, pooled: Float64[ndarray, "*row band"]) -> Float64[ndarray, "*row band"]:
        """Sums of radiance such that without gas they have variance 1 in every direction."""
        own = self.background
        relative = self.variance / self.floor
        return np.asarray(
            deflated(pooled / own.noise, own.direction, relative) / np.sqrt(self.floor)
        )


def learn_pooling(
    cube: Float64[ndarray, "line sample band"],
    background: Background,
    *,
    plume: Bool[ndarray, "line sample"],
    clear: Bool[ndarray, "line sample"],
    weight: Float64[ndarray, " pixel"],
) -> Pooling:
    """Measure on control windows how far a pooled spectrum strays.

    Mean and directions were learned from clear pixels and carry their noise, which a plume sees
    anew and control windows do not. What that adds is the leverage of the plume's own background.

    Parameters
    ----------
    cube
        Radiance.
    background
        Of the same scene.
    plume
        Its pixels, in the order of `weight`.
    clear
        Pixels without gas.
    weight
        Of each pixel of the plume, of any scale.
    """
    weight = weight / np.sqrt((weight**2).sum())
    away = (cube.reshape(-1, cube.shape[-1]) - background.mean) / background.noise
    own = weight @ away[plume.ravel()] @ background.direction
    coherent = background.coherent * weight.sum() ** 2
    leverage = (weight.sum() ** 2 + (own**2 / background.coherent).sum()) / background.pixels
    place, share = _windows(plume, clear, weight)  # window pixel
    if len(place) < _FEW_WINDOWS:
        floor = 1.0 + leverage
        return Pooling(background, weight, np.maximum(coherent, floor), floor, len(place))
    pooled = np.stack([row @ away[at] for at, row in zip(place, share, strict=True)])
    along = pooled @ background.direction  # window direction
    rest = pooled - along @ background.direction.T
    floor = float((rest**2).sum(axis=1).mean() / (pooled.shape[1] - along.shape[1]))
    floor = max(1.0, floor) + leverage
    return Pooling(background, weight, np.maximum(coherent, floor), floor, len(place))


def _windows(
    plume: Bool[ndarray, "line sample"],
    clear: Bool[ndarray, "line sample"],
    weight: Float64[ndarray, " pixel"],
) -> tuple[Int64[ndarray, "window pixel"], Float64[ndarray, "window pixel"]]:
    """Places of the mask elsewhere, around the edges where it leaves the scene, and weights."""
    lines, samples = plume.shape
    line, sample = np.nonzero(plume)
    step = max(1, int(np.sqrt(plume.size / (4 * MOST_WINDOWS))))
    down, right = np.meshgrid(np.arange(0, lines, step), np.arange(0, samples, step), indexing="ij")
    place = ((line + down.reshape(-1, 1)) % lines) * samples
    place += (sample + right.reshape(-1, 1)) % samples
    share = np.where(clear.ravel()[place], weight, 0.0)
    kept = (share**2).sum(axis=1)
    enough = np.flatnonzero(kept >= _CLEAR_SHARE)
    enough = enough[:: max(1, -(-len(enough) // MOST_WINDOWS))]
    return place[enough], share[enough] / np.sqrt(kept[enough, None])
