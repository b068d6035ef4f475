"""How is one plume evaluated: widths, ground and lid, and the mean along one path.

The small functions that the loops of `sillage.air.plume` are made of; all lengths in metres, in
the frame of the wind (x downwind, y crosswind, z up) with the source at x = y = 0.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled, inlined

Corner = tuple[float, float, float]

_NODES = 5
_AT, _WEIGHT = (0.5 * a for a in np.polynomial.legendre.leggauss(_NODES))
_AT = _AT + 0.5  # nodes and weights on 0..1
_PANEL = 3.0  # change of the exponent's arguments over one panel, in widths: error below 7e-5
_MOST_PANELS = 96
_MOST_STEPS = 12  # of Newton's method, which bounds the reach from outside at every step
_NEAREST_M = 1e-3  # a power law below one has no slope at the source itself
_FAINT = 8.0  # four widths: what lies outside holds 6e-5 of a crossing
REACH = 7.5
"""Plume widths beyond which a plume is said to miss: exp(-28) = 6e-13 of its axis."""


@inlined
def power(x: float, exponent: float) -> float:
    """`x ** exponent`, cheap for the exponents that published growth laws have."""
    if exponent == 1.0:
        return x
    if exponent == 0.5:
        return math.sqrt(x)
    if exponent == 0.0:
        return 1.0
    return math.exp(exponent * math.log(x)) if x > 0.0 else 0.0


@inlined
def grown(x: float, a: float, p: float, b: float, r: float, c: float) -> float:
    """Growth law without the source's own spread."""
    plain = a * power(x, p)
    if c == 0.0:
        return plain
    bend = 1.0 + b * power(x, r)
    if c == -0.5:
        return plain * math.sqrt(bend)
    if c == -1.0:
        return plain * bend
    return plain / power(bend, c)


@inlined
def variance(x: float, a: float, p: float, b: float, r: float, c: float, spread: float) -> float:
    """Square of the plume width, the source's own spread included; spares most square roots."""
    plain = a * power(x, p)
    square = plain * plain
    if c != 0.0:
        bend = 1.0 + b * power(x, r)
        if c == 0.5:
            square = square / bend
        elif c == 1.0:
            square = square / (bend * bend)
        elif c == -0.5:
            square = square * bend
        elif c == -1.0:
            square = square * bend * bend
        else:
            square = square / power(bend * bend, c)
    return square + spread * spread


@inlined
def width(x: float, a: float, p: float, b: float, r: float, c: float, spread: float) -> float:
    """Plume width with the source's own spread in quadrature."""
    return math.sqrt(variance(x, a, p, b, r, c, spread))


@inlined
def vertical_share(z: float, height: float, inverse: float, lid: float, miss: float) -> float:
    """exp(-miss) times the sum of the plume and its images in the ground and the lid.

    `inverse` is one over the square of the vertical width.
    """
    if lid == math.inf:
        direct = math.exp(-miss - 0.5 * (z - height) * (z - height) * inverse)
        return direct * (1.0 + math.exp(-2.0 * z * height * inverse))
    if z > lid or height > lid:
        return 0.0
    if inverse * lid * lid < 0.39:  # wider than 1.6 lids: the sum of images is flat to 1e-5
        return math.exp(-miss) * math.sqrt(2.0 * math.pi / inverse) / lid
    total = 0.0
    for image in range(-4, 5):
        below = z - height + 2.0 * image * lid
        above = z + height + 2.0 * image * lid
        total += math.exp(-0.5 * below * below * inverse) + math.exp(-0.5 * above * above * inverse)
    return math.exp(-miss) * total


@inlined
def slope(x: float, g: float, p: float, b: float, r: float, c: float) -> float:
    """Differentiate the growth law where its value is `g`, per metre downwind."""
    if c == 0.0:
        return g * p / x
    bent = b * power(x, r)
    return g * (p - c * r * bent / (1.0 + bent)) / x


@compiled
def reach(
    near: tuple[float, float],
    change: tuple[float, float],
    span: tuple[float, float],
    law: NDArray[np.float64],
    spread: float,
    widths: float,
) -> tuple[float, float]:
    """Part of a path that lies within so many widths of the plume's axis.

    Where widths grow ever more slowly, `widths * sigma - distance` is concave along the path and
    Newton's method closes in on the plume from outside, never cutting into it. Where they grow
    ever faster (c < 0), the slope at the far end of the step's span takes the tangent's place,
    and does the same.

    Parameters
    ----------
    near, change
        Downwind distance and distance from the axis at the near end; their change to the far end.
    span
        Part of the path to look at, fractions of its length.
    law
        The five growth parameters of that direction.
    spread
        Of the source itself.
    widths
        How many widths still count.

    Returns
    -------
    tuple
        First and last fraction; the first is larger where the plume misses.
    """
    first, last = span
    for end in range(2):
        at = first if end == 0 else last
        for _ in range(_MOST_STEPS):
            x = max(near[0] + at * change[0], _NEAREST_M)
            offset = near[1] + at * change[1]
            g = grown(x, law[0], law[1], law[2], law[3], law[4])
            inside = widths * (spread + g) - abs(offset)
            if inside >= -0.05 * widths * (spread + g):
                break
            if law[4] < 0.0:
                x = max(near[0] + (last if end == 0 else first) * change[0], _NEAREST_M)
                g = grown(x, law[0], law[1], law[2], law[3], law[4])
            outward = -change[1] if offset > 0.0 else change[1]
            rise = outward + widths * change[0] * slope(x, g, law[1], law[2], law[3], law[4])
            if (end == 0 and rise <= 0.0) or (end == 1 and rise >= 0.0):
                return 1.0, 0.0
            at -= inside / rise
            if at < first or at > last:
                return 1.0, 0.0
        if end == 0:
            first = at
        else:
            last = at
    return first, last


