"""Does every kind of bad input get a message with the file, the row or key, and the remedy?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sense_tables import (
    HEADER,
    NOW,
    ORIGIN,
    ROWS,
    read,
    read_blowing,
    readings_map,
    wind_map,
    with_cell,
    write_csv,
    write_parquet,
)

from sillage.errors import InputError, ReadError, SettingError, UnknownName
from sillage.records.place import LocalFrame
from sillage.sense import read_readings
from sillage.sense.frames import check_same_place


def message(base: Path, rows: Any = ROWS, **changes: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(base, rows, **changes)
    return str(caught.value)


BAD_CELLS = {
    "no zone, time of day": (
        with_cell(1, "time", "12:03"),
        (
            "readings.csv, row 3: time '12:03' has no zone; write '2026-05-09T12:03:00Z' "
            "or set readings.time.zone"
        ),
    ),
    "no zone": (
        with_cell(1, "time", "2026-05-09 12:03"),
        (
            "readings.csv, row 3: time '2026-05-09 12:03' has no zone; "
            "write '2026-05-09T12:03:00Z' or set readings.time.zone"
        ),
    ),
    "no time": (
        with_cell(0, "time", "soon"),
        (
            "readings.csv, row 2: time 'soon' is not ISO 8601; "
            "write '2026-05-09T12:03:00Z' or set readings.time.pattern"
        ),
    ),
    "no such day": (with_cell(0, "time", "2026-02-30T12:00:00Z"), "row 2: time '2026-02-30"),
    "empty time": (
        with_cell(2, "time", ""),
        (
            "readings.csv, row 4: the time is empty; mend the row, or set readings.time.missing = "
            "'drop'"
        ),
    ),
    "number for a time": (
        with_cell(0, "time", "1778328000"),
        "row 2: time '1778328000' is a number; set readings.time.unit, such as 's'",
    ),
    "before 1990": (
        with_cell(0, "time", "1970-01-21T14:00:00Z"),
        (
            "readings.csv, row 2: time 1970-01-21T14:00:00Z is before 1990; are "
            "readings.time.unit, .epoch, .pattern and .offset_s right?"
        ),
    ),
    "future": (
        with_cell(2, "time", "2026-05-12T00:00:00Z"),
        "row 4: time 2026-05-12T00:00:00Z is in",
    ),
    "backwards": (
        with_cell(2, "time", "2026-05-09T11:59:00Z"),
        (
            "readings.csv, row 4: time 2026-05-09T11:59:00Z goes backwards (row 3 of the same "
            "sensor has 2026-05-09T12:00:01Z); mend the log, set readings.time.order = 'sort'"
        ),
    ),
    "doubled, different": (
        with_cell(2, "time", "2026-05-09T12:00:01Z"),
        (
            "readings.csv, row 4: time 2026-05-09T12:00:01Z stands there twice with different "
            "values (also row 3); set readings.time.duplicates to 'keep' (both are samples), "
            "'first' or 'mean'"
        ),
    ),
    "text for a number": (
        with_cell(1, "ppm", "2.2 ppm"),
        (
            "readings.csv, row 3: column 'ppm': '2.2 ppm' is no number; if the cells carry a unit, "
            "declare it as suffix"
        ),
    ),
    "decimal comma": (
        with_cell(1, "ppm", "2,2"),
        (
            "readings.csv, row 3: column 'ppm': '2,2' is no number; "
            "if the comma is the decimal sign, set csv.decimal = ','"
        ),
    ),
    "latitude out of range": (
        with_cell(1, "lat", "5332.79"),
        (
            "readings.csv, row 3: (5.9343, 5332.79) is no longitude and latitude in degrees; "
            "if the columns are metres, set readings.position.frame to 'EPSG:nnnn' or 'local'"
        ),
    ),
    "too few cells": (
        [ROWS[0], ROWS[1][:4], ROWS[2]],
        "readings.csv, row 3: has 4 cells where the header has 5",
    ),
}


@pytest.mark.parametrize("kind", BAD_CELLS)
def test_a_bad_cell_is_named_with_its_row_and_the_remedy(tmp_path: Path, kind: str) -> None:
    rows, expected = BAD_CELLS[kind]
    assert expected in message(tmp_path, rows)


BAD_MAPS: dict[str, tuple[dict[str, Any], str]] = {
    "missing column": (
        {"value": {"column": "pmm"}},
        "readings.csv: no column 'pmm'. Did you mean 'ppm'? There are 'time', 'lon'",
    ),
    "unknown unit": (
        {"value": {"unit": "ppmv"}},
        "no unit (readings.value.unit) called 'ppmv'. Did you mean 'ppm'?",
    ),
    "wrong quantity": (
        {"value": {"unit": "m/s"}},
        "readings.value.unit: 'm/s' is a speed (m/s); use one of ppm",
    ),
    "column without a path": ({"value": {"unit": "ppm m"}}, "is a sum along a path: give its ends"),
    "unknown gas": ({"gas": "metane"}, "called 'metane'. Did you mean 'methane'?"),
    "unknown zone": (
        {"time": {"zone": "Europe/Amsterdan"}},
        (
            "no time zone (readings.time.zone) called 'Europe/Amsterdan'. Did you mean "
            "'Europe/Amsterdam'?"
        ),
    ),
    "no frame": (
        {"position": {"frame": None}},
        "readings.position.frame is missing; choose 'lonlat', 'local' or 'EPSG:nnnn'",
    ),
    "no datum": (
        {"position": {"height_above": None}},
        "readings.position.height_above is missing; choose 'ground' or 'ellipsoid' or 'geoid'",
    ),
    "no ground": (
        {"position": {"height_above": "geoid"}},
        (
            "readings.position.height_above = 'geoid' needs the ground: add [elevation] with file "
            "= 'dem.tif', or set readings.position.ground_m"
        ),
    ),
    "relative clock without a zero": (
        {"time": {"pattern": "%Mm %Ss"}},
        "readings.time.pattern '%Mm %Ss' says no day: set readings.time.after",
    ),
    "another variable": ({"file": "$HOME/readings.csv"}, "only $SILLAGE_DATA/ may begin a path"),
    "no such file": ({"file": "other.csv"}, "other.csv: there is no such file"),
    "unknown suffix": ({"file": "readings.xls"}, "there is no such file"),
    "value of where": (
        {"where": {"ppm": "7.7"}},
        "readings.csv: no row has ppm = '7.7' (where); the column holds 2.1, 2.2, 2.3",
    ),
    "delimiter": (
        {"csv": {"delimiter": ";"}},
        "readings.csv, row 1: the header is not cut by the delimiter; set csv.delimiter = ','",
    ),
    "encoding": ({"csv": {"encoding": "utf-9"}}, "csv.encoding = 'utf-9' is no text encoding"),
    "no position": ({"position": {"x": None}}, "0 are given"),
    "unknown track": ({"position": {"x": None, "track": "drone-1"}}, "called 'drone-1'"),
}


@pytest.mark.parametrize("kind", BAD_MAPS)
def test_a_bad_setting_is_named_with_its_key_and_the_remedy(tmp_path: Path, kind: str) -> None:
    changes, expected = BAD_MAPS[kind]
    assert expected in message(tmp_path, **changes)


BAD_TABLES: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": (
        {"time": {"colunm": "t"}},
        "survey.toml: readings[0].time.colunm: no such key; did you mean 'column'? Known: after,",
    ),
    "missing key": (
        {"value": {"unit": None}},
        "survey.toml: readings[0].value.unit is missing; add it",
    ),
    "wrong choice": (
        {"time": {"order": "any"}},
        "survey.toml: readings[0].time.order: invalid enum value 'any'; choose 'refuse' or 'sort'",
    ),
    "wrong type": (
        {"integration_s": "1 s"},
        "survey.toml: readings[0].integration_s: expected `float`, got `str`",
    ),
    "naive time": (
        {"time": {"after": "2026-05-09T12:00:00"}},
        "survey.toml: readings[0].time.after",
    ),
}


@pytest.mark.parametrize("kind", BAD_TABLES)
def test_a_key_that_does_not_fit_is_named_with_what_would(kind: str) -> None:
    changes, expected = BAD_TABLES[kind]
    with pytest.raises(SettingError) as caught:
        readings_map(**changes)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("key", "choices"),
    [
        ("points", "'from' or 'towards'"),
        ("turns", "'clockwise from north' or 'counterclockwise from east'"),
    ],
)
def test_the_sense_of_a_wind_angle_is_never_guessed(key: str, choices: str) -> None:
    with pytest.raises(SettingError) as caught:
        wind_map(direction={key: None})
    expected = f"survey.toml: wind[0].direction.{key} is missing; choose {choices}"
    assert expected in str(caught.value)


def test_the_sense_of_wind_components_is_never_guessed() -> None:
    with pytest.raises(
        SettingError, match=r"components.points is missing; choose 'from' or 'towar"
    ):
        wind_map(speed=None, direction=None, components={"east": "u", "north": "v", "unit": "m/s"})


def test_a_doubled_column_is_refused(tmp_path: Path) -> None:
    rows = [(*row, "9") for row in ROWS]
    with pytest.raises(ReadError, match=r"column 'ppm' stands there 2 times \(columns 5, 6\)"):
        read(tmp_path, rows, header=(*HEADER, "ppm"))


def test_swapped_coordinates_are_recognised_near_the_origin(tmp_path: Path) -> None:
    rows = [(row[0], row[2], row[1], *row[3:]) for row in ROWS]
    assert "readings.csv: positions lie near survey.origin only when x and y are swapped; " in (
        message(tmp_path, rows)
    )


def test_swapped_coordinates_are_recognised_by_their_range(tmp_path: Path) -> None:
    rows = [(row[0], "-33.8", "151.2", *row[3:]) for row in ROWS]
    expected = "row 2: latitude 151.2 is out of range: x and y look swapped"
    assert expected in message(tmp_path, rows)


def test_a_file_far_from_the_origin_shows_both_extents(tmp_path: Path) -> None:
    text = message(tmp_path, origin=LocalFrame(lon=-1.4, lat=40.0))
    assert "lon 5.9342 to 5.9344, lat 53.3279 to 53.3281" in text
    assert "survey.origin is lon -1.4000, lat 40.0000" in text
    assert "disagree in coordinate system?" in text


def test_two_files_of_different_places_are_told_apart(tmp_path: Path) -> None:
    here = read(tmp_path)
    moved = [(row[0], row[1], "43.0", *row[3:]) for row in ROWS]
    there = read(tmp_path, moved, origin=None)
    check_same_place([here, here])
    with pytest.raises(ReadError, match="do the two files disagree in coordinate system"):
        check_same_place([here, there])


def test_a_frozen_receiver_on_a_moving_platform_is_refused(tmp_path: Path) -> None:
    rows = [
        (f"2026-05-09T12:{minute:02d}:00Z", "5.9342", "53.3279", "2.0", f"{2 + minute / 100}")
        for minute in range(10)
    ]
    assert "the position is frozen at (5.934200, 53.327900) in all 10 samples" in (
        message(tmp_path, rows, platform="moving")
    )


def test_a_column_without_any_value_is_refused(tmp_path: Path) -> None:
    rows = [(*row[:4], "nan") for row in ROWS]
    assert "column 'ppm' has no valid value in 3 rows (3 without a value)" in message(
        tmp_path, rows
    )


def test_negative_values_are_refused_where_the_map_says_so(tmp_path: Path) -> None:
    rows = with_cell(1, "ppm", "-1")
    text = message(tmp_path, rows, value={"negative": "refuse"})
    assert "readings.csv, row 3: value -1 ppm is negative; set readings.value.negative" in text


FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "readings.csv: is empty (0 bytes); export it again"),
    "only the header": (b"time,lon,lat,height,ppm\n", "has a header but no rows"),
    "only blank lines": (b"\n\n \n", "holds no header line"),
    "not text": (b"\xff\xfe\x00\x01" * 9, "is not utf-8 text near row 1"),
    "Parquet inside": (b"PAR1 and so on", "is a Parquet file by its first bytes"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, kind: str) -> None:
    content, expected = FILES[kind]
    (tmp_path / "readings.csv").write_bytes(content)
    with pytest.raises(ReadError) as caught:
        read_readings(readings_map(), tmp_path, ORIGIN, now=NOW)
    assert expected in str(caught.value)


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "readings.csv").mkdir()
    with pytest.raises(ReadError, match="is a directory; name a file in it"):
        read_readings(readings_map(), tmp_path, ORIGIN, now=NOW)


def test_a_truncated_parquet_file_is_refused(tmp_path: Path) -> None:
    whole = write_parquet(tmp_path / "readings.parquet", {"ppm": np.arange(1000.0)})
    whole.write_bytes(whole.read_bytes()[:-100])
    with pytest.raises(ReadError, match=r"is no whole Parquet file: .*; was the copy cut short"):
        read_readings(readings_map(file="readings.parquet"), tmp_path, ORIGIN, now=NOW)


def test_an_unknown_suffix_asks_for_the_format(tmp_path: Path) -> None:
    write_csv(tmp_path / "readings.log", HEADER, ROWS)
    with pytest.raises(SettingError, match=r"suffix '\.log' does not say the format; set format"):
        read_readings(readings_map(file="readings.log"), tmp_path, ORIGIN, now=NOW)
    with pytest.raises(UnknownName, match=r"no reader called 'cvs'. Did you mean 'csv'"):
        read_readings(readings_map(file="readings.log", format="cvs"), tmp_path, ORIGIN, now=NOW)


def test_data_sets_without_their_variable_say_how_to_set_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SILLAGE_DATA", raising=False)
    with pytest.raises(SettingError, match="export SILLAGE_DATA="):
        read_readings(readings_map(file="$SILLAGE_DATA/x.csv"), tmp_path, ORIGIN, now=NOW)


def test_a_wind_log_of_sentinels_is_refused(tmp_path: Path) -> None:
    rows = [("2026-05-09T12:00:00Z", "-99", "0"), ("2026-05-09T12:00:01Z", "-99", "0")]
    with pytest.raises(ReadError, match=r"wind.csv: no row has a valid wind"):
        read_blowing(tmp_path, rows, valid={"at_least": 0.0})
