"""Which worlds does a survey team meet? Drawn at random, to see whether its answers hold."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np

from sillage.records.place import LocalFrame
from sillage.simulate.world import (
    Beam,
    Box,
    Climate,
    Family,
    Instrument,
    Lawnmower,
    Mast,
    PointSensor,
    Sensor,
    Source,
    World,
)

INSTRUMENTS = {
    "sampler": Instrument(
        every_s=1.0,
        lag_s=2.0,
        noise_ppm=0.01,
        offset_std_ppm=0.02,
        drift_ppm=0.01,
        quantum_ppm=0.001,
        dropout_share=0.01,
    ),
    "laser": Instrument(every_s=3.0, noise_ppm=0.02, offset_std_ppm=0.02, drift_ppm=0.01),
    "nose": Instrument(every_s=1.0, lag_s=1.0, noise_ppm=0.02, offset_std_ppm=0.02, drift_ppm=0.01),
}
"""What is on the market: a closed-cell sampler, an open-path laser, a light airborne sensor."""
DURATIONS_S = (3600.0, 5400.0, 7200.0)
FORECAST_STD_DEG = 20.0
"""Error of the wind direction by which instruments are put up, one sigma."""


def random_world(rng: np.random.Generator, *, family: Family = "mismatched") -> World:
    """Draw a plausible world with one constant source of methane to be found.

    The source lies anywhere in a square of 100 to 200 m and leaks 0.1 to 10 kg/h (log-uniform).
    Instruments are put up as a team would: around the area, or downwind of it for a drone, by a
    forecast of the wind that is off by 20 degrees. The wind then does what it likes.
    """
    half = round(rng.uniform(50.0, 100.0), 1)
    climate = draw_climate(rng)
    source = Source(
        name="source",
        east_m=rng.uniform(-half, half),
        north_m=rng.uniform(-half, half),
        height_m=rng.uniform(0.2, 2.5),
        rate_kg_h=math.exp(rng.uniform(math.log(0.1), math.log(10.0))),
    )
    put_up = (_samplers, _beams, _drone)[rng.integers(3)]
    sensors = put_up(half, climate.from_deg + FORECAST_STD_DEG * rng.standard_normal(), rng)
    return draw_rest(half, climate, (source,), sensors, family, rng)


def draw_climate(rng: np.random.Generator) -> Climate:
    """Draw a day of light to fresh wind, neutral or convective, over grass or crops."""
    unstable = rng.random() < 0.6
    return Climate(
        speed_m_s=rng.uniform(1.5, 6.0),
        from_deg=rng.uniform(0.0, 360.0),
        roughness_m=math.exp(rng.uniform(math.log(0.01), math.log(0.1))),
        obukhov_m=-math.exp(rng.uniform(math.log(10.0), math.log(200.0))) if unstable else None,
        mixing_height_m=rng.uniform(400.0, 1200.0),
        direction_drift_deg=rng.uniform(5.0, 25.0),
        speed_drift=rng.uniform(0.1, 0.25),
        meander_scale_s=rng.uniform(60.0, 300.0),
        eddy_scale_s=rng.uniform(10.0, 40.0),
    )


def draw_rest(
    half: float,
    climate: Climate,
    sources: tuple[Source, ...],
    sensors: tuple[Sensor, ...],
    family: Family,
    rng: np.random.Generator,
) -> World:
    """Draw length, seed and flicker of a world whose area is a square of side 2 `half`."""
    return World(
        name="A drawn world",
        gas="methane",
        start=datetime(2026, 5, 9, 9, 0, tzinfo=UTC),
        duration_s=float(rng.choice(DURATIONS_S)),
        seed=int(rng.integers(2**31)),
        family=family,
        origin=LocalFrame(lon=-3.9, lat=50.6),
        area=Box(west_m=-half, east_m=half, south_m=-half, north_m=half),
        wind=climate,
        # a matched mast stands as high as the plume, so that no profile lies between them
        mast=Mast(
            east_m=-1.1 * half, north_m=1.1 * half, height_m=2.0 if family == "matched" else 3.0
        ),
        sources=sources,
        instruments={sensor.instrument: INSTRUMENTS[sensor.instrument] for sensor in sensors},
        sensors=sensors,
        background_wander_ppm=0.01,
        fluctuation=rng.uniform(0.3, 0.8),
    )


def _samplers(half: float, _from_deg: float, rng: np.random.Generator) -> tuple[Sensor, ...]:
    """Six to twelve samplers around the area."""
    return ring(half, int(rng.integers(6, 13)), rng)


def ring(half: float, count: int, rng: np.random.Generator) -> tuple[PointSensor, ...]:
    """Samplers around the area, evenly and a little off, as the ground allows."""
    angle = 2.0 * math.pi * (np.arange(count) + rng.uniform(-0.25, 0.25, count)) / count
    radius = half * rng.uniform(1.0, 1.4, count)
    return tuple(
        sampler(index + 1, radius[index] * math.sin(a), radius[index] * math.cos(a), rng)
        for index, a in enumerate(angle)
    )


def sampler(number: int, east_m: float, north_m: float, rng: np.random.Generator) -> PointSensor:
    """A sampler on a tripod of some height."""
    return PointSensor(
        name=f"sampler-{number}",
        instrument="sampler",
        east_m=round(float(east_m), 2),
        north_m=round(float(north_m), 2),
        height_m=round(rng.uniform(1.0, 3.0), 2),
    )


def _beams(half: float, _from_deg: float, rng: np.random.Generator) -> tuple[Sensor, ...]:
    """A fan of beams from some corner of the area."""
    return fan(half, rng)


def fan(
    half: float, rng: np.random.Generator, *, corner: int | None = None, first: int = 1
) -> tuple[Beam, ...]:
    """Six to ten beams from a corner of the area to mirrors along its far sides.

    Parameters
    ----------
    corner
        Quarter turns from the south-west one, counter-clockwise; left out, it is drawn.
    first
        Number of the first beam.
    """
    count = int(rng.integers(6, 11))
    bearing = np.linspace(0.0, math.pi / 2.0, count)
    ray = np.stack([np.sin(bearing), np.cos(bearing)])  # axis beam
    length = 2.0 * half * rng.uniform(0.9, 1.1, count) / ray.max(axis=0)
    foot = np.array([-half, -half])
    far = foot[:, None] + length * ray  # axis beam
    turns = int(rng.integers(4)) if corner is None else corner
    quarter = np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), turns)
    (x0, y0), ends = (quarter @ foot).round(2).tolist(), (quarter @ far).T.round(2).tolist()
    return tuple(
        Beam(
            name=f"beam-{first + index}",
            instrument="laser",
            begin_m=(x0, y0, 1.5),
            end_m=(x1, y1, round(rng.uniform(1.0, 3.0), 2)),
        )
        for index, (x1, y1) in enumerate(ends)
    )


def _drone(half: float, from_deg: float, rng: np.random.Generator) -> tuple[Sensor, ...]:
    """A drone over the downwind half of the area and beyond it, in lanes across the wind."""
    towards = math.radians(from_deg + 180.0)
    east, north = 0.6 * half * math.sin(towards), 0.6 * half * math.cos(towards)
    across_north = abs(math.sin(towards)) > abs(math.cos(towards))
    return (
        Lawnmower(
            name="drone-1",
            instrument="nose",
            box=Box(
                west_m=round(east - 1.2 * half, 2),
                east_m=round(east + 1.2 * half, 2),
                south_m=round(north - 1.2 * half, 2),
                north_m=round(north + 1.2 * half, 2),
            ),
            spacing_m=round(rng.uniform(10.0, 20.0), 2),
            heights_m=(2.5, 5.0),
            along="north" if across_north else "east",
            speed_m_s=round(rng.uniform(3.0, 6.0), 2),
            position_std_m=1.0,
        ),
    )
