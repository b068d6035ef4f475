"""Whatever a crash does to unsynced writes, every acknowledged record is there, none in half."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from ledger_samples import review, risk_map
from unsafe_disk import SYNC, TOLD, WRITE, Connection, Disk, Note, after_a_power_cut

from sillage.ledger import Ledger, log, names, verify
from sillage.records.base import Record, canonical

CUTS = 25
GROUPS = 60


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> list[Note]:
    """A ledger that is made, grows by groups, moves its WAL into itself, and is closed."""
    path = tmp_path_factory.mktemp("disk") / "ledger.sqlite"
    disk = Disk(f"noted-{id(path)}")
    draw = random.Random(5)  # noqa: S311 - not a secret
    second = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "connect", lambda path, **_: Connection(path, disk))
        patch.setattr(names, "BATCH", 64)  # so that ids are filed again and again
        with Ledger.create(path) as ledger:
            ledger._connection.execute("PRAGMA wal_autocheckpoint = 40")
            for _ in range(GROUPS):
                size = draw.choice((1, 2, 5, 20))
                records: list[Record] = [review(second + i) for i in range(size)]
                if draw.random() < 0.2:
                    records.append(risk_map(second))
                ledger.append(*records)
                disk.tell(tuple(records))
                second += size
    assert verify(path).whole
    return disk.notes


def test_the_notes_hold_what_they_are_for(notes: list[Note]) -> None:
    files = {note.file for note in notes if note.what == WRITE}
    assert {"ledger.sqlite", "ledger.sqlite-wal"} <= files
    moved = [n for n in notes if n.what == WRITE and n.file == "ledger.sqlite"]
    assert len(moved) > 50, "the WAL was moved into the file again and again"
    assert sum(note.what == SYNC for note in notes) > GROUPS
    assert sum(note.what == TOLD for note in notes) == GROUPS


@pytest.mark.parametrize("torn", [False, True], ids=["unsynced writes lost", "torn pages"])
def test_no_acknowledged_record_is_lost_in_any_power_cut(
    notes: list[Note], tmp_path: Path, torn: bool
) -> None:
    begun = next(i for i, note in enumerate(notes) if note.what == TOLD)
    draw = random.Random(11 + torn)  # noqa: S311 - not a secret
    lost_something = 0
    for cut in range(CUTS):
        folder = tmp_path / str(cut)
        folder.mkdir()
        until = draw.randrange(begun + 1, len(notes) + 1)
        after_a_power_cut(notes[:until], folder, draw if torn else None)
        told = [note.told for note in notes[:until] if note.what == TOLD]
        acknowledged = [
            record for records in told if isinstance(records, tuple) for record in records
        ]
        path = folder / "ledger.sqlite"
        verification = verify(path)
        assert verification.whole, (cut, until, verification.findings)
        with Ledger.open(path) as ledger:
            found = [canonical(record) for record in ledger]
            assert found[: len(acknowledged)] == [canonical(record) for record in acknowledged]
            ledger.append(review(100_000))
        assert verify(path).whole
        lost_something += len(found) > len(acknowledged)
    assert lost_something < CUTS


def test_a_ledger_that_does_not_sync_would_be_caught(notes: list[Note], tmp_path: Path) -> None:
    """The simulator bites: were the syncs of the WAL left out, records would be lost."""
    unsynced = [n for n in notes if not (n.what == SYNC and n.file.endswith("-wal"))]
    after_a_power_cut(unsynced[: len(unsynced) // 2], tmp_path, None)
    told = sum(len(n.told) for n in unsynced[: len(unsynced) // 2] if isinstance(n.told, tuple))
    verification = verify(tmp_path / "ledger.sqlite")
    assert verification.entries < told or not verification.whole
