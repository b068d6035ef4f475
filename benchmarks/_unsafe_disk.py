"""A disk that can lose what was not synced: every write of SQLite is noted, and replayed in part.

The ledger under test runs on apsw's own SQLite, whose file layer can be put in between. What a
power cut leaves is then built from the notes: for each file all that was synced, and of the rest
nothing, or some of its sectors in any order.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

SECTOR = 512
CREATE, WRITE, TRUNCATE = "create", "write", "truncate"
SYNC, DELETE, TOLD = "sync", "delete", "told"
NAMES = "names"
"""The folder was synced: names that were made and deleted before stay so."""

SYNCS_ITS_FOLDER = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL
"""Kinds of new files with whose first sync SQLite syncs their folder (os_unix.c, unixSync)."""


class Note(NamedTuple):
    """One thing that happened to a file, or that a caller was told."""

    what: str
    file: str
    offset: int = 0
    content: bytes = b""
    told: object = None


class Disk(apsw.VFS):  # type: ignore[misc, unused-ignore]
    """The system's file layer, with notes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.notes: list[Note] = []
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> _File:  # noqa: N802
        return _File(self, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: N802
        super().xDelete(name, sync)
        self.note(DELETE, name)
        if sync:
            self.note(NAMES, "")

    def note(self, what: str, file: str, offset: int = 0, content: bytes = b"") -> None:
        self.notes.append(Note(what, Path(file).name, offset, content))

    def tell(self, told: object) -> None:
        """A caller was acknowledged."""
        self.notes.append(Note(TOLD, "", told=told))


class _File(apsw.VFSFile):  # type: ignore[misc, unused-ignore]
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self.disk = disk
        self.file = name.filename() if isinstance(name, apsw.URIFilename) else name or ""
        if self.file:
            disk.note(CREATE, self.file)
        self.folder_waits = bool(flags[0] & SYNCS_ITS_FOLDER)

    def xWrite(self, content: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(content, offset)
        self.disk.note(WRITE, self.file, offset, bytes(content))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        super().xTruncate(size)
        self.disk.note(TRUNCATE, self.file, size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self.disk.note(SYNC, self.file)
        if self.folder_waits:
            self.disk.note(NAMES, "")
            self.folder_waits = False


class Connection(sqlite3.Connection):
    """As much of a connection as the ledger asks for, over apsw; its own database is empty."""

    def __init__(self, path: Path, disk: Disk) -> None:
        super().__init__(":memory:")
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        self._inner = apsw.Connection(str(path), flags=flags, vfs=disk.name)

    def execute(self, statement: str, values: Any = (), /) -> Any:
        try:
            return Cursor(iter(list(self._inner.execute(statement, tuple(values)))))
        except apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from error

    def executescript(self, script: str, /) -> Any:
        return list(self._inner.execute(script))

    @property
    def in_transaction(self) -> bool:  # type: ignore[override, unused-ignore]
        return bool(self._inner.in_transaction)

    def close(self) -> None:
        self._inner.close()
        super().close()


class Cursor:
    """Rows of one statement."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)


def after_a_power_cut(notes: Sequence[Note], folder: Path, rng: random.Random | None) -> None:
    """Leave in a folder what the disk holds after these notes.

    Parameters
    ----------
    notes
        All that happened before the cut.
    folder
        An empty one.
    rng
        Picks what reached the disk of that which was not synced: sectors of 512 bytes of any of
        the writes, in any order, and any of the deletions. Without it, nothing of it did.
    """
    named = max((i for i, note in enumerate(notes) if note.what == NAMES), default=-1)
    for file in dict.fromkeys(note.file for note in notes if note.file):
        content: bytearray | None = None
        for life in lives(notes, file):
            content = after_a_life(content, life, rng)
            deleted, last = life[-1]
            gone = deleted < named or (rng is not None and rng.random() < 0.5)
            if last.what == DELETE and gone:
                content = None
        if content is not None:
            (folder / file).write_bytes(content)


Life = list[tuple[int, Note]]


def lives(notes: Sequence[Note], file: str) -> Iterator[Life]:
    """What happened to each file of a name, from its making to its deletion."""
    life: Life = []
    for place, note in enumerate(notes):
        if note.file == file:
            life.append((place, note))
            if note.what == DELETE:
                yield life
                life = []
    if life:
        yield life


def after_a_life(
    before: bytearray | None, life: Life, rng: random.Random | None
) -> bytearray | None:
    """What is under a name when a new file was written there, in place of what was `before`."""
    notes = [note for _, note in life if note.what != DELETE]
    synced = max((i for i, note in enumerate(notes) if note.what == SYNC), default=-1)
    done = notes[: synced + 1]
    if rng is not None:
        done += some_of(notes[synced + 1 :], rng)
    if not done:
        return before
    content: bytearray | None = None
    for note in done:
        content = changed(content, note)
    return content


def changed(content: bytearray | None, note: Note) -> bytearray | None:
    """A file after one more note; None where there is no file."""
    match note.what:
        case "create":
            return bytearray() if content is None else content
        case "write":
            content = bytearray() if content is None else content
            content.extend(bytes(max(0, note.offset - len(content))))
            content[note.offset : note.offset + len(note.content)] = note.content
        case "truncate" if content is not None:
            del content[note.offset :]
    return content


def some_of(notes: Sequence[Note], rng: random.Random) -> list[Note]:
    """Part of what was not synced: torn at sectors, some of it lost, in any order."""
    pieces: list[Note] = []
    for note in notes:
        if note.what == WRITE:
            at = note.offset
            while at < note.offset + len(note.content):
                end = min((at // SECTOR + 1) * SECTOR, note.offset + len(note.content))
                part = note.content[at - note.offset : end - note.offset]
                pieces.append(Note(WRITE, note.file, at, part))
                at = end
        else:
            pieces.append(note)
    kept = rng.random()
    pieces = [piece for piece in pieces if rng.random() < kept]
    if rng.random() < 0.5:
        rng.shuffle(pieces)
    return pieces
