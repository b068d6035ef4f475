"""Which pixels say nothing about a gas: cloud, flare, saturation, glint, dark ground, dead columns.

Each rule looks at radiance alone and is skipped, with a word, where the instrument lacks its
bands. A masked pixel has no column; a flare's light also spoils the background, so no masked pixel
belongs to it. Rules in sunlight need the height of the sun; without one it is taken as overhead,
which masks less.

References
----------
Flares: Dennison & Roberts, Remote Sens. Environ. 113, 2009 (hyperspectral fire detection index).
Clouds: Sandford et al., Atmos. Meas. Tech. 13, 2020 (thresholds of top-of-atmosphere reflectance).
Water: McFeeters, Int. J. Remote Sens. 17, 1996 (normalised difference water index). Sun: black body
of 5772 K, IAU 2015 resolution B3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec
import numpy as np
from jaxtyping import Bool, Float, Float64
from numpy import ndarray

from sillage.spectra.lwir import planck_radiance

SOLAR_K = 5772.0
SOLAR_RADIUS_AU = 0.00465047


class MaskSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Thresholds of the masks."""

    cloud_reflectance: tuple[float, float, float] = (0.28, 0.46, 0.22)
    """At 450, 1250 and 1650 nm: brighter in all three is a cloud."""
    flare_index: float = 0.05
    """Of radiance at 2430 over 2060 nm, normalised difference: above, something burns."""
    saturation: float | None = None
    """Radiance at which the detector is full, W m-2 sr-1 um-1; none where it is not known."""
    glint_reflectance: float = 0.10
    """Of water at 2200 nm: brighter is the sun's image."""
    dark_reflectance: float = 0.005
    """At 2200 nm: darker ground sends too little light to be absorbed."""
    dead_ratio: float = 4.0
    """A column whose spread is so many times that of its neighbours, or a part of it, is dead."""


class Rule(NamedTuple):
    """One mask: why it is set, the wavelengths it looks at, and where it is set."""

    reason: str
    wavelengths_nm: tuple[float, ...]
    sets: Callable[[Bands, MaskSettings], Bool[ndarray, "line sample"]]


class Bands(NamedTuple):
    """What a rule may look at: a few bands of some lines."""

    radiance: Float[ndarray, "line sample band"]
    """At the wavelengths of the rule, in its order."""
    reflectance: Float[ndarray, "line sample band"]
    """The same, as top-of-atmosphere reflectance."""


def _cloud(seen: Bands, settings: MaskSettings) -> Bool[ndarray, "line sample"]:
    return np.asarray((seen.reflectance > np.array(settings.cloud_reflectance)).all(axis=-1))


def _flare(seen: Bands, settings: MaskSettings) -> Bool[ndarray, "line sample"]:
    long, short = np.moveaxis(seen.radiance, -1, 0)
    burns = long - short > settings.flare_index * (long + short)
    return np.asarray(burns & (short > 0.0))  # below 0 nothing shines, and the index means nothing


def _dark(seen: Bands, settings: MaskSettings) -> Bool[ndarray, "line sample"]:
    return np.asarray(seen.reflectance[..., 0] < settings.dark_reflectance)


def _glint(seen: Bands, settings: MaskSettings) -> Bool[ndarray, "line sample"]:
    green, near, short = np.moveaxis(seen.reflectance, -1, 0)
    return np.asarray((green > near) & (short > settings.glint_reflectance))


RULES = (
    Rule("cloud", (450.0, 1250.0, 1650.0), _cloud),
    Rule("flare", (2430.0, 2060.0), _flare),
    Rule("sun glint on water", (560.0, 860.0, 2200.0), _glint),
    Rule("too dark", (2200.0,), _dark),
)
"""Masks of sunlit scenes."""

FEWEST_FULL = 20
"""Pixels that share the largest value of a band where the detector was full."""
_NEAR_TOP = 0.05
_REACH_NM = 15.0  # how far a band may lie from the wavelength that a rule wants


def places_of(
    wavelength_nm: Float64[ndarray, " band"], wanted_nm: tuple[float, ...]
) -> tuple[int, ...] | None:
    """Bands nearest to some wavelengths; None where the instrument has none near one of them."""
    nearest = [int(np.abs(wavelength_nm - wanted).argmin()) for wanted in wanted_nm]
    off = np.abs(wavelength_nm[nearest] - np.array(wanted_nm))
    return tuple(nearest) if (off <= _REACH_NM).all() else None


def reflectance_of(
    radiance: Float[ndarray, "*pixel band"],
    wavelength_nm: Float64[ndarray, " band"],
    sun_zenith_deg: float,
) -> Float[ndarray, "*pixel band"]:
    """Top-of-atmosphere reflectance in the light of a black sun at one astronomical unit.

    Parameters
    ----------
    radiance
        W m-2 sr-1 um-1.
    wavelength_nm
        Of its bands.
    sun_zenith_deg
        Less than 90.
    """
    sun = planck_radiance(wavelength_nm / 1000.0, SOLAR_K) * SOLAR_RADIUS_AU**2  # irradiance / pi
    return np.asarray(radiance / (sun * np.cos(np.radians(sun_zenith_deg))))


def saturated(
    radiance: Float[ndarray, "line sample band"], settings: MaskSettings
) -> Bool[ndarray, "line sample"]:
    """Pixels in which a band is full."""
    if settings.saturation is None:
        return np.zeros(radiance.shape[:2], dtype=bool)
    return np.asarray((radiance >= settings.saturation).any(axis=-1))


def stands_at_top(values: Float[ndarray, " pixel"], top: float) -> Bool[ndarray, " pixel"]:
    """Pixels of one band at which the detector was full, where nobody says when it is.

    A detector that is full writes the same number again and again: at least twenty pixels of a band
    have its very largest value, and more of them than come within a twentieth of it. On seven real
    scenes, of 188 to 207 bands each, no band has so many.

    Parameters
    ----------
    values
        Of all pixels; NaN where there is none.
    top
        Their largest.
    """
    full: Bool[ndarray, " pixel"] = values >= top
    near = (values > (1.0 - _NEAR_TOP) * top) & ~full
    known = int(np.isfinite(values).sum())
    if not FEWEST_FULL <= full.sum() < known or full.sum() < near.sum() or top <= 0.0:
        return np.zeros(values.shape, dtype=bool)
    return full


def dead_columns(
    spread: Float64[ndarray, " sample"], settings: MaskSettings
) -> Bool[ndarray, " sample"]:
    """Detector columns that do not vary as their neighbours do.

    Parameters
    ----------
    spread
        Standard deviation of each column at one wavelength; NaN where it has no pixel.
    settings
        How different is dead.
    """
    from scipy.ndimage import median_filter

    usual = median_filter(np.nan_to_num(spread), size=21, mode="nearest")
    ratio = settings.dead_ratio
    with np.errstate(invalid="ignore"):
        alive = (spread > usual / ratio) & (spread < usual * ratio)
    return np.asarray(~alive)
