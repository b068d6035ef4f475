"""Is this file a ledger, and how is it opened.

One SQLite file: `entries` in their order, `nodes` of the Merkle tree over them, `names` to find
them by id, and `contents`, the bytes of arrays that the entries name by hash. Triggers refuse
every change of what is there; hashing everything again finds it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from sillage.errors import ReadError
from sillage.ledger.layouts import APPLICATION, LAYOUTS, VERSION

BUSY_S = 5.0
"""Time for which a reader or a writer waits for the other."""

TOGETHER = 256
"""Rows that one statement inserts: each statement lets other threads in once, each row does not."""

DAMAGE = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises; the latter where the damage is in SQLite's own message."""


def connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    """Open a ledger file that exists; transactions are begun and ended by hand.

    Raises
    ------
    ReadError
        There is no such file, or it is a folder.
    """
    if not path.is_file():
        found = "is a folder" if path.is_dir() else "there is no such file"
        raise ReadError(str(path), f"{found}; give the path of a ledger")
    if not writable:
        _roll_back(path)
    mode = "rw" if writable else "ro"
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=BUSY_S, isolation_level=None
    )
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _roll_back(path: Path) -> None:
    """Undo what a crash left half done as the file was closed: all that a reader ever writes."""
    journal = path.with_name(path.name + "-journal")
    if journal.is_file() and journal.stat().st_size:
        connection = sqlite3.connect(path, timeout=BUSY_S)
        with closing(connection), suppress(sqlite3.Error):  # if it may not, reading says why
            connection.execute("PRAGMA user_version").fetchone()


def lay_out(connection: sqlite3.Connection, folder: Path) -> None:
    """Make the empty tables, and make the new file's name last through a power cut."""
    connection.executescript(LAYOUTS[VERSION])
    if hasattr(os, "O_DIRECTORY"):
        place = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


def insert(connection: sqlite3.Connection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows, many in one statement."""
    waiting = iter(rows)
    while some := list(islice(waiting, TOGETHER)):
        marks = f"({', '.join('?' * len(some[0]))})"
        statement = f"INSERT INTO {table} VALUES {', '.join([marks] * len(some))}"  # noqa: S608
        connection.execute(statement, [value for row in some for value in row])


def version_of(connection: sqlite3.Connection) -> int:
    """Number of the layout that a file says it has."""
    ((version,),) = connection.execute("PRAGMA user_version")
    return int(version)


def trouble(connection: sqlite3.Connection) -> str | None:
    """Why this file cannot be read as a ledger; None where it can."""
    try:
        ((application,),) = connection.execute("PRAGMA application_id")
        version = version_of(connection)
        ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master")
    except DAMAGE as error:
        return f"is no readable SQLite file ({error}); take it from a backup or its source again"
    if not tables:
        return "is empty: nothing was ever laid out in it; take it from its source again"
    if application != APPLICATION:
        return "is a SQLite file, but no ledger of Sillage; give the path of a ledger"
    if version > VERSION:
        return (
            f"has layout {version}, written by a newer version; this one reads up to {VERSION}: "
            "install the newer version"
        )
    if version not in LAYOUTS:
        return f"has layout {version}, which no version wrote; take it from its source again"
    return None


def alterations(connection: sqlite3.Connection) -> list[str]:
    """Tables, indexes and triggers that are not as they were laid out."""
    found, expected = _objects(connection), _expected_objects(version_of(connection))
    missing = [f"{name} is missing" for name in expected if name not in found]
    changed = [
        f"{name} was changed"
        for name in expected
        if found.get(name, expected[name]) != expected[name]
    ]
    added = [f"{name!a} was added" for name in found if name not in expected]
    return missing + changed + added


def _objects(connection: sqlite3.Connection) -> dict[str, str | None]:
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name")
    return {f"{kind} {name}": sql for kind, name, sql in rows}


@cache
def _expected_objects(version: int) -> dict[str, str | None]:
    blank = sqlite3.connect(":memory:", isolation_level=None)
    try:
        blank.executescript(LAYOUTS[version])
        return _objects(blank)
    finally:
        blank.close()
