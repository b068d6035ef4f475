"""Which place is it, and what is its history: one state of an identity that may move."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sillage.errors import RecordError
from sillage.records.base import Interval, Part, Record, RecordId, UtcTime
from sillage.records.place import Area, Place
from sillage.records.quantity import NonNegative, Probability, Quantity

SiteCode = Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]+(-[A-Z0-9]+)*$")]
"""What people call a site, the same through all its states: `S-0042`."""


class Fix(Part, frozen=True, kw_only=True):
    """Where the site was during a stretch of time."""

    during: Interval
    place: Place
    position_std_m: NonNegative
    """Root of the summed variances of east and north."""


class Substance(Part, frozen=True, kw_only=True):
    """A gas that the site emits, how surely and how much."""

    gas: str
    probability: Probability
    rate: Quantity | None = None
    """kg/h while it is on."""


class Hypothesis(Part, frozen=True, kw_only=True):
    """What kind of place it may be, how probably, and why."""

    kind: Literal["known legal emitter", "natural", "recurring", "unexplained", "false alarm"]
    probability: Probability
    because: str
    """In one sentence, naming the context or the mismatch: gas, hour or rate."""


class Site(Record, frozen=True, kw_only=True):
    """One state of a site; `previous` leads to the state before it.

    Two clocks: `observed_at`, `first_seen` and `last_seen` say when it happened, `learned_at`
    says when it was known here. Late data give a new state, never another past.
    """

    code: SiteCode
    previous: tuple[RecordId, ...] = ()
    """States this one replaces: none at first, several after a merger."""
    status: Literal["appeared", "persists", "silent", "moved", "merged", "split", "ended"]
    because: str
    """Why the status is what it is, in one sentence."""
    existence: Probability
    track: Annotated[tuple[Fix, ...], msgspec.Meta(min_length=1)]
    """Oldest first."""
    area: Area | None = None
    """90 % region of its present place, where it is more than a point with an error."""
    substances: tuple[Substance, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    """The most probable first."""
    first_seen: UtcTime
    last_seen: UtcTime
    learned_at: UtcTime
    basis: Annotated[tuple[RecordId, ...], msgspec.Meta(min_length=1)]
    """Detections and source estimates that speak for the site, oldest first."""

    def __post_init__(self) -> None:
        """Refuse a history that runs backwards."""
        super().__post_init__()
        if self.last_seen < self.first_seen:
            raise RecordError(
                f"Site.last_seen: {self.last_seen.isoformat()} is before first_seen "
                f"{self.first_seen.isoformat()}"
            )
