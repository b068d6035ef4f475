"""A record's bytes and id depend on what it says, and on nothing else."""

from __future__ import annotations

import copy
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect
from record_strategies import fields_of, records, records_of, respelt

from sillage.errors import RecordError
from sillage.records.base import Interval, Record, canonical, encode_extra
from sillage.records.catalogue import RECORDS, decode
from sillage.records.link import Link
from sillage.records.place import Area, Place
from sillage.records.review import Review

NOON = datetime(2026, 5, 9, 12, tzinfo=UTC)
pytestmark = pytest.mark.filterwarnings(
    "ignore:Do not use the `random` module"  # the shape checker draws the items it looks at
)
KINDS = pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)


def review(**changed: Any) -> Review:
    fields: dict[str, Any] = {
        "observed_at": Interval(start=NOON, end=NOON),
        "made_at": NOON,
        "of": "ab" * 32,
        "reviewer": "r-17",
        "verdict": "confirmed",
        "because": "the plume follows the wind",
        "confidence": 0.75,
        "blind": True,
        "evidence": (),
    }
    return Review(**(fields | changed))


def spelling(record: Record, field: str) -> bytes:
    return msgspec.json.encode(getattr(record, field), enc_hook=encode_extra, order="sorted")


@KINDS
@settings(max_examples=12)
@given(data=st.data())
def test_decoding_undoes_encoding(kind: type[Record], data: st.DataObject) -> None:
    record = data.draw(records_of(kind))
    content = canonical(record)
    again = decode(content)
    assert again == record
    assert type(again) is kind
    assert canonical(again) == content


@KINDS
@settings(max_examples=12)
@given(data=st.data())
def test_the_id_does_not_depend_on_how_a_value_was_spelt(
    kind: type[Record], data: st.DataObject
) -> None:
    fields = data.draw(fields_of(kind))
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    types = {field.name: field.type for field in described.fields}
    other = {name: respelt(value, types[name]) for name, value in fields.items()}
    assert canonical(kind(**other)) == canonical(kind(**fields))


@KINDS
@settings(max_examples=12)
@given(data=st.data())
def test_any_other_value_of_any_field_gives_another_id(
    kind: type[Record], data: st.DataObject
) -> None:
    one, other = data.draw(records_of(kind)), data.draw(records_of(kind))
    for name in set(kind.__struct_fields__) - {"id", "made_at"}:
        try:
            changed = msgspec.structs.replace(one, id="", **{name: getattr(other, name)})
        except RecordError:
            continue  # the other value does not go with the rest
        assert (changed.id == one.id) == (spelling(changed, name) == spelling(one, name))


@settings(max_examples=30)
@given(record=records())
def test_a_copy_is_the_same_record(record: Record) -> None:
    assert canonical(copy.deepcopy(record)) == canonical(record)


@given(record=records(), at=st.datetimes(timezones=st.just(UTC)))
def test_when_it_was_made_is_no_part_of_the_identity(record: Record, at: datetime) -> None:
    assert msgspec.structs.replace(record, made_at=at).id == record.id


def test_the_bytes_are_these_and_stay_so() -> None:
    """The decision record 0003 fixes them; a change here breaks every ledger that exists."""
    assert canonical(review(confidence=1)) == (
        b'{"because":"the plume follows the wind","blind":true,"confidence":1.0,"evidence":[],'
        b'"id":"09de8d0cc01836cfc8aa605f3d3995c0fc7fe9f8a5e4078731c271b52aad0565",'
        b'"made_at":"2026-05-09T12:00:00Z",'
        b'"observed_at":{"end":"2026-05-09T12:00:00Z","start":"2026-05-09T12:00:00Z"},'
        b'"of":"abababababababababababababababababababababababababababababababab",'
        b'"parents":[],"replaces":null,"reviewer":"r-17","schema":2,"type":"Review",'
        b'"verdict":"confirmed"}'
    )


