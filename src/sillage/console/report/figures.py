"""Which figures does the report show, and what is said below each?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing import layers as on_ground
from sillage.console.drawing.colour import SHADES
from sillage.console.drawing.labels import Labels
from sillage.console.drawing.map import (
    BOX,
    MeanWind,
    Points,
    View,
    cross,
    map_figure,
    ring_mark,
    view_of,
    window,
)
from sillage.console.drawing.markup import Markup, join, tag
from sillage.console.drawing.rose import (
    class_names,
    shade_of,
    speed_classes,
    wind_from_deg,
    wind_rose,
)
from sillage.console.drawing.scales import number, percent
from sillage.console.drawing.series import DIRECTIONS, direction_figure, envelope, line_figure
from sillage.console.drawing.timeline import timeline
from sillage.console.report.answer import Answer, Truth
from sillage.console.report.sources import mean_point, name_of, spoken_of, wide_region
from sillage.records.source_estimate import SourceEstimate


def figure(drawing: object, *below: object, look: str = "") -> Markup:
    """A drawing with what is said below it."""
    return tag("figure", drawing, tag("figcaption", *below), class_=look or None)


def legend(items: Iterable[tuple[str, str]]) -> Markup:
    """Marks and their meaning; each mark is the inside of a small SVG."""
    entries = []
    for mark, meaning in items:
        drawn = tag("svg", Markup(mark), viewBox="0 0 26 14", class_="key", aria_hidden="true")
        entries.append(tag("li", drawn, tag("span", meaning)))
    return tag("ul", *entries, class_="legend")


def shade_bar(kind: str, low: str, high: str) -> Markup:
    """A ramp from its first to its last shade between two words."""
    if kind == "likely":
        cells = "".join(
            f'<rect x="{14 * i}" width="14" height="12" class="likely-{i}"/>' for i in range(SHADES)
        )
    else:
        cells = "".join(
            f'<path d="M{14 * i + 7} 6h0" class="dot reading-{i}"/>' for i in range(SHADES)
        )
    view = f"0 0 {14 * SHADES} 12"
    bar = tag("svg", Markup(cells), viewBox=view, class_="ramp", aria_hidden="true")
    return tag("p", tag("span", low), bar, tag("span", high), class_="shades")


def wind_columns(
    answer: Answer,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Time, east and north of all wind samples that were not masked, in order of time."""
    time_ns = np.concatenate([wind.samples["time_ns"] for wind in answer.wind])
    east = np.concatenate([wind.samples["east_m_s"] for wind in answer.wind])
    north = np.concatenate([wind.samples["north_m_s"] for wind in answer.wind])
    keep = np.flatnonzero(np.isfinite(east) & np.isfinite(north))
    order = keep[np.argsort(time_ns[keep], kind="stable")]
    return time_ns[order], east[order].astype(np.float64), north[order].astype(np.float64)


def mean_wind(answer: Answer) -> MeanWind | None:
    """Mean speed, and the direction of the mean vector; None without any wind."""
    if not answer.wind:
        return None
    _, east, north = wind_columns(answer)
    if not east.size:
        return None
    from_deg = wind_from_deg(np.array([east.mean()]), np.array([north.mean()]))
    return MeanWind(float(np.hypot(east, north).mean()), float(from_deg[0]))


def map_figures(answer: Answer, estimate: SourceEstimate) -> Markup:
    """The whole area and, for each source whose region is small in it, a closer view."""
    fixed = on_ground.stations(answer.readings, estimate.frame)
    whole = view_of(_everything(answer, estimate, fixed), estimate.frame)
    near: dict[int, View] = {}
    for source in spoken_of(estimate):
        points = _region_points(answer, estimate, source)
        view = view_of(points, estimate.frame, margin=0.3, least_m=4.0)
        if view.width_m < 0.62 * whole.width_m:
            near[source] = view
    shown = [_one_map(answer, estimate, whole, fixed, tuple(near.values()))]
    for source, view in near.items():
        name = name_of(estimate, source)
        title = f"Close up: {name}" if name else "Close up"
        shown.append(_one_map(answer, estimate, view, fixed, title=title))
    if near:
        return join((tag("div", *shown, class_="pair"), map_legend(answer, estimate)))
    beside = tag("div", map_legend(answer, estimate), class_="beside")
    return tag("div", *shown, beside, class_="pair")


