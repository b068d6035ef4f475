"""The two-source tutorial of pyELQ 1.2.7, rebuilt from its description, as records.

Five laser paths from one corner and two point sensors about a square of 30 m, two steady sources, a
wind that turns from north to east in four hours; every two minutes a reading with white noise on
2 ppm of background, of which medians of ten minutes are asked: 24 of 7 sensors, 168. Every seed
draws its own wind and noise, in the tutorial's order; seed 0 is the tutorial's own realisation.

The plume is the tutorial's: it widens by the tangent of the turbulence angle, crosswind from 1 m
at the source on and vertically from nothing; a path is the mean of 50 points, its ends among them.
Reference: examples/example_basic.ipynb of pyELQ; Stockie, SIAM Review 53, 2011, 349-372.
"""

from __future__ import annotations

import hashlib
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.air.growth import Growth
from sillage.air.mixing import ppm_from_kg_m3
from sillage.air.plume import point_coupling
from sillage.localise.ground import Bounds
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.context import Context
from sillage.records.place import LocalFrame
from sillage.records.provenance import SourceFile
from sillage.records.readings import Readings
from sillage.records.times import utc
from sillage.records.wind import Wind
from sillage.spectra.gas import gas

Floats = NDArray[np.float64]

FRAME = LocalFrame(lon=0.0, lat=0.0)
SITE = Bounds(0.0, 30.0, 0.0, 30.0)
HEIGHTS_M = (0.0, 10.0)
TRUTH = np.array([[10.0, 20.0, 2.0, 15.0], [20.0, 15.0, 3.0, 10.0]])
"""(source, 4): east, north, height in metres, rate in kg/h."""
RADIUS_M, PATH_HEIGHT_M = 30.0, 5.0
PATHS = 5
POINTS = np.array([[5.0, 22.0, 1.0], [20.0, 5.0, 1.0]])
KNOTS = 50
HALF_WIDTH_M = 1.0
TURBULENCE_DEG = 5.0
SPEED_M_S, SPEED_STD_M_S = 4.0, 0.1
TURN_DEG, DIRECTION_STD_DEG = 90.0, 0.1
BACKGROUND_PPM, NOISE_PPM = 2.0, 0.01
TEMPERATURE_K, PRESSURE_PA = 288.1, 101_325.0
STEP_S, BLOCK_S, DURATION_S = 120, 600, 14_400
START_NS = 1_704_096_000_000_000_000  # 2024-01-01T08:00Z


class Raw(NamedTuple):
    """What the tutorial makes, every two minutes from 08:00 to 12:00, both included."""

    time_s: Floats
    from_deg: Floats
    """Where the wind comes from, clockwise from north."""
    speed_m_s: Floats
    coupling: Floats
    """(sensor, time, source): ppm per kg/h."""
    ppm: Floats
    """(sensor, time)"""


class Medians(NamedTuple):
    """What is asked: medians of the five readings after each full ten minutes."""

    ppm: Floats
    """(sensor, block)"""
    wind: Floats
    """(block, 2): east and north of travel, m/s."""


def sensors() -> Floats:
    """(sensor, 6): start and end, metres in the frame; equal for the points, which come last."""
    angle = np.radians(np.linspace(0.0, 90.0, PATHS))
    ends = np.column_stack(
        [RADIUS_M * np.cos(angle), RADIUS_M * np.sin(angle), np.full(PATHS, PATH_HEIGHT_M)]
    )
    starts = np.tile([0.0, 0.0, PATH_HEIGHT_M], (PATHS, 1))
    return np.vstack([np.hstack([starts, ends]), np.hstack([POINTS, POINTS])])


