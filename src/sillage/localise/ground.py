"""On which ground may the source lie: a rectangle, cut to the zones that the user knows of."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.errors import SettingError
from sillage.records.context import Context
from sillage.records.place import Area, LocalFrame

Floats = NDArray[np.float64]

_SIDES = (
    *("eastern", "north-eastern", "northern", "north-western"),
    *("western", "south-western", "southern", "south-eastern"),
)
_CELLS = 400  # on a side, to see whether any ground is left, and how much


class Bounds(NamedTuple):
    """Rectangle that the source is looked for in, metres in the local frame."""

    west: float
    east: float
    south: float
    north: float

    @property
    def area_m2(self) -> float:
        """Its area."""
        return (self.east - self.west) * (self.north - self.south)

    def holds(self, east_m: Floats, north_m: Floats) -> NDArray[np.bool_]:
        """Whether each place lies in it; edges belong to it."""
        across = (east_m >= self.west) & (east_m <= self.east)
        return np.asarray(across & (north_m >= self.south) & (north_m <= self.north))


class Ground(NamedTuple):
    """The rectangle, less what the zones take away."""

    bounds: Bounds
    area_m2: float
    """Of the ground that is left."""
    search: tuple[Floats, ...] = ()
    """(corner, 2) each: rings in metres; the source lies in one of them, if there are any."""
    excluded: tuple[Floats, ...] = ()
    """Rings in which it cannot lie."""

    @classmethod
    def of(cls, bounds: Bounds, context: Context | None, frame: LocalFrame) -> Ground:
        """Cut a rectangle to the zones of a context.

        Raises
        ------
        SettingError
            Nothing of it is left.
        """
        zones = context.zones if context is not None else ()
        search, excluded = (
            tuple(ring_m(zone.area, frame) for zone in zones if zone.meaning == meaning)
            for meaning in ("search", "exclude")
        )
        if not zones:
            return cls(bounds, bounds.area_m2)
        whole = cls(bounds, bounds.area_m2, search, excluded)
        share = float(whole.holds(*_cells(bounds)).mean())
        if share == 0.0:
            because = "; ".join(dict.fromkeys(zone.because for zone in zones))
            raise SettingError(
                f"the zones leave no ground to search ({because}); check their corners, and that "
                "search zones lie within survey.area"
            )
        return whole._replace(area_m2=share * bounds.area_m2)

    def holds(self, east_m: Floats, north_m: Floats) -> NDArray[np.bool_]:
        """Whether the source may lie at each place."""
        allowed = self.bounds.holds(east_m, north_m)
        if self.search:
            allowed &= np.any([_within(ring, east_m, north_m) for ring in self.search], axis=0)
        for ring in self.excluded:
            allowed &= ~_within(ring, east_m, north_m)
        return allowed

    def at_edge(self, east_m: Floats, north_m: Floats, near_m: Floats) -> NDArray[np.bool_]:
        """Whether a step of `near_m`, (2,), east, west, north or south leaves the ground."""
        inside = self.holds(east_m, north_m)
        for step in (-1.0, 1.0):
            inside &= self.holds(east_m + step * near_m[0], north_m)
            inside &= self.holds(east_m, north_m + step * near_m[1])
        return ~inside


def side(bounds: Bounds, east_m: Floats, north_m: Floats) -> str:
    """On which side of a rectangle's middle some places lie in the mean, in words."""
    east = float(east_m.mean()) - 0.5 * (bounds.west + bounds.east)
    north = float(north_m.mean()) - 0.5 * (bounds.south + bounds.north)
    turn = math.atan2(north / (bounds.north - bounds.south), east / (bounds.east - bounds.west))
    return _SIDES[round(turn / (math.pi / 4.0)) % 8]


def box_of(context: Context | None, frame: LocalFrame) -> Bounds | None:
    """Rectangle about all search zones; None where there are none."""
    zones = context.zones if context is not None else ()
    rings = [ring_m(zone.area, frame) for zone in zones if zone.meaning == "search"]
    if not rings:
        return None
    (west, south), (east, north) = (
        np.min([ring.min(axis=0) for ring in rings], axis=0),
        np.max([ring.max(axis=0) for ring in rings], axis=0),
    )
    return Bounds(float(west), float(east), float(south), float(north))


def ring_m(area: Area, frame: LocalFrame) -> Floats:
    """(corner, 2): a ring of longitudes and latitudes in metres."""
    lon, lat = np.array(area.ring).T
    return np.stack(frame.to_local(lon, lat), axis=-1)


def _within(ring: Floats, east_m: Floats, north_m: Floats) -> NDArray[np.bool_]:
    """Whether places lie in a ring: a line to the east crosses it an odd number of times."""
    inside = np.zeros(np.shape(east_m), dtype=np.bool_)
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        beside = (y0 > north_m) != (y1 > north_m)
        inside ^= beside & (east_m < x0 + (north_m - y0) / (y1 - y0) * (x1 - x0))
    return inside


def _cells(bounds: Bounds) -> tuple[Floats, Floats]:
    """Middles of the cells of a fine grid over a rectangle."""
    part = (np.arange(_CELLS) + 0.5) / _CELLS
    east, north = np.meshgrid(
        bounds.west + part * (bounds.east - bounds.west),
        bounds.south + part * (bounds.north - bounds.south),
    )
    return east, north
