"""Does an instrument write what its settings say?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import small_world

from sillage.simulate.leaks import walk
from sillage.simulate.sensing import answer, flicker, inlets, lanes, positions
from sillage.simulate.world import Box, Instrument, Lawnmower, Orbit

STEADY = np.full(20_000, 2.0)
SLOPE = np.linspace(0.0, 10.0, 2_000)
PERFECT = Instrument(noise_ppm=0.0)


def rng() -> np.random.Generator:
    return np.random.default_rng(8)


def test_a_perfect_instrument_writes_the_air() -> None:
    np.testing.assert_array_equal(answer(PERFECT, SLOPE, 1.0, rng()).value_ppm, SLOPE)


@given(noise=st.floats(0.001, 5.0))
def test_noise_has_the_stated_spread(noise: float) -> None:
    written = answer(Instrument(noise_ppm=noise), STEADY, 1.0, rng())
    assert written.value_ppm.std() == pytest.approx(noise, rel=0.05)
    assert written.std_ppm == pytest.approx(noise)


@given(quantum=st.sampled_from([0.001, 0.01, 0.05, 0.25]))
def test_values_are_multiples_of_the_quantum(quantum: float) -> None:
    written = answer(Instrument(noise_ppm=0.1, quantum_ppm=quantum), SLOPE, 1.0, rng())
    quanta = written.value_ppm / quantum
    np.testing.assert_allclose(quanta, np.round(quanta), atol=1e-6)


@given(limit=st.floats(0.1, 5.0), saturation=st.floats(5.5, 9.0))
def test_values_stay_between_the_limit_and_saturation(limit: float, saturation: float) -> None:
    instrument = Instrument(noise_ppm=0.1, limit_ppm=limit, saturation_ppm=saturation)
    value = answer(instrument, SLOPE, 1.0, rng()).value_ppm
    assert value.max() == saturation
    assert np.all((value == 0.0) | (value >= limit))
    assert np.any(value == 0.0)


@given(tau=st.floats(1.0, 60.0))
def test_a_slow_instrument_runs_behind_by_its_time_constant(tau: float) -> None:
    slow = answer(Instrument(noise_ppm=0.0, lag_s=tau), SLOPE, 1.0, rng()).value_ppm
    behind = (SLOPE - slow)[-1] / (SLOPE[1] - SLOPE[0])
    assert behind == pytest.approx(tau, abs=0.6)


def test_a_sample_is_the_mean_of_its_interval() -> None:
    written = answer(Instrument(noise_ppm=0.0, every_s=5.0), SLOPE, 0.5, rng())
    np.testing.assert_allclose(written.value_ppm, SLOPE.reshape(-1, 10).mean(axis=1))
    assert written.first_step[:3].tolist() == [0, 10, 20]


@given(share=st.floats(0.05, 0.6), length=st.floats(2.0, 30.0))
def test_the_stated_share_of_rows_is_missing(share: float, length: float) -> None:
    instrument = Instrument(noise_ppm=0.0, dropout_share=share, dropout_s=length)
    here = answer(instrument, STEADY, 1.0, rng()).first_step
    assert 1.0 - len(here) / len(STEADY) == pytest.approx(share, abs=0.12)


def test_the_baseline_wanders_and_each_unit_has_its_own() -> None:
    instrument = Instrument(noise_ppm=0.0, drift_ppm=0.5, drift_scale_s=50.0, offset_std_ppm=3.0)
    units = [
        answer(instrument, STEADY, 1.0, np.random.default_rng(seed)).value_ppm for seed in range(40)
    ]
    assert np.mean([unit.std() for unit in units]) == pytest.approx(0.5, rel=0.1)
    assert np.std([unit.mean() for unit in units]) == pytest.approx(3.0, rel=0.5)


def test_flicker_keeps_the_mean_and_has_a_heavy_tail() -> None:
    series = flicker(200_000, 0.5, 1.0, rng())
    assert series.mean() == pytest.approx(1.0, rel=0.02)
    assert ((series - series.mean()) ** 3).mean() / series.std() ** 3 > 1.0


@given(along=st.sampled_from(["east", "north"]), spacing=st.floats(5.0, 30.0))
def test_lanes_cover_the_box_and_never_leave_it(along: str, spacing: float) -> None:
    box = Box(west_m=-20.0, east_m=60.0, south_m=10.0, north_m=50.0)
    flight = Lawnmower(
        name="d",
        instrument="i",
        box=box,
        spacing_m=spacing,
        heights_m=(3.0, 6.0),
        along="east" if along == "east" else "north",
    )
    corners = lanes(flight)
    assert corners.min(axis=0).tolist() == [-20.0, 10.0, 3.0]
    assert corners.max(axis=0).tolist() == [60.0, 50.0, 6.0]
    turns = np.count_nonzero(np.diff(corners, axis=0), axis=1)
    assert turns.max() == 1  # one axis at a time: no diagonal across the box


def test_an_orbit_keeps_its_distance() -> None:
    flight = Orbit(
        name="d", instrument="i", east_m=5.0, north_m=7.0, radius_m=30.0, heights_m=(4.0,)
    )
    place = positions(flight, np.arange(600.0))
    distance = np.hypot(place[:, 0] - 5.0, place[:, 1] - 7.0)
    assert distance.min() > 29.9
    assert distance.max() < 30.0 + 1e-9


@given(gone=st.lists(st.floats(0.0, 1e4), min_size=1, max_size=20))
def test_walking_there_and_back_stays_on_the_line(gone: list[float]) -> None:
    corners = np.array([[0.0, 0.0], [30.0, 0.0], [30.0, 40.0]])
    place = walk(corners, np.array(gone))
    on_line = (np.abs(place[:, 1]) < 1e-9) | (np.abs(place[:, 0] - 30.0) < 1e-9)
    assert on_line.all()
    np.testing.assert_allclose(walk(corners, np.array([0.0, 70.0, 140.0])), corners[[0, 2, 0]])


def test_drones_wait_at_their_start_before_the_start() -> None:
    world = small_world()
    seconds = np.arange(50.0)
    places = [positions(sensor, seconds) for sensor in world.sensors]
    taken_in = inlets(world.sensors, places, 20)
    assert taken_in.first_m.shape == (70, 4, 3)
    assert np.ptp(taken_in.first_m[:21, 3], axis=0).max() == 0.0
    np.testing.assert_array_equal(taken_in.first_m[20:, 3], places[3])
    assert taken_in.nodes.tolist() == [1, 1, 120, 1]
