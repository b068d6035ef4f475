"""Which laws hold for every table: read back equal, in any cut, order of columns and convention?"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sense_tables import (
    HEADER,
    NOW,
    ORIGIN,
    ROWS,
    read,
    read_blowing,
    readings_map,
    same,
    write_csv,
    write_parquet,
)

from sillage.errors import ReadError, SillageError
from sillage.records.readings import Readings
from sillage.sense import TrackMap, decode_map, read_readings, read_track
from sillage.sense import csv as csv_reader

START_NS = int(np.datetime64("2026-05-09T00:00:00", "ns").astype(np.int64))
DAY_NS = 86_400_000_000_000


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    """Columns of a valid table: time in ns, degrees, metres and ppm."""
    count = draw(st.integers(2, 12))

    def floats(low: float, high: float) -> Any:
        one = st.floats(low, high, allow_nan=False, width=64)
        return np.array(draw(st.lists(one, min_size=count, max_size=count)))

    steps = st.lists(st.integers(0, DAY_NS - 1), min_size=count, max_size=count, unique=True)
    return {
        "time": START_NS + np.sort(np.array(draw(steps), dtype=np.int64)),
        "lon": floats(5.5, 6.5),
        "lat": floats(53.0, 53.6),
        "height": floats(0.0, 200.0),
        "ppm": floats(0.0, 1e6),
    }


def written(table: dict[str, Any]) -> list[tuple[str, ...]]:
    """The table as cells; a float's own spelling loses nothing."""
    times = [f"{one}Z" for one in table["time"].astype("datetime64[ns]")]
    numbers = ([repr(float(v)) for v in table[name]] for name in HEADER[1:])
    return list(zip(times, *numbers, strict=True))


def holds(record: Readings, table: dict[str, Any]) -> None:
    columns = {"time_ns": "time", "lon_deg": "lon", "lat_deg": "lat", "height_m": "height"}
    for name, column in (columns | {"value": "ppm"}).items():
        np.testing.assert_array_equal(record.samples[name], table[column], err_msg=name)


