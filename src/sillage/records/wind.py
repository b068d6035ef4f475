"""How did the air move: a columnar batch of wind near a time and place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from sillage.records.arrays import Arrays
from sillage.records.base import Record
from sillage.records.layout import Layout, table
from sillage.records.place import HeightAbove
from sillage.records.provenance import Masked, SourceFile


class Wind(Record, frozen=True, kw_only=True):
    """Wind samples of one anemometer or log, always as the direction of *travel*.

    `samples` is a table over the dimension `sample`:

    | column | unit | |
    |---|---|---|
    | time_ns | ns | int64 since 1970-01-01T00:00Z: the start of the interval |
    | east_m_s, north_m_s | m/s | where the air goes; NaN where masked |
    | up_m_s | m/s | only where it was measured |
    | sigma_v_m_s, sigma_w_m_s | m/s | only in averages: crosswind and vertical fluctuation |
    | speed_std_m_s, direction_std_deg | m/s, deg | only in averages: error of the mean |
    | friction_velocity_m_s, obukhov_m | m/s, m | only in averages, of their own stretch of time |

    The fields `friction_velocity_m_s` and `obukhov_m` hold for all rows where there is no column.
    """

    LAYOUT: ClassVar[Mapping[str, Layout]] = {
        "samples": table("sample", time_ns="ns", east_m_s="m/s", north_m_s="m/s")
        | table("sample", optional=True, up_m_s="m/s", sigma_v_m_s="m/s", sigma_w_m_s="m/s")
        | table("sample", optional=True, speed_std_m_s="m/s", direction_std_deg="deg")
        | table("sample", optional=True, friction_velocity_m_s="m/s", obukhov_m="m")
    }

    samples: Arrays
    interval_s: float
    """Time that one row averages over; 0 for instantaneous samples."""
    height_m: float
    height_above: HeightAbove
    source: SourceFile
    obukhov_m: float | None = None
    friction_velocity_m_s: float | None = None
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = ()
