"""What would the inverter's own plume make of a world? For telling its errors from the model's.

Within each averaging block the wind is steady and the gas follows the steady Gaussian plume of
`sillage.air` with Draxler's growth; the mast logs the block's wind exactly, with the turbulence
about it. An estimator that is calibrated here and not on mismatched worlds is too sure of its
physics.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.air.growth import Growth, draxler
from sillage.air.plume import path_coupling, point_coupling, square_spread
from sillage.simulate.airflow import blow
from sillage.simulate.leaks import SECONDS_PER_HOUR, is_on, whereabouts
from sillage.simulate.world import Beam, World


def steady(
    world: World,
    places: tuple[Float[ndarray, "_ 3"], ...],
    steps: int,
    rng: np.random.Generator,
) -> tuple[Float[ndarray, "step 2"], Float[ndarray, "step sensor"]]:
    """Wind at the mast, east and north in m/s, and concentration in kg m-3."""
    air = blow(world, steps, rng)
    strength = air.turbulence
    each = max(1, round(world.average_s / world.step_s))
    block = np.arange(steps) // each  # step
    count = int(block[-1]) + 1
    mean = _block_means(air.drift_m_s, block, count)
    gusts = strength.sigma_h_m_s * rng.standard_normal((steps, 2))
    gusts -= _block_means(gusts, block, count)[block]
    speed = np.hypot(*mean.T)
    growth = draxler(strength.sigma_h_m_s / speed, strength.sigma_w_m_s / speed, speed)
    seconds = np.arange(steps) * world.step_s
    concentration = np.zeros((steps, len(places)))
    for source in world.sources:
        rate = source.rate_kg_h / SECONDS_PER_HOUR * is_on(source, seconds)
        height = np.full((steps, 1), source.height_m)
        leak = np.hstack([whereabouts(source, seconds), height])  # step 3
        spread_m = square_spread(source.side_m)
        for column, (sensor, place) in enumerate(zip(world.sensors, places, strict=True)):
            # the plume depends on differences alone, so a moving source stays at the origin
            apart = leak * (1.0, 1.0, 0.0)
            own = Growth(*(np.asarray(v)[block] if np.ndim(v) else v for v in growth))
            above = [(0.0, 0.0, source.height_m)]
            if isinstance(sensor, Beam):
                ends = np.array([*sensor.begin_m, *sensor.end_m]) - np.tile(apart, 2)
                coupling = path_coupling(above, ends, mean[block], own, spread_m=spread_m)
            else:
                here = place - apart
                coupling = point_coupling(above, here, mean[block], own, spread_m=spread_m)
            concentration[:, column] += rate * coupling[0]
    return mean[block] + gusts, concentration


def _block_means(
    series: Float[ndarray, "step 2"], block: ndarray, count: int
) -> Float[ndarray, "block 2"]:
    total = np.stack([np.bincount(block, axis, minlength=count) for axis in series.T], axis=1)
    return total / np.bincount(block, minlength=count)[:, None]
