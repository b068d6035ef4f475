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


PACE = (0.3, 0.2)  # ppm in 600 s, and between sensors


def fit(
    left_over: Floats,
    variance: Floats,
    before: Floats | None = None,
    pace: tuple[float, float] = PACE,
) -> Floats:
    before = np.full(COUNT, 2.0) if before is None else before
    return np.asarray(fitted(left_over, before, variance, pace, BINS)[0], dtype=np.float64)


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


def test_sensors_that_stand_far_apart_do_not_share_a_background() -> None:
    left_over = np.random.default_rng(1).normal(2.0, 0.1, COUNT)
    variance = np.full(COUNT, 0.01)
    mine = PROBLEM.observations.sensor == 3
    other = np.where(mine, left_over + 0.2, left_over)
    apart = (0.3, 1e4)
    changed, plain = fit(other, variance, pace=apart), fit(left_over, variance, pace=apart)
    assert changed[~mine] == pytest.approx(plain[~mine], abs=1e-6)
    assert (changed[mine] > plain[mine] + 0.1).all()


def test_sensors_that_agree_lend_their_level_to_one_that_is_never_out_of_the_plume() -> None:
    left_over = np.full(COUNT, 2.0)
    mine = PROBLEM.observations.sensor == 3
    left_over[mine] = 5.0
    unsure = np.where(mine, 25.0, 1e-4)  # the plume there is known within 5 ppm
    assert fit(left_over, unsure, pace=(0.01, 0.01))[mine] == pytest.approx(2.0, abs=0.02)
    assert (fit(left_over, unsure, pace=(0.01, 1e3))[mine] > 4.0).all()


@given(seeds)
def test_the_likelihood_of_all_courses_is_that_of_the_dense_normal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    keep = np.unique(BINS.own, return_index=True)[1]  # one reading for each bin; the rest say nil
    value, precise = rng.normal(2.0, 0.3, keep.size), rng.uniform(0.01, 0.2, keep.size)
    left_over, variance = np.full(COUNT, 2.0), np.full(COUNT, 1e14)
    left_over[keep], variance[keep] = value, precise * 1.25  # Student's weight at its middle
    pace = rng.uniform(0.1, 0.5, 2)
    _, added = fitted(left_over, left_over, variance, (pace[0], pace[1]), BINS)
    again, _ = smoothed(value, precise, pace)
    told = added.sum() - 0.5 * ((value - again) ** 2 / precise).sum()
    told -= 0.5 * np.log(precise).sum()
    assert told == pytest.approx(dense(value, precise, pace), abs=1e-3)


def dense(value: Floats, precise: Floats, pace: Floats) -> float:
    """Log density of values of all bins, one level for all sensors, which may be any."""
    covariance = prior_covariance(pace) + np.diag(precise)
    whole = np.linalg.inv(covariance)
    ones = np.ones(value.size)
    sure = ones @ whole @ ones
    off = value - (ones @ whole @ value) / sure
    return float(-0.5 * (np.linalg.slogdet(covariance)[1] + np.log(sure) + off @ whole @ off))


def smoothed(value: Floats, precise: Floats, pace: Floats) -> tuple[Floats, float]:
    """Most probable background of each bin, by dense algebra; and the level."""
    whole = np.linalg.inv(prior_covariance(pace) + np.diag(precise))
    ones = np.ones(value.size)
    level = float((ones @ whole @ value) / (ones @ whole @ ones))
    return level + prior_covariance(pace) @ whole @ (value - level), level


def prior_covariance(pace: Floats) -> Floats:
    """(bin, bin): random walks from starts that stand apart, about a level."""
    group = np.searchsorted(BINS.first, np.arange(BINS.centre.size), side="right") - 1
    since = BINS.centre - BINS.centre[BINS.first[group]]
    walk = pace[0] ** 2 * np.minimum(since[:, None], since) + pace[1] ** 2
    return np.asarray(np.where(group[:, None] == group, walk, 0.0), dtype=np.float64)


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
