"""Was anything in a ledger of layout 2, a Merkle tree, changed."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable

import numpy as np

from sillage.ledger.audit import Audit
from sillage.ledger.chain import GENESIS, link
from sillage.ledger.head import Head
from sillage.ledger.merkle import Frontier, leaf_hash
from sillage.ledger.nodes import grow
from sillage.ledger.sealed import entry_of


class TreeAudit(Audit):
    """Every entry is hashed, and the tree is grown from these hashes again."""

    def __init__(self, connection: sqlite3.Connection, counts: Iterable[int] = ()) -> None:
        super().__init__(connection, counts)
        self.frontier = Frontier()
        self.node_count = 0
        self.chain = GENESIS
        """What layout 1 would have: a head taken before a ledger was migrated still proves it."""
        self.prefixes = array("q")

    @property
    def head(self) -> Head:
        """Count, and the root over all entries so far."""
        return Head(self.frontier.size, self.frontier.root.hex())

    def entries(self) -> None:
        """Go through all entries, then the tables that are made from them."""
        self._keep_head()
        rows = self.connection.execute(
            "SELECT position, id, type, bytes, leaf FROM entries ORDER BY position"
        )
        for position, record_id, kind, *blobs in rows:
            self.step(position)
            content, stored = (blob if isinstance(blob, bytes) else b"" for blob in blobs)
            name = record_id if isinstance(record_id, bytes) else b""
            where = {"position": position, "type": str(kind), "id": name.hex()}
            for problem in self.said(content, where):
                self.note(problem, **where)
            entry = entry_of(content)
            leaf = leaf_hash(entry)
            if leaf != stored:
                self.note("its bytes were changed, or their hash was", **where)
            self._grow(leaf)
            if self.counts:
                self.chain = link(self.chain, self.entry_count, entry)
            self.prefixes.append(int.from_bytes(name[:8].ljust(8, b"\0"), "big", signed=True))
            self.advance(position, name.hex())
            self._keep_head()
        self._nodes()
        self._names()

    def _grow(self, leaf: bytes) -> None:
        for level, number, found in grow(self.frontier, (leaf,)):
            self.node_count += 1
            row = self.connection.execute(
                "SELECT hash FROM nodes WHERE level = ? AND number = ?", (level, number)
            ).fetchone()
            if row != (found,):
                first, last = number << level, ((number + 1) << level) - 1
                missing = "is missing" if row is None else "does not fit them"
                self.note(f"the hash over the entries {first} to {last} {missing}")

    def _nodes(self) -> None:
        ((stored,),) = self.connection.execute("SELECT count(*) FROM nodes")
        if stored > self.node_count:
            self.note(f"{stored - self.node_count} hashes of subtrees were put in")

    def _names(self) -> None:
        """Every entry is found by its id: those of `filing` in `names`, the others by reading."""
        first, last, filed = self.connection.execute(
            "SELECT first, last, filed FROM filing"
        ).fetchone() or (0, 0, 0)
        prefixes = np.frombuffer(self.prefixes, dtype=np.int64)
        sane = 0 <= first <= last <= len(prefixes) and 0 <= filed <= last - first
        if not sane:
            self.note("what it says about its index of ids is not true of it")
            return
        order = first + np.argsort(prefixes[first:last], kind="stable")[:filed]
        expected = np.concatenate([np.arange(first), order])
        rows = self.connection.execute("SELECT prefix, position FROM names")
        found = np.fromiter(rows, dtype=np.dtype((np.int64, 2))).reshape(-1, 2)
        due = np.stack([prefixes[expected], expected], axis=1)
        due = due[np.lexsort((due[:, 1], due[:, 0]))]
        if not np.array_equal(found, due):
            self.note("its index of ids is not that of its entries")

    def _keep_head(self) -> None:
        if (count := self.entry_count) in self.counts:
            self.heads[count] = {self.head, Head(count, self.chain.hex())}
