"""Is every sample where it was taken, and above what its height counts?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio
from sense_tables import (
    HEADER,
    NOW,
    ORIGIN,
    ROWS,
    read,
    readings_map,
    reasons,
    with_cell,
    write_csv,
)

from sillage.errors import ReadError, SettingError, UnknownName
from sillage.records.track import Track
from sillage.sense import Elevation, TrackMap, decode_map, read_readings, read_track
from sillage.sense.heights import ElevationModel

STATIONS: dict[str, Any] = {"x": None, "y": None, "height": None, "frame": "local"}


def write_dem(path: Path, heights: np.ndarray[Any, np.dtype[np.float64]], **profile: Any) -> None:
    """A GeoTIFF of 0.001 degree cells whose first corner is 5.93 east, 53.33 north."""
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=heights.shape[1],
        height=heights.shape[0],
        count=1,
        dtype="float64",
        transform=rasterio.Affine(0.001, 0.0, 5.93, 0.0, -0.001, 53.33),
        nodata=-9999.0,
        **({"crs": "EPSG:4326"} | profile),
    ) as raster:
        raster.write(heights, 1)


def slope(lon: Any, lat: Any) -> Any:
    """Ground that rises 1 m for each 0.001 degree east, 2 m for each north."""
    return 10.0 + (np.asarray(lon) - 5.93) * 1000.0 + (np.asarray(lat) - 53.32) * 2000.0


def sloping(rows: int = 10, columns: int = 10) -> np.ndarray[Any, np.dtype[np.float64]]:
    lon = 5.93 + (np.arange(columns) + 0.5) * 0.001
    lat = 53.33 - (np.arange(rows) + 0.5) * 0.001
    ground: np.ndarray[Any, np.dtype[np.float64]] = slope(lon[None, :], lat[:, None])
    return ground


def test_local_metres_count_from_the_origin(tmp_path: Path) -> None:
    position = STATIONS | {"stations": {"readings": {"at": [30.0, -40.0, 1.6]}}}
    record = read(tmp_path, position=position)
    east, north = ORIGIN.to_local(record.samples["lon_deg"], record.samples["lat_deg"])
    assert (record.kind, record.platform) == ("point", "fixed")
    assert east == pytest.approx(np.full(3, 30.0))
    assert north == pytest.approx(np.full(3, -40.0))
    with pytest.raises(SettingError, match=r"frame = 'local' needs survey.origin"):
        read(tmp_path, origin=None, position=position)


def test_a_column_along_a_path_is_divided_by_its_length(tmp_path: Path) -> None:
    path = {"from": [0.0, 0.0, 1.0], "to": [30.0, 40.0, 1.0]}
    record = read(
        tmp_path,
        position=STATIONS | {"stations": {"readings": path}},
        value={"unit": "ppm m", "std_value": 5.0},
    )
    assert record.kind == "path"
    assert record.samples["value"] == pytest.approx(np.array([2.1, 2.2, 2.3]) / 50.0, rel=1e-5)
    assert record.samples["std"] == pytest.approx(np.full(3, 0.1), rel=1e-5)


@pytest.mark.parametrize(
    ("station", "problem"),
    [
        ({"from": [0, 0, 1], "to": [0, 0, 1]}, "the path has no length"),
        ({"from": [0, 0, 1]}, "give either at, or both from and to"),
        ({"at": [0, 0, -3]}, "off the map or under ground"),
        ({"at": [5e6, 0, 1]}, "do the two disagree in coordinate system"),
    ],
)
def test_an_impossible_station_is_refused(
    tmp_path: Path, station: dict[str, Any], problem: str
) -> None:
    with pytest.raises((SettingError, ReadError), match=problem):
        read(tmp_path, position=STATIONS | {"stations": {"readings": station}})


def test_a_sensor_without_a_station_is_named(tmp_path: Path) -> None:
    stations = {"noze": {"at": [0.0, 0.0, 1.0]}}
    with pytest.raises(UnknownName, match=r"called 'nose'\. Did you mean 'noze'"):
        read(tmp_path, sensor={"name": "nose"}, position=STATIONS | {"stations": stations})


def test_stations_may_stand_in_a_file(tmp_path: Path) -> None:
    names = {one: one for one in ("name", "x", "y", "height")}
    write_csv(tmp_path / "s.csv", list(names), [("readings", "1", "2", "3")])
    position = STATIONS | {"stations_file": {"file": "s.csv"} | names}
    assert read(tmp_path, position=position).samples["height_m"].tolist() == [3.0] * 3


def test_projected_metres_are_where_pyproj_says(tmp_path: Path) -> None:
    lonlat = np.array([[float(row[1]), float(row[2])] for row in ROWS])
    x, y = pyproj.Transformer.from_crs(4326, 28992, always_xy=True).transform(*lonlat.T)
    rows = [
        (r[0], repr(float(a)), repr(float(b)), *r[3:]) for r, a, b in zip(ROWS, x, y, strict=True)
    ]
    record = read(tmp_path, rows, position={"frame": "EPSG:28992"})
    assert record.samples["lon_deg"] == pytest.approx(lonlat[:, 0], abs=1e-8)
    assert record.samples["lat_deg"] == pytest.approx(lonlat[:, 1], abs=1e-8)
    with pytest.raises(SettingError, match="there is no coordinate system EPSG:9999"):
        read(tmp_path, position={"frame": "EPSG:9999"})


@pytest.mark.parametrize("cells", [("0", "0"), ("", ""), ("5.9", "58.1")])
def test_a_sample_without_a_true_position_is_left_out_and_counted(
    tmp_path: Path, cells: tuple[str, str]
) -> None:
    rows = [
        (f"2026-05-09T12:{i // 60:02d}:{i % 60:02d}Z", f"{5.93 + i / 1e6}", "53.3279", "2", "2.1")
        for i in range(200)
    ]
    rows[7] = (rows[7][0], *cells, *rows[7][3:])
    record = read(tmp_path, rows)
    assert record.samples.sizes == {"sample": 199}
    assert reasons(record) == {"without a position": 1}


def test_positions_under_ground_are_lifted_and_said(tmp_path: Path) -> None:
    record = read(tmp_path, with_cell(0, "height", "-1.5"))
    assert record.samples["height_m"].tolist() == [0.0, 2.5, 3.0]
    assert "1 positions up to 1.5 m under ground were taken as at the ground" in record.assumptions


def test_heights_deep_under_ground_mean_another_datum(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="half of the positions lie more than 98 m under ground"):
        read(tmp_path, position={"height_above": "geoid", "ground_m": 100.0})


@pytest.mark.parametrize(
    ("positions", "model", "shift"),
    [("geoid", "geoid", 0.0), ("ellipsoid", "geoid", -41.0), ("geoid", "ellipsoid", 41.0)],
)
def test_heights_count_from_the_ground_of_the_elevation_model(
    tmp_path: Path, positions: str, model: str, shift: float
) -> None:
    write_dem(tmp_path / "dem.tif", sloping())
    table = {"file": "dem.tif", "height_above": model, "geoid_height_m": 41.0}
    write_csv(tmp_path / "readings.csv", HEADER, [(*row[:3], "200.0", row[4]) for row in ROWS])
    record = read_readings(
        readings_map(position={"height_above": positions}),
        tmp_path,
        ORIGIN,
        elevation=decode_map(Elevation, table, "survey.toml: elevation"),
        now=NOW,
    )[0]
    ground = slope(record.samples["lon_deg"], record.samples["lat_deg"])
    assert record.samples["height_m"] == pytest.approx(200.0 + shift - ground)


def test_an_elevation_model_is_linear_between_its_cells_and_blank_where_it_is(
    tmp_path: Path,
) -> None:
    ground = sloping()
    ground[0:2, 0:2] = -9999.0
    write_dem(tmp_path / "dem.tif", ground)
    model = ElevationModel(Elevation(file="dem.tif", height_above="geoid"), tmp_path)
    lon, lat = np.array([5.9361, 5.9305, 5.80]), np.array([53.3233, 53.3295, 53.3233])
    found = model.ground_m(lon, lat, "geoid")
    assert found[0] == pytest.approx(slope(lon[0], lat[0]))
    assert np.isnan(found[1:]).all()
    with pytest.raises(SettingError, match=r"set elevation.geoid_height_m"):
        model.ground_m(lon, lat, "ellipsoid")
    with pytest.raises(ReadError, match=r"dem.tif: covers lon 5.9300 to 5.9400.* no position lies"):
        model.ground_m(lon + 3.0, lat, "geoid")
    write_csv(tmp_path / "text.tif", ("no", "raster"), [])
    with pytest.raises(ReadError, match=r"text.tif: is no readable GeoTIFF"):
        ElevationModel(Elevation(file="text.tif", height_above="geoid"), tmp_path).ground_m(
            lon, lat, "geoid"
        )


GPX = """<?xml version="1.0"?>{doctype}
<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="53.3279" lon="5.9340"><ele>10.0</ele><time>2026-05-09T12:00:00Z</time></trkpt>
<trkpt lat="53.3281" lon="5.9344"><ele>14.0</ele><time>2026-05-09T12:00:04Z</time></trkpt>
<trkpt lat="53.3285" lon="5.9352"><ele>14.0</ele><time>2026-05-09T12:01:04Z</time></trkpt>
</trkseg></trk></gpx>
"""


def read_gpx(base: Path, *, doctype: str = "", **changes: Any) -> Track:
    (base / "flight.gpx").write_text(GPX.format(doctype=doctype), "utf-8")
    table = {"file": "flight.gpx", "platform": "drone-1", "height_above": "ground"} | changes
    return read_track(decode_map(TrackMap, table, "survey.toml: track[0]"), base, now=NOW)


def test_a_gpx_says_its_times_and_positions(tmp_path: Path) -> None:
    track = read_gpx(tmp_path)
    assert track.samples["height_m"].tolist() == [10.0, 14.0, 14.0]
    assert np.diff(track.samples["time_ns"]).tolist() == [4_000_000_000, 60_000_000_000]
    assert track.samples["lon_deg"].tolist() == [5.9340, 5.9344, 5.9352]


def test_a_gpx_with_a_document_type_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(ReadError, match="declares a document type; GPX has none"):
        read_gpx(tmp_path, doctype=bomb)


def test_the_heights_of_a_gpx_are_declared(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"track.height_above is missing; choose 'ground' or"):
        read_gpx(tmp_path, height_above=None)
    assert read_gpx(tmp_path, height_above="geoid").height_above == "geoid"


def test_readings_take_their_position_from_a_track_by_time(tmp_path: Path) -> None:
    track = read_gpx(tmp_path)
    times = ("12:00:01", "12:00:04", "12:00:30", "12:02:00")
    rows = [(f"2026-05-09T{time}Z", "", "", "", "2.1") for time in times]
    write_csv(tmp_path / "readings.csv", HEADER, rows)
    unplaced = dict.fromkeys(("x", "y", "height", "frame", "height_above"))
    mapping = readings_map(position=unplaced | {"track": "drone-1"})
    record = read_readings(mapping, tmp_path, tracks=[track], now=NOW)[0]
    assert record.samples["lon_deg"] == pytest.approx([5.9341, 5.9344])
    assert record.samples["height_m"] == pytest.approx([11.0, 14.0])
    assert reasons(record) == {"without a position": 2}
