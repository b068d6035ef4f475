"""How did the air move: a wind log and its map become wind as the direction of travel.

Every convention is declared, none is guessed: whether a component or an angle says where the air
comes from or goes to, from which axis an angle counts, and which way it turns.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.errors import ReadError, SettingError
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.wind import Wind
from sillage.sense.chunks import Chunk, Table, numbers, open_table
from sillage.sense.maps import Column, Components, Direction, WindMap
from sillage.sense.rows import Columns, Gathering, Tally, settle
from sillage.sense.times import Clock, to_datetime
from sillage.sense.units import ANGLE, LENGTH, SPEED, to_house, unit

AXES = (
    ("east_m_s", ("east", "west")),
    ("north_m_s", ("north", "south")),
    ("up_m_s", ("up", "down")),
)
SMALLEST_ANGLE_DEG, LARGEST_ANGLE_DEG = -180.0, 360.0
"""Angles beyond a full turn are sentinels such as 999."""
FASTEST_M_S = 120.0
"""No wind is faster: the strongest gust measured is 113 m/s (Barrow Island 1996, WMO)."""
NO_WIND = "no valid wind (missing, outside `valid`, or over 120 m/s)"


def read_wind(
    mapping: WindMap,
    base: Path,
    *,
    now: datetime | None = None,
) -> Wind:
    """Wind of one file, as its map declares.

    Parameters
    ----------
    mapping
        The `[[wind]]` table.
    base
        Directory of the survey file: paths count from it.
    now
        Latest plausible time, the present where not given.

    Raises
    ------
    ReadError
        The file is not as declared; names the row and what to do.
    SettingError, UnknownName
        The map asks for what there is not, or leaves a convention open.
    """
    table = open_table(mapping.file, mapping.format, mapping.csv, base)
    clock = Clock(mapping.time, table, "wind.time")
    blowing = _Blowing(mapping, table)
    gathering = Gathering()
    for chunk in table.chunks((mapping.time.column, *blowing.wanted), mapping.where):
        none = np.zeros(len(chunk.rows), dtype=np.int32)
        gathering.add({"row": chunk.rows, "time_ns": clock.read(chunk), "sensor": none})
        gathering.add(blowing.read(chunk))
    columns, tally = gathering.join(), blowing.tally
    total = len(columns["row"])
    moving = [name for name, _ in AXES if name in columns]
    columns = settle(
        columns, clock, tally, measured=moving, placed=(), now=now or datetime.now(UTC)
    )
    return _record(columns, moving, mapping, table, tally, total)


class _Blowing:
    """Reads the wind columns of one map as components of travel."""

    def __init__(self, mapping: WindMap, table: Table) -> None:
        self.mapping, self.table, self.tally = mapping, table, Tally()
        components, speed, direction = mapping.components, mapping.speed, mapping.direction
        by_angle = speed is not None and direction is not None
        if (components is not None) == by_angle or (components and (speed or direction)):
            raise SettingError(
                "wind: give either components = { east or west, north or south, unit, points }, or "
                "both speed = { column, unit } and direction = { column, unit, points, turns }"
            )
        if (mapping.height_m is None) == (mapping.height is None):
            raise SettingError("wind: give either height_m (in m) or height (a column)")
        if components:
            self.wanted = _component_columns(components)
        elif speed and direction:
            self.wanted = (speed.column, direction.column)
        if mapping.height:
            self.wanted += (mapping.height.column,)

    def read(self, chunk: Chunk) -> dict[str, NDArray[Any]]:
        """Components of travel in m/s of one piece, NaN where masked."""
        mapping = self.mapping
        found: dict[str, NDArray[Any]] = {}
        if mapping.components:
            found |= self._components(mapping.components, chunk)
        elif mapping.speed and mapping.direction:
            found |= self._from_angle(mapping.speed, mapping.direction, chunk)
        if mapping.height:
            height = self._numbers(mapping.height, chunk)
            found["height"] = to_house(
                height, unit(mapping.height.unit, LENGTH, key="wind.height.unit")
            )
        return found

    def _components(self, spec: Components, chunk: Chunk) -> dict[str, NDArray[Any]]:
        scale = unit(spec.unit, SPEED, key="wind.components.unit")
        travel = 1.0 if spec.points == "towards" else -1.0
        found: dict[str, NDArray[np.float64]] = {}
        valid = np.ones(len(chunk.rows), dtype=bool)
        for name, (positive, negative) in AXES:
            column = getattr(spec, positive) or getattr(spec, negative)
            if column is None:
                continue
            sign = travel if getattr(spec, positive) else -travel
            if name == "up_m_s":  # rising air rises, whichever way the horizontal axes count
                sign = 1.0 if spec.up else -1.0
            raw = self._numbers(Column(column=column, unit=spec.unit, suffix=spec.suffix), chunk)
            found[name] = sign * to_house(raw, scale)
            valid &= self._valid(raw) & (np.abs(found[name]) <= FASTEST_M_S)
        return self._masked(found, valid)

    def _from_angle(
        self, speed: Column, direction: Direction, chunk: Chunk
    ) -> dict[str, NDArray[Any]]:
        scale = unit(speed.unit, SPEED, key="wind.speed.unit")
        turn = unit(direction.unit, ANGLE, key="wind.direction.unit")
        raw = self._numbers(speed, chunk)
        angle = to_house(
            self._numbers(
                Column(column=direction.column, unit=direction.unit, suffix=direction.suffix), chunk
            ),
            turn,
        )
        metres = to_house(raw, scale)
        calm = metres == 0.0  # still air has no direction, and many logs leave it empty
        turning = (angle >= SMALLEST_ANGLE_DEG) & (angle <= LARGEST_ANGLE_DEG)
        valid = self._valid(raw) & (metres >= 0.0) & (metres <= FASTEST_M_S)
        self.tally.count(valid & ~calm & ~turning, "without a wind direction")
        angle = np.where(turning, angle, np.where(calm, 0.0, np.nan))
        east, north = travel(np.where(valid, metres, np.nan), angle, direction)
        return self._masked({"east_m_s": east, "north_m_s": north}, valid)

    def _numbers(self, column: Column, chunk: Chunk) -> NDArray[np.float64]:
        return numbers(
            chunk.columns[column.column],
            chunk,
            self.table,
            name=column.column,
            suffix=column.suffix,
        )

    def _valid(self, raw: NDArray[np.float64]) -> NDArray[np.bool_]:
        bounds = self.mapping.valid
        low = -np.inf if bounds.at_least is None else bounds.at_least
        high = np.inf if bounds.at_most is None else bounds.at_most
        inside: NDArray[np.bool_] = (raw >= low) & (raw <= high) & np.isfinite(raw)
        return inside

    def _masked(
        self, found: dict[str, NDArray[np.float64]], valid: NDArray[np.bool_]
    ) -> dict[str, NDArray[Any]]:
        """Make rows NaN in all components where one is no wind."""
        self.tally.count(~valid, NO_WIND)
        return {name: np.where(valid, column, np.nan) for name, column in found.items()}


def travel(
    speed: NDArray[np.float64], angle_deg: NDArray[np.float64], direction: Direction
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """East and north components of travel from speed and a declared angle; any shape."""
    angle = np.radians(angle_deg)
    if direction.turns == "clockwise from north":
        east, north = np.sin(angle), np.cos(angle)
    else:
        east, north = np.cos(angle), np.sin(angle)
    sign = -1.0 if direction.points == "from" else 1.0
    return sign * speed * east, sign * speed * north


def _component_columns(components: Components) -> tuple[str, ...]:
    """Columns of the axes that are given; one per axis, the two horizontal ones always."""
    columns: list[str] = []
    for _, names in AXES:
        given = [getattr(components, name) for name in names if getattr(components, name)]
        if len(given) > 1 or (not given and "up" not in names):
            raise SettingError(f"wind.components: name one column for {' or '.join(names)}")
        columns += given
    return tuple(columns)


def _record(
    columns: Columns,
    moving: list[str],
    mapping: WindMap,
    table: Table,
    tally: Tally,
    total: int,
) -> Wind:
    """Make the record."""
    valid = ~np.isnan(columns["east_m_s"].astype(np.float64))
    if not valid.any():
        raise ReadError(
            table.file, f"no row has a valid wind ({tally}); are the columns and wind.valid right?"
        )
    height_m, notes = _height(columns, mapping, table.file)
    taken = columns["time_ns"][valid]
    return Wind(
        observed_at=Interval(
            start=to_datetime(int(taken.min())), end=to_datetime(int(taken.max()))
        ),
        samples=Arrays(
            {name: columns[name] for name in ("time_ns", *moving)},
            dims="sample",
            units={"time_ns": "ns"} | dict.fromkeys(moving, "m/s"),
        ),
        interval_s=mapping.interval_s,
        height_m=height_m,
        height_above=mapping.height_above,
        source=table.source(),
        masked=tally.records(total),
        assumptions=notes,
    )


def _height(columns: Columns, mapping: WindMap, file: str) -> tuple[float, tuple[str, ...]]:
    if mapping.height_m is not None:
        return mapping.height_m, ()
    heights = columns["height"].astype(np.float64)
    if np.isnan(heights).all():
        raise ReadError(file, "no row has a height; give wind.height_m instead")
    low, middle, high = np.nanpercentile(heights, [5, 50, 95])
    note = (
        f"the wind log moves between {low:.1f} and {high:.1f} m: taken as at its median, "
        f"{middle:.1f} m"
    )
    return float(middle), (note,)
