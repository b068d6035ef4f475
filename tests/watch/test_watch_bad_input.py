"""What does a tired person in a field read when a log or a survey file is wrong?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import surveys
from surveys import ORIGIN, SURVEY, Rows, stamp

from sillage.errors import SillageError
from sillage.records.source_estimate import SourceEstimate

Case = tuple[dict[str, Any], tuple[str, ...]]


def _with(rows: Rows, key: str, cell: str | Callable[[dict[str, str], int], str]) -> Rows:
    """Rows with another cell in one column."""
    return [
        row | {key: cell if isinstance(cell, str) else cell(row, number)}
        for number, row in enumerate(rows)
    ]


def _lonlat(*, swapped: bool = False) -> Rows:
    rows: Rows = []
    for row in surveys.readings():
        lon, lat = (f"{float(v):.7f}" for v in ORIGIN.to_lonlat(float(row["x"]), float(row["y"])))
        rows.append(row | ({"x": lat, "y": lon} if swapped else {"x": lon, "y": lat}))
    return rows


def _survey(old: str, new: str) -> dict[str, Any]:
    assert old in SURVEY
    return {"survey": SURVEY.replace(old, new)}


READ, BLOWN = surveys.readings(), surveys.wind()
LONLAT = SURVEY.replace('frame = "local"', 'frame = "lonlat"')
READINGS_TABLE = "[[readings]]" + SURVEY.split("[[readings]]")[1].split("[[wind]]")[0]
WIND_TABLE = "[[wind]]" + SURVEY.split("[[wind]]")[1].split("[localise]")[0]
LATER = _with(BLOWN, "time", lambda _, number: stamp(90_000.0 + 10.0 * number))

REFUSED: dict[str, Case] = {
    "a missing column": (
        {"read": [{k: v for k, v in row.items() if k != "ppm"} for row in READ]},
        ("readings.csv: no column 'ppm'", "There are 'time', 'sensor'"),
    ),
    "an unknown unit": (_survey('unit = "ppm"', 'unit = "ppmv"'), ("Did you mean 'ppm'?",)),
    "a time without a zone": (
        {"read": _with(READ, "time", lambda row, _: row["time"].removesuffix("Z"))},
        ("readings.csv, row 2", "has no zone", "set readings.time.zone"),
    ),
    "time going backwards": (
        {"read": READ[::-1]},
        ("goes backwards", "set readings.time.order = 'sort'"),
    ),
    "a doubled time": (
        {"read": [*READ, READ[-1] | {"ppm": "99"}]},
        ("readings.csv, row 322", "set readings.time.duplicates"),
    ),
    "another epoch": (
        {"read": _with(READ, "time", lambda row, _: row["time"].replace("2026", "1970"))},
        ("is before 1990", ".epoch"),
    ),
    "a wind log of another day": (
        {"blown": LATER},
        ("wind.csv: the wind log runs from 2026-05-10", "taken from 2026-05-09", ".offset_s"),
    ),
    "calm": (
        {"blown": _with(BLOWN, "speed", "0.1")},
        ("wind.csv: the wind never reaches 0.5 m/s", "wind.speed.unit"),
    ),
    "a wind log without wind": (
        {"blown": _with(BLOWN, "speed", "nan")},
        ("wind.csv: no row has a valid wind", "wind.valid"),
    ),
    "no wind file": (_survey('"wind.csv"', '"mast.csv"'), ("mast.csv: there is no such file",)),
    "no wind table": ({"survey": SURVEY.replace(WIND_TABLE, "")}, ("no [[wind]]; name the",)),
    "two wind tables": ({"survey": SURVEY + WIND_TABLE}, ("2 [[wind]] tables", "keep the mast")),
    "longitude and latitude swapped": (
        {"survey": LONLAT, "read": _lonlat(swapped=True)},
        ("exchange readings.position.x and readings.position.y",),
    ),
    "metres where degrees are declared": (
        {"survey": LONLAT},
        ("disagree in coordinate system? Check readings.position.frame",),
    ),
    "degrees where metres are declared": (
        {"read": _lonlat()},
        ("all sensors stand within", "frame to 'lonlat'"),
    ),
    "two files in two systems": (
        {"survey": SURVEY + READINGS_TABLE.replace('frame = "local"', 'frame = "EPSG:28992"')},
        ("readings.csv", "coordinate system", "Check readings.position.frame"),
    ),
    "a frozen position": (
        _survey('platform = "fixed"', 'platform = "moving"')
        | {"read": [row | {"x": "3", "y": "4"} for row in READ if row["sensor"] == "s0"]},
        ("the position is frozen", "set readings.platform = 'fixed'"),
    ),
    "sensors far outside the search area": (
        {"read": _with(READ, "x", lambda row, _: str(float(row["x"]) + 5000.0))},
        ("survey.area: the nearest sensor is 4875 m outside it", "survey.origin"),
    ),
    "only NaN": (
        {"read": _with(READ, "ppm", "nan")},
        ("column 'ppm' has no valid value in 320 rows",),
    ),
    "only negative values": ({"read": _with(READ, "ppm", "-3")}, ("(320 negative)",)),
    "only saturated values": (
        _survey("std_value = 0.02", "std_value = 0.02, saturated_at = 1"),
        ("column 'ppm' has no valid value in 320 rows", "(320 saturated at 1)"),
    ),
    "sensors under ground": ({"read": _with(READ, "z", "-90")}, ("height_above right",)),
    "a single reading": ({"read": READ[:1]}, ("at least 3 are needed",)),
    "a row of nothing": ({"read": [dict.fromkeys(READ[0], "")]}, ("readings.csv, row 2",)),
    "readings of two gases": (
        {
            "survey": SURVEY
            + READINGS_TABLE.replace('"readings.csv"', '"readings.csv"\ngas = "ammonia"')
        },
        ("the readings are of ammonia and methane", "a survey for each"),
    ),
    "a raw channel that says nothing": (
        _survey('unit = "ppm"', 'unit = "raw"') | {"read": _with(READ, "ppm", "7")},
        ("'ppm' is a raw channel, of which only the order", "is it the right column?"),
    ),
}

ANSWERED: dict[str, tuple[dict[str, Any], str, int]] = {
    "wind for half of the time": ({"blown": BLOWN[:120]}, "readings without wind", 160),
    "calm for half of the time": (
        {"blown": _with(BLOWN, "speed", lambda row, n: "0.1" if n < 120 else row["speed"])},
        "readings in calm wind, below 0.5 m/s",
        160,
    ),
    "a run of NaN": (
        {"read": _with(READ, "ppm", lambda row, n: "nan" if 50 <= n < 200 else row["ppm"])},
        "without a value",
        150,
    ),
    "a negative value": ({"read": [READ[0] | {"ppm": "-3"}, *READ[1:]]}, "negative", 1),
    "an infinite value": ({"read": [READ[0] | {"ppm": "inf"}, *READ[1:]]}, "infinite", 1),
    "a code for an error": (
        {"read": [READ[0] | {"ppm": "1e300"}, *READ[1:]]},
        "more than pure gas",
        1,
    ),
    "saturation": (_survey("std_value = 0.02", "std_value = 0.02, saturated_at = 3"), "satur", 24),
    "a sentinel in the wind": (
        {"blown": [BLOWN[0] | {"speed": "-99.9"}, *BLOWN[1:]]},
        "no valid wind",
        1,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_the_place_and_the_remedy_and_nothing_is_left(
    tmp_path: Path, name: str
) -> None:
    files, words = REFUSED[name]
    path = surveys.write(tmp_path / "field", **files)
    before = sorted(path.parent.iterdir())
    with pytest.raises(SillageError) as caught:
        surveys.answer(path)
    assert [word for word in words if word not in str(caught.value)] == []
    assert sorted(path.parent.iterdir()) == before


@pytest.mark.parametrize("name", ANSWERED)
def test_what_is_left_out_is_counted_and_the_rest_is_answered(tmp_path: Path, name: str) -> None:
    files, reason, count = ANSWERED[name]
    estimate = _answer(tmp_path, **files)
    counted = {m.reason: m.count for m in estimate.masked if m.reason.startswith(reason)}
    assert list(counted.values()) == [count]


def test_a_verdict_says_when_half_of_the_readings_could_not_be_used(tmp_path: Path) -> None:
    assert "50 % of the readings could be used" in _answer(tmp_path, blown=BLOWN[:120]).reason


def test_a_stuck_sensor_is_noted_and_never_located_from(tmp_path: Path) -> None:
    estimate = _answer(tmp_path, read=_with(READ, "ppm", "2.0"))
    assert estimate.verdict == "cannot tell"
    assert sum("stuck?" in note for note in estimate.assumptions) == 8


def test_one_sensor_says_that_it_sees_a_ridge(tmp_path: Path) -> None:
    """Where it is sure of a source; it stands in the plume for a third of the time."""
    alone = [row for row in READ if row["sensor"] == "s0"]
    estimate = _answer(tmp_path, read=alone)
    assert estimate.verdict != "located"
    sure = estimate.sources[0].probability >= 0.95
    assert not sure or "read at a second place" in estimate.reason


def test_readings_that_are_all_below_the_limit_of_detection_tell_no_place(tmp_path: Path) -> None:
    limit = _survey("std_value = 0.02", "std_value = 0.02, limit_of_detection = 5")
    clean = _with(READ, "ppm", lambda _, number: f"{0.01 * (number % 7):.2f}")
    estimate = _answer(tmp_path, read=clean, **limit)
    assert estimate.verdict == "cannot tell"
    assert estimate.reason.startswith("Every reading lies below the limit of detection")
    assert any("320 of 320 readings lie below the limit" in a for a in estimate.assumptions)


def test_the_wind_of_a_mast_that_sees_another_wind_is_no_witness(tmp_path: Path) -> None:
    """A mast behind a hill: its wind is turned by a right angle, and veers the other way."""
    away = _with(BLOWN, "from", lambda row, _: f"{(80.0 - float(row['from'])) % 360.0:.2f}")
    assert _answer(tmp_path, blown=away).verdict != "located"


def test_a_sensor_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    again = [row | {"sensor": "again"} for row in READ if row["sensor"] == "s3"]
    rows = sorted([*READ, *again], key=lambda row: row["time"])
    estimate = _answer(tmp_path, read=rows)
    counted = [m.count for m in estimate.masked if "repeat another sensor's" in m.reason]
    assert counted == [len(again)]
    assert estimate.settings["readings_used"] == len(READ)


def test_saturated_readings_are_missed_where_plumes_were_strongest(tmp_path: Path) -> None:
    estimate = _answer(
        tmp_path, **_survey("std_value = 0.02", "std_value = 0.02, saturated_at = 3")
    )
    assert any("rates may be higher" in note for note in estimate.assumptions)


def test_one_sensor_or_three_readings_locate_nothing(tmp_path: Path) -> None:
    alone = [row for row in READ if row["sensor"] == "s0"]
    assert _answer(tmp_path / "one", read=alone).verdict != "located"
    assert _answer(tmp_path / "three", read=READ[:3]).verdict == "cannot tell"


def _answer(folder: Path, **files: Any) -> SourceEstimate:
    return surveys.answer(surveys.write(folder / "field", **files)).estimates[0]
