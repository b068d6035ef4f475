"""What does the ground look like around the answer: a map drawn without any tile server?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing.markup import Markup, join, tag
from sillage.console.drawing.scales import (
    Scale,
    compass,
    latitude,
    longitude,
    metres,
    nice_step,
    nice_ticks,
    quantity,
    tick_labels,
)
from sillage.console.drawing.svg import (
    PANEL_WIDTH,
    Box,
    clipped,
    line,
    panel,
    rectangle,
    words,
)
from sillage.records.place import LocalFrame

Points = NDArray[np.float64]
"""Local metres (point, 2): east, north."""

HEIGHT = 520.0
BOX = Box(44.0, 26.0, PANEL_WIDTH - 26.0, 460.0)
_NORTH = "M0 -13L5 5L0 1.5L-5 5Z"


@dataclass(frozen=True)
class View:
    """The piece of ground that a map shows, in local metres, at one scale in both directions."""

    east: Scale
    north: Scale
    frame: LocalFrame

    def paper(self, points: Points) -> Points:
        """Units on the paper (point, 2) of local metres."""
        return np.stack([self.east(points[:, 0]), self.north(points[:, 1])], axis=1)

    @property
    def width_m(self) -> float:
        """Metres from the left to the right edge."""
        return self.east.high - self.east.low

    @property
    def corners(self) -> Points:
        """South-west and north-east corner in local metres."""
        return np.array([[self.east.low, self.north.low], [self.east.high, self.north.high]])


@dataclass(frozen=True)
class MeanWind:
    """The wind over the observed time: how strong on average, and where it came from."""

    speed_m_s: float
    from_deg: float

    @property
    def told(self) -> str:
        """In words."""
        return f"{quantity(self.speed_m_s, 'm/s', 2)} from {compass(self.from_deg)}"


def view_of(
    points: Points, frame: LocalFrame, *, margin: float = 0.08, least_m: float = 2.0
) -> View:
    """The view that holds all points with a margin, and is at least some metres wide."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle, span = (low + high) / 2.0, high - low
    ratio = BOX.width / BOX.height
    width = max(float(span[0]), float(span[1]) * ratio, least_m) * (1 + 2 * margin)
    half = np.array([width, width / ratio]) / 2.0
    return View(
        Scale(float(middle[0] - half[0]), float(middle[0] + half[0]), BOX.left, BOX.right),
        Scale(float(middle[1] - half[1]), float(middle[1] + half[1]), BOX.bottom, BOX.top),
        frame,
    )


def map_figure(
    view: View,
    layers: Sequence[Markup],
    over: Sequence[Markup] = (),
    *,
    wind: MeanWind | None,
    title: str,
    described: str,
) -> Markup:
    """A framed map: grid, layers cut at the frame, degrees and metres at its edges, furniture.

    Parameters
    ----------
    view
        The ground shown.
    layers
        What lies on the ground, lowest first.
    over
        Labels, which may not be cut.
    wind
        Drawn as an arrow below the map, pointing where the air goes.
    title, described
        For those who cannot see it.
    """
    parts = [
        rectangle(BOX, "ground"),
        clipped(BOX, _metric_grid(view), *layers),
        rectangle(BOX, "frame"),
        _metric_ticks(view),
        _degree_ticks(view),
        *over,
        _scale_bar(view),
        _north_arrow(),
    ]
    if wind is not None:
        parts.append(wind_arrow(wind))
    parts.append(_ground_readout(view))
    return panel(HEIGHT, *parts, title=title, described=described, kind="map")


def cross(view: View, point: tuple[float, float]) -> Markup:
    """The posterior mean: a cross with a halo."""
    x, y = view.east.at(point[0]), view.north.at(point[1])
    path = f"M{x - 7:.1f} {y:.1f}H{x + 7:.1f}M{x:.1f} {y - 7:.1f}V{y + 7:.1f}"
    return join((tag("path", d=path, class_="halo-line"), tag("path", d=path, class_="cross")))


def ring_mark(view: View, point: tuple[float, float]) -> Markup:
    """The true position, where it is known: a ring with a dot."""
    x, y = view.east.at(point[0]), view.north.at(point[1])
    return join(
        (
            tag("circle", cx=x, cy=y, r=7.0, class_="halo-line"),
            tag("circle", cx=x, cy=y, r=7.0, class_="truth-ring"),
            tag("circle", cx=x, cy=y, r=1.6, class_="truth-dot"),
        )
    )


def diamond(view: View, point: tuple[float, float]) -> Markup:
    """A place that is advised: a diamond with a halo."""
    x, y = view.east.at(point[0]), view.north.at(point[1])
    path = f"M{x:.1f} {y - 7:.1f}L{x + 7:.1f} {y:.1f}L{x:.1f} {y + 7:.1f}L{x - 7:.1f} {y:.1f}Z"
    return join((tag("path", d=path, class_="halo-line"), tag("path", d=path, class_="best")))


