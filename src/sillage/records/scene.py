"""What did an imaging spectrometer see: one acquisition, radiance by pixel and wavelength."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from sillage.records.arrays import Arrays
from sillage.records.base import Record
from sillage.records.layout import Layout, table
from sillage.records.place import Area, HeightAbove
from sillage.records.provenance import Masked, SourceFile
from sillage.records.quantity import NonNegative


class Scene(Record, frozen=True, kw_only=True):
    """At-sensor radiance of one acquisition; reflectance is no scene.

    | field | arrays | |
    |---|---|---|
    | `cube` | radiance (y, x, wavelength) | W m-2 sr-1 um-1; NaN where there is none |
    | `bands` | wavelength_nm, fwhm_nm, usable (wavelength) | centre, width, 0 for a bad band |
    | `geolocation` | lon_deg, lat_deg (y, x) | pixel centres on the ground |
    | | ground_height_m, view_zenith_deg, sun_zenith_deg (y, x) | where they are known |
    | | time_ns (y) | when each line was taken |

    The cube stands alone in its field, so that its hash can be taken while it streams.
    """

    LAYOUT: ClassVar[Mapping[str, Layout]] = {
        "cube": table("y x wavelength", radiance="W m-2 sr-1 um-1"),
        "bands": table("wavelength", wavelength_nm="nm", usable="1")
        | table("wavelength", optional=True, fwhm_nm="nm"),
        "geolocation": table("y x", lon_deg="deg", lat_deg="deg")
        | table("y x", optional=True, ground_height_m="m")
        | table("y x", optional=True, view_zenith_deg="deg", sun_zenith_deg="deg")
        | table("y", optional=True, time_ns="ns"),
    }

    platform: str
    instrument: str
    """Name of the `Instrument`; its id is a parent where there is one."""
    grid: Literal["sensor", "map"]
    """Whether x runs along the detector (its columns share noise), or along a map's rows."""
    cube: Arrays
    bands: Arrays
    geolocation: Arrays
    outline: Area
    ground_sample_m: NonNegative
    """Side of a pixel on the ground, median."""
    sensor_height_m: float
    height_above: HeightAbove
    sun_zenith_deg: NonNegative | None = None
    """At the middle of the scene; None by night and where it does not matter."""
    sun_azimuth_deg: float | None = None
    """Clockwise from north."""
    source: SourceFile
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = ()
