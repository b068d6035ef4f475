"""In a steady wind puffs are the plume; in any wind they keep mass, and know no compass."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sillage.air.field import WindSeries
from sillage.air.growth import Growth, briggs, draxler, sigma
from sillage.air.plume import path_coupling, point_coupling
from sillage.air.puff import Ways, ages, puff_coupling, trace_back

CURVES = (briggs("open-country", "B"), briggs("open-country", "D"), draxler(0.2, 0.1, 3.0))
AGES = ages(400.0)


def steady(east: float = 3.0, north: float = 0.0, last_s: float = 1000.0) -> WindSeries:
    """The same wind for so long, from long before."""
    return WindSeries.of([-1000.0, last_s], [east, east], [north, north])


def gusty(seed: int) -> WindSeries:
    """A wind of about 3 m/s that wanders and turns over ten minutes."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(-1000.0, 601.0, 10.0)
    angle = np.cumsum(rng.normal(0.0, 0.15, time_s.size))
    speed = 3.0 * np.exp(0.2 * rng.normal(size=time_s.size))
    return WindSeries.of(time_s, speed * np.cos(angle), speed * np.sin(angle))


def back(receptors: object, wind: WindSeries, at_s: float = 300.0, last_s: float = 310.0) -> Ways:
    """Ways of readings that all are means over the same seconds."""
    rows = np.atleast_2d(np.asarray(receptors, dtype=np.float64))
    times = np.full(rows.shape[0], 1.0)
    return trace_back(rows, at_s * times, last_s * times, wind, AGES)


@given(
    growth=st.sampled_from(CURVES),
    x=st.floats(10.0, 500.0),
    off=st.tuples(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5)),
    z=st.floats(0.0, 5.0),
    angle=st.floats(0.0, 2.0 * math.pi),
    lid_m=st.sampled_from([math.inf, 30.0]),
)
def test_in_a_steady_wind_puffs_are_the_plume(
    growth: Growth, x: float, off: tuple[float, float], z: float, angle: float, lid_m: float
) -> None:
    """Within the square of the plume's slope, which a steady plume leaves out; more at its rim."""
    width, depth = (float(s) for s in sigma(growth, x))
    c, s, y = math.cos(angle), math.sin(angle), off[0] * width
    place = [[x * c - y * s, x * s + y * c, z]]
    source = [[0.0, 0.0, max(z + off[1] * depth, 0.0)]]
    plume = point_coupling(source, place, [[3.0 * c, 3.0 * s]], growth, lid_m=lid_m)
    puffs = puff_coupling(source, back(place, steady(3.0 * c, 3.0 * s)), growth, lid_m=lid_m)
    rim = 1.0 + 0.25 * (off[0] ** 2 + off[1] ** 2) ** 2
    assert puffs[0, 0] == pytest.approx(plume[0, 0], rel=0.01 + rim * (width / x) ** 2)


@settings(max_examples=30)
@given(
    growth=st.sampled_from(CURVES),
    x=st.floats(20.0, 200.0),
    slant=st.floats(-1.0, 1.0),
    ends=st.tuples(st.floats(-80.0, 0.0), st.floats(5.0, 80.0)),
)
def test_in_a_steady_wind_a_path_is_the_plume_s(
    growth: Growth, x: float, slant: float, ends: tuple[float, float]
) -> None:
    path = [[x + slant * ends[0] / 8, ends[0], 1.0, x + slant * ends[1] / 8, ends[1], 2.0]]
    source = [[0.0, 0.0, 1.0]]
    plume = path_coupling(source, path, [[3.0, 0.0]], growth)
    puffs = puff_coupling(source, back(path, steady()), growth)
    width = float(sigma(growth, x)[0])
    assert puffs[0, 0] == pytest.approx(plume[0, 0], rel=0.02 + 3.0 * (width / x) ** 2)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_a_path_reads_the_mean_of_its_points(seed: int) -> None:
    wind = gusty(seed)
    begin, end = np.array([-30.0, 20.0, 1.5]), np.array([40.0, 35.0, 1.5])
    part = ((np.arange(700) + 0.5) / 700)[:, None]
    points = back(begin + part * (end - begin), wind)
    path = back([[*begin, *end]], wind)
    sources = [[0.0, 0.0, 1.0], [10.0, 30.0, 0.5], [-20.0, -15.0, 2.0]]
    mean = puff_coupling(sources, points, CURVES[0]).mean(axis=1)
    read = puff_coupling(sources, path, CURVES[0])[:, 0]
    assert read == pytest.approx(mean, rel=5e-3, abs=1e-6)


def test_finer_steps_close_in_on_the_plume() -> None:
    growth = briggs("open-country", "D")
    place, source = [[80.0, 3.0, 1.5]], [[0.0, 0.0, 1.0]]
    plume = point_coupling(source, place, [[3.0, 0.0]], growth)[0, 0]
    errors = []
    for ratio in (1.4, 1.1, 1.02):
        ways = trace_back(place, [300.0], [310.0], steady(), ages(400.0, ratio=ratio))
        errors.append(abs(float(puff_coupling(source, ways, growth)[0, 0]) / float(plume) - 1.0))
    assert errors[0] > errors[2]
    assert errors[2] < 5e-3


