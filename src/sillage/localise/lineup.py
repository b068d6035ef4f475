"""How do batches of readings become one table: metres in one frame, one row per reading."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.localise.settings import Settings
from sillage.records.place import LocalFrame
from sillage.records.readings import Readings

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Place3 = tuple[Floats, Floats, Floats]

_STEP_OF_QUIET = 0.32 * np.sqrt(2.0)  # lower quartile of the steps of unit normal noise


class Observations(NamedTuple):
    """One row per reading, ordered by block; metres in the local frame, ppm."""

    time_ns: Integers
    block: Integers
    sensor: Integers
    paths: Floats
    """(observation, 6): start and end; equal for a point."""
    value: Floats
    noise: Floats
    """Noise of the reading's sensor relative to the typical sensor; pure number."""
    std: Floats
    """One sigma as stated with the reading, ppm."""
    is_moving: NDArray[np.bool_]
    """Whether the reading's sensor flies or drives."""
    below: NDArray[np.bool_]
    """Whether the reading says only that it lies below `value`, which is its limit of detection."""

    def only(self, rows: NDArray[np.bool_] | Integers) -> Observations:
        """The same for some readings."""
        return Observations(
            *(self.time_ns[rows], self.block[rows], self.sensor[rows], self.paths[rows]),
            *(self.value[rows], self.noise[rows], self.std[rows]),
            *(self.is_moving[rows], self.below[rows]),
        )


def line_up(
    readings: Sequence[Readings], frame: LocalFrame, settings: Settings
) -> tuple[Observations, tuple[str, ...]]:
    """All readings in one table, in the local frame, ordered by time; sensors named once."""
    sensors = tuple(dict.fromkeys(name for batch in readings for name in batch.sensors))
    parts: list[tuple[NDArray[np.generic], ...]] = []
    for batch in readings:
        table = batch.samples
        own = np.array([sensors.index(name) for name in batch.sensors], dtype=np.int64)
        start: Place3 = (
            *frame.to_local(table["lon_deg"], table["lat_deg"]),
            table["height_m"],
        )
        end = start
        if batch.kind == "path":
            end = (
                *frame.to_local(table["end_lon_deg"], table["end_lat_deg"]),
                table["end_height_m"],
            )
        elif batch.platform == "moving":
            start, end = _flown(
                *(start, table["time_ns"], table["sensor"].astype(np.int64)),
                *(batch.integration_s, settings.response_s),
            )
        half_ns = round(batch.integration_s * 5e8)  # a block is timed by its start
        limit = -math.inf if batch.limit_of_detection is None else batch.limit_of_detection
        below = table["value"] < limit
        parts.append(
            (
                table["time_ns"] + half_ns,
                own[table["sensor"]],
                np.stack([*start, *end], axis=-1),
                np.where(below, limit, table["value"]),
                table["std"],
                np.full(table["value"].size, batch.platform == "moving"),
                below,
            )
        )
    time_ns, sensor, paths, value, std, moving, is_below = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    order = np.lexsort((sensor, time_ns))
    nothing = np.zeros(order.size, dtype=np.int64)
    rows = Observations(
        time_ns=time_ns[order].astype(np.int64),
        block=nothing,
        sensor=sensor[order].astype(np.int64),
        paths=np.ascontiguousarray(paths[order], dtype=np.float64),
        value=value[order].astype(np.float64),
        noise=np.ones(order.size),
        std=std[order].astype(np.float64),
        is_moving=moving[order].astype(np.bool_),
        below=is_below[order].astype(np.bool_),
    )
    return rows._replace(noise=_relative_noise(rows)), sensors


