"""What would have been seen had there been no gas, and how far off may that be?

Ground without gas varies in a few directions, one for each way in which warmth and surface differ;
beyond them there is noise. Both are learned from pixels off the plume: noise is what is left of a
band once the others have told of it; directions are principal components, in units of that noise,
of spectra that were smoothed over neighbours, since noise falls by that and ground hardly does.
Those count whose variance noise alone would not reach. The background beneath a plume is the
pixel's own spectrum, laid onto the directions.

References: Roger & Arnold, Int. J. Remote Sens. 17, 1996, 951 (noise of a band by regression);
Green et al., IEEE TGRS 26, 1988, 65 (components by what neighbours share); Johnstone, Ann. Stat.
29, 2001, 295 (largest variance of noise alone); Jarman et al., arXiv 2411.15378, 2024 (components
beside means and nearest neighbours).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64
from numpy import ndarray
from scipy.ndimage import gaussian_filter

from sillage.errors import NotEnoughInformation

_MARGIN = 1.05
"""A direction's variance is over that of noise by at least this factor."""
_NEIGHBOURS = (1.5, 1.5)
"""Pixels, one sigma, over which spectra are smoothed to find directions."""
_SPARE = 1.2
"""Clear pixels for each band, at least."""


@dataclass(frozen=True, eq=False)
class Background:
    """Spectra without gas: a mean, directions about it, and noise."""

    mean: Float64[ndarray, " band"]
    noise: Float64[ndarray, " band"]
    """One sigma of a band, in the unit of radiance."""
    direction: Float64[ndarray, "band direction"]
    """Orthonormal, of spectra in units of noise."""
    variance: Float64[ndarray, " direction"]
    """Of pixels along each direction; 1 is that of noise."""
    coherent: Float64[ndarray, " direction"]
    """What of it neighbours share."""
    pixels: int
    """From which it was learned."""

    def whitened(self, spectra: Float64[ndarray, "*row band"]) -> Float64[ndarray, "*row band"]:
        """Differences of radiance such that each direction and what is left have variance 1."""
        return deflated(spectra / self.noise, self.direction, self.variance)

    def beneath(self, spectra: Float64[ndarray, "pixel band"]) -> Float64[ndarray, "pixel band"]:
        """Radiance that pixels would have without gas: what of them lies along the directions."""
        away = (spectra - self.mean) / self.noise
        along = away @ self.direction @ self.direction.T
        return np.asarray(self.mean + self.noise * along)


def least_pixels(bands: int) -> int:
    """Clear pixels that so many bands take."""
    return int(np.ceil(_SPARE * bands))


def learn_background(
    cube: Float64[ndarray, "line sample band"], clear: Bool[ndarray, "line sample"]
) -> Background:
    """Learn mean, noise and directions from pixels without gas.

    Raises
    ------
    NotEnoughInformation
        There are fewer pixels than it takes, or a band never varies.
    """
    spectra = cube[clear]  # pixel band
    pixels, bands = spectra.shape
    least = least_pixels(bands)
    if pixels < least:
        raise NotEnoughInformation(
            f"{pixels} clear pixels off the plume are too few for {bands} bands; give a scene with "
            f"{least} or more, or fewer bands"
        )
    mean = spectra.mean(axis=0)
    noise = _noise(spectra - mean)
    away = (spectra - mean) / noise
    smooth = _smoothed((cube - mean) / noise, clear)
    shared, direction = np.linalg.eigh(smooth.T @ smooth / pixels)
    count = _directions(shared, pixels)
    shared, direction = shared[::-1][:count], direction[:, ::-1][:, :count]
    variance = np.maximum(((away @ direction) ** 2).mean(axis=0), 1.0)
    return Background(mean, noise, direction, variance, np.minimum(shared, variance), pixels)


def _noise(away: Float64[ndarray, "pixel band"]) -> Float64[ndarray, " band"]:
    """One sigma of what all other bands cannot tell of a band."""
    pixels, bands = away.shape
    scale = away.std(axis=0)
    if not (scale > 0.0).all():
        raise NotEnoughInformation(
            f"band {int(np.argmin(scale))} has one value in all clear pixels; leave it out"
        )
    correlation = (away / scale).T @ (away / scale) / pixels
    apart = np.diag(np.linalg.inv(correlation + 1e-9 * np.eye(bands)))
    return np.asarray(scale * np.sqrt(pixels / (pixels - bands) / apart))


def _smoothed(
    away: Float64[ndarray, "line sample band"], clear: Bool[ndarray, "line sample"]
) -> Float64[ndarray, "pixel band"]:
    """Clear pixels, each the mean of the clear ones about it."""
    share = gaussian_filter(clear.astype(float), _NEIGHBOURS)
    summed = gaussian_filter(np.where(clear[..., None], away, 0.0), (*_NEIGHBOURS, 0.0))
    return np.asarray(summed[clear] / share[clear][:, None])


def deflated(
    whitened: Float64[ndarray, "*row band"],
    direction: Float64[ndarray, "band direction"],
    variance: Float64[ndarray, " direction"],
) -> Float64[ndarray, "*row band"]:
    """Spectra in noise, with each direction shrunk to its own standard deviation."""
    along = whitened @ direction
    return np.asarray(whitened - (along * (1.0 - 1.0 / np.sqrt(variance))) @ direction.T)


def _directions(shared: Float64[ndarray, " band"], pixels: int) -> int:
    """How many variances are over what smoothed noise alone would reach."""
    bands = len(shared)
    left = 1.0 / (4.0 * np.pi * _NEIGHBOURS[0] * _NEIGHBOURS[1])  # variance, and share of pixels
    edge = left * (1.0 + np.sqrt(bands / (pixels * left))) ** 2 * _MARGIN
    return int(np.clip((shared > edge).sum(), 1, bands // 2))
