"""What is a record once it is ready to be written: its bytes, its leaf hash, and what it needs.

The entry of the log is the SHA-256 of the record's canonical bytes, and the leaf hash is RFC
6962's over those 32 bytes: so tiles and entry bundles can be handed on without what records say,
and fit C2SP tlog-tiles, whose entries hold at most 65,535 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from sillage.ledger.merkle import leaf_hash
from sillage.records.base import Record, arrays_of, canonical


class Sealed(NamedTuple):
    """A record as the ledger writes it."""

    id: bytes
    type: str
    content: bytes
    """Canonical bytes."""
    leaf: bytes
    parents: tuple[bytes, ...]
    arrays: tuple[tuple[str, bytes], ...]
    """Hash and bytes of each array that is kept."""


def seal(record: Record) -> Sealed:
    """Make a record ready to be written; this is most of the work, and any thread can do it.

    Raises
    ------
    RecordError
        The arrays of the record are to be kept, but it comes without their values.
    """
    content = canonical(record)
    kept: Iterable[tuple[str, bytes]] = ()
    if record.keeps_arrays:
        kept = ((arrays.sha256, arrays.to_bytes()) for arrays in arrays_of(record))
    return Sealed(
        bytes.fromhex(record.id),
        type(record).__name__,
        content,
        leaf_of(content),
        tuple(map(bytes.fromhex, record.parents)),
        tuple(kept),
    )


def entry_of(content: bytes) -> bytes:
    """The log's entry for canonical bytes."""
    return sha256(content).digest()


def leaf_of(content: bytes) -> bytes:
    """The leaf hash for canonical bytes."""
    return leaf_hash(sha256(content).digest())
