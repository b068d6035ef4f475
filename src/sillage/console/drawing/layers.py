"""What lies on the map: probability, regions, sensors, paths and flights?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing.colour import SHADES
from sillage.console.drawing.contour import mass_levels, rings
from sillage.console.drawing.labels import Labels
from sillage.console.drawing.map import BOX, Points, View
from sillage.console.drawing.markup import Markup, join, tag
from sillage.console.drawing.svg import dots, polyline, rings_path
from sillage.records.arrays import Arrays
from sillage.records.context import Zone
from sillage.records.detection import Detection
from sillage.records.place import Area, LocalFrame
from sillage.records.readings import Readings
from sillage.records.source_estimate import SourceEstimate

SHARES = (0.99, 0.95, 0.9, 0.8, 0.65, 0.5, 0.3, 0.1)
"""Each shade is the smallest ground that holds this share of the probability."""
MOST_DOTS = 1500
MOST_CORNERS = 2000


@dataclass(frozen=True)
class Station:
    """A fixed sensor; `end` is the far end of its path, if it measures along one."""

    name: str
    at: tuple[float, float]
    end: tuple[float, float] | None


def local(frame: LocalFrame, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Points:
    """Local metres (point, 2) of degrees; points that are not numbers are left out."""
    keep = np.isfinite(lon) & np.isfinite(lat)
    east, north = frame.to_local(lon[keep], lat[keep])
    return np.stack([np.atleast_1d(east), np.atleast_1d(north)], axis=1)


def corners(area: Area, frame: LocalFrame) -> Points:
    """Corners of an area in local metres."""
    ring = np.array(area.ring, dtype=np.float64)
    return local(frame, ring[:, 0], ring[:, 1])


def stations(readings: Sequence[Readings], frame: LocalFrame) -> list[Station]:
    """The fixed sensors, each once, at the middle of the positions it gave."""
    found: dict[str, Station] = {}
    for batch in readings:
        if batch.platform != "fixed":
            continue
        table = batch.samples
        for index, name in enumerate(batch.sensors):
            mine = np.flatnonzero(table["sensor"] == index)
            if not mine.size or name in found:
                continue
            start = _middle(frame, table["lon_deg"][mine], table["lat_deg"][mine])
            end = None
            if batch.kind == "path":
                end = _middle(frame, table["end_lon_deg"][mine], table["end_lat_deg"][mine])
            if start is not None:
                found[name] = Station(name, start, end)
    return list(found.values())


def probability(view: View, grid: Arrays) -> Markup:
    """The posterior of each source as nested regions, darker where likelier."""
    mass, east, north = (
        np.asarray(grid[name], dtype=np.float64) for name in ("probability", "east_m", "north_m")
    )
    if min(mass.shape[1:]) < 2:
        return Markup("")  # a line of cells has no outline
    shades = [
        (shade, source, level)
        for source, one in enumerate(mass)
        for shade, level in enumerate(mass_levels(one, SHARES))
        if np.isfinite(level)
    ]
    # Shade by shade, so that the faint ground of one source hides nothing of another.
    return join(
        rings_path(
            [view.paper(ring) for ring in rings(east[k], north[k], mass[k], level)],
            f"likely-{shade}",
        )
        for shade, k, level in sorted(shades)
    )


def gain(view: View, advice: Arrays) -> Markup:
    """What one more reading would tell at each place, darker where more; in even steps."""
    nats, east, north = (
        np.asarray(advice[name], dtype=np.float64) for name in ("gain", "east_m", "north_m")
    )
    steps = (np.arange(SHADES) + 0.5) / SHADES * float(nats.max())
    return join(
        rings_path([view.paper(ring) for ring in rings(east, north, nats, level)], f"likely-{k}")
        for k, level in enumerate(steps.tolist())
    )


def regions(view: View, estimate: SourceEstimate) -> Markup:
    """The credible regions of every source, outlined: the larger one dashed."""
    parts: list[Markup] = []
    every = [region for source in estimate.sources for region in source.regions]
    for region in sorted(every, key=lambda region: -region.level):
        outlines = [view.paper(corners(area, estimate.frame)) for area in region.areas]
        parts.append(rings_path(outlines, "region-halo"))
        parts.append(rings_path(outlines, "region wide" if region.level > 0.7 else "region"))
    return join(parts)


def plumes(view: View, found: Sequence[Detection]) -> Markup:
    """Outlines of plumes that were seen from above."""
    outlines = [view.paper(corners(area, view.frame)) for plume in found for area in plume.outline]
    return rings_path(outlines, "plume")


def search_area(view: View, area: Area) -> Markup:
    """The outline of where the source was looked for."""
    return rings_path([view.paper(corners(area, view.frame))], "search")


def zones(view: View, known: Sequence[Zone]) -> Markup:
    """Ground that is searched, outlined, and ground that is excluded, shaded."""
    return join(
        rings_path(
            [view.paper(corners(zone.area, view.frame))],
            "search" if zone.meaning == "search" else "excluded",
        )
        for zone in known
    )


def sensors(view: View, fixed: Sequence[Station], labels: Labels) -> Markup:
    """Sensors as dots, paths as lines with a reflector at their end; labels into `labels`."""
    parts: list[Markup] = []
    named: list[tuple[float, float, str]] = []
    for station in fixed:
        x, y = view.paper(np.array([station.at]))[0].tolist()
        labels.keep_free([(x, y)])
        if station.end is None:
            named.append((x, y, station.name))
        else:
            ex, ey = view.paper(np.array([station.end]))[0].tolist()
            parts.append(tag("path", d=f"M{x:.1f} {y:.1f}L{ex:.1f} {ey:.1f}", class_="beam"))
            parts.append(tag("rect", x=ex - 3, y=ey - 3, width=6.0, height=6.0, class_="reflector"))
            labels.keep_free([(ex, ey)])
            named.append((ex, ey, station.name))
        parts.append(tag("circle", cx=x, cy=y, r=4.0, class_="sensor"))
    for x, y, name in named:
        if BOX.left <= x <= BOX.right and BOX.top <= y <= BOX.bottom:
            labels.write(x, y, name)
    return join(parts)


def flight(view: View, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Markup:
    """A track as a thin line, thinned evenly when it has very many corners."""
    path = view.paper(local(view.frame, lon, lat))
    path = path[:: max(-(-len(path) // MOST_CORNERS), 1)]
    return polyline(path[:, 0], path[:, 1], "flight") if len(path) > 1 else Markup("")


def shade_bounds(readings: Sequence[Readings]) -> NDArray[np.float64] | None:
    """Values between the shades of readings from moving platforms; None when there are none."""
    values = [batch.samples["value"] for batch in readings if batch.platform == "moving"]
    joined = np.concatenate(values) if values else np.empty(0)
    finite = joined[np.isfinite(joined)]
    if not finite.size:
        return None
    low, high = (float(bound) for bound in np.quantile(finite, [0.02, 0.98]))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, SHADES + 1)


def moving_readings(view: View, batch: Readings, bounds: NDArray[np.float64]) -> Markup:
    """Readings along a flight as dots; where many share a dot it shows the highest of them."""
    table = batch.samples
    lon, lat, value = (table[name] for name in ("lon_deg", "lat_deg", "value"))
    keep = np.flatnonzero(np.isfinite(value) & np.isfinite(lon) & np.isfinite(lat))
    run = max(-(-keep.size // MOST_DOTS), 1)
    starts = np.arange(0, keep.size, run)
    highest = np.array(
        [keep[s : s + run][int(np.argmax(value[keep[s : s + run]]))] for s in starts], dtype=np.intp
    )
    if not highest.size:
        return Markup("")
    places = view.paper(local(view.frame, lon[highest], lat[highest]))
    shade = np.searchsorted(bounds[1:-1], value[highest], side="right")
    shaded = (
        dots(places[shade == step, 0], places[shade == step, 1], f"dot reading-{step}")
        for step in range(SHADES)
    )
    return join((dots(places[:, 0], places[:, 1], "dot-halo"), *shaded))


def _middle(
    frame: LocalFrame, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[float, float] | None:
    keep = np.isfinite(lon) & np.isfinite(lat)
    if not keep.any():
        return None
    east, north = frame.to_local(float(np.median(lon[keep])), float(np.median(lat[keep])))
    return float(east), float(north)
