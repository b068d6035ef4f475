"""How does a table of a tracer release become readings and wind, as records?"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.place import LocalFrame
from sillage.records.provenance import SourceFile
from sillage.records.quantity import Quantity
from sillage.records.readings import Readings
from sillage.records.times import utc
from sillage.records.wind import Wind

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_UNITS = {"time_ns": "ns", "sensor": "1", "value": "ppm", "std": "ppm", "obukhov_m": "m"}


class Asked(NamedTuple):
    """What a benchmark of releases is asked on its command line."""

    seeds: tuple[int, ...]
    dry: bool
    """Print only; leave the result file."""


def ask_seeds(description: str | None, seeds: tuple[int, ...] = (0, 1, 2)) -> Asked:
    """Read the command line of a benchmark whose sampler is seeded, so if nobody says how."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=list(seeds))
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    told = parser.parse_args()
    return Asked(tuple(told.seeds), told.dry)


def file_of_data(data_set: str, name: str) -> Path | None:
    """A file of a data set; nothing where no data are named."""
    named = os.environ.get("SILLAGE_DATA")
    if not named:
        return None
    file = Path(named) / data_set / name
    if not file.is_file():
        raise SystemExit(f"SILLAGE_DATA={named}: no {data_set}/{name} in it; copy it there")
    return file


def source_of(file: Path) -> SourceFile:
    """What proves later which file was read."""
    content = file.read_bytes()
    return SourceFile(
        name=f"$SILLAGE_DATA/{file.parent.name}/{file.name}",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
    )


def readings_of(
    columns: Mapping[str, NDArray[Any]],
    ends_m: Floats,
    frame: LocalFrame,
    **fields: Any,
) -> Readings:
    """A batch of one kind of fixed sensor.

    Parameters
    ----------
    columns
        time_ns, sensor and value, over the samples.
    ends_m
        (sample, 3) for points, (sample, 6) for paths: east, north and height of either end.
    fields
        Of the record, such as `sensors` and `gas`.
    """
    table: dict[str, NDArray[Any]] = dict(columns)
    for prefix, end in (("", ends_m[:, :3]), ("end_", ends_m[:, 3:])):
        if end.size:
            lon, lat = frame.to_lonlat(end[:, 0], end[:, 1])
            table |= {f"{prefix}lon_deg": lon, f"{prefix}lat_deg": lat}
            table |= {f"{prefix}height_m": end[:, 2]}
    table["std"] = np.full(ends_m.shape[0], np.nan)  # none of the sets states one
    observed = _observed(table["time_ns"], fields["integration_s"])
    return Readings(
        observed_at=observed,
        kind="point" if ends_m.shape[1] == 3 else "path",
        unit="ppm",
        samples=_arrays(table),
        platform="fixed",
        height_above="ground",
        **fields,
    )


def wind_of(
    columns: Mapping[str, NDArray[Any]],
    speed_m_s: Floats,
    from_deg: Floats,
    **fields: Any,
) -> Wind:
    """Averages of one mast, of which the direction that the wind comes from is given."""
    toward = np.radians(270.0 - from_deg)  # anticlockwise from east
    components = {
        "east_m_s": speed_m_s * np.cos(toward),
        "north_m_s": speed_m_s * np.sin(toward),
    }
    table = {**columns, **components}
    observed = _observed(table["time_ns"], fields["interval_s"])
    return Wind(observed_at=observed, samples=_arrays(table), height_above="ground", **fields)


def interval_score(rate: Quantity, rate_kg_h: float) -> float:
    """Of the logarithm of the rate; lower is better: width, and 20 times what it misses by.

    Reference: Gneiting & Raftery, J. Am. Stat. Assoc. 102, 2007, eq. 43, for a level of 0.9.
    """
    low, high, truth = (math.log(v) for v in (rate.low, rate.high, rate_kg_h))
    outside = max(low - truth, 0.0) + max(truth - high, 0.0)
    return high - low + 2.0 / (1.0 - rate.level) * outside


def _observed(time_ns: Integers, interval_s: float) -> Interval:
    last = int(time_ns.max()) + round(interval_s * 1e9)
    return Interval(start=utc(int(time_ns.min())), end=utc(last))


def _arrays(table: Mapping[str, NDArray[Any]]) -> Arrays:
    """The same as arrays of a record, over samples."""
    return Arrays(table, dims="sample", units={name: _unit(name) for name in table})


def _unit(column: str) -> str:
    if column in _UNITS:
        return _UNITS[column]
    suffixes = {"_deg": "deg", "_m_s": "m/s", "_m": "m"}
    return next(unit for suffix, unit in suffixes.items() if column.endswith(suffix))