def test_a_record_does_not_change() -> None:
    record = review()
    with pytest.raises(AttributeError):
        record.verdict = "rejected"  # type: ignore[misc]  # the point of the test
    link = Link(
        observed_at=record.observed_at,
        sites=("ab" * 32, "cd" * 32),
        log_likelihood_ratio=1,
        log_likelihood_ratio_std=0.5,
        features=(),
        reference="none",
        method="none",
        settings={"pairs": 40},
    )
    for change in ("clear", "popitem"):
        with pytest.raises(TypeError, match="frozen"):
            getattr(link.settings, change)()
    with pytest.raises(TypeError, match="frozen"):
        link.settings["pairs"] = 41


@pytest.mark.parametrize("parents", [("ab",), ("AB" * 32,), ("ab" * 32 + "\n",)])
def test_a_parent_is_an_id(parents: tuple[str, ...]) -> None:
    with pytest.raises(RecordError, match=r"Review\.parents\[0\]"):
        review(parents=parents)


def test_parents_are_part_of_the_identity() -> None:
    assert review(parents=("cd" * 32,)).id != review().id


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, np.float32("nan")])
def test_no_number_means_none(wrong: float) -> None:
    with pytest.raises(RecordError, match=r"Review\.confidence: (nan|inf|-inf) is no value"):
        review(confidence=wrong)
    with pytest.raises(RecordError, match=r"Area\.ring\[1\]\[0\]"):
        Area(ring=((0.0, 0.0), (wrong, 0.0), (1.0, 1.0)))


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("confidence", 1.5),
        ("confidence", "0.5"),
        ("confidence", 10**400),
        ("confidence", True),
        ("blind", 1),
        ("because", ""),
        ("because", "\ud800"),
        ("because", 3),
        ("verdict", "maybe"),
        ("reviewer", "Jane Doe"),
        ("evidence", "ab" * 32),
        ("observed_at", NOON),
        ("made_at", datetime(2026, 5, 9, 12)),  # noqa: DTZ001 - naive on purpose
        ("made_at", np.datetime64("2026-05-09T12:00")),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(field: str, wrong: object) -> None:
    with pytest.raises(RecordError, match=rf"Review\.{field}"):
        review(**{field: wrong})


def test_minus_zero_is_zero() -> None:
    assert str(Place(lon=-0.0, lat=0, height_m=-0.0)) == "Place(lon=0.0, lat=0.0, height_m=0.0)"


def test_a_time_finer_than_a_microsecond_is_cut_and_plain() -> None:
    class Nanoseconds(datetime):
        nanosecond = 7

    fine = Nanoseconds(2026, 5, 9, 14, tzinfo=UTC)
    kept = review(made_at=fine + timedelta(microseconds=1)).made_at
    assert type(kept) is datetime
    assert kept.microsecond == 1


def test_an_interval_does_not_end_before_it_starts() -> None:
    with pytest.raises(RecordError, match="before start"):
        Interval(start=NOON, end=NOON - timedelta(microseconds=1))
    assert Interval(start=NOON, end=NOON).start == NOON


@given(record=records(), data=st.data())
def test_changed_bytes_are_refused(record: Record, data: st.DataObject) -> None:
    content = bytearray(canonical(record))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    made_at = content.index(b'"made_at":"') if b'"made_at":"' in content else -99
    try:
        changed = decode(bytes(content))
    except RecordError:
        return
    assert changed.id == record.id
    assert made_at + 11 <= place < made_at + 11 + 32


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"),
        (b"{}", "type"),
        (b"[]", "array"),
        (b"\xff\xfe", "not JSON"),
        (b'{"type":"Suspicion"}', "Suspicion"),
        (b"[" * 100_000, "record"),
        (canonical(review()).replace(b'"blind":', b'"blond":1,"blind":'), "blond"),
        (canonical(review()).replace(b'"blind":', b' "blind":'), "canonical form"),
        (canonical(review()).replace(b"0.75", b"0.5"), "hashes to"),
        (canonical(review()).replace(b'"schema":2', b'"schema":1'), "schema"),
        (canonical(review()).replace(b"12:00:00Z", b"12:00:00"), "made_at"),
    ],
)
def test_what_is_no_record_is_refused_with_the_reason(content: bytes, why: str) -> None:
    with pytest.raises(RecordError, match=why):
        decode(content)
