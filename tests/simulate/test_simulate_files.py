"""Are a world's files complete, the same for the same seed, and there at once or not at all?"""

from __future__ import annotations

import csv
import errno
import json
import os
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from worlds import TABLES, leaking, small_world

from sillage.atomic import MARK
from sillage.errors import SettingError, UnknownName
from sillage.records.place import LocalFrame
from sillage.simulate import files, write_world

NAMES = {
    "SURVEY.toml",
    "truth.json",
    "wind.csv",
    "track_d1.gpx",
    "readings_point.csv",
    "readings_path.csv",
    "readings_d1.csv",
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != MARK}


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        write_world(small_world(seed=seed), tmp_path / name)
    one, two, three = (content(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    assert set(one) == NAMES
    for name in NAMES - {"SURVEY.toml"}:
        assert one[name] != three[name] or name.startswith("track")


def test_a_stream_of_ones_own_takes_the_place_of_the_seed(tmp_path: Path) -> None:
    write_world(small_world(), tmp_path / "one", np.random.default_rng(5))
    write_world(small_world(seed=5), tmp_path / "two")
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_changing_the_rate_leaves_the_wind_as_it_was(tmp_path: Path) -> None:
    write_world(leaking(rate_kg_h=1.0), tmp_path / "one")
    write_world(leaking(rate_kg_h=9.0), tmp_path / "two")
    one, two = content(tmp_path / "one"), content(tmp_path / "two")
    assert one["wind.csv"] == two["wind.csv"]
    assert one["readings_path.csv"] != two["readings_path.csv"]


def test_the_survey_file_describes_the_files_beside_it(tmp_path: Path) -> None:
    survey_file = write_world(small_world(name='A "quoted" größe'), tmp_path / "w")
    survey: dict[str, Any] = tomllib.loads(survey_file.read_text("utf-8"))
    assert survey["survey"]["name"] == 'A "quoted" größe'
    assert survey["survey"]["gas"] == "methane"
    assert "rate_kg_h" not in survey_file.read_text("utf-8")
    for table in (*survey["readings"], *survey["wind"]):
        written = rows(survey_file.parent / table["file"])
        columns = set(written[0])
        for key in ("time", "sensor", "value", "speed", "direction"):
            if key in table:
                assert table[key]["column"] in columns
        stations = table.get("position", {}).get("stations")
        if stations is not None:
            assert {row["sensor"] for row in written} == set(stations)
        times = [datetime.fromisoformat(row["time_utc"]) for row in written]
        assert times == sorted(times)
        assert times[0].utcoffset() is not None


def test_the_drone_is_where_its_readings_say(tmp_path: Path) -> None:
    world = small_world()
    write_world(world, tmp_path / "w")
    written = rows(tmp_path / "w" / "readings_d1.csv")
    east, north = world.origin.to_local(
        [float(row["lon"]) for row in written], [float(row["lat"]) for row in written]
    )
    assert east.min() > -0.1
    assert east.max() < 50.1
    assert np.hypot(np.diff(east), np.diff(north)).max() < 5.1
    track = ET.parse(tmp_path / "w" / "track_d1.gpx")  # noqa: S314 - written by this test
    points = list(track.iter("{http://www.topografix.com/GPX/1/1}trkpt"))
    assert len(points) == len(written)
    assert points[7].get("lon") == written[7]["lon"]


def test_truth_tells_place_rate_and_hours(tmp_path: Path) -> None:
    world = leaking(intervals_s=[[0.0, 150.0], [300.0, 450.0]], rate_kg_h=4.0)
    write_world(world, tmp_path / "w")
    truth = json.loads((tmp_path / "w" / "truth.json").read_text("utf-8"))
    (source,) = truth["sources"]
    frame = LocalFrame(lon=truth["origin"]["lon_deg"], lat=truth["origin"]["lat_deg"])
    east, north = frame.to_local(source["lon_deg"], source["lat_deg"])
    assert float(east) == pytest.approx(source["east_m"], abs=0.01)
    assert float(north) == pytest.approx(source["north_m"], abs=0.01)
    on_s = sum(on["end_s"] - on["begin_s"] for on in source["on"])
    assert on_s == 300.0
    assert source["mean_rate_kg_h"] == pytest.approx(4.0 * on_s / truth["duration_s"])


def test_a_source_that_moves_is_told_by_its_way(tmp_path: Path) -> None:
    write_world(leaking(path_m=[[30.0, 0.0]], speed_m_s=40.0 / 600.0), tmp_path / "w")
    (source,) = json.loads((tmp_path / "w" / "truth.json").read_text("utf-8"))["sources"]
    assert source["path_m"] == [[-10.0, 0.0], [30.0, 0.0]]
    assert source["east_m"] == pytest.approx(10.0, abs=0.1)


def test_a_long_table_is_written_as_parquet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow.parquet as pq

    write_world(small_world(), tmp_path / "csv")
    monkeypatch.setattr(files, "PARQUET_ROWS", 10)
    write_world(small_world(), tmp_path / "parquet")
    table = pq.read_table(tmp_path / "parquet" / "readings_path.parquet").to_pydict()
    written = rows(tmp_path / "csv" / "readings_path.csv")
    assert table["value_ppm"] == [float(row["value_ppm"]) for row in written]
    assert table["time_utc"] == [row["time_utc"] for row in written]


def test_a_world_takes_the_place_of_a_world_and_of_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "w"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(SettingError, match="not Sillage's"):
        write_world(small_world(), out)
    assert content(out) == {"mine.txt": b"mine"}
    write_world(small_world(seed=5), tmp_path / "v")
    before = content(tmp_path / "v")
    write_world(small_world(seed=6), tmp_path / "v")
    assert set(content(tmp_path / "v")) == NAMES
    assert content(tmp_path / "v") != before


def test_an_empty_folder_is_filled_and_a_missing_parent_refused(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    assert write_world(small_world(), tmp_path / "w").is_file()
    with pytest.raises(SettingError, match="no such folder"):
        write_world(small_world(), tmp_path / "not" / "there")
    with pytest.raises(SettingError, match="this is a file"):
        write_world(small_world(), tmp_path / "w" / "wind.csv")


def test_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "survey_text", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_world(small_world(), tmp_path / "w")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_says_so_and_the_old_files_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_world(small_world(), tmp_path / "w")
    before = content(tmp_path / "w")

    def fill(*_: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "survey_text", fill)
    with pytest.raises(OSError, match="No space left on device"):
        write_world(small_world(seed=9), tmp_path / "w")
    assert content(tmp_path / "w") == before
    assert [path.name for path in tmp_path.iterdir()] == ["w"]


def test_a_gas_that_nobody_knows_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="methane"):
        write_world(small_world(gas="methan"), tmp_path / "w")
    assert list(tmp_path.iterdir()) == []


def test_rows_that_drop_out_are_missing_from_the_table(tmp_path: Path) -> None:
    leaky = TABLES["instruments"] | {"exact": {"noise_ppm": 0.0, "dropout_share": 0.3}}
    write_world(small_world(instruments=leaky), tmp_path / "w")
    assert 0.2 < len(rows(tmp_path / "w" / "readings_point.csv")) / 1200 < 0.95
