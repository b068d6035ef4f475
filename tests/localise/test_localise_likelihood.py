"""Does the likelihood prefer the truth, and depend on nothing that it should not depend on?"""

from __future__ import annotations

import math

import localise_scenes as scenes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from localise_scenes import LEAK, NO_SOURCE, TRUTH, changed, explained
from scipy.stats import t

from sillage.localise.background import bins_of
from sillage.localise.chain import DILUTIONS, DIRECTIONS, chain_of, rouwenhorst
from sillage.localise.likelihood import Candidate

VALUE = scenes.matched(np.random.default_rng(11))
PROBLEM = scenes.posed(VALUE)


@given(st.integers(2, 9), st.floats(0.0, 0.999))
def test_the_discrete_chain_has_the_variance_and_the_memory_of_the_process(
    states: int, correlation: float
) -> None:
    values, start, move = rouwenhorst(states, correlation)
    assert move.sum(axis=1) == pytest.approx(np.ones(states))
    assert (move >= 0.0).all()
    assert start.sum() == pytest.approx(1.0)
    assert start @ move == pytest.approx(start)
    assert start @ values == pytest.approx(0.0, abs=1e-12)
    assert start @ values**2 == pytest.approx(1.0)
    assert (start * values) @ move @ values == pytest.approx(correlation, abs=1e-12)


def test_dilution_keeps_the_mass_of_the_plume() -> None:
    chain = chain_of(PROBLEM.blocks.step_s, PROBLEM.blocks.sessions, scenes.SMALL)
    states = DILUTIONS * DIRECTIONS
    share = chain.within_start[:states].reshape(DILUTIONS, DIRECTIONS).sum(axis=1)
    assert share @ chain.dilution == pytest.approx(1.0, abs=0.01)
    assert (chain.within_start[states:] == 0.0).all()
    assert chain.within_move[:states].sum(axis=1) == pytest.approx(np.ones(states))
    assert (chain.within_move[:, states:] == 0.0).all()
    assert 0.5 < chain.stay < 1.0


def test_without_a_source_each_reading_is_a_student_about_its_background() -> None:
    said = explained(PROBLEM, NO_SOURCE)
    rows = PROBLEM.observations
    each = t.logpdf(VALUE - said.background, 4, scale=rows.noise * scenes.NOISE_PPM)
    course = said.block_log_likelihood - np.bincount(rows.block, each)
    begins = bins_of(PROBLEM, scenes.SMALL.background_memory_s).block
    assert np.isin(np.flatnonzero(np.abs(course) > 1e-6), begins).all()
    assert (course[np.unique(begins)] != 0.0).all()
    assert said.plume_ppm.max() == 0.0


@given(st.floats(-60.0, 60.0), st.floats(-60.0, 60.0), st.floats(-60.0, -35.0))
def test_a_rate_that_no_sensor_can_see_is_no_source_wherever_it_lies(
    east_m: float, north_m: float, log_rate: float
) -> None:
    faint = changed(TRUTH, east_m=east_m, north_m=north_m, log_rate_kg_h=log_rate)
    said = explained(PROBLEM, faint).block_log_likelihood
    assert said == pytest.approx(explained(PROBLEM, NO_SOURCE).block_log_likelihood)


def test_a_source_out_of_reach_is_no_source_and_leaves_open_whether_it_is_on() -> None:
    said = explained(PROBLEM, changed(TRUTH, east_m=1e6, north_m=0.0, log_rate_kg_h=3.0))
    nothing = explained(PROBLEM, NO_SOURCE)
    assert said.block_log_likelihood == pytest.approx(nothing.block_log_likelihood, abs=1e-3)
    assert said.on == pytest.approx(np.full((scenes.MINUTES, 1), 0.5))


