"""A ledger only grows, gives back what it was given, and a crash leaves whole entries."""

from __future__ import annotations

import sqlite3
import threading
from hashlib import sha256
from pathlib import Path

import naive_merkle as naive
import pytest
from ledger_samples import files, review, risk_map, survey, track, written

from sillage.errors import InputError, LedgerError, ReadError, RecordError
from sillage.ledger import Head, Ledger, verify
from sillage.ledger.writing import Writer
from sillage.records.base import canonical
from sillage.records.risk_map import RiskMap
from sillage.records.track import Track


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def test_records_come_back_in_their_order_byte_for_byte(path: Path) -> None:
    records = survey()
    root = naive.root([sha256(canonical(record)).digest() for record in records])
    with Ledger.create(path) as ledger:
        entries = ledger.append(*records[:3]) + ledger.append(*records[3:])
        assert [entry.position for entry in entries] == list(range(len(records)))
        assert [entry.id for entry in entries] == [record.id for record in records]
        assert ledger.head == Head(len(records), root.hex())
    with Ledger.open(path, read_only=True) as ledger:
        assert [canonical(record) for record in ledger] == [canonical(r) for r in records]
        assert ledger.head == Head(len(records), root.hex())
        assert len(ledger) == len(records)
        assert records[0].id in ledger
        assert "ab" * 32 not in ledger


def test_a_finished_ledger_is_one_file(path: Path) -> None:
    written(path)
    assert files(path.parent) == [path.name]
    verify(path)
    assert files(path.parent) == [path.name]


def test_kept_arrays_come_back_with_their_values(path: Path) -> None:
    risk, flown = risk_map(), track()
    written(path, risk, flown)
    with Ledger.open(path) as ledger:
        again = ledger.get(risk.id)
        assert isinstance(again, RiskMap)
        assert again == risk
        assert again.surface["probability"].tolist() == [[0.25, 0.0]]
        other = ledger.get(flown.id)
        assert isinstance(other, Track)
        with pytest.raises(RecordError, match="known by hash only"):
            other.samples["lon_deg"]
        with pytest.raises(LedgerError, match="not kept here"):
            ledger.content(flown.samples.sha256)


def test_arrays_to_be_kept_must_come_with_values(path: Path) -> None:
    written(path, risk_map())
    with Ledger.open(path) as ledger:
        (detached,) = ledger
    with Ledger.create(path.with_name("other.sqlite")) as other:
        with pytest.raises(RecordError, match="known by hash only"):
            other.append(track(), detached)
        assert len(other) == 0


def test_a_walk_leads_to_every_ancestor_once_nearest_first(path: Path) -> None:
    records = survey()
    written(path, *records)
    with Ledger.open(path, read_only=True) as ledger:
        walked = [record.id for record in ledger.walk(records[-1].id)]
        assert walked == [records[i].id for i in (6, 3, 4, 5, 2, 0, 1)]
        assert [record.id for record in ledger.walk(records[0].id)] == [records[0].id]


def test_the_same_record_is_kept_once(path: Path) -> None:
    with Ledger.create(path) as ledger:
        first = ledger.append(track())
        assert ledger.append(track(), review(1))[0] == first[0]
        assert len(ledger) == 2
    assert verify(path).whole


def test_parents_come_first(path: Path) -> None:
    flown = track()
    judged = review(1, flown)
    with Ledger.create(path) as ledger:
        with pytest.raises(LedgerError, match="append parents first"):
            ledger.append(judged, flown)
        assert len(ledger) == 0
        ledger.append(flown, judged)


