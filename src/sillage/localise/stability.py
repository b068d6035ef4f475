"""How does a plume rise in air whose friction and heat are known: the vertical width by similarity.

Turbulence of a mast says how fast a plume starts to spread. What becomes of it then is a matter of
stability: at night it all but stops, by day it goes on ever faster. Where the wind comes with an
Obukhov length the width follows `sillage.air.surface_layer.surface_growth`; elsewhere nothing is
known of the kind, and it follows the measured turbulence alone.

Reference: Foken, 50 years of the Monin-Obukhov similarity theory, Boundary-Layer Meteorology 119,
2006, 431-447: how far it holds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sillage.air.surface_layer import Layer, friction_at, speed_at, surface_growth
from sillage.localise.lineup import Floats, Integers
from sillage.localise.settings import Settings
from sillage.records.arrays import Arrays
from sillage.records.wind import Wind

_PLUME_HEIGHT_M = 2.0  # where the profile is read
_LEAST_OBUKHOV_M = 1.0  # similarity is not measured further than z/L of two (Foken 2006)
_MATCHED_M = 100.0  # middle of the distances, 10 m to 1 km, at which leaks are looked for


class Stability(NamedTuple):
    """State of the air in each block; NaN where it is not known."""

    friction_m_s: Floats
    obukhov_m: Floats
    profile: Floats
    """Wind at plume height against the mast's; neutral where nothing is known."""


def knows_length(wind: Wind) -> bool:
    """Whether an Obukhov length comes with the wind."""
    return "obukhov_m" in wind.samples or wind.obukhov_m is not None


def knows_friction(wind: Wind) -> bool:
    """Whether a friction velocity comes with the wind."""
    return "friction_velocity_m_s" in wind.samples or wind.friction_velocity_m_s is not None


def stability_of(wind: Wind, row: Integers, settings: Settings) -> Stability:
    """Friction, Obukhov length and profile of some rows of the wind.

    Where only the Obukhov length is known, friction is that of the mean speed by the profile.
    """
    table = wind.samples
    length = _column(wind, "obukhov_m", wind.obukhov_m, row)
    friction = _column(wind, "friction_velocity_m_s", wind.friction_velocity_m_s, row)
    length = np.where(length == 0.0, np.nan, length)  # no length at all
    length = np.copysign(np.maximum(np.abs(length), _LEAST_OBUKHOV_M), length)
    above_ground = wind.height_above == "ground"
    mast = Layer(
        speed_m_s=np.hypot(table["east_m_s"], table["north_m_s"])[row],
        height_m=wind.height_m,
        tan_gamma_y=0.0,
        friction_m_s=0.0,
        obukhov_m=np.where(np.isnan(length), np.inf, length),
        roughness_m=settings.roughness_m,
    )
    if above_ground:
        friction = np.where(np.isnan(friction), friction_at(mast), friction)
    profile = np.ones(row.size)
    if above_ground and wind.height_m > _PLUME_HEIGHT_M:
        profile = speed_at(mast._replace(speed_m_s=np.ones(row.size)), _PLUME_HEIGHT_M)
    return Stability(friction, length, profile)


def _column(wind: Wind, name: str, everywhere: float | None, row: Integers) -> Floats:
    """What some rows of the wind say, or the record as a whole; NaN where nobody does."""
    if name in wind.samples:
        return np.asarray(wind.samples[name][row], dtype=np.float64)
    return np.full(row.size, np.nan if everywhere is None else everywhere)


def vertical_width(air: Stability, speed_m_s: Floats) -> tuple[Floats, Floats, Floats]:
    """a, b and lift of the fan's vertical width by similarity; NaN where stability is unknown.

    Stable air bends growth with the power 2/3 of distance, and the fan with 1/2: the two agree at
    100 m, and part with the power 1/6 only: by 1.2 at three times the distance.
    """
    known = ~np.isnan(air.obukhov_m + air.friction_m_s)
    law = surface_growth(
        Layer(
            speed_m_s=speed_m_s,
            height_m=_PLUME_HEIGHT_M,
            tan_gamma_y=0.0,
            friction_m_s=np.where(known, air.friction_m_s, np.nan),
            obukhov_m=np.where(known, air.obukhov_m, np.inf),
        )
    )
    first, bend = np.asarray(law.a_z, np.float64), np.asarray(law.b_z, np.float64)
    is_stable = np.asarray(law.c_z) > 0.0
    matched = bend * _MATCHED_M ** (np.asarray(law.r_z) - 0.5)
    return first, np.where(is_stable, matched, 0.0 * bend), np.where(is_stable, 0.0 * bend, bend)


def steady(table: Arrays, sigma: str, settings: Settings) -> Floats:
    """A standard deviation at each row of the wind: the root mean square about its time.

    One minute tells a variance within a half only, half an hour within a tenth (two roots of the
    integral time scale, some 4 s, over the time: Lenschow, Mann & Kristensen, J. Atmos. Oceanic
    Technol. 11, 1994); and what scatters in the plume's width by chance makes a plume look weaker
    than it is.
    """
    time_ns, square = table["time_ns"], table[sigma] ** 2
    half_ns = round(settings.turbulence_s * 5e8)
    known = np.isfinite(square)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, square, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])
    first = np.searchsorted(time_ns, time_ns - half_ns, side="left")
    last = np.searchsorted(time_ns, time_ns + half_ns, side="right")
    held = count[last] - count[first]
    mean = (total[last] - total[first]) / np.maximum(held, 1)
    return np.where(held > 0, np.sqrt(np.maximum(mean, 0.0)), np.nan)
