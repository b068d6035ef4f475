"""What did the sensors read: a file and its map become a batch of readings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from sillage.errors import ReadError, SettingError
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.place import LocalFrame
from sillage.records.readings import Readings
from sillage.records.track import Track
from sillage.sense.chunks import Chunk, Table, open_table, texts
from sillage.sense.heights import ElevationModel
from sillage.sense.maps import Elevation, ReadingsMap, SensorMap
from sillage.sense.positions import Placing, standing_still
from sillage.sense.rows import Columns, Gathering, settle
from sillage.sense.times import Clock, to_datetime
from sillage.sense.units import COLUMN, RAW
from sillage.sense.values import Measuring, stuck
from sillage.spectra.gas import gas as gas_of

MOST_SENSORS = 10_000
"""More names than this in one file are no sensors."""


def read_readings(
    mapping: ReadingsMap,
    base: Path,
    origin: LocalFrame | None = None,
    *,
    gas: str | None = None,
    elevation: Elevation | None = None,
    tracks: Sequence[Track] = (),
    now: datetime | None = None,
) -> tuple[Readings, ...]:
    """Readings of one file, as its map declares.

    Parameters
    ----------
    mapping
        The `[[readings]]` table.
    base
        Directory of the survey file: paths count from it.
    origin
        Where x = y = 0; needed for local metres, and tells where the survey is.
    gas
        Name of the gas where the map has none.
    elevation, tracks
        The `[elevation]` table, and tracks that positions may be taken from.
    now
        Latest plausible time, the present where not given.

    Returns
    -------
    readings
        One batch; positions are WGS 84 degrees and metres above ground, values ppm or raw.

    Raises
    ------
    ReadError
        The file is not as declared; names the row and what to do.
    SettingError, UnknownName
        The map asks for what there is not.
    """
    table = open_table(mapping.file, mapping.format, mapping.csv, base)
    model = ElevationModel(elevation, base) if elevation else None
    clock = Clock(mapping.time, table, "readings.time")
    placing = Placing(mapping.position, table, base, origin, model, "readings.position")
    gas_name, molar_mass_g_mol = _gas(mapping, gas)
    measuring = Measuring(mapping, table, molar_mass_g_mol, placing.is_path)
    naming = _Naming(mapping.sensor, table)

    columns = naming.in_order(_gather(clock, placing, measuring, naming))
    total = len(columns["row"])
    now, raw_places = now or datetime.now(UTC), tuple(placing.columns)
    columns = settle(
        columns, clock, measuring.tally, measured=("value",), placed=raw_places, now=now
    )
    columns, notes = placing.place(columns, naming.names, tracks, measuring.tally)
    platform, motion = _motion(columns, measuring, bool(placing.stations))
    notes += motion
    return (_batch(columns, measuring, gas_name, naming.names, platform, total, notes),)


def _gas(mapping: ReadingsMap, default: str | None) -> tuple[str, float | None]:
    """Name of the gas and its molar mass; a raw channel has a name only."""
    if mapping.value.unit == "raw":
        return mapping.gas or mapping.value.column, None
    name = mapping.gas or default
    if name is None:
        raise SettingError("readings.gas is missing; name the gas here or as survey.gas")
    found = gas_of(name)
    return found.name, found.molar_mass_g_mol


class _Naming:
    """Sensor of each row, as an index into the names met so far."""

    def __init__(self, spec: SensorMap | None, table: Table) -> None:
        spec = spec or SensorMap(name=Path(table.file).stem)
        if (spec.column is None) == (spec.name is None):
            raise SettingError("readings.sensor: give either column or name")
        self.column, self.table = spec.column, table
        self.names: list[str] = [] if spec.name is None else [spec.name]

    def in_order(self, columns: Columns) -> Columns:
        """Sensors by name, so that which row comes first in the file changes nothing."""
        rank = np.argsort(np.argsort(self.names)).astype(np.int32)
        self.names.sort()
        return columns | {"sensor": rank[columns["sensor"]]}

    @property
    def wanted(self) -> tuple[str, ...]:
        return (self.column,) if self.column else ()

    def read(self, chunk: Chunk) -> NDArray[np.int32]:
        if self.column is None:
            return np.zeros(len(chunk.rows), dtype=np.int32)
        cells: Any = texts(chunk.columns[self.column])
        nameless = np.flatnonzero(
            pc.equal(pc.fill_null(cells, ""), "").to_numpy(zero_copy_only=False)
        )
        if len(nameless):
            raise ReadError(
                self.table.file,
                f"column '{self.column}': the sensor has no name; fill the cell",
                row=int(chunk.rows[nameless[0]]),
            )
        coded = cells.dictionary_encode()
        places = {name: index for index, name in enumerate(self.names)}
        for name in coded.dictionary.to_pylist():
            places.setdefault(name, len(places))
        self.names = list(places)
        if len(places) > MOST_SENSORS:
            raise ReadError(
                self.table.file,
                f"column '{self.column}' holds more than {MOST_SENSORS:,} names; does "
                "readings.sensor.column name the sensors?",
            )
        renumber = np.array([places[name] for name in coded.dictionary.to_pylist()], np.int32)
        return renumber[coded.indices.to_numpy()] if len(renumber) else np.zeros(0, np.int32)


def _gather(
    clock: Clock,
    placing: Placing,
    measuring: Measuring,
    naming: _Naming,
) -> Columns:
    """Numbers of all rows, piece by piece."""
    gathering = Gathering()
    wanted = (clock.spec.column, *naming.wanted, *measuring.wanted, *placing.wanted)
    for chunk in clock.table.chunks(wanted, measuring.mapping.where):
        gathering.add({"row": chunk.rows, "time_ns": clock.read(chunk)})
        gathering.add({"sensor": naming.read(chunk)})
        gathering.add(measuring.read(chunk))
        gathering.add(placing.read(chunk))
    return gathering.join()


def path_length_m(columns: Columns) -> NDArray[np.float64]:
    """Straight length of each path."""
    import pyproj

    start = columns["lon_deg"], columns["lat_deg"]
    end = columns["end_lon_deg"], columns["end_lat_deg"]
    _, _, ground_m = pyproj.Geod(ellps="WGS84").inv(*start, *end)
    rise_m = np.asarray(columns["end_height_m"] - columns["height_m"], dtype=np.float64)
    return np.hypot(np.asarray(ground_m, dtype=np.float64), rise_m)


def _motion(
    columns: Columns, measuring: Measuring, stationed: bool
) -> tuple[Literal["fixed", "moving"], tuple[str, ...]]:
    """Whether the sensors move: as declared, else told by the positions; and what to note."""
    declared = "fixed" if stationed else measuring.mapping.platform
    if declared == "fixed":
        return "fixed", ()
    if declared is None:
        lon, lat, sensor = columns["lon_deg"], columns["lat_deg"], columns["sensor"]
        order = np.argsort(sensor, kind="stable")
        moves = (np.diff(lon[order]) != 0.0) | (np.diff(lat[order]) != 0.0)
        if not (moves & (np.diff(sensor[order]) == 0)).any():
            note = "platform not given: every sensor stays at one place, taken as fixed"
            return "fixed", (note,)
    return "moving", _frozen(columns, measuring)


def _frozen(columns: Columns, measuring: Measuring) -> tuple[str, ...]:
    still = standing_still(columns, measuring.table.file, "readings.position")
    if not still.any():
        return ()
    if measuring.mapping.position.frozen == "mask":
        value = np.array(columns["value"], dtype=np.float64)
        measuring.tally.leave_out(value, still, "position frozen for a minute or more")
        columns["value"] = value
        return ()
    note = (
        f"{np.count_nonzero(still):,} samples stand at one position for a minute or more: the "
        "platform hovered, or its receiver froze"
    )
    return (note,)


def _batch(
    columns: Columns,
    measuring: Measuring,
    gas: str,
    sensors: Sequence[str],
    platform: Literal["fixed", "moving"],
    total: int,
    notes: tuple[str, ...],
) -> Readings:
    """Make the record."""
    mapping, table = measuring.mapping, measuring.table
    limit = measuring.limit()
    if measuring.unit.kind == COLUMN:
        length_m = path_length_m(columns)
        columns = columns | {name: columns[name] / length_m for name in ("value", "std")}
        if limit is not None:  # what is below it on the shortest path is below it on all
            limit /= float(np.nanmin(length_m))
    valid = ~np.isnan(columns["value"].astype(np.float64))
    if not valid.any():
        raise ReadError(
            table.file,
            f"column '{mapping.value.column}' has no valid value in {total:,} rows "
            f"({measuring.tally}); is readings.value right?",
        )
    unit: Literal["ppm", "raw"] = "raw" if measuring.unit.kind == RAW else "ppm"
    units = {"time_ns": "ns", "sensor": "1", "value": unit, "std": unit}
    samples = {name: column for name, column in columns.items() if name != "row"}
    units |= {name: "m" if name.endswith("_m") else "deg" for name in samples if name not in units}
    taken = columns["time_ns"][valid]
    value, sensor = columns["value"].astype(np.float64), columns["sensor"]
    detected = value if limit is None else np.where(value < limit, np.nan, value)
    return Readings(
        observed_at=Interval(
            start=to_datetime(int(taken.min())), end=to_datetime(int(taken.max()))
        ),
        kind="path" if "end_lon_deg" in samples else "point",
        gas=gas,
        unit=unit,
        samples=Arrays(samples, dims="sample", units=units),
        sensors=tuple(sensors),
        integration_s=mapping.integration_s,
        platform=platform,
        height_above="ground",
        temperature_K=measuring.temperature.mean(),
        pressure_Pa=measuring.pressure.mean(),
        source=table.source(),
        limit_of_detection=limit,
        masked=measuring.tally.records(total),
        assumptions=(*measuring.assumptions(), *notes, *stuck(detected, sensor, sensors)),
    )
