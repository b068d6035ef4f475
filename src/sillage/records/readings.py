"""What did a sensor read: a columnar batch of point or path-integrated samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from sillage.errors import RecordError
from sillage.records.arrays import Arrays
from sillage.records.base import Record
from sillage.records.layout import Layout, table
from sillage.records.place import HeightAbove
from sillage.records.provenance import Masked, SourceFile


class Readings(Record, frozen=True, kw_only=True):
    """Samples of one gas by one or more sensors of one kind; only the batch has an id.

    `samples` is a table over the dimension `sample`:

    | column | unit | |
    |---|---|---|
    | time_ns | ns | int64 since 1970-01-01T00:00Z |
    | sensor | 1 | int32 index into `sensors` |
    | lon_deg, lat_deg, height_m | deg, deg, m | the sensor, or the start of the path |
    | end_lon_deg, end_lat_deg, end_height_m | deg, deg, m | end of the path (kind `path` only) |
    | value | `unit` | NaN where the sample was masked |
    | std | `unit` | one sigma of the instrument; NaN where unknown |

    A `path` value is the mean along the path, so a column (ppm m) is divided by path length.
    """

    LAYOUT: ClassVar[Mapping[str, Layout]] = {
        "samples": table("sample", time_ns="ns", sensor="1", value="{unit}", std="{unit}")
        | table("sample", lon_deg="deg", lat_deg="deg", height_m="m")
        | table("sample", optional=True, end_lon_deg="deg", end_lat_deg="deg", end_height_m="m")
    }

    kind: Literal["point", "path"]
    gas: str
    """Name in the gas library, or the raw channel's name when `unit` is `raw`."""
    unit: Literal["ppm", "raw"]
    """Mole fraction in ppm; or `raw`: an uncalibrated channel, only its order means something."""
    samples: Arrays
    sensors: tuple[str, ...]
    integration_s: float
    """Time that one sample averages over; 0 for an instantaneous one."""
    platform: Literal["fixed", "moving"]
    height_above: HeightAbove
    temperature_K: float
    """Air temperature for the step from ppm to mass; see `assumptions` when it was not given."""
    pressure_Pa: float
    source: SourceFile
    limit_of_detection: float | None = None
    """In `unit`: below it the value says only that it is below."""
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = ()
    """What was not given and had to be supposed, in plain words."""

    def __post_init__(self) -> None:
        """Refuse a path without an end, and a point with one."""
        super().__post_init__()
        ends = [name for name in self.samples.names if name.startswith("end_")]
        if len(ends) != (3 if self.kind == "path" else 0):
            raise RecordError(
                f"Readings.samples: kind '{self.kind}' with the path ends {ends or 'none'}; "
                "a path has end_lon_deg, end_lat_deg and end_height_m, a point has none of them"
            )
