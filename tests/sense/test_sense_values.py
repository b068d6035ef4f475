"""Are values in the right unit, and is every one that is none masked and counted?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sense_tables import HEADER, ROWS, read, reasons, with_cell

from sillage.errors import ReadError, UnknownName
from sillage.sense.units import SPEED, TEMPERATURE, UNITS, in_header, to_house, unit

METHANE_G_MOL = 16.0425


@pytest.mark.parametrize(
    ("name", "value", "ppm"), [("ppm", 2.5, 2.5), ("ppb", 1900.0, 1.9), ("%", 1.5, 15_000.0)]
)
def test_mole_fractions_become_ppm(tmp_path: Path, name: str, value: float, ppm: float) -> None:
    record = read(
        tmp_path, with_cell(0, "ppm", repr(value)), value={"unit": name, "std_value": value}
    )
    assert record.samples["value"][0] == pytest.approx(ppm, rel=1e-14)
    assert record.samples["std"][0] == pytest.approx(ppm, rel=1e-14)


def test_mass_concentrations_become_ppm_by_the_ideal_gas_law(tmp_path: Path) -> None:
    """1 mg/m3 of methane at 25 degC and 1013.25 hPa is 1.5251 ppm (24.4654 L/mol)."""
    record = read(
        tmp_path,
        with_cell(0, "ppm", "1.0"),
        value={"unit": "mg/m3"},
        temperature={"value": 25.0, "unit": "degC"},
        pressure={"value": 1013.25, "unit": "hPa"},
    )
    assert record.samples["value"][0] == pytest.approx(24.4654 / METHANE_G_MOL, rel=1e-4)
    assert (record.temperature_K, record.pressure_Pa) == (298.15, 101_325.0)


def test_air_that_is_not_given_is_supposed_and_said(tmp_path: Path) -> None:
    record = read(tmp_path)
    assert record.assumptions == (
        "air temperature not given: 288.15 K (ICAO standard atmosphere)",
        "air pressure not given: 101325 Pa (ICAO standard atmosphere)",
    )


def test_air_in_the_wrong_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"is 1013.25, air has .*; is readings.pressure.unit right"):
        read(tmp_path, pressure={"value": 1013.25, "unit": "Pa"})


def test_a_raw_channel_keeps_its_numbers_and_its_name(tmp_path: Path) -> None:
    record = read(tmp_path, with_cell(0, "ppm", "-7"), gas=None, value={"unit": "raw"})
    assert (record.unit, record.gas) == ("raw", "ppm")
    assert record.samples["value"].tolist() == [-7.0, 2.2, 2.3]


MASKS: dict[str, tuple[str, dict[str, Any], str]] = {
    "missing": ("NA", {}, "without a value"),
    "infinite": ("inf", {}, "infinite"),
    "negative": ("-0.1", {}, "negative"),
    "above": ("1001", {"at_most": 1000.0}, "above at_most (1000 ppm)"),
    "below": ("0.5", {"at_least": 1.0}, "below at_least (1 ppm)"),
    "saturated": ("5000", {"saturated_at": 5000.0}, "saturated at 5000"),
    "under the limit": (
        "0.5",
        {"limit_of_detection": 1.0, "below_limit": "mask"},
        "below the limit of detection",
    ),
}


@pytest.mark.parametrize("kind", MASKS)
def test_what_is_no_value_is_masked_and_counted(tmp_path: Path, kind: str) -> None:
    cell, value, reason = MASKS[kind]
    record = read(tmp_path, with_cell(1, "ppm", cell), value=value)
    np.testing.assert_array_equal(record.samples["value"], [2.1, np.nan, 2.3])
    assert reasons(record) == {reason: 1}
    assert record.masked[0].total == 3


def test_negative_differences_are_kept_where_the_map_says_so(tmp_path: Path) -> None:
    record = read(tmp_path, with_cell(1, "ppm", "-0.1"), value={"negative": "keep"})
    assert record.samples["value"].tolist() == [2.1, -0.1, 2.3]


def test_a_sensor_that_never_moves_is_named(tmp_path: Path) -> None:
    rows = [
        (f"2026-05-09T12:00:{second:02d}Z", f"{5.93 + second / 1e4}", "53.3279", "2", "400")
        for second in range(30)
    ]
    assert (
        "sensor 'readings' reads 400 in all 30 samples: stuck?" in read(tmp_path, rows).assumptions
    )


def test_a_suffix_is_taken_off_every_cell(tmp_path: Path) -> None:
    rows = [(*row[:4], f"\xa0 {row[4]} ppm ") for row in ROWS]
    assert read(tmp_path, rows, value={"suffix": "ppm"}).samples["value"].tolist() == [
        2.1,
        2.2,
        2.3,
    ]
    with pytest.raises(ReadError, match=r"row 3: column 'ppm': '2.2' does not end in 'ppm'"):
        read(tmp_path, [rows[0], ROWS[1]], value={"suffix": "ppm"})


def test_a_header_that_contradicts_the_map_is_mentioned(tmp_path: Path) -> None:
    header = (*HEADER[:4], "CH4 (ppb)")
    record = read(tmp_path, header=header, value={"column": "CH4 (ppb)"})
    assert "the header 'CH4 (ppb)' says ppb, the map says ppm: the map was followed" in (
        record.assumptions
    )


def test_rows_are_chosen_by_what_a_column_holds(tmp_path: Path) -> None:
    record = read(tmp_path, where={"height": ["2.0", "3.0"]})
    assert record.samples["value"].tolist() == [2.1, 2.3]


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_known_by_its_own_name(name: str) -> None:
    assert unit(name, UNITS[name].kind, key="unit") is UNITS[name]


def test_units_agree_with_their_definitions() -> None:
    assert to_house(36.0, UNITS["km/h"]) == pytest.approx(10.0)
    assert to_house(1.0, UNITS["knots"]) == pytest.approx(0.514444, abs=1e-6)
    assert to_house([32.0, 212.0], UNITS["degF"]) == pytest.approx([273.15, 373.15])
    assert unit("degC", TEMPERATURE, key="unit").offset == 273.15
    with pytest.raises(UnknownName, match="Did you mean 'knots'"):
        unit("knot", SPEED, key="unit")
    assert in_header("TVOC [ppb]") == "ppb"
    assert in_header("Altitude (Meter AGL)") is None


def test_a_limit_of_detection_keeps_what_lies_below_it_in_the_unit_of_the_record(
    tmp_path: Path,
) -> None:
    value = {"unit": "ppb", "limit_of_detection": 2.15}
    record = read(tmp_path, value=value)
    assert record.samples["value"].tolist() == pytest.approx([0.0021, 0.0022, 0.0023])
    assert record.limit_of_detection == pytest.approx(0.00215)
    assert record.masked == ()


def test_a_sensor_that_detects_nothing_is_not_called_stuck(tmp_path: Path) -> None:
    rows = [
        (f"2026-05-09T12:00:{s:02d}Z", f"{5.93 + s / 1e4}", *ROWS[0][2:4], "0") for s in range(30)
    ]
    limited = read(tmp_path, rows, value={"limit_of_detection": 0.5})
    assert not any("stuck" in note for note in limited.assumptions)
