"""Is anyone else writing: one writer at a time, told apart by a lock that dies with it.

The lock is SQLite's own, on an empty file beside the ledger, so it works wherever SQLite does
and a killed process leaves it open. Two writers would still make a whole chain, since each
reads the head inside its transaction; the lock makes the second one say so at once.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sillage.errors import LedgerError


class WriterLock:
    """Held from the opening of a ledger for writing until it is closed."""

    def __init__(self, ledger: Path) -> None:
        self._path = ledger.with_name(ledger.name + "-writer")
        try:
            self._connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise LedgerError(f"{ledger}: cannot be written here: {error}") from error
        try:
            self._connection.execute("PRAGMA journal_mode = MEMORY")  # no second file beside it
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self._connection.close()
            raise LedgerError(
                f"{ledger}: another writer has it open ({error}); wait until it is closed, "
                "or open it for reading"
            ) from None

    def release(self) -> None:
        """Let the next writer in."""
        self._path.unlink(missing_ok=True)
        self._connection.close()
