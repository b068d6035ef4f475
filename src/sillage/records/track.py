"""What flew: the positions of one platform over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from sillage.records.arrays import Arrays
from sillage.records.base import Record
from sillage.records.layout import Layout, table
from sillage.records.place import HeightAbove
from sillage.records.provenance import Masked, SourceFile


class Track(Record, frozen=True, kw_only=True):
    """Positions of one aircraft or vehicle.

    `samples` is a table over the dimension `sample` with the columns time_ns (ns), lon_deg,
    lat_deg (deg) and height_m (m above `height_above`).
    """

    LAYOUT: ClassVar[Mapping[str, Layout]] = {
        "samples": table("sample", time_ns="ns", lon_deg="deg", lat_deg="deg", height_m="m")
    }

    platform: str
    samples: Arrays
    height_above: HeightAbove
    source: SourceFile
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = ()
