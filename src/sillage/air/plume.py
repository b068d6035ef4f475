"""What does a sensor read per unit of source: the steady Gaussian plume, to points and along paths.

Coordinates are metres in one local frame (east, north, height above ground); wind is the
direction of travel. A coupling is the concentration per unit rate, (kg m-3) / (kg s-1) = s m-3.

The path mean has no closed form, because the plume widens along the path. It is integrated by
Gauss-Legendre panels laid out in units of plume widths: first the stretch of path that the
plume reaches is bounded from outside, then panels march downwind through it, each a fixed
change of the exponent's arguments. So few nodes serve a crossing at any angle, and a source on
the path itself.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sillage.air.compiled import compiled
from sillage.air.growth import Growth
from sillage.air.kernels import REACH, path_mean, variance, vertical_share

POINT_SPREAD_M = (0.05, 0.05)
"""Initial crosswind and vertical spread of a source that is called a point: a hose end."""

_MISS = REACH * REACH


def square_spread(side_m: float, height_m: float = 0.0) -> tuple[float, float]:
    """Give the initial spread that stands for a uniform square: its own standard deviations.

    Within 3 % of the exact integral from seven sides downwind, within 15 % from three.
    """
    low_y, low_z = POINT_SPREAD_M
    root = math.sqrt(12.0)
    return max(side_m / root, low_y), max(height_m / root, low_z)


def point_coupling(
    sources: ArrayLike,
    receptors: ArrayLike,
    wind: ArrayLike,
    growth: Growth,
    *,
    spread_m: tuple[float, float] = POINT_SPREAD_M,
    lid_m: float = math.inf,
    slowest_m_s: float = 0.5,
) -> NDArray[np.float64]:
    """Concentration per unit rate at points, s m-3, shape (source, observation).

    Parameters
    ----------
    sources
        (source, 3): east, north, height in metres.
    receptors
        (observation, 3): the same for the sensor, one row per observation.
    wind
        (observation, 2): east and north speed of travel, m s-1. NaN gives NaN; calm gives zero.
    growth
        One for all, or with arrays of one value per observation.
    spread_m
        Crosswind and vertical spread of the source itself, added in quadrature.
    lid_m
        Height of the mixing lid that reflects the plume; infinite for none.
    slowest_m_s
        Speed below which the wind is not taken to be, since a steady plume would diverge.
    """
    return _point_kernel(
        _rows(sources, 3),
        _rows(receptors, 3),
        _rows(wind, 2),
        growth.rows(),
        np.array([*spread_m, lid_m, slowest_m_s]),
    )


def path_coupling(
    sources: ArrayLike,
    paths: ArrayLike,
    wind: ArrayLike,
    growth: Growth,
    *,
    spread_m: tuple[float, float] = POINT_SPREAD_M,
    lid_m: float = math.inf,
    slowest_m_s: float = 0.5,
) -> NDArray[np.float64]:
    """Mean concentration per unit rate along straight paths, s m-3, shape (source, observation).

    Relative error at most 1e-3 (in practice below 1e-4) for paths of any angle, slant and
    length, through the source or not.

    Parameters
    ----------
    sources
        (source, 3): east, north, height in metres.
    paths
        (observation, 6): start and end of each path, each east, north, height.
    wind, growth, spread_m, lid_m, slowest_m_s
        As in `point_coupling`.
    """
    return _path_kernel(
        _rows(sources, 3),
        _rows(paths, 6),
        _rows(wind, 2),
        growth.rows(),
        np.array([*spread_m, lid_m, slowest_m_s]),
    )


def _rows(values: ArrayLike, columns: int) -> NDArray[np.float64]:
    rows = np.ascontiguousarray(np.atleast_2d(np.asarray(values, dtype=np.float64)))
    if rows.ndim != 2 or rows.shape[1] != columns:
        raise ValueError(f"an array of shape {rows.shape} was given; (rows, {columns}) is needed")
    return rows


@compiled
def _point_kernel(
    sources: NDArray[np.float64],
    receptors: NDArray[np.float64],
    wind: NDArray[np.float64],
    growth: NDArray[np.float64],
    setting: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Coupling of every source to every point.

    Floor, for a coupling inside the plume: 2 exponentials, 1 square root and 3 divisions (Briggs)
    and some 40 other operations, about 60 cycles; 6 operations for one upwind; 8 bytes written.
    How far from it: `benchmarks/air_kernels.py`, figures in docs/explain/dispersion.md.
    """
    count = receptors.shape[0]
    out = np.zeros((sources.shape[0], count))
    spread_y, spread_z, lid, slowest = setting[0], setting[1], setting[2], setting[3]
    own = growth.shape[0] > 1
    unit_east = np.empty(count)
    unit_north = np.empty(count)
    per_speed = np.empty(count)
    for r in range(count):
        speed = math.hypot(wind[r, 0], wind[r, 1])
        unit_east[r] = wind[r, 0] / speed if speed != 0.0 else 0.0
        unit_north[r] = wind[r, 1] / speed if speed != 0.0 else 0.0
        per_speed[r] = 1.0 / (2.0 * math.pi * max(speed, slowest))
    for s in range(sources.shape[0]):
        for r in range(count):
            east = receptors[r, 0] - sources[s, 0]
            north = receptors[r, 1] - sources[s, 1]
            x = east * unit_east[r] + north * unit_north[r]
            if x <= 0.0:
                continue
            g = growth[r if own else 0]
            y = north * unit_east[r] - east * unit_north[r]
            square_y = variance(x, g[0], g[1], g[2], g[3], g[4], spread_y)
            if y * y > _MISS * square_y:
                continue
            square_z = variance(x, g[5], g[6], g[7], g[8], g[9], spread_z)
            inverse = 1.0 / (square_y * square_z)
            miss = 0.5 * y * y * square_z * inverse
            share = vertical_share(receptors[r, 2], sources[s, 2], square_y * inverse, lid, miss)
            out[s, r] = per_speed[r] * share * math.sqrt(inverse)
    return out


