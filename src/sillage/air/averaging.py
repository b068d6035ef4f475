"""What did each sensor read on average in each stretch of time, and how sure is that mean."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from sillage.air.blocks import (
    FEWEST_FOR_SCATTER,
    Blocks,
    independent_share,
    scatter,
    sort_into_blocks,
)
from sillage.records.arrays import Arrays
from sillage.records.provenance import Masked
from sillage.records.readings import Readings

_ANGLES = ("lon_deg", "lat_deg", "end_lon_deg", "end_lat_deg")
_PLACES = (*_ANGLES, "height_m", "end_height_m")


def block_average(readings: Readings, interval_s: float, *, fewest: int = 1) -> Readings:
    """Mean of the valid samples of each sensor in blocks of time; order does not matter.

    Parameters
    ----------
    readings
        Samples of points or paths, fixed or moving; the place of a block is its samples' mean.
    interval_s
        Length of the blocks, which start at whole multiples of it.
    fewest
        Valid samples that a block must hold; blocks with fewer are left out and counted.

    A block all of whose samples lie below the limit of detection lies below it too. Where only some
    do, they are taken at half of the limit, and the error of the mean holds that they may have been
    anything from none to the limit, all of them alike.

    Returns
    -------
    Readings
        One row per sensor and block, in time; `std` is one sigma of the block's mean, from
        the scatter of its samples and their correlation, never below what the instrument
        allows.

    Raises
    ------
    SettingError
        The interval is not a positive number of seconds.
    """
    samples = readings.samples
    value = np.asarray(samples["value"], dtype=np.float64)
    time_ns = samples["time_ns"]
    valid = np.isfinite(value)
    blocks = sort_into_blocks(time_ns, samples["sensor"], valid, interval_s)
    sorted_value, unknown = _below_limit(blocks, value[blocks.order], readings.limit_of_detection)
    mean = blocks.mean(sorted_value)
    std = _std_of_mean(blocks, sorted_value, mean, samples["std"][blocks.order])
    columns: dict[str, NDArray[Any]] = {
        "time_ns": blocks.start_ns,
        "sensor": blocks.label.astype(np.int32),
        "value": mean,
        "std": np.where(unknown > 0.0, np.fmax(np.hypot(std, unknown), unknown), std),
    }
    for name in _PLACES:
        if name in samples:
            columns[name] = _mean_place(blocks, samples[name][blocks.order], name in _ANGLES)
    full = blocks.counts >= fewest
    units = {name: samples.unit(name) for name in columns}
    all_rows = np.ones(value.size, dtype=np.bool_)
    total = sort_into_blocks(time_ns, samples["sensor"], all_rows, interval_s).counts.size
    return msgspec.structs.replace(
        readings,
        id="",
        made_at=datetime.now(UTC),
        parents=(readings.id,),
        samples=Arrays({k: v[full] for k, v in columns.items()}, dims="sample", units=units),
        integration_s=interval_s,
        masked=(*readings.masked, *_left_out(interval_s, fewest, total - int(full.sum()), total)),
        assumptions=(*readings.assumptions, *_told(interval_s, int((unknown[full] > 0.0).sum()))),
    )


def _below_limit(
    blocks: Blocks, sorted_value: NDArray[np.float64], limit: float | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Samples with those below the limit put half-way in mixed blocks; one sigma of that, by block.

    One sigma of what is even between none and the limit is the limit over the root of twelve.
    """
    nothing = np.zeros(blocks.counts.size)
    if limit is None or not (below := sorted_value < limit).any():
        return sorted_value, nothing
    share = blocks.mean(below)
    mixed = (share > 0.0) & (share < 1.0)
    moved = np.where(below & mixed[blocks.group], 0.5 * limit, sorted_value)
    return moved, np.where(mixed, share * abs(limit) / np.sqrt(12.0), 0.0)


def _told(interval_s: float, mixed: int) -> tuple[str, ...]:
    if mixed == 0:
        return ()
    note = (
        f"{mixed} blocks of {interval_s:g} s hold samples below the limit of detection beside "
        "others: those below were taken at half of it"
    )
    return (note,)


def _std_of_mean(
    blocks: Blocks,
    sorted_value: NDArray[np.float64],
    mean: NDArray[np.float64],
    sorted_std: NDArray[Any],
) -> NDArray[np.float64]:
    """One sigma of each block's mean; a single sample keeps the instrument's own."""
    instrument = np.sqrt(blocks.mean(np.asarray(sorted_std, dtype=np.float64) ** 2) / blocks.counts)
    deviation, variance = scatter(blocks, sorted_value, mean)
    share = independent_share(blocks, deviation, variance)
    independent = np.maximum(blocks.counts * share, 1.0)
    sampled = np.sqrt(variance / independent)
    sampled[blocks.counts < FEWEST_FOR_SCATTER] = np.nan
    std: NDArray[np.float64] = np.fmax(sampled, instrument)
    return std


def _mean_place(blocks: Blocks, sorted_place: NDArray[Any], angle: bool) -> NDArray[np.float64]:
    """Mean about the first sample of each group: exact to the last bit, and across 180 degrees."""
    first = sorted_place[np.cumsum(blocks.counts) - blocks.counts].astype(np.float64)
    away = sorted_place - first[blocks.group]
    if angle:
        away = _turned(away)
    place: NDArray[np.float64] = first + blocks.mean(away)
    return np.where(np.abs(place) > 180.0, _turned(place), place) if angle else place


def _turned(angle_deg: NDArray[Any]) -> NDArray[Any]:
    """Turn an angle into -180 to 180 degrees."""
    return (angle_deg + 180.0) % 360.0 - 180.0


def _left_out(interval_s: float, fewest: int, count: int, total: int) -> tuple[Masked, ...]:
    if count == 0:
        return ()
    reason = f"blocks of {interval_s:g} s with fewer than {fewest} valid samples"
    return (Masked(reason=reason, count=count, total=total),)