def map_legend(answer: Answer, estimate: SourceEstimate) -> Markup:
    """What each mark on the maps means."""
    items: list[tuple[str, str]] = []
    if any(source.verdict == "located" for source in estimate.sources):
        items.append(('<path d="M13 2V12M8 7H18" class="cross"/>', "posterior mean"))
    for level in sorted({region.level for one in estimate.sources for region in one.regions}):
        look = "region wide" if level > 0.7 else "region"
        items.append((f'<path d="M2 7H24" class="{look}"/>', f"{percent(level)} region"))
    if answer.truths:
        items.append(('<circle cx="13" cy="7" r="5" class="truth-ring"/>', "known truth"))
    kinds = {batch.kind for batch in answer.readings if batch.platform == "fixed"}
    if kinds:
        items.append(('<circle cx="13" cy="7" r="4" class="sensor"/>', "sensor"))
    if "path" in kinds:
        beam = '<path d="M2 7H21" class="beam"/><rect x="19" y="4" width="6" height="6"'
        items.append((beam + ' class="reflector"/>', "measured path, its far end named"))
    if answer.detections:
        items.append(('<path d="M2 7H24" class="plume"/>', "plume seen from above"))
    if answer.tracks:
        items.append(('<path d="M2 10C9 0 15 14 24 4" class="flight"/>', "flight"))
    if answer.search_area is not None or any(z.meaning == "search" for z in answer.zones):
        items.append(('<path d="M2 7H24" class="search"/>', "search area"))
    if any(zone.meaning == "exclude" for zone in answer.zones):
        items.append(('<rect y="1" width="26" height="12" class="excluded"/>', "ruled out"))
    shares = on_ground.SHARES
    held = f"holds {percent(shares[-1])} of the probability"
    parts = [legend(items), shade_bar("likely", f"holds {percent(shares[0])}", held)]
    bounds = on_ground.shade_bounds(answer.readings)
    if bounds is not None:
        unit = next(b.unit for b in answer.readings if b.platform == "moving")
        ends = (f"{number(float(bounds[0]))} {unit}", f"{number(float(bounds[-1]))} {unit} read")
        parts.append(shade_bar("reading", *ends))
    return join(parts)


def wind_figures(answer: Answer) -> Markup:
    """Rose, speed and direction of all wind that was measured."""
    time_ns, east, north = wind_columns(answer)
    if not east.size:
        return tag("p", "No wind sample was usable.", class_="quiet")
    speed, from_deg = np.hypot(east, north), wind_from_deg(east, north)
    times = timeline(time_ns, 48.0, 448.0)
    pieces = envelope(time_ns, speed)
    bounds = speed_classes(speed)
    keys = [
        (
            f'<rect y="1" width="26" height="12" class="likely-{shade_of(i, len(bounds))}"/>',
            name,
        )
        for i, name in enumerate(class_names(bounds))
    ]
    series = [line_figure(times, pieces, title="Wind speed", unit="m/s")]
    series.append(direction_figure(times, time_ns, from_deg))
    thinned = f"{time_ns.size:,} samples. "
    if time_ns.size > pieces.time_ns.size:
        thinned += f"Speed is drawn as the mean and extremes of {pieces.time_ns.size} pieces. "
    if time_ns.size > DIRECTIONS:
        thinned += f"Direction shows one sample in {-(-time_ns.size // DIRECTIONS)}. "
    pauses = ", long pauses folded away (//)." if times.breaks() else "."
    below = f"{thinned}Times are UTC{pauses}"
    rose = figure(wind_rose(from_deg, speed), legend(keys))
    return tag("div", rose, figure(join(series), below), class_="pair")


def _one_map(
    answer: Answer,
    estimate: SourceEstimate,
    view: View,
    fixed: Sequence[on_ground.Station],
    near: Sequence[View] = (),
    *,
    title: str = "The area",
) -> Markup:
    labels = Labels(BOX)
    marks = _marks(answer, estimate, view, labels)
    ground = [on_ground.plumes(view, answer.detections)]
    ground.append(on_ground.probability(view, estimate.grid))
    if answer.search_area is not None:
        ground.append(on_ground.search_area(view, answer.search_area))
    ground.append(on_ground.zones(view, answer.zones))
    ground += [
        on_ground.flight(view, t.samples["lon_deg"], t.samples["lat_deg"]) for t in answer.tracks
    ]
    bounds = on_ground.shade_bounds(answer.readings)
    for batch in answer.readings:
        if batch.platform == "moving" and bounds is not None:
            ground.append(on_ground.moving_readings(view, batch, bounds))
    ground.append(on_ground.regions(view, estimate))
    ground.append(on_ground.sensors(view, fixed, labels))
    ground += [window(view, one) for one in near]
    drawing = map_figure(
        view,
        [*ground, *marks],
        [labels.drawn()],
        wind=mean_wind(answer),
        title=title,
        described=_described(estimate, fixed),
    )
    below = [tag("b", title), f". Metres from {_origin(estimate)}; degrees at the far edges."]
    if near:
        framed = "The frame marks the close-up." if len(near) == 1 else "Frames mark the close-ups."
        below.append(f" {framed}")
    if labels.left_out:
        below.append(f" {labels.left_out} names left out for want of room.")
    return figure(drawing, *below)


