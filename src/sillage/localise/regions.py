"""Which ground holds a source with a given probability: a grid of the posterior and its contours.

Each source has a grid of its own, around its own draws: a Gaussian kernel estimate. A credible
region is the smallest set of cells that holds its level (highest posterior density).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.localise.ground import Ground
from sillage.records.arrays import Arrays
from sillage.records.place import Area, LocalFrame
from sillage.records.source_estimate import CredibleRegion

Floats = NDArray[np.float64]

_CELLS = 96
_PLACE = 0.1  # of a region's area that makes a piece of it a place of its own
_MARGIN = 0.35  # of the draws' extent, on every side


class Cells(NamedTuple):
    """The grid of one source."""

    probability: Floats
    """(north, east): of each cell; sums to one."""
    east_m: Floats
    north_m: Floats


def cells_of(grid: Arrays, source: int) -> Cells:
    """The grid of one source, by its place in the record's list."""
    return Cells(*(grid[name][source] for name in Cells._fields))


def stacked(cells: Sequence[Cells]) -> Arrays:
    """The grids of all sources, as the record holds them."""
    dims = {
        "probability": ("source", "north", "east"),
        "east_m": ("source", "east"),
        "north_m": ("source", "north"),
    }
    columns = {name: np.stack([getattr(one, name) for one in cells]) for name in dims}
    return Arrays(columns, dims=dims, units={"probability": "1", "east_m": "m", "north_m": "m"})


def grid_of(east_m: Floats, north_m: Floats, independent: float, ground: Ground) -> Cells:
    """Probability of each cell of a grid around the draws; sums to one.

    Parameters
    ----------
    east_m, north_m
        (draw,): positions.
    independent
        How many independent draws they are worth: it sets Scott's bandwidth.
    ground
        Where the source may lie; nothing lies outside.
    """
    from scipy.stats import gaussian_kde

    east = _axis(east_m, ground.bounds.west, ground.bounds.east)
    north = _axis(north_m, ground.bounds.south, ground.bounds.north)
    draws = np.stack([east_m, north_m])
    jitter = 0.5 * min(east[1] - east[0], north[1] - north[0])
    spread = np.cov(draws) + jitter**2 * np.eye(2)
    # Whitened by hand, and shaken by half a cell: draws on a line are no special case.
    root = np.linalg.cholesky(spread)
    cells = np.stack([c.ravel() for c in np.meshgrid(east, north)])
    kernel = gaussian_kde(
        np.linalg.solve(root, draws + jitter * _spiral(draws.shape[1])),
        lambda k: independent ** (-1.0 / (k.d + 4)),
    )
    spread_out = kernel(np.linalg.solve(root, cells))
    allowed = ground.holds(*cells)
    if allowed.any():  # a sliver may lie between the cells' middles
        spread_out = spread_out * allowed
    density = spread_out.reshape(north.size, east.size)
    return Cells(density / density.sum(), east, north)


def region_of(cells: Cells, level: float, frame: LocalFrame) -> CredibleRegion:
    """Smallest region of the grid that holds the level."""
    probability, east, north = cells
    ranked = np.sort(probability.ravel())[::-1]
    needed = int(np.searchsorted(np.cumsum(ranked), level)) + 1
    threshold = float(ranked[min(needed, ranked.size) - 1])
    cell_m2 = float((east[1] - east[0]) * (north[1] - north[0]))
    area_m2 = cell_m2 * min(needed, ranked.size)
    return CredibleRegion(
        level=level,
        areas=tuple(_rings(probability, east, north, threshold, frame)),
        area_m2=area_m2,
        equivalent_radius_m=math.sqrt(area_m2 / math.pi),
    )


def separate_places(region: CredibleRegion, frame: LocalFrame) -> int:
    """How many pieces of a region are at least a tenth of it; specks are no places."""
    sizes = [
        abs(_signed_area(np.stack(frame.to_local(*np.array(area.ring).T), axis=-1)))
        for area in region.areas
    ]
    return sum(size > _PLACE * sum(sizes) for size in sizes)


def holds(cells: Cells, level: float, east_m: float, north_m: float) -> bool:
    """Whether a place lies within the credible region of that level."""
    probability, east, north = cells
    column = int(np.rint((east_m - east[0]) / (east[1] - east[0])))
    row = int(np.rint((north_m - north[0]) / (north[1] - north[0])))
    if not (0 <= row < north.size and 0 <= column < east.size):
        return False
    denser = probability[probability > probability[row, column]].sum()
    return bool(denser < level)


def _axis(draws: Floats, low: float, high: float) -> Floats:
    """Cell centres around the draws, inside the search area."""
    margin = max(_MARGIN * float(np.ptp(draws)), 1e-3 * (high - low))
    start, stop = max(low, float(draws.min()) - margin), min(high, float(draws.max()) + margin)
    step = (stop - start) / _CELLS
    return np.asarray(start + step * (np.arange(_CELLS) + 0.5), dtype=np.float64)


def _spiral(count: int) -> Floats:
    """Evenly spread offsets of at most one, so that repeated draws do not coincide."""
    turn = np.arange(count) * math.pi * (3.0 - math.sqrt(5.0))
    radius = np.sqrt((np.arange(count) + 0.5) / count)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)])


def _rings(
    probability: Floats, east: Floats, north: Floats, threshold: float, frame: LocalFrame
) -> list[Area]:
    """Outer rings of the region, the largest first."""
    import contourpy

    padded = np.pad(probability, 1)
    lines = contourpy.contour_generator(_padded(east), _padded(north), padded).lines(threshold)
    sized: list[tuple[float, Area]] = []
    for line in lines:
        ring = np.asarray(line)
        ring = ring[np.any(ring != np.roll(ring, 1, axis=0), axis=1)]  # a grid node gives it twice
        size = _signed_area(ring)
        if len(ring) >= 3 and size > 0.0:  # holes run the other way
            lon, lat = frame.to_lonlat(ring[:, 0], ring[:, 1])
            corners = tuple(zip(lon.tolist(), lat.tolist(), strict=True))
            sized.append((size, Area(ring=corners)))
    return [area for _, area in sorted(sized, key=lambda pair: -pair[0])]


def _padded(axis: Floats) -> Floats:
    step = axis[1] - axis[0]
    return np.concatenate([[axis[0] - step], axis, [axis[-1] + step]])


def _signed_area(ring: NDArray[np.float64]) -> float:
    x, y = ring.T
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
