"""What does a sensor read per unit of source while the wind changes: puffs, seen from the sensor.

A steady plume needs a wind that holds all the way from the source. Here the air of each reading is
followed back in time, which depends on the reading and the wind alone, and so is done once for all
candidate sources and all release times. What a source adds is the integral of the puffs' Gaussian
along that way back; in a steady wind it is the plume of `sillage.air.plume`.

Steps back grow with the age of the air, as the puffs do, and a puff hides what the wind did within
a step.

References
----------
Zannetti, Air Pollution Modeling, 1990, ch. 8 (puffs). Seibert & Frank, Atmos. Chem. Phys. 4, 2004,
51-63 (source-receptor relations followed backwards). Weil, Sullivan & Moeng, J. Atmos. Sci. 61,
2004 (widths in a wind that the log resolves).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sillage.air.compiled import compiled, inlined
from sillage.air.field import WindField
from sillage.air.growth import Growth
from sillage.air.kernels import variance, vertical_share
from sillage.air.plume import POINT_SPREAD_M

Floats = NDArray[np.float64]

_REACH = 6.0  # widths; what lies beyond holds 2e-9 of a crossing
_STANDING_M = 1e-4  # a way shorter than this has no direction
_MOST_PIECES = 32


class Ways(NamedTuple):
    """Ways back of the air that some readings are of; see `trace_back`."""

    corner_m: Floats
    """(reading, arrival, age + 1, 2): east and north, from the middle of the sensor back."""
    travelled_m: Floats
    """(reading, arrival, age + 1): length of the way; NaN from where the wind is not known."""
    height_m: Floats
    """(reading,): of the middle of the sensor."""
    half_m: Floats
    """(reading, 3): from the middle of a path to its far end; zero for a point."""
    arrival_s: Floats
    """(reading, arrival): when the air is met."""
    ages_s: Floats
    """(age + 1,): how long before."""

    @property
    def known_s(self) -> Floats:
        """(reading,): how far back the wind of all its air is known."""
        steps = np.isfinite(self.travelled_m).all(axis=1).sum(axis=1) - 1
        return np.asarray(self.ages_s[steps], dtype=np.float64)


def ages(last_s: float, *, first_s: float = 0.25, ratio: float = 1.1) -> Floats:
    """Ages at which the air is looked at on its way back: 0, `first_s`, and then in proportion.

    Raises
    ------
    ValueError
        Not 0 < first_s < last_s, or a ratio that is not above one.
    """
    if not (0.0 < first_s < last_s and ratio > 1.0):
        raise ValueError(f"first {first_s} s, last {last_s} s, ratio {ratio}: cannot be laid out")
    count = math.ceil(math.log(last_s / first_s) / math.log(ratio))
    return np.concatenate([[0.0], np.geomspace(first_s, last_s, count + 1)])


def trace_back(
    receptors: ArrayLike,
    start_s: ArrayLike,
    end_s: ArrayLike,
    wind: WindField,
    ages_s: Floats,
    *,
    arrivals: int = 6,
) -> Ways:
    """Follow the air of each reading back through the wind.

    Parameters
    ----------
    receptors
        (reading, 3): east, north and height of the sensor, m; or (reading, 6), both ends of a
        path, whose air all goes the way of its middle.
    start_s, end_s
        (reading,): what time the reading is the mean of, on the clock of the wind.
    wind
        Asked at the places of the air, by Heun's rule.
    ages_s
        (age + 1,): as from `ages`.
    arrivals
        How many moments stand for the reading's time: in the middles of as many equal parts.

    Raises
    ------
    ValueError
        Shapes that do not fit, or a reading that ends before it starts.
    """
    rows = np.atleast_2d(np.asarray(receptors, dtype=np.float64))
    start, end = (np.atleast_1d(np.asarray(t, dtype=np.float64)) for t in (start_s, end_s))
    if rows.shape[1:] not in {(3,), (6,)} or not start.shape == end.shape == rows.shape[:1]:
        raise ValueError(
            f"receptors {rows.shape}, start_s {start.shape}, end_s {end.shape}: "
            "(reading, 3) or (reading, 6), and one time each per reading, are needed"
        )
    if not (end >= start).all():
        raise ValueError(f"reading {int(np.argmax(~(end >= start)))} ends before it starts")
    places = 0.5 * (rows[:, :3] + rows[:, -3:])
    part = (np.arange(arrivals) + 0.5) / arrivals
    arrival = start[:, None] + (end - start)[:, None] * part  # reading arrival
    corner = np.empty((*arrival.shape, ages_s.size, 2))
    corner[:, :, 0] = places[:, None, :2]
    height = np.broadcast_to(places[:, 2:], arrival.shape)
    travelled = np.zeros((*arrival.shape, ages_s.size))
    for step in range(ages_s.size - 1):
        span = ages_s[step + 1] - ages_s[step]
        here = corner[:, :, step]
        met = wind.velocity(here[..., 0], here[..., 1], height, arrival - ages_s[step])
        guess = here - span * np.stack(met, axis=-1)
        before = wind.velocity(guess[..., 0], guess[..., 1], height, arrival - ages_s[step + 1])
        way = 0.5 * span * (np.stack(met, axis=-1) + np.stack(before, axis=-1))
        corner[:, :, step + 1] = here - way
        travelled[:, :, step + 1] = travelled[:, :, step] + np.hypot(way[..., 0], way[..., 1])
    half = rows[:, -3:] - places
    return Ways(corner, travelled, places[:, 2].copy(), half, arrival, ages_s)


def puff_coupling(
    sources: ArrayLike,
    ways: Ways,
    growth: Growth,
    *,
    windows_s: ArrayLike | None = None,
    spread_m: tuple[float, float] = POINT_SPREAD_M,
    lid_m: float = math.inf,
    slowest_m_s: float = 0.5,
) -> Floats:
    """Concentration per unit rate, s m-3: what each source adds to each reading.

    Air whose wind is not known adds nothing; `Ways.known_s` tells how far back it is.

    Parameters
    ----------
    sources
        (source, 3): east, north, height in metres.
    ways
        From `trace_back`; they serve any number of sources.
    growth
        One for all, or with arrays of one value per reading; the distance is the way travelled.
    windows_s
        (window + 1,): rising times that part the releases, so that a source may come and go. The
        answer then has one column for each window, and release outside them adds nothing.
    spread_m, lid_m
        As in `sillage.air.plume.point_coupling`.
    slowest_m_s
        Speed at which a puff's age counts as distance where the wind is slower: it grows on.

    Returns
    -------
    Floats
        (source, reading); or (source, reading, window).
    """
    places = np.ascontiguousarray(np.atleast_2d(np.asarray(sources, dtype=np.float64)))
    if places.ndim != 2 or places.shape[1] != 3:
        raise ValueError(f"sources of shape {places.shape} were given; (source, 3) is needed")
    edges = np.array([-math.inf, math.inf])
    if windows_s is not None:
        edges = np.asarray(windows_s, dtype=np.float64)
        if edges.ndim != 1 or edges.size < 2 or not (np.diff(edges) > 0.0).all():
            raise ValueError("windows_s must be two or more times that rise")
    setting = np.array([*spread_m, lid_m, slowest_m_s])
    coupling = _puff_kernel(places, ways, growth.rows(), setting, edges)
    return coupling if windows_s is not None else coupling[:, :, 0]


@compiled
def _puff_kernel(
    sources: Floats, ways: Ways, growth: Floats, setting: Floats, edges: Floats
) -> Floats:
    """Coupling of every source to every reading and window.

    Floor, per step back within reach: 2 error functions, 2 exponentials, 3 roots and 5 divisions,
    about 200 cycles; 12 operations for a step out of reach; the widths are found once for all
    sources. 8 bytes written.
    """
    readings, arrivals, steps = ways.travelled_m.shape
    steps -= 1
    out = np.zeros((sources.shape[0], readings, edges.size - 1))
    seen = np.empty((steps, 7))  # middle, half a step, squares of the widths, reach squared
    own = growth.shape[0] > 1
    for r in range(readings):
        g = growth[r if own else 0]
        half = (ways.half_m[r, 0], ways.half_m[r, 1], ways.half_m[r, 2])
        for k in range(arrivals):
            known = _looks(ways, r, k, g, setting, seen)
            for s in range(sources.shape[0]):
                heights = (ways.height_m[r], sources[s, 2], setting[2])
                for a in range(known):
                    east, north = sources[s, 0] - seen[a, 0], sources[s, 1] - seen[a, 1]
                    if east * east + north * north > seen[a, 6]:
                        continue
                    way = (2.0 * seen[a, 2], 2.0 * seen[a, 3])
                    start = (east + seen[a, 2], north + seen[a, 3])
                    share = _on_the_way(start, way, half, (seen[a, 4], seen[a, 5]), heights)
                    left = ways.arrival_s[r, k] - ways.ages_s[a]
                    span = ways.ages_s[a + 1] - ways.ages_s[a]
                    _by_window(out[s, r], share / arrivals, left, span, edges)
    return out


@compiled
def _looks(ways: Ways, r: int, k: int, g: Floats, setting: Floats, seen: Floats) -> int:
    """Lay out the steps back of one arrival, the same for all sources; gives how many are known."""
    corner, travelled = ways.corner_m[r, k], ways.travelled_m[r, k]
    wide = math.hypot(ways.half_m[r, 0], ways.half_m[r, 1])
    for a in range(seen.shape[0]):
        if math.isnan(travelled[a + 1]):
            return a
        x = 0.5 * (travelled[a] + travelled[a + 1])
        x = max(x, 0.5 * (ways.ages_s[a] + ways.ages_s[a + 1]) * setting[3])
        seen[a, 2] = 0.5 * (corner[a + 1, 0] - corner[a, 0])
        seen[a, 3] = 0.5 * (corner[a + 1, 1] - corner[a, 1])
        seen[a, 0] = corner[a, 0] + seen[a, 2]
        seen[a, 1] = corner[a, 1] + seen[a, 3]
        seen[a, 4] = variance(x, g[0], g[1], g[2], g[3], g[4], setting[0])
        seen[a, 5] = variance(x, g[5], g[6], g[7], g[8], g[9], setting[1])
        reach = math.hypot(seen[a, 2], seen[a, 3]) + wide + _REACH * math.sqrt(seen[a, 4])
        seen[a, 6] = reach * reach
    return int(seen.shape[0])


@inlined
def _on_the_way(
    start: tuple[float, float],
    way: tuple[float, float],
    half: tuple[float, float, float],
    squares: tuple[float, float],
    heights: tuple[float, float, float],
) -> float:
    """Mean of the puffs' Gaussian, m-3, over one straight step of the way back, and the path.

    `start` is where the source lies from the step's begin. A point's step is integrated as a line.
    A path is a line too, and then the step is taken in pieces of half a width.
    """
    east, north = start
    way_east, way_north = way
    length = math.hypot(way_east, way_north)
    wide = math.hypot(half[0], half[1])
    if wide == 0.0:
        if length < _STANDING_M:
            way_east, way_north, length = _STANDING_M, 0.0, _STANDING_M
        along = (east * way_east + north * way_north) / length
        across = (north * way_east - east * way_north) / length
        return _line((along - length, along), across, squares, heights)
    pieces = min(max(math.ceil(2.0 * length / math.sqrt(squares[0])), 1), _MOST_PIECES)
    total = 0.0
    for piece in range(pieces):
        part = (piece + 0.5) / pieces
        from_east, from_north = east - part * way_east, north - part * way_north
        along = (from_east * half[0] + from_north * half[1]) / wide
        across = (from_north * half[0] - from_east * half[1]) / wide
        total += _slanted((along, across), (wide, half[2]), squares, heights)
    return total / pieces


@compiled
def _slanted(
    near: tuple[float, float],
    half: tuple[float, float],
    squares: tuple[float, float],
    heights: tuple[float, float, float],
) -> float:
    """Mean over a path that may rise, in stretches that rise by half a puff's height at most."""
    along, across = near
    count = min(1 + int(4.0 * abs(half[1]) / math.sqrt(squares[1])), _MOST_PIECES)
    reach = half[0] / count
    total = 0.0
    for stretch in range(count):
        middle = (2.0 * (stretch + 0.5) / count - 1.0) * half[0]
        seen = along - middle
        rise = half[1] * (middle + _felt((seen - reach, seen + reach), squares[0])) / half[0]
        met = (heights[0] + rise, heights[1], heights[2])
        total += _line((seen - reach, seen + reach), across, squares, met)
    return total / count


