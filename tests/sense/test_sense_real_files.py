"""Do the real logs of the examples read, and agree with what was published about them?"""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sillage.records.place import LocalFrame
from sillage.records.readings import Readings
from sillage.records.wind import Wind
from sillage.sense import ReadingsMap, WindMap, decode_map, read_readings, read_wind

EXAMPLES = Path(__file__).parents[2] / "examples"
FLIGHTS = ("day1_100m", "day1_200m", "day1_300m", "day2_100m", "day2_200m", "day2_300m")
MINUTE_NS = 60_000_000_000

pytestmark = pytest.mark.data


def read_example(name: str) -> tuple[Readings, Wind]:
    survey: dict[str, Any] = tomllib.loads((EXAMPLES / name).read_text("utf-8"))
    place = survey["survey"].get("origin")
    readings = decode_map(ReadingsMap, survey["readings"][0], f"{name}: readings[0]")
    wind = decode_map(WindMap, survey["wind"][0], f"{name}: wind[0]")
    origin = LocalFrame(**place) if place else None
    gas = survey["survey"]["gas"]
    return read_readings(readings, EXAMPLES, origin, gas=gas)[0], read_wind(wind, EXAMPLES)


@pytest.mark.parametrize(("source", "samples", "blank"), [("s1", 22_727, 13), ("s2", 46_333, 26)])
def test_chilbolton_reads_whole_with_its_sentinels_masked(
    sillage_data: Path, source: str, samples: int, blank: int
) -> None:
    assert (sillage_data / "chilbolton2017").exists()
    readings, wind = read_example(f"chilbolton_{source}.toml")
    assert readings.kind == "path"
    assert readings.sensors == tuple("1234567")
    assert readings.samples.sizes == wind.samples.sizes == {"sample": samples}
    assert readings.masked == ()
    assert np.count_nonzero(np.isnan(wind.samples["east_m_s"])) == blank
    assert np.nanmax(np.hypot(wind.samples["east_m_s"], wind.samples["north_m_s"])) < 15.0


@pytest.mark.parametrize("source", ["1", "2"])
def test_chilbolton_wind_travels_as_the_published_minutes_say(
    sillage_data: Path, source: str
) -> None:
    """The minutes of arXiv 2408.01298 hold mathematical degrees of travel, and speeds."""
    name = f"Chilbolton_windfield_source_{source}.csv"
    with (sillage_data / "chilbolton2017" / name).open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    angle = np.radians([float(row["Average Direction"]) for row in rows])
    speed = np.array([float(row["Average Speed"]) for row in rows])
    _, wind = read_example(f"chilbolton_s{source}.toml")
    published = (speed * np.exp(1j * angle)).mean()
    ours = np.nanmean(wind.samples["east_m_s"]) + 1j * np.nanmean(wind.samples["north_m_s"])
    assert abs(np.degrees(np.angle(ours / published))) < 20.0  # they left some minutes out
    assert abs(ours) == pytest.approx(abs(published), rel=0.2)


@pytest.mark.parametrize("flight", FLIGHTS)
def test_the_drone_flights_read_with_their_policy_written_down(
    sillage_data: Path, flight: str
) -> None:
    assert (sillage_data / "drone_enose_nl").exists()
    readings, wind = read_example(f"drone_enose_{flight}.toml")
    assert (readings.kind, readings.platform, readings.gas) == ("point", "moving", "carbon dioxide")
    assert 5.93 < np.median(readings.samples["lon_deg"]) < 5.94
    assert readings.observed_at.start.year == 2022
    flown = readings.samples["time_ns"]
    blown = wind.samples["time_ns"]
    assert flown.min() - MINUTE_NS < blown.min() < blown.max() < flown.max() + MINUTE_NS
    assert any("taken as at its median" in note for note in wind.assumptions)
