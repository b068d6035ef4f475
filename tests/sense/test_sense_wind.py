"""Is wind the way the air goes, whatever a log calls it, and is calm air still wind?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sense_tables import NOW, read_blowing, reasons, wind_map, write_csv

from sillage.errors import SettingError
from sillage.sense import read_wind
from sillage.sense.wind import NO_WIND

TIMES = ("2026-05-09T12:00:00Z", "2026-05-09T12:00:05Z", "2026-05-09T12:00:10Z")


def test_a_west_wind_carries_east(tmp_path: Path) -> None:
    wind = read_blowing(tmp_path, [(TIMES[0], "3", "270")])
    assert wind.samples["east_m_s"][0] == pytest.approx(3.0)
    assert wind.samples["north_m_s"][0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("points", ["from", "towards"])
def test_components_are_named_by_the_side_they_show_to(tmp_path: Path, points: str) -> None:
    write_csv(tmp_path / "wind.csv", ("time", "u", "v", "w"), [(TIMES[0], "1", "2", "0.5")])
    axes = {"north": "u", "west": "v", "up": "w", "unit": "m/s", "points": points}
    wind = read_wind(wind_map(speed=None, direction=None, components=axes), tmp_path, now=NOW)
    sign = 1.0 if points == "towards" else -1.0
    found = [float(wind.samples[name][0]) for name in ("east_m_s", "north_m_s", "up_m_s")]
    assert found == [-2.0 * sign, 1.0 * sign, 0.5]


def test_calm_air_needs_no_direction(tmp_path: Path) -> None:
    wind = read_blowing(tmp_path, [(TIMES[0], "0", ""), (TIMES[1], "2", "90")])
    assert wind.samples["east_m_s"] == pytest.approx([0.0, -2.0])
    assert wind.masked == ()


def test_sentinels_and_missing_directions_are_masked_and_counted(tmp_path: Path) -> None:
    rows = [(TIMES[0], "-99.9", "0"), (TIMES[1], "2", "999"), (TIMES[2], "2", "180")]
    rows.append(("2026-05-09T12:00:15Z", "9999", "180"))
    wind = read_blowing(tmp_path, rows, valid={"at_least": 0.0})
    np.testing.assert_allclose(wind.samples["north_m_s"], [np.nan, np.nan, 2.0, np.nan])
    assert reasons(wind) == {
        NO_WIND: 2,
        "without a wind direction": 1,
    }


def test_the_height_of_a_moving_log_is_its_median_and_said(tmp_path: Path) -> None:
    rows = [
        (time, "2", "0", height) for time, height in zip(TIMES, ("30", "33", "39"), strict=True)
    ]
    write_csv(tmp_path / "wind.csv", ("time", "speed", "angle", "h"), rows)
    mapping = wind_map(height_m=None, height={"column": "h", "unit": "ft"})
    wind = read_wind(mapping, tmp_path, now=NOW)
    assert wind.height_m == pytest.approx(33 * 0.3048)
    assert "taken as at its median" in wind.assumptions[0]


@pytest.mark.parametrize(
    "changes", [{"speed": None}, {"height_m": None}, {"height": {"column": "h", "unit": "m"}}]
)
def test_wind_is_declared_in_one_way_only(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match="wind: give either"):
        read_blowing(tmp_path, [(TIMES[0], "1", "0")], **changes)
