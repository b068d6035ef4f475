"""Does the benchmark of the ledger start, and does it count a loss as a loss?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmark_files import load, run


def test_the_ledger_is_timed_and_crashed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path)
    bench = load("ledger")
    monkeypatch.setattr(bench, "PROOFS", 3)
    monkeypatch.setattr(bench, "NOTED_GROUPS", 6)
    run("ledger", monkeypatch, "--records", "2000", "--repeats", "1", "--crashes", "2")
    written = json.loads((tmp_path / "ledger.json").read_text("utf-8"))
    assert written["record_bytes"] > 300
    assert set(written["timings"]) == {
        *("load_1_min", "append", "saturated", "paced", "records", "lone"),
    }
    assert written["timings"]["append"]["records_per_s"]["median"] > 0
    for name in ("killed", "unsynced_lost", "torn"):
        crashes = written["crashes"][name]
        assert (crashes["crashes"], crashes["lost"], crashes["not_whole"]) == (2, 0, 0)
        assert crashes["acknowledged"] > 0


def test_a_record_that_is_gone_or_changed_is_counted_as_lost(tmp_path: Path) -> None:
    crash = load("_ledger_crash")
    path = tmp_path / "ledger.sqlite"
    kept = [crash.review(second) for second in range(3)]
    with crash.Ledger.create(path) as ledger:
        ledger.append(*kept)
    expected = [crash.canonical(record) for record in kept]
    left = crash.look(path, [expected[0], b"another", expected[2], b"gone", b"gone too"])
    assert left.whole
    assert left.lost == 3
