"""Does the benchmark of noses keep the order of readings, and count what it finds?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmark_files import load, run


def nose_score(**changed: Any) -> dict[str, Any]:
    """The score of one survey of noses."""
    score = {"verdict": "located", "answer": True, "inside_90": True, "share_of_area": 0.1}
    return score | {"off_m": 10.0, "radius_90_m": 20.0, "seconds": 1.0} | changed


def test_noses_count_answers_and_those_without_the_truth() -> None:
    runs = [
        nose_score(),
        nose_score(inside_90=False, off_m=80.0),
        nose_score(verdict="cannot tell", answer=False, inside_90=False, share_of_area=0.7),
    ]
    summary = load("noses").summarise(runs)
    assert summary["verdicts"] == {"cannot tell": 1, "located": 2}
    assert (summary["answers"], summary["answers_without_the_truth"]) == (2, 1)
    assert (summary["inside_90"], summary["within_60_m"]) == (1, 2)
    assert summary["share_of_area"] == {"min": 0.1, "median": 0.1, "max": 0.7}


def test_a_nose_keeps_the_order_of_its_readings_and_nothing_else() -> None:
    noses = load("noses")
    ppm = [2.0, 2.5, 9.0, 3.0, 2.1]
    rows = [{"sensor": "n", "value_ppm": str(value)} for value in ppm]
    counts = [int(row["value_ppm"]) for row in noses.uncalibrated(rows, np.random.default_rng(1))]
    assert [ppm.index(value) for value in sorted(ppm)] == [
        counts.index(value) for value in sorted(counts)
    ]
    assert counts != sorted(counts)


def test_shuffled_noses_keep_their_readings_and_lose_their_order() -> None:
    noses = load("noses")
    rows = [{"sensor": f"n{k % 2}", "value_ppm": str(k)} for k in range(40)]
    dealt = noses.in_another_order([dict(row) for row in rows], np.random.default_rng(1))
    for name in ("n0", "n1"):
        before, after = (
            [row["value_ppm"] for row in table if row["sensor"] == name] for table in (rows, dealt)
        )
        assert sorted(before) == sorted(after)
        assert before != after


def test_a_flight_of_noses_has_a_raw_channel_for_each_of_four_and_no_carbon_dioxide() -> None:
    noses = load("noses")
    for flight in noses.FLIGHTS:
        written = noses.noses_of(noses.EXAMPLES / f"drone_enose_{flight}.toml")
        assert written.count('unit = "raw"') == 4
        assert "CO2 (ppm)" not in written
        assert written.count("[[wind]]") == 1


def test_noses_without_data_say_what_to_set_and_write_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("SILLAGE_DATA", raising=False)
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path / "results")
    run("noses", monkeypatch, "--family", "flights")
    assert "set SILLAGE_DATA" in capsys.readouterr().out
    assert not (tmp_path / "results").exists()
