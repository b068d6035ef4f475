"""Do puffs keep their mass, stay where the wind puts them, and obey superposition?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy import ndarray
from worlds import leaking, small_world

from sillage.simulate import generate
from sillage.simulate.airflow import turbulence
from sillage.simulate.puffs import Growth, Inlets, Release, drift_puffs, grow
from sillage.simulate.world import Climate

FAR = (0.0, 0.0, 1e6)


def points(places: ndarray) -> Inlets:
    count = len(places)
    return Inlets(places[None], np.zeros((count, 3)), np.ones(count, dtype=np.int64))


def steady_release(steps: int, mass_kg: float = 1.0, height_m: float = 2.0) -> Release:
    puffs = np.tile([0.0, 0.0, height_m, mass_kg], (steps, 1))
    still = np.zeros((steps, 2))
    return Release(puffs, still, np.zeros((steps, steps, 2), dtype=np.float32), 0.9)


def plain_growth(steps: int) -> Growth:
    age = np.arange(steps) + 0.5
    return Growth(1.0 + 0.3 * age, 0.8 + 0.1 * age, np.ones(steps))


@pytest.mark.parametrize("towards", [0.0, 0.7, 2.9, 4.4])
def test_the_mass_in_the_air_is_the_mass_released(towards: float) -> None:
    steps, spacing = 12, 0.75
    drift = np.tile([2.0 * math.cos(towards), 2.0 * math.sin(towards)], (steps, 1))
    side = np.arange(-50.0, 50.0, spacing)
    up = np.arange(0.5 * spacing, 14.0, spacing)
    grid = np.stack(np.meshgrid(side, side, up, indexing="ij"), axis=-1).reshape(-1, 3)
    air = drift_puffs(steady_release(steps), plain_growth(steps), drift, points(grid), FAR, 1.0)
    assert air[-1].sum() * spacing**3 == pytest.approx(steps * 1.0, rel=2e-3)
    assert air.min() >= 0.0


def test_what_leaves_the_circle_is_gone() -> None:
    steps = 60
    drift = np.tile([2.0, 0.0], (steps, 1))
    there = points(np.array([[20.0, 0.0, 2.0], [80.0, 0.0, 2.0]]))
    growth = plain_growth(steps)._replace(sigma_h_m=np.full(steps, 1.0))
    all_air = drift_puffs(steady_release(steps), growth, drift, there, FAR, 1.0)
    cut = drift_puffs(steady_release(steps), growth, drift, there, (0.0, 0.0, 40.0), 1.0)
    np.testing.assert_array_equal(cut[:, 0], all_air[:, 0])
    assert all_air[-1, 1] > 0.0
    assert cut[:, 1].max() == 0.0


def test_the_puffs_of_a_steady_wind_are_a_plume_without_gaps() -> None:
    steps, speed = 80, 5.0
    drift = np.tile([speed, 0.0], (steps, 1))
    growth = Growth(np.full(steps, 1.0), np.full(steps, 0.7), np.ones(steps))
    along = points(np.column_stack([np.linspace(40.0, 60.0, 41), np.full((41, 2), [0.3, 2.2])]))
    air = drift_puffs(steady_release(steps), growth, drift, along, FAR, 1.0)[-1]
    plume = 1.0 / (2.0 * math.pi * 1.0 * 0.7 * speed) * math.exp(-0.5 * 0.3**2)
    plume *= math.exp(-0.5 * (0.2 / 0.7) ** 2) + math.exp(-0.5 * (4.2 / 0.7) ** 2)
    np.testing.assert_allclose(air, plume, rtol=1e-5)  # the cut-off at four sigma


@settings(max_examples=25)
@given(
    begin=st.tuples(st.floats(-30, 30), st.floats(-30, 30)),
    end=st.tuples(st.floats(-30, 30), st.floats(-30, 30)),
)
def test_a_beam_is_the_mean_of_its_points(
    begin: tuple[float, float], end: tuple[float, float]
) -> None:
    steps, count = 20, 400
    drift = np.tile([1.5, 0.4], (steps, 1))
    first, last = np.array([*begin, 1.5]), np.array([*end, 2.5])
    stride = (last - first) / count
    nodes = first + (np.arange(count)[:, None] + 0.5) * stride
    beam = Inlets((first + 0.5 * stride)[None, None], stride[None], np.array([count]))
    release, growth = steady_release(steps), plain_growth(steps)
    along = drift_puffs(release, growth, drift, beam, FAR, 1.0)[:, 0]
    at_points = drift_puffs(release, growth, drift, points(nodes), FAR, 1.0)
    scale = at_points.max() + 1e-12
    np.testing.assert_allclose(along, at_points.mean(axis=1), rtol=0.02, atol=0.01 * scale)


@given(
    speed=st.floats(1.0, 10.0),
    obukhov=st.one_of(st.none(), st.floats(-200.0, -5.0), st.floats(20.0, 300.0)),
    height=st.floats(0.0, 10.0),
)
def test_a_puff_grows_with_age(speed: float, obukhov: float | None, height: float) -> None:
    climate = Climate(speed_m_s=speed, obukhov_m=obukhov)
    growth = grow(
        climate, turbulence(climate, 3.0), height_m=height, mast_m=3.0, ages=200, step_s=1.0
    )
    for sigma in (growth.sigma_h_m, growth.sigma_z_m):
        assert np.all(np.diff(sigma) > 0.0)
    assert np.all(np.diff(growth.shear) >= 0.0)
    assert np.all(growth.shear > 0.0)


def test_mean_height_near_the_ground_follows_surface_layer_similarity_horst_1979() -> None:
    # neutral: x karman^2 = z (ln(0.6 z / z0) - 1), Horst, Atmos. Environ. 13, 1979, 797
    climate = Climate(speed_m_s=4.0, roughness_m=0.006)
    strength = turbulence(climate, 3.0)
    growth = grow(climate, strength, height_m=0.0, mast_m=3.0, ages=400, step_s=0.25)
    distance = np.cumsum(growth.shear) * 4.0 * 0.25
    at_100_m = int(np.searchsorted(distance, 100.0))
    mean_height = growth.sigma_z_m[at_100_m] * math.sqrt(2.0 / math.pi)
    expected = mean_height * (math.log(0.6 * mean_height / 0.006) - 1.0)
    assert expected == pytest.approx(100.0 * 0.4**2, rel=0.15)


def test_twice_the_rate_is_twice_the_excess() -> None:
    quiet = {"instruments": {"exact": {"noise_ppm": 0.0}, "laser": {"noise_ppm": 0.0}}}
    once, twice = (
        generate(
            small_world(
                **quiet,
                background_ppm=0.0,
                sources=[{"name": "v", "east_m": -10.0, "north_m": 0.0, "rate_kg_h": rate}],
            ),
            np.random.default_rng(3),
        )
        for rate in (1.5, 3.0)
    )
    for single, double in zip(once.answers, twice.answers, strict=True):
        np.testing.assert_allclose(double.value_ppm, 2.0 * single.value_ppm, rtol=1e-9)
    assert max(answer.value_ppm.max() for answer in once.answers) > 0.1


def test_a_source_that_does_not_leak_leaves_the_background() -> None:
    happening = generate(leaking(rate_kg_h=0.0), np.random.default_rng(3))
    for answer in happening.answers:
        noise = 5.0 * answer.std_ppm + 1e-12
        assert np.ptp(answer.value_ppm) <= 2.0 * noise
        assert answer.value_ppm.mean() == pytest.approx(1.9, abs=0.1)


def test_gas_arrives_downwind_and_not_upwind() -> None:
    sensors = [
        {"kind": "point", "name": n, "instrument": "exact", "east_m": x, "north_m": 0.0}
        for n, x in (("down", 30.0), ("up", -50.0))
    ]
    happening = generate(small_world(sensors=sensors, background_ppm=0.0), np.random.default_rng(1))
    down, up = (answer.value_ppm for answer in happening.answers)
    assert down.mean() > 1.0
    assert up.max() == 0.0


def test_an_hour_of_leaking_by_turns_is_seen_by_turns() -> None:
    happening = generate(
        leaking(on_s=100.0, off_s=200.0, first_on_s=0.0, rate_kg_h=20.0), np.random.default_rng(1)
    )
    beam = happening.answers[2].value_ppm.reshape(-1, 100)  # cycle row, 300 s each
    assert beam[:, 10:33].mean() > 1.5 * beam[:, 70:].mean()
    assert [(on["begin_s"], on["end_s"]) for on in happening.truth["sources"][0]["on"]] == [
        (0.0, 100.0),
        (300.0, 400.0),
    ]
