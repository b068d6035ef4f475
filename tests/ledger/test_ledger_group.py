"""Many append at once: each is told when its records are durable, and of its own mistakes alone."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from ledger_samples import review, risk_map, survey, track

from sillage.errors import LedgerError, ReadError, RecordError
from sillage.ledger import Ledger, Recorder, verify
from sillage.ledger.log import Ledger as Log
from sillage.ledger.sealed import seal
from sillage.ledger.writing import Entry, Submission
from sillage.records.base import Record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def test_many_threads_append_and_every_receipt_is_true(path: Path) -> None:
    entries: list[Entry] = []
    lock = threading.Lock()

    def feed(number: int) -> None:
        receipts = [recorder.submit(review(1000 * number + i)) for i in range(40)]
        mine = [entry for receipt in receipts for entry in receipt.entries(timeout_s=60)]
        with lock:
            entries.extend(mine)

    with Recorder(path, most_waiting=16) as recorder:
        threads = [threading.Thread(target=feed, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        head = recorder.head
    assert sorted(entry.position for entry in entries) == list(range(240))
    verification = verify(path)
    assert verification.whole
    assert verification.head == head
    with Ledger.open(path, read_only=True) as ledger:
        order = [record.id for record in ledger]
    assert all(order[entry.position] == entry.id for entry in entries)


def test_what_is_acknowledged_is_seen_by_a_reader(path: Path) -> None:
    with Recorder(path) as recorder:
        for record in survey():
            recorder.submit(record).entries()
            with Ledger.open(path, read_only=True) as reader:
                assert record.id in reader


def test_tasks_append_without_holding_up_their_loop(path: Path) -> None:
    async def feed(recorder: Recorder, number: int) -> list[Entry]:
        found: list[Entry] = []
        for i in range(20):
            found += await recorder.append(review(1000 * number + i))
        return found

    async def feeds() -> list[list[Entry]]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.001)
                ticks += 1

        with Recorder(path, most_waiting=3) as recorder:
            clock = asyncio.create_task(tick())
            answers = await asyncio.gather(*(feed(recorder, number) for number in range(8)))
            clock.cancel()
        assert ticks > 3
        return list(answers)

    answers = asyncio.run(feeds())
    assert sorted(entry.position for mine in answers for entry in mine) == list(range(160))
    assert verify(path).whole


def test_a_task_that_gives_up_leaves_its_record_and_the_others(path: Path) -> None:
    async def give_up() -> None:
        with Recorder(path) as recorder:
            tasks = [asyncio.create_task(recorder.append(review(i))) for i in range(5)]
            await asyncio.sleep(0)
            tasks[2].cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert isinstance(done[2], asyncio.CancelledError)

    asyncio.run(give_up())
    assert verify(path).entries == 5


class Held:
    """Holds the writer before a group, so that the next one gathers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.groups: list[int] = []
        inner = Log.append_group

        def held(
            ledger: Log, submissions: list[Submission]
        ) -> list[tuple[Entry, ...] | LedgerError]:
            self.groups.append(sum(map(len, submissions)))
            self.begun.set()
            assert self.go.wait(60)
            return inner(ledger, submissions)

        monkeypatch.setattr(Log, "append_group", held)


def test_a_mistake_is_told_to_its_caller_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch)
    flown, unknown = track(), review(7)
    with Recorder(path) as recorder:
        first = recorder.submit(flown)
        assert held.begun.wait(60)
        good = recorder.submit(review(1, flown))
        orphan = recorder.submit(review(2), review(3, unknown))
        of_orphan = recorder.submit(review(4, review(2)))
        again = recorder.submit(flown, review(5))
        with pytest.raises(TimeoutError, match=r"within 0\.0 s"):
            good.entries(timeout_s=0.0)
        assert not good.done
        held.go.set()
        assert first.entries()[0].position == 0
        assert good.entries()[0].position == 1
        for receipt in (orphan, of_orphan):
            with pytest.raises(LedgerError, match="append parents first"):
                receipt.entries()
        assert [entry.position for entry in again.entries()] == [0, 2]
        with pytest.raises(RecordError, match="known by hash only"):
            recorder.submit(detached_risk_map(path))
    assert held.groups[:2] == [1, 6]
    assert verify(path).whole
    assert verify(path).entries == 3


