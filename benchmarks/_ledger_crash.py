"""What is left of a ledger after a crash: the writer killed, unsynced writes lost, pages torn.

`survive` replays power cuts from the notes of one ledger's life (`_unsafe_disk.py`); `kill` ends a
writing process with SIGKILL at any moment. Both ask the same: is every acknowledged record there,
byte for byte and in its order, and is the rest whole.
"""

from __future__ import annotations

import os
import random
import signal
import time
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from _unsafe_disk import TOLD, Connection, Disk, Note, after_a_power_cut

from sillage.ledger import Ledger, Recorder, log, names, verify
from sillage.records.arrays import Arrays
from sillage.records.base import Interval, Record, canonical
from sillage.records.review import Review
from sillage.records.risk_map import RiskMap

NOON = datetime(2026, 5, 9, 12, tzinfo=UTC)
FILED = 64
"""Ids that the noted ledger files together, so that it does again and again."""


class Left(NamedTuple):
    """What one crash left."""

    acknowledged: int
    found: int
    lost: int
    """Acknowledged records that are not there, or not as they were."""
    whole: bool
    """Whether verification finds nothing, and the ledger takes another record."""


def review(second: int) -> Review:
    """A small record."""
    moment = NOON + timedelta(seconds=second)
    return Review(
        observed_at=Interval(start=moment, end=moment),
        made_at=NOON,
        of="ab" * 32,
        reviewer="r-17",
        verdict="confirmed",
        because="seen twice",
        confidence=0.9,
        blind=True,
        evidence=(),
    )


def risk_map(second: int) -> RiskMap:
    """A record whose arrays are kept: several pages of them."""
    moment = NOON + timedelta(seconds=second)
    cells = 400
    layout = RiskMap.LAYOUT["surface"]
    surface = Arrays(
        {
            "probability": [[second / 1e6] * cells],
            "std": [[0.1] * cells],
            "cell": list(range(cells)),
            "starts_ns": [0],
            "ends_ns": [1],
        },
        dims={name: column.dims for name, column in layout.items()},
        units={name: column.unit for name, column in layout.items()},
    )
    return RiskMap(
        observed_at=Interval(start=moment, end=moment),
        made_at=NOON,
        gases=("methane",),
        horizon=Interval(start=moment, end=moment),
        resolution=9,
        surface=surface,
        method="counting",
        settings={},
    )


def noted_life(path: Path, groups: int, seed: int = 5) -> list[Note]:
    """A ledger is made, grows by groups, moves its WAL into itself again and again, and closes."""
    disk = Disk(f"noted-{path}")
    draw = random.Random(seed)  # noqa: S311 - not a secret
    second = 0
    with (
        mock.patch.object(log, "connect", lambda path, **_: Connection(path, disk)),
        mock.patch.object(names, "BATCH", FILED),
        Ledger.create(path) as ledger,
    ):
        ledger._connection.execute("PRAGMA wal_autocheckpoint = 40")  # noqa: SLF001 - soon full
        for _ in range(groups):
            size = draw.choice((1, 2, 5, 20))
            records: list[Record] = [review(second + i) for i in range(size)]
            if draw.random() < 0.2:
                records.append(risk_map(second))
            ledger.append(*records)
            disk.tell(tuple(records))
            second += size
    return disk.notes


def survive(notes: Sequence[Note], until: int, folder: Path, rng: random.Random | None) -> Left:
    """Cut the power after `until` notes, and look at what is left.

    Parameters
    ----------
    notes
        Of `noted_life`.
    until
        Where the power is cut.
    folder
        An empty one.
    rng
        Tears what was not synced at sectors; without it all of that is lost.
    """
    after_a_power_cut(notes[:until], folder, rng)
    told = [note.told for note in notes[:until] if note.what == TOLD]
    expected = [canonical(one) for records in told if isinstance(records, tuple) for one in records]
    return look(folder / "ledger.sqlite", expected)


def look(path: Path, expected: Sequence[bytes]) -> Left:
    """What is there of the records that were acknowledged."""
    whole = verify(path).whole
    with Ledger.open(path) as ledger:
        found = [canonical(record) for record in ledger]
        ledger.append(review(10_000_000 + len(found)))
    there = sum(one == other for one, other in zip(found, expected, strict=False))
    return Left(len(expected), len(found), len(expected) - there, whole and verify(path).whole)


def cuts_of(notes: Sequence[Note], count: int, rng: random.Random) -> list[int]:
    """Where the power is cut: anywhere after the first acknowledgement."""
    begun = next(place for place, note in enumerate(notes) if note.what == TOLD)
    return [rng.randrange(begun + 1, len(notes) + 1) for _ in range(count)]


def write_on(path: Path, together: int, told: int) -> None:
    """Append for ever, and write down how many are acknowledged."""
    with Recorder(path) as recorder:
        second = recorder.head.count
        while True:
            receipts = [recorder.submit(review(second + i)) for i in range(together)]
            second += together
            for receipt in receipts:
                receipt.entries()
            os.write(told, second.to_bytes(8, "big"))


def kill(path: Path, together: int, rng: random.Random) -> Left:
    """Let a process write, end it with SIGKILL at any moment, and look at what is left.

    Parameters
    ----------
    path
        The ledger; it goes on where it ended, or begins.
    together
        Records handed over before their acknowledgement is asked for.
    rng
        When it is killed: within half a second of the first acknowledgement.
    """
    reads, writes = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forked beside threads that sleep
        process = os.fork()
    if not process:
        try:
            os.close(reads)
            write_on(path, together, writes)
        finally:
            os._exit(1)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        told = pipe.read(8)
        time.sleep(0.5 * rng.random())
        os.kill(process, signal.SIGKILL)
        told += pipe.read()
    os.waitpid(process, 0)
    acknowledged = int.from_bytes(told[-8:], "big")
    verification = verify(path)
    lost = max(0, acknowledged - verification.entries)
    return Left(acknowledged, verification.entries, lost, verification.whole)
