"""Is all the gas that was released in the picture from above, and where the wind puts it?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from jaxtyping import Float64
from numpy import ndarray
from worlds import leaking, small_world

from sillage.simulate.airflow import Airflow, blow, turbulence
from sillage.simulate.overhead import View, columns_above
from sillage.simulate.world import World

STEPS = 120
WIDE = View(lines=300, samples=300, pixel_m=10.0, west_m=-1500.0, north_m=1500.0)


def steady(world: World, east_m_s: float, north_m_s: float) -> Airflow:
    drift = np.tile([east_m_s, north_m_s], (STEPS, 1))
    return Airflow(drift, turbulence(world.wind, world.mast.height_m))


def middle(seen: Float64[ndarray, "line sample"], view: View) -> tuple[float, float]:
    """Centre of mass, east and north."""
    share = seen / seen.sum()
    east = view.west_m + view.pixel_m * (np.arange(view.samples) + 0.5)
    north = view.north_m - view.pixel_m * (np.arange(view.lines) + 0.5)
    return float(share.sum(axis=0) @ east), float(share.sum(axis=1) @ north)


def test_all_that_was_released_is_in_a_picture_that_is_wide_enough() -> None:
    world = leaking(rate_kg_h=36.0)
    air = blow(world, STEPS, np.random.default_rng(0))
    seen = columns_above(world, air, WIDE, np.random.default_rng(1))
    assert seen.min() >= 0.0
    released = 36.0 / 3600.0 * STEPS * world.step_s
    assert seen.sum() * WIDE.pixel_m**2 == pytest.approx(released, rel=1e-6)


def test_pixels_of_another_size_hold_the_same_gas() -> None:
    world = leaking()
    air = blow(world, STEPS, np.random.default_rng(0))
    coarse, fine = (
        columns_above(world, air, view, np.random.default_rng(1))
        for view in (WIDE, WIDE._replace(lines=600, samples=600, pixel_m=5.0))
    )
    together = fine.reshape(300, 2, 300, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(together, coarse, rtol=1e-9, atol=1e-12 * coarse.max())


@pytest.mark.parametrize("towards_deg", [0.0, 90.0, 200.0, 315.0])
def test_a_plume_lies_downwind_of_its_source_and_is_as_long_as_the_wind_went(
    towards_deg: float,
) -> None:
    world = leaking(east_m=-10.0, north_m=20.0)
    along = math.sin(math.radians(towards_deg)), math.cos(math.radians(towards_deg))
    air = steady(world, 4.0 * along[0], 4.0 * along[1])
    seen = columns_above(world, air, WIDE, np.random.default_rng(2))
    east, north = middle(seen, WIDE)
    away = (east + 10.0) * along[0] + (north - 20.0) * along[1]
    across = (east + 10.0) * along[1] - (north - 20.0) * along[0]
    assert 0.7 * 2.0 * STEPS < away < 1.3 * 2.0 * STEPS  # slower near the ground, faster above
    assert abs(across) < 0.15 * away


def test_twice_the_rate_is_twice_the_gas_and_sources_add() -> None:
    world = leaking()
    air = blow(world, STEPS, np.random.default_rng(3))
    one, two = (
        columns_above(leaking(rate_kg_h=rate), air, WIDE, np.random.default_rng(4))
        for rate in (2.0, 4.0)
    )
    np.testing.assert_allclose(two, 2.0 * one, rtol=1e-12, atol=1e-15 * one.max())
    (leak,) = world.sources
    other = {"name": "other", "east_m": 50.0, "north_m": 90.0, "rate_kg_h": 1.0}
    both = small_world(
        sources=[{"name": leak.name, "east_m": -10.0, "north_m": 0.0, "rate_kg_h": 2.0}, other]
    )
    seen = columns_above(both, air, WIDE, np.random.default_rng(4))
    assert seen.sum() == pytest.approx(1.5 * one.sum(), rel=1e-6)


def test_a_source_that_is_shut_leaves_nothing() -> None:
    world = leaking(intervals_s=[[500.0, 600.0]])
    air = blow(world, STEPS, np.random.default_rng(5))
    assert columns_above(world, air, WIDE, np.random.default_rng(6)).max() == 0.0
