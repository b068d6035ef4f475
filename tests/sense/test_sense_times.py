"""Does every way to write a time lead to the same instant, and every doubt to an error?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sense_tables import ROWS, read, reasons, with_cell

from sillage.errors import ReadError, SettingError
from sillage.sense.patterns import ISO, read_pattern
from sillage.sense.zones import to_utc, zone

NOON = datetime(2026, 5, 9, 12, 3, 4, tzinfo=UTC)
NOON_NS = 1_778_328_184_000_000_000

SPELLINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "ISO 8601": ("2026-05-09T12:03:04Z", {}),
    "ISO 8601 with a space and an offset": ("2026-05-09 14:03:04.000+02:00", {}),
    "offset against a declared zone": ("2026-05-09T14:03:04+02", {"zone": "Asia/Tokyo"}),
    "declared name": ("2026-05-09T14:03:04", {"zone": "Europe/Amsterdam"}),
    "declared offset": ("2026-05-09T22:03:04", {"zone": "+10:00"}),
    "digits that touch": (
        "UTC 260509 120304 5 9 ",
        {"pattern": "UTC %y%m%d %H%M%S%*", "zone": "UTC"},
    ),
    "month by name": ("9 May 2026, 12:03:04 PM", {"pattern": "%d %b %Y, %I:%M:%S %p", "zone": "Z"}),
    "day of the year": ("2026.129.12.03.04", {"pattern": "%Y.%j.%H.%M.%S", "zone": "UTC"}),
    "pattern with offset": ("09/05/26 14:03:04 +0200", {"pattern": "%d/%m/%y %H:%M:%S %z"}),
    "seconds since 1970": ("1778328184", {"unit": "s"}),
    "decimal seconds": ("1778328184.0", {"unit": "s"}),
    "nanoseconds": ("1778328184000000000", {"unit": "ns"}),
    "hours since an epoch": ("12", {"unit": "h", "epoch": "2026-05-09T00:03:04Z"}),
    "relative clock": ("62m 04s", {"pattern": "%Mm %Ss", "after": "2026-05-09T11:01:00Z"}),
    "relative seconds": ("4", {"unit": "s", "after": "2026-05-09T12:03:00Z"}),
    "a clock that is slow": ("2026-05-09T12:03:02Z", {"offset_s": 2.0}),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_the_same_instant(tmp_path: Path, spelling: str) -> None:
    cell, time = SPELLINGS[spelling]
    record = read(tmp_path, [(cell, *ROWS[0][1:])], time=time)
    assert record.samples["time_ns"].tolist() == [NOON_NS]
    assert record.observed_at.start == NOON


@given(
    st.datetimes(datetime.fromisoformat("1700-01-01"), datetime.fromisoformat("2200-01-01")),
    st.sampled_from(["T", " "]),
)
def test_iso_times_of_any_zone_agree_with_python(moment: datetime, between: str) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=moment.day * 30 - 480)))
    written = read_pattern(pa.array([aware.isoformat(between)]), ISO)
    assert written.readable[0]
    assert written.has_zone[0]
    lapse = aware - datetime(1970, 1, 1, tzinfo=UTC)
    assert written.ns[0] == (lapse // timedelta(microseconds=1)) * 1000


@given(
    st.datetimes(datetime.fromisoformat("1975-01-01"), datetime.fromisoformat("2035-01-01")),
    st.timezones(),
)
def test_local_times_agree_with_the_zone_database(moment: datetime, where: ZoneInfo) -> None:
    local_ns = (
        np.array([moment.replace(tzinfo=UTC).timestamp() * 1e6]).round().astype(np.int64) * 1000
    )
    found = to_utc(local_ns, where)
    if not (found.twice[0] or found.never[0]):
        utc = moment.replace(tzinfo=where).astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
        assert found.utc_ns[0] == (utc // timedelta(microseconds=1)) * 1000


@pytest.mark.parametrize(
    ("cell", "says"), [("2025-10-26T02:30:00", "happens twice"), ("2025-03-30T02:30:00", "never")]
)
def test_the_hour_of_the_change_of_clocks_is_refused(tmp_path: Path, cell: str, says: str) -> None:
    row = (cell, *ROWS[0][1:])
    with pytest.raises(ReadError, match=rf"row 2: time '{cell}' {says}.*in Europe/Amsterdam"):
        read(tmp_path, [row], time={"zone": "Europe/Amsterdam"})


def test_zones_have_fixed_offsets_too() -> None:
    assert zone("-03:30", "time.zone").utcoffset(None) == -timedelta(hours=3, minutes=30)
    with pytest.raises(SettingError, match="less than a day"):
        zone("+25:00", "time.zone")


def test_a_restarting_clock_has_one_zero_for_each_run(tmp_path: Path) -> None:
    cells = ("00m 10s", "00m 20s", "00m 05s")
    rows = [(cell, *row[1:]) for cell, row in zip(cells, ROWS, strict=True)]
    zeros = ["2026-05-09T12:00:00Z", "2026-05-09T13:00:00Z"]
    clock = {"pattern": "%Mm %Ss", "after": zeros}
    lapses = np.diff(read(tmp_path, rows, time=clock).samples["time_ns"]) / 1e9
    assert lapses.tolist() == [10.0, 3585.0]
    with pytest.raises(
        ReadError, match=r"runs 2 times \(restarts at rows 4\), but .* lists 3 starts"
    ):
        read(tmp_path, rows, time=clock | {"after": [*zeros, "2026-05-09T14:00:00Z"]})


def test_times_are_put_in_order_only_where_the_map_says_so(tmp_path: Path) -> None:
    record = read(tmp_path, ROWS[::-1], time={"order": "sort"})
    assert record.samples["value"].tolist() == [2.1, 2.2, 2.3]


def test_sensors_may_interleave_each_in_its_own_order(tmp_path: Path) -> None:
    rows = [(*row, name) for name in ("a", "b") for row in ROWS]
    header = ("time", "lon", "lat", "height", "ppm", "name")
    record = read(tmp_path, rows, header=header, sensor={"column": "name"})
    assert record.sensors == ("a", "b")
    assert record.samples["sensor"].tolist() == [0, 0, 0, 1, 1, 1]


def test_the_same_row_twice_is_masked_and_counted(tmp_path: Path) -> None:
    record = read(tmp_path, [ROWS[0], ROWS[0], ROWS[1]])
    np.testing.assert_array_equal(record.samples["value"], [2.1, np.nan, 2.2])
    assert reasons(record) == {"the same row twice": 1}


@pytest.mark.parametrize(
    ("policy", "values", "counted"),
    [
        ("keep", [2.1, 2.2, 2.3], {}),
        ("first", [2.1, 2.2, np.nan], {"same time as another sample (first kept)": 1}),
        ("mean", [2.1, 2.25, np.nan], {"same time as another sample (averaged)": 1}),
    ],
)
def test_samples_of_one_time_follow_the_declared_policy(
    tmp_path: Path, policy: str, values: list[float], counted: dict[str, int]
) -> None:
    record = read(tmp_path, with_cell(2, "time", ROWS[1][0]), time={"duplicates": policy})
    np.testing.assert_allclose(record.samples["value"], values, rtol=1e-15)
    assert reasons(record) == counted


def test_rows_without_a_time_are_dropped_only_where_the_map_says_so(tmp_path: Path) -> None:
    record = read(tmp_path, with_cell(1, "time", ""), time={"missing": "drop"})
    assert len(record.samples["value"]) == 2
    assert reasons(record) == {"without a time": 1}


@pytest.mark.parametrize(
    ("time", "problem"),
    [
        ({"pattern": "%Y-%Q"}, "no directive '%Q'"),
        ({"pattern": "%Y %m %d %m"}, "each part of the time once"),
        ({"unit": "s", "pattern": "%Y"}, "pattern or unit, not both"),
        ({"after": "2026-05-09T12:00:00Z"}, "time.after needs readings.time.unit or"),
        ({"epoch": "2026-05-09T12:00:00Z"}, "epoch needs readings.time.unit"),
    ],
)
def test_time_settings_that_exclude_each_other_are_refused(
    tmp_path: Path, time: dict[str, Any], problem: str
) -> None:
    with pytest.raises(SettingError, match=problem):
        read(tmp_path, time=time)
