"""What does a record in a ledger say, whichever schema it was written in.

A record of the present schema is read as its class. One of an older schema is checked by what
never changes: canonical JSON, the id that hashes it, its parents, and its arrays' descriptions.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from sillage.errors import RecordError
from sillage.records.arrays import Arrays
from sillage.records.base import SCHEMA, Record, arrays_of
from sillage.records.catalogue import RECORDS, decode

_DESCRIPTION = {"sha256", "sizes", "variables"}
_KEEPING = {kind.__name__ for kind in RECORDS if kind.keeps_arrays}


class Said(NamedTuple):
    """What verification asks of a record."""

    id: str
    type: str
    parents: tuple[str, ...]
    kept: tuple[Arrays, ...]
    """Arrays whose bytes the ledger keeps."""
    record: Record | None
    """The record, where it is of the present schema."""


def said_by(content: bytes) -> Said:
    """Read canonical bytes of any schema up to the present one.

    Raises
    ------
    RecordError
        They are no canonical record, or do not hash to the id that they carry.
    """
    try:
        record = decode(content)
    except RecordError:
        if (older := _older(content)) is None:
            raise
        return _of_older(older, content)
    kept = tuple(arrays_of(record)) if record.keeps_arrays else ()
    return Said(record.id, type(record).__name__, record.parents, kept, record)


def _older(content: bytes) -> dict[str, Any] | None:
    """The fields of a record of an older schema."""
    try:
        fields = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    schema = fields.get("schema")
    return fields if isinstance(schema, int) and 0 < schema < SCHEMA else None


def _of_older(fields: dict[str, Any], content: bytes) -> Said:
    kind, record_id, parents = (fields.get(name) for name in ("type", "id", "parents"))
    if not isinstance(kind, str) or not isinstance(record_id, str) or not isinstance(parents, list):
        raise RecordError("type, id and parents are not those of a record")
    if msgspec.json.encode(fields, order="sorted") != content:
        raise RecordError(f"{kind} {record_id[:12]}: the bytes are not in canonical form")
    said = {name: value for name, value in fields.items() if name not in {"id", "made_at"}}
    digest = sha256(msgspec.json.encode(said, order="sorted")).hexdigest()
    if digest != record_id:
        raise RecordError(
            f"{kind} {record_id[:12]}: the content hashes to {digest[:12]}; it was changed"
        )
    described = (v for v in fields.values() if isinstance(v, dict) and set(v) == _DESCRIPTION)
    try:
        kept = tuple(map(Arrays.detached, described)) if kind in _KEEPING else ()
    except msgspec.ValidationError as error:
        raise RecordError(f"{kind} {record_id[:12]}: its arrays: {error}") from None
    return Said(record_id, kind, tuple(map(str, parents)), kept, None)