def detached_risk_map(path: Path) -> Record:
    other = path.with_name("other.sqlite")
    with Ledger.create(other) as ledger:
        ledger.append(track(1))
        ledger.append(risk_map())
        *_, detached = ledger
    return detached


def test_a_full_queue_holds_up_its_callers_and_stays_bounded(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    with Recorder(path, most_waiting=4) as recorder:
        recorder.submit(review(0))
        assert held.begun.wait(60)
        for second in range(1, 5):
            recorder.submit(review(second))
        blocked = threading.Thread(target=recorder.submit, args=(review(5),))
        blocked.start()
        blocked.join(0.2)
        assert blocked.is_alive()
        held.go.set()
        blocked.join(60)
        assert not blocked.is_alive()
        large = recorder.submit(*(review(second) for second in range(10, 30)))
        assert len(large.entries()) == 20, "more than may wait is taken alone"
    assert max(held.groups[:-1]) <= 4
    assert verify(path).entries == 26


def test_a_full_disk_stops_the_recorder_which_says_so_and_keeps_what_it_acknowledged(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = Log.append_group
    most = 0

    def on_a_small_disk(
        ledger: Log, submissions: list[Submission]
    ) -> list[tuple[Entry, ...] | LedgerError]:
        if len(ledger) >= 20:
            nonlocal most
            most = most or ledger._connection.execute("PRAGMA page_count").fetchone()[0]
            ledger._connection.execute(f"PRAGMA max_page_count = {most}")
        return inner(ledger, submissions)

    monkeypatch.setattr(Log, "append_group", on_a_small_disk)
    acknowledged: set[str] = set()
    recorder = Recorder(path)

    def fill() -> None:
        for second in range(10_000):
            acknowledged.update(entry.id for entry in recorder.submit(review(second)).entries())

    with pytest.raises(LedgerError, match="full"):
        fill()
    with pytest.raises(LedgerError, match=r"takes nothing more: .*full"):
        recorder.submit(review(20_000))
    with pytest.raises(LedgerError, match=r"takes nothing more: .*full"):
        asyncio.run(recorder.append(review(20_000)))
    with pytest.raises(LedgerError, match="full"):
        recorder.close()
    monkeypatch.undo()
    assert verify(path).whole
    with Ledger.open(path) as ledger:
        assert acknowledged == {record.id for record in ledger}
        ledger.append(review(20_000))


def test_those_who_wait_when_a_write_fails_are_all_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()

    def broken(_: Log, __: list[Submission]) -> list[tuple[Entry, ...] | LedgerError]:
        begun.set()
        assert go.wait(60)
        raise RuntimeError("the machine is on fire")

    monkeypatch.setattr(Log, "append_group", broken)
    recorder = Recorder(path, most_waiting=1)
    receipts = [recorder.submit(review(0))]
    assert begun.wait(60)
    receipts.append(recorder.submit(review(1)))
    refused: list[BaseException] = []

    def blocked() -> None:
        try:
            recorder.submit(review(2))
        except LedgerError as error:
            refused.append(error)

    thread = threading.Thread(target=blocked)
    thread.start()
    go.set()
    thread.join(60)
    for receipt in receipts:
        with pytest.raises(LedgerError, match="on fire"):
            receipt.entries(timeout_s=60)
    assert len(refused) == 1
    with pytest.raises(LedgerError, match="on fire"):
        recorder.close()


def test_a_recorder_opens_what_is_there_and_tells_what_it_cannot(path: Path) -> None:
    with Recorder(path) as recorder:
        recorder.submit(track())
    with Recorder(path) as recorder:
        recorder.submit(seal(review(1)))
        with pytest.raises(LedgerError, match="another writer has it open"):
            Recorder(path)
    assert verify(path).entries == 2
    with pytest.raises(LedgerError, match="is closed"):
        recorder.submit(review(2))
    with pytest.raises((LedgerError, ReadError)):
        Recorder(path.parent)
    with pytest.raises(LedgerError, match="cannot be written"):
        Recorder(path.parent / "no" / "ledger.sqlite")
