"""Whatever is done to a ledger file is found, and named."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_samples import review, survey, tamper, written

from sillage.errors import LedgerError, ReadError, RecordError, SillageError
from sillage.ledger import Head, Ledger, Verification, verify
from sillage.ledger.layouts import VERSION
from sillage.ledger.merkle import EMPTY
from sillage.ledger.sealed import leaf_of
from sillage.records.base import canonical

RECORDS = survey()
CHANGES = {
    "bytes": "UPDATE entries SET bytes = ? WHERE position = ?",
    "leaf": "UPDATE entries SET leaf = ? WHERE position = ?",
}


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("pristine") / "ledger.sqlite", *RECORDS)


@pytest.fixture
def path(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(pristine, tmp_path / "ledger.sqlite"))


def problems(verification: Verification) -> str:
    assert not verification.whole
    return "\n".join(map(str, verification.findings))


def named(verification: Verification) -> set[int | None]:
    assert not verification.whole
    return {finding.position for finding in verification.findings}


def blobs(path: Path, position: int) -> dict[str, bytes]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT * FROM entries WHERE position = ?", (position,))
        return dict(zip(CHANGES, found.fetchone()[3:], strict=True))


def test_an_untouched_ledger_is_whole(path: Path) -> None:
    before = path.read_bytes()
    verification = verify(path)
    assert verification.whole
    assert verification.entries == len(RECORDS)
    assert verification.contents == 1
    assert verify(path, expected_head=verification.head).whole
    assert path.read_bytes() == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    position=st.integers(0, len(RECORDS) - 1),
    column=st.sampled_from(sorted(CHANGES)),
    place=st.integers(0),
    flip=st.integers(1, 255),
)
def test_any_changed_byte_of_any_entry_is_found_and_named(
    pristine: Path, tmp_path: Path, position: int, column: str, place: int, flip: int
) -> None:
    path = Path(shutil.copy(pristine, tmp_path / "changed.sqlite"))
    blob = bytearray(blobs(path, position)[column])
    blob[place % len(blob)] ^= flip
    tamper(path, CHANGES[column], bytes(blob), position)
    findings = [f for f in verify(path).findings if f.position == position]
    assert findings
    assert {finding.type for finding in findings} == {type(RECORDS[position]).__name__}
    assert {finding.id for finding in findings} == {RECORDS[position].id}


@pytest.mark.parametrize("position", range(len(RECORDS)))
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET id = zeroblob(32) WHERE position = ?",
        "UPDATE entries SET type = 'Wind' WHERE position = ?",
    ],
)
def test_a_changed_name_is_found(path: Path, position: int, change: str) -> None:
    tamper(path, change, position)
    assert "its bytes are those of" in problems(verify(path))
    assert position in named(verify(path))


@pytest.mark.parametrize("position", range(len(RECORDS) - 1))
def test_a_missing_entry_is_named(path: Path, position: int) -> None:
    tamper(path, "DELETE FROM entries WHERE position = ?", position)
    assert f"entry {position}: is missing" in problems(verify(path))


def test_several_missing_entries_are_named(path: Path) -> None:
    tamper(path, "DELETE FROM entries WHERE position BETWEEN 2 AND 4")
    assert "entry 2: entries up to 4 are missing" in problems(verify(path))


@pytest.mark.parametrize(("one", "other"), [(0, 1), (3, 5), (1, 6)])
def test_swapped_entries_are_found(path: Path, one: int, other: int) -> None:
    for source, goal in ((one, 99), (other, one), (99, other)):
        tamper(path, "UPDATE entries SET position = ? WHERE position = ?", goal, source)
    findings = problems(verify(path))
    assert "its parent" in findings or "index of ids is not that of" in findings


def forged(path: Path, position: int, content: bytes, record_id: str) -> None:
    """Change one entry and all that is made from it alone, as far as no other entry is in it."""
    name = bytes.fromhex(record_id)
    change = "UPDATE entries SET id = ?, type = 'Review', bytes = ?, leaf = ? WHERE position = ?"
    tamper(path, change, name, content, leaf_of(content), position)
    prefix = int.from_bytes(name[:8], "big", signed=True)
    tamper(path, "UPDATE names SET prefix = ? WHERE position = ?", prefix, position)


def test_an_entry_forged_with_its_hashes_does_not_fit_the_tree(tmp_path: Path) -> None:
    path = written(tmp_path / "ledger.sqlite", *(review(second) for second in range(300)))
    other = review(4, because="a forged reason")
    forged(path, 4, canonical(other), other.id)
    assert problems(verify(path)) == "the hash over the entries 0 to 255 does not fit them"


def test_a_tail_forged_with_its_hashes_is_found_by_a_head_kept_elsewhere(path: Path) -> None:
    head = verify(path).head
    other = review(6, *RECORDS[3:6], because="a forged reason")
    forged(path, 6, canonical(other), other.id)
    assert verify(path).whole, "without a head kept elsewhere nothing can show it"
    assert "are not those of the expected head" in problems(verify(path, expected_head=head))


def test_a_tail_cut_off_is_found_by_a_head_kept_elsewhere(path: Path) -> None:
    head = verify(path).head
    tamper(path, "DELETE FROM entries WHERE position >= 5")
    assert "index of ids is not true" in problems(verify(path))
    tamper(path, "DELETE FROM names WHERE position >= 5")
    tamper(path, "UPDATE filing SET first = 5, last = 5")
    assert verify(path).whole, "without a head kept elsewhere nothing can show it"
    assert "2 entries are missing" in problems(verify(path, expected_head=head))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("DELETE FROM names WHERE position = 3", "index of ids is not that of its entries"),
        ("UPDATE names SET prefix = 7 WHERE position = 3", "index of ids is not that of"),
        ("UPDATE filing SET first = 3, last = 3", "index of ids is not that of"),
        ("UPDATE nodes SET hash = zeroblob(32)", "entries 0 to 255 does not fit them"),
        ("DELETE FROM nodes", "entries 0 to 255 is missing"),
        ("INSERT INTO nodes VALUES (8, 1, zeroblob(32))", "1 hashes of subtrees were put in"),
    ],
)
def test_changes_of_what_is_made_from_the_entries_are_found(
    tmp_path: Path, change: str, what: str
) -> None:
    path = written(tmp_path / "ledger.sqlite", *(review(second) for second in range(300)))
    tamper(path, change)
    assert what in problems(verify(path))


def test_a_ledger_that_grew_still_fits_its_older_head(path: Path) -> None:
    head = verify(path).head
    with Ledger.open(path) as ledger:
        ledger.append(review(99))
    assert verify(path, expected_head=head).whole
    assert verify(path, expected_head=Head(0, EMPTY.hex())).whole


def test_an_entry_put_in_is_named(path: Path) -> None:
    extra = review(50)
    values = (7, bytes.fromhex(extra.id), "Review", canonical(extra), bytes(32))
    tamper(path, "INSERT INTO entries VALUES (?, ?, ?, ?, ?)", *values)
    assert named(verify(path)) == {7}
    tamper(path, "UPDATE entries SET position = -3 WHERE position = 7")
    assert -3 in named(verify(path))


def test_changed_and_missing_arrays_are_named_by_their_record(path: Path) -> None:
    tamper(path, "UPDATE contents SET bytes = zeroblob(length(bytes))")
    assert "entry 2, RiskMap" in problems(verify(path))
    assert "they were changed" in problems(verify(path))
    tamper(path, "DELETE FROM contents")
    assert "are missing" in problems(verify(path))


def test_arrays_put_in_are_found(path: Path) -> None:
    tamper(path, "INSERT INTO contents VALUES (?, x'00')", "cd" * 32)
    assert "arrays 'cdcdcdcdcdcd' were put in" in problems(verify(path))


def test_a_parent_that_is_not_before_its_child_is_named(path: Path) -> None:
    orphan = review(51, review(52))
    content = canonical(orphan)
    values = (7, bytes.fromhex(orphan.id), "Review", content, leaf_of(content))
    tamper(path, "INSERT INTO entries VALUES (?, ?, ?, ?, ?)", *values)
    assert problems(verify(path)).count("is not before it") == 1
    assert named(verify(path)) == {7}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("DROP TRIGGER entries_stay", "trigger entries_stay is missing"),
        ("CREATE TABLE notes (note TEXT)", "'table notes' was added"),
        ("CREATE VIEW seen AS SELECT id FROM entries", "'view seen' was added"),
    ],
)
def test_changed_protections_are_found_and_not_written_past(
    path: Path, change: str, what: str
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(change)
    assert f"layout: {what}" in problems(verify(path))
    with pytest.raises(LedgerError, match="run 'sillage verify'"):
        Ledger.open(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"no ledger, but a letter" * 400, "no readable SQLite file"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "is "),
    ],
)
def test_a_file_that_is_no_ledger_is_said_to_be_none(
    tmp_path: Path, content: bytes, why: str
) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(content)
    assert why in problems(verify(path))
    with pytest.raises(LedgerError, match=why):
        Ledger.open(path)
    with pytest.raises(LedgerError, match=why):
        Ledger.open(path, read_only=True)


def test_another_database_is_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "songs.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
    assert "no ledger of Sillage" in problems(verify(path))


def test_a_newer_ledger_asks_for_a_newer_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    assert "written by a newer version" in problems(verify(path))
    with pytest.raises(LedgerError, match="install the newer version"):
        Ledger.open(path)


def test_a_missing_file_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="there is no such file"):
        verify(tmp_path / "none.sqlite")
    with pytest.raises(ReadError, match="is a folder"):
        verify(tmp_path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_cut_short_is_found(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "damaged" in problems(verify(path)) or "SQLite" in problems(verify(path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(place=st.integers(0), flip=st.integers(1, 255))
def test_any_changed_byte_of_the_file_is_found_or_changes_no_record(
    pristine: Path, tmp_path: Path, place: int, flip: int
) -> None:
    content = bytearray(pristine.read_bytes())
    content[place % len(content)] ^= flip
    path = tmp_path / "changed.sqlite"
    path.write_bytes(content)
    if not verify(path).whole:
        return
    with Ledger.open(path, read_only=True) as ledger:
        assert [canonical(record) for record in ledger] == [canonical(r) for r in RECORDS]
        for record in RECORDS:
            assert ledger.get(record.id) == record


def test_reading_a_changed_record_says_where(path: Path) -> None:
    tamper(path, "UPDATE entries SET bytes = x'7b7d' WHERE position = 3")
    with Ledger.open(path, read_only=True) as ledger:
        with pytest.raises(LedgerError, match="entry 3: record"):
            list(ledger)
        with pytest.raises(SillageError):
            ledger.get(RECORDS[3].id)
        with pytest.raises(LedgerError):
            list(ledger.walk(RECORDS[6].id))
    tamper(path, "UPDATE contents SET bytes = x'00'")
    with Ledger.open(path, read_only=True) as ledger, pytest.raises(RecordError):
        ledger.get(RECORDS[2].id)
