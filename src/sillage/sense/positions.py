"""Where was each sample taken: from columns, fixed stations or the track of a platform.

Columns of the result: `lon_deg`, `lat_deg`, `height_m`, and for paths `end_lon_deg`,
`end_lat_deg`, `end_height_m`; heights are metres above ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.errors import ReadError, SettingError, UnknownName
from sillage.records.place import LocalFrame
from sillage.records.track import Track
from sillage.sense.chunks import Chunk, Table, numbers, open_table, texts
from sillage.sense.frames import check_range, strays, to_lonlat
from sillage.sense.heights import ElevationModel, above_ground, on_or_above
from sillage.sense.maps import Column, PositionMap, Station
from sillage.sense.rows import Columns, Tally
from sillage.sense.units import LENGTH, to_house, unit

START, END = ("lon_deg", "lat_deg", "height_m"), ("end_lon_deg", "end_lat_deg", "end_height_m")
STAND_STILL_NS = 60_000_000_000
"""A moving platform that shows one position for longer has a frozen receiver, or hovers."""
SECOND = 1_000_000_000


class Placing:
    """Gives every sample its position, as one map declares.

    Parameters
    ----------
    spec
        The position table.
    table
        The file of the samples.
    base
        Directory of the survey file.
    origin
        Where x = y = 0.
    model
        Elevation model, where there is one.
    key
        Key of the position table, for messages.
    """

    def __init__(
        self,
        spec: PositionMap,
        table: Table,
        base: Path,
        origin: LocalFrame | None,
        model: ElevationModel | None,
        key: str,
    ) -> None:
        self.spec, self.table, self.origin, self.model, self.key = spec, table, origin, model, key
        self.stations = dict(spec.stations)
        if spec.stations_file is not None:
            self.stations |= _read_stations(spec, base)
        ways = (bool(self.stations), spec.track is not None, spec.x is not None)
        if sum(ways) != 1:
            raise SettingError(
                f"{key}: give one of stations (or stations_file), track, or the columns x and y; "
                f"{sum(ways)} are given"
            )
        self.to_lonlat = None
        if spec.track is None:
            self.to_lonlat = to_lonlat(spec.frame, origin, key)
            if spec.height_above is None:
                raise SettingError(
                    f"{key}.height_above is missing; choose 'ground' or 'ellipsoid' or 'geoid'"
                )
        self.is_path = _all_paths(self.stations, key) if self.stations else spec.to_x is not None
        self.columns = self._columns()

    def _columns(self) -> dict[str, str | Column]:
        """Coordinate to column, for positions that stand in the file."""
        if self.spec.x is None:
            return {}
        names = ["x", "y", "height", *(("to_x", "to_y", "to_height") if self.is_path else ())]
        found = {name: getattr(self.spec, name) for name in names}
        for name, column in found.items():
            if column is None and not (name.endswith("height") and self._fixed_height()):
                instead = f", or {self.key}.height_value" if name.endswith("height") else ""
                raise SettingError(f"{self.key}.{name} is missing; name its column{instead}")
        return {name: column for name, column in found.items() if column is not None}

    def _fixed_height(self) -> bool:
        return self.spec.height_value is not None

    @property
    def wanted(self) -> tuple[str, ...]:
        """Columns of the file that it needs."""
        return tuple(_name(column) for column in self.columns.values())

    def read(self, chunk: Chunk) -> dict[str, NDArray[Any]]:
        """Raw coordinates of one piece, in metres or degrees of the frame."""
        return {
            name: _coordinate(column, chunk, self.table, f"{self.key}.{name}")
            for name, column in self.columns.items()
        }

    def place(
        self, columns: Columns, sensors: Sequence[str], tracks: Sequence[Track], tally: Tally
    ) -> tuple[Columns, tuple[str, ...]]:
        """Put positions in place of raw coordinates, and leave out rows that have none.

        Returns
        -------
        columns
            With the position columns.
        assumptions
            What had to be supposed.
        """
        if self.stations:
            placed = self._at_stations(columns["sensor"], sensors)
            return columns | placed, ()
        if self.spec.track is not None:
            placed = self._along_track(columns["time_ns"], tracks)
            notes: tuple[str, ...] = ()
        else:
            placed, notes = self._from_columns(columns)
        raw = set(self.columns)
        columns = {name: one for name, one in columns.items() if name not in raw} | placed
        lost = np.any([np.isnan(one) for one in placed.values()], axis=0)
        if lost.all():
            raise ReadError(self.table.file, f"no sample has a position; is {self.key} right?")
        if lost.any():
            tally.count(lost, "without a position")
            columns = {name: one[~lost] for name, one in columns.items()}
        return columns, notes

    def _from_columns(self, columns: Columns) -> tuple[Columns, tuple[str, ...]]:
        ends = [("x", "y", "height", START)]
        if self.is_path:
            ends.append(("to_x", "to_y", "to_height", END))
        placed: Columns = {}
        notes: tuple[str, ...] = ()
        for x, y, height, names in ends:
            if height in columns:
                raw = np.asarray(columns[height], dtype=np.float64)
            else:
                raw = np.full(len(columns["row"]), self.spec.height_value)
            lon, lat = self._on_earth(
                np.asarray(columns[x], np.float64),
                np.asarray(columns[y], np.float64),
                columns["row"].astype(np.int64),
            )
            metres = self._above_ground(lon, lat, raw)
            notes += on_or_above(metres, self.table.file, self.key)
            placed |= dict(zip(names, (lon, lat, metres), strict=True))
        return placed, notes

    def _on_earth(
        self, x: NDArray[np.float64], y: NDArray[np.float64], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if self.to_lonlat is None or np.isnan(x).all() or np.isnan(y).all():
            raise ReadError(self.table.file, f"no sample has a position; is {self.key} right?")
        lon, lat = self.to_lonlat(x, y)
        if self.spec.frame == "lonlat":
            no_fix = (lon == 0.0) & (lat == 0.0)  # what receivers log before their first fix
            lon, lat = np.where(no_fix, np.nan, lon), np.where(no_fix, np.nan, lat)
            if no_fix.all():
                raise ReadError(
                    self.table.file, "every position is (0, 0): the receiver had no fix"
                )
        check_range(lon, lat, rows, self.table.file, self.key)
        far = strays(lon, lat, self.origin, self.table.file, self.key)
        return np.where(far, np.nan, lon), np.where(far, np.nan, lat)

    def _above_ground(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], height: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        counted_from, flat, model = self.spec.height_above, self.spec.ground_m, self.model

        def ground() -> NDArray[np.float64]:
            if flat is not None or model is None or counted_from is None:
                return np.full(lon.shape, flat)
            return model.ground_m(lon, lat, counted_from)

        known = flat is not None or model is not None
        return np.array(above_ground(height, counted_from, ground if known else None, self.key))

    def _at_stations(self, sensor: NDArray[Any], sensors: Sequence[str]) -> Columns:
        for name in sensors:
            if name not in self.stations:
                raise UnknownName(f"station ({self.key}.stations)", name, self.stations)
        ends = [(START, [one.start or one.at for one in map(self.stations.get, sensors) if one])]
        if self.is_path:
            ends.append((END, [one.end for one in map(self.stations.get, sensors) if one]))
        placed: Columns = {}
        for names, points in ends:
            x, y, height = np.array(points, dtype=np.float64).reshape(-1, 3).T
            lon, lat = self._on_earth(x, y, np.zeros(len(x), np.int64))
            metres = self._above_ground(lon, lat, height)
            if np.isnan(metres + lon + lat).any() or (metres < 0.0).any():
                bad = sensors[int(np.argmax(~(metres + 0.0 * lon >= 0.0)))]
                raise SettingError(
                    f"{self.key}.stations.{bad}: its place is off the map or under ground"
                )
            placed |= {
                name: one[sensor] for name, one in zip(names, (lon, lat, metres), strict=True)
            }
        return placed

    def _along_track(self, time_ns: NDArray[Any], tracks: Sequence[Track]) -> Columns:
        by_platform = {track.platform: track for track in tracks}
        if self.spec.track not in by_platform:
            raise UnknownName(f"track ({self.key}.track)", str(self.spec.track), by_platform)
        track = by_platform[str(self.spec.track)]
        if track.height_above != "ground":
            raise SettingError(
                f"{self.key}.track = '{track.platform}': its heights count from the "
                f"{track.height_above}; add [elevation] so that they can count from the ground"
            )
        known = track.samples["time_ns"]
        start = known[0]
        at, of = ((time - start) / SECOND for time in (time_ns.astype(np.int64), known))
        after = np.clip(np.searchsorted(of, at), 1, len(of) - 1)
        gap = of[after] - of[after - 1]
        lost = (at < of[0]) | (at > of[-1])
        lost |= (gap > self.spec.longest_gap_s) & (at != of[after]) & (at != of[after - 1])
        lon = np.unwrap(track.samples["lon_deg"], period=360.0)
        series = (lon, track.samples["lat_deg"], track.samples["height_m"])
        found = [np.where(lost, np.nan, np.interp(at, of, one)) for one in series]
        found[0] = (found[0] + 180.0) % 360.0 - 180.0
        return dict(zip(START, found, strict=True))


def standing_still(columns: Columns, file: str, key: str) -> NDArray[np.bool_]:
    """Which samples of a moving platform show one position for a minute or more.

    Raises
    ------
    ReadError
        All of them do, though the platform is declared moving.
    """
    lon, lat, time = columns["lon_deg"], columns["lat_deg"], columns["time_ns"]
    still = np.zeros(len(time), dtype=bool)
    for sensor in np.unique(columns["sensor"]):
        rows = np.flatnonzero(columns["sensor"] == sensor)
        moved = (np.diff(lon[rows]) != 0.0) | (np.diff(lat[rows]) != 0.0)
        opens = np.concatenate(([0], np.flatnonzero(moved) + 1))
        closes = np.concatenate((opens[1:], [len(rows)])) - 1
        lasts = time[rows[closes]] - time[rows[opens]]
        still[rows] = np.repeat(lasts >= STAND_STILL_NS, closes - opens + 1)
    if still.all() and len(np.unique(lon)) == 1 and len(np.unique(lat)) == 1:
        raise ReadError(
            file,
            f"the position is frozen at ({lon[0]:.6f}, {lat[0]:.6f}) in all {len(lon):,} samples "
            f"of a moving platform; set {key.rpartition('.')[0]}.platform = 'fixed', or take the "
            "positions from a [[track]]",
        )
    return still


def _name(column: str | Column) -> str:
    return column if isinstance(column, str) else column.column


def _coordinate(column: str | Column, chunk: Chunk, table: Table, key: str) -> NDArray[np.float64]:
    if isinstance(column, str):
        return numbers(chunk.columns[column], chunk, table, name=column)
    found = numbers(
        chunk.columns[column.column], chunk, table, name=column.column, suffix=column.suffix
    )
    if column.unit in {"deg", "degree"} and not key.endswith("height"):
        return found
    return to_house(found, unit(column.unit, LENGTH, key=f"{key}.unit"))


def _all_paths(stations: dict[str, Station], key: str) -> bool:
    """Whether stations are paths; they must be of one kind, and a path must have a length."""
    paths = set()
    for name, station in stations.items():
        ends = (station.start is not None, station.end is not None)
        if (station.at is not None) == any(ends) or any(ends) != all(ends):
            raise SettingError(f"{key}.stations.{name}: give either at, or both from and to")
        if all(ends) and station.start == station.end:
            raise SettingError(f"{key}.stations.{name}: the path has no length; from equals to")
        if any(
            not np.isfinite(value)
            for point in (station.at, station.start, station.end)
            for value in point or ()
        ):
            raise SettingError(f"{key}.stations.{name}: a coordinate is not finite")
        paths.add(all(ends))
    if len(paths) > 1:
        raise SettingError(
            f"{key}.stations holds points and paths; give them in two [[readings]] tables, "
            "each with its where"
        )
    return paths.pop()


def _read_stations(spec: PositionMap, base: Path) -> dict[str, Station]:
    """Stations of a file with one row each."""
    map_ = spec.stations_file
    if map_ is None:
        return {}
    table = open_table(map_.file, map_.format, map_.csv, base)
    names = [map_.x, map_.y, map_.height]
    ends = [one for one in (map_.to_x, map_.to_y, map_.to_height) if one is not None]
    found: dict[str, Station] = {}
    for chunk in table.chunks([map_.name, *names, *ends], {}):
        labels = texts(chunk.columns[map_.name]).to_pylist()
        points = np.column_stack(
            [numbers(chunk.columns[name], chunk, table, name=name) for name in [*names, *ends]]
        )
        for row, label, point in zip(chunk.rows, labels, points.tolist(), strict=True):
            if label is None or label in found or np.isnan(point).any():
                raise ReadError(
                    table.file,
                    f"station '{label}' is nameless, doubled or incomplete",
                    row=int(row),
                )
            start, end = (point[0], point[1], point[2]), tuple(point[3:6])
            if len(end) == 3:
                found[label] = Station(start=start, end=(end[0], end[1], end[2]))
            else:
                found[label] = Station(at=start)
    return found
