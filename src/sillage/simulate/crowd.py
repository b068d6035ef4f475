"""Which worlds does a team meet where several things leak at once? Drawn at random."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Literal

import numpy as np
from msgspec.structs import replace

from sillage.simulate.draw import (
    DURATIONS_S,
    FORECAST_STD_DEG,
    draw_climate,
    draw_rest,
    fan,
    ring,
    sampler,
)
from sillage.simulate.world import Box, Family, Lawnmower, PointSensor, Sensor, Source, World

MOST_SOURCES = 5
LEAST_APART_M = 15.0
LEAST_APART = 0.1
"""Of the area's side.

Two Gaussians of one width show two peaks when they lie more than two sigma apart (Sparrow's
criterion). A sensor is half the area away, more or less, and a plume that a steady minute of wind
lays across that distance has a sigma of a tenth of it: that is the crosswind intensity, 0.2 to 0.3
by day, of the half of its variance or less that widens a cloud instead of moving it. Two sigma
are then a tenth of the side. Nearer ones may still be told apart by who passes close to them.
"""
STRETCH_S = (600.0, 2400.0)
"""How long a source that comes and goes is on, and off, at a time."""


def crowded_world(rng: np.random.Generator, *, family: Family = "mismatched") -> World:
    """Draw a plausible world with one to five sources of methane to be found.

    They lie anywhere in a square of 150 to 300 m, but not nearer to each other than 15 m and a
    tenth of its side, and leak 0.3 to 10 kg/h (log-uniform) while they are on. Each of them is
    constant as often as not; else it follows a duty cycle or irregular times. Drones, samplers,
    two fans of beams, or drones and samplers are put up by a forecast of the wind.
    """
    half = round(rng.uniform(75.0, 150.0), 1)
    climate = draw_climate(rng)
    sources = _sources(half, rng)
    put_up = (_drones, _samplers, _fans, _drones_and_samplers)[rng.integers(4)]
    sensors = put_up(half, climate.from_deg + FORECAST_STD_DEG * rng.standard_normal(), rng)
    return draw_rest(half, climate, sources, sensors, family, rng)


def _sources(half: float, rng: np.random.Generator) -> tuple[Source, ...]:
    count = int(rng.integers(1, MOST_SOURCES + 1))
    apart = max(LEAST_APART_M, LEAST_APART * 2.0 * half)
    places: list[tuple[float, float]] = []
    while len(places) < count:
        place = (rng.uniform(-half, half), rng.uniform(-half, half))
        if all(math.dist(place, other) >= apart for other in places):
            places.append(place)
    return tuple(
        _with_habit(
            Source(
                name=f"source-{index + 1}",
                east_m=east,
                north_m=north,
                height_m=rng.uniform(0.2, 2.5),
                rate_kg_h=math.exp(rng.uniform(math.log(0.3), math.log(10.0))),
            ),
            rng,
        )
        for index, (east, north) in enumerate(places)
    )


def _with_habit(source: Source, rng: np.random.Generator) -> Source:
    """Draw when a source leaks: always, by a cycle, or irregularly."""
    kind = rng.integers(4)
    if kind >= 2:
        return source
    if kind == 1:
        on, off = (float(round(rng.uniform(*STRETCH_S))) for _ in range(2))
        begun = float(round(rng.uniform(0.0, on + off)))
        return replace(source, on_s=on, off_s=off, first_on_s=-begun)
    turns = [-float(round(rng.uniform(0.0, STRETCH_S[1])))]
    while turns[-1] < max(DURATIONS_S):
        turns.append(turns[-1] + round(rng.uniform(*STRETCH_S)))
    return replace(source, intervals_s=tuple(pairwise(turns))[int(rng.integers(2)) :: 2])


def _drones(half: float, from_deg: float, rng: np.random.Generator) -> tuple[Sensor, ...]:
    """Two to six drones over the area and downwind of it: a part for each, or a height for each."""
    count = int(rng.integers(2, 7))
    towards = math.radians(from_deg + 180.0)
    east, north = 0.3 * half * math.sin(towards), 0.3 * half * math.cos(towards)
    reach = 1.2 * half
    along: Literal["north", "east"] = (
        "north" if abs(math.sin(towards)) > abs(math.cos(towards)) else "east"
    )
    by_parts = rng.random() < 0.5
    drones = []
    for index in range(count):
        west, east_end = east - reach, east + reach
        south, north_end = north - reach, north + reach
        begin, end = index / count, (index + 1) / count
        if by_parts and along == "north":
            west, east_end = west + 2.0 * reach * begin, west + 2.0 * reach * end
        elif by_parts:
            south, north_end = south + 2.0 * reach * begin, south + 2.0 * reach * end
        elif index:  # whoever flies above another crosses its lanes
            along = "east" if along == "north" else "north"
        drones.append(
            Lawnmower(
                name=f"drone-{index + 1}",
                instrument="nose",
                box=Box(
                    west_m=round(west, 2),
                    east_m=round(east_end, 2),
                    south_m=round(south, 2),
                    north_m=round(north_end, 2),
                ),
                spacing_m=round(rng.uniform(10.0, 20.0), 2),
                heights_m=(2.5, 5.0) if by_parts else (2.5 + 1.5 * index,),
                along=along,
                speed_m_s=round(rng.uniform(3.0, 6.0), 2),
                position_std_m=1.0,
            )
        )
    return tuple(drones)


def _samplers(half: float, _from_deg: float, rng: np.random.Generator) -> tuple[PointSensor, ...]:
    """Eight to sixteen samplers: two thirds around the area, the others anywhere in it."""
    count = int(rng.integers(8, 17))
    around = ring(half, count - count // 3, rng)
    within = tuple(
        sampler(number, rng.uniform(-half, half), rng.uniform(-half, half), rng)
        for number in range(len(around) + 1, count + 1)
    )
    return around + within


def _fans(half: float, _from_deg: float, rng: np.random.Generator) -> tuple[Sensor, ...]:
    """Two fans of beams from two corners of the area."""
    corners = rng.permutation(4)[:2].tolist()
    first = fan(half, rng, corner=corners[0])
    return first + fan(half, rng, corner=corners[1], first=len(first) + 1)


def _drones_and_samplers(
    half: float, from_deg: float, rng: np.random.Generator
) -> tuple[Sensor, ...]:
    return _drones(half, from_deg, rng) + _samplers(half, from_deg, rng)
