"""How much of a gas stands above the background, pixel by pixel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from sillage.records.arrays import Arrays
from sillage.records.base import Record
from sillage.records.layout import Layout, table
from sillage.records.place import Area
from sillage.records.provenance import Masked
from sillage.records.quantity import NonNegative


class Enhancement(Record, frozen=True, kw_only=True):
    """Column of one gas above its background, with its error.

    `column`, over (y, x):

    | array | unit | |
    |---|---|---|
    | column_ppm_m | ppm m | above background; negative by noise, NaN where masked |
    | std_ppm_m | ppm m | one sigma |
    | sensitivity | 1 | column that is retrieved for each ppm m that is there; where known |
    | lon_deg, lat_deg | deg | pixel centres on the ground |
    """

    LAYOUT: ClassVar[Mapping[str, Layout]] = {
        "column": table("y x", column_ppm_m="ppm m", std_ppm_m="ppm m")
        | table("y x", lon_deg="deg", lat_deg="deg")
        | table("y x", optional=True, sensitivity="1"),
    }

    gas: str
    """Name in the gas library."""
    column: Arrays
    outline: Area
    ground_sample_m: NonNegative
    method: str
    settings: dict[str, float | int | str]
    """Every choice that shaped the answer."""
    wavelengths_nm: tuple[tuple[NonNegative, NonNegative], ...]
    """Windows that the retrieval used."""
    noise_ppm_m: NonNegative
    """Median of the one-sigma error over the clear pixels."""
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = ()
