"""Is every record on the page in the ledger, the same each time, and nothing left half-done?"""

from __future__ import annotations

import errno
import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import surveys

from sillage.errors import LedgerError, SettingError
from sillage.ledger import Ledger
from sillage.localise.regions import cells_of, holds
from sillage.records.readings import Readings
from sillage.records.source_estimate import SourceEstimate
from sillage.records.wind import Wind
from sillage.watch import verbs

COMMAND = "from sillage.console.main import main; main()"


def test_every_record_is_in_the_ledger_and_leads_back_to_the_bytes_of_the_files(
    tmp_path: Path,
) -> None:
    path = surveys.write(tmp_path / "field")
    seen = surveys.answer(path)
    ledger_path = path.parent / "out" / "ledger.sqlite"
    assert verbs.check(ledger_path).whole
    with surveys.ledger(path) as ledger:
        assert len(ledger) == len(seen.everything())
        assert all(record.id in ledger for record in seen.everything())
        back = list(ledger.walk(seen.estimates[0].id))
    kinds = [type(record) for record in back]
    assert kinds.count(SourceEstimate) == 1
    assert (kinds.count(Readings), kinds.count(Wind)) == (2, 2)  # as read, and averaged
    hashes = {r.source.name: r.source.sha256 for r in back if isinstance(r, Readings | Wind)}
    assert hashes == {
        name: hashlib.sha256((path.parent / name).read_bytes()).hexdigest()
        for name in ("readings.csv", "wind.csv")
    }


def test_the_same_files_and_seed_give_the_same_ids(tmp_path: Path) -> None:
    one = surveys.answer(surveys.write(tmp_path / "one"))
    two = surveys.answer(surveys.write(tmp_path / "two"))
    assert [r.id for r in one.everything()] == [r.id for r in two.everything()]


def test_another_seed_gives_other_draws_of_the_same_files(tmp_path: Path) -> None:
    path = surveys.write(tmp_path / "field")
    with verbs.answer_survey(path, tmp_path / "one", tell=lambda _: None) as one:
        pass
    with verbs.answer_survey(path, tmp_path / "two", seed=5, tell=lambda _: None) as two:
        pass
    assert [r.id for r in one.seen.readings] == [r.id for r in two.seen.readings]
    assert one.seen.estimates[0].id != two.seen.estimates[0].id
    with (
        pytest.raises(SettingError, match="--seed -1: a seed is a whole number from 0 on"),
        verbs.answer_survey(path, tmp_path / "three", seed=-1, tell=lambda _: None),
    ):
        pass


def test_the_order_of_the_rows_changes_nothing_where_sorting_is_asked_for(tmp_path: Path) -> None:
    survey = surveys.SURVEY.replace(
        'time = { column = "time" }', 'time = { column = "time", order = "sort" }'
    )
    rows = surveys.readings()
    shuffled = [rows[int(place)] for place in np.random.default_rng(1).permutation(len(rows))]
    plain = surveys.answer(surveys.write(tmp_path / "plain", survey=survey)).estimates[0]
    mixed = surveys.answer(surveys.write(tmp_path / "mixed", survey=survey, read=shuffled))
    assert mixed.estimates[0].posterior == plain.posterior


def test_the_source_is_found_and_turning_wind_and_sensors_together_turns_it(
    tmp_path: Path,
) -> None:
    for turned_deg in (0.0, 90.0, 200.0):
        path = surveys.write(
            tmp_path / f"{turned_deg:g}",
            read=surveys.readings(turned_deg),
            blown=surveys.wind(turned_deg),
        )
        estimate = surveys.answer(path).estimates[0]
        draws = estimate.posterior
        truth = surveys.turn(*surveys.SOURCE_M, turned_deg)
        found = (float(draws["east_m"].mean()), float(draws["north_m"].mean()))
        assert np.hypot(*np.subtract(found, truth)) < 6.0
        assert holds(cells_of(estimate.grid, 0), 0.99, *truth)
        rate = estimate.sources[0].rate
        assert rate.low / 2.0 < surveys.RATE_KG_H < rate.high * 2.0


def test_a_full_disk_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = surveys.write(tmp_path / "field")
    surveys.answer(path)
    before = {p: p.read_bytes() for p in path.parent.rglob("*") if p.is_file()}
    written = 0

    def full(*_: object) -> None:
        nonlocal written
        written += 1
        if written == 3:
            raise LedgerError(f"ledger.sqlite: {errno.errorcode[errno.ENOSPC]}; free some space")

    monkeypatch.setattr(Ledger, "append", full)
    with pytest.raises(LedgerError, match="ENOSPC"):
        surveys.answer(path)
    assert {p: p.read_bytes() for p in path.parent.rglob("*") if p.is_file()} == before


def test_ctrl_c_while_locating_ends_soon_and_leaves_nothing(tmp_path: Path) -> None:
    survey = surveys.SURVEY.replace("particles = 32", "particles = 20000")
    path = surveys.write(tmp_path / "field", survey=survey)
    before = sorted(path.parent.iterdir())
    begun = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "survey", str(path), "--out", str(path.parent / "out")],
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60.0
    while len(list(path.parent.iterdir())) == len(before) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)  # well into the sampling, which would take minutes
    begun.send_signal(signal.SIGINT)
    _, said = begun.communicate(timeout=30.0)
    assert begun.returncode == 2
    assert "sillage: stopped" in said
    assert sorted(path.parent.iterdir()) == before


def test_a_million_rows_are_answered(tmp_path: Path) -> None:
    path = surveys.write(tmp_path / "field")
    moments = 125_000  # of eight sensors
    places = [f"s{n},{row['x']},{row['y']}" for n, row in enumerate(surveys.readings()[:8])]
    with (path.parent / "readings.csv").open("w", encoding="utf-8") as stream:
        stream.write("time,sensor,x,y,z,ppm\n")
        for number in range(moments):
            moment = surveys.stamp(60.0 * surveys.MINUTES * number / moments)
            stream.writelines(
                f"{moment},{place},1.5,{2.0 + 0.01 * (number % 7):.2f}\n" for place in places
            )
    seen = surveys.answer(path)
    summary = json.loads((path.parent / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["samples_read"] == 8 * moments
    assert seen.averaged[0].samples.sizes["sample"] == 8 * surveys.MINUTES
