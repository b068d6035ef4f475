"""Where did the numbers come from, and what was left out of them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from sillage.records.base import Part, Sha256

Count = Annotated[int, msgspec.Meta(ge=0)]
"""Of things: zero or more."""


class SourceFile(Part, frozen=True, kw_only=True):
    """A file that was read: enough to find it again and prove it is the same."""

    name: str
    """Path as the user wrote it, relative to the survey."""
    sha256: Sha256
    size_bytes: Count


class Masked(Part, frozen=True, kw_only=True):
    """Samples left out, and why."""

    reason: str
    count: Count
    total: Count
