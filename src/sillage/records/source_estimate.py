"""Where are the sources, how much do they emit, and how sure is that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import msgspec

from sillage.errors import RecordError
from sillage.records.arrays import Arrays
from sillage.records.base import Interval, Part, Record
from sillage.records.layout import Layout, table
from sillage.records.place import Area, LocalFrame, Place
from sillage.records.provenance import Masked
from sillage.records.quantity import Probability, Quantity

__all__ = ["CredibleRegion", "FoundSource", "Quantity", "SourceEstimate"]


class CredibleRegion(Part, frozen=True, kw_only=True):
    """The smallest region of the ground that holds the source with probability `level`."""

    level: float
    areas: tuple[Area, ...]
    """Outer rings; a region may be in pieces."""
    area_m2: float
    equivalent_radius_m: float
    """Radius of the circle of the same area."""


class FoundSource(Part, frozen=True, kw_only=True):
    """One source; all but `probability` is said given that it exists."""

    probability: Probability
    """That it exists."""
    facility: str = ""
    """Name of the known lawful emitter that it stands for; empty for an unknown source."""
    verdict: Literal["located", "ambiguous", "cannot tell"]
    reason: str
    """Why this verdict, in a sentence or two."""
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


class SourceEstimate(Record, frozen=True, kw_only=True):
    """The posterior over the positions and rates of the sources.

    `posterior` holds equally weighted joint draws over (draw, source), the sources in the order
    of `sources` and each given that it exists: east_m, north_m (m in `frame`), height_m (m above
    ground), rate_kg_h (kg/h while on). `grid` holds the `probability` of each cell over (source,
    north, east), with the cell centres north_m over (source, north) and east_m over (source,
    east): each source has axes of its own, and its cells sum to one. `course` holds, over (time,
    source), the probability `on` that the source emits in the block of wind that begins at
    time_ns, given that it exists; a block is `settings["block_s"]` long where the method has it.

    `fit`, over `block`, sets measured against modelled: time_ns, sensor (index into `sensors`),
    measured (the limit of detection where it lies below), measured_std, modelled, modelled_low,
    modelled_high, background (all ppm), used (1, or 0 where the reading was left out) and
    influence (how far the posterior would move without the reading: Kullback-Leibler divergence,
    nats).

    `advice` holds, over (north, east), the `gain` of information about the sources, in nats, that
    one more reading is expected to give at each place: the mutual information of reading and
    draw. The middles of its cells are north_m and east_m.
    """

    keeps_arrays: ClassVar[bool] = True
    LAYOUT: ClassVar[Mapping[str, Layout]] = {
        "posterior": table("draw source", east_m="m", north_m="m", height_m="m", rate_kg_h="kg/h"),
        "grid": table("source north east", probability="1")
        | table("source east", east_m="m")
        | table("source north", north_m="m"),
        "course": table("time", time_ns="ns") | table("time source", on="1"),
        "fit": table("block", time_ns="ns", sensor="1", used="1", influence="1")
        | table("block", measured="ppm", measured_std="ppm", background="ppm")
        | table("block", modelled="ppm", modelled_low="ppm", modelled_high="ppm"),
        "advice": table("north east", gain="1")
        | table("east", east_m="m")
        | table("north", north_m="m"),
    }

    gas: str
    frame: LocalFrame
    verdict: Literal["located", "ambiguous", "cannot tell"]
    """On the unknown sources together."""
    reason: str
    """Why this verdict, in a few words for the person who acts on it."""
    number_of_sources: tuple[float, ...]
    """Probability of 0, 1, 2 ... unknown sources, as far as the method considers them."""
    sources: Annotated[tuple[FoundSource, ...], msgspec.Meta(min_length=1)]
    """Strongest evidence first; with nothing found, the best candidate and its low probability."""
    posterior: Arrays
    grid: Arrays
    course: Arrays
    fit: Arrays
    advice: Arrays
    sensors: tuple[str, ...]
    log_evidence: float | None = None
    """Natural logarithm, against the hypothesis of no unknown source."""
    effective_sample_size: float
    method: str
    settings: dict[str, float | int | str]
    """Every prior and setting that shaped the answer."""
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse arrays that are not of the sources."""
        super().__post_init__()
        for name in ("posterior", "grid", "course"):
            arrays: Arrays = getattr(self, name)
            if (count := arrays.sizes["source"]) != len(self.sources):
                raise RecordError(
                    f"SourceEstimate.{name}: {count} along 'source', but there are "
                    f"{len(self.sources)} sources"
                )
