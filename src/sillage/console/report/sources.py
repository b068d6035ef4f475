"""Which sources does an answer speak of, and where is each?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing.contour import inside
from sillage.console.drawing.layers import corners
from sillage.records.place import Place
from sillage.records.source_estimate import CredibleRegion, FoundSource, SourceEstimate


@dataclass(frozen=True)
class Piece:
    """One of several places where a source may be."""

    place: Place
    share: float
    reach_m: float


def spoken_of(estimate: SourceEstimate) -> list[int]:
    """Which sources something can be said of, known emitters too; else the best candidate."""
    said = [k for k, one in enumerate(estimate.sources) if one.verdict != "cannot tell"]
    return said or [_best(estimate)]


def claimed(estimate: SourceEstimate) -> list[int]:
    """Which unknown sources something can be said of; else the best candidate."""
    said = [k for k in spoken_of(estimate) if not estimate.sources[k].facility]
    return said or [_best(estimate)]


def name_of(estimate: SourceEstimate, source: int) -> str:
    """What a source is called on the page; nothing where it is the only one."""
    if facility := estimate.sources[source].facility:
        return facility
    return f"Source {source + 1}" if len(estimate.sources) > 1 else ""


def draws(estimate: SourceEstimate, source: int) -> NDArray[np.float64]:
    """Posterior draws of a source's east and north in metres (draw, 2)."""
    table = estimate.posterior
    columns = [table["east_m"][:, source], table["north_m"][:, source]]
    return np.stack(columns, axis=1).astype(np.float64)


def mean_point(estimate: SourceEstimate, source: int) -> tuple[float, float]:
    """The posterior mean of a source in local metres."""
    place = estimate.sources[source].position
    east, north = estimate.frame.to_local(place.lon, place.lat)
    return float(east), float(north)


def reach_90_m(estimate: SourceEstimate, source: int) -> float:
    """Distance from the posterior mean within which nine draws of ten lie."""
    away = np.hypot(*(draws(estimate, source) - np.array(mean_point(estimate, source))).T)
    return float(np.quantile(away, 0.9))


def wide_region(source: FoundSource) -> CredibleRegion | None:
    """The largest credible region that is stated of a source."""
    return max(source.regions, key=lambda region: region.level, default=None)


def pieces(estimate: SourceEstimate, source: int) -> list[Piece]:
    """The separate parts of the wide region, the likeliest first, slivers left out."""
    wide = wide_region(estimate.sources[source])
    if wide is None:
        return []
    points = draws(estimate, source)
    found: list[Piece] = []
    for area in wide.areas:
        held = points[inside(corners(area, estimate.frame), points)]
        share = len(held) / max(len(points), 1)
        if share < 0.02:
            continue
        middle = held.mean(axis=0)
        lon, lat = estimate.frame.to_lonlat(middle[0], middle[1])
        reach = float(np.quantile(np.hypot(*(held - middle).T), 0.9))
        found.append(Piece(Place(lon=float(lon), lat=float(lat)), share, reach))
    return sorted(found, key=lambda piece: -piece.share)


def _best(estimate: SourceEstimate) -> int:
    """The unknown source with the strongest evidence, or the first of all."""
    return next((k for k, one in enumerate(estimate.sources) if not one.facility), 0)
