"""What is known beforehand: where to search, who emits lawfully, where nothing can be."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sillage.records.base import Interval, Part, Record
from sillage.records.place import Area, Place
from sillage.records.provenance import SourceFile
from sillage.records.quantity import NonNegative, Quantity

HourOfWeek = Annotated[int, msgspec.Meta(ge=0, le=167)]
"""Hours since Monday 00:00 UTC."""


class Emission(Part, frozen=True, kw_only=True):
    """What a known emitter gives off, and when."""

    gas: str
    rate: Quantity | None = None
    """kg/h while it is on; None where only the gas is known."""
    hours: tuple[HourOfWeek, ...] = ()
    """When it is on; empty for always."""


class KnownEmitter(Part, frozen=True, kw_only=True):
    """A facility that emits lawfully: a farm, a plant, a landfill."""

    facility: str
    kind: str
    """In the words of the inventory it is from."""
    place: Place
    area: Area | None = None
    emissions: tuple[Emission, ...]
    permit: str | None = None
    """Number in the register that allows it."""
    valid: Interval | None = None


class Zone(Part, frozen=True, kw_only=True):
    """A piece of ground, and what it means for the search."""

    meaning: Literal["search", "exclude"]
    """Sources may lie here and nowhere else; or they cannot lie here."""
    area: Area
    because: str


class Context(Record, frozen=True, kw_only=True):
    """Prior knowledge that a user loaded; it shapes estimates and is named in them."""

    name: str
    zones: tuple[Zone, ...] = ()
    emitters: tuple[KnownEmitter, ...] = ()
    heights_m: tuple[NonNegative, NonNegative] | None = None
    """Lowest and highest source above ground."""
    source: SourceFile | None = None
    assumptions: tuple[str, ...] = ()
