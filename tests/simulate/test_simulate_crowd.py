"""Are crowded worlds valid, varied and fair: sources apart, and the truth told of each?"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from functools import cache

import numpy as np
import pytest

from sillage.simulate import World, crowded_world, generate
from sillage.simulate.crowd import LEAST_APART, LEAST_APART_M, STRETCH_S
from sillage.simulate.leaks import is_on
from sillage.simulate.world import Beam, Family, Lawnmower, PointSensor, Source

WORLDS = 400


@cache
def drawn() -> tuple[World, ...]:
    return tuple(crowded_world(np.random.default_rng(seed)) for seed in range(WORLDS))


def habits() -> list[Source]:
    return [source for world in drawn() for source in world.sources]


def mixture(world: World) -> tuple[str, ...]:
    return tuple(sorted({type(sensor).__name__ for sensor in world.sensors}))


def test_one_to_five_sources_are_equally_frequent() -> None:
    counts = Counter(len(world.sources) for world in drawn())
    assert sorted(counts) == [1, 2, 3, 4, 5]
    assert max(abs(count - WORLDS / 5) for count in counts.values()) < 4 * math.sqrt(WORLDS * 0.16)


def test_sources_lie_in_the_area_and_apart() -> None:
    for world in drawn():
        side = world.area.east_m - world.area.west_m
        assert 150.0 <= side <= 300.0
        places = [(source.east_m, source.north_m) for source in world.sources]
        assert np.abs(places).max() <= side / 2.0
        for one, other in itertools.combinations(places, 2):
            assert math.dist(one, other) >= max(LEAST_APART_M, LEAST_APART * side)


def test_rates_are_log_uniform() -> None:
    rates = np.array([source.rate_kg_h for source in habits()])
    decade = np.log(rates / 0.3) / math.log(10.0 / 0.3)
    assert 0.0 <= decade.min() < 0.02
    assert 0.98 < decade.max() <= 1.0
    assert decade.mean() == pytest.approx(0.5, abs=4.0 / math.sqrt(12.0 * len(decade)))


def test_half_of_the_sources_come_and_go_for_ten_to_forty_minutes() -> None:
    kinds = [(s.on_s is not None, s.intervals_s is not None) for s in habits()]
    count = Counter(kinds)
    assert count[False, False] / len(kinds) == pytest.approx(0.5, abs=0.06)
    assert count[True, False] / len(kinds) == pytest.approx(0.25, abs=0.06)
    assert count[False, True] / len(kinds) == pytest.approx(0.25, abs=0.06)
    for source in habits():
        for stretch in (source.on_s, source.off_s):
            assert stretch is None or STRETCH_S[0] <= stretch <= STRETCH_S[1]
        edges = np.ravel(source.intervals_s or ())
        assert ((np.diff(edges) >= STRETCH_S[0]) & (np.diff(edges) <= STRETCH_S[1])).all()


def test_every_source_leaks_for_ten_minutes_of_its_survey_and_no_pause_is_longer_than_forty() -> (
    None
):
    for world in drawn():
        seconds = np.arange(world.duration_s)
        for source in world.sources:
            on = is_on(source, seconds)
            assert on.sum() >= STRETCH_S[0]
            turns = np.flatnonzero(np.diff(on, prepend=True, append=True))
            assert max(np.diff(turns)[::2], default=0) <= STRETCH_S[1]


def test_sensors_are_drones_samplers_two_fans_or_drones_with_samplers() -> None:
    kinds = Counter(mixture(world) for world in drawn())
    assert set(kinds) == {
        ("Lawnmower",),
        ("PointSensor",),
        ("Beam",),
        ("Lawnmower", "PointSensor"),
    }
    assert min(kinds.values()) > WORLDS / 4 - 4 * math.sqrt(WORLDS * 3 / 16)
    drones, samplers = set(), set()
    for world in drawn():
        drones.add(sum(isinstance(sensor, Lawnmower) for sensor in world.sensors))
        samplers.add(sum(isinstance(sensor, PointSensor) for sensor in world.sensors))
        beams = [sensor for sensor in world.sensors if isinstance(sensor, Beam)]
        assert len({beam.begin_m for beam in beams}) in {0, 2}
        assert 3600.0 <= world.duration_s <= 7200.0
    assert drones == {0, *range(2, 7)}
    assert samplers == {0, *range(8, 17)}


def test_no_two_drones_fly_the_same_lanes() -> None:
    for world in drawn():
        drones = [sensor for sensor in world.sensors if isinstance(sensor, Lawnmower)]
        for one, other in itertools.combinations(drones, 2):
            apart = (
                one.box.east_m <= other.box.west_m
                or other.box.east_m <= one.box.west_m
                or one.box.north_m <= other.box.south_m
                or other.box.north_m <= one.box.south_m
            )
            assert apart or not set(one.heights_m) & set(other.heights_m)


@pytest.mark.parametrize(("family", "seed"), [("mismatched", 4), ("matched", 4), ("matched", 11)])
def test_a_crowded_world_is_the_same_for_the_same_seed_and_tells_when_each_source_is_on(
    family: Family, seed: int
) -> None:
    world = crowded_world(np.random.default_rng(seed), family=family)
    assert world == crowded_world(np.random.default_rng(seed), family=family)
    happening = generate(world, np.random.default_rng(seed))
    for answer in happening.answers:
        assert np.isfinite(answer.value_ppm).all()
        assert len(answer.value_ppm) > 0.9 * len(answer.first_step)
    told = happening.truth["sources"]
    assert [one["name"] for one in told] == [source.name for source in world.sources]
    seconds = np.arange(0.0, world.duration_s, world.step_s)
    for source, one in zip(world.sources, told, strict=True):
        on = np.zeros(len(seconds), dtype=bool)
        for stretch in one["on"]:
            on |= (seconds >= stretch["begin_s"]) & (seconds < stretch["end_s"])
            assert stretch["rate_kg_h"] == source.rate_kg_h
        np.testing.assert_array_equal(on, is_on(source, seconds))
