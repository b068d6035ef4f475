"""What flew: the positions of one platform over time."""

from __future__ import annotations

from sillage.records.arrays import Arrays
from sillage.records.base import Record
from sillage.records.place import HeightAbove
from sillage.records.provenance import Masked, SourceFile


class Track(Record, frozen=True, kw_only=True):
    """Positions of one aircraft or vehicle.

    `samples` is a table over the dimension `sample` with the columns time_ns (ns), lon_deg,
    lat_deg (deg) and height_m (m above `height_above`).
    """

    platform: str
    samples: Arrays
    height_above: HeightAbove
    source: SourceFile
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = ()
