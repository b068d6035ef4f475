"""Are plumes of heat counted and weighed right by their benchmark?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from benchmark_files import load, run

from sillage.detect.kinds import OF_GAS, OF_GROUND, chance


def claim(verdict: str, spectrum: float | None = 1.0) -> dict[str, Any]:
    return {"verdict": verdict, "spectrum": spectrum}


def line(seed: int, **fields: Any) -> dict[str, Any]:
    counted = {"10": 12, "1": 2, "0.3": 1, "0.1": 1}
    return {
        "seed": seed,
        "followed_share": 0.05,
        "counted": counted,
        "half_by_half": dict.fromkeys(counted, 1.0),
        "clutter": [claim("nothing", 0.1), claim("not in library")],
        "asked": True,
        "gas": "ammonia",
        "strength": 1.0 + seed % 3,
        "stranger_found": seed % 2 == 0,
        "plumes": [claim("identified")],
        "beside": [claim("nothing", 0.2)],
        "named": True,
    } | fields


def test_counts_are_compared_with_what_was_asked_for() -> None:
    dense = {"asked": False, "plumes": [], "beside": []}
    summary = load("heat_plumes").summarise(
        [line(0), line(1), line(2, plumes=[]), line(3, **dense)]
    )
    assert summary["scenes"] == 4
    assert summary["counted_over_asked"]["10"]["whole"] == 1.2
    assert summary["counted_over_asked"]["1"] == {
        "whole": 2.0,
        "half_by_half": 1.0,
        "most_in_a_scene": 2,
    }
    assert summary["more_than_asked"]["10"] == 2.0
    assert summary["clutter"] == {"claims": 8, "nothing": 4, "not in library": 4}
    assert summary["by_strength"]["3"]["found"] == 0
    assert summary["by_strength"]["2"]["found"] == 1
    assert summary["stranger_found"] == {"scenes": 3, "found": 2}


def test_claims_of_a_probability_are_real_as_often_each_kind_weighed_the_same() -> None:
    real = [claim("identified")] * 3 + [claim("not in library")]
    clutter = [claim("nothing", 0.1)] * 6 + [claim("identified")] * 2 + [claim("cannot tell", None)]
    rows = load("heat_plumes").reliability(real, clutter)
    sure = rows[-1]
    assert (sure["real"], sure["clutter"]) == (3, 2)
    assert sure["true"] == pytest.approx(0.75 / (0.75 + 0.25), abs=1e-3)
    assert sure["told"] == pytest.approx(chance(1.0, "identified"), abs=1e-3)
    assert sum(row["real"] for row in rows) == 4


def test_shares_are_learnt_with_half_a_claim_more_of_each() -> None:
    told = load("heat_plumes").learnt([line(0), line(1)])
    assert told["of_gas"] == {"named": 0.714, "stranger": 0.143, "nothing": 0.143}
    assert told["of_ground"] == {"named": 0.091, "stranger": 0.455, "nothing": 0.455}
    odd = (1.0 + 0.7 + 0.9) / 3.0 / 64**2
    assert told["odd_ground_per_pixel"] == pytest.approx(odd, rel=0.02)


def test_parts_are_joined_and_only_what_did_not_teach_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    benchmark = load("heat_plumes")
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path / "results")
    parts = []
    for first in (4028, 4030):
        part = tmp_path / f"{first}.txt"
        lines = [line(first), line(first + 1)]
        part.write_text("\n".join(map(json.dumps, [*lines, {"summary": 1}])))
        parts.append(str(part))
    run("heat_plumes", monkeypatch, "--dry", "--join", *parts)
    assert not (tmp_path / "results").exists()
    run("heat_plumes", monkeypatch, "--join", *parts[::-1])
    written = json.loads((tmp_path / "results" / "heat_plumes.json").read_text("utf-8"))
    assert [one["seed"] for one in written["scenes"]] == [4028, 4029, 4030, 4031]
    assert written["summary"]["scenes"] == 2
    assert benchmark.REPORTED == 4030


def test_the_shares_in_the_product_are_those_that_its_scenes_teach() -> None:
    """Of the result file that is kept beside the benchmark."""
    benchmark = load("heat_plumes")
    kept = Path(__file__).parents[1] / "benchmarks" / "results" / "heat_plumes.json"
    scenes = json.loads(kept.read_text("utf-8"))["scenes"]
    told = benchmark.learnt([one for one in scenes if one["seed"] < benchmark.REPORTED])
    assert told["of_gas"] == OF_GAS
    assert told["of_ground"] == OF_GROUND


def test_without_data_it_is_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SILLAGE_DATA", raising=False)
    run("heat_plumes", monkeypatch)
    assert "skipped: set SILLAGE_DATA" in capsys.readouterr().out
