"""Does the likelihood keep the laws that need no truth: symmetry, scale, and what is not there?

Turning the scene, lifting the background, changing the unit and the order of sources are in
test_localise_likelihood.py; the order of rows in test_localise_problem.py; repeated data in
test_localise_temper.py.
"""

from __future__ import annotations

import math

import localise_scenes as scenes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from localise_scenes import BOUNDS, FRAME, LEAK, MINUTES, NO_SOURCE, SENSORS, SMALL, TRUTH, changed

from sillage.localise.chain import chain_of
from sillage.localise.estimate import locate
from sillage.localise.likelihood import Candidate, Source, expected_ppm
from sillage.localise.problem import Problem, pose
from sillage.localise.settings import Settings
from sillage.records.arrays import Arrays
from sillage.records.readings import Readings
from sillage.records.source_estimate import SourceEstimate
from sillage.records.wind import Wind

Floats = scenes.Floats

COUNT = SENSORS * MINUTES
VALUE = scenes.matched(np.random.default_rng(11))
PROBLEM = scenes.posed(VALUE)
FEW = Settings(particles=64, harvest=2, most_sources=1)
laws = settings(derandomize=True, max_examples=10, deadline=None)
places = st.tuples(st.floats(-50.0, 50.0), st.floats(-50.0, 50.0))


def total(problem: Problem, candidate: Candidate) -> float:
    return float(scenes.explained(problem, candidate).block_log_likelihood.sum())


def moved(problem: Problem, east_m: float, north_m: float) -> Problem:
    rows = problem.observations
    off = np.tile([east_m, north_m, 0.0], 2)
    return problem._replace(observations=rows._replace(paths=rows.paths + off))


@laws
@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_moving_sensors_and_candidate_together_changes_nothing(east: float, north: float) -> None:
    there = changed(TRUTH, east_m=LEAK.east_m + east, north_m=LEAK.north_m + north)
    said = scenes.explained(moved(PROBLEM, east, north), there).block_log_likelihood
    assert said == pytest.approx(scenes.explained(PROBLEM, TRUTH).block_log_likelihood, abs=1e-6)


@laws
@given(places)
def test_a_scene_seen_in_a_mirror_is_as_likely(place: tuple[float, float]) -> None:
    """East to west: sensors, wind, candidate and its steady error of direction."""
    rows, blocks = PROBLEM.observations, PROBLEM.blocks
    mirror = np.tile([-1.0, 1.0, 1.0], 2)
    seen = PROBLEM._replace(
        observations=rows._replace(paths=rows.paths * mirror),
        blocks=blocks._replace(direction_rad=math.pi - blocks.direction_rad),
    )
    one = changed(TRUTH, east_m=place[0], north_m=place[1], veer_rad=0.05)
    other = changed(TRUTH, east_m=-place[0], north_m=place[1], veer_rad=-0.05)
    assert total(seen, other) == pytest.approx(total(PROBLEM, one), abs=1e-6)


@laws
@given(places, st.floats(-6.0, 6.0), st.floats(0.0, 5.0))
def test_scaling_the_rate_scales_the_plume(
    place: tuple[float, float], log_factor: float, height_m: float
) -> None:
    chain = chain_of(PROBLEM.blocks.step_s, PROBLEM.blocks.sessions, SMALL)
    source = Source(*place, height_m, 0.0)
    mean, variance = expected_ppm(PROBLEM, chain, TRUTH.air, source)
    louder = source._replace(log_rate_kg_h=log_factor)
    more, wider = expected_ppm(PROBLEM, chain, TRUTH.air, louder)
    assert more == pytest.approx(math.exp(log_factor) * mean, rel=1e-9)
    assert wider == pytest.approx(math.exp(2.0 * log_factor) * variance, rel=1e-6, abs=1e-300)


@laws
@given(st.permutations(range(SENSORS)))
def test_which_sensor_is_called_what_changes_nothing(order: list[int]) -> None:
    """Names, and so their places in the table: every row is the same reading as before."""
    number = np.arange(COUNT)
    row = number // SENSORS * SENSORS + np.array(order)[number % SENSORS]
    shuffled = pose([scenes.readings(VALUE[row], scenes.ring()[row])], *ASKED)
    for candidate in (TRUTH, NO_SOURCE):
        assert total(shuffled, candidate) == pytest.approx(total(PROBLEM, candidate), abs=1e-6)
    assert shuffled.noise_ppm == pytest.approx(PROBLEM.noise_ppm, rel=1e-12)


ASKED = (scenes.wind(), FRAME, BOUNDS, SMALL)


def beside(sensors: Floats, value: Floats) -> Readings:
    """Further sensors, (sensor, 3), in every minute, (minute sensor,)."""
    minutes = value.size // len(sensors)
    columns = {
        "time_ns": scenes.START_NS + np.repeat(np.arange(minutes), len(sensors)) * 60_000_000_000,
        "sensor": np.tile(np.arange(len(sensors), dtype=np.int32), minutes),
    }
    names = tuple(f"more{n}" for n in range(len(sensors)))
    return scenes.readings(value, np.tile(sensors, (minutes, 1)), columns=columns, sensors=names)


