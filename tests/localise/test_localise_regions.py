"""Do credible regions nest, hold what they say, and lie where the source was looked for?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from localise_scenes import FRAME, GROUND

from sillage.localise.regions import Cells, cells_of, grid_of, holds, region_of, stacked


def grid_from(seed: int) -> Cells:
    """The grid of one to three clouds of draws of any width, anywhere in the area."""
    rng = np.random.default_rng(seed)
    peaks = [
        rng.uniform(-60.0, 60.0, 2) + rng.normal(size=(60, 2)) * math.exp(rng.uniform(-3.0, 3.0))
        for _ in range(rng.integers(1, 4))
    ]
    east, north = np.clip(np.concatenate(peaks), -60.0, 60.0).T
    return grid_of(east, north, float(rng.uniform(10.0, 200.0)), GROUND)


few = settings(max_examples=25)
seeds = st.integers(0, 10_000)


@few
@given(seeds)
def test_a_grid_is_a_distribution_inside_the_search_area(seed: int) -> None:
    grid = grid_from(seed)
    assert grid.probability.sum() == pytest.approx(1.0)
    assert grid.probability.min() >= 0.0
    for axis, low, high in (("east_m", -60.0, 60.0), ("north_m", -60.0, 60.0)):
        cells = getattr(grid, axis)
        assert low <= cells[0] < cells[-1] <= high
        assert np.diff(cells) == pytest.approx(np.full(95, cells[1] - cells[0]))


def test_the_grids_of_several_sources_come_back_one_by_one() -> None:
    cells = [grid_from(seed) for seed in range(3)]
    grid = stacked(cells)
    assert grid.sizes == {"source": 3, "north": 96, "east": 96}
    for source, one in enumerate(cells):
        for kept, given_ in zip(cells_of(grid, source), one, strict=True):
            assert np.array_equal(kept, given_)


@few
@given(seeds, st.lists(st.floats(0.05, 0.95), min_size=2, max_size=5, unique=True))
def test_a_region_of_higher_level_is_larger(seed: int, levels: list[float]) -> None:
    grid = grid_from(seed)
    sizes = [region_of(grid, level, FRAME).area_m2 for level in sorted(levels)]
    assert sizes == sorted(sizes)
    assert sizes[0] > 0.0


@few
@given(seeds, st.floats(0.1, 0.95))
def test_the_cells_that_a_region_holds_have_its_mass_and_its_area(seed: int, level: float) -> None:
    grid = grid_from(seed)
    probability, east, north = grid.probability, grid.east_m, grid.north_m
    region = region_of(grid, level, FRAME)
    cell_m2 = float((east[1] - east[0]) * (north[1] - north[0]))
    cells = round(region.area_m2 / cell_m2)
    ranked = np.sort(probability.ravel())[::-1]
    assert ranked[:cells].sum() >= level - 1e-9
    assert ranked[: cells - 1].sum() < level
    for row, column in np.random.default_rng(seed).integers(0, 96, (40, 2)):
        here = probability[row, column]
        if here not in (ranked[cells - 1], ranked[min(cells, ranked.size - 1)]):
            inside = holds(grid, level, float(east[column]), float(north[row]))
            assert inside == (here > ranked[cells - 1])
            higher = min(1.0, level + 0.05)
            assert holds(grid, higher, float(east[column]), float(north[row])) >= inside


@few
@given(seeds, st.sampled_from([0.5, 0.9]))
def test_rings_are_polygons_inside_the_area_the_largest_first(seed: int, level: float) -> None:
    grid = grid_from(seed)
    region = region_of(grid, level, FRAME)
    step = max(float(axis[1] - axis[0]) for axis in (grid.east_m, grid.north_m))
    sizes = []
    assert region.areas
    for area in region.areas:
        x, y = FRAME.to_local(*np.array(area.ring).T)
        assert len(area.ring) >= 3
        assert max(np.abs(x).max(), np.abs(y).max()) <= 60.0 + step
        sizes.append(0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)))
    assert min(sizes) > 0.0  # anticlockwise
    assert sizes == pytest.approx(sorted(sizes, reverse=True), rel=1e-6)
    assert region.equivalent_radius_m == pytest.approx(math.sqrt(region.area_m2 / math.pi))


def test_a_normal_cloud_has_the_radius_of_a_normal_distribution() -> None:
    east, north = np.random.default_rng(0).normal(0.0, 4.0, (2, 4000))
    region = region_of(grid_of(east, north, 4000.0, GROUND), 0.9, FRAME)
    truth_m = 4.0 * math.sqrt(-2.0 * math.log(0.1))
    assert region.equivalent_radius_m == pytest.approx(truth_m, rel=0.08)
    assert len(region.areas) == 1


def test_two_separate_clouds_make_two_pieces_and_outside_nothing_is_held() -> None:
    rng = np.random.default_rng(0)
    east = np.concatenate([rng.normal(-40.0, 1.0, 200), rng.normal(40.0, 1.0, 200)])
    north = rng.normal(0.0, 1.0, 400)
    grid = grid_of(east, north, 4000.0, GROUND)
    assert len(region_of(grid, 0.9, FRAME).areas) == 2
    assert holds(grid, 0.9, -40.0, 0.0)
    assert holds(grid, 0.9, 40.0, 0.0)
    for place in ((0.0, 0.0), (500.0, 0.0), (0.0, -500.0)):
        assert not holds(grid, 0.9, *place)
