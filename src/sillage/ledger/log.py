"""How is a record remembered so that nobody can change it unseen, and how is it found again."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec

from sillage.errors import LedgerError, RecordError
from sillage.ledger.chain import GENESIS, Head, link
from sillage.ledger.store import DAMAGE, alterations, connect, lay_out, trouble
from sillage.ledger.writer import WriterLock
from sillage.records.arrays import Arrays
from sillage.records.base import Record, arrays_of, canonical
from sillage.records.catalogue import decode

PAGE = 256
"""Records read at a time while iterating, so that no reader holds up the writer."""


class Entry(NamedTuple):
    """A record's place in the ledger; the record is durable when its entry is returned."""

    position: int
    id: str
    type: str
    chain: str


class Ledger:
    """Records in the order they were learned, each vouching for all before it.

    Make one with `create` or `open`; use it in a `with` block, so that it is closed into a
    single file. One writer and any number of readers may have it open at a time.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: WriterLock | None) -> None:
        self._path = path
        self._connection = connection
        self._lock = lock

    @classmethod
    def create(cls, path: Path | str) -> Self:
        """Begin an empty ledger.

        Raises
        ------
        LedgerError
            The file exists, or cannot be written there.
        """
        path = Path(path)
        lock = WriterLock(path)
        if path.exists():
            lock.release()
            raise LedgerError(f"{path}: exists; open it, or choose another path")
        try:
            path.touch()
            connection = connect(path, writable=True)
            lay_out(connection, path.parent)
            return cls._begin(path, connection, lock)
        except BaseException as error:
            path.unlink(missing_ok=True)
            lock.release()
            if isinstance(error, (*DAMAGE, OSError)):
                raise LedgerError(f"{path}: cannot be written: {error}") from error
            raise

    @classmethod
    def open(cls, path: Path | str, *, read_only: bool = False) -> Self:
        """Open a ledger that exists.

        Raises
        ------
        ReadError
            There is no such file.
        LedgerError
            It is no ledger, is damaged or of a newer version; or, for writing, another writer
            has it open or its protections were taken away.
        """
        path = Path(path)
        connection = connect(path, writable=not read_only)
        lock: WriterLock | None = None
        try:
            _check_file(path, connection, writable=not read_only)
            if read_only:
                return cls(path, connection, None)
            lock = WriterLock(path)
            return cls._begin(path, connection, lock)
        except BaseException as error:
            connection.close()
            if lock:
                lock.release()
            if isinstance(error, DAMAGE):
                raise LedgerError(f"{path}: cannot be opened: {error}") from error
            raise

    @classmethod
    def _begin(cls, path: Path, connection: sqlite3.Connection, lock: WriterLock) -> Self:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return cls(path, connection, lock)

    @property
    def head(self) -> Head:
        """Count of entries and the chain hash of the last."""
        count, chain = self._last()
        return Head(count, chain.hex())

    def append(self, *records: Record) -> tuple[Entry, ...]:
        """Remember records, in one transaction with one sync; all of them or none.

        A record that is there already keeps its first entry. Parents come before children.

        Raises
        ------
        LedgerError
            A parent is not in the ledger, the disk is full, or the ledger is closed or open
            for reading only. The ledger then ends where it ended before.
        RecordError
            The arrays of a record are to be kept, but it comes without their values.
        """
        if self._lock is None:
            raise LedgerError(f"{self._path}: is open for reading only; open it for writing")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                entries = self._write(records)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except (*DAMAGE, OverflowError) as error:
            raise LedgerError(
                f"{self._path}: {len(records)} records were not written: {error}. "
                "What was there before is whole; mend the cause and append them again."
            ) from error
        return entries

    def _write(self, records: tuple[Record, ...]) -> tuple[Entry, ...]:
        position, previous = self._last()
        entries = []
        for record in records:
            known = self._find(record.id)
            if known is None:
                self._check_parents(record)
                content = canonical(record)
                digest = hashlib.sha256(content).digest()
                chain = link(previous, position, digest)
                kind = type(record).__name__
                self._connection.execute(
                    "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (position, record.id, kind, content, digest, previous, chain),
                )
                if record.keeps_arrays:
                    self._keep(arrays_of(record))
                known = Entry(position, record.id, kind, chain.hex())
                position, previous = position + 1, chain
            entries.append(known)
        return tuple(entries)

    def _check_parents(self, record: Record) -> None:
        for parent in record.parents:
            if parent not in self:
                raise LedgerError(
                    f"{self._path}: {type(record).__name__} {record.id[:12]} names the parent "
                    f"{parent[:12]}, which is not here; append parents first"
                )

    def _keep(self, bundles: Iterator[Arrays]) -> None:
        for arrays in bundles:
            known = "SELECT 1 FROM contents WHERE sha256 = ?"
            if self._connection.execute(known, (arrays.sha256,)).fetchone() is None:
                self._connection.execute(
                    "INSERT INTO contents VALUES (?, ?)", (arrays.sha256, arrays.to_bytes())
                )

    def get(self, record_id: str) -> Record:
        """Look a record up by its id; the arrays that the ledger keeps come attached.

        Raises
        ------
        LedgerError
            There is no such record, or it was changed.
        """
        record = self._read(record_id)
        if not record.keeps_arrays:
            return record
        attached = {
            name: value.attach(self.content(value.sha256))
            for name in record.__struct_fields__
            if isinstance(value := getattr(record, name), Arrays)
        }
        return msgspec.structs.replace(record, **attached)

    def content(self, sha256: str) -> bytes:
        """Bytes of arrays by their hash, for `Arrays.attach`, which checks them.

        Raises
        ------
        LedgerError
            The ledger does not keep them.
        """
        rows = self._select("SELECT bytes FROM contents WHERE sha256 = ?", sha256)
        if not rows:
            raise LedgerError(
                f"{self._path}: arrays {sha256[:12]} are not kept here; "
                "open the file they came from"
            )
        content: bytes = rows[0][0]
        return content

    def walk(self, record_id: str) -> Iterator[Record]:
        """A record and all it was made from, nearest first, each once, arrays detached.

        Raises
        ------
        LedgerError
            A record on the way is missing or was changed.
        """
        seen = {record_id}
        queue = deque([record_id])
        while queue:
            record = self._read(queue.popleft())
            yield record
            fresh = [parent for parent in record.parents if parent not in seen]
            seen.update(fresh)
            queue.extend(dict.fromkeys(fresh))

    def __iter__(self) -> Iterator[Record]:
        """All records in their order, those appended meanwhile too; arrays detached."""
        position = 0
        page = "SELECT position, bytes FROM entries WHERE position >= ? ORDER BY position LIMIT ?"
        while rows := self._select(page, position, PAGE):
            for at, content in rows:
                yield self._decode(at, content)
                position = at + 1

    def __len__(self) -> int:
        return self._last()[0]

    def __contains__(self, record_id: object) -> bool:
        return isinstance(record_id, str) and self._find(record_id) is not None

    def close(self) -> None:
        """Fold everything into the one file; while a reader has it open, `-wal` stays beside it."""
        if self._lock is not None:
            self._connection.execute("PRAGMA busy_timeout = 0")
            with suppress(sqlite3.OperationalError):  # a reader is there: two files, both whole
                self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self, record_id: str) -> Record:
        rows = self._select("SELECT position, bytes FROM entries WHERE id = ?", record_id)
        if not rows:
            raise LedgerError(
                f"{self._path}: no record {record_id[:12]!r} here; give a whole id, as in 'parents'"
            )
        return self._decode(*rows[0])

    def _decode(self, position: int, content: bytes) -> Record:
        try:
            return decode(content)
        except RecordError as error:
            raise LedgerError(
                f"{self._path}, entry {position}: {error} Run 'sillage verify' for all damage."
            ) from error

    def _find(self, record_id: str) -> Entry | None:
        rows = self._select("SELECT position, id, type, chain FROM entries WHERE id = ?", record_id)
        if not rows:
            return None
        position, found_id, kind, chain = rows[0]
        return Entry(position, found_id, kind, chain.hex())

    def _last(self) -> tuple[int, bytes]:
        rows = self._select("SELECT position, chain FROM entries ORDER BY position DESC LIMIT 1")
        return (rows[0][0] + 1, rows[0][1]) if rows else (0, GENESIS)

    def _select(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except DAMAGE as error:
            raise LedgerError(
                f"{self._path}: cannot be read: {error}. Run 'sillage verify' on it."
            ) from error


def _check_file(path: Path, connection: sqlite3.Connection, *, writable: bool) -> None:
    if problem := trouble(connection):
        raise LedgerError(f"{path}: {problem}")
    if writable and (altered := alterations(connection)):
        raise LedgerError(
            f"{path}: {', '.join(altered)}; run 'sillage verify' on it, and write to another"
        )
