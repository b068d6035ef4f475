"""Copies are whole, whoever writes meanwhile; earlier ledgers still prove what they did."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from ledger_samples import files, review, risk_map, survey, tamper, written

from sillage.errors import LedgerError, RecordError, SettingError
from sillage.ledger import Head, Ledger, Recorder, backup, migrate, prove, verify
from sillage.ledger.reading import said_by
from sillage.records.base import SCHEMA, canonical
from sillage.records.risk_map import RiskMap

OLD = Path(__file__).parent / "old" / "layout-1.sqlite"
OLD_HEAD = Head(7, "c7fa9cdc4ab537ab2dc40a7858c2ed0661d71a819c64b0b45ad16b465c9c643c")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A ledger that version 0.1.0 wrote with its hash chain."""
    return Path(shutil.copy(OLD, tmp_path / "old.sqlite"))


def test_a_backup_is_the_ledger_at_one_moment_while_it_is_written(tmp_path: Path) -> None:
    path, copy = tmp_path / "ledger.sqlite", tmp_path / "copy.sqlite"
    stop = threading.Event()

    def feed() -> None:
        second = 0
        while not stop.is_set():
            recorder.submit(review(second)).entries()
            second += 1

    with Recorder(path) as recorder:
        recorder.submit(*survey()).entries()
        thread = threading.Thread(target=feed)
        thread.start()
        before = recorder.head
        copied = backup(path, copy)
        stop.set()
        thread.join()
    assert copied.whole
    assert copied.entries >= before.count
    assert verify(copy, expected_head=before).whole
    assert verify(path, expected_head=copied.head).whole
    assert files(tmp_path) == ["copy.sqlite", "ledger.sqlite"]


def test_a_backup_is_restored_by_copying_it_back_and_goes_on(tmp_path: Path) -> None:
    path, copy = written(tmp_path / "ledger.sqlite"), tmp_path / "copy.sqlite"
    backup(path, copy)
    with Ledger.open(path) as ledger:
        ledger.append(review(50))
        later = ledger.head
    path.unlink()
    backup(copy, path)
    assert "1 entries are missing" in str(verify(path, expected_head=later).findings[0])
    with Ledger.open(path) as ledger:
        ledger.append(review(50))
    assert verify(path, expected_head=later).whole


def test_nothing_damaged_is_copied_and_nothing_is_written_over(tmp_path: Path) -> None:
    path, copy = written(tmp_path / "ledger.sqlite"), tmp_path / "copy.sqlite"
    with pytest.raises(LedgerError, match="exists; choose another path"):
        backup(path, path)
    with pytest.raises(SettingError, match="no such folder"):
        backup(path, tmp_path / "no" / "copy.sqlite")
    tamper(path, "UPDATE entries SET leaf = zeroblob(32) WHERE position = 2")
    with pytest.raises(LedgerError, match="entry 2, RiskMap"):
        backup(path, copy)
    assert not copy.exists()
    (tmp_path / "letter.txt").write_text("no ledger, but a letter")
    with pytest.raises(LedgerError, match="no readable SQLite file"):
        backup(tmp_path / "letter.txt", copy)
    assert files(tmp_path) == ["ledger.sqlite", "letter.txt"]


def raw(path: Path) -> list[bytes]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT bytes FROM entries ORDER BY position").fetchall()
    return [content for (content,) in rows]


def test_an_earlier_ledger_is_verified(old: Path) -> None:
    verification = verify(old, expected_head=OLD_HEAD)
    assert verification.whole
    assert (verification.layout, verification.head) == (1, OLD_HEAD)
    assert old.read_bytes() == OLD.read_bytes()


