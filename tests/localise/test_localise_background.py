"""Is the background a running mean that a plume, an outlier or another sensor cannot bend?"""

from __future__ import annotations

import localise_scenes as scenes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sillage.localise.background import Bins, bins_of, fitted

Floats = NDArray[np.float64]

COUNT = scenes.SENSORS * scenes.MINUTES
PROBLEM = scenes.posed(np.full(COUNT, 2.0))
BINS = bins_of(PROBLEM, 600.0)
seeds = st.integers(0, 10_000)


def fit(left_over: Floats, variance: Floats, before: Floats | None = None) -> Floats:
    before = np.full(COUNT, 2.0) if before is None else before
    return np.asarray(fitted(left_over, before, variance, BINS), dtype=np.float64)


@given(st.floats(-50.0, 500.0), seeds)
def test_a_constant_series_gives_the_constant_whatever_the_plume_that_was_explained(
    level: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    plume = rng.exponential(5.0, COUNT) * (rng.random(COUNT) < 0.3)
    value = level + plume
    variance = 1e-4 + (0.5 * plume) ** 2
    found = fit(value - plume, variance, rng.normal(level, 1.0, COUNT))
    assert found == pytest.approx(np.full(COUNT, level), rel=1e-9, abs=1e-9)


@given(st.floats(-100.0, 100.0), seeds)
def test_lifting_the_readings_and_the_start_lifts_the_background_as_much(
    lift: float, seed: int
) -> None:
    left_over = np.random.default_rng(seed).normal(2.0, 0.1, COUNT)
    variance, before = np.full(COUNT, 0.01), np.full(COUNT, 2.0)
    lifted = fit(left_over + lift, variance, before + lift)
    assert lifted == pytest.approx(fit(left_over, variance, before) + lift, abs=1e-9)


@given(seeds, st.integers(0, COUNT - 1), st.floats(0.0, 3.0))
def test_where_nothing_is_an_outlier_a_higher_reading_lowers_no_background(
    seed: int, row: int, rise: float
) -> None:
    left_over = np.random.default_rng(seed).normal(2.0, 1.0, COUNT)
    variance = np.full(COUNT, 1e12)
    higher = left_over.copy()
    higher[row] += rise
    assert (fit(higher, variance) >= fit(left_over, variance) - 1e-9).all()


@given(seeds)
def test_the_background_stays_among_the_readings_of_its_sensor(seed: int) -> None:
    rng = np.random.default_rng(seed)
    left_over = rng.standard_t(2, COUNT) + 2.0
    found = fit(left_over, rng.uniform(0.01, 1.0, COUNT))
    for sensor in range(scenes.SENSORS):
        mine = PROBLEM.observations.sensor == sensor
        assert found[mine].min() >= left_over[mine].min() - 1e-9
        assert found[mine].max() <= left_over[mine].max() + 1e-9


def test_sensors_do_not_share_a_background() -> None:
    left_over = np.random.default_rng(1).normal(2.0, 0.1, COUNT)
    variance = np.full(COUNT, 0.01)
    mine = PROBLEM.observations.sensor == 3
    other = np.where(mine, left_over + 0.2, left_over)
    assert np.array_equal(fit(other, variance)[~mine], fit(left_over, variance)[~mine])
    assert (fit(other, variance)[mine] > fit(left_over, variance)[mine]).all()


def test_one_wild_reading_hardly_moves_the_background() -> None:
    left_over = np.full(COUNT, 2.0)
    left_over[17] += 1000.0
    assert np.abs(fit(left_over, np.full(COUNT, 0.01)) - 2.0).max() < 0.01


def test_a_slow_drift_is_followed() -> None:
    rows = PROBLEM.observations
    hours = (rows.time_ns - rows.time_ns[0]) / 3.6e12
    drift = 2.0 + 0.3 * hours
    assert np.abs(fit(drift, np.full(COUNT, 1.0)) - drift).max() < 0.06


@given(st.floats(60.0, 7200.0))
def test_every_reading_lies_between_two_bins_of_its_own_sensor(memory_s: float) -> None:
    bins: Bins = bins_of(PROBLEM, memory_s)
    right = np.minimum(bins.left + 1, bins.centre.size - 1)
    group = np.searchsorted(bins.first, np.arange(bins.centre.size), side="right")
    assert ((bins.share >= 0.0) & (bins.share <= 1.0)).all()
    assert np.array_equal(group[bins.left], group[bins.own])
    beside = bins.share > 0.0
    assert np.array_equal(group[right[beside]], group[bins.own[beside]])
    assert np.unique(bins.own).size == bins.centre.size
