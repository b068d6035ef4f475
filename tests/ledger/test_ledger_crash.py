"""Whatever a crash does to unsynced writes, every acknowledged record is there, none in half.

`benchmarks/ledger.py` does the same 200 times each.
"""

from __future__ import annotations

import random
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from benchmark_files import load

from sillage.ledger import verify

CUTS = 25
GROUPS = 60
KILLS = 4


@pytest.fixture(scope="module")
def crash() -> ModuleType:
    return load("_ledger_crash")


@pytest.fixture(scope="module")
def notes(crash: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    path = tmp_path_factory.mktemp("disk") / "ledger.sqlite"
    found: list[Any] = crash.noted_life(path, GROUPS)
    assert verify(path).whole
    return found


def test_the_notes_hold_what_they_are_for(notes: list[Any]) -> None:
    files = {note.file for note in notes if note.what == "write"}
    assert {"ledger.sqlite", "ledger.sqlite-wal"} <= files
    moved = [n for n in notes if n.what == "write" and n.file == "ledger.sqlite"]
    assert len(moved) > 50, "the WAL was moved into the file again and again"
    assert sum(note.what == "sync" for note in notes) > GROUPS
    assert sum(note.what == "told" for note in notes) == GROUPS


@pytest.mark.parametrize("torn", [False, True], ids=["unsynced writes lost", "torn pages"])
def test_no_acknowledged_record_is_lost_in_a_power_cut(
    crash: ModuleType, notes: list[Any], tmp_path: Path, torn: bool
) -> None:
    draw = random.Random(11 + torn)  # noqa: S311 - not a secret
    for number, until in enumerate(crash.cuts_of(notes, CUTS, draw)):
        folder = tmp_path / str(number)
        folder.mkdir()
        left = crash.survive(notes, until, folder, draw if torn else None)
        assert (left.lost, left.whole) == (0, True), (until, left)
        assert left.found >= left.acknowledged > 0


def test_a_ledger_that_does_not_sync_would_be_caught(
    crash: ModuleType, notes: list[Any], tmp_path: Path
) -> None:
    """The simulator bites: were the syncs of the WAL left out, records would be lost."""
    unsynced = [n for n in notes if not (n.what == "sync" and n.file.endswith("-wal"))]
    left = crash.survive(unsynced, len(unsynced) // 2, tmp_path, None)
    assert left.lost > 0


def test_a_killed_recorder_loses_nothing_it_acknowledged(crash: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    draw = random.Random(3)  # noqa: S311 - not a secret
    for round_ in range(KILLS):
        left = crash.kill(path, 1 + 20 * round_, draw)
        assert (left.lost, left.whole) == (0, True), left
