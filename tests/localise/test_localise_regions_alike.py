"""Are regions drawn from draws that fell together, and from grids that outlines touch?"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from localise_scenes import FRAME, GROUND
from test_localise_regions import grid_from

from sillage.localise.regions import grid_of, holds, region_of


def test_draws_that_are_all_alike_or_on_a_line_make_a_small_region_around_them() -> None:
    here = np.full(50, 7.0)
    line = np.linspace(5.0, 9.0, 50)
    for east, north in ((here, here), (line, here), (here, line), (line, line)):
        grid = grid_of(east, north, 50.0, GROUND)
        assert np.isfinite(grid.probability).all()
        assert holds(grid, 0.9, 7.0, 7.0)
        assert region_of(grid, 0.9, FRAME).area_m2 < 40.0


def test_a_ring_is_not_closed_and_names_no_corner_twice_in_a_row() -> None:
    grid = grid_from(216)
    for level in (0.5, 0.9):
        for area in region_of(grid, level, FRAME).areas:
            assert all(one != two for one, two in pairwise((*area.ring, area.ring[0])))
