"""Where did the numbers come from, and what was left out of them."""

from __future__ import annotations

from sillage.records.base import Part


class SourceFile(Part, frozen=True, kw_only=True):
    """A file that was read: enough to find it again and prove it is the same."""

    name: str
    """Path as the user wrote it, relative to the survey."""
    sha256: str
    size_bytes: int


class Masked(Part, frozen=True, kw_only=True):
    """Samples left out, and why."""

    reason: str
    count: int
    total: int
