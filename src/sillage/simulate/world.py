"""What is a simulated world made of, and how is one written down?

A world is a TOML file of the structs below; docs/explain/worlds.md walks through one.
Lengths are metres east and north of `origin` and metres above flat ground.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from sillage.errors import RecordError, SettingError
from sillage.records.base import Part, UtcTime
from sillage.records.place import LocalFrame

Positive = Annotated[float, msgspec.Meta(gt=0.0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0.0)]
Share = Annotated[float, msgspec.Meta(ge=0.0, lt=1.0)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=60)]
"""A name that is safe in a file name and in a table."""
MOST_PIXELS = 2000
"""Across a picture."""
Family = Literal["mismatched", "matched"]
"""Puffs in a turbulent wind, measured with error; or the inverter's own plume, exactly."""


class Box(Part, frozen=True, kw_only=True):
    """A rectangle on the ground, in local metres."""

    west_m: float
    east_m: float
    south_m: float
    north_m: float


class Mast(Part, frozen=True, kw_only=True):
    """The anemometer: where it stands, and how wrong it is."""

    east_m: float = 0.0
    north_m: float = 0.0
    height_m: Positive = 3.0
    every_s: Positive = 1.0
    speed_bias_std: NotNegative = 0.03
    """Relative error of its calibration, one sigma; drawn once per world."""
    misalignment_std_deg: NotNegative = 3.0
    """Error of its north mark, one sigma; drawn once per world."""
    noise_m_s: NotNegative = 0.1


class Climate(Part, frozen=True, kw_only=True):
    """The wind's statistics; speed and direction are those at the mast, averaged over the world."""

    speed_m_s: Annotated[float, msgspec.Meta(ge=0.5)] = 3.0
    from_deg: Annotated[float, msgspec.Meta(ge=0.0, le=360.0)] = 240.0
    """Where the wind comes from, clockwise from north."""
    roughness_m: Positive = 0.03
    obukhov_m: float | None = None
    """Obukhov length; negative by day, positive by night, left out when neutral."""
    mixing_height_m: Positive = 800.0
    direction_drift_deg: NotNegative = 12.0
    speed_drift: NotNegative = 0.15
    """Standard deviation of the slow drift of log speed."""
    drift_scale_s: Positive = 1800.0
    meander_scale_s: Positive = 120.0
    eddy_scale_s: Positive = 20.0
    """Lagrangian integral time of the eddies that a puff rides."""


class Source(Part, frozen=True, kw_only=True):
    """Something that leaks: constant, by a duty cycle, at set times; fixed or on a path."""

    name: Name
    east_m: float
    north_m: float
    height_m: NotNegative = 1.0
    rate_kg_h: NotNegative
    """Rate while it is on."""
    side_m: NotNegative = 0.0
    """Side of the square it leaks from; 0 for a point."""
    on_s: Positive | None = None
    off_s: Positive | None = None
    """Duty cycle: on for `on_s`, then off for `off_s`, again and again."""
    first_on_s: float = 0.0
    """When a cycle begins, in seconds after the start."""
    intervals_s: tuple[tuple[float, float], ...] | None = None
    """Set times (begin, end) instead of a cycle, in seconds after the start."""
    path_m: tuple[tuple[float, float], ...] = ()
    """Corners it goes to from (east_m, north_m), there and back; empty when it stays."""
    speed_m_s: Positive = 1.0


class Instrument(Part, frozen=True, kw_only=True):
    """How a gas sensor answers the air in front of it."""

    every_s: Positive = 1.0
    lag_s: NotNegative = 0.0
    """Time constant of its first-order response."""
    noise_ppm: NotNegative = 0.01
    offset_std_ppm: NotNegative = 0.0
    """Offset of one unit, one sigma; drawn once per sensor."""
    drift_ppm: NotNegative = 0.0
    """Standard deviation of its wandering baseline."""
    drift_scale_s: Positive = 1800.0
    quantum_ppm: NotNegative = 0.0
    limit_ppm: NotNegative = 0.0
    """Below it the instrument writes 0."""
    saturation_ppm: Positive | None = None
    dropout_share: Share = 0.0
    dropout_s: Positive = 20.0
    """Rows are missing in runs of this mean length."""


