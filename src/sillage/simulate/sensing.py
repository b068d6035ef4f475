"""Where is each sensor at each step, and what does its instrument make of the air there?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from sillage.simulate.leaks import walk
from sillage.simulate.puffs import Inlets
from sillage.simulate.wandering import lag, wander
from sillage.simulate.world import Beam, Instrument, Lawnmower, Orbit, Sensor

NODE_SPACING_M = 0.5
"""Beams are sampled at nodes this far apart, close to a puff's size near its source."""
ORBIT_CORNERS = 72


class Answer(NamedTuple):
    """What one instrument wrote: one row per sample."""

    first_step: ndarray
    """Step at which the sample's interval begins."""
    value_ppm: Float[ndarray, " row"]
    std_ppm: float


def positions(sensor: Sensor, seconds: Float[ndarray, " step"]) -> Float[ndarray, "when 3"]:
    """East, north and height (m) of a sensor, or of a beam's beginning; one row if it is fixed."""
    if isinstance(sensor, Beam):
        return np.array([sensor.begin_m])
    if isinstance(sensor, (Lawnmower, Orbit)):
        corners = lanes(sensor) if isinstance(sensor, Lawnmower) else circles(sensor)
        return walk(corners, sensor.speed_m_s * seconds)
    return np.array([[sensor.east_m, sensor.north_m, sensor.height_m]])


def inlets(
    sensors: Sequence[Sensor], places: Sequence[Float[ndarray, "_ 3"]], before: int
) -> Inlets:
    """What the sensors take in, from `before` steps before the start.

    Until the start a drone waits where it begins. The nodes of a beam stand in the middle of
    equal pieces.
    """
    stride = np.zeros((len(sensors), 3))
    nodes = np.ones(len(sensors), dtype=np.int64)
    first = []
    when = max(len(place) for place in places)
    for index, (sensor, place) in enumerate(zip(sensors, places, strict=True)):
        if isinstance(sensor, Beam):
            whole = np.array(sensor.end_m) - np.array(sensor.begin_m)
            nodes[index] = max(8, math.ceil(float(np.linalg.norm(whole)) / NODE_SPACING_M))
            stride[index] = whole / nodes[index]
        first.append(np.broadcast_to(place + 0.5 * stride[index], (when, 3)))
    row = np.stack(first, axis=1)  # when sensor 3
    if when > 1:
        row = np.concatenate([np.repeat(row[:1], before, axis=0), row])
    return Inlets(row, stride, nodes)


def lanes(flight: Lawnmower) -> Float[ndarray, "corner 3"]:
    """Corners of the lanes over the box, at each height in turn."""
    box = flight.box
    if flight.along == "east":
        ends, sides = (box.west_m, box.east_m), (box.south_m, box.north_m)
    else:
        ends, sides = (box.south_m, box.north_m), (box.west_m, box.east_m)
    count = max(2, math.floor((sides[1] - sides[0]) / flight.spacing_m) + 1)
    offsets = np.linspace(*sides, count)
    corners = []
    for level, height in enumerate(flight.heights_m):
        for lane, offset in enumerate(offsets if level % 2 == 0 else offsets[::-1]):
            turn = (lane + level * count) % 2
            corners += [(ends[turn], offset, height), (ends[1 - turn], offset, height)]
    lane_first = np.array(corners)
    return lane_first if flight.along == "east" else lane_first[:, [1, 0, 2]]


def circles(flight: Orbit) -> Float[ndarray, "corner 3"]:
    """Corners of one circle at each height."""
    angle = np.linspace(0.0, 2.0 * math.pi, ORBIT_CORNERS + 1)
    east = flight.east_m + flight.radius_m * np.sin(angle)
    north = flight.north_m + flight.radius_m * np.cos(angle)
    return np.concatenate(
        [np.column_stack([east, north, np.full_like(angle, h)]) for h in flight.heights_m]
    )


def flicker(
    steps: int, std: float, step_s: float, rng: np.random.Generator
) -> Float[ndarray, " step"]:
    """Fast log-normal fluctuation of the concentration, of mean one.

    It stands for the eddies smaller than a puff (Cassiani et al., Boundary-Layer Meteorol. 177,
    2020, 167), and gives the residuals their heavy tail.
    """
    return np.asarray(np.exp(wander(steps, std, 3.0 / step_s, rng) - 0.5 * std * std))


def answer(
    instrument: Instrument,
    air_ppm: Float[ndarray, " step"],
    step_s: float,
    rng: np.random.Generator,
) -> Answer:
    """What an instrument writes about the air in front of it.

    Parameters
    ----------
    air_ppm
        Mole fraction in front of the inlet, or mean along the beam, at each step.
    step_s
        Length of a step.
    """
    each = round(instrument.every_s / step_s)
    rows = len(air_ppm) // each
    felt = lag(air_ppm, instrument.lag_s / step_s)[: rows * each].reshape(rows, each).mean(axis=1)
    offset = instrument.offset_std_ppm * rng.standard_normal()
    drift = wander(rows, instrument.drift_ppm, instrument.drift_scale_s / instrument.every_s, rng)
    value = felt + offset + drift + instrument.noise_ppm * rng.standard_normal(rows)
    here = ~_dropouts(instrument, rows, rng)
    if instrument.saturation_ppm is not None:
        value = np.minimum(value, instrument.saturation_ppm)
    if instrument.quantum_ppm > 0.0:
        value = np.round(value / instrument.quantum_ppm) * instrument.quantum_ppm
    if instrument.limit_ppm > 0.0:
        value = np.where(value < instrument.limit_ppm, 0.0, value)
    std = math.hypot(instrument.noise_ppm, instrument.quantum_ppm / math.sqrt(12.0))
    return Answer(np.flatnonzero(here) * each, value[here], std)


def _dropouts(instrument: Instrument, rows: int, rng: np.random.Generator) -> Bool[ndarray, " row"]:
    """Rows that are missing: a chain that falls silent and comes back, both without memory."""
    chance = rng.random(rows)
    missing = np.zeros(rows, dtype=bool)
    share = instrument.dropout_share
    if share == 0.0:
        return missing
    comes_back = min(1.0, instrument.every_s / instrument.dropout_s)
    falls_silent = min(1.0, comes_back * share / (1.0 - share))
    silent = False
    for row in range(rows):
        silent = chance[row] >= comes_back if silent else chance[row] < falls_silent
        missing[row] = silent
    return missing
