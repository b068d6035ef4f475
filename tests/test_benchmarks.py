"""Do the benchmarks start, and do they sum up right what they measured?"""

from __future__ import annotations

import json
import math
import re
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmark_files import load, run

from sillage.localise.regions import Cells, stacked
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.place import Area, LocalFrame, Place
from sillage.records.quantity import Quantity
from sillage.records.source_estimate import CredibleRegion, FoundSource, SourceEstimate
from sillage.watch.verbs import KnownSource

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
BENCHMARKS = sorted((ROOT / "benchmarks").glob("[!_]*.py"))
FRAME = LocalFrame(lon=-1.4384, lat=51.1450)


@pytest.mark.parametrize("name", [path.stem for path in BENCHMARKS])
def test_every_benchmark_says_how_it_is_run_and_measures_nothing_then(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ending:
        run(name, monkeypatch, "--help")
    assert ending.value.code == 0
    told = capsys.readouterr().out
    assert told.startswith(f"usage: {name}.py")
    assert "--dry" in told


def test_make_runs_what_can_be_run_and_no_support_file() -> None:
    found = re.search(r"for benchmark in (\S+);", MAKEFILE)
    assert found
    runnable = [
        path
        for path in (ROOT / "benchmarks").glob("*.py")
        if "def main() -> None:" in path.read_text("utf-8")
    ]
    assert sorted(ROOT.glob(found[1])) == sorted(runnable)


def test_a_command_is_measured_without_the_pins_that_make_sets() -> None:
    cost = load("_cost")
    pinned = re.findall(r"(\w+)=1", MAKEFILE.partition("SINGLE_THREAD :=")[2].partition("\n")[0])
    assert set(cost.PINS) == set(pinned)
    assert cost.unpinned(dict.fromkeys(pinned, "1") | {"HOME": "there"}) == {"HOME": "there"}


def test_the_peak_is_the_memory_of_the_command_and_not_of_who_measures_it() -> None:
    cost_of = load("_cost").cost_of
    own_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    small = cost_of([sys.executable, "-I", "-S", "-c", "pass"])["peak_mib"]
    large = cost_of([sys.executable, "-I", "-S", "-c", "b'x' * (100 << 20)"])["peak_mib"]
    assert small < 40 < own_mib
    assert 100 <= large < small + 120


def test_a_command_that_fails_ends_the_benchmark() -> None:
    with pytest.raises(SystemExit, match="exit code 3: "):
        load("_cost").cost_of([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_spread_is_least_middle_and_greatest() -> None:
    assert load("_results").spread([3.0, 1.0, 10.0]) == {"min": 1.0, "median": 3.0, "max": 10.0}
    assert load("_results").spread([4.0, 1.0])["median"] == 2.5


def test_a_result_names_its_machine_and_replaces_the_older_one_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    results = load("_results")
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    results.write_result("speed", {"runs": 1})
    results.write_result("speed", {"runs": 2})
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["speed.json"]
    written = json.loads((tmp_path / "results" / "speed.json").read_text("utf-8"))
    assert written == {"machine": results.describe(), "runs": 2}
    assert written["machine"]["cores"] >= 1


def survey_score(**changed: Any) -> dict[str, Any]:
    """The score of one simulated world."""
    return {
        "verdict": "located",
        "inside_90": True,
        "inside_50": False,
        "rate_inside_90": True,
        "off_m": 1.0,
        "radius_90_m": 2.0,
        "rate_ratio": 1.0,
        "seconds": 10.0,
        "sensors": "fixed point",
    } | changed


def test_calibration_counts_shares_of_all_worlds_and_of_those_located() -> None:
    summary = load("calibration").summarise(
        [
            survey_score(),
            survey_score(inside_90=False, off_m=3.0),
            survey_score(verdict="ambiguous", off_m=5.0),
            survey_score(verdict="cannot tell", off_m=7.0, inside_50=True, sensors="fixed path"),
        ]
    )
    assert summary["worlds"] == 4
    by_sensors = summary["inside_90_by_sensors"]
    assert {kind: share["share"] for kind, share in by_sensors.items()} == {
        "fixed path": 1.0,
        "fixed point": 0.667,
    }
    assert summary["verdicts"] == {"located": 2, "ambiguous": 1, "cannot tell": 1}
    assert summary["inside_90"] == {"share": 0.75, "std": round(math.sqrt(0.75 * 0.25 / 4), 3)}
    assert summary["inside_50"]["share"] == 0.25
    assert summary["rate_inside_90"] == {"share": 1.0, "std": 0.0}
    assert summary["inside_90_of_located"]["share"] == 0.5
    assert summary["quantiles"][2] == 0.5
    assert (summary["off_m"][2], summary["off_m_of_located"][2]) == (4.0, 2.0)


def test_calibration_has_no_spread_of_nothing_located() -> None:
    summary = load("calibration").summarise([survey_score(verdict="cannot tell")])
    assert summary["off_m_of_located"] == []
    assert json.loads(json.dumps(summary, allow_nan=False))["worlds"] == 1


def test_a_survey_of_worlds_goes_on_after_a_line_that_was_torn_off(tmp_path: Path) -> None:
    worlds = load("_worlds")
    keep = tmp_path / "scores.jsonl"
    whole = json.dumps(survey_score(family="mismatched", world=7)) + "\n"
    keep.write_text(whole + whole[:20], encoding="utf-8")
    assert worlds.kept(keep) == [survey_score(family="mismatched", world=7)]
    assert keep.read_text(encoding="utf-8") == whole  # the next score starts a line of its own


def run_of(source: str, seed: int, **changed: Any) -> dict[str, Any]:
    """One run of the command on a source at Chilbolton."""
    cost = {"wall_s": 40.0, "cpu_s": 60.0, "peak_mib": 400.0}
    known = {"verdict": "located", "inside_90": True, "radius_90_m": 2.0}
    known |= {"rate_ratio": 0.9, "rate_inside_90": True}
    return {"source": source, "seed": seed, "off_m": 2.0} | known | cost | changed


def test_chilbolton_sums_up_each_source_by_itself() -> None:
    summary = load("chilbolton").summarise(
        [
            run_of("S1", 0, off_m=2.0, peak_mib=410.0),
            run_of("S2", 0, off_m=0.5),
            run_of("S1", 1, off_m=5.0, verdict="ambiguous", inside_90=False),
            run_of("S1", 2, off_m=3.0, wall_s=90.0, rate_inside_90=False),
        ]
    )
    assert list(summary) == ["S1", "S2"]
    one = summary["S1"]
    assert (one["runs"], one["inside_90"], one["rate_inside_90"]) == (3, 2, 2)
    assert one["verdicts"] == {"ambiguous": 1, "located": 2}
    assert one["off_m"] == {"min": 2.0, "median": 3.0, "max": 5.0}
    assert one["wall_s"] == {"min": 40.0, "median": 40.0, "max": 90.0}
    assert one["peak_mib"] == {"min": 400.0, "median": 400.0, "max": 410.0}
    assert summary["S2"]["off_m"] == {"min": 0.5, "median": 0.5, "max": 0.5}


def test_chilbolton_takes_the_truth_from_the_data_set(tmp_path: Path) -> None:
    truths = tmp_path / "truth.csv"
    truths.write_text("source,x_m,y_m,z_m,rate_kg_s\nS1,1,2,0,0.001\nS2,30,-40,0,0.0005\n", "utf-8")
    truth = load("chilbolton").truth_of("S2", truths, FRAME)
    assert (truth.east_m, truth.north_m, truth.rate_kg_h) == (30.0, -40.0, 1.8)
    there = FRAME.to_local(truth.place.lon, truth.place.lat)
    assert np.allclose(there, (30.0, -40.0), atol=1e-6)


def located_at(east_m: float, north_m: float) -> SourceEstimate:
    """A posterior whose 90 % region is the nine cells of a metre around a place."""
    axis = np.arange(-10.0, 11.0)
    near = (np.abs(axis - north_m) <= 1.0)[:, None] & (np.abs(axis - east_m) <= 1.0)
    lon, lat = (float(v) for v in FRAME.to_lonlat(east_m, north_m))
    moment = datetime(2017, 10, 5, tzinfo=UTC)
    layout = SourceEstimate.LAYOUT

    def one_row(name: str) -> Arrays:
        columns = layout[name]
        return Arrays(
            {
                key: np.zeros((1,) * len(column.dims), "<i8" if column.unit == "ns" else "<f8")
                for key, column in columns.items()
            },
            dims={key: column.dims for key, column in columns.items()},
            units={key: column.unit for key, column in columns.items()},
        )

    return SourceEstimate(
        observed_at=Interval(start=moment, end=moment),
        gas="methane",
        frame=FRAME,
        verdict="located",
        reason="Made by hand.",
        number_of_sources=(0.0, 1.0),
        sources=(
            FoundSource(
                probability=1.0,
                verdict="located",
                reason="Made by hand.",
                position=Place(lon=lon, lat=lat),
                position_std_m=1.0,
                regions=tuple(
                    CredibleRegion(
                        level=level,
                        areas=(Area(ring=((lon, lat), (lon + 1e-5, lat), (lon, lat + 1e-5))),),
                        area_m2=math.pi * radius_m**2,
                        equivalent_radius_m=radius_m,
                    )
                    for level, radius_m in ((0.5, 1.0), (0.9, 1.7))
                ),
                rate=Quantity(mean=9.0, median=3.0, std=1.0, low=1.0, high=20.0, unit="kg/h"),
            ),
        ),
        posterior=one_row("posterior"),
        grid=stacked([Cells(near / near.sum(), axis, axis)]),
        course=one_row("course"),
        fit=one_row("fit"),
        advice=one_row("advice"),
        sensors=("1",),
        effective_sample_size=100.0,
        method="made by hand",
        settings={},
    )


@pytest.mark.parametrize(
    ("mean_m", "off_m", "inside"), [((3.0, 4.0), 5.0, False), ((0.0, 1.0), 1.0, True)]
)
def test_chilbolton_scores_the_mean_the_region_and_the_median_rate(
    mean_m: tuple[float, float], off_m: float, inside: bool
) -> None:
    origin = Place(lon=FRAME.lon, lat=FRAME.lat)
    truth = KnownSource(place=origin, east_m=0.0, north_m=0.0, rate_kg_h=2.0)
    assert load("chilbolton").score(located_at(*mean_m), truth) == {
        "verdict": "located",
        "off_m": off_m,
        "radius_90_m": 1.7,
        "inside_90": inside,
        "rate_ratio": 1.5,
        "rate_inside_90": True,
    }


def test_chilbolton_without_data_says_what_to_set_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("SILLAGE_DATA", raising=False)
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path / "results")
    run("chilbolton", monkeypatch)
    (line,) = capsys.readouterr().out.splitlines()
    assert "set SILLAGE_DATA" in line
    assert not (tmp_path / "results").exists()


def test_chilbolton_refuses_a_folder_without_its_data_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SILLAGE_DATA", str(tmp_path))
    with pytest.raises(SystemExit, match="chilbolton2017"):
        run("chilbolton", monkeypatch)


def test_the_kernels_come_with_their_spread_and_their_floor(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kernels = load("air_kernels")
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path)
    monkeypatch.setattr(kernels, "SOURCES", 60)
    monkeypatch.setattr(kernels, "OBSERVATIONS", 40)
    run("air_kernels", monkeypatch, "--repeats", "3")
    written = json.loads((tmp_path / "air_kernels.json").read_text("utf-8"))
    assert written["repeats"] == 3
    assert written["floor"]["cycles_per_coupling"] == 3 * 4 + 1 * 6 + 2 * 20 + 40 / 2
    assert len(written["kernels"]) == 3
    for growth in written["kernels"].values():
        for figures in growth.values():
            assert figures["couplings"] == 60 * 40
            assert 0 < figures["not_zero"] < figures["couplings"]
            speed = figures["couplings_per_s"]
            assert 0.0 < speed["min"] <= speed["median"] <= speed["max"]


def test_the_puffs_come_with_their_spread_and_a_plain_peer_that_agrees(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    puffs = load("air_puffs")
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path)
    monkeypatch.setattr(puffs, "SOURCES", 12)
    monkeypatch.setattr(puffs, "READINGS", 9)
    run("air_puffs", monkeypatch, "--repeats", "2")
    written = json.loads((tmp_path / "air_puffs.json").read_text("utf-8"))["figures"]
    assert set(written) == {"points", "paths", "plain_points", "ways_back"}
    assert 0 < written["points"]["within_reach"] < written["points"]["pairs"]
    sources, points, _, wind = puffs.scene(np.random.default_rng(1))
    fine = puffs.ages(300.0, first_s=0.1, ratio=1.02)
    ways = puffs.trace_back(points, np.full(9, 100.0), np.full(9, 160.0), wind, fine)
    growth = puffs.briggs("open-country", "C")
    own = puffs.puff_coupling(sources, ways, growth)
    plain = puffs.plain_puffs(sources, ways, growth)
    assert own == pytest.approx(plain, rel=0.02, abs=1e-3 * plain.max())


def test_calibration_leaves_its_result_beside_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path)
    run("calibration", monkeypatch, "--worlds", "0", "--family", "matched", "--dry")
    assert list(tmp_path.iterdir()) == []
    run("calibration", monkeypatch, "--worlds", "0", "--family", "matched")
    written = json.loads((tmp_path / "calibration.json").read_text("utf-8"))
    assert list(written) == ["machine", "families"]
    assert written["families"]["matched"]["worlds"] == 0
