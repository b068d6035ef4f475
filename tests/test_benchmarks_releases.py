"""Do the benchmarks on tracer releases read their tables right, and sum up what they measured?"""

from __future__ import annotations

import gzip
import json
import math
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmark_files import load, run

from sillage.air.mixing import ppm_from_kg_m3
from sillage.records.provenance import SourceFile
from sillage.records.quantity import Quantity
from sillage.spectra.gas import gas

ROOT = Path(__file__).parents[1]
FILE = SourceFile(name="made.csv", sha256="0" * 64, size_bytes=1)
PLUME = (
    "run,date,time_cst,q_g_s,z_source_m,z_sampler_m,arc_m,azimuth_deg,post_deg,conc_mg_m3,valid\n"
)
MET = """run,obukhov_m,u_star_ms,boundary_layer_m,wind_from_deg,sigma_azimuth_deg,wind_speed_2m_ms
5,-28.0,0.39,782,176,9.50,5.93
"""
FIELDS = (
    *("index", "Time", "release_rate", "air_temp", "air_pressure", "wind_speed", "max_wind_speed"),
    *("Ux_stdev.", "wind_dir", "L", "inst_name", "inst_no", "inst_group"),
    *("source_x", "source_y", "z", "x1", "y1", "x2", "y2", "Concentration"),
)


@pytest.mark.parametrize(
    ("name", "data_set"),
    [
        ("prairie_grass_rates", "prairie_grass"),
        ("ginninderra", "ginninderra2015"),
        ("metec", "metec_aded2022"),
    ],
)
def test_without_data_they_say_what_to_set_and_write_nothing(
    name: str,
    data_set: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("SILLAGE_DATA", raising=False)
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path / "results")
    run(name, monkeypatch)
    (line,) = capsys.readouterr().out.splitlines()
    assert "set SILLAGE_DATA" in line
    assert not (tmp_path / "results").exists()
    monkeypatch.setenv("SILLAGE_DATA", str(tmp_path))
    with pytest.raises(SystemExit, match=data_set):
        run(name, monkeypatch)


def test_an_interval_that_misses_costs_twenty_times_what_it_misses_by() -> None:
    narrow = Quantity(mean=1.5, median=1.4, std=0.3, low=1.0, high=2.0, unit="kg/h")
    score = load("_releases").interval_score
    assert score(narrow, 1.9) == pytest.approx(math.log(2.0))
    assert score(narrow, 4.0) == pytest.approx(math.log(2.0) + 20.0 * math.log(2.0))
    assert score(narrow, 0.5) == pytest.approx(math.log(2.0) + 20.0 * math.log(2.0))


def prairie(folder: Path) -> tuple[Path, Path]:
    """A release of 3.6 kg/h in a wind to the north, caught on two arcs; and one to be left out."""
    rows = [
        f"{name},07/06/56,1400-1410,1.0,0.46,1.5,{arc},{bearing % 360},90.0,{peak},{valid}"
        for name, valid in (("5", 1), ("5", 0), ("35", 1))
        for arc, peak in ((50.0, 30.0), (100.0, 10.0))
        for bearing in (352.0, 356.0, 360.0, 364.0)
    ]
    arcs, meteorology = folder / "arcs.csv", folder / "meteorology.csv"
    arcs.write_text(PLUME + "\n".join(rows) + "\n", "utf-8")
    meteorology.write_text(MET, "utf-8")
    return arcs, meteorology


def test_a_run_of_prairie_grass_lies_downwind_and_keeps_its_mass(tmp_path: Path) -> None:
    benchmark = load("prairie_grass_rates")
    (release,) = benchmark.runs_of(*prairie(tmp_path))
    assert (release.name, release.rate_kg_h, release.height_m) == ("5", 3.6, 0.46)
    samples = release.readings.samples
    east, north = benchmark.FRAME.to_local(samples["lon_deg"], samples["lat_deg"])
    assert np.hypot(east, north) == pytest.approx(np.repeat([50.0, 100.0], 4), abs=1e-3)
    assert (north > 49.0).all()
    assert east[0] < -1.0 < 1.0 < east[3]
    per_kg_m3 = ppm_from_kg_m3(
        *(1.0, gas("sulfur_dioxide").molar_mass_g_mol),
        *(release.readings.temperature_K, release.readings.pressure_Pa),
    )
    assert samples["value"] == pytest.approx(np.repeat([30e-6, 10e-6], 4) * per_kg_m3)
    blown = release.wind.samples
    toward = math.degrees(math.atan2(blown["east_m_s"][0], blown["north_m_s"][0])) % 360.0
    assert toward == pytest.approx(356.0)
    assert blown["sigma_v_m_s"] == pytest.approx([5.93 * math.tan(math.radians(9.5))])
    assert (release.wind.obukhov_m, release.wind.friction_velocity_m_s) == (-28.0, 0.39)
    assert release.readings.observed_at.start.hour == 20  # two in the afternoon, Central time


def test_prairie_grass_leaves_its_result_beside_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "prairie_grass").mkdir()
    prairie(tmp_path / "prairie_grass")
    monkeypatch.setenv("SILLAGE_DATA", str(tmp_path))
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path / "results")
    run("prairie_grass_rates", monkeypatch, "--seeds", "3", "--dry")
    assert not (tmp_path / "results").exists()
    run("prairie_grass_rates", monkeypatch, "--seeds", "3")
    written = json.loads((tmp_path / "results" / "prairie_grass_rates.json").read_text("utf-8"))
    assert (written["summary"]["runs"], written["summary"]["seeds"]) == (1, 1)
    (score,) = written["runs"]
    assert score["low"] < score["rate_ratio"] < score["high"]
    assert score["inside_90"] == (score["low"] <= 1.0 <= score["high"])


