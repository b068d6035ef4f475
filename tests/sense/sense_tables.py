"""What do the tests of the readers share: small tables as files, and their maps."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sillage.records.place import LocalFrame
from sillage.records.readings import Readings
from sillage.records.wind import Wind
from sillage.sense import ReadingsMap, WindMap, decode_map, read_readings, read_wind

NOW = datetime(2026, 5, 10, tzinfo=UTC)
ORIGIN = LocalFrame(lon=5.9342, lat=53.3279)
HEADER = ("time", "lon", "lat", "height", "ppm")
ROWS = (
    ("2026-05-09T12:00:00Z", "5.9342", "53.3279", "2.0", "2.1"),
    ("2026-05-09T12:00:01Z", "5.9343", "53.3280", "2.5", "2.2"),
    ("2026-05-09T12:00:02Z", "5.9344", "53.3281", "3.0", "2.3"),
)


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def write_parquet(path: Path, columns: Mapping[str, Any]) -> Path:
    pq.write_table(pa.table(dict(columns)), path)
    return path


def readings_map(**changes: Any) -> ReadingsMap:
    """Map of `HEADER`; a change to a table is merged into it, None removes a key."""
    table: dict[str, Any] = {
        "file": "readings.csv",
        "gas": "methane",
        "time": {"column": "time"},
        "value": {"column": "ppm", "unit": "ppm"},
        "position": {
            "frame": "lonlat",
            "height_above": "ground",
            "x": "lon",
            "y": "lat",
            "height": "height",
        },
    }
    return decode_map(ReadingsMap, _merged(table, changes), "survey.toml: readings[0]")


def wind_map(**changes: Any) -> WindMap:
    table: dict[str, Any] = {
        "file": "wind.csv",
        "time": {"column": "time"},
        "speed": {"column": "speed", "unit": "m/s"},
        "direction": {
            "column": "angle",
            "unit": "deg",
            "points": "from",
            "turns": "clockwise from north",
        },
        "height_m": 3.0,
        "height_above": "ground",
    }
    return decode_map(WindMap, _merged(table, changes), "survey.toml: wind[0]")


def _merged(table: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    for key, change in changes.items():
        if isinstance(change, dict) and isinstance(table.get(key), dict):
            table[key] = _merged(dict(table[key]), change)
        elif change is None:
            table.pop(key, None)
        else:
            table[key] = change
    return table


def read(
    base: Path,
    rows: Sequence[Sequence[str]] = ROWS,
    *,
    header: Sequence[str] = HEADER,
    origin: LocalFrame | None = ORIGIN,
    **changes: Any,
) -> Readings:
    """Write rows as `readings.csv`, and read them back."""
    write_csv(base / "readings.csv", header, rows)
    return read_readings(readings_map(**changes), base, origin, now=NOW)[0]


def read_blowing(base: Path, rows: Sequence[Sequence[str]], **changes: Any) -> Wind:
    """Write rows of time, speed and angle as `wind.csv`, and read them back."""
    write_csv(base / "wind.csv", ("time", "speed", "angle"), rows)
    return read_wind(wind_map(**changes), base, now=NOW)


def with_cell(row: int, column: str, cell: str) -> list[tuple[str, ...]]:
    """`ROWS` with one cell changed; the first row is 0."""
    rows = [list(one) for one in ROWS]
    rows[row][HEADER.index(column)] = cell
    return [tuple(one) for one in rows]


def reasons(record: Readings | Wind) -> dict[str, int]:
    return {masked.reason: masked.count for masked in record.masked}


def same(one: Readings | Wind, other: Readings | Wind) -> bool:
    """Whether two batches hold the same samples."""
    return one.samples.names == other.samples.names and all(
        np.array_equal(one.samples[name], other.samples[name], equal_nan=True)
        for name in one.samples.names
    )
