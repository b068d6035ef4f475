"""What does a user declare about a file: which column is what, in which unit, zone and frame.

The structs here are the tables of a survey file; docs/how-to/bring-your-own-logs.md shows each
in use, docs/decisions/0005-column-maps.md says why nothing in them is guessed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar, get_args, get_type_hints

import msgspec

from sillage.errors import SettingError
from sillage.records.base import UtcTime
from sillage.records.place import HeightAbove

Positive = Annotated[float, msgspec.Meta(gt=0.0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0.0)]
Scalar = str | int | float | bool
Point3 = tuple[float, float, float]
"""x, y and height in the frame of the position table."""


class _Map(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a survey file: an unknown key in it is an error."""


class Layout(_Map, frozen=True, kw_only=True):
    """How a CSV file is written."""

    delimiter: str = ","
    """One character, or `auto`: the one that the header uses most."""
    decimal: Literal[".", ","] = "."
    comment: str = ""
    """Lines that begin with this are left out; empty: there are none."""
    encoding: str = "utf-8"
    columns: tuple[str, ...] = ()
    """Names of the columns of a file without a header line."""
    missing: tuple[str, ...] = ("", "nan", "NaN", "NAN", "NA", "N/A", "n/a", "null", "None", "-")
    """Cells that mean: no value."""


class TimeMap(_Map, frozen=True, kw_only=True):
    """Where the time stands, and how it is written."""

    column: str
    zone: str | None = None
    """Zone of times that carry none: `UTC`, `+10:00` or a name such as `Europe/Amsterdam`."""
    pattern: str | None = None
    """Directives of strptime, and `%*` for anything; without it ISO 8601 is read."""
    unit: Literal["ns", "us", "ms", "s", "min", "h", "d"] | None = None
    """The cells are numbers, counted since `epoch` or `after`."""
    epoch: UtcTime | None = None
    """Zero of a number with a unit; 1970-01-01T00:00:00Z where not given."""
    after: UtcTime | tuple[UtcTime, ...] | None = None
    """Zero of a relative clock; a list where the clock restarts, one zero for each run."""
    offset_s: float = 0.0
    """Added to every time: the known error of the clock."""
    order: Literal["refuse", "sort"] = "refuse"
    """What to do when the times of one sensor go backwards."""
    duplicates: Literal["refuse", "keep", "first", "mean"] = "refuse"
    """What to do when one sensor has different values at one time; equal rows are masked."""
    missing: Literal["refuse", "drop"] = "refuse"
    """What to do with a row without a time."""


class Column(_Map, frozen=True, kw_only=True):
    """A column of numbers and its unit."""

    column: str
    unit: str
    suffix: str = ""
    """Text after the number in every cell, such as `m/s`."""


class Gauge(_Map, frozen=True, kw_only=True):
    """A quantity that stands in a column, or is one declared value."""

    column: str | None = None
    value: float | None = None
    unit: str
    suffix: str = ""


class SensorMap(_Map, frozen=True, kw_only=True):
    """Which sensor a row belongs to: a column of names, or one name for the file."""

    column: str | None = None
    name: str | None = None


class ValueMap(_Map, frozen=True, kw_only=True):
    """The measured value: its column, unit, error, and which values are none."""

    column: str
    unit: str
    """A mole fraction, a mass concentration, `ppm m` along a path, or `raw`."""
    suffix: str = ""
    std: str | None = None
    """Column of the one-sigma error, in the same unit."""
    std_value: NotNegative | None = None
    """One-sigma error of every value, in the same unit."""
    at_least: float | None = None
    at_most: float | None = None
    saturated_at: float | None = None
    """The sensor's ceiling, in `unit`: values at or above it are masked."""
    negative: Literal["mask", "keep", "refuse"] = "mask"
    """`keep` for logs that are already differences from a background."""
    limit_of_detection: NotNegative | None = None
    """In `unit`."""
    below_limit: Literal["keep", "mask"] = "keep"


class Station(_Map, frozen=True, kw_only=True):
    """A fixed sensor: `at` a point, or a path `from` one end `to` the other."""

    at: Point3 | None = None
    start: Point3 | None = msgspec.field(default=None, name="from")
    end: Point3 | None = msgspec.field(default=None, name="to")


class StationsFile(_Map, frozen=True, kw_only=True):
    """A CSV or Parquet file with one row for each fixed sensor."""

    file: str
    format: str | None = None
    csv: Layout = Layout()
    name: str
    x: str
    y: str
    height: str
    to_x: str | None = None
    to_y: str | None = None
    to_height: str | None = None


