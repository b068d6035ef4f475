"""Where did a platform fly: a GPX or CSV track and its map become positions in time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from sillage.errors import SettingError
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.place import HeightAbove, LocalFrame
from sillage.records.provenance import Masked
from sillage.records.track import Track
from sillage.sense.chunks import Table, open_table
from sillage.sense.heights import ElevationModel
from sillage.sense.maps import Elevation, PositionMap, TimeMap, TrackMap
from sillage.sense.positions import START, Placing
from sillage.sense.rows import Columns, Gathering, Tally, settle, take
from sillage.sense.times import Clock, to_datetime


def read_track(
    mapping: TrackMap,
    base: Path,
    origin: LocalFrame | None = None,
    *,
    elevation: Elevation | None = None,
    now: datetime | None = None,
) -> Track:
    """Track of one file, as its map declares; the heights above ground where they can be.

    Parameters
    ----------
    mapping
        The `[[track]]` table.
    base
        Directory of the survey file: paths count from it.
    origin
        Where x = y = 0; needed for local metres, and tells where the survey is.
    elevation
        The `[elevation]` table; without it heights keep the datum they are declared in.
    now
        Latest plausible time, the present where not given.

    Raises
    ------
    ReadError
        The file is not as declared; names the row and what to do.
    SettingError, UnknownName
        The map asks for what there is not.
    """
    table = open_table(mapping.file, mapping.format, mapping.csv, base)
    time, position = _declared(mapping, table)
    counted_from = position.height_above
    if counted_from != "ground" and elevation is None and position.ground_m is None:
        position = _as_they_are(position)
    else:
        counted_from = "ground"
    model = ElevationModel(elevation, base) if elevation else None
    clock = Clock(time, table, "track.time")
    placing = Placing(position, table, base, origin, model, "track.position")
    gathering = Gathering()
    for chunk in table.chunks((time.column, *placing.wanted), mapping.where):
        none = np.zeros(len(chunk.rows), dtype=np.int32)
        gathering.add({"row": chunk.rows, "time_ns": clock.read(chunk), "sensor": none})
        gathering.add(placing.read(chunk))
    columns, tally = gathering.join(), Tally()
    total = len(columns["row"])
    columns = settle(
        columns,
        clock,
        tally,
        measured=("x", "y"),
        placed=("height",) if "height" in columns else (),
        now=now or datetime.now(UTC),
    )
    twins = np.isnan(columns["x"].astype(np.float64)) & bool(tally.counts)
    columns, notes = placing.place(take(columns, ~twins), (), (), tally)
    return _record(columns, mapping, table, counted_from, tally.records(total), notes)


def _declared(mapping: TrackMap, table: Table) -> tuple[TimeMap, PositionMap]:
    """The two maps of the columns; a GPX says its own."""
    if table.format == "gpx":
        if mapping.time is not None or mapping.position is not None:
            raise SettingError("track: a GPX says its times and positions itself; leave out both")
        if mapping.height_above is None:
            raise SettingError(
                "track.height_above is missing; choose 'ground' or 'ellipsoid' or 'geoid' (most "
                "devices write metres above the geoid, called sea level)"
            )
        height = None if mapping.height_value is not None else "ele"
        return TimeMap(column="time"), PositionMap(
            frame="lonlat",
            x="lon",
            y="lat",
            height=height,
            height_value=mapping.height_value,
            height_above=mapping.height_above,
        )
    if mapping.time is None or mapping.position is None or mapping.position.x is None:
        raise SettingError(
            "track: name the columns in track.time and track.position (x, y, height)"
        )
    return mapping.time, mapping.position


def _as_they_are(position: PositionMap) -> PositionMap:
    """The same positions, heights left in the datum that the record will name."""
    return msgspec.structs.replace(position, height_above="ground")


def _record(
    columns: Columns,
    mapping: TrackMap,
    table: Table,
    counted_from: HeightAbove | None,
    masked: tuple[Masked, ...],
    notes: tuple[str, ...],
) -> Track:
    """Make the record."""
    if counted_from is None:
        raise SettingError("track.position.height_above is missing")
    taken = columns["time_ns"]
    return Track(
        observed_at=Interval(
            start=to_datetime(int(taken.min())), end=to_datetime(int(taken.max()))
        ),
        platform=mapping.platform,
        samples=Arrays(
            {name: columns[name] for name in ("time_ns", *START)},
            dims="sample",
            units={"time_ns": "ns"} | dict(zip(START, ("deg", "deg", "m"), strict=True)),
        ),
        height_above=counted_from,
        source=table.source(),
        masked=masked,
        assumptions=notes,
    )