def _marks(answer: Answer, estimate: SourceEstimate, view: View, labels: Labels) -> list[Markup]:
    """Crosses on the located sources, named where there are several, and rings on the truths."""
    # Between several places, or anywhere at all, the mean is no answer and gets no mark.
    located = [k for k, one in enumerate(estimate.sources) if one.verdict == "located"]
    means = [mean_point(estimate, source) for source in located]
    truths = [_true_point(estimate, truth) for truth in answer.truths]
    marks = [*(cross(view, mean) for mean in means), *(ring_mark(view, true) for true in truths)]
    if not means and not truths:
        return marks
    papers = view.paper(np.array([*means, *truths])).tolist()
    labels.keep_free(((x, y) for x, y in papers), radius=8.0)
    for (x, y), source in zip(papers, located, strict=False):
        within = BOX.left <= x <= BOX.right and BOX.top <= y <= BOX.bottom
        if within and (name := name_of(estimate, source)):
            labels.write(x, y, name, "label source-name")
    return marks


def _true_point(estimate: SourceEstimate, truth: Truth) -> tuple[float, float]:
    east, north = estimate.frame.to_local(truth.place.lon, truth.place.lat)
    return float(east), float(north)


def _described(estimate: SourceEstimate, fixed: Sequence[on_ground.Station]) -> str:
    told = [_told_of(estimate, source) for source in spoken_of(estimate)]
    return f"{'; '.join(told)}; {len(fixed)} fixed sensors."


def _told_of(estimate: SourceEstimate, source: int) -> str:
    found, name = estimate.sources[source], name_of(estimate, source)
    wide = wide_region(found)
    ground = f"the {percent(wide.level)} region covers {wide.area_m2:.3g} m2" if wide else ""
    where = f"latitude {found.position.lat:.6f}, longitude {found.position.lon:.6f}"
    return f"{f'{name}: p' if name else 'P'}osterior mean at {where}; {ground}"


def _origin(estimate: SourceEstimate) -> str:
    return f"{estimate.frame.lat:.5f}, {estimate.frame.lon:.5f}"


def _everything(
    answer: Answer, estimate: SourceEstimate, fixed: Sequence[on_ground.Station]
) -> Points:
    """Every point that the whole map must hold."""
    found = [_region_points(answer, estimate, k) for k in range(len(estimate.sources))]
    if answer.search_area is not None:
        found.append(on_ground.corners(answer.search_area, estimate.frame))
    found += [
        on_ground.corners(zone.area, estimate.frame)
        for zone in answer.zones
        if zone.meaning == "search"
    ]
    found += [np.array([station.at, station.end or station.at]) for station in fixed]
    moving = [batch.samples for batch in answer.readings if batch.platform == "moving"]
    found += [
        on_ground.local(estimate.frame, table["lon_deg"], table["lat_deg"])
        for table in (*moving, *(track.samples for track in answer.tracks))
    ]
    return np.concatenate(found)


def _region_points(answer: Answer, estimate: SourceEstimate, source: int) -> Points:
    """The wide region and the mean of a source, with its truth when that lies near by."""
    wide = wide_region(estimate.sources[source])
    found = [np.array([mean_point(estimate, source)])]
    if wide is not None:
        found += [on_ground.corners(area, estimate.frame) for area in wide.areas]
    points = np.concatenate(found)
    truth = answer.truth_of(estimate, source)
    if truth is not None:
        there = np.array([_true_point(estimate, truth)])
        span = float(np.ptp(points, axis=0).max())
        if float(np.hypot(*(there[0] - points.mean(axis=0)))) < max(3.0 * span, 10.0):
            points = np.concatenate([points, there])
    return points
