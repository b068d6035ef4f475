"""Does a plume lie the way the wind blows?

Gas is thickest where it comes out, and drifts with the wind: the axis of a plume goes from its
highest pixel to the middle of its mass. Clutter lies any way. How much more probable the angle
between axis and wind is for a plume than for clutter is a likelihood ratio. Nine plumes of ten are
taken to follow the wind within the errors of both; one meanders, or is thickest elsewhere, and so
lies any way as well: no wind speaks against a plume by more than a factor of ten.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

_FOLLOW = 0.9


class Along(NamedTuple):
    """How the axis of a plume lies to the wind."""

    axis_deg: float
    """From the highest pixel to the middle of the mass, clockwise from north."""
    off_deg: float
    """Between axis and wind, -180 to 180."""
    std_deg: float
    """Of that, by both errors."""
    log_ratio: float
    """ln of how much more probable a plume lies so than clutter."""


def along_wind(
    east_m: Float64[ndarray, " pixel"],
    north_m: Float64[ndarray, " pixel"],
    weight: Float64[ndarray, " pixel"],
    *,
    blur_m: float,
    towards_deg: float,
    towards_std_deg: float,
) -> Along:
    """Set the axis of a plume against the wind.

    Parameters
    ----------
    east_m, north_m
        Where its pixels lie, the highest first.
    weight
        Columns of the pixels; those below 0 count as none.
    blur_m
        Width of the average that the plume was found with: error of its highest pixel.
    towards_deg, towards_std_deg
        Where the wind goes, clockwise from north, and its error.
    """
    share = np.maximum(weight, 0.0) / np.maximum(weight, 0.0).sum()
    east, north = float(share @ east_m - east_m[0]), float(share @ north_m - north_m[0])
    axis = math.degrees(math.atan2(east, north)) % 360.0
    axis_std = math.degrees(math.atan2(blur_m, math.hypot(east, north)))
    off = (axis - towards_deg + 180.0) % 360.0 - 180.0
    std = math.hypot(axis_std, towards_std_deg)
    turns = off + 360.0 * np.arange(-3, 4)
    dense = float(np.exp(-0.5 * (turns / std) ** 2).sum()) / (math.sqrt(2.0 * math.pi) * std)
    ratio = _FOLLOW * dense * 360.0 + 1.0 - _FOLLOW
    return Along(axis, off, std, math.log(ratio))
