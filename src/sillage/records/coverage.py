"""What was looked at, and with which probability would a source have been found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from sillage.records.arrays import Arrays
from sillage.records.base import Record
from sillage.records.layout import Layout, table
from sillage.records.provenance import Masked
from sillage.records.risk_map import CellResolution


class Coverage(Record, frozen=True, kw_only=True):
    """Probability of detection by cell and rate; a cell that is not listed was not looked at.

    `surface`: probability (cell, rate) that a source that was on at that rate would have been
    found; cell (cell), the H3 index as int64; rate_kg_h (rate); looked_s (cell), the time for
    which the cell was in view.
    """

    keeps_arrays: ClassVar[bool] = True
    LAYOUT: ClassVar[Mapping[str, Layout]] = {
        "surface": table("cell rate", probability="1")
        | table("cell", cell="1", looked_s="s")
        | table("rate", rate_kg_h="kg/h"),
    }

    gas: str
    platform: str
    instrument: str
    resolution: CellResolution
    surface: Arrays
    method: str
    settings: dict[str, float | int | str]
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = ()