def rate_score(seed: int, ratio: float, *, inside: bool) -> dict[str, Any]:
    known = {"rate_ratio": ratio, "inside_90": inside, "interval_score": 1.0, "wall_s": 2.0}
    return {"seed": seed} | known


def test_prairie_grass_counts_over_runs_and_spreads_over_seeds() -> None:
    summary = load("prairie_grass_rates").summarise(
        [
            *(rate_score(0, 0.4, inside=False), rate_score(0, 1.0, inside=True)),
            *(rate_score(1, 0.5, inside=True), rate_score(1, 2.0, inside=True)),
        ]
    )
    assert (summary["runs"], summary["seeds"]) == (2, 2)
    assert summary["inside_90"] == {"min": 1, "median": 1.5, "max": 2}
    assert summary["fac2"] == {"min": 0.5, "median": 0.75, "max": 1.0}
    assert summary["geometric_mean"]["max"] == 1.0
    assert summary["rate_ratio"] == {"min": 0.4, "median": 0.75, "max": 2.0}


def rows_of(date: str, rates: list[float]) -> list[dict[str, str]]:
    """A laser's path and a tower, five minutes apart, one release rate each time."""
    rows = []
    for number, rate in enumerate(rates):
        moment = datetime.fromisoformat(f"{date}T12:00") + timedelta(minutes=5 * number)
        air = ("285.0", "95000.0", "2.0", "3.0", "0.4", "270", "-20.0")
        for name, kind, ends in (
            ("R4", "Boreal", ("11.1", "18.16", "-45.75", "16.2")),
            ("EC.A", "EC", ("0", "0", "NA", "NA")),
        ):
            said = ("1", f"{moment:%Y-%m-%d %H:%M:%S}", str(rate), *air, name, "4", kind)
            place = ("-21.78", "21.09", "1.5", *ends)
            rows.append(dict(zip(FIELDS, (*said, *place, "1.9"), strict=True)))
    return rows


def test_a_day_at_ginninderra_keeps_one_rate_and_no_rate() -> None:
    benchmark = load("ginninderra")
    rows = rows_of("2015-05-23", [0.0, 2.34, *[5.8] * 12, 20.0])
    rows += rows_of("2015-05-24", [5.81] * 11)  # less than an hour
    (day,) = benchmark.days_of(rows, FILE)
    assert (day.date, day.left_out) == ("2015-05-23", 4)
    assert day.on_share == pytest.approx(12 / 13)
    assert {batch.kind: batch.sensors for batch in day.readings} == {
        "path": ("R4",),
        "point": ("EC.A",),
    }
    path = next(batch.samples for batch in day.readings if batch.kind == "path")
    end = benchmark.FRAME.to_local(path["end_lon_deg"], path["end_lat_deg"])
    assert np.stack(end, axis=-1) == pytest.approx(np.tile([-45.75, 16.2], (13, 1)), abs=1e-3)
    assert day.wind.observed_at.start.isoformat() == "2015-05-23T02:00:00+00:00"
    assert day.wind.samples["east_m_s"] == pytest.approx(np.full(13, 2.0))
    assert (day.wind.samples["obukhov_m"] == -20.0).all()


def test_ginninderra_reads_its_truth_and_its_box(tmp_path: Path) -> None:
    benchmark = load("ginninderra")
    table = tmp_path / "table.csv.gz"
    rows = rows_of("2015-05-23", [5.8])
    lines = [",".join(FIELDS), *(",".join(row.values()) for row in rows)]
    table.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    assert benchmark.read_rows(table) == rows
    truth = benchmark.truth_of(rows[0])
    assert (truth.east_m, truth.north_m) == (-21.78, 21.09)
    assert truth.rate_kg_h == pytest.approx(0.348)
    assert tuple(benchmark.box_of(rows)) == pytest.approx((-95.75, 61.1, -50.0, 68.16))


def day_score(asked: str, seed: int, ratio: float, **of_place: Any) -> dict[str, Any]:
    known = {"asked": asked, "seed": seed, "rate_ratio": ratio, "interval_score": 1.0}
    return known | {"rate_inside_90": ratio > 0.5, "wall_s": 9.0} | of_place


def test_ginninderra_sums_up_rate_and_place_by_themselves() -> None:
    place: dict[str, Any] = {"verdict": "located", "off_m": 2.0, "inside_90": True}
    place["region_share"] = 0.01
    wide = place | {"verdict": "cannot tell", "region_share": 0.6, "inside_90": False}
    summary = load("ginninderra").summarise(
        [
            *(day_score("rate", 0, 0.8), day_score("rate", 0, 1.5), day_score("rate", 0, 0.4)),
            *(day_score("place", 0, 1.0, **place), day_score("place", 0, 1.0, **wide)),
        ]
    )
    assert summary["rate"]["rate_error_median"]["median"] == 0.5
    assert summary["rate"]["rate_inside_90"]["median"] == 0.667
    assert "inside_90" not in summary["rate"]
    assert summary["place"]["verdicts"] == {"cannot tell": 1, "located": 1}
    assert summary["place"]["inside_90"]["median"] == 0.5
    assert summary["place"]["region_at_most_a_tenth"]["median"] == 0.5
    assert (summary["place"]["days"], summary["place"]["seeds"]) == (2, 1)
