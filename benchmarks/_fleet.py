"""What does a fleet of aircraft with gas sensors read, hour after hour, in bounded memory?

A flat square over which each aircraft mows its own patch, and sources that come and go. It is
played stretch by stretch by `sillage.simulate`, each stretch a world of its own: the wind of a
stretch begins about a mean that wanders from one to the next, and what does not change with the
weather (the sources, the north mark of the mast, the offset of each sensor) is drawn once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from sillage.localise.ground import Bounds
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.place import LocalFrame
from sillage.records.provenance import SourceFile
from sillage.records.readings import Readings
from sillage.records.wind import Wind
from sillage.simulate import Happening, generate
from sillage.simulate.world import Box, Climate, Instrument, Lawnmower, Mast, Source, World

FRAME = LocalFrame(lon=-3.9, lat=50.6)
START = datetime(2026, 5, 9, 9, tzinfo=UTC)
STRETCH_S = 600.0
MADE = SourceFile(name="simulated", sha256="0" * 64, size_bytes=0)
OFFSET_STD_PPM = 0.02
MISALIGNMENT_STD_DEG = 3.0
SPEED_M_S = 10.0
SPACING_M = 20.0
NOSE = Instrument(every_s=1.0, lag_s=1.0, noise_ppm=0.02, drift_ppm=0.01)


class Fleet(NamedTuple):
    """A fleet over a square, and what leaks there; times in seconds after the start."""

    aircraft: int
    half_m: float
    """Half of the square's side."""
    hours: float
    sources: tuple[Source, ...]
    seed: int = 0

    @property
    def bounds(self) -> Bounds:
        """Of the square."""
        return Bounds(-self.half_m, self.half_m, -self.half_m, self.half_m)

    @property
    def stretches(self) -> int:
        """How many stretches there are."""
        return math.ceil(self.hours * 3600.0 / STRETCH_S)


class Stretch(NamedTuple):
    """What came in within one stretch."""

    readings: Readings
    """One a second from each aircraft."""
    wind: Wind
    """One row a second."""


def drawn_sources(
    count: int, half_m: float, hours: float, rng: np.random.Generator
) -> tuple[Source, ...]:
    """Sources of 1 to 10 kg/h in the inner part of the square, each on two thirds of the time."""
    places: list[tuple[float, float]] = []
    while len(places) < count:
        place = (rng.uniform(-0.7, 0.7) * half_m, rng.uniform(-0.7, 0.7) * half_m)
        if all(math.dist(place, other) > 0.3 * half_m for other in places):
            places.append(place)
    longest = 3600.0 * min(hours, 1.0)
    return tuple(
        Source(
            name=f"source-{number + 1}",
            east_m=east,
            north_m=north,
            height_m=rng.uniform(0.2, 2.5),
            rate_kg_h=math.exp(rng.uniform(0.0, math.log(10.0))),
            on_s=(on_s := float(round(rng.uniform(0.4, 0.8) * longest))),
            off_s=float(round(0.5 * on_s)),
            first_on_s=-float(round(rng.uniform(0.0, on_s))),
        )
        for number, (east, north) in enumerate(places)
    )


def fly(fleet: Fleet) -> Iterator[Stretch]:
    """Play a fleet's flight, one stretch at a time."""
    for_weather, for_offsets, *streams = np.random.default_rng(fleet.seed).spawn(
        2 + fleet.stretches
    )
    offset_ppm = OFFSET_STD_PPM * for_offsets.standard_normal(fleet.aircraft)
    north_deg = MISALIGNMENT_STD_DEG * for_weather.standard_normal()
    from_deg, log_speed = for_weather.uniform(0.0, 360.0), math.log(for_weather.uniform(2.0, 5.0))
    for number, stream in enumerate(streams):
        climate = Climate(
            speed_m_s=max(1.0, math.exp(log_speed)),
            from_deg=from_deg % 360.0,
            direction_drift_deg=6.0,
            speed_drift=0.1,
        )
        world = _world(fleet, number, climate)
        happening = generate(world, stream)
        yield _measured(fleet, world, happening, offset_ppm, north_deg)
        from_deg += 10.0 * for_weather.standard_normal()
        log_speed += 0.1 * for_weather.standard_normal()


