"""How is a ledger copied: as it is while it is written, or anew in the present layout.

A backup is a ledger like any other: it is verified before it takes its place, and restoring it is
copying it back. A migration writes the same bytes in the same order, so every record keeps its id;
a head taken from the old ledger still proves the new one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from sillage.atomic import whole_file
from sillage.errors import LedgerError
from sillage.ledger.findings import Verification
from sillage.ledger.layouts import VERSION
from sillage.ledger.log import Ledger
from sillage.ledger.reading import said_by
from sillage.ledger.sealed import Sealed, leaf_of
from sillage.ledger.store import DAMAGE, connect, trouble
from sillage.ledger.verify import verify

GROUP = 1000
"""Records written together by a migration."""


def backup(path: Path | str, out: Path) -> Verification:
    """Copy a ledger while it is written: all that was durable when the copy began.

    Raises
    ------
    LedgerError
        The copy is not whole, or there is a file of that name.
    SettingError
        The place cannot be written.
    """
    _refuse_existing(out)
    with closing(connect(Path(path), writable=False)) as source, whole_file(out) as half_done:
        if problem := trouble(source):
            raise LedgerError(f"{path}: {problem}")
        try:
            with closing(sqlite3.connect(half_done, isolation_level=None)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
        except DAMAGE as error:
            raise LedgerError(f"{out}: the copy failed: {error}; nothing is left of it") from error
        return _whole(path, verify(half_done))


def migrate(path: Path | str, out: Path) -> Verification:
    """Write a ledger of an older layout anew; the old one stays as it is.

    Raises
    ------
    LedgerError
        The old ledger is not whole or of the present layout, or there is a file of that name.
    SettingError
        The place cannot be written.
    """
    _refuse_existing(out)
    old = _whole(path, verify(path))
    if old.layout == VERSION:
        raise LedgerError(f"{path}: has the present layout {VERSION} already; nothing to migrate")
    with whole_file(out) as half_done:
        with Ledger.create(half_done) as ledger:
            records = _sealed_of(Path(path))
            while some := list(islice(records, GROUP)):
                ledger.append(*some)
        return _whole(path, verify(half_done, expected_head=old.head))


def _sealed_of(path: Path) -> Iterator[Sealed]:
    """Records of a whole ledger of layout 1, byte for byte."""
    with closing(connect(path, writable=False)) as connection:
        for kind, content in connection.execute(
            "SELECT type, bytes FROM entries ORDER BY position"
        ):
            said = said_by(content)
            kept = tuple((one.sha256, _array(connection, one.sha256)) for one in said.kept)
            parents = tuple(map(bytes.fromhex, said.parents))
            yield Sealed(bytes.fromhex(said.id), kind, content, leaf_of(content), parents, kept)


def _array(connection: sqlite3.Connection, sha256: str) -> bytes:
    query = "SELECT bytes FROM contents WHERE sha256 = ?"
    ((content,),) = connection.execute(query, (sha256,))
    return bytes(content)


def _whole(path: Path | str, verified: Verification) -> Verification:
    if verified.whole:
        return verified
    raise LedgerError(
        f"{path}: {verified.findings[0]}; run 'sillage verify' on it for all that is wrong"
    )


def _refuse_existing(out: Path) -> None:
    if out.exists():
        raise LedgerError(f"{out}: exists; choose another path")
