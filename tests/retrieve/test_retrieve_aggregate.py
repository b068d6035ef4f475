"""Laws of columns over neighbours."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sillage.errors import NotEnoughInformation
from sillage.retrieve import aggregate as aggregate_module
from sillage.retrieve.aggregate import aggregate, neighbours
from sillage.retrieve.columns import Depth, straight
from sillage.retrieve.filters import Filtered

SHAPE = (60, 50)


def clutter(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """White clutter that grows with a sensitivity of patches."""
    rng = np.random.default_rng(seed)
    sensitivity = np.kron(rng.uniform(0.4, 1.6, (6, 5)), np.ones((10, 10)))
    sensitivity += 1e-3 * rng.random(SHAPE)
    return 500.0 * sensitivity * rng.normal(size=SHAPE), sensitivity


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.floats(0.01, 100.0))
def test_the_unit_of_columns_changes_only_columns(seed: int, factor: float) -> None:
    column, sensitivity = clutter(seed)
    one, other = aggregate(column, sensitivity), aggregate(factor * column, sensitivity)
    np.testing.assert_allclose(other.column_ppm_m, factor * one.column_ppm_m, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(other.sigmas, one.sigmas, rtol=1e-6, atol=1e-6)


def test_a_mirrored_scene_is_mirrored() -> None:
    column, sensitivity = clutter(1)
    one = aggregate(column, sensitivity)
    other = aggregate(column[::-1, ::-1], sensitivity[::-1, ::-1])
    np.testing.assert_allclose(other.sigmas[::-1, ::-1], one.sigmas, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("scale_px", [2.0, 3.0])
def test_at_the_edge_of_a_map_an_average_strays_by_no_more_than_its_own_sigma(
    scale_px: float,
) -> None:
    rows = []
    for seed in range(60):
        column = 500.0 * np.random.default_rng(seed).normal(size=SHAPE)
        rows.append(aggregate(column, np.ones(SHAPE), scale_px=scale_px).sigmas)
    spread = np.std(rows, axis=0)
    middle = spread[20:40, 15:35].mean()
    assert spread[0].mean() == pytest.approx(middle, rel=0.12)
    assert spread[:, -1].mean() == pytest.approx(middle, rel=0.12)
    corners = [spread[y, x] for y in (0, -1) for x in (0, -1)]
    assert np.mean(corners) == pytest.approx(middle, rel=0.2)


@pytest.mark.parametrize("pixels", [1, 700])
def test_pieces_of_a_map_change_no_number(pixels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    column, sensitivity = clutter(4)
    column[20:24, 30:33] += 9000.0 * sensitivity[20:24, 30:33]
    column[41, 7] = np.nan
    held = column > 5000.0
    whole = aggregate(column, sensitivity, held=held)
    assert np.nanmax(whole.sigmas) > 8.0  # something is sharpened
    monkeypatch.setattr(aggregate_module, "_PIECE", pixels)
    for one, other in zip(whole, aggregate(column, sensitivity, held=held), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_map_is_not_held_many_times_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregate_module, "_PIECE", 1 << 15)
    rng = np.random.default_rng(5)
    column = rng.normal(size=(2000, 500)).astype(np.float32)
    sensitivity = (0.5 + rng.random((2000, 500))).astype(np.float32)
    tracemalloc.start()
    try:
        told = aggregate(column, sensitivity)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 7 * told.column_ppm_m.nbytes  # of which three are what it tells


def test_sigmas_of_clutter_are_normal_and_gas_counts_in_full_on_any_ground() -> None:
    column, sensitivity = clutter(2)
    line, sample = np.mgrid[: SHAPE[0], : SHAPE[1]]
    there = 6000.0 * np.exp(-((line - 30) ** 2 + (sample - 25) ** 2) / 60.0)
    bare = aggregate(column, sensitivity)
    gassy = aggregate(column + sensitivity * there, sensitivity)
    assert np.std(bare.sigmas) == pytest.approx(1.0, abs=0.15)
    inside = there > 600.0
    gained = (gassy.column_ppm_m - bare.column_ppm_m)[inside].sum() / there[inside].sum()
    assert gained == pytest.approx(1.0, abs=0.1)


def test_dark_and_masked_pixels_say_nothing_and_take_nothing() -> None:
    column, sensitivity = clutter(3)
    column[5, 5], sensitivity[40, 40] = np.nan, 0.1
    spoilt = column.copy()
    spoilt[40, 40] = 1e9
    one, other = aggregate(column, sensitivity), aggregate(spoilt, sensitivity)
    assert np.isnan(one.column_ppm_m[5, 5])
    assert np.isnan(one.column_ppm_m[40, 40])
    np.testing.assert_array_equal(one.column_ppm_m, other.column_ppm_m)


def test_few_pixels_are_refused() -> None:
    with pytest.raises(NotEnoughInformation, match="144 pixels"):
        aggregate(np.zeros((12, 12)), np.ones((12, 12)))


def test_pixels_hang_together_by_sides_and_corners() -> None:
    within = np.array([[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0], [1, 0, 0, 1]], dtype=bool)
    seeds = np.zeros((4, 4), dtype=bool)
    seeds[0, 0] = seeds[2, 2] = True
    together = neighbours(seeds, within)
    assert together.sum() == 3
    assert together[1, 2]


def test_deep_absorption_is_made_straight() -> None:
    level = np.concatenate([[0.0], np.geomspace(10.0, 1e5, 400)])
    unit = np.array([-1e-5, -3e-5])
    depth = Depth(level, np.outer(level, unit))
    gain = np.array([-2.5e4, -2.5e4])
    there = np.array([0.0, 100.0, 5000.0, 40_000.0])
    ground = np.array([1.0, 0.4, 1.7, 0.8])
    left = np.exp(np.outer(there, unit))
    bent = ground * ((left - 1.0) @ gain)
    found = Filtered(bent, np.ones(4), ground * (left @ (gain * unit)), gain)
    made = straight(found, unit, depth)
    np.testing.assert_allclose(made.column_ppm_m / made.sensitivity, there, rtol=2e-3, atol=1e-9)
    np.testing.assert_allclose(made.sensitivity, ground, rtol=2e-3)
    negative = found._replace(column_ppm_m=np.full(4, -50.0))
    np.testing.assert_array_equal(straight(negative, unit, depth).column_ppm_m, -50.0)