@compiled
def _path_kernel(
    sources: NDArray[np.float64],
    paths: NDArray[np.float64],
    wind: NDArray[np.float64],
    growth: NDArray[np.float64],
    setting: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Mean coupling of every source along every path.

    Floor: 15 nodes for a plain crossing, each as dear as a point coupling; a miss costs two
    corners in the wind's frame and one width. 8 bytes written. As above for the distance from it.
    """
    count = paths.shape[0]
    out = np.zeros((sources.shape[0], count))
    own = growth.shape[0] > 1
    for r in range(count):
        speed = math.hypot(wind[r, 0], wind[r, 1])
        unit_east = wind[r, 0] / speed if speed != 0.0 else 0.0
        unit_north = wind[r, 1] / speed if speed != 0.0 else 0.0
        per_speed = 1.0 / (2.0 * math.pi * max(speed, setting[3]))
        g = growth[r if own else 0]
        if math.isnan(speed):
            out[:, r] = math.nan
            continue
        first, last = 0, 3
        if (paths[r, 3] - paths[r, 0]) * unit_east + (paths[r, 4] - paths[r, 1]) * unit_north < 0:
            first, last = 3, 0  # panels march downwind
        for s in range(sources.shape[0]):
            east = paths[r, first] - sources[s, 0]
            north = paths[r, first + 1] - sources[s, 1]
            far_east = paths[r, last] - sources[s, 0]
            far_north = paths[r, last + 1] - sources[s, 1]
            far_x = far_east * unit_east + far_north * unit_north
            if far_x <= 0.0:
                continue
            x = east * unit_east + north * unit_north
            y = north * unit_east - east * unit_north
            far_y = far_north * unit_east - far_east * unit_north
            out[s, r] = per_speed * path_mean(
                (x, y, paths[r, first + 2]),
                (far_x, far_y, paths[r, last + 2]),
                sources[s, 2],
                g,
                setting,
            )
    return out
