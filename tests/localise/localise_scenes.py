"""What do the tests of localise share: sensors around one leak, in air that the model knows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.air.fan import fan_coupling
from sillage.localise.background import bins_of
from sillage.localise.chain import chain_of
from sillage.localise.ground import Bounds, Ground
from sillage.localise.likelihood import Air, Candidate, Explanation, Source, explain
from sillage.localise.problem import Problem, pose
from sillage.localise.settings import Settings
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.place import LocalFrame
from sillage.records.provenance import SourceFile
from sillage.records.readings import Readings
from sillage.records.times import utc
from sillage.records.wind import Wind

Floats = NDArray[np.float64]

FRAME = LocalFrame(lon=-3.9, lat=50.6)
BOUNDS = Bounds(-60.0, 60.0, -60.0, 60.0)
GROUND = Ground(BOUNDS, BOUNDS.area_m2)
SMALL = Settings(particles=64, harvest=2, most_sources=1)
FILE = SourceFile(name="made.csv", sha256="0" * 64, size_bytes=1)
START_NS = 1_778_328_000_000_000_000  # a whole minute
MINUTES = 40
SENSORS = 8
NOISE_PPM = 0.02
BACKGROUND_PPM = 2.0
LEAK = Source(east_m=12.0, north_m=-8.0, height_m=1.0, log_rate_kg_h=math.log(1.0))
TRUTH = Candidate(
    Air(
        log_crosswind=0.0,
        log_vertical=0.0,
        veer_rad=0.0,
        log_fluctuation=math.log(0.2),
        log_noise_ppm=math.log(NOISE_PPM),
        log_wander=0.0,
        log_memory=0.0,
        log_rise_memory=0.0,
        log_drift_ppm=math.log(0.1 * NOISE_PPM),
        log_apart_ppm=math.log(NOISE_PPM),
        log_spread_m=math.log(0.3),
        log_dilution=math.log(SMALL.dilution_log_std),
    ),
    (LEAK,),
)
NO_SOURCE = Candidate(TRUTH.air, ())


def changed(candidate: Candidate, **numbers: float) -> Candidate:
    """The same with other numbers of its air or of its first source."""
    own = {name: number for name, number in numbers.items() if name in Source._fields}
    air = {name: number for name, number in numbers.items() if name not in own}
    first, *others = candidate.sources
    sources = (first._replace(**own), *others)
    return candidate._replace(air=candidate.air._replace(**air), sources=sources)


def ring(minutes: int = MINUTES, radius_m: float = 45.0) -> Floats:
    """(reading, 3): places of the sensors, minute by minute, metres in the frame."""
    angle = 2.0 * math.pi * np.arange(SENSORS) / SENSORS
    once = np.stack(
        [radius_m * np.cos(angle), radius_m * np.sin(angle), np.full(SENSORS, 1.5)], axis=1
    )
    return np.tile(once, (minutes, 1))


def readings(value: Floats, places: Floats | None = None, **changes: Any) -> Readings:
    """A batch of point readings, `SENSORS` a minute unless the columns say otherwise."""
    places = ring(value.size // SENSORS) if places is None else places
    number = np.arange(value.size)
    lon, lat = FRAME.to_lonlat(places[:, 0], places[:, 1])
    columns = {
        "time_ns": START_NS + (number // SENSORS) * 60_000_000_000,
        "sensor": (number % SENSORS).astype(np.int32),
        "lon_deg": lon,
        "lat_deg": lat,
        "height_m": places[:, 2],
        "value": value,
        "std": np.full(value.size, NOISE_PPM),
    } | changes.pop("columns", {})
    units = {"time_ns": "ns", "sensor": "1", "lon_deg": "deg", "lat_deg": "deg", "height_m": "m"}
    unit = changes.get("unit", "ppm")
    made: dict[str, Any] = {
        "observed_at": _hours(),
        "kind": "point",
        "gas": "methane",
        "unit": unit,
        "samples": Arrays(columns, dims="sample", units=units | {"value": unit, "std": unit}),
        "sensors": tuple(f"s{n}" for n in range(SENSORS)),
        "integration_s": 60.0,
        "platform": "fixed",
        "height_above": "ground",
        "temperature_K": 288.0,
        "pressure_Pa": 101_325.0,
        "source": FILE,
    }
    return Readings(**(made | changes))


def wind(minutes: int = MINUTES, *, speed_m_s: Floats | None = None, **changes: Any) -> Wind:
    """Minute means of a wind of 3 m/s that goes round by 300 degrees, with its turbulence."""
    away = math.radians(300.0) * np.arange(minutes) / minutes
    speed = np.full(minutes, 3.0) if speed_m_s is None else speed_m_s
    columns = {
        "time_ns": START_NS + np.arange(minutes) * 60_000_000_000,
        "east_m_s": speed * np.cos(away),
        "north_m_s": speed * np.sin(away),
    }
    units = {"time_ns": "ns", "east_m_s": "m/s", "north_m_s": "m/s"}
    if changes.pop("turbulent", True):
        columns |= {"sigma_v_m_s": 0.2 * speed, "sigma_w_m_s": 0.1 * speed}
        columns["direction_std_deg"] = np.full(minutes, 3.0)
        units |= {"sigma_v_m_s": "m/s", "sigma_w_m_s": "m/s", "direction_std_deg": "deg"}
    made: dict[str, Any] = {
        "observed_at": _hours(),
        "samples": Arrays(columns, dims="sample", units=units),
        "interval_s": 60.0,
        "height_m": 2.0,
        "height_above": "ground",
        "source": FILE,
    }
    return Wind(**(made | changes))


def posed(value: Floats) -> Problem:
    """The question that such readings ask."""
    return pose([readings(value)], wind(), FRAME, BOUNDS, SMALL)


def plume_ppm(problem: Problem, source: Source, off_rad: Floats) -> Floats:
    """What each reading holds of a source, with an error of direction for each block."""
    rows, blocks = problem.observations, problem.blocks
    coupling = fan_coupling(
        *(np.array(source[:3]), rows.paths, rows.block, blocks.speed_m_s),
        *((blocks.direction_rad + off_rad)[:, None], blocks.growth),
        (1.0, 1.0, 1.0, 1.0, math.exp(TRUTH.air.log_spread_m)),
    )
    per_kg_h = problem.ppm_per_kg_m3 / 3600.0
    return np.asarray(coupling[:, 0] * per_kg_h * math.exp(source.log_rate_kg_h))


def matched(rng: np.random.Generator, sources: tuple[Source, ...] = (LEAK,)) -> Floats:
    """Readings of sources drawn from the model itself: wander, dilution and noise."""
    problem = posed(np.full(SENSORS * MINUTES, BACKGROUND_PPM))
    rows, blocks = problem.observations, problem.blocks
    memory = math.exp(-blocks.step_s / SMALL.memory_s)
    wander, dilution = _persistent(MINUTES, memory, rng), _persistent(MINUTES, memory, rng)
    spread = SMALL.dilution_log_std
    factor = np.exp(spread * dilution - 0.5 * spread**2)[rows.block]
    plume = np.zeros(rows.value.size)
    for source in sources:
        plume += plume_ppm(problem, source, wander * blocks.direction_std_rad) * factor
    scale = np.hypot(NOISE_PPM, math.exp(TRUTH.air.log_fluctuation) * plume)
    value = BACKGROUND_PPM + plume + scale * rng.standard_t(4, plume.size)
    return np.asarray(value, dtype=np.float64)


def explained(problem: Problem, candidate: Candidate, start: Floats | None = None) -> Explanation:
    """What a candidate says of the readings, from a background that is known."""
    if start is None:
        start = np.full(problem.observations.value.size, BACKGROUND_PPM)
    return explain(
        problem,
        chain_of(problem.blocks.step_s, problem.blocks.sessions, SMALL),
        bins_of(problem, SMALL.background_memory_s),
        start,
        candidate.numbers(),
    )


def _persistent(count: int, memory: float, rng: np.random.Generator) -> Floats:
    out = rng.normal(size=count)
    for k in range(1, count):
        out[k] = memory * out[k - 1] + math.sqrt(1.0 - memory**2) * out[k]
    return out


def _hours() -> Interval:
    return Interval(start=utc(START_NS), end=utc(START_NS + MINUTES * 60_000_000_000))
