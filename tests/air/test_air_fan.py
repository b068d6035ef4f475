"""Does the fast fan of couplings say what the exact kernels say, however the map is turned?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sillage.air.fan import fan_coupling
from sillage.air.growth import Growth, draxler
from sillage.air.plume import path_coupling, point_coupling

Floats = NDArray[np.float64]

SPREAD_M = 0.3
SOURCE = np.array([4.0, -7.0, 0.8])
DIRECTIONS = 9


def columns(growth: Growth) -> Floats:
    """(1, 5): growth as the fan takes it; one that rises above a straight line is a lift."""
    lifts = growth.c_z == -1.0
    bend, lift = (0.0, growth.b_z) if lifts else (growth.b_z, 0.0)
    law = (growth.a_y, growth.b_y, growth.a_z, bend, lift)
    return np.array([[float(np.asarray(value).item()) for value in law]])


def paths(rng: np.random.Generator, count: int, *, points: bool) -> Floats:
    start = rng.uniform((-80, -80, 0.5), (80, 80, 4), (count, 3))
    end = start if points else rng.uniform((-80, -80, 0.5), (80, 80, 4), (count, 3))
    return np.hstack([start, end])


def fan(source: Floats, where: Floats, direction: Floats, growth: Growth) -> Floats:
    """(observation, direction), for one block of wind of 3 m/s."""
    block = np.zeros(len(where), dtype=np.int64)
    told = fan_coupling(
        *(source, where, block, np.array([3.0]), direction[None, :], columns(growth)),
        (1.0, 1.0, 1.0, 1.0, SPREAD_M),
    )
    return np.asarray(told, dtype=np.float64)


def exact(source: Floats, where: Floats, direction: Floats, growth: Growth) -> Floats:
    """The same from the accurate kernels."""
    out = np.empty((len(where), direction.size))
    for k, angle in enumerate(direction):
        blown = np.tile([3.0 * math.cos(angle), 3.0 * math.sin(angle)], (len(where), 1))
        spread = (SPREAD_M, SPREAD_M)
        is_point = np.array_equal(where[:, :3], where[:, 3:])
        out[:, k] = (
            point_coupling([source], where[:, :3], blown, growth, spread_m=spread)[0]
            if is_point
            else path_coupling([source], where, blown, growth, spread_m=spread)[0]
        )
    return out


def nearest_m(where: Floats) -> Floats:
    """(path,): how near each path comes to the source, seen from above."""
    to, along = where[:, :2] - SOURCE[:2], where[:, 3:5] - where[:, :2]
    length2 = np.maximum((along**2).sum(axis=1), 1e-12)
    part = np.clip(-(to * along).sum(axis=1) / length2, 0.0, 1.0)
    return np.asarray(np.hypot(*(to + part[:, None] * along).T), dtype=np.float64)


@pytest.mark.parametrize("points", [True, False], ids=["points", "paths"])
@pytest.mark.parametrize("turbulence", [(0.1, 0.05), (0.2, 0.1), (0.5, 0.25)])
def test_the_fan_agrees_with_the_exact_kernel(
    turbulence: tuple[float, float], points: bool
) -> None:
    rng = np.random.default_rng(7)
    growth = draxler(*turbulence, 3.0)
    where = paths(rng, 400, points=points)
    direction = np.linspace(-math.pi, math.pi, DIRECTIONS)
    truth = exact(SOURCE, where, direction, growth)
    counts = truth > 1e-3 * truth.max()
    assert counts.sum() > 100
    read = fan(SOURCE, where, direction, growth)
    off = np.abs(read[counts] / truth[counts] - 1.0)
    assert np.median(off) < 1e-3
    assert np.quantile(off, 0.95) < 0.05
    counts &= (nearest_m(where) > 5.0)[:, None]  # nearer, a path leaves the plume's cone early
    off = np.abs(read[counts] / truth[counts] - 1.0)
    assert np.quantile(off, 0.99) < 0.05


@given(st.integers(0, 10_000), st.floats(0.0, 2.0 * math.pi))
def test_turning_the_map_and_the_wind_together_changes_nothing(seed: int, angle: float) -> None:
    rng = np.random.default_rng(seed)
    growth = draxler(0.25, 0.1, 3.0)
    where = np.vstack([paths(rng, 10, points=True), paths(rng, 10, points=False)])
    direction = rng.uniform(-math.pi, math.pi, 5)
    c, s = math.cos(angle), math.sin(angle)
    turn = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    turned = fan(
        SOURCE @ turn, (where.reshape(-1, 3) @ turn).reshape(-1, 6), direction + angle, growth
    )
    straight = fan(SOURCE, where, direction, growth)
    assert turned == pytest.approx(straight, rel=1e-6, abs=1e-4 * straight.max() + 1e-300)


@given(st.integers(0, 10_000))
def test_each_direction_and_each_path_is_on_its_own(seed: int) -> None:
    rng = np.random.default_rng(seed)
    growth = draxler(0.25, 0.1, 3.0)
    where = paths(rng, 12, points=False)
    direction = rng.uniform(-math.pi, math.pi, 5)
    together = fan(SOURCE, where, direction, growth)
    assert np.array_equal(together[:, ::-1], fan(SOURCE, where, direction[::-1].copy(), growth))
    assert np.array_equal(together[::-1], fan(SOURCE, where[::-1].copy(), direction, growth))
    swapped = fan(SOURCE, np.hstack([where[:, 3:], where[:, :3]]), direction, growth)
    assert swapped == pytest.approx(together, rel=1e-4, abs=1e-9)  # single precision


def test_blocks_have_their_own_wind_and_their_own_growth() -> None:
    growth = np.vstack([columns(draxler(0.1, 0.05, 2.0)), columns(draxler(0.4, 0.2, 4.0))])
    where = np.tile([40.0, -5.0, 1.5, 40.0, -5.0, 1.5], (2, 1))
    speed, direction = np.array([2.0, 4.0]), np.array([[0.0, 0.1], [0.05, -0.1]])
    both = fan_coupling(
        *(SOURCE, where, np.array([0, 1]), speed, direction, growth), (1.0, 1.0, 1.0, 1.0, 0.3)
    )
    for b in range(2):
        alone = fan_coupling(
            *(SOURCE, where[b : b + 1], np.array([0]), speed[b : b + 1]),
            *(direction[b : b + 1], growth[b : b + 1], (1.0, 1.0, 1.0, 1.0, 0.3)),
        )
        assert np.array_equal(both[b], alone[0])


@pytest.mark.parametrize("points", [True, False], ids=["points", "paths"])
def test_a_plume_that_rises_faster_than_straight_agrees_with_the_exact_kernel(
    points: bool,
) -> None:
    rng = np.random.default_rng(7)
    growth = draxler(0.3, 0.05, 3.0)._replace(b_z=0.02, r_z=1.0, c_z=-1.0)
    where, direction = paths(rng, 60, points=points), np.linspace(-0.6, 0.6, DIRECTIONS)
    own, told = (kernel(SOURCE, where, direction, growth) for kernel in (fan, exact))
    far = np.repeat(nearest_m(where)[:, None] > 5.0, DIRECTIONS, axis=1)
    seen = far & (told > 1e-3 * told.max())
    assert seen.sum() > 50
    assert own[seen] == pytest.approx(told[seen], rel=0.03)


def test_less_bend_is_more_lift() -> None:
    where = paths(np.random.default_rng(7), 30, points=False)
    args = (SOURCE, where, np.zeros(30, dtype=np.int64), np.array([3.0]), np.array([[0.0, 0.4]]))
    law, twice = (np.array([[0.3, 0.02, 0.05, 0.0, lift]]) for lift in (0.02, 0.04))
    longer = fan_coupling(*args, law, (1.0, 1.0, 1.0, 0.5, 0.3))
    assert longer == pytest.approx(fan_coupling(*args, twice, (1.0, 1.0, 1.0, 1.0, 0.3)))


def test_a_bend_that_comes_sooner_is_a_growth_of_shorter_memory() -> None:
    where = paths(np.random.default_rng(7), 30, points=False)
    args = (SOURCE, where, np.zeros(30, dtype=np.int64), np.array([3.0]), np.array([[0.0, 0.4]]))
    bent = fan_coupling(*args, columns(draxler(0.3, 0.1, 3.0)), (1.0, 1.0, 4.0, 1.0, 0.3))
    sooner = columns(draxler(0.3, 0.1, 3.0, memory_s=1000.0 / 16.0))
    assert bent == pytest.approx(fan_coupling(*args, sooner, (1.0, 1.0, 1.0, 1.0, 0.3)))


def test_upwind_and_far_aside_nothing_is_read() -> None:
    growth = draxler(0.2, 0.1, 3.0)
    where = np.array([[-20.0, -7.0, 1.0] * 2, [30.0, 70.0, 1.0] * 2])
    assert fan(SOURCE, where, np.array([0.0]), growth).max() < 1e-20