def typical_noise(rows: Observations) -> float:
    """Noise of a reading away from any plume: the quiet quarter of the steps between blocks.

    Where the quietest lie below the limit of detection, what is stated, or a third of that limit,
    which is some three sigma.
    """
    quiet = _quiet_step(rows, [rows.sensor == s for s in np.unique(rows.sensor)]) / _STEP_OF_QUIET
    stated = rows.std[np.isfinite(rows.std) & (rows.std > 0.0)]
    least = float(np.percentile(stated, 10)) if stated.size else 0.0
    if math.isnan(quiet) and rows.below.any():
        quiet = least if stated.size else float(np.median(rows.value[rows.below])) / 3.0
    quiet = 0.0 if math.isnan(quiet) else quiet
    return max(quiet, 0.3 * least, 1e-6 * float(np.abs(rows.value).max()), 1e-12)


def below_limits(rows: Observations) -> tuple[str, ...]:
    """What is said of readings below their limit of detection, where there are any."""
    count = int(rows.below.sum())
    if not count:
        return ()
    limits = np.unique(rows.value[rows.below])
    told = f"{limits[0]:g}" if limits.size == 1 else f"{limits[0]:g} to {limits[-1]:g}"
    note = (
        f"{count} of {rows.below.size} readings lie below the limit of detection of {told} ppm: "
        "each says that the air held less, and not how much less"
    )
    return (note,)


def _flown(
    place: Place3, time_ns: Integers, sensor: Integers, integration_s: float, response_s: float
) -> tuple[Place3, Place3]:
    """Start and end of the stretch that a moving sensor's readings are of.

    A block of a few seconds is a stretch of flight, and a sensor of first order answers late by
    its time constant: both smear a plume along the track. The stretch is centred on the middle
    of the delayed answer, and as long as a uniform one of the same variance.
    """
    half_s = 0.5 * math.sqrt(integration_s**2 + 12.0 * response_s**2)
    start, end = ((place[0].copy(), place[1].copy(), place[2].copy()) for _ in range(2))
    for number in np.unique(sensor):
        mine = np.flatnonzero(sensor == number)
        if mine.size < 2:
            continue
        mine = mine[np.argsort(time_ns[mine], kind="stable")]
        at_s = (time_ns[mine] - time_ns[mine[0]]) * 1e-9
        for stretch, shift_s in ((start, -response_s - half_s), (end, -response_s + half_s)):
            wanted = at_s + shift_s
            after = np.clip(np.searchsorted(at_s, wanted), 1, at_s.size - 1)
            gap_s = at_s[after] - at_s[after - 1]
            known = (wanted >= at_s[0]) & (wanted <= at_s[-1]) & (gap_s < 2.0 * half_s + 1.0)
            for axis, coordinate in zip(stretch, place, strict=True):
                own = coordinate[mine]
                axis[mine] = np.where(known, np.interp(wanted, at_s, own), own)
    return start, end


def _relative_noise(rows: Observations) -> Floats:
    """Noise of each reading's sensor against the typical sensor, from its quietest quarter."""
    quiet = np.ones(int(rows.sensor.max()) + 1)
    for sensor in range(quiet.size):
        quiet[sensor] = _quiet_step(rows, [rows.sensor == sensor], fewest=8)
    typical = np.nanmedian(quiet) if np.isfinite(quiet).any() else 1.0
    relative = np.where(np.isfinite(quiet), quiet / typical, 1.0)
    return np.asarray(np.clip(relative, 0.3, 3.0)[rows.sensor], dtype=np.float64)


def _quiet_step(
    rows: Observations, series: Sequence[NDArray[np.bool_]], *, fewest: int = 1
) -> float:
    """Lower quartile of the steps that are not nil; NaN where nobody saw it, or steps are too few.

    From one reading below the limit of detection to the next is a quiet step that nobody saw.
    """
    value = np.where(rows.below, np.nan, rows.value)
    steps = np.concatenate([np.abs(np.diff(value[mine])) for mine in series])
    steps = steps[np.isfinite(steps) & (steps > 0.0)]
    unseen = sum(int((rows.below[mine][1:] & rows.below[mine][:-1]).sum()) for mine in series)
    if steps.size < fewest or unseen * 3 >= steps.size:
        return math.nan
    return float(np.percentile(steps, 25.0 - 75.0 * unseen / steps.size))
