"""What is checked in a ledger of any layout: tables, pages, every record and every array."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from sillage.errors import InputError, RecordError
from sillage.ledger.checkpoints import Period, key_of
from sillage.ledger.findings import Finding
from sillage.ledger.head import Head
from sillage.ledger.reading import Said, said_by
from sillage.ledger.store import DAMAGE, alterations
from sillage.records.arrays import Arrays
from sillage.records.signing_key import SigningKey


class Audit:
    """One pass over a ledger: what was seen so far, and what was wrong.

    Parameters
    ----------
    connection
        To the ledger.
    counts
        Numbers of entries at which a head is asked for.
    """

    def __init__(self, connection: sqlite3.Connection, counts: Iterable[int] = ()) -> None:
        self.connection = connection
        self.counts = frozenset(counts)
        self.heads: dict[int, set[Head]] = {}
        """Every head that a ledger of such a count may have been given."""
        self.findings: list[Finding] = []
        self.periods: list[Period] = []
        self.position = 0
        self.entry_count = 0
        self.seen: set[str] = set()
        self.kept: set[str] = set()
        self.named: set[str] = set()

    @property
    def head(self) -> Head:
        """Of all entries so far."""
        raise NotImplementedError

    def entries(self) -> None:
        """Go through all entries."""
        raise NotImplementedError

    def run(self) -> None:
        """Check everything."""
        for check in (self.layout, self.pages, self.entries, self.contents):
            try:
                check()
            except DAMAGE as error:
                self.note(f"the file is damaged after entry {self.position - 1}: {error}")

    def note(self, problem: str, **where: Any) -> None:
        """Remember something that is wrong."""
        self.findings.append(Finding(problem=problem, **where))

    def layout(self) -> None:
        """Tables, indexes and triggers are as they were laid out."""
        for alteration in alterations(self.connection):
            self.note(f"layout: {alteration}")

    def pages(self) -> None:
        """SQLite finds its own pages whole."""
        for (line,) in self.connection.execute("PRAGMA integrity_check"):
            if line != "ok":
                self.note(f"the file is damaged: {line}")

    def contents(self) -> None:
        """No array is there that no record names."""
        rows = self.connection.execute("SELECT sha256 FROM contents ORDER BY sha256")
        self.kept = {str(sha256) for (sha256,) in rows}
        for sha256 in sorted(self.kept - self.named):
            self.note(f"arrays {sha256[:12]!a} were put in: no record names them")

    def compare(self, expected: Head | None) -> None:
        """With a head that was kept elsewhere; its count is one of `counts`."""
        if expected is None:
            return
        if self.entry_count < expected.count:
            missing = expected.count - self.entry_count
            self.note(f"{missing} entries are missing: {expected.count} were expected at least")
            return
        found = self.heads.get(expected.count, set())
        if expected not in found:
            told = " or ".join(sorted(one.root[:12] for one in found)) or "something else"
            self.note(
                f"the first {expected.count} entries are not those of the expected head: "
                f"they have {told}, expected {expected.root[:12]}"
            )

    def step(self, position: int) -> None:
        """Before an entry: is it the next one?"""
        if position == self.position:
            return
        if position < self.position:
            self.note("was put in: entries count from 0", position=position)
        else:
            last = position - 1
            several = f"entries up to {last} are missing" if last > self.position else "is missing"
            self.note(several, position=self.position)

    def advance(self, position: int, record_id: str) -> None:
        """After an entry."""
        self.seen.add(record_id)
        self.position = max(self.position, position + 1)
        self.entry_count += 1

    def said(self, content: bytes, where: dict[str, Any]) -> Iterator[str]:
        """What is wrong with a record."""
        try:
            said = said_by(content)
        except RecordError as error:
            yield f"it cannot be read: {error}"
            return
        if said.id != where["id"]:
            yield f"its bytes are those of the record {said.id[:12]}"
        if said.type != where["type"]:
            yield f"its bytes are those of a {said.type}"
        if said.id in self.seen:
            yield "it is here twice"
        for parent in said.parents:
            if parent not in self.seen:
                yield f"its parent {parent[:12]} is not before it"
        for arrays in said.kept:
            yield from self._arrays(arrays)
        yield from self._key(said, where["position"])

    def _arrays(self, arrays: Arrays) -> Iterator[str]:
        self.named.add(arrays.sha256)
        row = self.connection.execute(
            "SELECT bytes FROM contents WHERE sha256 = ?", (arrays.sha256,)
        ).fetchone()
        if row is None:
            yield f"its arrays {arrays.sha256[:12]} are missing"
            return
        try:
            arrays.attach(row[0] if isinstance(row[0], bytes) else b"")
        except RecordError as error:
            yield f"its {error}"

    def _key(self, said: Said, position: int) -> Iterator[str]:
        if not isinstance(said.record, SigningKey):
            return
        try:
            key = key_of(said.record, self.head, self.periods)
        except InputError as error:
            yield str(error)
            return
        self.periods.append(Period(key, position))
