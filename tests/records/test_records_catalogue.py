"""The catalogue holds every record, tells others what each looks like, and no person is in it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from record_strategies import records

import sillage.records
from sillage.records.base import Record, canonical
from sillage.records.catalogue import RECORDS, json_schema

SCHEMA = json_schema()
PERSON = re.compile(
    r"(?:^|_)(?:person|people|human|suspect|target|weapon|strike|engage|face|plate|vehicle|phone|imei|imsi"
    r"|mac|email|mail|address|passport|birth|gender|sex|ethnic|biometric|voice|gait|owner|driver"
    r"|first_name|last_name|surname|user)"
)
ACCOUNTS = {
    ("Case", "assigned_to"),
    ("Step", "by"),
    ("Review", "reviewer"),
    ("Release", "recipient"),
    ("Release", "released_by"),
    ("Access", "account"),
}


def properties() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, definition in SCHEMA["$defs"].items():
        for field, described in definition.get("properties", {}).items():
            yield name, field, described


def references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, (list, tuple)):
        for value in schema:
            yield from references(value)


def test_every_record_of_the_package_is_in_the_catalogue() -> None:
    for module in pkgutil.iter_modules(sillage.records.__path__):
        importlib.import_module(f"sillage.records.{module.name}")
    ours = {kind for kind in Record.__subclasses__() if kind.__module__.startswith("sillage.")}
    assert ours == set(RECORDS)
    assert len({kind.__name__ for kind in RECORDS}) == len(RECORDS)


def test_no_field_can_hold_an_observed_person_or_a_target() -> None:
    """First principle of the house: chemicals and sites, never people."""
    assert not [(name, field) for name, field, _ in properties() if PERSON.search(field)]


def test_accounts_appear_only_where_someone_decided_or_read() -> None:
    pattern = "[a-z0-9][a-z0-9._-]{1,63}"
    assert {(name, field) for name, field, of in properties() if pattern in str(of)} == ACCOUNTS


def test_the_schema_refers_only_to_what_it_defines() -> None:
    assert {ref.removeprefix("#/$defs/") for ref in references(SCHEMA)} <= set(SCHEMA["$defs"])
    assert [ref["$ref"] for ref in SCHEMA["oneOf"]] == [f"#/$defs/{k.__name__}" for k in RECORDS]
    assert msgspec.json.decode(msgspec.json.encode(SCHEMA))


@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
@given(record=records())
def test_canonical_bytes_hold_the_fields_of_the_schema_and_no_others(record: Record) -> None:
    definition = SCHEMA["$defs"][type(record).__name__]
    fields = msgspec.json.decode(canonical(record))
    assert set(fields) == set(definition["properties"]) == set(definition["required"])
    assert not definition["additionalProperties"]
    assert list(fields) == sorted(fields)


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_record_says_what_it_is(kind: type[Record]) -> None:
    assert kind.__doc__
    assert SCHEMA["$defs"][kind.__name__]["description"]
