"""Which records can there be: a hypothesis strategy for each kind, from its own annotations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import numpy as np
from hypothesis import strategies as st
from msgspec import inspect

from sillage.records.arrays import Arrays
from sillage.records.base import Interval, Record
from sillage.records.case import Case
from sillage.records.catalogue import RECORDS
from sillage.records.detection import Detection
from sillage.records.fence import Fence
from sillage.records.layout import Layout
from sillage.records.readings import Readings
from sillage.records.site import Site
from sillage.records.source_estimate import SourceEstimate

Fields = dict[str, Any]

HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)
TIMES = st.datetimes(datetime(1000, 1, 2), datetime(9998, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
CODES = st.from_regex(r"[a-z0-9][a-z0-9._-]{1,63}", fullmatch=True)
CAPITAL_CODES = st.from_regex(r"[A-Z0-9]+(-[A-Z0-9]+)*", fullmatch=True)
VERIFIER_KEY = r"^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$"
PATTERNS = {
    "^[0-9a-f]{64}$": HASHES,
    "^[a-z0-9][a-z0-9._-]{1,63}$": CODES,
    "^[A-Z0-9]+(-[A-Z0-9]+)*$": CAPITAL_CODES,
    VERIFIER_KEY: st.from_regex(
        r"[A-Za-z0-9/.-]{1,20}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}", fullmatch=True
    ),
}


def records() -> st.SearchStrategy[Record]:
    """Any record of any kind."""
    return st.sampled_from(RECORDS).flatmap(records_of)


def records_of(kind: type[Record]) -> st.SearchStrategy[Record]:
    """Any record of one kind."""
    return fields_of(kind).map(lambda fields: kind(**fields))


def fields_of(kind: type[msgspec.Struct]) -> st.SearchStrategy[Fields]:
    """Arguments that make a struct of one kind."""
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    layouts = getattr(kind, "LAYOUT", {})
    drawn = {
        field.name: arrays(layouts[field.name]) if field.name in layouts else values(field.type)
        for field in described.fields
        if field.name not in {"id", "schema"}
    }
    return st.fixed_dictionaries(drawn).map(LAWS.get(kind, _as_drawn))


def values(kind: inspect.Type) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911 - a line for each kind
    """Values that a field of this kind takes."""
    match kind:
        case inspect.Metadata():
            return values(kind.type)
        case inspect.FloatType():
            return st.floats(kind.ge, kind.le, allow_nan=False, allow_infinity=False)
        case inspect.IntType():
            return st.integers(
                -(2**53) + 1 if kind.ge is None else kind.ge,
                2**53 - 1 if kind.le is None else kind.le,
            )
        case inspect.StrType(pattern=str(pattern)):
            return PATTERNS[pattern]
        case inspect.StrType():
            return st.text(st.characters(exclude_categories=["Cs"]), min_size=kind.min_length or 0)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.DateTimeType():
            return TIMES
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.VarTupleType():
            fewest = kind.min_length or 0
            return st.lists(values(kind.item_type), min_size=fewest, max_size=fewest + 2).map(tuple)
        case inspect.TupleType():
            return st.tuples(*map(values, kind.item_types))
        case inspect.DictType():
            return st.dictionaries(values(kind.key_type), values(kind.value_type), max_size=3)
        case inspect.UnionType():
            return st.one_of(*map(values, kind.types))
        case inspect.StructType():
            return fields_of(kind.cls).map(lambda fields: kind.cls(**fields))
    raise AssertionError(kind)


def arrays(layout: Layout, unit: str = "ppm") -> st.SearchStrategy[Arrays]:
    """Small arrays of a declared layout, its optional columns left out."""
    columns = {name: column for name, column in layout.items() if not column.optional}

    def filled(seed: int) -> Arrays:
        rng = np.random.default_rng(seed)
        return Arrays(
            {
                name: rng.integers(0, 10**18, (2,) * len(column.dims))
                if column.unit == "ns"
                else rng.normal(size=(2,) * len(column.dims))
                for name, column in columns.items()
            },
            dims={name: column.dims for name, column in columns.items()},
            units={name: column.unit.replace("{unit}", unit) for name, column in columns.items()},
        )

    return st.integers(0, 5).map(filled)


def respelt(value: Any, kind: inspect.Type) -> Any:  # noqa: PLR0911 - a line for each kind
    """The same value as a careless caller may give it: other number types, zones, containers."""
    match kind:
        case inspect.Metadata():
            return respelt(value, kind.type)
        case inspect.FloatType() if float(value).is_integer() and abs(value) < 2**53:
            return int(value) if value % 2 else np.int64(value)
        case inspect.FloatType():
            return np.float64(value)
        case inspect.IntType():
            return np.int64(value)
        case inspect.BoolType():
            return np.bool_(value)
        case inspect.StrType():
            return np.str_(value) if not value.endswith("\0") else value
        case inspect.DateTimeType():
            return value.astimezone(timezone(timedelta(hours=5, minutes=30)))
        case inspect.VarTupleType():
            return [respelt(item, kind.item_type) for item in value]
        case inspect.TupleType():
            return [respelt(item, of) for item, of in zip(value, kind.item_types, strict=True)]
        case inspect.UnionType(types=(of, inspect.NoneType())) if value is not None:
            return respelt(value, of)
    return value


def _as_drawn(fields: Fields) -> Fields:
    return fields


def _in_order(first: str, second: str) -> Callable[[Fields], Fields]:
    def ordered(fields: Fields) -> Fields:
        low, high = sorted((fields[first], fields[second]))
        return fields | {first: low, second: high}

    return ordered


def _adding_up(fields: Fields) -> Fields:
    share = 1 / len(fields["candidates"])
    return fields | {
        "candidates": tuple(
            msgspec.structs.replace(candidate, probability=share)
            for candidate in fields["candidates"]
        )
    }


def _told_in_order(fields: Fields) -> Fields:
    steps = tuple(sorted(fields["steps"], key=lambda step: step.at))
    outcome = "gone" if steps[-1].stage == "closed" else None
    return fields | {"steps": steps, "outcome": outcome}


def _points(fields: Fields) -> Fields:
    return fields | {"kind": "point", "unit": "ppm"}


def _one_source_a_row(fields: Fields) -> Fields:
    return fields | {"sources": (*fields["sources"], *fields["sources"])[:2]}


LAWS: dict[type, Callable[[Fields], Fields]] = {
    Interval: _in_order("start", "end"),
    Site: _in_order("first_seen", "last_seen"),
    Fence: _in_order("floor_m", "ceiling_m"),
    Detection: _adding_up,
    Case: _told_in_order,
    Readings: _points,
    SourceEstimate: _one_source_a_row,
}
"""What a record asks of several fields together."""
