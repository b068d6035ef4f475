"""Where must one not fly, or not leave, and who says so."""

from __future__ import annotations

from typing import Literal

from sillage.errors import RecordError
from sillage.records.base import Interval, Record
from sillage.records.place import Area, HeightAbove
from sillage.records.provenance import SourceFile


class Fence(Record, frozen=True, kw_only=True):
    """A volume of air with a rule; `observed_at` is when the rule was read."""

    name: str
    rule: Literal["keep out", "keep in"]
    because: str
    """Airspace, a school, a runway, a nature reserve: in one sentence."""
    authority: str
    """The office or the survey that set it."""
    area: Area
    floor_m: float
    ceiling_m: float
    height_above: HeightAbove
    valid: Interval | None = None
    """None for always."""
    source: SourceFile | None = None

    def __post_init__(self) -> None:
        """Refuse a ceiling below the floor."""
        super().__post_init__()
        if self.ceiling_m < self.floor_m:
            raise RecordError(
                f"Fence.ceiling_m: {self.ceiling_m:g} m is below floor_m {self.floor_m:g} m"
            )