def test_a_reading_out_of_reach_says_the_same_in_every_state() -> None:
    aside = scenes.plume_ppm(PROBLEM, LEAK, np.zeros(scenes.MINUTES)) == 0.0
    first = explained(PROBLEM, TRUTH)
    moved = np.where(aside & (PROBLEM.observations.sensor == 0), VALUE + 0.001, VALUE)
    then = explained(scenes.posed(VALUE)._replace(), TRUTH)
    assert np.array_equal(first.block_log_likelihood, then.block_log_likelihood)
    shifted = PROBLEM._replace(observations=PROBLEM.observations._replace(value=moved))
    assert explained(shifted, TRUTH).on == pytest.approx(first.on, abs=0.05)


def test_the_truth_is_likelier_than_any_other_place_rate_or_veer() -> None:
    best = explained(PROBLEM, TRUTH).block_log_likelihood.sum()
    others = [
        NO_SOURCE,
        *(changed(TRUTH, east_m=LEAK.east_m + d) for d in (-15.0, 15.0)),
        *(changed(TRUTH, north_m=LEAK.north_m + d) for d in (-15.0, 15.0)),
        *(changed(TRUTH, log_rate_kg_h=LEAK.log_rate_kg_h + d) for d in (-1.0, 1.0)),
        *(changed(TRUTH, veer_rad=math.radians(d)) for d in (-25.0, 25.0)),
        *(changed(TRUTH, log_noise_ppm=TRUTH.air.log_noise_ppm + d) for d in (-1.0, 1.0)),
    ]
    for other in others:
        assert explained(PROBLEM, other).block_log_likelihood.sum() < best - 3.0, other


def test_the_blocks_whose_plume_is_seen_are_on() -> None:
    plume = scenes.plume_ppm(PROBLEM, LEAK, np.zeros(scenes.MINUTES))
    seen = np.unique(PROBLEM.observations.block[plume > 20.0 * scenes.NOISE_PPM])
    assert seen.size > 10
    assert explained(PROBLEM, TRUTH).on[seen].mean() > 0.95


@given(st.floats(0.0, 2.0 * math.pi))
def test_turning_sensors_wind_and_candidate_together_changes_nothing(angle: float) -> None:
    c, s = math.cos(angle), math.sin(angle)
    turn = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    rows, blocks = PROBLEM.observations, PROBLEM.blocks
    turned = PROBLEM._replace(
        observations=rows._replace(paths=(rows.paths.reshape(-1, 3) @ turn).reshape(-1, 6)),
        blocks=blocks._replace(direction_rad=blocks.direction_rad + angle),
    )
    east, north, _ = (np.array(LEAK[:3]) @ turn).tolist()
    said = explained(turned, changed(TRUTH, east_m=east, north_m=north))
    straight = explained(PROBLEM, TRUTH)
    assert said.block_log_likelihood == pytest.approx(straight.block_log_likelihood, abs=1e-5)
    assert said.background == pytest.approx(straight.background, abs=1e-6)


@given(st.floats(-1.5, 100.0))
def test_a_background_that_lies_higher_changes_nothing_but_itself(lift: float) -> None:
    rows = PROBLEM.observations
    lifted = PROBLEM._replace(observations=rows._replace(value=rows.value + lift))
    start = np.full(VALUE.size, scenes.BACKGROUND_PPM + lift)
    said, plain = explained(lifted, TRUTH, start), explained(PROBLEM, TRUTH)
    assert said.block_log_likelihood == pytest.approx(plain.block_log_likelihood, abs=1e-6)
    assert said.background == pytest.approx(plain.background + lift, abs=1e-8)


