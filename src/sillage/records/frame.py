"""What did a thermal camera see: one frame, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from sillage.records.arrays import Arrays
from sillage.records.base import Part, Record
from sillage.records.layout import Layout, table
from sillage.records.place import HeightAbove, Place
from sillage.records.provenance import Masked, SourceFile
from sillage.records.quantity import NonNegative


class Pose(Part, frozen=True, kw_only=True):
    """Where the camera was and where it looked; errors are one sigma."""

    place: Place
    height_above: HeightAbove
    yaw_deg: float
    """Clockwise from north."""
    pitch_deg: float
    """Up from the horizon: straight down is -90."""
    roll_deg: float
    position_std_m: NonNegative
    angle_std_deg: NonNegative


class Drift(Part, frozen=True, kw_only=True):
    """How settled an uncooled camera was when it took the frame."""

    state: Literal["warming up", "settled", "shutter closed", "unknown"]
    since_shutter_s: NonNegative | None = None
    """Time since the last flat-field correction."""
    housing_temperature_K: NonNegative | None = None
    offset_std_K: NonNegative | None = None
    """One sigma of the offset that all pixels of the frame share."""


class Frame(Record, frozen=True, kw_only=True):
    """Apparent temperature, as if all were black and no air lay between.

    `image`, over (y, x): temperature_K (K), and where they are known std_K (K) and usable
    (1, or 0 for a dead or saturated pixel).
    """

    LAYOUT: ClassVar[Mapping[str, Layout]] = {
        "image": table("y x", temperature_K="K")
        | table("y x", optional=True, std_K="K", usable="1"),
    }

    platform: str
    camera: str
    """Name of the `Instrument`; its id is a parent where there is one."""
    image: Arrays
    pose: Pose | None
    """None where the frame came without a position: it can be looked at, not mapped."""
    focal_length_px: NonNegative | None = None
    band_um: tuple[NonNegative, NonNegative]
    """Shortest and longest wavelength that the camera takes in."""
    drift: Drift
    source: SourceFile
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = ()
