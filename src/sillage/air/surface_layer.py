"""How do wind, turbulence and a plume near the ground follow from friction and heat.

Monin-Obukhov similarity. Obukhov lengths are negative in unstable air, positive in stable air,
infinite in neutral air. Every function broadcasts; speeds in m s-1, lengths in m.

References
----------
Paulson, J. Appl. Meteor. 9, 1970, and Dyer, Boundary-Layer Meteorology 7, 1974: wind profile.
Panofsky & Dutton, Atmospheric Turbulence, 1984: vertical turbulence.
Venkatram et al., Atmospheric Environment 77, 2013, 846-855: vertical spread near the ground.
Pasquill, EPA-600/4-76-030b, 1976, recommended by Hanna et al., Bull. Am. Met. Soc. 58, 1977:
crosswind spread from the measured spread of wind direction; in closed form by Irwin,
EPA-600/4-79-062.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf

from sillage.air.growth import Growth, sigma
from sillage.air.wind import KARMAN

_SETTLED = 40  # halvings of the step between speed and spread: 1e-12

# distance m, and crosswind spread over tan(gamma_y) x: Pasquill 1976, table
_PASQUILL = np.array(
    [
        (1.0, 1.0),
        (100.0, 0.8),
        (200.0, 0.7),
        (400.0, 0.65),
        (1000.0, 0.6),
        (2000.0, 0.5),
        (4000.0, 0.4),
        (10000.0, 0.33),
    ]
)


class Layer(NamedTuple):
    """The air near the ground during one stretch of time; floats or arrays of one shape."""

    speed_m_s: ArrayLike
    """Mean speed at `height_m`."""
    height_m: ArrayLike
    tan_gamma_y: ArrayLike
    """Crosswind turbulence intensity sigma_v / U: the spread of wind direction in radians."""
    friction_m_s: ArrayLike
    """Friction velocity."""
    obukhov_m: ArrayLike
    roughness_m: ArrayLike = 0.03


def psi_momentum(height_m: ArrayLike, obukhov_m: ArrayLike) -> NDArray[np.float64]:
    """Stability function of the wind profile; in very stable air it grows only logarithmically."""
    ratio = np.asarray(height_m, dtype=np.float64) / np.asarray(obukhov_m, dtype=np.float64)
    x = np.sqrt(np.sqrt(1.0 - 16.0 * np.minimum(ratio, 0.0)))
    unstable = 2 * np.log((1 + x) / 2) + np.log((1 + x * x) / 2) - 2 * np.arctan(x) + np.pi / 2
    stable = -5.0 * np.where(ratio <= 1.0, ratio, 1.0 + np.log(np.maximum(ratio, 1.0)))
    return np.where(ratio < 0.0, unstable, stable)


def speed_at(layer: Layer, height_m: ArrayLike) -> NDArray[np.float64]:
    """Wind speed at another height, by the logarithmic profile with stability.

    Heights below ten roughness lengths are taken there, where the profile still holds.
    """
    roughness = np.asarray(layer.roughness_m, dtype=np.float64)

    def shape(height: ArrayLike) -> NDArray[np.float64]:
        above = np.maximum(np.asarray(height, dtype=np.float64), 10.0 * roughness)
        return np.asarray(np.log(above / roughness) - psi_momentum(above, layer.obukhov_m))

    return np.asarray(np.asarray(layer.speed_m_s) * shape(height_m) / shape(layer.height_m))


def friction_at(layer: Layer) -> NDArray[np.float64]:
    """Friction velocity that a mean speed stands for, by the same profile; `layer`'s is not read.

    Where the profile leaves less than a tenth of its neutral shape, in very unstable air close to
    the ground, that tenth is taken.
    """
    roughness = np.asarray(layer.roughness_m, dtype=np.float64)
    above = np.maximum(np.asarray(layer.height_m, dtype=np.float64), 10.0 * roughness)
    neutral = np.log(above / roughness)
    shape = np.maximum(neutral - psi_momentum(above, layer.obukhov_m), 0.1 * neutral)
    return np.asarray(KARMAN * np.asarray(layer.speed_m_s, dtype=np.float64) / shape)


def sigma_w(
    friction_m_s: ArrayLike, height_m: ArrayLike, obukhov_m: ArrayLike
) -> NDArray[np.float64]:
    """Vertical fluctuation of the wind: 1.25 u* (1 - 3 z/L)^(1/3), and 1.25 u* in stable air."""
    ratio = np.asarray(height_m, dtype=np.float64) / np.asarray(obukhov_m, dtype=np.float64)
    return np.asarray(1.25 * np.asarray(friction_m_s) * np.cbrt(1.0 - 3.0 * np.minimum(ratio, 0.0)))


def friction_from_sigma_w(
    sigma_w_m_s: ArrayLike, height_m: ArrayLike, obukhov_m: ArrayLike = np.inf
) -> NDArray[np.float64]:
    """Friction velocity that a measured vertical fluctuation stands for."""
    return np.asarray(np.asarray(sigma_w_m_s) / sigma_w(1.0, height_m, obukhov_m))


def crosswind_share(distance_m: ArrayLike) -> NDArray[np.float64]:
    """Crosswind spread over tan(gamma_y) x: Pasquill's table, between its rows in log distance."""
    distance = np.maximum(np.asarray(distance_m, dtype=np.float64), 1.0)
    share = np.interp(np.log(distance), np.log(_PASQUILL[:, 0]), _PASQUILL[:, 1])
    return np.asarray(share, dtype=np.float64)


