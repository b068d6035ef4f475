"""At which position is a record, by its id; and how is that filed without slowing the writer.

Ids are hashes: put straight into an index, each new one changes another page of it, and a commit
of a thousand records syncs megabytes. So new ids are known in memory first. Of each `BATCH` of
them the index takes, at every commit, the next few *in the order of the index*: they fall on
neighbouring pages. `filing` says how far that is; on opening, the rest is read from the entries.

The index holds the first 8 bytes of an id, and the entry is asked for the others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec
import numpy as np

from sillage.errors import LedgerError
from sillage.ledger.store import insert

BATCH = 65_536
"""Ids that are sorted and filed together."""

PACE = 2
"""Ids filed for each new one, while a batch is being filed."""

ID_BYTES = 32
"""Length of an id: SHA-256."""


class Names:
    """Positions by id, of all entries of an open ledger."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        row = connection.execute("SELECT first, last, filed FROM filing").fetchone()
        self._first, self._last, self._filed = row
        self._batch: dict[bytes, int] = {}
        self._recent: dict[bytes, int] = {}
        self._size = self._first
        self._order: list[tuple[int, int]] = []
        self.follow()
        if self._last > self._first:
            self._begin()

    def follow(self) -> None:
        """Learn the ids of entries that another writer added since."""
        if self._size < self._last:
            self._batch.update(self._ids(self._size, self._last))
            self._size = self._last
        fresh = self._ids(self._size, None)
        self._recent.update(fresh)
        self._size += len(fresh)

    @property
    def outgrown(self) -> bool:
        """Whether a reader followed for so long that it is better off with the index."""
        return len(self._recent) + len(self._batch) > 3 * BATCH

    def find(self, ids: Iterable[bytes]) -> dict[bytes, int]:
        """Positions of those ids that are in the ledger."""
        found: dict[bytes, int] = {}
        unknown: list[bytes] = []
        for one in ids:
            position = self._recent.get(one, self._batch.get(one))
            if position is None:
                unknown.append(one)
            else:
                found[one] = position
        if unknown and self._first + self._filed:
            prefixes = msgspec.json.encode([_prefix(one) for one in unknown]).decode()
            rows = self._connection.execute(
                "SELECT entries.id, entries.position FROM json_each(?) AS asked"
                " CROSS JOIN names ON names.prefix = asked.value"
                " CROSS JOIN entries ON entries.position = names.position",
                (prefixes,),
            )
            asked = set(unknown)
            found.update((one, position) for one, position in rows if one in asked)
        return found

    def add(self, fresh: dict[bytes, int]) -> None:
        """Know new entries, inside the transaction that writes them, and file a few older ones."""
        self._recent.update(fresh)
        self._size += len(fresh)
        if not self._order and len(self._recent) >= BATCH:
            self._turn()
        if self._order:
            self._file(PACE * len(fresh) + 1)

    def file_all(self) -> None:
        """File every id, inside a transaction; a closed ledger is found in by its index alone."""
        self._file(len(self._order))
        if self._recent:
            self._turn()
            self._file(len(self._order))

    def _ids(self, first: int, end: int | None) -> dict[bytes, int]:
        query = (
            "SELECT id, position FROM entries WHERE position >= ? AND position < ?"
            " ORDER BY position"
        )
        last = end if end is not None else 1 << 62
        return dict(self._connection.execute(query, (first, last)).fetchall())

    def _turn(self) -> None:
        """Make the recent ids the batch that is filed."""
        self._batch, self._recent = self._recent, {}
        self._last = self._first + len(self._batch)
        self._filed = 0
        self._begin()

    def _begin(self) -> None:
        joined = b"".join(self._batch)
        if len(joined) != ID_BYTES * (self._last - self._first):
            raise LedgerError("ids of entries were changed; run 'sillage verify' on it")
        ids = np.frombuffer(joined, dtype=">i8")[:: ID_BYTES // 8]
        order = np.argsort(ids, kind="stable")[self._filed :]
        positions = self._first + order
        self._order = list(zip(ids[order].tolist(), positions.tolist(), strict=True))
        self._order.reverse()  # taken from the end

    def _file(self, count: int) -> None:
        next_ones = [self._order.pop() for _ in range(min(count, len(self._order)))]
        if not next_ones:
            return
        insert(self._connection, "names", next_ones)
        self._filed += len(next_ones)
        if not self._order:
            self._first, self._filed = self._last, 0
            self._batch = {}
        self._connection.execute(
            "UPDATE filing SET first = ?, last = ?, filed = ?",
            (self._first, self._last, self._filed),
        )


def _prefix(record_id: bytes) -> int:
    return int.from_bytes(record_id[:8], "big", signed=True)
