"""What was given to whom, under which rule, and exactly which bytes."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sillage.records.account import AccountId, PartnerId
from sillage.records.base import Record, RecordId, Sha256, UtcTime
from sillage.records.provenance import Count
from sillage.records.quantity import NonNegative


class Release(Record, frozen=True, kw_only=True):
    """Records that left for a partner; `payload_sha256` proves what it received."""

    recipient: PartnerId
    released: Annotated[tuple[RecordId, ...], msgspec.Meta(min_length=1)]
    format: Literal["records", "GeoJSON", "CoT", "STIX", "STAC", "OGC SensorThings", "report"]
    withheld: tuple[str, ...] = ()
    """Fields that were left out, as `Record.field`."""
    position_rounded_m: NonNegative = 0.0
    """Positions were coarsened to this; 0 where they were not."""
    delayed_s: NonNegative = 0.0
    """Times were held back by this; 0 where they were not."""
    rule: str
    """Name of the rule that allowed it."""
    policy_sha256: Sha256
    """Of the policy that the rule stands in."""
    released_by: AccountId | None
    """None for a standing release that the rule alone allows."""
    reviews: tuple[RecordId, ...] = ()
    """Reviews that the rule asked for."""
    payload_sha256: Sha256
    payload_bytes: Count
    caveat: str
    """What the partner may do with it, in the words it was given."""
    expires_at: UtcTime | None = None