class PositionMap(_Map, frozen=True, kw_only=True):
    """Where the samples were taken: stations, columns or a track; never two of them."""

    frame: str | None = None
    """`lonlat` (degrees), `local` (metres from the origin), or `EPSG:nnnn`."""
    height_above: HeightAbove | None = None
    stations: dict[str, Station] = {}
    stations_file: StationsFile | None = None
    track: str | None = None
    """Platform of a `[[track]]`: positions are interpolated in time."""
    longest_gap_s: Positive = 10.0
    """A sample in a longer gap of the track has no position."""
    x: str | Column | None = None
    y: str | Column | None = None
    height: str | Column | None = None
    height_value: float | None = None
    """Height of every sample, in m, where there is no column."""
    to_x: str | Column | None = None
    to_y: str | Column | None = None
    to_height: str | Column | None = None
    ground_m: float | None = None
    """Height of flat ground above what `height_above` names; instead of an elevation model."""
    frozen: Literal["note", "mask"] = "note"
    """What to do with positions of a moving platform that stand still for a minute or more."""


class ReadingsMap(_Map, frozen=True, kw_only=True):
    """A `[[readings]]` table."""

    file: str
    format: str | None = None
    csv: Layout = Layout()
    gas: str | None = None
    where: dict[str, Scalar | tuple[Scalar, ...]] = {}
    """Only rows whose column holds (one of) this; compared as text."""
    time: TimeMap
    sensor: SensorMap | None = None
    value: ValueMap
    integration_s: NotNegative = 0.0
    platform: Literal["fixed", "moving"] | None = None
    """Fixed where stations are given; else told by whether any position changes."""
    temperature: Gauge | None = None
    pressure: Gauge | None = None
    position: PositionMap


class Components(_Map, frozen=True, kw_only=True):
    """Wind as components along axes: name the column by the side its positive axis shows to."""

    east: str | None = None
    west: str | None = None
    north: str | None = None
    south: str | None = None
    up: str | None = None
    down: str | None = None
    unit: str
    suffix: str = ""
    points: Literal["from", "towards"]
    """Whether a positive value is air that comes from that side, or goes towards it."""


class Direction(_Map, frozen=True, kw_only=True):
    """Wind direction as an angle; both senses are always said."""

    column: str
    unit: str
    suffix: str = ""
    points: Literal["from", "towards"]
    turns: Literal["clockwise from north", "counterclockwise from east"]


class Valid(_Map, frozen=True, kw_only=True):
    """Range of real values, in the unit of the column; outside stand sentinels."""

    at_least: float | None = None
    at_most: float | None = None


class WindMap(_Map, frozen=True, kw_only=True):
    """A `[[wind]]` table."""

    file: str
    format: str | None = None
    csv: Layout = Layout()
    where: dict[str, Scalar | tuple[Scalar, ...]] = {}
    time: TimeMap
    components: Components | None = None
    speed: Column | None = None
    direction: Direction | None = None
    interval_s: NotNegative = 0.0
    """Time that one row averages over."""
    height_m: float | None = None
    height: Column | None = None
    """Column of the height of a wind log that moves; its median is taken."""
    height_above: HeightAbove
    valid: Valid = Valid()
    """Range of real components, or of the speed."""


class TrackMap(_Map, frozen=True, kw_only=True):
    """A `[[track]]` table."""

    file: str
    format: str | None = None
    csv: Layout = Layout()
    platform: str
    where: dict[str, Scalar | tuple[Scalar, ...]] = {}
    time: TimeMap | None = None
    """Not for GPX, which says it itself."""
    position: PositionMap | None = None
    """Not for GPX."""
    height_above: HeightAbove | None = None
    """For GPX: most devices log metres above the geoid."""
    height_value: float | None = None
    """For a GPX without heights."""


class ZoneMap(_Map, frozen=True, kw_only=True):
    """A `[[context.zone]]` table: a piece of ground, and what it means for the search."""

    meaning: Literal["search", "exclude"]
    """The source lies in one of the search zones; it cannot lie in an excluded one."""
    because: Annotated[str, msgspec.Meta(min_length=1)]
    """Why, in a few words; the report repeats it."""
    corners: tuple[tuple[float, float], ...] = ()
    """Of a polygon: longitude and latitude of each, degrees."""
    corners_m: tuple[tuple[float, float], ...] = ()
    """The same in metres east and north of the survey's origin."""


