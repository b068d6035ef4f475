"""Do puffs reach the sensors that real gas reached? METEC ADED 2022, nine releases of methane.

Eight fence-line sensors, minute means, one mast (Daniels, Jia & Hammerling, Elementa 12, 2024). The
turbulence was not logged, so widths are those of a middling one and the size of the mean is not
asked: only which sensors read more of a release, and when.
"""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from sillage.air.field import WindSeries
from sillage.air.growth import draxler
from sillage.air.plume import point_coupling
from sillage.air.puff import ages, puff_coupling, trace_back
from sillage.records.place import LocalFrame

Floats = NDArray[np.float64]
FRAME = LocalFrame(lon=-105.1398, lat=40.5958)
TURBULENCE = (0.2, 0.1)  # crosswind and vertical, between stability classes C and D
SETTLE_S = 300.0  # after the start of a release, until its gas is everywhere


class Site(NamedTuple):
    """Four days at the site, seconds since the first row."""

    time_s: Floats
    wind_m_s: Floats  # minute axis
    methane_ppm: Floats  # minute sensor
    sensor_m: Floats  # sensor axis
    release: list[tuple[float, float, float, float]]  # begins, ends, east, north


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.fixture
def site(sillage_data: Path) -> Site:
    folder = sillage_data / "metec_aded2022"
    with (folder / "sensor_locations.csv").open(encoding="utf-8-sig") as file:
        sensors = list(csv.DictReader(file))
    with gzip.open(folder / "cms_minute.csv.gz", "rt", encoding="utf-8") as file:
        minutes = list(csv.DictReader(file))
    with (folder / "releases.csv").open(encoding="utf-8-sig") as file:
        releases = list(csv.DictReader(file))
    time_s = np.array([seconds(row["time_utc"]) for row in minutes])
    speed = np.array([float(row["wind_speed_ms"]) for row in minutes])
    towards = np.array([float(row["wind_dir_rad"]) for row in minutes])
    names = [sensor["name"] for sensor in sensors]
    methane = [[float(row[f"ch4_ppm_{name}"] or "nan") for name in names] for row in minutes]
    east, north = FRAME.to_local(
        [float(sensor["lon"]) for sensor in sensors], [float(sensor["lat"]) for sensor in sensors]
    )
    listed = []
    for row in releases:
        begins, ends = seconds(row["tc_ExpStartDatetime"]), seconds(row["tc_ExpEndDatetime"])
        x, y = FRAME.to_local(float(row["tc_Longitude"]), float(row["tc_Latitude"]))
        if begins >= time_s[0] and ends <= time_s[-1]:
            listed.append((begins - time_s[0], ends - time_s[0], float(x), float(y)))
    return Site(
        time_s - time_s[0],
        speed[:, None] * np.column_stack([np.cos(towards), np.sin(towards)]),
        np.array(methane),
        np.column_stack([east, north, [float(sensor["height"]) for sensor in sensors]]),
        listed,
    )


def test_puffs_reach_the_sensors_that_the_gas_of_nine_releases_reached(site: Site) -> None:
    wind = WindSeries.of(site.time_s, *site.wind_m_s.T)
    sensors = site.sensor_m.shape[0]
    told: dict[str, list[tuple[float, float]]] = {"puffs": [], "plume": []}
    for begins, ends, east, north in site.release:
        rows = np.flatnonzero((site.time_s > begins + SETTLE_S) & (site.time_s < ends))
        end_s = np.repeat(site.time_s[rows], sensors)
        where = np.tile(site.sensor_m, (rows.size, 1))
        ways = trace_back(where, end_s - 60.0, end_s, wind, ages(600.0), arrivals=4)
        speed = np.hypot(*site.wind_m_s[rows].T).clip(0.5)
        growth = draxler(*TURBULENCE, np.repeat(speed, sensors))
        source, blown = [[east, north, 2.0]], np.repeat(site.wind_m_s[rows], sensors, axis=0)
        expected = {
            "puffs": puff_coupling(source, ways, growth),
            "plume": point_coupling(source, where, blown, growth),
        }
        read = site.methane_ppm[rows] - np.nanpercentile(site.methane_ppm[rows], 15, axis=0)
        known = np.isfinite(read)
        for model, coupling in expected.items():
            said = coupling.reshape(rows.size, sensors)
            by_sensor = np.corrcoef(np.nanmean(read, axis=0), said.mean(axis=0))[0, 1]
            by_minute = np.corrcoef(read[known], said[known])[0, 1]
            told[model].append((float(by_sensor), float(by_minute)))
    span = {
        model: [(min(kind), max(kind)) for kind in zip(*scores, strict=True)]
        for model, scores in told.items()
    }
    assert len(told["puffs"]) == 9
    assert span["puffs"] == [
        pytest.approx((0.83, 1.00), abs=0.02),  # by sensor, over a release
        pytest.approx((0.39, 0.71), abs=0.02),  # by minute and sensor
    ]
    assert span["plume"] == [
        pytest.approx((0.84, 1.00), abs=0.02),
        pytest.approx((0.36, 0.73), abs=0.02),
    ]