@given(tables())
def test_a_csv_reads_back_as_it_was_written(table: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        holds(read(Path(folder), written(table)), table)


@given(tables(), st.sampled_from([None, "UTC", "+05:30"]))
def test_a_parquet_reads_back_as_it_was_written(table: dict[str, Any], zone: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ahead = 19_800_000_000_000 if zone == "+05:30" else 0
        local = table["time"] + ahead
        stamps = pa.array(local, pa.timestamp("ns", None if zone else "UTC"))
        write_parquet(Path(folder) / "readings.parquet", table | {"time": stamps})
        mapping = readings_map(file="readings.parquet", time={"zone": zone})
        holds(read_readings(mapping, Path(folder), ORIGIN, now=NOW)[0], table)


@settings(max_examples=40)
@given(tables(), st.permutations(HEADER))
def test_the_order_of_columns_changes_nothing(table: dict[str, Any], order: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cells = written(table)
        moved = [tuple(row[HEADER.index(name)] for name in order) for row in cells]
        plain = read(Path(folder), cells)
        assert same(plain, read(Path(folder), moved, header=order))


@settings(max_examples=40)
@given(tables(), st.integers(1, 300))
def test_where_a_file_is_cut_into_pieces_changes_nothing(table: dict[str, Any], size: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        whole = read(Path(folder), written(table))
        patch.setattr(csv_reader, "BLOCK_BYTES", size)
        assert read(Path(folder), written(table)).id == whole.id


@settings(max_examples=40)
@given(tables(), st.sampled_from([";", "\t", "|"]), st.booleans())
def test_the_dialect_of_a_csv_changes_nothing(
    table: dict[str, Any], delimiter: str, declared: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cells = written(table)
        plain = read(Path(folder), cells)
        lines = [delimiter.join(f' ""{name}"" ' if name == "lat" else name for name in HEADER)]
        lines[0] = lines[0].replace(' ""lat"" ', '" ""lat"" "')
        lines += [delimiter.join(cell.replace(".", ",") for cell in row) for row in cells]
        text = "\ufeff# a comment\r\n" + "\r\n\r\n".join(lines)
        (Path(folder) / "readings.csv").write_bytes(text.encode("utf-16"))
        chosen = delimiter if declared else "auto"
        dialect = {"delimiter": chosen, "decimal": ",", "comment": "#", "encoding": "utf-16"}
        mapping = readings_map(csv=dialect)
        assert same(plain, read_readings(mapping, Path(folder), ORIGIN, now=NOW)[0])


@settings(max_examples=150)
@given(st.binary(max_size=400), st.sampled_from(["csv", "parquet", "gpx"]))
def test_no_bytes_raise_anything_but_an_error_of_ours(content: bytes, kind: str) -> None:
    _survives(content, kind)


@settings(max_examples=200)
@given(st.data())
def test_no_damage_to_a_file_raises_anything_but_an_error_of_ours(
    data: st.DataObject,
) -> None:
    kind = data.draw(st.sampled_from(["csv", "parquet", "gpx"]))
    content = bytearray(VALID[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(["change", "cut", "insert"])):
            case "change":
                content[place] = data.draw(st.integers(0, 255))
            case "cut" if place:
                del content[place:]
            case _:
                content[place:place] = data.draw(st.binary(max_size=8))
    _survives(bytes(content), kind)


def _survives(content: bytes, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"f.{kind}").write_bytes(content)
        with contextlib.suppress(SillageError):
            if kind == "gpx":
                table = {"file": "f.gpx", "platform": "drone-1", "height_above": "geoid"}
                read_track(decode_map(TrackMap, table, "survey.toml"), Path(folder), now=NOW)
            else:
                read_readings(readings_map(file=f"f.{kind}"), Path(folder), ORIGIN, now=NOW)


def _valid() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        times = pa.array([START_NS, START_NS + 1, START_NS + 2], pa.timestamp("ns", "UTC"))
        numbers = {name: np.array([53.0, 53.1, 53.2]) for name in HEADER[1:]}
        columns = {"time": times, **numbers}
        parquet = write_parquet(Path(folder) / "f.parquet", columns).read_bytes()
        plain = write_csv(Path(folder) / "f.csv", HEADER, ROWS).read_bytes()
    points = "".join(
        f'<trkpt lat="{lat}" lon="{lon}"><ele>{height}</ele><time>{time}</time></trkpt>'
        for time, lon, lat, height, _ in ROWS
    )
    gpx = f'<?xml version="1.0"?><gpx><trk><trkseg>{points}</trkseg></trk></gpx>'
    return {"csv": plain, "parquet": parquet, "gpx": gpx.encode()}


VALID = _valid()


@given(
    st.floats(0.0, 40.0),
    st.floats(0.0, 360.0),
    st.sampled_from(["from", "towards"]),
    st.sampled_from(["clockwise from north", "counterclockwise from east"]),
    st.sampled_from([("m/s", 1.0), ("km/h", 3.6), ("knots", 3600 / 1852)]),
    st.sampled_from([("deg", 1.0), ("rad", np.pi / 180.0)]),
)
def test_every_wind_convention_gives_the_same_travel(
    speed: float, towards: float, points: str, turns: str, pace: Any, turn: Any
) -> None:
    """`towards`: clockwise from north, where the air goes."""
    angle = towards if turns == "clockwise from north" else 90.0 - towards
    angle = angle + 180.0 if points == "from" else angle
    row = ("2026-05-09T12:00:00Z", repr(speed * pace[1]), repr(angle % 360.0 * turn[1]))
    with tempfile.TemporaryDirectory() as folder:
        wind = read_blowing(
            Path(folder),
            [row],
            speed={"unit": pace[0]},
            direction={"points": points, "turns": turns, "unit": turn[0]},
        )
    east, north = speed * np.sin(np.radians(towards)), speed * np.cos(np.radians(towards))
    assert wind.samples["east_m_s"][0] == pytest.approx(east, abs=1e-9)
    assert wind.samples["north_m_s"][0] == pytest.approx(north, abs=1e-9)


@settings(max_examples=20)
@given(tables(), st.sampled_from([",", "auto"]))
def test_a_file_without_a_header_reads_by_the_names_of_the_map(
    table: dict[str, Any], delimiter: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cells = written(table)
        plain = read(Path(folder), cells)
        write_csv(Path(folder) / "readings.csv", cells[0], cells[1:])
        mapping = readings_map(csv={"columns": list(HEADER), "delimiter": delimiter})
        assert same(plain, read_readings(mapping, Path(folder), ORIGIN, now=NOW)[0])


def test_rows_are_counted_as_a_person_would(tmp_path: Path) -> None:
    """Blank lines and comments keep their place in the count."""
    lines = ["# flight 1", "", ",".join(HEADER), ",".join(ROWS[0]), "", "# stop", "x,5,53,2,2.1"]
    (tmp_path / "readings.csv").write_text("\n".join(lines), "utf-8")
    with pytest.raises(ReadError, match=r"readings\.csv, row 7: time 'x' is not ISO 8601"):
        read_readings(readings_map(csv={"comment": "#"}), tmp_path, ORIGIN, now=NOW)


def test_a_line_break_inside_a_cell_is_refused(tmp_path: Path) -> None:
    rows = [(*row, "a remark\nin two lines") for row in ROWS]
    with pytest.raises(ReadError, match=r"readings\.csv"):
        read(tmp_path, rows, header=(*HEADER, "remark"))
