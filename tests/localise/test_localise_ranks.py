"""Does the order of raw readings say where a source is, whatever law the sensor answers by?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import localise_scenes as scenes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from localise_scenes import BOUNDS, FRAME, LEAK, SENSORS, SMALL, TRUTH, Floats, changed

from sillage.errors import NotEnoughInformation
from sillage.localise.background import bins_of, first_guess
from sillage.localise.chain import chain_of
from sillage.localise.estimate import locate
from sillage.localise.hearing import Nose, answered, felt
from sillage.localise.likelihood import Candidate, explain
from sillage.localise.prior import Prior
from sillage.localise.problem import Problem, by_window, calibrated_rows, pose
from sillage.localise.ranks import scores_of
from sillage.records.context import Context, Emission, KnownEmitter
from sillage.records.place import Place
from sillage.records.readings import Readings

NOSE = TRUTH._replace(nose=Nose(math.log(2.0), math.log(0.8), math.log(10.0)))
LAWS: dict[str, Callable[[Floats], Floats]] = {
    "a logarithm": np.log,
    "a law that saturates": lambda ppm: 1023.0 * ppm**3 / (ppm**3 + 8.0),
    "millionths": lambda ppm: 1e-6 * ppm,
}
VALUE = scenes.matched(np.random.default_rng(3))


def nose(value: Floats, **changes: Any) -> Readings:
    """The scenes' sensors as raw channels."""
    return scenes.readings(value, gas="mox", unit="raw", **changes)


def posed(*batches: Readings) -> Problem:
    return pose(list(batches), scenes.wind(), FRAME, BOUNDS, SMALL)


def log_likelihood(problem: Problem, candidate: Candidate) -> float:
    chain = chain_of(problem.blocks.step_s, problem.blocks.sessions, SMALL)
    grouped = by_window(problem)
    bins = bins_of(grouped, SMALL.background_memory_s)
    said = explain(problem, chain, bins, first_guess(grouped), candidate.numbers())
    return float(said.block_log_likelihood.sum())


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_any_rising_law_leaves_the_likelihood_as_it_is(law: Callable[[Floats], Floats]) -> None:
    as_is, bent = posed(nose(VALUE)), posed(nose(law(VALUE)))
    assert log_likelihood(as_is, NOSE) == log_likelihood(bent, NOSE)


def test_each_sensor_may_have_a_law_of_its_own() -> None:
    own = np.exp(0.3 * (np.arange(VALUE.size) % SENSORS)) * VALUE
    assert log_likelihood(posed(nose(VALUE)), NOSE) == log_likelihood(posed(nose(own)), NOSE)


def test_a_step_between_windows_is_nothing_and_one_within_a_window_is_something() -> None:
    minute = np.arange(VALUE.size) // SENSORS
    group = posed(nose(VALUE)).hearing.group.reshape(-1, SENSORS)[:, 0]  # type: ignore[union-attr]
    change = int(np.flatnonzero(np.diff(group))[0]) + 1
    before = log_likelihood(posed(nose(VALUE)), NOSE)
    between = log_likelihood(posed(nose(VALUE + 9.0 * (minute >= change))), NOSE)
    within = log_likelihood(posed(nose(VALUE + 9.0 * (minute >= change - 4))), NOSE)
    assert between == before
    assert within != before


def test_the_rate_changes_nothing() -> None:
    problem = posed(nose(VALUE))
    rates = [math.log(rate) for rate in (1e-3, 1.0, 1e3)]
    said = {log_likelihood(problem, changed(NOSE, log_rate_kg_h=rate)) for rate in rates}
    assert max(said) - min(said) < 1e-9


def test_the_source_explains_the_order_better_than_places_far_from_it() -> None:
    problem = posed(nose(VALUE))
    there = log_likelihood(problem, NOSE)
    for east_m, north_m in ((-40.0, 30.0), (-50.0, -50.0), (50.0, 50.0)):
        away = changed(NOSE, east_m=east_m, north_m=north_m)
        assert there > log_likelihood(problem, away) + 5.0


@given(st.lists(st.integers(0, 5), min_size=2, max_size=40))
def test_ties_share_a_score_and_scores_keep_the_order(values: list[int]) -> None:
    value = np.array(values, dtype=np.float64)
    scores = scores_of(value)
    for one, of_one in zip(value, scores, strict=True):
        assert np.all(scores[value == one] == of_one)
        assert np.all(scores[value > one] > of_one)
    assert abs(scores[value == value.min()][0]) >= 0.0


def test_scores_are_quantiles_of_the_residuals_at_the_ranks_over_n_plus_one() -> None:
    scores = scores_of(np.array([30.0, 10.0, 20.0]))
    assert scores == pytest.approx([0.7406971, -0.7406971, 0.0], abs=1e-6)


def test_a_late_nose_feels_a_step_as_a_first_order_response() -> None:
    step = np.concatenate([np.zeros((5, 1)), np.ones((20, 1))])
    since_s = np.full(25, 2.0)
    since_s[0] = np.inf
    late = felt(step, np.arange(25), since_s, 10.0, 25)[:, 0]
    elapsed_s = 2.0 * np.arange(1, 21)
    assert late[5:] == pytest.approx(1.0 - np.exp(-elapsed_s / 10.0))
    assert np.all(late[:5] == 0.0)


def test_a_sensor_does_not_remember_what_another_felt() -> None:
    fan = np.array([[1.0], [1.0], [0.0], [0.0]])
    since_s = np.array([np.inf, 2.0, np.inf, 2.0])
    assert felt(fan, np.arange(4), since_s, 10.0, 4)[:, 0] == pytest.approx([1.0, 1.0, 0.0, 0.0])


