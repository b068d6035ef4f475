"""What happens in a world, and what do its instruments write about it?"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.air.mixing import ppm_from_kg_m3
from sillage.records.cube import MemoryCube
from sillage.simulate.airflow import EDDY_SHARE, Airflow, blow, eddies, logged, measure, shear
from sillage.simulate.leaks import release
from sillage.simulate.matched import steady
from sillage.simulate.pictures import picture
from sillage.simulate.puffs import Release, drift_puffs, grow
from sillage.simulate.sensing import Answer, answer, flicker, inlets, positions
from sillage.simulate.truth import truth_of
from sillage.simulate.wandering import wander
from sillage.simulate.world import Beam, Instrument, Lawnmower, Orbit, Sensor, Source, World
from sillage.spectra.gas import gas

MARGIN_M = 60.0
"""Puffs are lost this far outside the circle about all sources and sensors."""
WANDER_SCALE_S = 1800.0


class Happening(NamedTuple):
    """A world that was played: the truth, and what was measured."""

    truth: dict[str, Any]
    """What `truth.json` holds."""
    wind: tuple[Float[ndarray, " row"], Float[ndarray, " row"]]
    """Speed (m/s) and direction (deg, from) of the mast, one row per `mast.every_s`."""
    answers: tuple[Answer, ...]
    """One per sensor, in the order of `world.sensors`."""
    places: tuple[Float[ndarray, "_ 3"], ...]
    """Where each sensor says it was: east, north, height in m; one `when` if it is fixed."""
    pictures: tuple[MemoryCube, ...] = ()
    """One per overflight, in the order of `world.overflights`."""


def generate(world: World, rng: np.random.Generator) -> Happening:
    """Play a world.

    Every part draws from its own stream, so that changing one sensor or one rate leaves the
    wind and all the others as they were.

    Raises
    ------
    UnknownName
        The gas library has no such gas.
    """
    for_wind, for_mast, for_sources, for_sensors, for_background, for_pictures = rng.spawn(6)
    steps = round(world.duration_s / world.step_s)
    places = tuple(positions(s, np.arange(steps) * world.step_s) for s in world.sensors)
    background = _background_ppm(world) + wander(
        steps, world.background_wander_ppm, WANDER_SCALE_S / world.step_s, for_background
    )
    pictures: tuple[MemoryCube, ...] = ()
    if world.family == "matched":
        winds, plume = steady(world, places, steps, for_wind)
        air_ppm = background[:, None] + in_ppm(world, plume)
        wind = logged(world, winds)
    else:
        circle = _circle(world, places)
        before = _steps_before(world, circle)
        air = blow(world, before + steps, for_wind)
        plume = _concentration(world, air, places, circle, before, for_sources)
        plume = plume * _flickers(world, plume.shape, for_background)
        air_ppm = background[:, None] + in_ppm(world, plume)
        wind = measure(world, air, before, for_mast)
        pictures = tuple(
            picture(world, flight, air, before, stream)
            for flight, stream in zip(
                world.overflights, for_pictures.spawn(len(world.overflights)), strict=True
            )
        )
    answers = tuple(
        answer(_instrument(world, sensor), column, world.step_s, stream)
        for sensor, column, stream in zip(
            world.sensors, air_ppm.T, for_sensors.spawn(len(world.sensors)), strict=True
        )
    )
    said = tuple(
        _blur(place, sensor, for_mast) for sensor, place in zip(world.sensors, places, strict=True)
    )
    return Happening(truth_of(world), wind, answers, said, pictures)


def in_ppm(world: World, kg_m3: Float[ndarray, "step sensor"]) -> Float[ndarray, "step sensor"]:
    """Mole fraction of the world's gas in its air."""
    molar_mass = gas(world.gas).molar_mass_g_mol
    kelvin = np.full(kg_m3.shape[1], world.temperature_K)  # sensor
    return ppm_from_kg_m3(kg_m3, molar_mass, kelvin, world.pressure_Pa)


