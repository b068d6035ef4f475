"""Was anything in a ledger of layout 1, a hash chain, changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sillage.ledger.audit import Audit
from sillage.ledger.chain import GENESIS, link
from sillage.ledger.head import Head


class ChainAudit(Audit):
    """Every entry is hashed, and hashed into the chain again."""

    previous: bytes | None = GENESIS
    last: bytes = GENESIS

    @property
    def head(self) -> Head:
        """Count, and the chain hash of the last entry."""
        return Head(self.entry_count, self.last.hex())

    def entries(self) -> None:
        """Go through all entries."""
        self._keep_head()
        rows = self.connection.execute(
            "SELECT position, id, type, bytes, sha256, previous, chain FROM entries"
            " ORDER BY position"
        )
        for position, record_id, kind, *blobs in rows:
            if position != self.position:
                self.step(position)
                self.previous = None  # what it should follow is not there to compare with
            content, digest, previous, chain = (
                blob if isinstance(blob, bytes) else b"" for blob in blobs
            )
            where = {"position": position, "type": str(kind), "id": str(record_id)}
            for problem in self._links(position, content, digest, previous, chain):
                self.note(problem, **where)
            for problem in self.said(content, where):
                self.note(problem, **where)
            self.previous = self.last = chain
            self.advance(position, str(record_id))
            self._keep_head()

    def _keep_head(self) -> None:
        if self.entry_count in self.counts:
            self.heads[self.entry_count] = {self.head}

    def _links(
        self, position: int, content: bytes, digest: bytes, previous: bytes, chain: bytes
    ) -> Iterator[str]:
        if hashlib.sha256(content).digest() != digest:
            yield "its bytes were changed, or their hash was"
        if self.previous is not None and previous != self.previous:
            yield "it does not follow the entry before it: one of the two was changed or moved"
        if position < 0 or link(previous, position, digest) != chain:
            yield "its chain hash does not fit: it was changed or moved"