@settings(max_examples=20)
@given(st.integers(0, 1000), st.floats(0.0, 2.0 * math.pi), st.floats(-500.0, 500.0))
def test_turning_and_moving_everything_changes_nothing(
    seed: int, angle: float, shift: float
) -> None:
    growth, wind = CURVES[2], gusty(seed)
    rng = np.random.default_rng(seed)
    places = np.column_stack([rng.uniform(-60.0, 60.0, (6, 2)), np.full(6, 1.5)])
    sources = np.column_stack([rng.uniform(-60.0, 60.0, (4, 2)), np.full(4, 1.0)])
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([points[:, :2] @ turn + shift, points[:, 2]])

    blown = np.column_stack([wind.east_m_s, wind.north_m_s]) @ turn
    before = puff_coupling(sources, back(places, wind), growth)
    other = WindSeries.of(wind.time_s, blown[:, 0], blown[:, 1])
    after = puff_coupling(moved(sources), back(moved(places), other), growth)
    assert after == pytest.approx(before, rel=1e-6, abs=1e-12)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_windows_of_release_add_up_to_all_of_it(seed: int) -> None:
    ways = back([[30.0, 10.0, 1.5], [5.0, -20.0, 1.0]], gusty(seed))
    sources = [[0.0, 0.0, 1.0], [10.0, -5.0, 0.5]]
    whole = puff_coupling(sources, ways, CURVES[1])
    edges = [-200.0, 100.0, 250.0, 290.0, 305.0, 400.0]
    parts = puff_coupling(sources, ways, CURVES[1], windows_s=edges)
    assert parts.shape == (2, 2, 5)
    assert parts.sum(axis=2) == pytest.approx(whole, rel=1e-9)


def test_gas_released_after_it_could_have_arrived_is_not_read() -> None:
    ways = back([[90.0, 0.0, 1.0]], steady())  # half a minute downwind
    early, late = puff_coupling([[0.0, 0.0, 1.0]], ways, CURVES[1], windows_s=[0.0, 300.0, 310.0])[
        0, 0
    ]
    assert early > 0.0
    assert late == 0.0


def test_a_source_that_the_wind_left_is_still_smelled_for_a_while() -> None:
    turned = WindSeries.of([-1000.0, 290.0, 291.0, 600.0], [3.0, 3.0, -3.0, -3.0], [0.0] * 4)
    ways = back([[30.0, 0.0, 1.0]], turned, 295.0, 296.0)
    sources = [[0.0, 0.0, 1.0], [60.0, 0.0, 1.0]]
    west, east = puff_coupling(sources, ways, CURVES[1])[:, 0]
    assert west > 10.0 * east  # the wind now comes from the east, and brings back old air


def test_what_a_source_releases_passes_by_whole() -> None:
    """The dose over a wide plane, times the wind, is the mass (a fence of points downwind)."""
    growth, speed = CURVES[1], 3.0
    width, depth = (float(s) for s in sigma(growth, 60.0))
    y = np.linspace(-6.0 * width, 6.0 * width, 61)
    z = np.linspace(0.0, 7.0 * depth + 2.0, 121)
    fence = np.stack(np.meshgrid([60.0], y, z, indexing="ij"), axis=-1).reshape(-1, 3)
    coupling = puff_coupling([[0.0, 0.0, 1.0]], back(fence, steady(speed)), growth)
    grid = coupling.reshape(y.size, z.size)
    flux = speed * np.trapezoid(np.trapezoid(grid, z, axis=1), y)
    assert flux == pytest.approx(1.0, rel=0.02)


def test_air_of_unknown_wind_adds_nothing_and_is_told() -> None:
    late = WindSeries.of([290.0, 600.0], [3.0, 3.0], [0.0, 0.0])
    ways = back([[90.0, 0.0, 1.0]], late, 300.0, 300.0)
    assert puff_coupling([[0.0, 0.0, 1.0]], ways, CURVES[1])[0, 0] == 0.0
    assert 8.0 < ways.known_s[0] <= 10.0
    assert puff_coupling([[75.0, 0.0, 1.0]], ways, CURVES[1])[0, 0] > 0.0
    ahead = back([[90.0, 0.0, 1.0]], late, 700.0, 710.0)
    assert ahead.known_s[0] == 0.0


def test_in_calm_air_a_puff_grows_where_it_is() -> None:
    calm = steady(0.0, 0.0)
    near, far = puff_coupling(
        [[0.0, 0.0, 1.0]], back([[2.0, 0.0, 1.0], [20.0, 0.0, 1.0]], calm), CURVES[0]
    )[0]
    assert near > far > 0.0
    assert math.isfinite(near)


def test_what_does_not_fit_is_refused_with_what_was_given() -> None:
    with pytest.raises(ValueError, match=r"row 2 is not later"):
        WindSeries.of([0.0, 1.0, 1.0], [1.0] * 3, [1.0] * 3)
    with pytest.raises(ValueError, match=r"columns of shapes"):
        WindSeries.of([0.0, 1.0], [1.0], [1.0])
    with pytest.raises(ValueError, match=r"one time each per reading, are needed"):
        trace_back([[0.0, 0.0, 1.0]], [0.0, 1.0], [1.0, 2.0], steady(), AGES)
    with pytest.raises(ValueError, match=r"reading 0 ends before it starts"):
        trace_back([[0.0, 0.0, 1.0]], [1.0], [0.0], steady(), AGES)
    with pytest.raises(ValueError, match=r"\(source, 3\) is needed"):
        puff_coupling([[0.0, 0.0]], back([[1.0, 0.0, 1.0]], steady()), CURVES[0])
    with pytest.raises(ValueError, match=r"times that rise"):
        puff_coupling([[0.0] * 3], back([[1.0] * 3], steady()), CURVES[0], windows_s=[1.0, 0.0])
    with pytest.raises(ValueError, match=r"cannot be laid out"):
        ages(10.0, ratio=1.0)
