"""Scales, contours, colours and time axes keep their promises."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sillage.console.drawing import colour
from sillage.console.drawing.contour import inside, mass_levels, rings
from sillage.console.drawing.density import smooth
from sillage.console.drawing.labels import Labels
from sillage.console.drawing.markup import escape, tag
from sillage.console.drawing.rose import counts, speed_classes, wind_from_deg
from sillage.console.drawing.scales import (
    compass,
    degrees_for,
    nice_bounds,
    nice_ticks,
    number,
    percent,
)
from sillage.console.drawing.series import envelope
from sillage.console.drawing.svg import Box
from sillage.console.drawing.timeline import SECOND, timeline

finite = st.floats(-1e6, 1e6)
positive = st.floats(1e-3, 1e5)


@given(st.text())
def test_text_comes_back_from_xml_as_it_went_in_or_as_replacements(text: str) -> None:
    found = ET.fromstring(tag("text", text, note=text))  # noqa: S314 - our own markup
    kept = escape(text)
    assert ET.fromstring(f"<a>{kept}</a>").text == found.text  # noqa: S314 - our own markup
    assert len(found.text or "") == len(text.replace("\r\n", "\n"))


@given(low=finite, span=positive, about=st.integers(2, 8))
def test_ticks_are_round_evenly_spaced_and_inside(low: float, span: float, about: int) -> None:
    ticks = nice_ticks(low, low + span, about)
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in ticks)
    steps = np.diff(ticks)
    if steps.size:
        assert np.allclose(steps, steps[0], rtol=1e-6)
        assert f"{steps[0]:.0e}"[0] in "125"


@given(st.lists(finite, min_size=1, max_size=20))
def test_bounds_hold_every_value(values: list[float]) -> None:
    low, high = nice_bounds(values)
    assert high > low
    assert low <= min(values) + 1e-6 * (high - low)
    assert high >= max(values) - 1e-6 * (high - low)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (1.314, "1.31"),
        (9.996, "10.0"),
        (0.0457, "0.0457"),
        (-2.5, "\u22122.50"),
        (12345.0, "12\u202f300"),
        (float("nan"), "unknown"),
    ],
)
def test_numbers_are_written_for_reading(value: float, written: str) -> None:
    assert number(value) == written


def test_a_sliver_is_never_called_zero_nor_nearly_all_called_all() -> None:
    assert percent(0.0004).startswith("under")
    assert percent(0.9997).startswith("over")
    assert percent(0.0)[0] == "0"


@pytest.mark.parametrize(("error_m", "decimals"), [(1.4, 5), (0.2, 6), (200.0, 3), (1e6, 3)])
def test_degrees_say_no_more_than_the_error_allows(error_m: float, decimals: int) -> None:
    assert degrees_for(error_m) == decimals


@pytest.mark.parametrize(
    ("east", "north", "name"), [(1.0, 0.0, "W"), (0.0, 1.0, "S"), (-1.0, -1.0, "NE")]
)
def test_wind_is_named_for_where_it_comes_from(east: float, north: float, name: str) -> None:
    assert compass(float(wind_from_deg(np.array([east]), np.array([north]))[0])) == name


def test_a_rose_counts_every_windy_sample_once() -> None:
    rng = np.random.default_rng(3)
    speed = rng.gamma(2.0, 1.0, 500)
    table = counts(rng.uniform(0, 360, 500), speed, speed_classes(speed))
    assert table.sum() == pytest.approx(np.mean(speed >= 0.5))


@given(x=st.floats(-3, 3), y=st.floats(-3, 3), radius=st.floats(0.5, 4))
def test_a_contour_of_distance_is_a_circle(x: float, y: float, radius: float) -> None:
    axis = np.linspace(-8, 8, 65)
    field = -np.hypot(axis[None, :] - x, axis[:, None] - y)
    found = rings(axis, axis, field, -radius)
    assert len(found) == 1
    away = np.hypot(found[0][:, 0] - x, found[0][:, 1] - y)
    assert np.allclose(away, radius, atol=0.08)
    assert inside(found[0], np.array([[x, y], [x + 2 * radius, y]])).tolist() == [True, False]


@given(st.integers(0, 10_000))
def test_contours_close_around_exactly_the_cells_above(seed: int) -> None:
    rng = np.random.default_rng(seed)
    field = rng.normal(size=(7, 9))
    field[rng.random((7, 9)) < 0.1] = np.nan
    x, y = np.arange(9.0), np.arange(7.0)
    found = rings(x, y, field, 0.3)
    points = np.array(list(itertools.product(x, y)))
    within = np.zeros(len(points), dtype=bool)
    for ring in found:
        within ^= inside(ring, points)
    above = np.array([field[int(py), int(px)] > 0.3 for px, py in points])
    assert np.array_equal(within, above)


def test_levels_enclose_the_mass_they_name() -> None:
    rng = np.random.default_rng(4)
    mass = rng.gamma(0.3, size=(40, 50))
    mass /= mass.sum()
    for share, level in zip((0.9, 0.5), mass_levels(mass, (0.9, 0.5)), strict=True):
        assert mass[mass > level].sum() == pytest.approx(share, abs=0.02)


def test_density_integrates_to_one_and_is_nothing_below_zero() -> None:
    draws = np.random.default_rng(5).exponential(1.0, 4000)
    at = np.linspace(0, 12, 2000)
    density = smooth(draws, at)
    assert np.trapezoid(density, at) == pytest.approx(1.0, abs=0.01)
    assert density[0] > 0.7


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=60, unique=True))
def test_a_timeline_keeps_the_order_and_the_edges(seconds: list[int]) -> None:
    moments = np.array(sorted(seconds), dtype=np.int64) * SECOND
    times = timeline(moments, 40.0, 440.0)
    x = times(moments)
    assert np.all(np.diff(x) > 0)
    assert x[0] == pytest.approx(40.0)
    assert x[-1] <= 440.0 + 1e-9
    ticks = times.ticks()
    assert ticks
    assert all(b.x - a.x >= 40 for a, b in itertools.pairwise(ticks))


def test_a_long_pause_is_folded_and_a_short_one_kept() -> None:
    first = np.arange(0, 3600, 60)
    folded = timeline(np.concatenate([first, first + 90_000]) * SECOND, 0.0, 400.0)
    assert len(folded.stretches) == 2
    kept = timeline(np.concatenate([first, first + 3900]) * SECOND, 0.0, 400.0)
    assert len(kept.stretches) == 1


def test_an_envelope_never_hides_an_extreme() -> None:
    rng = np.random.default_rng(6)
    value = rng.normal(size=10_000)
    value[1234], value[777] = 50.0, np.nan
    pieces = envelope(np.arange(10_000), value, 200)
    assert pieces.high.max() == 50.0
    assert pieces.low.min() == np.nanmin(value)
    assert np.all((pieces.low <= pieces.mean) & (pieces.mean <= pieces.high))


def test_labels_never_cover_each_other_and_say_when_one_is_missing() -> None:
    labels = Labels(Box(0, 0, 200, 100))
    for _ in range(20):
        labels.write(100, 50, "sensor")
    assert labels.left_out > 0
    assert str(labels.drawn()).count("<text") == 20 - labels.left_out
    for one, other in itertools.combinations(labels.taken, 2):
        apart = one.right <= other.left or other.right <= one.left
        assert apart or one.bottom <= other.top or other.bottom <= one.top


@pytest.mark.parametrize("theme", [colour.DAY, colour.NIGHT], ids=["day", "night"])
@pytest.mark.parametrize("role", colour.TEXT_ROLES)
def test_text_stands_out_from_its_ground(theme: dict[str, str], role: str) -> None:
    assert colour.contrast(theme[role], theme["paper"]) >= 4.5
    assert colour.contrast(theme[role], theme["card"]) >= 4.5


@pytest.mark.parametrize(
    ("anchors", "sign"),
    [
        (colour._LIKELY_DAY, -1),
        (colour._LIKELY_NIGHT, 1),
        (colour._READING_DAY, -1),
        (colour._READING_NIGHT, 1),
    ],
)
def test_ramps_rise_or_fall_in_lightness_all_the_way(anchors: tuple[str, ...], sign: int) -> None:
    steps = np.diff([colour.lightness(shade) for shade in colour.ramp(anchors)])
    assert np.all(sign * steps > 0.02)
