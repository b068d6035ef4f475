"""Does a reading below the limit of detection say that it lies below, and nothing more?"""

from __future__ import annotations

import math

import localise_scenes as scenes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from localise_scenes import BOUNDS, FRAME, LEAK, MINUTES, NO_SOURCE, SENSORS, SMALL, TRUTH, changed
from scipy.stats import t as student

from sillage.localise.background import bins_of, first_guess, fitted
from sillage.localise.censored import log_chance, rarity, residual, stand_ins
from sillage.localise.chain import WITHIN, chain_of
from sillage.localise.estimate import locate
from sillage.localise.forward import forward
from sillage.localise.likelihood import Candidate
from sillage.localise.problem import Problem, pose
from sillage.localise.seen import seen_of
from sillage.localise.settings import Settings
from sillage.localise.weigh import weigh

Floats = scenes.Floats

COUNT = SENSORS * MINUTES
VALUE = scenes.matched(np.random.default_rng(11))
LIMIT_PPM = 2.05


def asked(value: Floats, limit_ppm: float | None) -> Problem:
    batch = scenes.readings(value, limit_of_detection=limit_ppm)
    return pose([batch], scenes.wind(), FRAME, BOUNDS, SMALL)


def log_likelihood(problem: Problem, candidate: Candidate) -> float:
    return float(scenes.explained(problem, candidate).block_log_likelihood.sum())


@given(st.floats(-1e6, 1e6))
def test_the_chance_of_lying_below_is_that_of_students_t(t: float) -> None:
    expected = float(student.logcdf(t, 4))
    assert float(log_chance(np.array([t]))[0]) == pytest.approx(expected, abs=1e-10)
    assert -0.5 * math.log(rarity(t)) == pytest.approx(expected, abs=1e-10)


@given(st.floats(-3.0, 3.0), st.floats(0.0, 4.0), st.sampled_from([0.0, 0.5]))
def test_lying_below_a_limit_has_the_likelihood_of_all_readings_below_it(
    limit: float, plume: float, scatter: float
) -> None:
    """The integral over one reading, beside another that is kept, of the chain's own likelihood."""
    chain = chain_of(60.0, 1, SMALL)
    seen = np.outer([1.0, 0.6], [1.0, 0.8, 0.5, 0.8, 1.0])  # reading pair
    plumes, on = plume * seen[None], np.empty((1, 1))
    first, session = np.array([0, 2]), np.zeros(1, dtype=np.int64)
    met = seen_of(plumes, np.ones(2), scatter, first, chain)
    likely = np.empty((1, 2, WITHIN))

    def said(excess: float, below: bool) -> float:
        of_two = (np.array([excess, 0.8]), np.ones(2), np.array([below, False]))
        scale = weigh(met, of_two, first, likely)
        return float(scale[0] + forward(likely, session, chain, on)[0])

    away = np.tan(np.linspace(-0.5 * math.pi + 1e-4, math.atan(limit), 4001))
    density = np.array([math.exp(said(x, False)) for x in away.tolist()])
    whole = float(np.trapezoid(density, away))
    assert math.log(whole) == pytest.approx(said(limit, True), abs=2e-4)


@given(st.sampled_from([-1.0, 0.0, 1.5, 1.9]))
def test_a_limit_below_all_readings_changes_nothing(limit_ppm: float) -> None:
    for candidate in (TRUTH, NO_SOURCE):
        said = scenes.explained(asked(VALUE, limit_ppm), candidate)
        plain = scenes.explained(asked(VALUE, None), candidate)
        assert np.array_equal(said.block_log_likelihood, plain.block_log_likelihood)
    assert asked(VALUE, limit_ppm).assumptions == asked(VALUE, None).assumptions


@given(st.floats(0.0, LIMIT_PPM - 1e-6))
def test_what_an_instrument_writes_below_its_limit_is_not_looked_at(written: float) -> None:
    other = np.where(VALUE < LIMIT_PPM, written, VALUE)
    one, two = asked(VALUE, LIMIT_PPM), asked(other, LIMIT_PPM)
    assert one.noise_ppm == two.noise_ppm
    assert log_likelihood(one, TRUTH) == log_likelihood(two, TRUTH)


