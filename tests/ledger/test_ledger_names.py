"""A record is found by its id whether it is filed, being filed, or known from the entries alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_samples import review

from sillage.errors import LedgerError
from sillage.ledger import Ledger, names, verify

BATCH = 32
RECORDS = [review(second) for second in range(300)]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "BATCH", BATCH)


def filing(path: Path) -> tuple[int, int, int]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        first, last, filed = connection.execute("SELECT first, last, filed FROM filing").fetchone()
        return first, last, filed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=6)
@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=8), data=st.data())
def test_every_record_is_found_and_kept_once_wherever_its_id_is(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("names") / "ledger.sqlite"
    count = 0
    with Ledger.create(path) as ledger, Ledger.open(path, read_only=True) as follower:
        for size in sizes:
            group = RECORDS[count : count + size]
            entries = ledger.append(*group)
            assert [entry.position for entry in entries] == list(range(count, count + len(group)))
            count += len(group)
            asked = data.draw(st.integers(0, count - 1))
            assert ledger.append(RECORDS[asked])[0].position == asked
            assert follower.get(RECORDS[asked].id) == RECORDS[asked]
        assert all(record.id in ledger for record in RECORDS[:count])
        assert all(record.id in follower for record in RECORDS[:count])
        assert not any(record.id in ledger for record in RECORDS[count:])
        with Ledger.open(path, read_only=True) as fresh:
            assert all(record.id in fresh for record in RECORDS[:count])
        assert verify(path).whole, "also while ids are being filed"
    assert filing(path)[0] == count, "a closed ledger is found in by its index alone"
    assert verify(path).whole


def test_filing_goes_on_where_a_writer_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger.create(path)
    for record in RECORDS[: BATCH + 3]:
        ledger.append(record)
    first, last, filed = filing(path)
    assert (first, last) == (0, BATCH)
    assert 0 < filed < BATCH
    ledger._connection.close()  # as a crash does: nothing is finished
    assert ledger._lock is not None
    ledger._lock.release()
    with Ledger.open(path) as again:
        assert again.append(*RECORDS[:60])[59].position == 59
        assert len(again) == 60
    assert verify(path).whole


def test_a_failed_write_forgets_the_names_that_it_brought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger.create(path) as ledger:
        ledger.append(*RECORDS[:40])
        pages = ledger._connection.execute("PRAGMA page_count").fetchone()[0]
        ledger._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(LedgerError, match="full"):
            ledger.append(*RECORDS[40:140])
        assert RECORDS[50].id not in ledger
        ledger._connection.execute("PRAGMA max_page_count = 1000000")
        assert ledger.append(*RECORDS[40:140])[0].position == 40
        assert len(ledger) == 140
    assert verify(path).whole