@inlined
def _felt(ends: tuple[float, float], square: float) -> float:
    """Where on a line, from its middle, a puff is felt; `ends` as seen from the puff."""
    low, high = ends[0] / math.sqrt(2.0 * square), ends[1] / math.sqrt(2.0 * square)
    within = math.erf(high) - math.erf(low)
    middle = 0.5 * (ends[0] + ends[1])
    if within < 1e-9:
        return min(max(middle, 0.5 * (ends[0] - ends[1])), 0.5 * (ends[1] - ends[0]))
    lean = math.exp(-low * low) - math.exp(-high * high)
    return middle - math.sqrt(2.0 * square / math.pi) * lean / within


@inlined
def _line(
    ends: tuple[float, float],
    across: float,
    squares: tuple[float, float],
    heights: tuple[float, float, float],
) -> float:
    """Mean of a puff's Gaussian, m-3, over a line, as seen from the puff's middle."""
    per_width = 1.0 / math.sqrt(2.0 * squares[0])
    within = math.erf(ends[1] * per_width) - math.erf(ends[0] * per_width)
    miss = 0.5 * across * across / squares[0]
    share = vertical_share(heights[0], heights[1], 1.0 / squares[1], heights[2], miss)
    length = ends[1] - ends[0]
    return within * share / (4.0 * math.pi * length * math.sqrt(squares[0] * squares[1]))


@compiled
def _by_window(out: Floats, mean: float, left: float, span: float, edges: Floats) -> None:
    """Add a step's share to the windows of release that it lies in; `left` is its later end."""
    for w in range(edges.size - 1):
        within = min(left, edges[w + 1]) - max(left - span, edges[w])
        if within > 0.0:
            out[w] += mean * within
