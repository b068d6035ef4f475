"""Was anything in a ledger changed, taken out, put in, cut off or reordered; and what.

Nothing in the file is believed: every record is read back, hashed, and hashed into the chain
again. What is found names the entry, its type and its id.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from sillage.errors import RecordError
from sillage.ledger.chain import GENESIS, Head, link
from sillage.ledger.store import DAMAGE, alterations, connect, trouble
from sillage.records.base import Record, arrays_of
from sillage.records.catalogue import decode


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong; without a position it concerns the file."""

    problem: str
    position: int | None = None
    type: str = ""
    id: str = ""

    def __str__(self) -> str:
        if self.position is None:
            return self.problem
        name = f", {self.type} {self.id[:12]}" if self.type or self.id else ""
        return f"entry {self.position}{name}: {self.problem}"


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was read, up to which head, and everything that was found wrong."""

    path: str
    entries: int
    contents: int
    head: Head
    findings: tuple[Finding, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify(path: Path | str, *, expected_head: Head | None = None) -> Verification:
    """Read all of a ledger and find every change.

    Parameters
    ----------
    path
        Ledger file; it may be open in a writer, and is never written to.
    expected_head
        A head kept elsewhere. Without one, entries cut off the end cannot be missed.

    Raises
    ------
    ReadError
        There is no such file.
    """
    with closing(connect(Path(path), writable=False)) as connection:
        audit = _Audit(connection)
        if problem := trouble(connection):
            audit.note(problem)
        else:
            for check in (audit.layout, audit.pages, audit.entries, audit.contents):
                audit.attempt(check)
            audit.compare(expected_head)
    return Verification(
        path=str(path),
        entries=audit.count,
        contents=len(audit.kept),
        head=audit.head,
        findings=tuple(audit.findings),
    )


class _Audit:
    """One pass over a ledger: what was seen so far, and what was wrong."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.findings: list[Finding] = []
        self.count = 0
        self.position = 0
        self.previous: bytes | None = GENESIS
        self.chains: list[bytes] = []
        self.seen: set[str] = set()
        self.kept: set[str] = set()
        self.named: set[str] = set()

    @property
    def head(self) -> Head:
        return Head(len(self.chains), (self.chains[-1] if self.chains else GENESIS).hex())

    def note(self, problem: str, **where: Any) -> None:
        self.findings.append(Finding(problem=problem, **where))

    def attempt(self, check: Callable[[], None]) -> None:
        try:
            check()
        except DAMAGE as error:
            self.note(f"the file is damaged after entry {self.position - 1}: {error}")

    def layout(self) -> None:
        for alteration in alterations(self.connection):
            self.note(f"layout: {alteration}")

    def pages(self) -> None:
        for (line,) in self.connection.execute("PRAGMA integrity_check"):
            if line != "ok":
                self.note(f"the file is damaged: {line}")

    def entries(self) -> None:
        rows = self.connection.execute(
            "SELECT position, id, type, bytes, sha256, previous, chain FROM entries"
            " ORDER BY position"
        )
        for position, record_id, kind, *blobs in rows:
            if position != self.position:
                self._note_gap(position)
            content, digest, previous, chain = (
                blob if isinstance(blob, bytes) else b"" for blob in blobs
            )
            where = {"position": position, "type": str(kind), "id": str(record_id)}
            for problem in self._links(position, content, digest, previous, chain):
                self.note(problem, **where)
            for problem in self._record(content, where):
                self.note(problem, **where)
            self.previous = chain
            self.chains.append(chain)
            self.seen.add(str(record_id))
            self.position = max(self.position, position + 1)
            self.count += 1

    def contents(self) -> None:
        rows = self.connection.execute("SELECT sha256 FROM contents ORDER BY sha256")
        self.kept = {str(sha256) for (sha256,) in rows}
        for sha256 in sorted(self.kept - self.named):
            self.note(f"arrays {sha256[:12]!a} were put in: no record names them")

    def compare(self, expected: Head | None) -> None:
        """Against a head that was kept elsewhere."""
        if expected is None:
            return
        if len(self.chains) < expected.count:
            missing = expected.count - len(self.chains)
            self.note(f"{missing} entries are missing: {expected.count} were expected at least")
            return
        chain = self.chains[expected.count - 1] if expected.count else GENESIS
        if chain.hex() != expected.chain:
            self.note(
                f"the first {expected.count} entries are not those of the expected head: "
                f"chain {chain.hex()[:12]}, expected {expected.chain[:12]}"
            )

    def _note_gap(self, position: int) -> None:
        if position < self.position:
            self.note("was put in: entries count from 0", position=position)
        else:
            last = position - 1
            several = f"entries up to {last} are missing" if last > self.position else "is missing"
            self.note(several, position=self.position)
        self.previous = None  # what it should follow is not there to compare with

    def _links(
        self, position: int, content: bytes, digest: bytes, previous: bytes, chain: bytes
    ) -> Iterator[str]:
        if hashlib.sha256(content).digest() != digest:
            yield "its bytes were changed, or their hash was"
        if self.previous is not None and previous != self.previous:
            yield "it does not follow the entry before it: one of the two was changed or moved"
        if position < 0 or link(previous, position, digest) != chain:
            yield "its chain hash does not fit: it was changed or moved"

    def _record(self, content: bytes, where: dict[str, Any]) -> Iterator[str]:
        try:
            record = decode(content)
        except RecordError as error:
            yield f"it cannot be read: {error}"
            return
        if record.id != where["id"]:
            yield f"its bytes are those of the record {record.id[:12]}"
        if type(record).__name__ != where["type"]:
            yield f"its bytes are those of a {type(record).__name__}"
        if record.id in self.seen:
            yield "it is here twice"
        for parent in record.parents:
            if parent not in self.seen:
                yield f"its parent {parent[:12]} is not before it"
        if record.keeps_arrays:
            yield from self._arrays(record)

    def _arrays(self, record: Record) -> Iterator[str]:
        for arrays in arrays_of(record):
            self.named.add(arrays.sha256)
            row = self.connection.execute(
                "SELECT bytes FROM contents WHERE sha256 = ?", (arrays.sha256,)
            ).fetchone()
            if row is None:
                yield f"its arrays {arrays.sha256[:12]} are missing"
                continue
            try:
                arrays.attach(row[0] if isinstance(row[0], bytes) else b"")
            except RecordError as error:
                yield f"its {error}"