@compiled
def faintness(
    at: float,
    near: Corner,
    change: Corner,
    height: float,
    g: NDArray[np.float64],
    setting: NDArray[np.float64],
) -> tuple[float, float]:
    """Minus the logarithm of the direct plume at a place on the path, and of its widths."""
    x = max(near[0] + at * change[0], _NEAREST_M)
    sigma_y = width(x, g[0], g[1], g[2], g[3], g[4], setting[0])
    sigma_z = width(x, g[5], g[6], g[7], g[8], g[9], setting[1])
    across = (near[1] + at * change[1]) / sigma_y
    above = (near[2] + at * change[2] - height) / sigma_z
    spread = math.log(sigma_y * sigma_z)
    return 0.5 * (across * across + above * above) + spread, spread


@compiled
def path_span(
    near: Corner,
    change: Corner,
    height: float,
    g: NDArray[np.float64],
    setting: NDArray[np.float64],
) -> tuple[float, float]:
    """Part of a path outside which the plume is too faint to count; empty where it misses."""
    first = 0.0 if near[0] >= 0.0 else -near[0] / change[0]
    along = (near[0], near[1]), (change[0], change[1])
    upward = (near[0], near[2] - height), (change[0], change[2])
    first, last = reach(along[0], along[1], (first, 1.0), g[:5], setting[0], REACH)
    if first >= last:
        return first, last
    axis = last if change[1] == 0.0 else min(max(-near[1] / change[1], first), last)
    peak = min(
        faintness(axis, near, change, height, g, setting)[0],
        faintness(last, near, change, height, g, setting)[0],
    )
    densest = faintness(first, near, change, height, g, setting)[1]
    widths = min(REACH, math.sqrt(2.0 * (peak - densest + _FAINT)))
    first, last = reach(along[0], along[1], (first, last), g[:5], setting[0], widths)
    if first >= last:
        return first, last
    return reach(upward[0], upward[1], (first, last), g[5:], setting[1], widths)


@compiled
def path_mean(
    near: Corner,
    far: Corner,
    height: float,
    g: NDArray[np.float64],
    setting: NDArray[np.float64],
) -> float:
    """Mean over a path of share / (sigma_y sigma_z), m-2; the near end is the upwind one."""
    change = (far[0] - near[0], far[1] - near[1], far[2] - near[2])
    at, last = path_span(near, change, height, g, setting)
    total = 0.0
    for _ in range(_MOST_PANELS):
        if at >= last:
            break
        x = max(near[0] + at * change[0], _NEAREST_M)
        grown_y = grown(x, g[0], g[1], g[2], g[3], g[4])
        grown_z = grown(x, g[5], g[6], g[7], g[8], g[9])
        sigma_y = math.sqrt(grown_y * grown_y + setting[0] * setting[0])
        sigma_z = math.sqrt(grown_z * grown_z + setting[1] * setting[1])
        widen_y = change[0] * slope(x, grown_y, g[1], g[2], g[3], g[4]) / sigma_y
        widen_z = change[0] * slope(x, grown_z, g[6], g[7], g[8], g[9]) / sigma_z
        across = abs(near[1] + at * change[1]) / sigma_y
        above = abs(near[2] + at * change[2] - height) / sigma_z
        pace = (
            abs(change[1]) / sigma_y
            + abs(change[2]) / sigma_z
            + (across + 0.75) * widen_y
            + (above + 0.75) * widen_z
        )
        left = last - at
        step = left / max(1.0, math.ceil(left * pace / _PANEL))
        part = 0.0
        for node in range(_NODES):
            here = at + step * _AT[node]
            x = near[0] + here * change[0]
            square_y = variance(x, g[0], g[1], g[2], g[3], g[4], setting[0])
            square_z = variance(x, g[5], g[6], g[7], g[8], g[9], setting[1])
            inverse = 1.0 / (square_y * square_z)
            y = near[1] + here * change[1]
            miss = 0.5 * y * y * square_z * inverse
            z = near[2] + here * change[2]
            share = vertical_share(z, height, square_y * inverse, setting[2], miss)
            part += _WEIGHT[node] * share * math.sqrt(inverse)
        total += step * part
        at += step
        if left - step <= 1e-12:
            break
    return total
