"""A plume keeps its mass, knows no compass, mirrors at the ground, and paths average points."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad

from sillage.air.growth import Growth, briggs, draxler, sigma, smith
from sillage.air.plume import path_coupling, point_coupling, square_spread
from sillage.air.surface_layer import Layer, surface_growth

LAYER = Layer(speed_m_s=3.0, height_m=2.0, tan_gamma_y=0.2, friction_m_s=0.3, obukhov_m=-20.0)
CURVES = (
    briggs("open-country", "A"),
    briggs("open-country", "D"),
    briggs("open-country", "F"),
    briggs("urban", "A"),
    briggs("urban", "E"),
    smith("C"),
    smith("F"),
    draxler(0.3, 0.1, 2.0, stable=True),
    surface_growth(LAYER),
    surface_growth(LAYER._replace(obukhov_m=20.0)),
)
curves = st.sampled_from(CURVES)
metres = st.floats(-200.0, 200.0)
heights = st.floats(0.0, 6.0)
places = st.tuples(metres, metres, heights)
angles = st.floats(0.0, 2.0 * math.pi)


def at_point(x: float, y: float, z: float, growth: Growth, height: float = 1.0) -> float:
    """Coupling in a wind of 2 m/s to the east."""
    return float(point_coupling([[0.0, 0.0, height]], [[x, y, z]], [[2.0, 0.0]], growth)[0, 0])


def turned(points: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    """Turn the first two coordinates about the origin."""
    c, s = math.cos(angle), math.sin(angle)
    out = points.copy()
    out[:, 0], out[:, 1] = c * points[:, 0] - s * points[:, 1], s * points[:, 0] + c * points[:, 1]
    return out


@pytest.mark.parametrize("growth", CURVES)
@pytest.mark.parametrize("lid_m", [math.inf, 40.0])
@pytest.mark.parametrize("x", [5.0, 60.0, 800.0])
def test_what_leaves_the_source_passes_every_plane(growth: Growth, lid_m: float, x: float) -> None:
    width, depth = (float(s) + 0.1 for s in sigma(growth, x))
    y = np.linspace(-7.0 * width, 7.0 * width, 141)
    z = np.linspace(0.0, min(lid_m, 7.0 * depth + 1.0), 401)
    grid = np.stack(np.meshgrid([x], y, z, indexing="ij"), axis=-1).reshape(-1, 3)
    coupling = point_coupling(
        [[0.0, 0.0, 1.0]], grid, np.tile([2.0, 0.0], (len(grid), 1)), growth, lid_m=lid_m
    )
    table = coupling.reshape(y.size, z.size)
    assert 2.0 * np.trapezoid(np.trapezoid(table, z), y) == pytest.approx(1.0, rel=2e-3)


@given(curves, angles, metres, metres, heights, heights)
def test_turning_wind_and_sensors_together_changes_nothing(
    growth: Growth, angle: float, x: float, y: float, z: float, end_z: float
) -> None:
    point, end = np.array([[x, y, z]]), np.array([[0.7 * y + 3.0, -0.4 * x, end_z]])
    source, wind = np.array([[10.0, -5.0, 0.5]]), np.array([[3.0, 0.7]])
    turn = [turned(each, angle) for each in (source, point, wind)]
    straight = point_coupling(source, point, wind, growth)
    assert point_coupling(turn[0], turn[1], turn[2], growth) == pytest.approx(
        straight, rel=1e-6, abs=1e-11
    )
    path = np.hstack([point, end])
    path_turned = np.hstack([turn[1], turned(end, angle)])
    assert path_coupling(turn[0], path_turned, turn[2], growth) == pytest.approx(
        path_coupling(source, path, wind, growth), rel=1e-3, abs=1e-11
    )


@given(curves, st.floats(0.1, 300.0), st.floats(0.0, 50.0), heights, heights)
def test_mirrored_places_read_the_same(
    growth: Growth, x: float, y: float, z: float, height: float
) -> None:
    here = at_point(x, y, z, growth, height)
    assert at_point(x, -y, z, growth, height) == here
    assert at_point(x, y, height, growth, z) == pytest.approx(here)  # source and sensor swapped
    assert at_point(-x, y, z, growth, height) == 0.0
    assert at_point(x, y + 1.0, z, growth, height) <= here


@given(curves, st.floats(1.0, 300.0))
def test_the_ground_doubles_a_source_that_lies_on_it(growth: Growth, x: float) -> None:
    width, depth = (math.hypot(float(s), 0.05) for s in sigma(growth, x))
    free = 1.0 / (2.0 * math.pi * 2.0 * width * depth)
    assert at_point(x, 0.0, 0.0, growth, 0.0) == pytest.approx(2.0 * free)


@given(curves, st.floats(0.6, 12.0), st.floats(1.0, 5.0))
def test_twice_the_wind_carries_half_the_concentration(
    growth: Growth, speed: float, factor: float
) -> None:
    def read(wind: float) -> float:
        return float(point_coupling([[0, 0, 1]], [[40, 2, 1]], [[wind, 0]], growth)[0, 0])

    assert read(speed * factor) * factor == pytest.approx(read(speed))


def test_calm_air_carries_nothing_and_unknown_air_is_unknown() -> None:
    growth = CURVES[1]
    wind = [[0.0, 0.0], [math.nan, 1.0], [0.01, 0.0], [0.5, 0.0]]
    points, paths = [[20.0, 0.0, 1.0]] * 4, [[20.0, -3.0, 1.0, 22.0, 3.0, 1.0]] * 4
    for read in (
        point_coupling([[0, 0, 1]], points, wind, growth)[0],
        path_coupling([[0, 0, 1]], paths, wind, growth)[0],
    ):
        assert read[0] == 0.0
        assert math.isnan(read[1])
        assert read[2] == read[3] > 0.0


@given(curves, metres, metres, heights)
def test_a_path_without_length_is_a_point(growth: Growth, x: float, y: float, z: float) -> None:
    path = path_coupling([[0, 0, 1]], [[x, y, z, x, y, z]], [[2.0, 0.0]], growth)[0, 0]
    assert path == pytest.approx(at_point(x, y, z, growth), rel=1e-6, abs=1e-11)


@given(curves, places, places, st.floats(0.0, 1.0))
def test_a_path_is_the_average_of_its_parts_and_has_no_direction(
    growth: Growth,
    place: tuple[float, float, float],
    end_place: tuple[float, float, float],
    share: float,
) -> None:
    start, end = np.array(place), np.array(end_place)
    middle = start + share * (end - start)
    paths = [[*start, *end], [*end, *start], [*start, *middle], [*middle, *end]]
    whole, back, first, second = path_coupling([[0, 0, 1]], paths, [[2.0, 0.0]] * 4, growth)[0]
    assert back == pytest.approx(whole, rel=1e-3, abs=1e-9)
    assert share * first + (1.0 - share) * second == pytest.approx(whole, rel=2e-3, abs=1e-9)


@settings(max_examples=60)
@given(
    curves,
    st.floats(1.0, 500.0),
    angles | st.sampled_from([0.0, math.pi / 2.0, math.pi, 1e-3]),
    st.floats(-1.0, 2.4),
    st.floats(-1.5, 1.5),
    st.tuples(heights, heights),
    st.sampled_from([(0.05, 0.05), (0.1, 0.1), (0.5, 0.3)]),
)
def test_path_mean_is_within_1e_3_of_adaptive_quadrature(
    growth: Growth,
    length: float,
    angle: float,
    log_x: float,
    off_axis: float,
    ends_z: tuple[float, float],
    spread_m: tuple[float, float],
) -> None:
    x = 10.0**log_x
    middle = np.array([x, off_axis * float(sigma(growth, x)[0])])
    half = 0.5 * length * np.array([math.cos(angle), math.sin(angle)])
    assert_mean(growth, [*(middle - half), ends_z[0]], [*(middle + half), ends_z[1]], spread_m)


@pytest.mark.parametrize("growth", CURVES)
@pytest.mark.parametrize("angle", [0.0, 0.7, math.pi / 2.0])
def test_path_mean_holds_where_the_source_lies_on_the_path(growth: Growth, angle: float) -> None:
    half = 30.0 * np.array([math.cos(angle), math.sin(angle)])
    assert_mean(growth, [*(-half), 1.0], [*half, 1.0], (0.1, 0.1))


def assert_mean(
    growth: Growth, start: list[float], end: list[float], spread_m: tuple[float, float]
) -> None:
    first, change = np.array(start), np.array(end) - np.array(start)

    def along(share: float) -> float:
        place = [first + share * change]
        return float(
            point_coupling([[0, 0, 1]], place, [[2.0, 0.0]], growth, spread_m=spread_m)[0, 0]
        )

    # where the path passes the source and the axis: halving towards them lets quad see the plume
    marks = {0.0, 1.0}
    for axis in (0, 1):
        if change[axis] != 0.0 and 0.0 < -first[axis] / change[axis] < 1.0:
            marks.add(float(-first[axis] / change[axis]))
    edges = sorted(marks)
    cuts = [edges[0]]
    for low, high in pairwise(edges):
        steps = 0.5 * (high - low) * 0.25 ** np.arange(8)
        cuts += [*(low + steps[::-1]), *(high - steps[1:]), high]
    parts = [
        quad(along, low, high, epsabs=1e-12, epsrel=1e-6, limit=60)[0]
        for low, high in pairwise(cuts)
    ]
    got = path_coupling([[0, 0, 1]], [[*start, *end]], [[2.0, 0.0]], growth, spread_m=spread_m)[
        0, 0
    ]
    assert got == pytest.approx(math.fsum(parts), rel=1e-3, abs=1e-10)


@pytest.mark.parametrize("x", [6.0, 15.0, 60.0])
def test_a_square_is_its_own_average_from_three_sides_downwind(x: float) -> None:
    side, growth = 2.0, CURVES[0]
    at = (np.arange(40) + 0.5) / 40.0 * side - side / 2.0
    tiles = np.stack(np.meshgrid(at, at, [1.0], indexing="ij"), axis=-1).reshape(-1, 3)
    exact = point_coupling(tiles, [[x, 0.3, 1.0]], [[2.0, 0.0]], growth).mean()
    spread = square_spread(side)
    square = point_coupling([[0, 0, 1]], [[x, 0.3, 1.0]], [[2.0, 0.0]], growth, spread_m=spread)
    assert square[0, 0] == pytest.approx(exact, rel=0.15 if x < 10.0 else 0.03)


def test_a_lid_leaves_the_air_below_it_well_mixed() -> None:
    growth, lid_m = CURVES[0], 50.0
    depth = [
        float(
            point_coupling([[0, 0, 1]], [[2000.0, 0.0, z]], [[2.0, 0.0]], growth, lid_m=lid_m)[0, 0]
        )
        for z in (0.0, 25.0, 50.0)
    ]
    width = math.hypot(float(sigma(growth, 2000.0)[0]), 0.05)
    assert depth == pytest.approx([1.0 / (2.0 * math.sqrt(2.0 * math.pi) * width * lid_m)] * 3)


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(rows, 6\) is needed"):
        path_coupling([[0, 0, 1]], [[1.0, 2.0, 3.0]], [[2.0, 0.0]], CURVES[0])
