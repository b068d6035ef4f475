"""What is in a ledger file, and is this file one.

One SQLite file: `entries` in their order, and `contents`, the bytes of arrays that the entries
name by hash. Triggers refuse every change of what is there; the hash chain finds it.
"""

from __future__ import annotations

import os
import sqlite3
from functools import cache
from pathlib import Path

from sillage.errors import ReadError

APPLICATION = 0x53494C4C
"""`SILL`: the number in the header of a SQLite file that says whose it is."""

VERSION = 1
"""Number of the present layout of the tables."""

BUSY_S = 5.0
"""Time for which a reader or a writer waits for the other."""

DAMAGE = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises; the latter where the damage is in SQLite's own message."""

LAYOUT = f"""
BEGIN;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
CREATE TABLE entries (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  bytes BLOB NOT NULL,
  sha256 BLOB NOT NULL,
  previous BLOB NOT NULL,
  chain BLOB NOT NULL
) STRICT;
CREATE TABLE contents (
  sha256 TEXT PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;
CREATE TRIGGER entries_stay BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'a ledger only grows'); END;
CREATE TRIGGER entries_remain BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'a ledger only grows'); END;
CREATE TRIGGER contents_stay BEFORE UPDATE ON contents
BEGIN SELECT RAISE(ABORT, 'a ledger only grows'); END;
CREATE TRIGGER contents_remain BEFORE DELETE ON contents
BEGIN SELECT RAISE(ABORT, 'a ledger only grows'); END;
COMMIT;
"""


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
    mode = "rw" if writable else "ro"
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=BUSY_S, isolation_level=None
    )
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def lay_out(connection: sqlite3.Connection, folder: Path) -> None:
    """Make the empty tables, and make the new file's name last through a power cut."""
    connection.executescript(LAYOUT)
    if hasattr(os, "O_DIRECTORY"):
        place = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


def trouble(connection: sqlite3.Connection) -> str | None:
    """Why this file cannot be read as a ledger; None where it can."""
    try:
        ((application,),) = connection.execute("PRAGMA application_id")
        ((version,),) = connection.execute("PRAGMA user_version")
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
    return None


def alterations(connection: sqlite3.Connection) -> list[str]:
    """Tables, indexes and triggers that are not as they were laid out."""
    found, expected = _objects(connection), _expected_objects()
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
def _expected_objects() -> dict[str, str | None]:
    blank = sqlite3.connect(":memory:", isolation_level=None)
    try:
        blank.executescript(LAYOUT)
        return _objects(blank)
    finally:
        blank.close()