def _concentration(
    world: World,
    air: Airflow,
    places: tuple[ndarray, ...],
    circle: tuple[float, float, float],
    before: int,
    rng: np.random.Generator,
) -> Float[ndarray, "step sensor"]:
    """Mean over each step and along each beam, kg m-3, of all sources together."""
    all_steps = len(air.drift_m_s)
    seconds = (np.arange(all_steps) - before) * world.step_s
    taken_in = inlets(world.sensors, places, before)
    total = np.zeros((all_steps, len(places)))
    for source, stream in zip(world.sources, rng.spawn(len(world.sources)), strict=True):
        ages = min(all_steps, _lifetime_steps(world, source, circle))
        memory = math.exp(-world.step_s / world.wind.eddy_scale_s)
        eddy_std = air.turbulence.sigma_h_m_s * math.sqrt(EDDY_SHARE)
        kicks = stream.standard_normal((all_steps, ages, 2), dtype=np.float32)
        kicks *= np.float32(eddy_std * math.sqrt(1.0 - memory * memory))
        growth = grow(
            world.wind,
            air.turbulence,
            height_m=source.height_m,
            mast_m=world.mast.height_m,
            ages=ages,
            step_s=world.step_s,
        )
        puffs = Release(
            release(source, world, seconds, stream),
            eddies(world, air.turbulence, all_steps, stream),
            kicks,
            memory,
        )
        total += drift_puffs(puffs, growth, air.drift_m_s, taken_in, circle, world.step_s)
    return total[before:]


def _circle(world: World, places: tuple[ndarray, ...]) -> tuple[float, float, float]:
    """East, north and radius of the circle beyond which a puff does not matter."""
    points = [place[:, :2] for place in places]
    points += [np.array(s.end_m)[None, :2] for s in world.sensors if isinstance(s, Beam)]
    points += [
        np.array([(source.east_m, source.north_m), *source.path_m]) for source in world.sources
    ]
    points += [
        np.array([(f.box.west_m, f.box.south_m), (f.box.east_m, f.box.north_m)])
        for f in world.overflights
    ]
    every = np.concatenate(points)
    middle = 0.5 * (every.min(axis=0) + every.max(axis=0))
    radius = float(np.linalg.norm(every - middle, axis=1).max()) + MARGIN_M
    return float(middle[0]), float(middle[1]), radius


def _steps_before(world: World, circle: tuple[float, float, float]) -> int:
    """Steps before the start, in which the air fills with gas."""
    return math.ceil(2.0 * circle[2] / world.wind.speed_m_s / world.step_s)


def _lifetime_steps(world: World, source: Source, circle: tuple[float, float, float]) -> int:
    """Steps after which hardly a puff is still within the circle, even in a lull."""
    slowest = min(1.0, shear(world.wind, max(source.height_m, 0.5), world.mast.height_m))
    return math.ceil(6.0 * circle[2] / (slowest * world.wind.speed_m_s) / world.step_s)


def _background_ppm(world: World) -> float:
    if world.background_ppm is not None:
        return world.background_ppm
    return gas(world.gas).background_ppm or 0.0


def _flickers(
    world: World, shape: tuple[int, ...], rng: np.random.Generator
) -> Float[ndarray, "step sensor"]:
    streams = rng.spawn(shape[1])
    columns = [flicker(shape[0], world.fluctuation, world.step_s, stream) for stream in streams]
    return np.stack(columns, axis=1)


def _instrument(world: World, sensor: Sensor) -> Instrument:
    """The sensor's instrument; in a matched world only its noise is left."""
    given = world.instruments[sensor.instrument]
    if world.family == "mismatched":
        return given
    return Instrument(every_s=given.every_s, noise_ppm=given.noise_ppm)


def _blur(place: ndarray, sensor: Sensor, rng: np.random.Generator) -> ndarray:
    """What a drone's receiver says of its place; its height is taken as exact."""
    if not isinstance(sensor, (Lawnmower, Orbit)):
        return place
    error = sensor.position_std_m * rng.standard_normal(place.shape)
    error[:, 2] = 0.0
    return place + error
