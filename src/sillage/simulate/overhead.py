"""What does a picture from above see of a leak: the gas over each pixel at one instant?

Each source sends one puff a step. A puff goes with the wind at its height, with its own eddies, and
grows, as those do that sensors in the air meet (`puffs.py`); from above, its height does not
matter. Puffs are put onto pixels by the exact integral of a Gaussian over a square, so no gas is
lost between pixels: all that was released is in the picture, or has left it.

Cost: releases squared over two for the drift, and releases x (lines + samples) error functions.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64
from numpy import ndarray

from sillage.simulate.airflow import EDDY_SHARE, Airflow, eddies
from sillage.simulate.leaks import release
from sillage.simulate.puffs import Growth, grow
from sillage.simulate.world import World


class View(NamedTuple):
    """Square pixels seen straight from above, lines from north to south."""

    lines: int
    samples: int
    pixel_m: float
    west_m: float = 0.0
    """Outer edge of the first sample, in the world's metres."""
    north_m: float = 0.0
    """Outer edge of the first line."""


def columns_above(
    world: World,
    air: Airflow,
    view: View,
    rng: np.random.Generator,
    *,
    first_s: float = 0.0,
) -> Float64[ndarray, "line sample"]:
    """Gas over each pixel at the end of an airflow, kg m-2.

    Parameters
    ----------
    world
        Whose sources leak; its sensors and its duration do not matter.
    air
        The wind up to the picture, as `airflow.blow` draws it. Gas is released from its first step
        on, so it should last as long as the wind takes to cross the view.
    view
        The pixels.
    rng
        Draws eddies, and places within a source.
    first_s
        When the first step is, after the start of the world: sources come and go by its clock.
    """
    steps = len(air.drift_m_s)
    seconds = first_s + np.arange(steps) * world.step_s
    seen = np.zeros((view.lines, view.samples))
    for source, stream in zip(world.sources, rng.spawn(len(world.sources)), strict=True):
        puffs = release(source, world, seconds, stream)
        growth = grow(
            world.wind,
            air.turbulence,
            height_m=source.height_m,
            mast_m=world.mast.height_m,
            ages=steps,
            step_s=world.step_s,
        )
        place = _drifted(puffs[:, :2], world, air, growth, stream)
        # the oldest puff was released first
        seen += _laid(place, puffs[:, 3], growth.sigma_h_m[::-1], view)
    return seen


def _drifted(
    place_m: Float64[ndarray, "puff 2"],
    world: World,
    air: Airflow,
    growth: Growth,
    rng: np.random.Generator,
) -> Float64[ndarray, "puff 2"]:
    """Where puffs are after the last step; of each step one, the first released first."""
    steps = len(place_m)
    place = place_m.copy()
    eddy = eddies(world, air.turbulence, steps, rng)  # puff 2, as each leaves
    memory = math.exp(-world.step_s / world.wind.eddy_scale_s)
    kick = air.turbulence.sigma_h_m_s * math.sqrt(EDDY_SHARE * (1.0 - memory * memory))
    for now in range(steps):
        out = slice(0, now + 1)
        ahead = air.drift_m_s[now] * growth.shear[now::-1, None] + eddy[out]  # by age: oldest first
        place[out] += ahead * world.step_s
        eddy[out] = memory * eddy[out] + kick * rng.standard_normal((now + 1, 2))
    return place


def _laid(
    place_m: Float64[ndarray, "puff 2"],
    mass_kg: Float64[ndarray, " puff"],
    sigma_m: Float[ndarray, " puff"],
    view: View,
) -> Float64[ndarray, "line sample"]:
    """Puffs integrated over pixels, kg m-2."""
    from scipy.special import ndtr

    east = view.west_m + view.pixel_m * np.arange(view.samples + 1)
    south = view.pixel_m * np.arange(view.lines + 1) - view.north_m
    share = [
        np.diff(ndtr((edge - middle[:, None]) / sigma_m[:, None]), axis=1)
        for edge, middle in ((south, -place_m[:, 1]), (east, place_m[:, 0]))
    ]  # puff line, puff sample
    return np.asarray((mass_kg[:, None] * share[0]).T @ share[1] / view.pixel_m**2)
