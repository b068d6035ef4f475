"""How are lines, bands, words and axes written as SVG?"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sillage.console.drawing.markup import Markup, join, short, tag
from sillage.console.drawing.scales import Scale, tick_labels
from sillage.console.drawing.timeline import Timeline

PANEL_WIDTH = 460.0
"""Width of every figure in its own units."""


@dataclass(frozen=True)
class Box:
    """The plotting rectangle inside a figure."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top


def panel(height: float, *layers: object, title: str, described: str, kind: str = "") -> Markup:
    """A whole figure: accessible by title and description, sharp at any width."""
    return tag(
        "svg",
        tag("title", title),
        tag("desc", described),
        *layers,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {short(PANEL_WIDTH)} {short(height)}",
        role="img",
        aria_label=f"{title}. {described}",
        class_=f"panel {kind}".strip(),
    )


def words(x: float, y: float, content: object, *, anchor: str = "start", look: str = "") -> Markup:
    """A line of text; `anchor` is start, middle or end."""
    return tag(
        "text",
        content,
        x=x,
        y=y,
        text_anchor=None if anchor == "start" else anchor,
        class_=look or None,
    )


def line(x1: float, y1: float, x2: float, y2: float, look: str) -> Markup:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=look)


def rectangle(box: Box, look: str) -> Markup:
    """A filled or framed rectangle."""
    return tag(
        "rect",
        x=box.left,
        y=box.top,
        width=max(box.width, 0.0),
        height=max(box.height, 0.0),
        class_=look,
    )


def polyline(x: ArrayLike, y: ArrayLike, look: str) -> Markup:
    """A line through points; it is interrupted where a coordinate is NaN."""
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    steps: list[str] = []
    pen_down = False
    for px, py in zip(xs.tolist(), ys.tolist(), strict=True):
        if math.isnan(px) or math.isnan(py):
            pen_down = False
            continue
        steps.append(f"{'L' if pen_down else 'M'}{short(px)} {short(py)}")
        pen_down = True
    return tag("path", d="".join(steps), class_=look) if steps else Markup("")


def band(x: ArrayLike, low: ArrayLike, high: ArrayLike, look: str) -> Markup:
    """The area between two lines; it is interrupted where any of the three is NaN."""
    stack = np.stack([np.asarray(part, dtype=np.float64) for part in (x, low, high)])
    finite = np.isfinite(stack).all(axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], finite.astype(np.int8), [0]])))
    outlines: list[NDArray[np.float64]] = []
    for first, last in edges.reshape(-1, 2):
        px, lo, hi = stack[:, first:last]
        there = np.stack([px, hi], axis=1)
        back = np.stack([px, lo], axis=1)[::-1]
        outlines.append(np.concatenate([there, back]))
    return rings_path(outlines, look)


def rings_path(rings: Sequence[NDArray[np.float64]], look: str) -> Markup:
    """Closed outlines as one shape; a ring inside another is a hole."""
    if not rings:
        return Markup("")
    parts = [
        "M" + "L".join(f"{short(px)} {short(py)}" for px, py in ring.tolist()) + "Z"
        for ring in rings
    ]
    return tag("path", d="".join(parts), fill_rule="evenodd", class_=look)


def dots(x: ArrayLike, y: ArrayLike, look: str) -> Markup:
    """Many dots as one shape: strokes of no length with round ends."""
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    keep = np.isfinite(xs) & np.isfinite(ys)
    if not keep.any():
        return Markup("")
    steps = zip(xs[keep].tolist(), ys[keep].tolist(), strict=True)
    return tag("path", d="".join(f"M{short(px)} {short(py)}h0" for px, py in steps), class_=look)


def bars(x: ArrayLike, low: ArrayLike, high: ArrayLike, look: str) -> Markup:
    """Upright strokes from `low` to `high`, as one shape."""
    stack = np.stack([np.asarray(part, dtype=np.float64) for part in (x, low, high)], axis=1)
    stack = stack[np.isfinite(stack).all(axis=1)]
    if not len(stack):
        return Markup("")
    steps = (f"M{short(px)} {short(lo)}V{short(hi)}" for px, lo, hi in stack.tolist())
    return tag("path", d="".join(steps), class_=look)


def clipped(box: Box, *layers: object) -> Markup:
    """Layers that are cut off at the edges of a box, without needing an id."""
    corner = f"{short(box.left)} {short(box.top)} {short(box.width)} {short(box.height)}"
    return tag(
        "svg",
        *layers,
        x=box.left,
        y=box.top,
        width=box.width,
        height=box.height,
        viewBox=corner,
        overflow="hidden",
    )


def value_axis(box: Box, scale: Scale, *, about: int = 5, unit: str = "") -> Markup:
    """Grid lines and labels at the left; the unit stands above them."""
    ticks = scale.ticks(about)
    parts = [
        join(
            (
                line(box.left, scale.at(tick), box.right, scale.at(tick), "grid"),
                words(box.left - 6, scale.at(tick) + 4, label, anchor="end", look="tick"),
            )
        )
        for tick, label in zip(ticks, tick_labels(ticks), strict=True)
    ]
    if unit:
        parts.append(words(box.left - 6, box.top - 22, unit, anchor="end", look="unit"))
    return join(parts)


def bottom_axis(box: Box, scale: Scale, *, about: int = 5, unit: str = "") -> Markup:
    """A base line with labelled ticks and the unit at its right end."""
    ticks = scale.ticks(about)
    parts = [line(box.left, box.bottom, box.right, box.bottom, "axis")]
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        x = scale.at(tick)
        parts.append(line(x, box.bottom, x, box.bottom + 4, "axis"))
        parts.append(words(x, box.bottom + 17, label, anchor="middle", look="tick"))
    if unit:
        parts.append(words(box.right, box.bottom + 33, unit, anchor="end", look="unit"))
    return join(parts)


def time_axis(box: Box, times: Timeline, *, labelled: bool = True) -> Markup:
    """A UTC axis; folded pauses are two slanted strokes."""
    parts = [line(one.start, box.bottom, one.end, box.bottom, "axis") for one in times.stretches]
    for x in times.breaks():
        for shift in (-3.0, 1.0):
            ends = (x + shift, box.bottom + 4, x + shift + 3, box.bottom - 4)
            parts.append(line(*ends, "axis"))
    for tick in times.ticks() if labelled else []:
        parts.append(line(tick.x, box.bottom, tick.x, box.bottom + 4, "axis"))
        parts.append(words(tick.x, box.bottom + 17, tick.label, anchor="middle", look="tick"))
        if tick.date:
            anchor = "end" if tick.x > box.right - 30 else "middle"
            parts.append(words(tick.x, box.bottom + 31, tick.date, anchor=anchor, look="unit"))
    return join(parts)


def readout(box: Box, x: ArrayLike, y: ArrayLike, notes: Sequence[str]) -> Markup:
    """An unseen sheet over a box that says the nearest point's note under the pointer."""
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    points = [
        [round(px, 1), round(py, 1), note]
        for px, py, note in zip(xs.tolist(), ys.tolist(), notes, strict=True)
        if np.isfinite(px) and np.isfinite(py)
    ]
    return tag(
        "rect",
        x=box.left,
        y=box.top,
        width=box.width,
        height=box.height,
        class_="sheet",
        data_points=json.dumps(points, ensure_ascii=False, separators=(",", ":")),
    )