class PointSensor(Part, frozen=True, kw_only=True, tag_field="kind", tag="point"):
    """A sampler that stays where it is."""

    name: Name
    instrument: str
    east_m: float
    north_m: float
    height_m: NotNegative = 1.5


class Beam(Part, frozen=True, kw_only=True, tag_field="kind", tag="path"):
    """An open path between two points; it reads the mean along it."""

    name: Name
    instrument: str
    begin_m: tuple[float, float, NotNegative]
    end_m: tuple[float, float, NotNegative]


class Lawnmower(Part, frozen=True, kw_only=True, tag_field="kind", tag="lawnmower"):
    """A drone that flies lanes over a box, at each height in turn, until the end."""

    name: Name
    instrument: str
    box: Box
    spacing_m: Positive
    heights_m: Annotated[tuple[Positive, ...], msgspec.Meta(min_length=1)]
    along: Literal["east", "north"] = "east"
    speed_m_s: Positive = 5.0
    position_std_m: NotNegative = 0.0


class Orbit(Part, frozen=True, kw_only=True, tag_field="kind", tag="orbit"):
    """A drone that flies circles about a point, at each height in turn, until the end."""

    name: Name
    instrument: str
    east_m: float
    north_m: float
    radius_m: Positive
    heights_m: Annotated[tuple[Positive, ...], msgspec.Meta(min_length=1)]
    speed_m_s: Positive = 5.0
    position_std_m: NotNegative = 0.0


Sensor = PointSensor | Beam | Lawnmower | Orbit


class Overflight(Part, frozen=True, kw_only=True):
    """An imaging spectrometer that takes one picture of the ground from straight above."""

    name: Name
    at_s: NotNegative
    """When, in seconds after the start."""
    box: Box
    """What it sees."""
    pixel_m: Positive = 5.0
    height_m: Positive = 1000.0
    noise: Share = 0.003
    """One sigma of the radiance of a band, as a share of it."""


class World(Part, frozen=True, kw_only=True):
    """A world with known truth."""

    name: str
    gas: str
    start: UtcTime
    duration_s: Annotated[float, msgspec.Meta(gt=0.0, le=604800.0)]
    step_s: Annotated[float, msgspec.Meta(ge=0.1, le=10.0)] = 1.0
    average_s: Positive = 60.0
    """Averaging time that the survey file asks for."""
    seed: Annotated[int, msgspec.Meta(ge=0)] = 0
    family: Family = "mismatched"
    origin: LocalFrame
    area: Box
    """Where the survey is told to look."""
    wind: Climate = Climate()
    mast: Mast = Mast()
    sources: tuple[Source, ...]
    instruments: dict[str, Instrument]
    sensors: Annotated[tuple[Sensor, ...], msgspec.Meta(min_length=1)]
    overflights: tuple[Overflight, ...] = ()
    background_ppm: NotNegative | None = None
    """Left out: the gas library's; 0 where that has none."""
    background_wander_ppm: NotNegative = 0.0
    fluctuation: NotNegative = 0.5
    """Standard deviation of the log of the fast concentration fluctuations."""
    temperature_K: Annotated[float, msgspec.Meta(gt=150.0, lt=350.0)] = 288.15
    pressure_Pa: Annotated[float, msgspec.Meta(gt=30000.0, lt=120000.0)] = 101325.0

    def __post_init__(self) -> None:
        """Check what one field alone cannot tell."""
        super().__post_init__()
        _check_names(self)
        _check_times(self)
        boxes = {"area": self.area} | {
            f"sensor '{s.name}'.box": s.box for s in self.sensors if isinstance(s, Lawnmower)
        }
        boxes |= {f"overflight '{one.name}'.box": one.box for one in self.overflights}
        _check_overflights(self)
        for where, box in boxes.items():
            if box.west_m >= box.east_m or box.south_m >= box.north_m:
                raise SettingError(
                    f"{where}: it has no extent; give west_m < east_m and south_m < north_m"
                )


def load_world(path: Path) -> World:
    """Read a WORLD.toml.

    Raises
    ------
    SettingError
        The file is no TOML, or a key is unknown, missing or out of range; names file and key.
    """
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingError(f"{path}: there is no such file; give the path of a world") from error
    except OSError as error:
        raise SettingError(f"{path}: {error.strerror}; check the path and its rights") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{path}: this is not TOML in UTF-8: {error}") from error
    try:
        return world_from(written)
    except SettingError as error:
        raise SettingError(f"{path}: {error}") from error