def test_nothing_in_a_ledger_can_be_updated_or_deleted(path: Path) -> None:
    written(path, *survey(), *(review(second) for second in range(10, 300)))
    connection = sqlite3.connect(path)
    for statement in (
        "UPDATE entries SET bytes = x'00'",
        "DELETE FROM entries",
        "UPDATE contents SET bytes = x'00'",
        "DELETE FROM contents",
        "UPDATE nodes SET hash = x'00'",
        "DELETE FROM nodes",
        "UPDATE names SET position = 0",
        "DELETE FROM names",
        "UPDATE filing SET first = 0, last = 0",
        "DELETE FROM filing",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="a ledger only grows"):
            connection.execute(statement)
    connection.close()


def test_a_reader_sees_what_is_written_meanwhile(path: Path) -> None:
    with Ledger.create(path) as writer, Ledger.open(path, read_only=True) as reader:
        for second in range(600):
            writer.append(review(second))
        seen: list[str] = []
        for record in reader:
            if len(seen) == 599:
                writer.append(review(600))
            seen.append(record.id)
        assert len(seen) == len(reader) == 601
        with pytest.raises(LedgerError, match="reading only"):
            reader.append(track())
    assert verify(path).whole


def test_a_second_writer_is_told_and_the_first_goes_on(path: Path) -> None:
    with Ledger.create(path) as writer:
        with pytest.raises(LedgerError, match="another writer has it open"):
            Ledger.open(path)
        writer.append(track())
    with Ledger.open(path) as writer:
        writer.append(review(1))
    assert files(path.parent) == [path.name]


def test_a_ledger_left_to_a_reader_stays_whole(path: Path) -> None:
    writer = Ledger.create(path)
    writer.append(*survey())
    with Ledger.open(path, read_only=True) as reader:
        list(reader)
        writer.close()
        assert len(reader) == 7
    assert verify(path).whole
    Ledger.open(path).close()
    assert files(path.parent) == [path.name]


def test_a_full_disk_leaves_the_ledger_at_the_last_commit(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.append(*survey())
        head = ledger.head
        pages = ledger._connection.execute("PRAGMA page_count").fetchone()[0]
        ledger._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(LedgerError, match=r"100 records were not written.*full"):
            ledger.append(*(review(second) for second in range(10, 110)))
        assert ledger.head == head
    verification = verify(path)
    assert verification.whole
    assert verification.head == head


def test_an_interrupted_append_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with Ledger.create(path) as ledger:
        ledger.append(track())
        monkeypatch.setattr(Writer, "_keep", interrupt)  # the entry is in, its arrays are not
        with pytest.raises(KeyboardInterrupt):
            ledger.append(review(1), risk_map())
        assert len(ledger) == 1


def test_what_exists_is_not_begun_again(path: Path) -> None:
    written(path)
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="exists; open it"):
        Ledger.create(path)
    assert path.read_bytes() == before
    assert files(path.parent) == [path.name]


def test_a_ledger_that_cannot_be_begun_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot be written"):
        Ledger.create(tmp_path / "no" / "folder.sqlite")
    assert files(tmp_path) == []


def test_what_is_not_there_is_said(path: Path) -> None:
    with pytest.raises(ReadError, match="there is no such file"):
        Ledger.open(path)
    written(path)
    with Ledger.open(path) as ledger, pytest.raises(LedgerError, match="no record 'abab"):
        ledger.get("ab" * 32)


def test_records_can_be_appended_where_threads_are_told_apart(path: Path) -> None:
    """SQLite connections belong to one thread; another gets an error, not a damaged file."""
    with Ledger.create(path) as ledger:
        errors: list[BaseException] = []

        def intrude() -> None:
            try:
                ledger.append(track())
            except LedgerError as error:
                errors.append(error)

        thread = threading.Thread(target=intrude)
        thread.start()
        thread.join()
        assert len(errors) == 1
        assert len(ledger) == 0


def test_a_head_reads_as_it_prints() -> None:
    head = Head(12, "ab" * 32)
    assert Head.parse(str(head)) == head
    for text in ("", "12", "x:" + "ab" * 32, "12:abab"):
        with pytest.raises(InputError, match="is no ledger head"):
            Head.parse(text)
