"""Where is the source, how much does it emit, and how sure is that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from sillage.records.arrays import Arrays
from sillage.records.base import Interval, Part, Record
from sillage.records.layout import Layout, table
from sillage.records.place import Area, LocalFrame, Place
from sillage.records.provenance import Masked
from sillage.records.quantity import Quantity

__all__ = ["CredibleRegion", "Quantity", "SourceEstimate"]


class CredibleRegion(Part, frozen=True, kw_only=True):
    """The smallest region of the ground that holds the source with probability `level`."""

    level: float
    areas: tuple[Area, ...]
    """Outer rings; a region may be in pieces."""
    area_m2: float
    equivalent_radius_m: float
    """Radius of the circle of the same area."""


class SourceEstimate(Record, frozen=True, kw_only=True):
    """The posterior over the position and rate of a source.

    `posterior` holds equally weighted draws over the dimension `draw`: east_m, north_m (m in
    `frame`), height_m (m above ground), rate_kg_h (kg/h). `grid` holds the `probability` of
    each cell over (north, east), and the cell centres east_m and north_m.

    `fit`, over `block`, sets measured against modelled: time_ns, sensor (index into `sensors`),
    measured, measured_std, modelled, modelled_low, modelled_high, background (all ppm) and
    used (1, or 0 where the reading was left out).
    """

    keeps_arrays: ClassVar[bool] = True
    LAYOUT: ClassVar[Mapping[str, Layout]] = {
        "posterior": table("draw", east_m="m", north_m="m", height_m="m", rate_kg_h="kg/h"),
        "grid": table("north east", probability="1")
        | table("east", east_m="m")
        | table("north", north_m="m"),
        "fit": table("block", time_ns="ns", sensor="1", used="1")
        | table("block", measured="ppm", measured_std="ppm", background="ppm")
        | table("block", modelled="ppm", modelled_low="ppm", modelled_high="ppm"),
    }

    gas: str
    frame: LocalFrame
    verdict: Literal["located", "ambiguous", "cannot tell"]
    reason: str
    """Why this verdict, in one sentence for the person who acts on it."""
    number_of_sources: tuple[float, ...]
    """Probability of 0, 1, 2 ... sources, as far as the method considers them."""
    position: Place
    """Posterior mean."""
    position_std_m: float
    """Root of the summed variances of east and north."""
    regions: tuple[CredibleRegion, ...]
    rate: Quantity
    """kg/h while the source is on."""
    on_fraction: Quantity | None = None
    """Share of the observed time in which the source was on."""
    schedule: tuple[Interval, ...] = ()
    """When it was more probably on than off; empty where the method does not tell."""
    posterior: Arrays
    grid: Arrays
    fit: Arrays
    sensors: tuple[str, ...]
    log_evidence: float | None = None
    """Natural logarithm, against the hypothesis of no source."""
    effective_sample_size: float
    method: str
    settings: dict[str, float | int | str]
    """Every prior and setting that shaped the answer."""
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = ()