def _world(fleet: Fleet, number: int, climate: Climate) -> World:
    """The world of one stretch: times run from its own start."""
    begin_s = number * STRETCH_S
    sources = tuple(_shifted(source, begin_s) for source in fleet.sources)
    half = fleet.half_m
    return World(
        name="fleet",
        gas="methane",
        start=START + timedelta(seconds=begin_s),
        duration_s=STRETCH_S,
        origin=FRAME,
        area=Box(west_m=-half, east_m=half, south_m=-half, north_m=half),
        wind=climate,
        mast=Mast(misalignment_std_deg=0.0),
        sources=sources,
        instruments={"nose": NOSE},
        sensors=tuple(_aircraft(fleet, index, number) for index in range(fleet.aircraft)),
    )


def _shifted(source: Source, begin_s: float) -> Source:
    if source.intervals_s is not None:
        moved = tuple((begin - begin_s, end - begin_s) for begin, end in source.intervals_s)
        return replace(source, intervals_s=moved)
    return replace(source, first_on_s=source.first_on_s - begin_s)


def _aircraft(fleet: Fleet, index: int, number: int) -> Lawnmower:
    """One aircraft over its patch; lanes turn by a right angle from stretch to stretch."""
    across = math.ceil(math.sqrt(fleet.aircraft))
    side = 2.0 * fleet.half_m / across
    row, column = divmod(index, across)
    west, south = -fleet.half_m + column * side, -fleet.half_m + row * side
    return Lawnmower(
        name=f"aircraft-{index + 1}",
        instrument="nose",
        box=Box(west_m=west, east_m=west + side, south_m=south, north_m=south + side),
        spacing_m=SPACING_M,
        heights_m=(4.0 + 2.0 * (index % 4),),
        along="east" if (index + number) % 2 else "north",
        speed_m_s=SPEED_M_S,
    )


def _measured(
    fleet: Fleet,
    world: World,
    happening: Happening,
    offset_ppm: np.ndarray,
    north_deg: float,
) -> Stretch:
    """Records of a stretch, as a feed would hand them on."""
    begin_ns = round(world.start.timestamp()) * 1_000_000_000
    during = Interval(start=world.start, end=world.start + timedelta(seconds=world.duration_s))
    steps = np.concatenate([answer.first_step for answer in happening.answers])
    sensor = np.repeat(
        np.arange(fleet.aircraft), [answer.first_step.size for answer in happening.answers]
    )
    place = np.stack(happening.places)[sensor, steps]
    lon, lat = FRAME.to_lonlat(place[:, 0], place[:, 1])
    value = np.concatenate([answer.value_ppm for answer in happening.answers])
    columns = {
        "time_ns": begin_ns + steps.astype(np.int64) * 1_000_000_000,
        "sensor": sensor.astype(np.int32),
        "lon_deg": lon,
        "lat_deg": lat,
        "height_m": place[:, 2],
        "value": value + offset_ppm[sensor],
        "std": np.full(value.size, NOSE.noise_ppm),
    }
    return Stretch(_readings(world, during, columns), _wind(world, happening, during, north_deg))


def _readings(world: World, during: Interval, columns: dict[str, np.ndarray]) -> Readings:
    units = {"time_ns": "ns", "sensor": "1", "lon_deg": "deg", "lat_deg": "deg", "height_m": "m"}
    return Readings(
        observed_at=during,
        kind="point",
        gas="methane",
        unit="ppm",
        samples=Arrays(columns, dims="sample", units=units | {"value": "ppm", "std": "ppm"}),
        sensors=tuple(sensor.name for sensor in world.sensors),
        integration_s=1.0,
        platform="moving",
        height_above="ground",
        temperature_K=world.temperature_K,
        pressure_Pa=world.pressure_Pa,
        source=MADE,
    )


def _wind(world: World, happening: Happening, during: Interval, north_deg: float) -> Wind:
    speed, from_deg = happening.wind
    toward = np.radians(from_deg + 180.0 + north_deg)
    begin_ns = round(world.start.timestamp()) * 1_000_000_000
    return Wind(
        observed_at=during,
        samples=Arrays(
            {
                "time_ns": begin_ns + np.arange(speed.size, dtype=np.int64) * 1_000_000_000,
                "east_m_s": speed * np.sin(toward),
                "north_m_s": speed * np.cos(toward),
            },
            dims="sample",
            units={"time_ns": "ns", "east_m_s": "m/s", "north_m_s": "m/s"},
        ),
        interval_s=1.0,
        height_m=world.mast.height_m,
        height_above="ground",
        source=MADE,
    )