def test_an_answer_rises_saturates_and_knows_no_unit() -> None:
    plume = np.linspace(0.0, 5.0, 50)[:, None]
    rise = answered(plume, plume[:, 0], 2.0, 1e-9)[:, 0]
    assert rise[0] == 0.0
    assert np.all(np.diff(rise) > 0.0)
    assert rise[-1] < 2.0
    assert answered(7.0 * plume, 7.0 * plume[:, 0], 2.0, 1e-9)[:, 0] == pytest.approx(rise)


def test_no_nose_feels_what_is_below_all_noses() -> None:
    faint = np.full((3, 1), 1e-12)
    assert np.all(answered(faint, faint[:, 0], 2.0, 1e-6) < 1e-5)


def test_calibrated_sensors_and_noses_ask_one_question() -> None:
    both = posed(
        scenes.readings(VALUE), nose(VALUE, sensors=tuple(f"n{k}" for k in range(SENSORS)))
    )
    assert both.observations.value.size == 2 * VALUE.size
    assert int(calibrated_rows(both).sum()) == VALUE.size
    assert len(both.sensors) == 2 * SENSORS
    rows = both.observations.only(calibrated_rows(both))
    alone = scenes.posed(VALUE)
    assert np.array_equal(rows.value, alone.observations.value)
    assert both.noise_ppm == alone.noise_ppm
    there = log_likelihood(both, NOSE)
    assert there > log_likelihood(both, changed(NOSE, east_m=-40.0, north_m=30.0)) + 5.0


def test_a_survey_without_noses_samples_no_numbers_of_noses() -> None:
    rng = np.random.default_rng(0)
    assert Prior(scenes.posed(VALUE), SMALL, unknown=1).draw(4, rng).shape == (4, 16)
    assert Prior(posed(nose(VALUE)), SMALL, unknown=1).draw(4, rng).shape == (4, 19)


def test_a_candidate_with_noses_is_read_from_its_row_as_it_was_written() -> None:
    for sources in ((), (LEAK,), (LEAK, LEAK)):
        with_noses = NOSE._replace(sources=sources)
        assert Candidate.of(with_noses.numbers()) == with_noses
        without = with_noses._replace(nose=None)
        assert Candidate.of(without.numbers()) == without


def test_the_prior_of_the_numbers_of_noses_is_normal() -> None:
    prior = Prior(posed(nose(VALUE)), SMALL, unknown=1)
    draws = prior.draw(2, np.random.default_rng(0))
    draws[1] = draws[0]
    middle = [math.log(SMALL.rank_answer), math.log(SMALL.rank_noise), math.log(SMALL.rank_lag_s)]
    draws[:, -3:] = middle
    draws[1, -3:] += [0.7, 0.3, 1.4]
    less = np.diff(prior.log_density(draws))
    assert less == pytest.approx([-0.5 * (1.0 + 1.0 + 4.0)])


def test_a_known_emitter_beside_noses_is_refused_with_what_to_do() -> None:
    farm = KnownEmitter(
        facility="Farm",
        kind="dairy",
        place=Place(lon=FRAME.lon, lat=FRAME.lat, height_m=1.0),
        emissions=(Emission(gas="methane"),),
    )
    batch = scenes.readings(VALUE)
    known = Context(observed_at=batch.observed_at, name="known", emitters=(farm,))
    noses = nose(VALUE, sensors=tuple(f"n{k}" for k in range(SENSORS)))
    with pytest.raises(NotEnoughInformation, match=r"'Farm' is a known emitter.*leave out the raw"):
        pose([batch, noses], scenes.wind(), FRAME, BOUNDS, SMALL, known)
    assert pose([batch], scenes.wind(), FRAME, BOUNDS, SMALL, known).known


def test_a_channel_that_never_changes_is_refused_with_what_to_do() -> None:
    with pytest.raises(NotEnoughInformation, match=r"'mox' is a raw channel.*right column"):
        posed(nose(np.full(VALUE.size, 7.0)))


def test_readings_without_a_value_are_counted() -> None:
    value = VALUE.copy()
    value[::10] = np.nan
    reasons = {mask.reason: mask.count for mask in posed(nose(value)).masked}
    assert reasons == {"raw readings without a value or a position": math.ceil(value.size / 10)}


@pytest.mark.timeout(300)
def test_noses_around_a_source_place_it_and_leave_its_rate_at_the_prior() -> None:
    estimate = locate(
        [nose(np.log(VALUE))],
        scenes.wind(),
        frame=FRAME,
        bounds=BOUNDS,
        settings=SMALL,
        rng=np.random.default_rng(1),
    )
    east, north = (estimate.posterior[name].mean() for name in ("east_m", "north_m"))
    assert math.hypot(east - LEAK.east_m, north - LEAK.north_m) < 30.0
    assert estimate.verdict != "cannot tell"
    assert "no rate" in estimate.reason or estimate.verdict == "ambiguous"
    assert any("nothing of its rate" in text for text in estimate.assumptions)
    assert any("one source at most" in text for text in estimate.assumptions)
    assert len(estimate.number_of_sources) == 2
    decades = np.log10(estimate.posterior["rate_kg_h"])
    assert abs(float(decades.mean())) < 0.5
    assert decades.std() == pytest.approx(6.0 / math.sqrt(12.0), rel=0.15)