@given(st.floats(0.01, 100.0))
def test_the_unit_of_the_readings_only_shifts_the_likelihood(unit: float) -> None:
    rows = PROBLEM.observations
    scaled = PROBLEM._replace(
        observations=rows._replace(value=rows.value * unit),
        ppm_per_kg_m3=PROBLEM.ppm_per_kg_m3 * unit,
    )
    shift = math.log(unit)
    candidate = changed(
        TRUTH,
        log_noise_ppm=TRUTH.air.log_noise_ppm + shift,
        log_drift_ppm=TRUTH.air.log_drift_ppm + shift,
        log_apart_ppm=TRUTH.air.log_apart_ppm + shift,
    )
    start = np.full(VALUE.size, scenes.BACKGROUND_PPM * unit)
    said = explained(scaled, candidate, start).block_log_likelihood
    plain = explained(PROBLEM, TRUTH).block_log_likelihood
    # the level that the sensors share may be any: one density less than there are readings
    assert said.sum() + (VALUE.size - 1) * shift == pytest.approx(plain.sum(), abs=1e-6)


OTHER = LEAK._replace(east_m=-25.0, north_m=15.0, log_rate_kg_h=math.log(2.0))
TWO = Candidate(TRUTH.air, (LEAK, OTHER))
OF_TWO = scenes.posed(scenes.matched(np.random.default_rng(12), TWO.sources))


def test_the_order_of_sources_changes_nothing() -> None:
    third = LEAK._replace(east_m=0.0, north_m=30.0)
    said = explained(OF_TWO, Candidate(TRUTH.air, (LEAK, OTHER, third)))
    turned = explained(OF_TWO, Candidate(TRUTH.air, (third, OTHER, LEAK)))
    # direction is forgotten where none is on, so who switches first counts in the fifth decimal
    assert turned.block_log_likelihood == pytest.approx(said.block_log_likelihood, abs=1e-3)
    assert turned.on == pytest.approx(said.on[:, ::-1], abs=1e-3)
    assert turned.plume_ppm == pytest.approx(said.plume_ppm, abs=1e-3)


def test_a_further_source_out_of_reach_changes_nothing_beside_any_number_of_others() -> None:
    far = LEAK._replace(east_m=1e6)
    for sources in ((LEAK,), (LEAK, OTHER), (OTHER, LEAK, LEAK._replace(north_m=20.0))):
        said = explained(OF_TWO, Candidate(TRUTH.air, sources))
        more = explained(OF_TWO, Candidate(TRUTH.air, (*sources, far)))
        assert more.block_log_likelihood == pytest.approx(said.block_log_likelihood, abs=1e-3)
        assert more.on[:, :-1] == pytest.approx(said.on, abs=1e-3)
        assert more.on[:, -1] == pytest.approx(np.full(scenes.MINUTES, 0.5), abs=1e-4)


def test_two_sources_are_likelier_than_either_of_them_or_than_none() -> None:
    best = explained(OF_TWO, TWO).block_log_likelihood.sum()
    for sources in ((), (LEAK,), (OTHER,)):
        other = explained(OF_TWO, Candidate(TRUTH.air, sources))
        assert other.block_log_likelihood.sum() < best - 3.0, sources


def test_a_source_that_stops_is_off_from_then_on_and_the_other_stays_on() -> None:
    rng = np.random.default_rng(13)
    both, alone = scenes.matched(rng, TWO.sources), scenes.matched(rng, (LEAK,))
    half = VALUE.size // 2
    problem = scenes.posed(np.concatenate([both[:half], alone[half:]]))
    on = explained(problem, TWO).on
    reach = [
        np.unique(problem.observations.block[plume > 20.0 * scenes.NOISE_PPM])
        for plume in (
            scenes.plume_ppm(problem, source, np.zeros(scenes.MINUTES)) for source in TWO.sources
        )
    ]
    later = [blocks[blocks > scenes.MINUTES // 2] for blocks in reach]
    earlier = reach[1][reach[1] < scenes.MINUTES // 2]
    assert min(later[0].size, later[1].size, earlier.size) > 5
    assert on[later[0], 0].mean() > 0.9
    assert on[later[1], 1].mean() < 0.2
    assert on[earlier, 1].mean() > 0.9


def test_a_candidate_is_read_back_from_its_numbers() -> None:
    assert Candidate.of(TWO.numbers()) == TWO
    assert Candidate.of(NO_SOURCE.numbers()) == NO_SOURCE
