"""Is every reading either used or counted with its reason, and lined up with its own wind?"""

from __future__ import annotations

import math

import localise_scenes as scenes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from localise_scenes import BOUNDS, FRAME, MINUTES, SENSORS, SMALL

from sillage.errors import NotEnoughInformation
from sillage.localise.problem import pose
from sillage.records.arrays import Arrays

COUNT = SENSORS * MINUTES
VALUE = scenes.matched(np.random.default_rng(3))


@given(st.integers(0, 10_000))
def test_each_reading_is_used_or_counted_with_its_reason(seed: int) -> None:
    rng = np.random.default_rng(seed)
    value, places = VALUE.copy(), scenes.ring()
    value[rng.random(COUNT) < 0.1] = np.nan
    places[rng.random(COUNT) < 0.1] = np.nan
    speed = rng.choice([0.2, 3.0, np.nan], MINUTES, p=[0.2, 0.6, 0.2])
    blown = scenes.wind(speed_m_s=speed)
    problem = pose([scenes.readings(value, places)], blown, FRAME, BOUNDS, SMALL)
    bad = ~np.isfinite(value) | ~np.isfinite(places).all(axis=1)
    windless, calm = (np.repeat(column, SENSORS) for column in (np.isnan(speed), speed == 0.2))
    expected = {
        "readings without a value or a position": bad,
        "readings without wind at their time": ~bad & windless,
        "readings in calm wind, below 0.5 m/s": ~bad & calm,
    }
    told = {mask.reason: mask.count for mask in problem.masked}
    assert told == {reason: mask.sum() for reason, mask in expected.items() if mask.any()}
    assert all(mask.total == COUNT for mask in problem.masked)
    kept = ~(bad | windless | calm)
    assert np.array_equal(problem.observations.value, value[kept])


def test_readings_before_and_after_the_wind_log_are_left_out() -> None:
    problem = pose([scenes.readings(VALUE)], scenes.wind(minutes=25), FRAME, BOUNDS, SMALL)
    (mask,) = problem.masked
    assert mask.reason == "readings without wind at their time"
    assert mask.count + problem.observations.value.size == COUNT
    assert abs(mask.count - 15 * SENSORS) <= SENSORS


def test_no_readings_and_no_wind_are_refused_with_what_to_do() -> None:
    with pytest.raises(NotEnoughInformation, match="name at least one file"):
        pose([], scenes.wind(), FRAME, BOUNDS, SMALL)
    still = scenes.wind(speed_m_s=np.zeros(MINUTES))
    with pytest.raises(NotEnoughInformation, match=r"^0 .*Check that the wind log covers"):
        pose([scenes.readings(VALUE)], still, FRAME, BOUNDS, SMALL)