def world_from(written: dict[str, Any]) -> World:
    """Make a world of the tables of a WORLD.toml.

    Raises
    ------
    SettingError
        A key is unknown, missing or out of range; names the key and the remedy.
    """
    try:
        return msgspec.convert(written, World)
    except msgspec.ValidationError as error:
        raise SettingError(_explain(str(error))) from error
    except RecordError as error:
        raise SettingError(str(error)) from error


def _check_names(world: World) -> None:
    for kind, names in (
        ("sensors", [sensor.name for sensor in world.sensors]),
        ("sources", [source.name for source in world.sources]),
        ("overflights", [flight.name for flight in world.overflights]),
    ):
        for name in names:
            if names.count(name) > 1:
                raise SettingError(f"{kind}: the name '{name}' is used twice; give each its own")
    for sensor in world.sensors:
        if sensor.name in {"point", "path"}:
            raise SettingError(
                f"sensor '{sensor.name}': this is the name of a kind; call it another"
            )
        if sensor.instrument not in world.instruments:
            known = ", ".join(sorted(world.instruments)) or "none"
            raise SettingError(
                f"sensor '{sensor.name}'.instrument: no [instruments.{sensor.instrument}]; "
                f"write that table, or name one of: {known}"
            )


def _check_times(world: World) -> None:
    intervals = {f"instruments.{n}.every_s": i.every_s for n, i in world.instruments.items()}
    intervals |= {"mast.every_s": world.mast.every_s, "duration_s": world.duration_s}
    for key, seconds in intervals.items():
        steps = seconds / world.step_s
        if steps < 1.0 or abs(steps - round(steps)) > 1e-9:
            raise SettingError(
                f"{key}: {seconds:g} s is no multiple of step_s = {world.step_s:g}; make it one"
            )
        if seconds > world.duration_s:
            raise SettingError(f"{key}: {seconds:g} s is longer than duration_s; shorten it")
    for source in world.sources:
        if (source.on_s is None) != (source.off_s is None):
            raise SettingError(f"source '{source.name}': a duty cycle needs both on_s and off_s")
        if source.on_s is not None and source.intervals_s is not None:
            raise SettingError(
                f"source '{source.name}': give a cycle (on_s, off_s) or intervals_s, not both"
            )
        if any(begin >= end for begin, end in source.intervals_s or ()):
            raise SettingError(
                f"source '{source.name}'.intervals_s: an interval ends before it begins; swap it"
            )


def _check_overflights(world: World) -> None:
    for flight in world.overflights:
        where = f"overflight '{flight.name}'"
        if world.family == "matched":
            raise SettingError(
                f"{where}: a matched world has no puffs to see from above; leave the overflight "
                "out, or family"
            )
        if flight.at_s > world.duration_s:
            raise SettingError(f"{where}.at_s: {flight.at_s:g} s is after the end; take it earlier")
        wide = max(flight.box.east_m - flight.box.west_m, flight.box.north_m - flight.box.south_m)
        if wide > MOST_PIXELS * flight.pixel_m:
            raise SettingError(
                f"{where}: {wide / flight.pixel_m:.0f} pixels across are more than {MOST_PIXELS}; "
                "take a smaller box or larger pixels"
            )


def _explain(message: str) -> str:
    """Turn msgspec's message into place, problem and remedy."""
    problem, _, where = message.partition(" - at `")
    key = re.sub(r"^\$\.?", "", where.rstrip("`"))
    unknown = re.search(r"unknown field `(.+?)`", problem)
    if "matching regex" in problem:
        return f"{key}: a name here is made of letters, digits, '-', '_' and '.'; choose another"
    if not unknown:
        return f"{key or 'world'}: {problem}; the keys are listed in docs/explain/worlds.md"
    structs = (
        *(World, Box, Climate, Mast, Source, Instrument),
        *(PointSensor, Beam, Lawnmower, Orbit, Overflight),
    )
    known = sorted({field for struct in structs for field in struct.__struct_fields__})
    near = difflib.get_close_matches(unknown[1], known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else "remove it"
    return (
        f"{f'{key}.' if key else ''}{unknown[1]}: there is no such key; {hint} "
        "(the keys are listed in docs/explain/worlds.md)"
    )
