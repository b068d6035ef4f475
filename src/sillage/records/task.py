"""What is to be flown, why, and what is it expected to tell."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sillage.records.base import Interval, Part, Record, RecordId, UtcTime
from sillage.records.place import Area, HeightAbove, Place
from sillage.records.quantity import NonNegative, Probability


class Waypoint(Part, frozen=True, kw_only=True):
    """A place to fly to, how fast, and how long to stay."""

    place: Place
    speed_m_s: NonNegative
    loiter_s: NonNegative = 0.0


class Task(Record, frozen=True, kw_only=True):
    """One platform's measuring flight, proposed; a person approves it in a `Review`."""

    purpose: Literal["search", "confirm", "map", "quantify", "revisit", "calibrate"]
    because: str
    """Why here and why now, in one sentence for the person who approves it."""
    platform: str
    instruments: tuple[str, ...]
    area: Area | None = None
    """The ground it is to look at; None where the route says it all."""
    route: Annotated[tuple[Waypoint, ...], msgspec.Meta(min_length=1)]
    height_above: HeightAbove
    window: Interval
    """When it may fly."""
    expires_at: UtcTime
    """When the reason for it is gone."""
    duration_s: NonNegative
    information_bits: NonNegative
    """Expected gain about the positions and rates of sources."""
    detection_probability: Probability | None = None
    """Of a source that is there and on, at the rate in `settings`."""
    fences: tuple[RecordId, ...]
    """Fences that the route was checked against."""
    method: str
    settings: dict[str, float | int | str]
    assumptions: tuple[str, ...] = ()
