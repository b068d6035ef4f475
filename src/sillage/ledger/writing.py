"""How do records become durable: many in one transaction with one sync, each whole or not at all.

A *submission* is what one caller hands over at once. Those of one group share the transaction; a
submission that names an unknown parent is refused by itself, and the others are written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sillage.errors import LedgerError
from sillage.ledger.head import Head
from sillage.ledger.names import Names
from sillage.ledger.nodes import frontier_of, grow
from sillage.ledger.sealed import Sealed
from sillage.ledger.store import DAMAGE, insert

Submission = Sequence[Sealed]


class Entry(NamedTuple):
    """A record's place in the ledger; the record is durable when its entry is returned."""

    position: int
    id: str
    type: str


class Writer:
    """The one that writes an open ledger."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._current = False
        self._load()

    @property
    def head(self) -> Head:
        """Count of entries and their root."""
        self._be_current()
        return Head(self._frontier.size, self._frontier.root.hex())

    @property
    def names(self) -> Names:
        """Positions by id."""
        self._be_current()
        return self._names

    def write(self, submissions: Sequence[Submission]) -> list[tuple[Entry, ...] | LedgerError]:
        """Write a group in one transaction with one sync; gives entries, or why not, for each.

        Raises
        ------
        LedgerError
            Nothing of the group was written; the ledger ends where it ended before.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            if not self._current or size_of(self._connection) != self._frontier.size:
                self._load()
            self._current = False
            answers = self._write(submissions)
            self._connection.execute("COMMIT")
            self._current = True
        except (*DAMAGE, OverflowError) as error:
            self._undo()
            count = sum(map(len, submissions))
            raise LedgerError(
                f"{self._path}: {count} records were not written: {error}. "
                "What was there before is whole; mend the cause and append them again."
            ) from error
        except BaseException:
            self._undo()
            raise
        return answers

    def finish(self) -> None:
        """File all names, so that a closed ledger is found in by its index alone."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._be_current()
            self._names.file_all()
            self._connection.execute("COMMIT")
        except DAMAGE:  # what is not filed is read from the entries when it is opened again
            self._undo()

    def _be_current(self) -> None:
        """Read again what a failed write left behind."""
        if not self._current:
            self._load()

    def _load(self) -> None:
        size = size_of(self._connection)
        self._frontier = frontier_of(self._connection, size)
        self._names = Names(self._connection)
        self._current = True

    def _undo(self) -> None:
        self._current = False
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except DAMAGE:  # SQLite rolls back by itself what cannot be ended
            return

    def _write(self, submissions: Sequence[Submission]) -> list[tuple[Entry, ...] | LedgerError]:
        asked = {one.id for submission in submissions for one in submission}
        asked.update(p for submission in submissions for one in submission for p in one.parents)
        known = self._names.find(asked)
        position = self._frontier.size
        answers: list[tuple[Entry, ...] | LedgerError] = []
        fresh: list[tuple[int, Sealed]] = []
        for submission in submissions:
            try:
                here = self._places(submission, known, position)
            except LedgerError as error:
                answers.append(error)
                continue
            known.update(here)
            position += len(here)
            fresh += [(here.pop(one.id), one) for one in submission if one.id in here]
            answers.append(
                tuple(Entry(known[one.id], one.id.hex(), one.type) for one in submission)
            )
        self._insert(fresh)
        return answers

    def _places(
        self, submission: Submission, known: Mapping[bytes, int], position: int
    ) -> dict[bytes, int]:
        """Positions of the new records of a submission, in its order."""
        here: dict[bytes, int] = {}
        for one in submission:
            for parent in one.parents:
                if parent not in known and parent not in here:
                    raise LedgerError(
                        f"{self._path}: {one.type} {one.id.hex()[:12]} names the parent "
                        f"{parent.hex()[:12]}, which is not here; append parents first"
                    )
            if one.id not in known and one.id not in here:
                here[one.id] = position + len(here)
        return here

    def _insert(self, fresh: Sequence[tuple[int, Sealed]]) -> None:
        insert(
            self._connection,
            "entries",
            ((at, one.id, one.type, one.content, one.leaf) for at, one in fresh),
        )
        insert(self._connection, "nodes", grow(self._frontier, (one.leaf for _, one in fresh)))
        self._keep(array for _, one in fresh for array in one.arrays)
        self._names.add({one.id: at for at, one in fresh})

    def _keep(self, arrays: Iterable[tuple[str, bytes]]) -> None:
        for sha256, content in arrays:
            known = "SELECT 1 FROM contents WHERE sha256 = ?"
            if self._connection.execute(known, (sha256,)).fetchone() is None:
                self._connection.execute("INSERT INTO contents VALUES (?, ?)", (sha256, content))


def size_of(connection: sqlite3.Connection) -> int:
    """How many entries there are."""
    ((last,),) = connection.execute("SELECT max(position) FROM entries")
    return 0 if last is None else int(last) + 1
