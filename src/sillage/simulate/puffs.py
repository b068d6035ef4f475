"""What concentration do drifting puffs of gas leave at each receptor at each step?

Puffs grow sideways by Taylor's law (Proc. Lond. Math. Soc. 20, 1921, 196) with the part of the
turbulence that does not move them, and upwards as van Ulden's surface-layer similarity says
(Atmos. Environ. 12, 1978, 2125): on purpose another family than any plume formula.

Cost: releases x lifetime x sensors pairs. A pair out of reach costs about ten operations; each
node within reach, on a beam the only ones that are visited, about a hundred (two erf, three
exp). One hour at 1 s, 20 points and puffs that live 150 steps: 11 M pairs, a tenth within reach:
0.2 G operations, a floor of 0.1 s on one core.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from sillage.air.compiled import compiled, inlined
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
        # near the ground the mean height 0.8 sigma then rises by karman u* / phi_h
        mixing_m = math.sqrt(height_m**2 + 0.5 * math.pi * variance)
        diffusivity = KARMAN * strength.friction_m_s * mixing_m
        diffusivity /= _heat_gradient(mixing_m, climate.obukhov_m)
        memory_s = diffusivity / strength.sigma_w_m_s**2
        growth = 2.0 * diffusivity * -math.expm1(-age_s[age] / memory_s)
        sigma_z[age] = math.sqrt(variance + 0.5 * growth * step_s)
        variance += growth * step_s
        # a ground-level plume travels with the wind at 0.6 of its mean height
        speed[age] = shear(climate, math.hypot(height_m, 0.48 * sigma_z[age]), mast_m)
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


class Inlets(NamedTuple):
    """What each sensor takes in: the mean over evenly spaced nodes, one for a point."""

    first_m: Float[ndarray, "when sensor 3"]
    """East, north, height of the first node, at each step or once where nothing moves."""
    stride_m: Float[ndarray, "sensor 3"]
    """From one node to the next."""
    nodes: Int[ndarray, " sensor"]


@compiled
def drift_puffs(
    release: Release,
    growth: Growth,
    drift: Float[ndarray, "step 2"],
    inlets: Inlets,
    bounds: tuple[float, float, float],
    step_s: float,
) -> Float[ndarray, "step sensor"]:
    """Mean concentration over each step in each sensor, kg m-3.

    Each puff is smeared over the way it goes in a step, so that the puffs of a steady wind join
    into a line without gaps. A puff is lost when it leaves the circle.

    Parameters
    ----------
    drift
        Wind at the mast's height, east and north, m/s.
    bounds
        East, north and radius of the circle, m.
    """
    steps, ages = len(drift), len(growth.sigma_h_m)
    moving = len(inlets.first_m) > 1
    concentration = np.zeros((steps, len(inlets.nodes)))
    for born in range(steps):
        east, north, height, mass = release.puffs[born]
        eddy_east, eddy_north = release.eddy_m_s[born]
        if mass == 0.0:
            continue
        for age in range(min(ages, steps - born)):
            now = born + age
            way_east = (drift[now, 0] * growth.shear[age] + eddy_east) * step_s
            way_north = (drift[now, 1] * growth.shear[age] + eddy_north) * step_s
            puff = (east, north, height, mass, growth.sigma_h_m[age], growth.sigma_z_m[age])
            _leave_gas(
                concentration[now], inlets, now if moving else 0, puff, (way_east, way_north)
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
    concentration: Float[ndarray, " sensor"],
    inlets: Inlets,
    when: int,
    puff: tuple[float, float, float, float, float, float],
    way_m: tuple[float, float],
) -> None:
    """Add to each sensor the mean, over one step, of one puff that goes a straight way.

    A beam is visited twice per puff's sigma, where the midpoint rule of a Gaussian is exact but
    for the ends of the beam.
    """
    east, north, height, mass, spread, lift = puff
    way = max(math.hypot(way_m[0], way_m[1]), 1e-6)
    along_east, along_north = way_m[0] / way, way_m[1] / way
    reach, depth = REACH * spread, REACH * lift
    width = 1.0 / (math.sqrt(2.0) * spread)
    peak = mass / (4.0 * math.pi * spread * lift * way)
    for s in range(len(inlets.nodes)):
        off_east = inlets.first_m[when, s, 0] - east
        off_north = inlets.first_m[when, s, 1] - north
        stride = inlets.stride_m[s]
        across = off_north * along_east - off_east * along_north
        across_stride = stride[1] * along_east - stride[0] * along_north
        begin, end = _between(across, across_stride, (-reach, reach), (0, inlets.nodes[s]))
        if begin >= end:
            continue
        along = off_east * along_east + off_north * along_north
        along_stride = stride[0] * along_east + stride[1] * along_north
        begin, end = _between(along, along_stride, (-reach, way + reach), (begin, end))
        span = end - begin
        sigmas = math.hypot(math.hypot(stride[0], stride[1]) / spread, stride[2] / lift) * span
        visits = max(1, min(span, math.ceil(2.0 * sigmas))) if span > 0 else 0
        for visit in range(visits):
            node = begin - 0.5 + (visit + 0.5) * span / visits
            above = inlets.first_m[when, s, 2] + node * stride[2] - height
            if above > depth or above < -depth:
                continue
            behind = along + node * along_stride
            smear = math.erf(behind * width) - math.erf((behind - way) * width)
            vertical = math.exp(-0.5 * (above / lift) ** 2)
            vertical += math.exp(-0.5 * ((above + 2.0 * height) / lift) ** 2)
            sideways = math.exp(-0.5 * ((across + node * across_stride) / spread) ** 2)
            share = span / visits / inlets.nodes[s]
            concentration[s] += peak * smear * vertical * sideways * share


@inlined
def _between(
    first: float, stride: float, limits: tuple[float, float], nodes: tuple[int, int]
) -> tuple[int, int]:
    """Half-open range of those nodes whose coordinate lies within the limits."""
    if abs(stride) < 1e-9:
        inside = limits[0] <= first <= limits[1]
        return nodes if inside else (0, 0)
    low, high = (limits[0] - first) / stride, (limits[1] - first) / stride
    begin = max(nodes[0], math.ceil(min(low, high)))
    end = min(nodes[1], math.floor(max(low, high)) + 1)
    return begin, end


def _heat_gradient(height_m: float, obukhov_m: float | None) -> float:
    """Businger-Dyer gradient of a scalar, phi_h."""
    if obukhov_m is None:
        return 1.0
    zeta = height_m / obukhov_m
    return 1.0 + 5.0 * min(zeta, 1.0) if zeta >= 0.0 else float((1.0 - 16.0 * zeta) ** -0.5)