@laws
@given(places, places, st.floats(-2.0, 2.0))
def test_a_sensor_that_no_plume_reaches_informs_about_the_background_alone(
    one: tuple[float, float], two: tuple[float, float], log_rate: float
) -> None:
    """It adds to the log-likelihood of all sources alike, where all sensors stand apart.

    And where its noise is known: what is typical is read off all sensors, so a quiet one more
    makes the others noisier by comparison.
    """
    far = beside(np.array([[9e4, 9e4, 1.5]]), np.full(MINUTES, 2.0) + VALUE[:MINUTES] * 0.01)
    alone, with_it = (
        problem._replace(observations=problem.observations._replace(noise=np.ones(count)))
        for problem, count in (
            (PROBLEM, COUNT),
            (pose([scenes.readings(VALUE), far], *ASKED), COUNT + MINUTES),
        )
    )
    apart = {"log_apart_ppm": math.log(1e6)}  # they lend each other no level
    more = [
        total(with_it, candidate) - total(alone, candidate)
        for candidate in (
            changed(TRUTH, east_m=one[0], north_m=one[1], **apart),
            changed(TRUTH, east_m=two[0], north_m=two[1], log_rate_kg_h=log_rate, **apart),
        )
    ]
    assert more[0] == pytest.approx(more[1], abs=1e-5)


@laws
@given(places, st.floats(0.5, 8.0))
def test_looking_and_seeing_nothing_never_speaks_for_a_source_there(
    place: tuple[float, float], away_m: float
) -> None:
    """Clean readings all around a place, in a wind that goes round, lower its odds."""
    angle = 2.0 * math.pi * np.arange(8) / 8.0
    round_it = np.stack(
        [
            place[0] + away_m * np.cos(angle),
            place[1] + away_m * np.sin(angle),
            np.full(8, 1.5),
        ],
        axis=1,
    )
    clean = beside(round_it, np.full(8 * MINUTES, scenes.BACKGROUND_PPM))
    looked = pose([scenes.readings(VALUE), clean], *ASKED)
    here = changed(TRUTH, east_m=place[0], north_m=place[1])
    before = total(PROBLEM, here) - total(PROBLEM, NO_SOURCE)
    assert total(looked, here) - total(looked, NO_SOURCE) < before + 1e-6


def row_of_sensors(north_m: float, rng: np.random.Generator) -> tuple[list[Readings], Wind]:
    """Sensors in a line along a wind that never turns, and a source beside that line."""
    line = np.stack(
        [np.linspace(-25.0, 45.0, SENSORS), np.zeros(SENSORS), np.full(SENSORS, 1.5)], 1
    )
    spots = np.tile(line, (MINUTES, 1))
    calm = scenes.wind()
    units = {name: calm.samples.unit(name) for name in calm.samples.names}
    steady = {name: calm.samples[name] for name in calm.samples.names} | {
        "east_m_s": np.full(MINUTES, 3.0),
        "north_m_s": np.zeros(MINUTES),
    }
    log = scenes.wind(samples=Arrays(steady, dims="sample", units=units))
    clean = np.full(COUNT, scenes.BACKGROUND_PPM)
    problem = pose([scenes.readings(clean, spots)], log, FRAME, BOUNDS, SMALL)
    source = LEAK._replace(east_m=-40.0, north_m=north_m)
    plume = scenes.plume_ppm(problem, source, np.zeros(MINUTES))
    value = clean + plume * np.exp(0.2 * rng.normal(size=COUNT))
    value += scenes.NOISE_PPM * rng.standard_t(4, COUNT)
    return [scenes.readings(value, spots)], log


def test_sensors_in_a_line_along_the_wind_leave_a_source_on_either_side() -> None:
    batches, log = row_of_sensors(9.0, np.random.default_rng(2))
    problem = pose(batches, log, FRAME, BOUNDS, SMALL)
    for veer in (0.0, 0.04):
        one = changed(TRUTH, east_m=-40.0, north_m=9.0, veer_rad=veer)
        other = changed(TRUTH, east_m=-40.0, north_m=-9.0, veer_rad=-veer)
        assert total(problem, one) == pytest.approx(total(problem, other), abs=1e-6)
    found = answered(batches, log)
    share = float((found.posterior["north_m"][:, 0] > 0.0).mean())
    assert 0.1 < share < 0.9
    assert found.verdict != "located", found.reason


def answered(batches: list[Readings], log: Wind, seed: int = 0) -> SourceEstimate:
    return locate(
        batches, log, frame=FRAME, bounds=BOUNDS, settings=FEW, rng=np.random.default_rng(seed)
    )


def test_another_seed_moves_the_answer_less_than_its_own_width() -> None:
    found = [answered([scenes.readings(VALUE)], scenes.wind(), seed) for seed in (0, 1)]
    one, other = (estimate.sources[0] for estimate in found)
    places = [FRAME.to_local(s.position.lon, s.position.lat) for s in (one, other)]
    apart_m = math.dist(*([float(c) for c in place] for place in places))
    assert apart_m < min(one.position_std_m, other.position_std_m)
    ratio = abs(math.log(one.rate.median / other.rate.median))
    assert ratio < 0.5 * math.log(one.rate.high / one.rate.low)


def test_four_times_the_readings_shrink_the_region() -> None:
    """Mean over two draws of the noise, of ten minutes in each wind against forty."""

    def log_area(value: Floats) -> float:
        found = answered([scenes.readings(value)], scenes.wind())
        return math.log(found.sources[0].regions[1].area_m2)

    part = np.arange(COUNT) // SENSORS % 4 == 0
    values = [scenes.matched(np.random.default_rng(seed)) for seed in (11, 12)]
    areas = [[log_area(np.where(part, value, np.nan)), log_area(value)] for value in values]
    some, all_of_them = np.mean(areas, axis=0)
    assert all_of_them < some
