"""No draw, no region and no doubt lies on ground that the user ruled out."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Literal

import localise_scenes as scenes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from localise_scenes import BOUNDS, FRAME, SMALL

from sillage.errors import SettingError
from sillage.localise.estimate import locate
from sillage.localise.ground import Ground, box_of, side
from sillage.localise.prior import Prior
from sillage.localise.problem import pose
from sillage.localise.regions import grid_of
from sillage.records.base import Interval
from sillage.records.context import Context, Zone
from sillage.records.place import Area

Meaning = Literal["search", "exclude"]
SQUARE = ((-20.0, -20.0), (30.0, -20.0), (30.0, 30.0), (-20.0, 30.0))
VALUE = scenes.matched(np.random.default_rng(3))


def zone(corners: object, meaning: Meaning = "exclude", because: str = "a lake") -> Zone:
    east, north = np.array(corners, dtype=np.float64).T
    lon, lat = FRAME.to_lonlat(east, north)
    ring = tuple(zip(lon.tolist(), lat.tolist(), strict=True))
    return Zone(meaning=meaning, because=because, area=Area(ring=ring))


def context(*zones: Zone, heights_m: tuple[float, float] | None = None) -> Context:
    moment = datetime(2026, 5, 9, tzinfo=UTC)
    return Context(
        observed_at=Interval(start=moment, end=moment),
        name="zones",
        zones=zones,
        heights_m=heights_m,
    )


def star(count: int, seed: int) -> scenes.Floats:
    """A ring that winds once about the origin."""
    rng = np.random.default_rng(seed)
    angle = 2.0 * math.pi * (np.arange(count) + rng.uniform(0.0, 0.9, count)) / count
    radius = rng.uniform(5.0, 55.0, count)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


@settings(max_examples=40)
@given(st.integers(3, 12), st.integers(0, 10_000))
def test_a_ring_holds_what_winds_about_it(count: int, seed: int) -> None:
    ring = star(count, seed)
    east, north = np.random.default_rng(seed + 1).uniform(-60.0, 60.0, (2, 200))
    ground = Ground.of(BOUNDS, context(zone(ring, "search")), FRAME)
    turns = np.zeros(200)
    for one, other in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        ax, ay, bx, by = one[0] - east, one[1] - north, other[0] - east, other[1] - north
        turns += np.arctan2(ax * by - ay * bx, ax * bx + ay * by)
    assert np.array_equal(ground.holds(east, north), np.abs(turns) > math.pi)


def test_search_zones_add_up_and_excluded_ones_take_away() -> None:
    both = context(
        zone(SQUARE, "search"),
        zone(np.array(SQUARE) * 0.2 - 40.0, "search"),
        zone(np.array(SQUARE) * 0.4),
    )
    ground = Ground.of(BOUNDS, both, FRAME)
    assert ground.area_m2 == pytest.approx(50.0**2 + 10.0**2 - 20.0**2, rel=0.01)
    east, north = np.array([25.0, 0.0, -40.0, 50.0]), np.array([25.0, 0.0, -40.0, 50.0])
    assert ground.holds(east, north).tolist() == [True, False, True, False]
    assert box_of(both, FRAME) == pytest.approx((-44.0, 30.0, -44.0, 30.0), abs=1e-3)


def test_no_zones_change_nothing() -> None:
    plain, empty = Ground.of(BOUNDS, None, FRAME), Ground.of(BOUNDS, context(), FRAME)
    assert plain == empty == Ground(BOUNDS, BOUNDS.area_m2)
    assert box_of(context(zone(SQUARE)), FRAME) is None


def test_the_prior_is_even_over_what_is_left() -> None:
    known = context(zone(SQUARE), heights_m=(2.0, 6.0))
    problem = pose([scenes.readings(VALUE)], scenes.wind(), FRAME, BOUNDS, SMALL, known)
    prior = Prior(problem, SMALL, unknown=1)
    draws = prior.draw(4000, np.random.default_rng(0))
    assert problem.ground.holds(draws[:, 12], draws[:, 13]).all()
    assert np.isfinite(prior.log_density(draws)).all()
    assert np.mean(draws[:, 12] < -20.0) == pytest.approx(
        40.0 * 120.0 / problem.ground.area_m2, abs=0.03
    )
    assert 2.0 <= draws[:, 14].min() < draws[:, 14].max() <= 6.0
    assert draws[:, 14].mean() == pytest.approx(4.0, abs=0.1)
    inside = draws[:3].copy()
    inside[:, 12:14] = 0.0
    assert np.array_equal(prior.log_density(inside), [-np.inf] * 3)


def test_no_region_lies_on_excluded_ground() -> None:
    ground = Ground.of(BOUNDS, context(zone(SQUARE)), FRAME)
    draws = np.random.default_rng(0).uniform(-60.0, 60.0, (2, 4000))
    kept = draws[:, ground.holds(*draws)]
    grid = grid_of(kept[0], kept[1], 4000.0, ground)
    east, north = np.meshgrid(grid.east_m, grid.north_m)
    lost = grid.probability[~ground.holds(east, north)]
    assert lost.size
    assert lost.sum() == 0.0
    assert grid.probability.sum() == pytest.approx(1.0)


def test_near_an_edge_is_near_any_edge() -> None:
    ground = Ground.of(BOUNDS, context(zone(SQUARE)), FRAME)
    east, north = np.array([-22.0, -50.0, 58.0]), np.array([0.0, 0.0, 50.0])
    assert ground.at_edge(east, north, np.array([5.0, 5.0])).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("east", "north", "word"),
    [(55.0, 0.0, "eastern"), (50.0, 55.0, "north-eastern"), (-1.0, -58.0, "southern")],
)
def test_the_side_is_told_as_a_map_would(east: float, north: float, word: str) -> None:
    assert side(BOUNDS, np.array([east, east]), np.array([north - 1.0, north + 1.0])) == word


def test_a_source_outside_the_area_is_looked_for_on_its_own_side() -> None:
    narrow = BOUNDS._replace(east=0.0)
    estimate = locate(
        [scenes.readings(VALUE)],
        scenes.wind(),
        frame=FRAME,
        bounds=narrow,
        settings=SMALL,
        rng=np.random.default_rng(0),
    )
    assert estimate.verdict != "located"
    assert "eastern edge of the search area, so look beyond it" in estimate.reason


def test_an_answer_keeps_off_a_zone_and_says_what_it_knew() -> None:
    known = context(zone(((-60, -60), (0, -60), (0, 60), (-60, 60)), because="a steep cliff"))
    asked = ([scenes.readings(VALUE)], scenes.wind())
    estimate = locate(
        *asked,
        frame=FRAME,
        bounds=BOUNDS,
        context=known,
        settings=SMALL,
        rng=np.random.default_rng(0),
    )
    assert estimate.posterior["east_m"].min() >= 0.0
    assert known.id in estimate.parents


def test_zones_that_leave_nothing_are_refused_with_their_reason() -> None:
    everywhere = zone(((-99, -99), (99, -99), (99, 99), (-99, 99)), because="all of it is sea")
    with pytest.raises(SettingError, match=r"no ground to search \(all of it is sea\)"):
        Ground.of(BOUNDS, context(everywhere), FRAME)
