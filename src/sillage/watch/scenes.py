"""How does a radiance cube enter a survey: what is asked of it, and the records that it gives.

    cube -> Scene -> Enhancement -> PlumeSpectrum, Detection

Columns and plumes are those of `sillage retrieve` and `sillage detect`, with the survey's wind.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, NamedTuple, Protocol, runtime_checkable

import msgspec
import numpy as np

from sillage.air.wind import average
from sillage.detect.claims import Claims, claims_of, detections_of
from sillage.detect.mass import Breeze
from sillage.detect.plume_spectra import spectrum_of
from sillage.errors import SettingError
from sillage.records.base import Interval, Record, UtcTime
from sillage.records.cube import Cube
from sillage.records.detection import Detection
from sillage.records.enhancement import Enhancement
from sillage.records.place import HeightAbove
from sillage.records.scene import Scene
from sillage.records.wind import Wind
from sillage.retrieve.record import enhancement_of
from sillage.retrieve.run import METHOD, Retrieved
from sillage.retrieve.settings import Settings
from sillage.sense.cubes.scene import scene_of
from sillage.sense.files import resolve
from sillage.watch.columns import Asked, Reading, opened, retrieved_in
from sillage.watch.detections import Looking, breeze_of, in_scene, seen_in, taken_from
from sillage.watch.thinking import think

FILLED_S = 600.0
"""Before the picture, over which the wind is averaged: a plume of 2 km in 3 m/s is as old."""
_BETWEEN_MAST_AND_PLUME = 0.3  # of the speed, as where nobody says how well a wind is known
_CALM_M_S = 0.5  # below, a picture of a plume says nothing of its rate

Tell = Callable[[str], None]


class SceneMap(Looking, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A radiance cube, and which gas is looked for in it."""

    file: str
    gas: str | None = None
    """Name in the gas library; that of the survey where not given."""
    method: str = METHOD
    """Filter among the installed retrievers."""
    sensor_height_m: Annotated[float, msgspec.Meta(gt=0.0)] | None = None
    """Of the sensor, where the file does not say; `height_above` says from what."""
    height_above: HeightAbove = "ground"
    read: Reading = Reading()
    retrieve: Settings = Settings()


@runtime_checkable
class Pictured(Protocol):
    """What a table says of any cube that a survey names."""

    @property
    def file(self) -> str:
        """Path from the survey file."""
        ...

    @property
    def read(self) -> Reading:
        """What the file does not say of itself."""
        ...

    @property
    def observed_at(self) -> UtcTime | None:
        """When it was taken, where it does not say."""
        ...

    @property
    def platform(self) -> str | None:
        """Who carried the instrument, where it does not say."""
        ...

    @property
    def instrument(self) -> str | None:
        """What took it, where it does not say."""
        ...

    @property
    def sensor_height_m(self) -> float | None:
        """Height of the sensor, where it does not say."""
        ...

    @property
    def height_above(self) -> HeightAbove:
        """What that counts from."""
        ...


class Entered(NamedTuple):
    """A cube that is part of a survey."""

    path: Path
    reading: Reading
    cube: Cube
    scene: Scene


async def look(
    wanted: SceneMap, base: Path, gas: str, wind: Wind | None, scratch: Path | None, tell: Tell
) -> AsyncIterator[Record]:
    """The records of one cube, each when all that it rests on was given.

    Parameters
    ----------
    wanted
        Its table of the survey file.
    base
        Folder of the survey file.
    gas
        Of the survey.
    wind
        Log of the survey; a wind that the table tells goes before it.
    scratch
        Folder for what is half done; the system's where None.
    tell
        Told what happens.

    Raises
    ------
    InputError
        The cube, the gas or a setting is wrong; or the file says too little to be a scene.
    NotEnoughInformation
        The instrument does not see the gas, or the scene is too small to know its clutter.
    """
    tell(f"reading {wanted.file}")
    entered = await think(enter, wanted, base)
    yield entered.scene
    asked = Asked(
        entered.path,
        wanted.gas or gas,
        entered.path,  # nothing is written but records
        method=wanted.method,
        reading=entered.reading,
        settings=wanted.retrieve,
    )
    found = await think(
        retrieved_in, entered.cube, asked, scratch, lambda said: tell(f"{wanted.file}: {said}")
    )
    columns = await think(_columns_of, entered, found)
    yield columns
    tell(f"{wanted.file}: looking for plumes")
    breeze = breeze_of(wanted) or breeze_at(wind, entered.scene.observed_at)
    claims = await think(_claims, entered, wanted, found, columns, breeze)
    for record in await think(_recorded, entered, wanted, found, columns, claims, breeze):
        yield record


