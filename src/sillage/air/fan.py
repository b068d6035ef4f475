"""What would every sensor read if the wind had blown a little otherwise: a fan of directions.

Locating a source means asking this many thousand times, for one candidate at a time. The kernel
here gives up accuracy that the question cannot use: dispersion itself is uncertain by tens of
percent, so a path mean takes eight nodes on the stretch that the plume can reach: nine in ten
within 1 % of the exact kernel of `sillage.air.plume`, the worst within a few percent, and more only
along paths that pass within 5 m of the source. Widths bend below a straight line with the root of
distance, as in `sillage.air.growth.draxler` for air that is not stable, and the vertical one may
rise above it with the square, as in `sillage.air.surface_layer.surface_growth`. Neither needs a
general power, so the eight nodes run side by side in vector registers, in single precision.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled, inlined

_NODES = 8
_AT, _WEIGHT = (column.astype(np.float32) for column in np.polynomial.legendre.leggauss(_NODES))
_REACH = np.float32(3.3)  # widths; what lies outside holds 1e-3 of a crossing
_NEAREST_M = np.float32(0.1)
_NIL = np.float32(60.0)  # exp(-60) is as good as nothing
_NONE, _HALF, _ONE, _TWO = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(2.0)
_TWELFTH, _SIXTEENTH = np.float32(1.0 / 12.0), np.float32(0.0625)

Single = np.float32
Three = tuple[np.float32, np.float32, np.float32]
Five = tuple[np.float32, np.float32, np.float32, np.float32, np.float32]


@compiled
def fan_coupling(
    source: NDArray[np.float64],
    paths: NDArray[np.float64],
    block: NDArray[np.int64],
    speed_m_s: NDArray[np.float64],
    direction_rad: NDArray[np.float64],
    growth: NDArray[np.float64],
    widen: tuple[float, float, float, float, float],
) -> NDArray[np.float64]:
    """Concentration per unit rate of one source, s m-3, shape (observation, direction).

    Floor: for a path that the plume crosses, eight nodes of about 47 operations, 3 roots and 7
    divisions each, four nodes at a time; for a miss, about 30 operations; 8 bytes written.

    Parameters
    ----------
    source
        (3,): east, north, height above ground, m.
    paths
        (observation, 6): start and end of each path, m; a point has equal ends.
    block
        (observation,): which block of wind an observation belongs to.
    speed_m_s
        (block,): wind speed, above zero.
    direction_rad
        (block, direction): directions of travel, anticlockwise from east.
    growth
        (block, 5): a and b of the crosswind and of the vertical width, a x / (1 + b sqrt(x)), and
        the lift l, per m, of the vertical one, which is 1 + l x times as large.
    widen
        Factors on a of the crosswind and the vertical width, then on b of both, the last of which
        divides the lift; and the source's own spread in m.
    """
    count, directions = paths.shape[0], direction_rad.shape[1]
    out = np.zeros((count, directions))
    height, spread = Single(source[2]), Single(widen[4])
    toward_east, toward_north = np.cos(direction_rad), np.sin(direction_rad)
    for i in range(count):
        b = block[i]
        law = _law(growth[b], widen)
        per_speed = 1.0 / (2.0 * math.pi * speed_m_s[b])
        from_east, from_north = paths[i, 0] - source[0], paths[i, 1] - source[1]
        to_east, to_north = paths[i, 3] - paths[i, 0], paths[i, 4] - paths[i, 1]
        rise = paths[i, 5] - paths[i, 2]
        is_point = to_east == 0.0 and to_north == 0.0 and rise == 0.0
        for k in range(directions):
            c, s = toward_east[b, k], toward_north[b, k]
            near = _turned(from_east, from_north, paths[i, 2], c, s)
            change = _turned(to_east, to_north, rise, c, s)
            if is_point:
                if near[0] > _NEAREST_M:
                    out[i, k] = per_speed * _density(_NONE, near, change, height, law, spread)
            else:
                out[i, k] = per_speed * _path_mean(near, change, height, law, spread)
    return out


@inlined
def _law(growth: NDArray[np.float64], widen: tuple[float, float, float, float, float]) -> Five:
    """Numbers of the two widths: a and b of the crosswind, of the vertical one, and its lift."""
    return (
        Single(growth[0] * widen[0]),
        Single(growth[1] * widen[2]),
        Single(growth[2] * widen[1]),
        Single(growth[3] * widen[3]),
        Single(growth[4] / widen[3]),
    )


@inlined
def _turned(east: float, north: float, up: float, c: float, s: float) -> Three:
    """Along the wind, across it, and up."""
    return Single(east * c + north * s), Single(north * c - east * s), Single(up)


@inlined
def _fading(t: Single) -> Single:
    """exp(-t) for t >= 0 within 1e-4 where it counts: a Pade quotient to the sixteenth power."""
    u = min(t, _NIL) * _SIXTEENTH
    square = u * u * _TWELFTH
    root = (_ONE - _HALF * u + square) / (_ONE + _HALF * u + square)
    root *= root
    root *= root
    root *= root
    return root * root


@inlined
def _density(
    part: Single, near: Three, change: Three, height: Single, law: Five, spread: Single
) -> Single:
    """Plume with its image in the ground, m-2, at a part of the path."""
    x, y, z = near[0] + part * change[0], near[1] + part * change[1], near[2] + part * change[2]
    root = math.sqrt(x)
    sigma_y = law[0] * x / (_ONE + law[1] * root)
    sigma_z = law[2] * x * (_ONE + law[4] * x) / (_ONE + law[3] * root)
    variance_y = sigma_y * sigma_y + spread * spread
    variance_z = sigma_z * sigma_z + spread * spread
    direct = _fading(_HALF * (y * y / variance_y + (z - height) * (z - height) / variance_z))
    mirrored = _ONE + _fading(_TWO * z * height / variance_z)
    return direct * mirrored / math.sqrt(variance_y * variance_z)


@inlined
def _path_mean(near: Three, change: Three, height: Single, law: Five, spread: Single) -> Single:
    """Mean of the density along a path, over the stretch inside the cone that holds the plume."""
    slope = _REACH * law[0]
    edge = slope * near[0] + _REACH * spread
    widening = slope * change[0]
    first, last = _NONE, _ONE
    for side in range(3):
        if side == 0:
            inside, rate = near[0] - _NEAREST_M, change[0]
        elif side == 1:
            inside, rate = edge - near[1], widening - change[1]
        else:
            inside, rate = edge + near[1], widening + change[1]
        if rate > _NONE:
            first = max(first, -inside / rate)
        elif rate < _NONE:
            last = min(last, -inside / rate)
        elif inside < _NONE:
            last = -_ONE
    total = _NONE
    if last > first:
        middle, half = _HALF * (first + last), _HALF * (last - first)
        for node in range(_NODES):
            part = middle + half * _AT[node]
            total += _WEIGHT[node] * _density(part, near, change, height, law, spread)
        total *= half
    return total
