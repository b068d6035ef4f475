"""Where does a field on a grid cross a level?

Marching squares with linear crossings; rings run with the higher side on their left, and a field
is taken as lower than any level outside its grid, so every ring closes.

Reference: Lorensen and Cline, SIGGRAPH 1987, in two dimensions; saddles by the cell's mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]
"""Corners of a closed line, (corner, 2) as x and y, the first not repeated."""

BOTTOM, RIGHT, TOP, LEFT = range(4)
_SEGMENTS: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((BOTTOM, LEFT),),
    2: ((RIGHT, BOTTOM),),
    3: ((RIGHT, LEFT),),
    4: ((TOP, RIGHT),),
    6: ((TOP, BOTTOM),),
    7: ((TOP, LEFT),),
    8: ((LEFT, TOP),),
    9: ((BOTTOM, TOP),),
    11: ((RIGHT, TOP),),
    12: ((LEFT, RIGHT),),
    13: ((BOTTOM, RIGHT),),
    14: ((LEFT, BOTTOM),),
}
_SADDLES: dict[tuple[int, bool], tuple[tuple[int, int], ...]] = {
    (5, True): ((TOP, LEFT), (BOTTOM, RIGHT)),
    (5, False): ((BOTTOM, LEFT), (TOP, RIGHT)),
    (10, True): ((LEFT, BOTTOM), (RIGHT, TOP)),
    (10, False): ((RIGHT, BOTTOM), (LEFT, TOP)),
}

_Edge = tuple[int, int, int]
"""Row and column of a grid point, and 0 for the edge to its right or 1 for the one above."""


def rings(
    x: NDArray[np.float64], y: NDArray[np.float64], field: NDArray[np.float64], level: float
) -> list[Ring]:
    """Closed lines around the parts of a field above a level.

    Parameters
    ----------
    x, y
        Rising coordinates of the columns and of the rows, at least two each.
    field
        Values (row, column); NaN counts as below.
    level
        A finite value.
    """
    x_wide, y_wide = _widened(x), _widened(y)
    wide = np.full((y_wide.size, x_wide.size), np.nan)
    wide[1:-1, 1:-1] = field
    # Low but finite beyond the rim, so that crossings fall halfway to the next grid line.
    rim = level - max(float(np.nanmax(field, initial=level)) - level, 1e-300)
    wide = np.where(np.isfinite(wide), wide, rim)
    following = _crossings(wide, level)
    found: list[Ring] = []
    while following:
        start, edge = following.popitem()
        corners = [_crossing(start, x_wide, y_wide, wide, level)]
        while edge != start:
            corners.append(_crossing(edge, x_wide, y_wide, wide, level))
            edge = following.pop(edge)
        found.append(np.array(corners))
    return found


def mass_levels(mass: NDArray[np.float64], shares: Sequence[float]) -> list[float]:
    """Cell masses above which the likeliest cells together hold each share of the whole."""
    falling = np.sort(mass[np.isfinite(mass) & (mass > 0)], axis=None)[::-1]
    if not falling.size:
        return [np.inf for _ in shares]
    held = np.cumsum(falling) / falling.sum()
    last = falling.size - 1
    levels = []
    for share in shares:
        index = min(int(np.searchsorted(held, share)), last)
        below = float(falling[index + 1]) if index < last else 0.0
        levels.append((float(falling[index]) + below) / 2.0)
    return levels


def inside(ring: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points (point, 2) lie in a ring, by the crossings of a ray to the right."""
    within = np.zeros(len(points), dtype=np.bool_)
    px, py = points[:, 0], points[:, 1]
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        spans = (y0 > py) != (y1 > py)
        within ^= spans & (px < x0 + (py - y0) * (x1 - x0) / (y1 - y0))
    return within


def _widened(axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """An axis with one more grid line beyond each end."""
    return np.concatenate([[2 * axis[0] - axis[1]], axis, [2 * axis[-1] - axis[-2]]])


def _crossings(field: NDArray[np.float64], level: float) -> dict[_Edge, _Edge]:
    """Each crossed edge and the one that follows it on its line."""
    above = (field > level).astype(np.int64)
    case = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    following: dict[_Edge, _Edge] = {}
    for row, column in np.argwhere((case > 0) & (case < 15)).tolist():
        kind = int(case[row, column])
        if kind in (5, 10):
            high = bool(field[row : row + 2, column : column + 2].mean() > level)
            segments = _SADDLES[kind, high]
        else:
            segments = _SEGMENTS[kind]
        edges: tuple[_Edge, ...] = (
            (row, column, 0),
            (row, column + 1, 1),
            (row + 1, column, 0),
            (row, column, 1),
        )
        for start, end in segments:
            following[edges[start]] = edges[end]
    return following


def _crossing(
    edge: _Edge,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    field: NDArray[np.float64],
    level: float,
) -> tuple[float, float]:
    row, column, upward = edge
    here = float(field[row, column])
    there = float(field[row + upward, column + 1 - upward])
    share = (level - here) / (there - here)
    if upward:
        return float(x[column]), float(y[row] + share * (y[row + 1] - y[row]))
    return float(x[column] + share * (x[column + 1] - x[column])), float(y[row])
