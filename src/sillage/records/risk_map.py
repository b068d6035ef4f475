"""Where may a source appear next: a probability for each cell of ground and stretch of time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec

from sillage.records.arrays import Arrays
from sillage.records.base import Interval, Record
from sillage.records.layout import Layout, table

CellResolution = Annotated[int, msgspec.Meta(ge=0, le=15)]
"""Resolution of H3 cells: 0 for continents, 9 for about 0.1 km2, 15 for square metres."""


class RiskMap(Record, frozen=True, kw_only=True):
    """Probability that at least one source is on in a cell during a period.

    `surface`: probability and its one-sigma std over (period, cell); cell (cell), the H3 index
    as int64; starts_ns and ends_ns (period), the bounds of each period.
    """

    keeps_arrays: ClassVar[bool] = True
    LAYOUT: ClassVar[Mapping[str, Layout]] = {
        "surface": table("period cell", probability="1", std="1")
        | table("cell", cell="1")
        | table("period", starts_ns="ns", ends_ns="ns"),
    }

    gases: tuple[str, ...]
    """The gases it speaks of; empty for any."""
    horizon: Interval
    """The time it speaks of; `observed_at` is the time it learned from."""
    resolution: CellResolution
    surface: Arrays
    method: str
    settings: dict[str, float | int | str]
    assumptions: tuple[str, ...] = ()
