"""What did a verification find."""

from __future__ import annotations

import msgspec

from sillage.ledger.checkpoints import Period
from sillage.ledger.head import Head


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
    layout: int
    """Version of the ledger's tables; 0 where the file is no ledger."""
    entries: int
    contents: int
    head: Head
    keys: tuple[Period, ...] = ()
    """Signing keys that the ledger names, each vouched for by the one before."""
    findings: tuple[Finding, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return not self.findings