class EmitterMap(_Map, frozen=True, kw_only=True):
    """A `[[context.emitter]]` table: a farm or a plant that emits lawfully, and about how much."""

    facility: Annotated[str, msgspec.Meta(min_length=1)]
    """Its name; the report tells its gas apart from that of unknown sources."""
    gas: str
    position: tuple[float, float] | None = None
    """Longitude and latitude, degrees."""
    position_m: tuple[float, float] | None = None
    """The same in metres east and north of the survey's origin."""
    height_m: NotNegative = 1.0
    """Of its outlet above ground."""
    rate_kg_h: tuple[Positive, Positive] | None = None
    """Between which its rate lies nine times in ten; left out where nobody knows."""


class ContextMap(_Map, frozen=True, kw_only=True):
    """The `[context]` table: what is known of the ground before anything is measured."""

    file: str | None = None
    """A GeoJSON of polygons, each with the properties `meaning` and `because`."""
    zone: tuple[ZoneMap, ...] = ()
    emitter: tuple[EmitterMap, ...] = ()
    heights_m: tuple[NotNegative, NotNegative] | None = None
    """Lowest and highest source above ground that is possible."""


class Elevation(_Map, frozen=True, kw_only=True):
    """The `[elevation]` table: a GeoTIFF of ground heights."""

    file: str
    height_above: Literal["ellipsoid", "geoid"]
    geoid_height_m: float | None = None
    """Geoid above ellipsoid here; needed where model and positions count from different ones."""


AnyMap = TypeVar("AnyMap", bound=msgspec.Struct)


def decode_map(kind: type[AnyMap], table: Mapping[str, Any], where: str) -> AnyMap:
    """A table of a survey file as a map.

    Parameters
    ----------
    kind
        Which map, such as `ReadingsMap`.
    table
        As the TOML reader gave it.
    where
        File and key, such as `survey.toml: readings[0]`; opens the message when it is wrong.

    Raises
    ------
    SettingError
        A key is missing, unknown or of the wrong type; names the key, the choices or the nearest.
    """
    try:
        return msgspec.convert(dict(table), kind)
    except msgspec.ValidationError as error:
        raise SettingError(_explain(kind, str(error), where)) from None


def _explain(kind: type[msgspec.Struct], message: str, where: str) -> str:
    """The message of msgspec in the words of a survey file."""
    problem, _, path = message.partition(" - at `$")
    path = path.rstrip("`")
    struct = _struct_at(kind, path)
    if found := re.search(r"unknown field `(.+)`", problem):
        known = _keys(struct)
        near = difflib.get_close_matches(found[1], known, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        return f"{where}{path}.{found[1]}: no such key; {hint}Known: {', '.join(known)}"
    if found := re.search(r"missing required field `(.+)`", problem):
        return f"{where}{path}.{found[1]} is missing; {_remedy(struct, found[1])}"
    owner, _, key = path.rpartition(".")
    choices = _choices(_struct_at(kind, owner), key)
    listed = f"; choose {choices}" if choices and "enum" in problem else ""
    return f"{where}{path}: {problem[:1].lower()}{problem[1:]}{listed}"


def _keys(struct: type[msgspec.Struct] | None) -> list[str]:
    return sorted(f.encode_name for f in msgspec.structs.fields(struct)) if struct else []


def _remedy(struct: type[msgspec.Struct] | None, key: str) -> str:
    choices = _choices(struct, key)
    return f"choose {choices}" if choices else "add it"


def _choices(struct: type[msgspec.Struct] | None, key: str) -> str:
    """The values that a key may take, where it is a choice."""
    hint = get_type_hints(struct).get(key) if struct else None
    options = [value for part in (hint, *get_args(hint)) for value in get_args(part)]
    return " or ".join(f"'{value}'" for value in dict.fromkeys(options) if isinstance(value, str))


def _struct_at(kind: type[msgspec.Struct], path: str) -> type[msgspec.Struct] | None:
    """The struct that a path of keys such as `.position.stations[...]` leads to."""
    here: Any = kind
    for key in re.findall(r"\.(\w+)", path):
        names = {field.encode_name: field.name for field in msgspec.structs.fields(here)}
        hint = get_type_hints(here).get(names.get(key, ""))
        parts = [hint, *get_args(hint)]
        structs = [p for p in parts if isinstance(p, type) and issubclass(p, msgspec.Struct)]
        if not structs:
            return None
        here = structs[0]
    found: type[msgspec.Struct] = here
    return found
