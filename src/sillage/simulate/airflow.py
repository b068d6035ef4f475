"""How does the air move over flat ground, and what does the mast say it does?

Mean wind by Monin-Obukhov similarity (Businger-Dyer, as in Dyer, Boundary-Layer Meteorol. 7,
1974, 363); turbulence by Panofsky et al., Boundary-Layer Meteorol. 11, 1977, 355. The variance
of the horizontal wind is shared between meander (all puffs go together), eddies (each puff
rides its own) and the rest, which spreads a puff instead of moving it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.simulate.wandering import wander
from sillage.simulate.world import Climate, World

KARMAN = 0.4
MEANDER_SHARE, EDDY_SHARE, SPREAD_SHARE = 0.45, 0.30, 0.25
"""Of the variance of the horizontal wind; they add up to one."""
EULERIAN = 0.55
"""Hay and Pasquill's beta is this over the turbulence intensity (Pasquill & Smith, 1983)."""


class Turbulence(NamedTuple):
    """Strength of the turbulence in the surface layer, m/s."""

    friction_m_s: float
    sigma_h_m_s: float
    """Of either horizontal component."""
    sigma_w_m_s: float


class Airflow(NamedTuple):
    """The wind that carries puffs: columns over the steps, m/s at the mast's height."""

    drift_m_s: Float[ndarray, "step 2"]
    """East and north, the same everywhere: mean, slow drift and meander."""
    turbulence: Turbulence


def turbulence(climate: Climate, height_m: float) -> Turbulence:
    """Strength of the turbulence under a wind measured at `height_m`."""
    friction = KARMAN * climate.speed_m_s / _log_profile(climate, height_m)
    unstable = 0.0 if climate.obukhov_m is None else max(0.0, -1.0 / climate.obukhov_m)
    return Turbulence(
        friction_m_s=friction,
        sigma_h_m_s=friction * (12.0 + 0.5 * climate.mixing_height_m * unstable) ** (1 / 3),
        sigma_w_m_s=1.25 * friction * (1.0 + 3.0 * height_m * unstable) ** (1 / 3),
    )


def shear(climate: Climate, height_m: float, mast_m: float) -> float:
    """Speed at `height_m` over the speed at the mast."""
    return _log_profile(climate, height_m) / _log_profile(climate, mast_m)


def blow(world: World, steps: int, rng: np.random.Generator) -> Airflow:
    """Draw the wind of a world over `steps` steps."""
    climate = world.wind
    strength = turbulence(climate, world.mast.height_m)
    slow = climate.drift_scale_s / world.step_s
    log_speed = wander(steps, climate.speed_drift, slow, rng) - 0.5 * climate.speed_drift**2
    speed = climate.speed_m_s * np.exp(log_speed)
    turn = wander(steps, math.radians(climate.direction_drift_deg), slow, rng)
    towards = math.radians(climate.from_deg + 180.0) + turn  # clockwise from north
    meander = np.stack(
        [
            wander(
                steps,
                strength.sigma_h_m_s * math.sqrt(MEANDER_SHARE),
                climate.meander_scale_s / world.step_s,
                rng,
            )
            for _ in range(2)
        ],
        axis=1,
    )  # step 2
    mean = speed[:, None] * np.stack([np.sin(towards), np.cos(towards)], axis=1)  # step 2
    return Airflow(drift_m_s=mean + meander, turbulence=strength)


def eddies(world: World, strength: Turbulence, steps: int, rng: np.random.Generator) -> ndarray:
    """Velocity of the passing eddies at one fixed place, m/s: (step, 2) east and north."""
    climate = world.wind
    intensity = strength.sigma_h_m_s / climate.speed_m_s
    scale_s = max(climate.eddy_scale_s * intensity / EULERIAN, 0.5 * world.step_s)
    std = strength.sigma_h_m_s * math.sqrt(EDDY_SHARE)
    return np.stack([wander(steps, std, scale_s / world.step_s, rng) for _ in range(2)], axis=1)


def measure(
    world: World, air: Airflow, before: int, rng: np.random.Generator
) -> tuple[Float[ndarray, " row"], Float[ndarray, " row"]]:
    """Speed (m/s) and direction (deg, from) that the mast logs after the first `before` steps.

    Its calibration and its north mark are wrong by an error that stays for the whole world.
    """
    mast, drift = world.mast, air.drift_m_s[before:]
    strength = air.turbulence
    small = rng.standard_normal(drift.shape) * strength.sigma_h_m_s * math.sqrt(SPREAD_SHARE)
    wind = drift + eddies(world, strength, len(drift), rng) + small  # step 2
    wind = wind * (1.0 + mast.speed_bias_std * rng.standard_normal())
    wind += mast.noise_m_s * rng.standard_normal(wind.shape)
    misalignment = math.radians(mast.misalignment_std_deg) * rng.standard_normal()
    east, north = wind.T
    turned = np.stack(
        [
            east * math.cos(misalignment) + north * math.sin(misalignment),
            north * math.cos(misalignment) - east * math.sin(misalignment),
        ],
        axis=1,
    )
    return logged(world, turned)


def logged(
    world: World, wind: Float[ndarray, "step 2"]
) -> tuple[Float[ndarray, " row"], Float[ndarray, " row"]]:
    """Vector means over `mast.every_s`, written as speed (m/s) and direction (deg, from)."""
    each = round(world.mast.every_s / world.step_s)
    rows = len(wind) // each
    east, north = wind[: rows * each].reshape(rows, each, 2).mean(axis=1).T
    from_deg = np.round(np.degrees(np.arctan2(-east, -north)) % 360.0, 1) % 360.0
    return np.round(np.hypot(east, north), 2), from_deg


def _log_profile(climate: Climate, height_m: float) -> float:
    """Speed over (friction velocity / von Karman constant) at a height."""
    height = max(height_m, 2.0 * climate.roughness_m)
    profile = math.log(height / climate.roughness_m)
    if climate.obukhov_m is None:
        return profile
    return max(0.3, profile - _psi(height / climate.obukhov_m))


def _psi(zeta: float) -> float:
    """Stability correction of the log profile, Businger-Dyer."""
    if zeta >= 0.0:
        return -5.0 * min(zeta, 1.0)
    x = (1.0 - 16.0 * zeta) ** 0.25
    return (
        2.0 * math.log((1.0 + x) / 2.0)
        + math.log((1.0 + x * x) / 2.0)
        - 2.0 * math.atan(x)
        + math.pi / 2.0
    )
