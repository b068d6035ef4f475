"""A record's arrays are laid out as its docstring says, or it is not made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from msgspec import inspect

from sillage.errors import RecordError
from sillage.records.arrays import Arrays
from sillage.records.base import Interval, Record
from sillage.records.catalogue import RECORDS
from sillage.records.provenance import SourceFile
from sillage.records.readings import Readings
from sillage.records.track import Track

UNITS = {"time_ns": "ns", "lon_deg": "deg", "lat_deg": "deg", "height_m": "m"}
FILE = SourceFile(name="flight.gpx", sha256="ab" * 32, size_bytes=1)
DAY = Interval(start=datetime(2026, 5, 9, tzinfo=UTC), end=datetime(2026, 5, 10, tzinfo=UTC))


def samples(units: dict[str, str], *, axis: str = "sample") -> Arrays:
    columns = {name: np.zeros(2, np.int64 if name == "time_ns" else np.float64) for name in units}
    return Arrays(columns, dims=axis, units=units)


def track(arrays: Arrays) -> Track:
    return Track(
        observed_at=DAY, platform="drone-1", samples=arrays, height_above="ground", source=FILE
    )


def readings(**changed: Any) -> Readings:
    units = UNITS | {"sensor": "1", "value": "ppm", "std": "ppm"}
    fields: dict[str, Any] = {
        "observed_at": DAY,
        "kind": "point",
        "gas": "methane",
        "unit": "ppm",
        "samples": samples(units),
        "sensors": ("nose-1",),
        "integration_s": 1,
        "platform": "fixed",
        "height_above": "ground",
        "temperature_K": 288,
        "pressure_Pa": 101325,
        "source": FILE,
    }
    return Readings(**(fields | changed))


def test_the_declared_layout_is_taken() -> None:
    assert track(samples(UNITS)).samples.sizes == {"sample": 2}


@pytest.mark.parametrize("name", UNITS)
def test_a_missing_misnamed_or_mismeasured_column_is_named(name: str) -> None:
    without = {key: unit for key, unit in UNITS.items() if key != name}
    with pytest.raises(RecordError, match=rf"Track\.samples: column '{name}' is missing"):
        track(samples(without))
    with pytest.raises(RecordError, match=rf"column '{name}' is missing"):
        track(samples(without | {name.upper(): UNITS[name]}))
    with pytest.raises(RecordError, match=rf"column '{name}' is in 'ft', not in '{UNITS[name]}'"):
        track(samples(UNITS | {name: "ft"}))


def test_a_column_that_nobody_declared_is_named() -> None:
    with pytest.raises(RecordError, match="column 'speed_m_s' is unknown; known are time_ns"):
        track(samples(UNITS | {"speed_m_s": "m/s"}))


def test_other_dimensions_are_named() -> None:
    with pytest.raises(RecordError, match="lies along row; it must lie along sample"):
        track(samples(UNITS, axis="row"))


def test_times_are_integers() -> None:
    columns = {name: np.zeros(2) for name in UNITS}
    with pytest.raises(RecordError, match="'time_ns' is <f8; times are int64"):
        track(Arrays(columns, dims="sample", units=UNITS))


def test_a_detached_record_is_held_to_the_layout_too() -> None:
    detached = Arrays.detached(samples(UNITS | {"height_m": "ft"}).description())
    with pytest.raises(RecordError, match="'height_m' is in 'ft'"):
        track(detached)


def test_values_are_in_the_unit_the_batch_states() -> None:
    assert readings().unit == "ppm"
    with pytest.raises(RecordError, match="column 'value' is in 'ppm', not in 'raw'"):
        readings(unit="raw")


def test_a_path_has_two_ends_and_a_point_has_one() -> None:
    ends = {"end_lon_deg": "deg", "end_lat_deg": "deg", "end_height_m": "m"}
    both = samples(UNITS | ends | {"sensor": "1", "value": "ppm", "std": "ppm"})
    assert readings(kind="path", samples=both).kind == "path"
    with pytest.raises(RecordError, match="kind 'path'"):
        readings(kind="path")
    with pytest.raises(RecordError, match="kind 'point'"):
        readings(samples=both)


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_field_of_arrays_has_a_layout_and_stands_at_the_top(kind: type[Record]) -> None:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    fields = {f.name for f in described.fields if isinstance(f.type, inspect.CustomType)}
    assert fields == set(kind.LAYOUT)
    assert str(described).count("Arrays") == len(fields)
