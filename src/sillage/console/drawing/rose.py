"""Where did the wind come from, how often, and how strong?

By meteorological custom a petal points to where the wind comes *from*.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing.colour import SHADES
from sillage.console.drawing.markup import Markup, join, tag
from sillage.console.drawing.scales import nice_step, percent, tick_label
from sillage.console.drawing.svg import PANEL_WIDTH, panel, words

SECTORS = 16
CALM_M_S = 0.5
CLASSES = 4
RING_STEPS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.35)
"""Shares that a ring may stand for; three rings hold the fullest sector."""
HEIGHT = 378.0
_CENTRE = (PANEL_WIDTH / 2.0, 182.0)
_REACH = 142.0
_HUB = 7.0


def wind_from_deg(
    east_m_s: NDArray[np.float64], north_m_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Direction the wind comes from, degrees clockwise from north, of its direction of travel."""
    return np.asarray(np.degrees(np.arctan2(-east_m_s, -north_m_s)) % 360.0)


def speed_classes(speed_m_s: NDArray[np.float64]) -> list[float]:
    """Lower bounds of the speed classes, the calm aside."""
    top = float(np.quantile(speed_m_s, 0.98)) if speed_m_s.size else 1.0
    step = nice_step(max(top, 1.0), CLASSES)
    return [CALM_M_S, *(step * index for index in range(1, CLASSES) if step * index > CALM_M_S)]


def class_names(bounds: list[float]) -> list[str]:
    """The speed classes in words, weakest first."""
    step = bounds[-1] - bounds[-2] if len(bounds) > 1 else 0.5
    texts = [tick_label(bound, min(step, 0.5 if bound == CALM_M_S else step)) for bound in bounds]
    return [*(f"{low} to {high} m/s" for low, high in pairwise(texts)), f"over {texts[-1]} m/s"]


def shade_of(index: int, count: int) -> int:
    """The ramp's shade for a speed class."""
    return 1 + round((SHADES - 2) * index / max(count - 1, 1))


def counts(
    from_deg: NDArray[np.float64], speed_m_s: NDArray[np.float64], bounds: list[float]
) -> NDArray[np.float64]:
    """Share of all samples in each sector and speed class (sector, class), the calm left out."""
    sector = np.round(from_deg / (360.0 / SECTORS)).astype(np.int64) % SECTORS
    strength = np.searchsorted(np.array(bounds), speed_m_s, side="right") - 1
    table = np.zeros((SECTORS, len(bounds)))
    windy = strength >= 0
    np.add.at(table, (sector[windy], strength[windy]), 1.0)
    return table / max(speed_m_s.size, 1)


def wind_rose(from_deg: NDArray[np.float64], speed_m_s: NDArray[np.float64]) -> Markup:
    """The rose of some wind samples (sample), all finite."""
    bounds = speed_classes(speed_m_s)
    table = counts(from_deg, speed_m_s, bounds)
    most = max(float(table.sum(axis=1).max()), 0.01)
    ring = next(step for step in RING_STEPS if 3 * step >= most)
    outer = ring * math.ceil(most / ring - 1e-9)
    per_share = (_REACH - _HUB) / outer
    calm = 1.0 - float(table.sum())
    layers = [_rings(ring, outer, per_share)]
    totals = table.sum(axis=1)
    quiet = int(np.argmin(totals + np.roll(totals, -1)))  # labels lie between two empty sectors
    for sector in range(SECTORS):
        inner = 0.0
        for strength in range(len(bounds)):
            share = float(table[sector, strength])
            if share > 0:
                reach = (_HUB + inner * per_share, _HUB + (inner + share) * per_share)
                look = f"petal likely-{shade_of(strength, len(bounds))}"
                layers.append(_petal(sector, reach, look))
            inner += share
    layers.append(_ring_names(ring, outer, per_share, (quiet + 0.5) * 360.0 / SECTORS))
    described = (
        f"Share of samples by the direction the wind comes from, in sixteen sectors. "
        f"The fullest ring is {percent(outer)}; calm below {CALM_M_S} m/s: {percent(calm)}."
    )
    told = f"calm, under {CALM_M_S} m/s: {percent(calm)}"
    calm_note = words(_CENTRE[0], HEIGHT - 8, told, anchor="middle", look="unit")
    return panel(HEIGHT, *layers, calm_note, title="Wind rose", described=described, kind="rose")


def _rings(ring: float, outer: float, per_share: float) -> Markup:
    x, y = _CENTRE
    parts: list[Markup] = []
    share = ring
    while share <= outer + 1e-9:
        radius = _HUB + share * per_share
        parts.append(tag("circle", cx=x, cy=y, r=radius, class_="ring"))
        share += ring
    reach = _REACH + 16
    for bearing, name in ((0, "N"), (90, "E"), (180, "S"), (270, "W")):
        dx, dy = math.sin(math.radians(bearing)), -math.cos(math.radians(bearing))
        at = (x + reach * dx, y + reach * dy + 5)
        parts.append(words(*at, name, anchor="middle", look="cardinal"))
    return join(parts)


def _ring_names(ring: float, outer: float, per_share: float, bearing_deg: float) -> Markup:
    """What each ring stands for, written along one bearing."""
    bearing = math.radians(bearing_deg)
    parts: list[Markup] = []
    share = ring
    while share <= outer + 1e-9:
        radius = _HUB + share * per_share - 10.0
        x = _CENTRE[0] + radius * math.sin(bearing)
        y = _CENTRE[1] - radius * math.cos(bearing)
        parts.append(words(x, y + 4, percent(share), anchor="middle", look="halo tick"))
        share += ring
    return join(parts)


def _petal(sector: int, reach: tuple[float, float], look: str) -> Markup:
    half = math.radians(360.0 / SECTORS / 2.0 * 0.82)
    middle = math.radians(sector * 360.0 / SECTORS)
    corners = [
        (
            _CENTRE[0] + radius * math.sin(middle + side * half),
            _CENTRE[1] - radius * math.cos(middle + side * half),
        )
        for radius, side in ((reach[0], -1), (reach[1], -1), (reach[1], 1), (reach[0], 1))
    ]
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    arc = f"A{reach[1]:.1f} {reach[1]:.1f} 0 0 1 {cx:.1f} {cy:.1f}"
    back = f"A{reach[0]:.1f} {reach[0]:.1f} 0 0 0 {ax:.1f} {ay:.1f}"
    path = f"M{ax:.1f} {ay:.1f}L{bx:.1f} {by:.1f}{arc}L{dx:.1f} {dy:.1f}{back}Z"
    return tag("path", d=path, class_=look)
