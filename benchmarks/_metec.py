"""What did eight sensors read at METEC on four days of May 2022, and what was released?

Minute means of methane and wind, as published; the units that may emit, and where they stand, are
known to whoever watches a site. Data: W. S. Daniels, M. Jia, D. M. Hammerling, MIT.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _releases import readings_of, source_of, wind_of
from numpy.typing import NDArray

from sillage.localise.ground import Bounds
from sillage.records.context import Context, Zone
from sillage.records.place import Area, LocalFrame
from sillage.records.readings import Readings
from sillage.records.times import nanoseconds
from sillage.records.wind import Wind

Floats = NDArray[np.float64]
Row = dict[str, str]

FRAME = LocalFrame(lon=-105.1398, lat=40.5958)
AVERAGED_S = 60.0
MAST_M = 2.4
"""The anemometers are the sensors' own; the published wind is the median of them."""
TEMPERATURE_K, PRESSURE_PA = 285.0, 84_000.0
"""Not published: of a May day, and of a standard atmosphere at the site's 1,570 m."""
HALF_UNIT_M = 10.0
"""Half a side of the ground that belongs to a unit: none comes within 10 m of another's."""
HEIGHTS_M = (0.0, 5.0)
"""Lowest and highest source: the units' tops are listed at 2 and 4.5 m."""


class Unit(NamedTuple):
    """A piece of equipment that may emit."""

    name: str
    east_m: float
    north_m: float


class Release(NamedTuple):
    """What was let out, and when."""

    unit: str
    start: datetime
    end: datetime
    rate_kg_h: float


class Site(NamedTuple):
    """What a watch over the site has."""

    units: tuple[Unit, ...]
    fence: Bounds
    """About the sensors."""
    readings: Readings
    wind: Wind
    context: Context


def read_site(folder: Path) -> Site:
    """All four days, and what is known of the ground beforehand."""
    sensors, minutes = _table(folder / "sensor_locations.csv"), folder / "cms_minute.csv.gz"
    with gzip.open(minutes, "rt", encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    places = _places(sensors, "lon", "lat")
    (west, south), (east, north) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
    units = read_units(folder)
    wind = _wind(rows, minutes)
    return Site(
        units=units,
        fence=Bounds(west, east, south, north),
        readings=_readings(rows, sensors, minutes),
        wind=wind,
        context=Context(
            observed_at=wind.observed_at,
            name="units",
            zones=tuple(_zone(unit) for unit in units),
            heights_m=HEIGHTS_M,
        ),
    )


def read_units(folder: Path) -> tuple[Unit, ...]:
    """The five units."""
    rows = _table(folder / "source_locations.csv")
    places = _places(rows, "lon", "lat").tolist()
    return tuple(Unit(row["name"], *place) for row, place in zip(rows, places, strict=True))


def read_releases(folder: Path, site: Site) -> tuple[Release, ...]:
    """Those that began while the sensors were read, each of the unit that it was nearest to."""
    rows = _table(folder / "releases.csv")
    nearest = units_at(_places(rows, "tc_Longitude", "tc_Latitude"), site.units)
    during = site.readings.observed_at
    listed = [
        Release(
            unit=site.units[unit].name,
            start=datetime.fromisoformat(row["tc_ExpStartDatetime"]),
            end=datetime.fromisoformat(row["tc_ExpEndDatetime"]),
            rate_kg_h=1e-3 * float(row["tc_C1MassFlow"]),
        )
        for row, unit in zip(rows, nearest.tolist(), strict=True)
    ]
    return tuple(sorted((r for r in listed if during.start <= r.start < during.end), key=_start))


def units_at(places_m: Floats, units: Sequence[Unit]) -> NDArray[np.int64]:
    """(place,): number of the unit whose ground holds each of (place, 2), or is nearest."""
    middles = np.array([unit[1:] for unit in units])
    away = np.abs(places_m[:, None] - middles).max(axis=-1)  # place unit
    return np.asarray(away.argmin(axis=1), dtype=np.int64)


def _start(release: Release) -> datetime:
    return release.start


def _zone(unit: Unit) -> Zone:
    """A square about a unit, in which a source may lie."""
    side = HALF_UNIT_M * np.array([-1.0, 1.0, 1.0, -1.0])
    lon, lat = FRAME.to_lonlat(unit.east_m + side, unit.north_m + np.roll(side, 1))
    ring = tuple(zip(lon.tolist(), lat.tolist(), strict=True))
    return Zone(meaning="search", area=Area(ring=ring), because=f"there stands {unit.name}")


def _readings(rows: Sequence[Row], sensors: Sequence[Row], file: Path) -> Readings:
    """Every minute of every sensor; minutes without a value stay, as none."""
    names = tuple(sensor["name"] for sensor in sensors)
    heights = np.array([float(sensor["height"]) for sensor in sensors])
    ends = np.column_stack([_places(sensors, "lon", "lat"), heights])
    value = [[float(row[f"ch4_ppm_{name}"] or "nan") for name in names] for row in rows]
    columns: dict[str, NDArray[Any]] = {
        "time_ns": np.repeat(_time_ns(rows), len(names)),
        "sensor": np.tile(np.arange(len(names), dtype=np.int32), len(rows)),
        "value": np.array(value).ravel(),
    }
    return readings_of(
        columns,
        np.tile(ends, (len(rows), 1)),
        FRAME,
        gas="methane",
        sensors=names,
        integration_s=AVERAGED_S,
        temperature_K=TEMPERATURE_K,
        pressure_Pa=PRESSURE_PA,
        source=source_of(file),
    )


def _wind(rows: Sequence[Row], file: Path) -> Wind:
    """Minute means; the angle is that of travel, anticlockwise from east."""
    toward_deg = np.degrees([float(row["wind_dir_rad"]) for row in rows])
    return wind_of(
        {"time_ns": _time_ns(rows)},
        np.array([float(row["wind_speed_ms"]) for row in rows]),
        270.0 - toward_deg,
        interval_s=AVERAGED_S,
        height_m=MAST_M,
        source=source_of(file),
    )


def _table(file: Path) -> list[Row]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def _places(rows: Sequence[Row], lon: str, lat: str) -> Floats:
    """(row, 2): metres east and north."""
    east, north = FRAME.to_local(*([float(row[axis]) for row in rows] for axis in (lon, lat)))
    return np.column_stack([east, north])


def _time_ns(rows: Sequence[Row]) -> NDArray[np.int64]:
    return np.array([nanoseconds(datetime.fromisoformat(row["time_utc"])) for row in rows])
