"""How does a played world become the files that users bring?

A folder of `SURVEY.toml`, one file of readings per kind (fixed points, beams, each drone),
`wind.csv`, one GPX track per drone, and `truth.json`, which no survey reads.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from sillage.atomic import whole_folder
from sillage.simulate.generate import Happening, generate
from sillage.simulate.pictures import write_picture
from sillage.simulate.sensing import Answer
from sillage.simulate.survey_text import survey_text
from sillage.simulate.world import Beam, Lawnmower, Orbit, PointSensor, Sensor, World

PARQUET_ROWS = 500_000
"""A table of readings longer than this is written as Parquet."""


def write_world(world: World, out_dir: Path, rng: np.random.Generator | None = None) -> Path:
    """Play a world and write its files; all of them appear at once, or none.

    Parameters
    ----------
    world
        What to play.
    out_dir
        Folder to make, or one that Sillage wrote before; its parent must exist.
    rng
        Left out: made of the world's seed. The same stream gives the same bytes.

    Returns
    -------
    Path
        The survey file, ready for `sillage survey`.

    Raises
    ------
    SettingError
        The folder holds something that Sillage did not write, or cannot be made.
    UnknownName
        The gas library has no such gas.
    OSError
        The disk is full; what stood there before stands there still.
    """
    with whole_folder(out_dir) as folder:
        happening = generate(world, rng or np.random.default_rng(world.seed))
        _write_all(world, happening, folder)
    return out_dir / "SURVEY.toml"


def _write_all(world: World, happening: Happening, folder: Path) -> None:
    files: dict[str, str] = {}
    for kind, members in _by_kind(world.sensors).items():
        columns = _columns(world, happening, members)
        long = len(columns["sensor"]) > PARQUET_ROWS
        files[kind] = f"readings_{kind}.{'parquet' if long else 'csv'}"
        (_write_parquet if long else _write_csv)(folder / files[kind], columns)
    speed, from_deg = happening.wind
    rows = np.arange(len(speed)) * world.mast.every_s
    _write_csv(
        folder / "wind.csv",
        {
            "time_utc": _stamps(world, rows),
            "speed_m_s": _decimals(speed, 2),
            "from_deg": _decimals(from_deg, 1),
        },
    )
    for sensor, place in zip(world.sensors, happening.places, strict=True):
        if isinstance(sensor, (Lawnmower, Orbit)):
            _write(folder / f"track_{sensor.name}.gpx", _gpx(world, sensor.name, place))
    for flight, cube in zip(world.overflights, happening.pictures, strict=True):
        write_picture(cube, world, flight, folder)
    _write(folder / "truth.json", json.dumps(happening.truth, indent=2, ensure_ascii=False) + "\n")
    _write(folder / "SURVEY.toml", survey_text(world, files))


def _by_kind(sensors: Iterable[Sensor]) -> dict[str, list[int]]:
    """Indices of the sensors that share a file: fixed points, beams, and each drone alone."""
    kinds: dict[str, list[int]] = {}
    for index, sensor in enumerate(sensors):
        if isinstance(sensor, PointSensor):
            kind = "point"
        elif isinstance(sensor, Beam):
            kind = "path"
        else:
            kind = sensor.name
        kinds.setdefault(kind, []).append(index)
    return kinds


def _columns(world: World, happening: Happening, members: list[int]) -> dict[str, Sequence[str]]:
    """One table of readings, ordered by time and then by sensor."""
    answers = [happening.answers[index] for index in members]
    first_step = np.concatenate([answer.first_step for answer in answers])
    who = np.concatenate([np.full(len(a.first_step), i) for i, a in enumerate(answers)])
    value = np.concatenate([_numbers(world, i, a) for i, a in zip(members, answers, strict=True)])
    std = np.concatenate([np.full(len(a.first_step), f"{a.std_ppm:.5g}") for a in answers])
    order = np.lexsort((who, first_step))
    names = np.array([world.sensors[index].name for index in members])
    columns: dict[str, Sequence[str]] = {
        "time_utc": _stamps(world, first_step[order] * world.step_s),
        "sensor": names[who[order]].tolist(),
        "value_ppm": value[order].tolist(),
        "std_ppm": std[order].tolist(),
    }
    if isinstance(world.sensors[members[0]], (Lawnmower, Orbit)):
        place = happening.places[members[0]][first_step[order]]
        lon, lat = world.origin.to_lonlat(place[:, 0], place[:, 1])
        columns["lon"] = _decimals(lon, 7)
        columns["lat"] = _decimals(lat, 7)
        columns["height_m"] = _decimals(place[:, 2], 2)
    return columns


def _numbers(world: World, index: int, answer: Answer) -> ndarray:
    """Write values with a digit more than the noise deserves, or exactly in quanta."""
    instrument = world.instruments[world.sensors[index].instrument]
    finest = instrument.quantum_ppm or 0.1 * instrument.noise_ppm or 1e-6
    places = min(9, max(0, math.ceil(-math.log10(finest)) + 1))
    return np.array(_decimals(answer.value_ppm, places), dtype=object)


def _decimals(values: ndarray, places: int) -> list[str]:
    return [f"{value:.{places}f}" for value in values.tolist()]


def _stamps(world: World, seconds: ndarray) -> list[str]:
    """ISO 8601 in UTC to the millisecond."""
    start = np.datetime64(world.start.astimezone(UTC).replace(tzinfo=None), "ms")
    times = start + np.round(seconds * 1000.0).astype("timedelta64[ms]")
    return [f"{stamp}Z" for stamp in np.datetime_as_string(times, unit="ms").tolist()]


def _write_csv(path: Path, columns: dict[str, Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _write_parquet(path: Path, columns: dict[str, Sequence[str]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    words = {"time_utc", "sensor"}
    table: Any = pa.table(
        {
            name: pa.array(column) if name in words else pa.array(np.array(column, dtype=float))
            for name, column in columns.items()
        }
    )
    pq.write_table(table, path)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _gpx(world: World, name: str, place: ndarray) -> str:
    """Write a track as GPX 1.1; `ele` is the height above ground, which lies at 0 here."""
    lon, lat = world.origin.to_lonlat(place[:, 0], place[:, 1])
    times = _stamps(world, np.arange(len(place)) * world.step_s)
    points = [
        f'<trkpt lat="{y:.7f}" lon="{x:.7f}"><ele>{z:.2f}</ele><time>{t}</time></trkpt>'
        for x, y, z, t in zip(lon.tolist(), lat.tolist(), place[:, 2].tolist(), times, strict=True)
    ]
    body = "\n".join(points)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="sillage" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"<trk><name>{name}</name><trkseg>\n{body}\n</trkseg></trk>\n</gpx>\n"
    )
