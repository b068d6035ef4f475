"""What concentration do drifting puffs of gas leave at each receptor at each step?

Puffs grow sideways by Taylor's law (Proc. Lond. Math. Soc. 20, 1921, 196) with the part of the
turbulence that does not move them, and upwards by the gradient of van Ulden's surface-layer
diffusivity (Atmos. Environ. 12, 1978, 2125): on purpose another family than any plume formula.

Cost: releases x lifetime x receptors pairs. A pair out of reach costs about ten operations, one
within reach about a hundred (two erf, three exp). One hour at 1 s, 20 receptors and puffs that
live 150 steps: 11 M pairs, a tenth within reach: 0.2 G operations, a floor of 0.1 s on one core.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.air.compiled import compiled
from sillage.simulate.airflow import KARMAN, SPREAD_SHARE, Turbulence, shear
from sillage.simulate.world import Climate

REACH = 4.0
"""A puff is felt within this many sigma; beyond lies 6e-5 of its mass."""
FIRST_SIGMA_M = 0.15
"""Size of a puff as it leaves: a leaking fitting, not a mathematical point."""


class Growth(NamedTuple):
    """A puff's size and speed at each age in steps (middle of the step)."""

    sigma_h_m: Float[ndarray, " age"]
    sigma_z_m: Float[ndarray, " age"]
    shear: Float[ndarray, " age"]
    """Speed of the air that carries it over the speed at the mast."""


def grow(
    climate: Climate,
    strength: Turbulence,
    *,
    height_m: float,
    mast_m: float,
    ages: int,
    step_s: float,
) -> Growth:
    """Tabulate size and speed of a puff released at `height_m`, for `ages` steps."""
    age_s = (np.arange(ages) + 0.5) * step_s
    scale_s = climate.eddy_scale_s / 3.0  # the small eddies forget sooner than those it rides
    small = strength.sigma_h_m_s * math.sqrt(SPREAD_SHARE)
    taylor = 2.0 * (small * scale_s) ** 2 * (age_s / scale_s - 1.0 + np.exp(-age_s / scale_s))
    sigma_z, speed = np.empty(ages), np.empty(ages)
    variance = FIRST_SIGMA_M**2
    for age in range(ages):
        mean_height = math.sqrt(height_m**2 + (2.0 / math.pi) * variance)
        diffusivity = KARMAN * strength.friction_m_s * mean_height
        diffusivity /= _heat_gradient(mean_height, climate.obukhov_m)
        memory_s = diffusivity / strength.sigma_w_m_s**2
        growth = 2.0 * diffusivity * -math.expm1(-age_s[age] / memory_s)
        sigma_z[age] = math.sqrt(variance + 0.5 * growth * step_s)
        variance += growth * step_s
        speed[age] = shear(climate, mean_height, mast_m)
    return Growth(np.sqrt(FIRST_SIGMA_M**2 + taylor), sigma_z, speed)


class Release(NamedTuple):
    """The puffs of one source: one leaves at each step."""

    puffs: Float[ndarray, "step 4"]
    """East, north, height in m and mass in kg as each leaves."""
    eddy_m_s: Float[ndarray, "step 2"]
    """Velocity of the eddy that each leaves in."""
    kicks_m_s: Float[ndarray, "step age 2"]
    """What each puff's eddy velocity gains at each age."""
    memory: float
    """What is left of a puff's eddy velocity after a step."""


@compiled
def drift_puffs(
    release: Release,
    growth: Growth,
    drift: Float[ndarray, "step 2"],
    receptors: Float[ndarray, "when node 3"],
    bounds: tuple[float, float, float],
    step_s: float,
) -> Float[ndarray, "step node"]:
    """Mean concentration over each step at each node, kg m-3.

    Each puff is smeared over the way it goes in a step, so that the puffs of a steady wind join
    into a line without gaps. A puff is lost when it leaves the circle.

    Parameters
    ----------
    drift
        Wind at the mast's height, east and north, m/s.
    receptors
        East, north, height in m of each node, at each step or once where nothing moves.
    bounds
        East, north and radius of the circle, m.
    """
    steps, ages = len(drift), len(growth.sigma_h_m)
    moving = len(receptors) > 1
    concentration = np.zeros((steps, receptors.shape[1]))
    for born in range(steps):
        east, north, height, mass = release.puffs[born]
        eddy_east, eddy_north = release.eddy_m_s[born]
        if mass == 0.0:
            continue
        for age in range(min(ages, steps - born)):
            now = born + age
            way_east = (drift[now, 0] * growth.shear[age] + eddy_east) * step_s
            way_north = (drift[now, 1] * growth.shear[age] + eddy_north) * step_s
            _leave_gas(
                concentration[now],
                receptors[now if moving else 0],
                (east, north, height, mass),
                (way_east, way_north),
                (growth.sigma_h_m[age], growth.sigma_z_m[age]),
            )
            east += way_east
            north += way_north
            eddy_east = release.memory * eddy_east + release.kicks_m_s[born, age, 0]
            eddy_north = release.memory * eddy_north + release.kicks_m_s[born, age, 1]
            if (east - bounds[0]) ** 2 + (north - bounds[1]) ** 2 > bounds[2] ** 2:
                break
    return concentration


@compiled
def _leave_gas(
    concentration: Float[ndarray, " node"],
    nodes: Float[ndarray, "node 3"],
    puff: tuple[float, float, float, float],
    way_m: tuple[float, float],
    sigma_m: tuple[float, float],
) -> None:
    """Add to each node the mean, over one step, of one puff that goes a straight way."""
    east, north, height, mass = puff
    spread, lift = sigma_m
    way = max(math.hypot(way_m[0], way_m[1]), 1e-6)
    along_east, along_north = way_m[0] / way, way_m[1] / way
    reach, depth = REACH * spread, REACH * lift
    width = 1.0 / (math.sqrt(2.0) * spread)
    peak = mass / (4.0 * math.pi * spread * lift * way)
    for r in range(len(nodes)):
        off_east = nodes[r, 0] - east
        off_north = nodes[r, 1] - north
        across = off_north * along_east - off_east * along_north
        if across > reach or across < -reach:
            continue
        along = off_east * along_east + off_north * along_north
        if along < -reach or along > way + reach:
            continue
        above, below = nodes[r, 2] - height, nodes[r, 2] + height
        if above > depth or above < -depth:
            continue
        smear = math.erf(along * width) - math.erf((along - way) * width)
        vertical = math.exp(-0.5 * (above / lift) ** 2) + math.exp(-0.5 * (below / lift) ** 2)
        concentration[r] += peak * smear * vertical * math.exp(-0.5 * (across / spread) ** 2)


def _heat_gradient(height_m: float, obukhov_m: float | None) -> float:
    """Businger-Dyer gradient of a scalar, phi_h."""
    if obukhov_m is None:
        return 1.0
    zeta = height_m / obukhov_m
    return 1.0 + 5.0 * min(zeta, 1.0) if zeta >= 0.0 else float((1.0 - 16.0 * zeta) ** -0.5)