def breeze_at(wind: Wind | None, at: Interval) -> Breeze | None:
    """Mean wind of a log over the ten minutes until a picture was taken.

    None where the log does not cover them, or the air is calm. Between mast and plume it is known
    to three tenths of its speed, beside what the log itself shows of its change.
    """
    if wind is None:
        return None
    end_ns = round(at.end.timestamp() * 1e9)
    rows = average(wind, max(wind.interval_s, 60.0)).samples
    then = (rows["time_ns"] > end_ns - round(FILLED_S * 1e9)) & (rows["time_ns"] <= end_ns)
    east, north = rows["east_m_s"][then], rows["north_m_s"][then]
    known = np.isfinite(east) & np.isfinite(north)
    if not known.any():
        return None
    east, north = east[known], north[known]
    speed = math.hypot(float(east.mean()), float(north.mean()))
    if speed < _CALM_M_S:
        return None
    changes = math.sqrt(0.5 * float(east.var() + north.var()))
    std = math.hypot(_BETWEEN_MAST_AND_PLUME * speed, changes)
    towards = math.degrees(math.atan2(float(east.mean()), float(north.mean()))) % 360.0
    off_deg = min(math.degrees(std / speed), 180.0)
    height_m = wind.height_m if wind.height_above == "ground" else None
    return Breeze(speed, std, towards, off_deg, height_m)


def _of_the_wind(wanted: SceneMap, breeze: Breeze | None) -> str:
    """What is supposed of the wind of a picture."""
    if breeze is None:
        return "no wind is known for the ten minutes before the picture, so no rate is told"
    if wanted.wind_speed_m_s is not None:
        return "the wind of the plumes is the one that was told with the picture"
    return (
        "the wind of the plumes is the log's mean over the ten minutes before the picture, known "
        "to three tenths between mast and plume"
    )


def _wind_settings(breeze: Breeze | None) -> dict[str, float | int | str]:
    if breeze is None:
        return {}
    return {
        "wind_m_s": breeze.speed_m_s,
        "wind_std_m_s": breeze.speed_std_m_s,
        "wind_towards_deg": breeze.towards_deg,
        "wind_towards_std_deg": breeze.towards_std_deg,
    }


def enter(wanted: Pictured, base: Path) -> Entered:
    """Open a cube that a survey names, and describe it as a record.

    Parameters
    ----------
    wanted
        Its table.
    base
        Folder of the survey file.

    Raises
    ------
    InputError
        The file is missing, is no radiance, or says too little to be a scene.
    """
    reading = wanted.read
    if reading.wavelengths is not None:
        table = str(resolve(reading.wavelengths, base))
        reading = msgspec.structs.replace(reading, wavelengths=table)
    path = resolve(wanted.file, base)
    cube = opened(path, reading)
    when = wanted.observed_at
    scene = scene_of(
        cube,
        observed_at=None if when is None else Interval(start=when, end=when),
        platform=wanted.platform,
        instrument=wanted.instrument,
        sensor_height_m=wanted.sensor_height_m,
        height_above=None if wanted.sensor_height_m is None else wanted.height_above,
    )
    name = str(Path(wanted.file).with_name(Path(scene.source.name).name))
    source = msgspec.structs.replace(scene.source, name=name)
    return Entered(path, reading, cube, msgspec.structs.replace(scene, id="", source=source))


def _columns_of(entered: Entered, found: Retrieved) -> Enhancement:
    cube = entered.cube
    place = cube.geolocation(0, cube.lines)
    if place is None:
        raise SettingError(f"{entered.path.name}: has no places of its pixels any more")
    return enhancement_of(found, entered.scene, place, cube.wavelength_nm)


def _claims(
    entered: Entered,
    wanted: SceneMap,
    found: Retrieved,
    columns: Enhancement,
    breeze: Breeze | None,
) -> Claims:
    """Plumes on ground that has a place."""
    seen = seen_in(entered.cube, found, None)
    nowhere = ~np.isfinite(columns.column["lon_deg"] + columns.column["lat_deg"])
    if nowhere.any():
        column = np.where(nowhere, np.nan, seen.columns.column_ppm_m)
        sigmas = np.where(nowhere, np.nan, seen.columns.sigmas)
        told = seen.columns._replace(column_ppm_m=column, average_sigmas=sigmas)
        seen = seen._replace(columns=told)
    return claims_of(seen, in_scene(wanted, seen), wind=breeze, prior=wanted.prior)


def _recorded(
    entered: Entered,
    wanted: SceneMap,
    found: Retrieved,
    columns: Enhancement,
    claims: Claims,
    breeze: Breeze | None,
) -> list[Record]:
    """Each plume's spectrum, where it has one, and the detection that rests on it."""
    scene = entered.scene
    taken = taken_from(entered.cube, found, wanted)
    taken = taken._replace(
        settings=taken.settings | _wind_settings(breeze),
        platform=scene.platform,
        instrument=scene.instrument,
        observed_at=scene.observed_at,
        parents=(columns.id,),
        assumptions=(*taken.assumptions, _of_the_wind(wanted, breeze)),
    )
    records: list[Record] = []
    detections = detections_of(claims, taken)
    for claim, detection in zip(claims.claims, detections, strict=True):
        if detection is None:  # a pixel of it lies beyond the last that has a place
            continue
        spectrum = spectrum_of(
            claim,
            claims.gas,
            found.target.wavelength_nm,
            observed_at=scene.observed_at,
            parents=(scene.id, columns.id),
        )
        if spectrum is None:
            records.append(detection)
            continue
        rests: Detection = msgspec.structs.replace(
            detection, id="", parents=(columns.id, spectrum.id)
        )
        records += [spectrum, rests]
    return records
