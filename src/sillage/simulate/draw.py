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


def random_world(rng: np.random.Generator, *, family: Family = "mismatched") -> World:
    """Draw a plausible world with one constant source of methane to be found.

    The source lies anywhere in a square of 100 to 200 m and leaks 0.1 to 10 kg/h (log-uniform).
    Instruments are put up as a team would: around the area, or downwind of it for a drone, by a
    forecast of the wind that is off by 20 degrees. The wind then does what it likes.
    """
    half = round(rng.uniform(50.0, 100.0), 1)
    area = Box(west_m=-half, east_m=half, south_m=-half, north_m=half)
    unstable = rng.random() < 0.6
    climate = Climate(
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
    source = Source(
        name="source",
        east_m=rng.uniform(-half, half),
        north_m=rng.uniform(-half, half),
        height_m=rng.uniform(0.2, 2.5),
        rate_kg_h=math.exp(rng.uniform(math.log(0.1), math.log(10.0))),
    )
    put_up = (_samplers, _beams, _drone)[rng.integers(3)]
    sensors = put_up(half, climate.from_deg + 20.0 * rng.standard_normal(), rng)
    return World(
        name="A drawn world",
        gas="methane",
        start=datetime(2026, 5, 9, 9, 0, tzinfo=UTC),
        duration_s=float(rng.choice([3600.0, 5400.0, 7200.0])),
        seed=int(rng.integers(2**31)),
        family=family,
        origin=LocalFrame(lon=-3.9, lat=50.6),
        area=area,
        wind=climate,
        # a matched mast stands as high as the plume, so that no profile lies between them
        mast=Mast(
            east_m=-1.1 * half, north_m=1.1 * half, height_m=2.0 if family == "matched" else 3.0
        ),
        sources=(source,),
        instruments={sensor.instrument: INSTRUMENTS[sensor.instrument] for sensor in sensors},
        sensors=sensors,
        background_wander_ppm=0.01,
        fluctuation=rng.uniform(0.3, 0.8),
    )


def _samplers(half: float, _from_deg: float, rng: np.random.Generator) -> tuple[Sensor, ...]:
    """Samplers around the area, evenly and a little off, as the ground allows."""
    count = int(rng.integers(6, 13))
    angle = 2.0 * math.pi * (np.arange(count) + rng.uniform(-0.25, 0.25, count)) / count
    radius = half * rng.uniform(1.0, 1.4, count)
    return tuple(
        PointSensor(
            name=f"sampler-{index + 1}",
            instrument="sampler",
            east_m=round(float(radius[index] * math.sin(angle[index])), 2),
            north_m=round(float(radius[index] * math.cos(angle[index])), 2),
            height_m=round(rng.uniform(1.0, 3.0), 2),
        )
        for index in range(count)
    )


def _beams(half: float, _from_deg: float, rng: np.random.Generator) -> tuple[Sensor, ...]:
    """A fan of beams from a corner of the area to mirrors along its far sides."""
    count = int(rng.integers(6, 11))
    bearing = np.linspace(0.0, math.pi / 2.0, count)
    ray = np.stack([np.sin(bearing), np.cos(bearing)])  # axis beam
    length = 2.0 * half * rng.uniform(0.9, 1.1, count) / ray.max(axis=0)
    corner = np.array([-half, -half])
    far = corner[:, None] + length * ray  # axis beam
    quarter = np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), int(rng.integers(4)))
    (x0, y0), ends = (quarter @ corner).round(2).tolist(), (quarter @ far).T.round(2).tolist()
    return tuple(
        Beam(
            name=f"beam-{index + 1}",
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
