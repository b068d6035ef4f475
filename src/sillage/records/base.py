"""What is every record made of: an identity, its parents, and two clocks.

A record is frozen. Its `id` is the SHA-256 of its canonical bytes without `id` and `made_at`,
so the same input gives the same id on any machine; a record read back whose id does not fit
its content is refused. The bytes are fixed by docs/decisions/0003-canonical-bytes.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from sillage.errors import RecordError
from sillage.records.arrays import Arrays
from sillage.records.fields import settle
from sillage.records.layout import Layout, check_layout

UtcTime = Annotated[datetime, msgspec.Meta(tz=True)]
"""An aware time; records store it in UTC to the microsecond."""

Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
"""A hash, in lower-case hexadecimal."""

RecordId = Sha256
"""The id of a record: the SHA-256 of its canonical bytes without `id` and `made_at`."""

SCHEMA: Literal[2] = 2
"""Number of the present shape of the records; it rises when a field is added or changes."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value inside a record: it has no identity of its own."""

    def __post_init__(self) -> None:
        """Refuse what canonical bytes cannot hold."""
        settle(self)


class Interval(Part, frozen=True, kw_only=True):
    """A stretch of time, both ends included; an instant has equal ends."""

    start: UtcTime
    end: UtcTime

    def __post_init__(self) -> None:
        """Refuse an interval that ends before it starts."""
        settle(self)
        if self.end < self.start:
            raise RecordError(
                f"Interval: end {self.end.isoformat()} is before start {self.start.isoformat()}"
            )


class Record(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag=True,
    tag_field="type",
    forbid_unknown_fields=True,
):
    """A fact that is kept: what it says, what it was made from, and when."""

    keeps_arrays: ClassVar[bool] = False
    """Whether the ledger keeps the arrays' bytes beside the record (else only their hash)."""
    LAYOUT: ClassVar[Mapping[str, Layout]] = {}
    """Names, dimensions and units of the arrays in each field that holds some."""

    observed_at: Interval
    """When it happened."""
    parents: tuple[RecordId, ...] = ()
    """Ids of the records this one was made from."""
    made_at: UtcTime = msgspec.field(default_factory=lambda: datetime.now(UTC))
    """When this record was made; not part of the identity."""
    schema: Literal[2] = SCHEMA
    id: str = ""
    """Left empty by whoever makes the record; filled from the content."""

    def __post_init__(self) -> None:
        """Check the fields and give, or check, the id."""
        settle(self)
        check_layout(self, self.LAYOUT)
        digest = hashlib.sha256(canonical(self, identity=True)).hexdigest()
        if not self.id:
            msgspec.structs.force_setattr(self, "id", digest)
        elif self.id != digest:
            raise RecordError(
                f"{type(self).__name__} {self.id[:12]}: the content hashes to {digest[:12]}; "
                "it was changed after it was made, take it from its source again"
            )


def canonical(record: Record, *, identity: bool = False) -> bytes:
    """Canonical bytes of a record: one UTF-8 JSON object, keys sorted, no spaces.

    Parameters
    ----------
    record
        Any record.
    identity
        Leave out `id` and `made_at`: the bytes that the id is the SHA-256 of.
    """
    if not identity:
        return _ENCODER.encode(record)
    fields = {name: getattr(record, name) for name in record.__struct_fields__}
    del fields["id"], fields["made_at"]
    fields["type"] = type(record).__name__
    return _ENCODER.encode(fields)


def arrays_of(record: Record) -> Iterator[Arrays]:
    """The arrays a record refers to, in field order."""
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if isinstance(value, Arrays):
            yield value


def encode_extra(value: object) -> Any:
    """Encode what msgspec does not know: arrays go out as their description and hash."""
    if isinstance(value, Arrays):
        return value.description()
    raise NotImplementedError(f"no canonical form for {type(value).__name__}")


def decode_extra(kind: type, value: Any) -> Any:
    """Decode what msgspec does not know: arrays come in detached, known by their hash."""
    if kind is Arrays:
        return Arrays.detached(value)
    raise NotImplementedError(f"no canonical form for {kind.__name__}")


_ENCODER = msgspec.json.Encoder(order="sorted", enc_hook=encode_extra)
