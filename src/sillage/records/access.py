"""Who read what: one look at records, allowed or refused."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sillage.records.account import AccountId
from sillage.records.base import Record, RecordId, Sha256


class Access(Record, frozen=True, kw_only=True):
    """An account asked for records, and what the policy answered."""

    account: AccountId
    """A partner reads through an account of its own."""
    action: Literal["read", "search", "export", "walk back", "verify"]
    records: tuple[RecordId, ...]
    """What was asked for; what a search found."""
    purpose: Annotated[str, msgspec.Meta(min_length=1)]
    """Why, as the account declared it or as its role implies."""
    channel: Literal["console", "command line", "feed"]
    allowed: bool
    rule: str
    """Name of the rule that allowed or refused it."""
    policy_sha256: Sha256