def surface_growth(layer: Layer, speed_m_s: ArrayLike | None = None) -> Growth:
    """Growth of a plume from a source near the ground, from what the wind was measured to do.

    Crosswind  tan(gamma_y) x / (1 + 0.0308 x^0.4548);
    vertical   0.57 e x / (1 + 3 e (x/L)^(2/3)) stable, 0.57 e x (1 + 1.5 e x/|L|) unstable,
    with e = u*/U.

    Parameters
    ----------
    layer
        The air; turbulence is taken as measured, and is not moved to another height.
    speed_m_s
        Speed U at which the plume travels; that of the layer when it is not given.
    """
    speed = layer.speed_m_s if speed_m_s is None else speed_m_s
    per_speed = np.asarray(layer.friction_m_s, np.float64) / np.asarray(speed, np.float64)
    per_length = 1.0 / np.asarray(layer.obukhov_m, dtype=np.float64)
    stable = per_length > 0.0
    bend = np.where(stable, 3.0 * np.cbrt(per_length**2), 1.5 * np.abs(per_length))
    return Growth(
        a_y=np.asarray(layer.tan_gamma_y, dtype=np.float64),
        b_y=0.0308,
        r_y=0.4548,
        c_y=1.0,
        a_z=0.57 * per_speed,
        b_z=per_speed * bend,
        r_z=np.where(stable, 2.0 / 3.0, 1.0),
        c_z=np.where(stable, 1.0, -1.0),
    )


def travel(
    layer: Layer, distance_m: ArrayLike, source_height_m: ArrayLike
) -> tuple[NDArray[np.float64], Growth]:
    """Speed at which a plume has travelled to a distance, and its growth there.

    The speed is that at the mean height of the plume, which rises as the plume spreads, which
    it does the less the faster it travels: found by averaging one with the other.

    Returns
    -------
    tuple
        Speed, m s-1, and a growth that is right at that distance, crosswind by Pasquill's own
        table; both of the broadcast shape of the arguments.
    """
    distance = np.asarray(distance_m, dtype=np.float64)
    height = np.asarray(source_height_m, dtype=np.float64)
    speed = speed_at(layer, height) + 0.0 * distance
    for _ in range(_SETTLED):
        spread = np.maximum(sigma(surface_growth(layer, speed), distance)[1], 1e-9)
        ratio = height / (np.sqrt(2.0) * spread)
        mean_height = np.sqrt(2.0 / np.pi) * spread * np.exp(-(ratio**2)) + height * erf(ratio)
        speed = 0.5 * (speed + speed_at(layer, mean_height))
    growth = surface_growth(layer, speed)
    share = crosswind_share(distance)
    return np.asarray(speed), growth._replace(
        a_y=np.asarray(layer.tan_gamma_y) * share, b_y=0.0, c_y=0.0
    )