def window(view: View, shown: View) -> Markup:
    """The outline of another, closer view, never smaller than can be seen."""
    (left, bottom), (right, top) = view.paper(shown.corners).tolist()
    pad = max((14.0 - (right - left)) / 2.0, 0.0)
    return rectangle(Box(left - pad, top - pad, right + pad, bottom + pad), "window")


def wind_arrow(wind: MeanWind) -> Markup:
    """An arrow where the air goes, with the speed and where it comes from."""
    x, y = 204.0, 498.0
    shaft = tag("path", d="M0 13V-8", class_="wind-shaft")
    head = tag("path", d="M0 -14L5 -5H-5Z", class_="wind-head")
    turned = f"translate({x} {y}) rotate({(wind.from_deg + 180.0) % 360.0:.0f})"
    note = words(x + 20, y + 4.5, f"wind {wind.told}", look="label")
    return join((tag("g", shaft, head, transform=turned), note))


def _metric_grid(view: View) -> Markup:
    step = nice_step(view.width_m, 5)
    upright = [view.east.at(tick) for tick in _multiples(view.east, step)]
    level = [view.north.at(tick) for tick in _multiples(view.north, step)]
    return join(
        (
            *(line(x, BOX.top, x, BOX.bottom, "grid") for x in upright),
            *(line(BOX.left, y, BOX.right, y, "grid") for y in level),
        )
    )


def _metric_ticks(view: View) -> Markup:
    step = nice_step(view.width_m, 5)
    eastings, northings = _multiples(view.east, step), _multiples(view.north, step)
    parts: list[Markup] = []
    for tick, label in zip(eastings, tick_labels(eastings), strict=True):
        parts.append(
            words(view.east.at(tick), BOX.bottom + 15, label, anchor="middle", look="tick")
        )
    for tick, label in zip(northings, tick_labels(northings), strict=True):
        y = view.north.at(tick)
        if y < BOX.bottom - 4:
            parts.append(words(BOX.left - 5, y + 4, label, anchor="end", look="tick"))
    parts.append(words(BOX.left - 5, BOX.bottom + 15, "m", anchor="end", look="unit"))
    return join(parts)


def _degree_ticks(view: View) -> Markup:
    lon, lat = view.frame.to_lonlat(view.corners[:, 0], view.corners[:, 1])
    across = Scale(float(lon[0]), float(lon[1]), BOX.left, BOX.right)
    up = Scale(float(lat[0]), float(lat[1]), BOX.bottom, BOX.top)
    parts: list[Markup] = []
    for tick in nice_ticks(across.low, across.high, 3):
        x, decimals = across.at(tick), _decimals(across)
        parts.append(line(x, BOX.top, x, BOX.top - 5, "axis"))
        if BOX.left + 30 < x < BOX.right - 30:
            label = longitude(tick, decimals)
            parts.append(words(x, BOX.top - 9, label, anchor="middle", look="degree"))
    for tick in nice_ticks(up.low, up.high, 3):
        y, decimals = up.at(tick), _decimals(up)
        parts.append(line(BOX.right, y, BOX.right + 5, y, "axis"))
        if BOX.top + 36 < y < BOX.bottom - 36:
            turned = f"translate({BOX.right + 17:.1f} {y:.1f}) rotate(-90)"
            label = latitude(tick, decimals)
            text = tag("text", label, text_anchor="middle", class_="degree", transform=turned)
            parts.append(text)
    return join(parts)


def _decimals(scale: Scale) -> int:
    step = nice_step(scale.high - scale.low, 3)
    return max(int(-np.floor(np.log10(step) + 1e-9)), 0)


def _multiples(scale: Scale, step: float) -> list[float]:
    first, last = np.ceil(scale.low / step), np.floor(scale.high / step)
    return [round(float(index) * step, 9) for index in np.arange(first, last + 1)]


def _scale_bar(view: View) -> Markup:
    per_m = BOX.width / view.width_m
    length = nice_step(92.0 / per_m / 2.5, 1)  # at most 2.5 times what was asked for
    left, y = BOX.left, 499.0
    right = left + length * per_m
    path = f"M{left} {y - 5}V{y}H{right:.1f}V{y - 5}"
    note = words(right + 8, y + 3, metres(length), look="label")
    return join((tag("path", d=path, class_="scale-bar"), note))


def _north_arrow() -> Markup:
    x, y = BOX.right - 10.0, 500.0
    arrow = tag("path", d=_NORTH, class_="north", transform=f"translate({x} {y})")
    return join((arrow, words(x - 10, y + 4, "N", anchor="end", look="label")))


def _ground_readout(view: View) -> Markup:
    """A sheet that tells longitude and latitude under the pointer; linear over so small a map."""
    lon, lat = view.frame.to_lonlat(view.corners[:, 0], view.corners[:, 1])
    edges = [round(float(value), 8) for value in (lon[0], lat[0], lon[1], lat[1])]
    return tag(
        "rect",
        x=BOX.left,
        y=BOX.top,
        width=BOX.width,
        height=BOX.height,
        class_="sheet",
        data_ground=json.dumps(edges),
    )