def draw(seed: int) -> Raw:
    """One realisation of wind and noise."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(0.0, DURATION_S + 1.0, STEP_S)
    turn = np.linspace(0.0, TURN_DEG, time_s.size)
    from_deg = turn + rng.normal(0.0, DIRECTION_STD_DEG, time_s.size)
    speed = SPEED_M_S + rng.normal(0.0, SPEED_STD_M_S, time_s.size)
    coupling = couplings(travel(from_deg, speed))
    noise = rng.normal(0.0, NOISE_PPM, coupling.shape[:2])
    return Raw(time_s, from_deg, speed, coupling, BACKGROUND_PPM + coupling @ TRUTH[:, 3] + noise)


def travel(from_deg: Floats, speed_m_s: Floats) -> Floats:
    """(time, 2): east and north speed of travel of a wind that comes from somewhere."""
    angle = np.radians(from_deg)
    return np.column_stack([-speed_m_s * np.sin(angle), -speed_m_s * np.cos(angle)])


def couplings(wind: Floats) -> Floats:
    """(sensor, time, source): ppm per kg/h of the true sources."""
    return np.stack([_seen(path, wind) for path in sensors()])


def medians(raw: Raw) -> Medians:
    """Medians by ten minutes; a block begins after its first moment and holds its last."""
    blocks, each = DURATION_S // BLOCK_S, BLOCK_S // STEP_S
    ppm = raw.ppm[:, 1:].reshape(-1, blocks, each)
    wind = travel(raw.from_deg, raw.speed_m_s)[1:].reshape(blocks, each, 2)
    return Medians(np.median(ppm, axis=-1), np.median(wind, axis=1))


def records(asked: Medians) -> tuple[tuple[Readings, ...], Wind, Context]:
    """The medians as the localiser takes them: paths and points, wind, and the heights told."""
    made = SourceFile(
        name="tutorial.csv",
        sha256=hashlib.sha256(asked.ppm.tobytes() + asked.wind.tobytes()).hexdigest(),
        size_bytes=asked.ppm.nbytes + asked.wind.nbytes,
    )
    blocks = asked.wind.shape[0]
    time_ns = START_NS + np.arange(blocks) * BLOCK_S * 10**9
    hours = Interval(start=utc(START_NS), end=utc(START_NS + DURATION_S * 10**9))
    sigma = math.tan(math.radians(TURBULENCE_DEG)) * np.hypot(*asked.wind.T)
    wind = Wind(
        observed_at=hours,
        samples=Arrays(
            {
                "time_ns": time_ns,
                "east_m_s": asked.wind[:, 0],
                "north_m_s": asked.wind[:, 1],
                "sigma_v_m_s": sigma,
                "sigma_w_m_s": sigma,
            },
            dims="sample",
            units={"time_ns": "ns"}
            | dict.fromkeys(("east_m_s", "north_m_s", "sigma_v_m_s", "sigma_w_m_s"), "m/s"),
        ),
        interval_s=BLOCK_S,
        height_m=2.0,
        height_above="ground",
        source=made,
        assumptions=("the wind is that at the plume",),
    )
    place = sensors()
    batches = (
        _batch("path", place[:PATHS], asked.ppm[:PATHS], time_ns, (hours, made)),
        _batch("point", place[PATHS:], asked.ppm[PATHS:], time_ns, (hours, made)),
    )
    return batches, wind, Context(observed_at=hours, name="tutorial", heights_m=HEIGHTS_M)


def _seen(path: Floats, wind: Floats) -> Floats:
    """(time, source): ppm per kg/h at one sensor."""
    spread = math.tan(math.radians(TURBULENCE_DEG))
    growth = Growth(
        *(HALF_WIDTH_M, 0.0, spread / HALF_WIDTH_M, 1.0, -1.0),  # half width + spread x
        *(spread, 1.0),
    )
    knots = np.linspace(path[:3], path[3:], 1 if np.array_equal(path[:3], path[3:]) else KNOTS)
    each = point_coupling(
        TRUTH[:, :3],
        np.repeat(knots, wind.shape[0], axis=0),
        np.tile(wind, (knots.shape[0], 1)),
        growth,
        spread_m=(0.0, 0.0),
    )
    mean = each.reshape(TRUTH.shape[0], knots.shape[0], wind.shape[0]).mean(axis=1)
    per_kg_h = ppm_from_kg_m3(1.0, gas("methane").molar_mass_g_mol, TEMPERATURE_K, PRESSURE_PA)
    return np.asarray(mean.T * per_kg_h / 3600.0)


def _batch(
    kind: str,
    place: Floats,
    ppm: Floats,
    time_ns: NDArray[np.int64],
    of: tuple[Interval, SourceFile],
) -> Readings:
    count, blocks = ppm.shape
    rows = np.repeat(place, blocks, axis=0)
    lon, lat = FRAME.to_lonlat(rows[:, 0], rows[:, 1])
    columns = {
        "time_ns": np.tile(time_ns, count),
        "sensor": np.repeat(np.arange(count, dtype=np.int32), blocks),
        "lon_deg": lon,
        "lat_deg": lat,
        "height_m": rows[:, 2],
        "value": ppm.ravel(),
        "std": np.full(ppm.size, np.nan),  # the tutorial's solver is not told the noise either
    }
    units = {"time_ns": "ns", "sensor": "1", "value": "ppm", "std": "ppm"}
    if kind == "path":
        end_lon, end_lat = FRAME.to_lonlat(rows[:, 3], rows[:, 4])
        columns |= {"end_lon_deg": end_lon, "end_lat_deg": end_lat, "end_height_m": rows[:, 5]}
    units |= {name: "m" if name.endswith("_m") else "deg" for name in columns if name not in units}
    return Readings(
        observed_at=of[0],
        kind="path" if kind == "path" else "point",
        gas="methane",
        unit="ppm",
        samples=Arrays(columns, dims="sample", units=units),
        sensors=tuple(f"{kind} {number}" for number in range(count)),
        integration_s=BLOCK_S,
        platform="fixed",
        height_above="ground",
        temperature_K=TEMPERATURE_K,
        pressure_Pa=PRESSURE_PA,
        source=of[1],
    )