@pytest.mark.skipif(SCHEMA != 2, reason="records of schema 2 are read by the version of then")
def test_an_earlier_ledger_is_read(old: Path) -> None:
    with Ledger.open(old, read_only=True) as ledger:
        records = list(ledger)
        assert ledger.head == OLD_HEAD
        assert len(ledger) == 7
        assert records[0].id in ledger
        assert "ab" * 32 not in ledger
        assert [canonical(record) for record in records] == [canonical(r) for r in survey()]
        risk = ledger.get(records[2].id)
        assert isinstance(risk, RiskMap)
        assert risk.surface["probability"].tolist() == [[0.25, 2.0]]
        assert len(list(ledger.walk(records[-1].id))) == 7


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE entries SET bytes = x'7b7d' WHERE position = 3", "its bytes were changed"),
        ("UPDATE entries SET previous = zeroblob(32) WHERE position = 3", "does not follow"),
        ("UPDATE entries SET chain = zeroblob(32) WHERE position = 3", "its chain hash"),
        ("DELETE FROM entries WHERE position = 3", "entry 3: is missing"),
        ("DELETE FROM contents", "are missing"),
    ],
)
def test_changes_of_an_earlier_ledger_are_found(old: Path, change: str, what: str) -> None:
    tamper(old, change)
    assert what in "\n".join(map(str, verify(old, expected_head=OLD_HEAD).findings))
    with pytest.raises(LedgerError, match="run 'sillage verify'"):
        migrate(old, old.with_name("new.sqlite"))
    assert not old.with_name("new.sqlite").exists()


def test_a_forged_tail_of_an_earlier_ledger_is_found_by_its_head(old: Path) -> None:
    tamper(old, "DELETE FROM entries WHERE position = 6")
    assert verify(old).whole
    assert "1 entries are missing" in str(verify(old, expected_head=OLD_HEAD).findings[0])


def test_an_earlier_ledger_is_not_written_nor_proved_but_migrated(
    old: Path, tmp_path: Path
) -> None:
    with pytest.raises(LedgerError, match="sillage ledger migrate"):
        Ledger.open(old)
    with pytest.raises(LedgerError, match="sillage ledger migrate"):
        prove(old, "ab" * 32)
    new = tmp_path / "new.sqlite"
    migrated = migrate(old, new)
    assert (migrated.layout, migrated.entries, migrated.contents) == (2, 7, 1)
    assert migrated.head != OLD_HEAD
    assert verify(new, expected_head=OLD_HEAD).whole, "the head on paper still proves it"
    assert verify(new, expected_head=migrated.head).whole
    wrong = Head(7, "ab" * 32)
    assert "are not those of the expected" in str(verify(new, expected_head=wrong).findings[0])
    assert raw(new) == raw(old)
    with Ledger.open(new) as ledger:
        ledger.append(review(50))
    assert verify(new, expected_head=OLD_HEAD).whole
    assert old.read_bytes() == OLD.read_bytes()
    with pytest.raises(LedgerError, match="nothing to migrate"):
        migrate(new, tmp_path / "newer.sqlite")


def older(content: bytes, **changes: object) -> bytes:
    """A record as an older schema may have had it: another field, and the id of that."""
    fields = msgspec.json.decode(content)
    fields |= {"schema": SCHEMA - 1, "colour": "of an older schema", **changes}
    said = {name: value for name, value in fields.items() if name not in {"id", "made_at"}}
    fields["id"] = sha256(msgspec.json.encode(said, order="sorted")).hexdigest()
    return msgspec.json.encode(fields, order="sorted")


def test_records_of_an_older_schema_are_verified_by_what_never_changes() -> None:
    content = older(canonical(risk_map()))
    said = said_by(content)
    assert said.type == "RiskMap"
    assert said.record is None
    assert said.parents == ()
    assert [arrays.sha256 for arrays in said.kept] == [risk_map().surface.sha256]


def test_what_is_no_record_of_an_older_schema_is_refused() -> None:
    whole = older(canonical(risk_map()))
    for content, why in (
        (whole.replace(b"counting", b"COUNTING"), "it was changed"),
        (whole.replace(b'":', b'": ', 1), "canonical form"),
        (older(canonical(risk_map()), parents=None), "type, id and parents"),
        (older(canonical(risk_map()), schema=0), "unknown field"),
        (b"[]", "array"),
        (b"", "not JSON"),
    ):
        with pytest.raises(RecordError, match=why):
            said_by(content)