def test_the_truth_is_likelier_than_other_places_where_most_readings_are_below_the_limit() -> None:
    problem = asked(VALUE, LIMIT_PPM)
    assert 0.5 < problem.observations.below.mean() < 0.9
    best = log_likelihood(problem, TRUTH)
    assert log_likelihood(problem, NO_SOURCE) < best - 20.0
    for d in (-15.0, 15.0):
        for other in ({"east_m": LEAK.east_m + d}, {"north_m": LEAK.north_m + d}):
            assert log_likelihood(problem, changed(TRUTH, **other)) < best - 3.0, other


def test_where_nothing_was_detected_a_plume_of_any_rate_is_less_likely_than_none() -> None:
    """By little: it may be off, and the air may lie far below a limit that nothing rises above."""
    problem = asked(np.zeros(COUNT), LIMIT_PPM)
    nothing = log_likelihood(problem, NO_SOURCE)
    for rate in (0.3, 1.0, 3.0, 10.0):
        told = log_likelihood(problem, changed(TRUTH, log_rate_kg_h=math.log(rate)))
        assert told < nothing - 0.5, rate


@given(st.integers(0, 10_000), st.floats(-1.5, 1.5))
def test_the_background_under_a_limit_is_the_most_probable_one(seed: int, at: float) -> None:
    """Repeated until it stands still, and as far as no outlier bends it, as an optimiser says."""
    from scipy.optimize import minimize_scalar

    level, scale = 2.0, 0.1
    value = level + scale * np.random.default_rng(seed).standard_t(4, COUNT)
    limit = level + at * scale
    below = value < limit
    shown = np.where(below, limit, value)
    bins = bins_of(scenes.posed(VALUE), 600.0)
    found, variance = np.full(COUNT, limit), np.full(COUNT, scale**2)
    for _ in range(60):
        left, wide = stand_ins(shown, found, variance, below)
        found, _ = fitted(left, found, wide, (1e-6, 1e-6), bins)

    def cost(background: float) -> float:
        off = (shown - background) / scale
        return -float(np.where(below, log_chance(off), student.logpdf(off, 4)).sum())

    best = minimize_scalar(cost, bounds=(level - 1.0, level + 1.0), method="bounded").x
    assert found == pytest.approx(np.full(COUNT, best), abs=1e-3)


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e3))
def test_a_stand_in_is_finite_and_lies_below_the_background(away: float, std: float) -> None:
    one = np.array([away]), np.zeros(1), np.full(1, std**2), np.ones(1, dtype=np.bool_)
    value, variance = stand_ins(*one)
    assert np.isfinite(value).all()
    assert value[0] < 0.0 < variance[0] < math.inf


def test_a_residual_below_the_limit_is_none_unless_more_was_expected() -> None:
    rows = asked(np.zeros(COUNT), LIMIT_PPM).observations
    assert (residual(rows, np.full(COUNT, 1.0)) == 0.0).all()
    assert residual(rows, np.full(COUNT, 3.0)) == pytest.approx(np.full(COUNT, LIMIT_PPM - 3.0))


def test_a_sensor_that_saw_nothing_is_guessed_half_way_and_its_noise_is_a_third() -> None:
    unstated = {"std": np.full(COUNT, np.nan)}
    batch = scenes.readings(np.zeros(COUNT), columns=unstated, limit_of_detection=0.6)
    problem = pose([batch], scenes.wind(), FRAME, BOUNDS, SMALL)
    assert first_guess(problem) == pytest.approx(np.full(COUNT, 0.3))
    assert problem.noise_ppm == pytest.approx(0.2)
    assert "320 of 320 readings lie below the limit of detection of 0.6 ppm" in " ".join(
        problem.assumptions
    )


def test_a_source_is_located_from_readings_of_which_most_are_below_the_limit() -> None:
    written = np.where(VALUE < LIMIT_PPM, 0.0, VALUE)
    batch = scenes.readings(written, limit_of_detection=LIMIT_PPM)
    found = locate(
        *([batch], scenes.wind()),
        frame=FRAME,
        bounds=BOUNDS,
        settings=Settings(particles=64, harvest=2, most_sources=1),
        rng=np.random.default_rng(0),
    )
    assert found.verdict == "located", found.reason
    (source,) = found.sources
    east, north = FRAME.to_local(source.position.lon, source.position.lat)
    assert math.hypot(float(east) - LEAK.east_m, float(north) - LEAK.north_m) < 10.0
    assert source.rate.low / 2.0 < 1.0 < 2.0 * source.rate.high