def test_readings_meet_the_wind_of_their_own_minute() -> None:
    problem = scenes.posed(VALUE)
    rows, blocks = problem.observations, problem.blocks
    assert np.array_equal(rows.block, np.arange(COUNT) // SENSORS)
    assert np.array_equal(np.diff(blocks.first), np.full(MINUTES, SENSORS))
    away = math.radians(300.0) * np.arange(MINUTES) / MINUTES
    assert np.cos(blocks.direction_rad - away) == pytest.approx(np.ones(MINUTES))
    assert blocks.speed_m_s == pytest.approx(np.full(MINUTES, 3.0))
    assert rows.paths[:, :3] == pytest.approx(scenes.ring(), abs=1e-6)
    assert np.array_equal(rows.paths[:, :3], rows.paths[:, 3:])
    assert problem.turbulence_measured
    assert not problem.instant
    assert problem.noise_ppm == pytest.approx(scenes.NOISE_PPM, rel=0.6)


def test_the_order_of_the_rows_and_of_the_batches_changes_nothing() -> None:
    batch = scenes.readings(VALUE)
    mixed = np.random.default_rng(0).permutation(COUNT)
    units = {variable.name: variable.unit for variable in batch.samples.variables}
    columns = {name: batch.samples[name][mixed] for name in batch.samples.names}
    shuffled = scenes.readings(VALUE, columns=columns)
    assert {v.name: v.unit for v in shuffled.samples.variables} == units
    one, two = (pose([b], scenes.wind(), FRAME, BOUNDS, SMALL) for b in (batch, shuffled))
    for first, second in zip(one.observations, two.observations, strict=True):
        assert np.array_equal(first, second)


def test_what_had_to_be_supposed_is_said() -> None:
    blown = scenes.wind(turbulent=False)
    problem = pose([scenes.readings(VALUE)], blown, FRAME, None, SMALL)
    assert not problem.turbulence_measured
    told = " ".join(problem.assumptions)
    assert "turbulence was not measured: sigma_v/U = 0.2" in told
    assert "no search area was given" in told
    assert scenes.posed(VALUE).assumptions == ()


def test_without_an_area_the_surroundings_of_the_sensors_are_searched() -> None:
    area = pose([scenes.readings(VALUE)], scenes.wind(), FRAME, None, SMALL).ground.bounds
    pad = 0.5 * math.hypot(90.0, 90.0)
    assert tuple(area) == pytest.approx((-45 - pad, 45 + pad, -45 - pad, 45 + pad), abs=1e-3)
    assert area.area_m2 == pytest.approx((90 + 2 * pad) ** 2, rel=1e-4)


def test_a_high_mast_sees_more_wind_than_the_plume() -> None:
    tall = pose([scenes.readings(VALUE)], scenes.wind(height_m=10.0), FRAME, BOUNDS, SMALL)
    slower = math.log(2.0 / SMALL.roughness_m) / math.log(10.0 / SMALL.roughness_m)
    assert tall.blocks.speed_m_s == pytest.approx(np.full(MINUTES, 3.0 * slower))


def test_turbulence_is_that_of_the_half_hour_not_of_the_minute() -> None:
    blown = scenes.wind()
    table = {name: blown.samples[name].copy() for name in blown.samples.names}
    scatter = np.exp(0.3 * np.random.default_rng(0).normal(size=MINUTES))
    table["sigma_v_m_s"] *= scatter
    table["sigma_v_m_s"][5] = np.nan
    units = {variable.name: variable.unit for variable in blown.samples.variables}
    noisy = scenes.wind(samples=Arrays(table, dims="sample", units=units))
    growth = pose([scenes.readings(VALUE)], noisy, FRAME, BOUNDS, SMALL).blocks.growth
    crosswind = growth[:, 0] / 0.2
    assert np.isfinite(growth).all()
    middle = np.delete(scatter, 5)
    assert crosswind.mean() == pytest.approx(np.sqrt((middle**2).mean()), rel=0.05)
    assert crosswind.std() < 0.2 * scatter.std()
    assert growth[:, 2] == pytest.approx(np.full(MINUTES, 0.1))


def test_a_long_pause_starts_a_new_session() -> None:
    pause = np.where(np.arange(COUNT) < COUNT // 2, 0, 30 * 60_000_000_000)
    time_ns = scenes.START_NS + (np.arange(COUNT) // SENSORS) * 60_000_000_000 + pause
    batch = scenes.readings(VALUE, columns={"time_ns": time_ns})
    problem = pose([batch], scenes.wind(minutes=80), FRAME, BOUNDS, SMALL)
    assert np.array_equal(problem.blocks.session, np.repeat([0, 1], MINUTES // 2))


def test_a_noisy_sensor_is_told_from_a_quiet_one() -> None:
    rng = np.random.default_rng(0)
    noise = np.where(np.arange(COUNT) % SENSORS == 2, 0.05, 0.02)
    rows = scenes.posed(2.0 + noise * rng.normal(size=COUNT)).observations
    relative = [rows.noise[rows.sensor == sensor][0] for sensor in range(SENSORS)]
    assert relative[2] == max(relative) > 1.5
    assert np.median(relative) == pytest.approx(1.0, abs=0.2)
