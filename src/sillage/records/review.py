"""What did a reviewer decide, on which evidence, and why."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sillage.records.account import AccountId
from sillage.records.base import Record, RecordId
from sillage.records.quantity import Probability


class Review(Record, frozen=True, kw_only=True):
    """One reading of one record by one account; `observed_at` is how long it took."""

    of: RecordId
    """The detection, site, link, task or case that was judged."""
    reviewer: AccountId
    verdict: Literal["confirmed", "rejected", "cannot tell"]
    because: Annotated[str, msgspec.Meta(min_length=1)]
    """The reason, about the evidence; never a person's name."""
    confidence: Probability
    """The reviewer's own, before it is known who was right."""
    blind: bool
    """Whether other verdicts were hidden until this one stood."""
    evidence: tuple[RecordId, ...]
    """Records that were open on the screen."""
    replaces: RecordId | None = None
    """An earlier review by the same account that this one corrects."""
