"""How is a record remembered so that nobody can change it unseen, and how is it found again."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from sillage.errors import LedgerError, RecordError
from sillage.ledger.chain import GENESIS
from sillage.ledger.head import Head
from sillage.ledger.layouts import VERSION
from sillage.ledger.names import Names
from sillage.ledger.nodes import frontier_of
from sillage.ledger.sealed import Sealed, seal
from sillage.ledger.store import DAMAGE, alterations, connect, lay_out, trouble, version_of
from sillage.ledger.writer import WriterLock
from sillage.ledger.writing import Entry, Submission, Writer, size_of
from sillage.records.arrays import Arrays
from sillage.records.base import Record
from sillage.records.catalogue import decode

PAGE = 256
"""Records read at a time while iterating, so that no reader holds up the writer."""


class Ledger:
    """Records in the order they were learned, each vouching for all before it.

    Make one with `create` or `open`; use it in a `with` block, so that it is closed into a
    single file. One writer and any number of readers may have it open at a time.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: WriterLock | None) -> None:
        self._path = path
        self._connection = connection
        self._lock = lock
        self._chained = version_of(connection) < VERSION
        self._writer = Writer(path, connection) if lock is not None else None
        self._names: Names | None = None

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
        """Count of entries and the root over them."""
        if self._chained:
            rows = self._select(
                "SELECT position, chain FROM entries ORDER BY position DESC LIMIT 1"
            )
            position, chain = rows[0] if rows else (-1, GENESIS)
            return Head(position + 1, chain.hex())
        try:
            if self._writer is not None:
                return self._writer.head
            size = size_of(self._connection)
            return Head(size, frontier_of(self._connection, size).root.hex())
        except DAMAGE as error:
            raise self._unreadable(error) from error

    def append(self, *records: Record | Sealed) -> tuple[Entry, ...]:
        """Remember records, in one transaction with one sync; all of them or none.

        A record that is there already keeps its first entry. Parents come before children. Many
        callers at once use a `Recorder`, whose appends share their syncs.

        Raises
        ------
        LedgerError
            A parent is not in the ledger, the disk is full, or the ledger is closed or open
            for reading only. The ledger then ends where it ended before.
        RecordError
            The arrays of a record are to be kept, but it comes without their values.
        """
        (answer,) = self.append_group(
            [[one if isinstance(one, Sealed) else seal(one) for one in records]]
        )
        if isinstance(answer, LedgerError):
            raise answer
        return answer

    def append_group(
        self, submissions: Sequence[Submission]
    ) -> list[tuple[Entry, ...] | LedgerError]:
        """Remember what several callers handed over, with one sync: an answer for each of them.

        A caller whose records name an unknown parent is refused alone.

        Raises
        ------
        LedgerError
            Nothing could be written, as when the disk is full.
        """
        if self._writer is None:
            raise LedgerError(f"{self._path}: is open for reading only; open it for writing")
        return self._writer.write(submissions)

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
        try:
            return size_of(self._connection)
        except DAMAGE as error:
            raise self._unreadable(error) from error

    def __contains__(self, record_id: object) -> bool:
        return isinstance(record_id, str) and self._position(record_id) is not None

    def close(self) -> None:
        """Fold everything into the one file; while a reader has it open, `-wal` stays beside it."""
        if self._writer is not None and self._lock is not None:
            self._writer.finish()
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
        position = self._position(record_id)
        rows = self._select("SELECT position, bytes FROM entries WHERE position = ?", position)
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

    def _position(self, record_id: str) -> int | None:
        if self._chained:
            rows = self._select("SELECT position FROM entries WHERE id = ?", record_id)
            return rows[0][0] if rows else None
        try:
            name = bytes.fromhex(record_id)
        except ValueError:
            return None
        try:
            return self._known_names().find((name,)).get(name)
        except DAMAGE as error:
            raise self._unreadable(error) from error

    def _known_names(self) -> Names:
        if self._writer is not None:
            return self._writer.names
        if self._names is None or self._names.outgrown:
            self._names = Names(self._connection)
        else:
            self._names.follow()
        return self._names

    def _select(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except DAMAGE as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> LedgerError:
        return LedgerError(f"{self._path}: cannot be read: {error}. Run 'sillage verify' on it.")


def _check_file(path: Path, connection: sqlite3.Connection, *, writable: bool) -> None:
    if problem := trouble(connection):
        raise LedgerError(f"{path}: {problem}")
    if writable and (version := version_of(connection)) < VERSION:
        raise LedgerError(
            f"{path}: has layout {version}, which is read and verified but no longer written; "
            "'sillage ledger migrate' writes it anew in the present one"
        )
    if writable and (altered := alterations(connection)):
        raise LedgerError(
            f"{path}: {', '.join(altered)}; run 'sillage verify' on it, and write to another"
        )
