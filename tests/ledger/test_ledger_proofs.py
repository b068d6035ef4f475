"""One record is proved without the ledger; a checkpoint says who stands for it; keys hand over."""

from __future__ import annotations

import stat
from hashlib import sha256
from pathlib import Path

import naive_merkle as naive
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_samples import review, survey, tamper, written

from sillage.errors import InputError, LedgerError, ReadError, SettingError, SillageError
from sillage.ledger import (
    Head,
    Ledger,
    Note,
    Proof,
    PublicKey,
    SecretKey,
    check_proof,
    prove,
    rotate,
    sign_checkpoint,
    verify,
    write_tiles,
)
from sillage.ledger.checkpoints import Checkpoint
from sillage.ledger.notes import sign
from sillage.ledger.tiles import tile_path, tiles_of
from sillage.records.base import canonical

RECORDS = [*survey(), *(review(second) for second in range(10, 300))]
KEY = SecretKey("example.org/ledger", b"\x07" * 32)
NEXT = SecretKey("example.org/ledger", b"\x08" * 32)
THIRD = SecretKey("example.org/ledger", b"\x09" * 32)
OTHER = SecretKey("example.com/other", b"\x0a" * 32)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger that nothing changes."""
    return written(tmp_path_factory.mktemp("proofs") / "ledger.sqlite", *RECORDS)


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """A ledger that is signed with KEY from its eighth entry on."""
    place = written(tmp_path / "ledger.sqlite")
    rotate(place, KEY)
    return place


def test_the_note_of_the_go_library_is_verified() -> None:
    """Example of golang.org/x/mod/sumdb/note."""
    key = PublicKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    line = (
        "PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
        "otpRZb6KE6RyyBwJnAM="
    )
    note = Note.parse(f"{text}\n\u2014 {line}\n")
    assert note.text == text
    assert note.signed_by(key)
    assert not Note(text.replace("answer", "cause"), note.signatures).signed_by(key)
    assert str(key) == str(PublicKey.parse(str(key)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(index=st.integers(0, len(RECORDS) - 1))
def test_every_record_is_proved_under_the_head(path: Path, index: int) -> None:
    head = verify_once(path)
    proof = Proof.parse(str(prove(path, RECORDS[index].id)))
    proved = check_proof(proof, expected_head=head)
    assert proved.holds
    assert (proved.id, proved.index, proved.head) == (RECORDS[index].id, index, head)
    assert proof.content == canonical(RECORDS[index])
    assert proved.signer is None


HEADS: dict[Path, Head] = {}


def verify_once(path: Path) -> Head:
    if path not in HEADS:
        HEADS[path] = verify(path).head
    return HEADS[path]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(place=st.integers(0), flip=st.integers(1, 255))
def test_any_changed_byte_of_a_proof_is_found_or_changes_nothing(
    path: Path, place: int, flip: int
) -> None:
    head = verify_once(path)
    note = sign(Checkpoint.of(KEY.name, head).text, KEY)
    whole = str(prove(path, RECORDS[5].id, note)).encode()
    changed = bytearray(whole)
    changed[place % len(whole)] ^= flip
    try:
        proof = Proof.parse(changed.decode())
        proved = check_proof(proof, expected_head=head, key=KEY.public)
    except (SillageError, UnicodeDecodeError):
        return
    assert not proved.holds or str(proof).encode() == whole


def test_a_proof_under_a_signed_checkpoint_needs_the_signers_key_alone(
    path: Path, tmp_path: Path
) -> None:
    note = sign_checkpoint(path, KEY)
    proof = Proof.parse(str(prove(path, RECORDS[5].id, note)))
    proved = check_proof(proof, key=KEY.public)
    assert proved.holds
    assert proved.signer == str(KEY.public)
    assert "not signed by" in " ".join(check_proof(proof, key=NEXT.public).findings)
    assert "is of 'example.org" in " ".join(check_proof(proof, key=OTHER.public).findings)
    forged = proof._replace(content=canonical(RECORDS[6]))
    assert "do not lead" in " ".join(check_proof(forged, key=KEY.public).findings)


def test_a_record_is_proved_under_an_older_checkpoint_that_reaches_it(tmp_path: Path) -> None:
    place = written(tmp_path / "ledger.sqlite")
    older = sign_checkpoint(place, KEY)
    with Ledger.open(place) as ledger:
        ledger.append(*(review(second) for second in range(50, 60)))
    assert check_proof(prove(place, RECORDS[6].id, older), key=KEY.public).holds
    with pytest.raises(LedgerError, match="does not reach it; sign a newer one"):
        prove(place, review(55).id, older)
    foreign = sign(Checkpoint(KEY.name, 7, bytes(32)).text, KEY)
    with pytest.raises(LedgerError, match="is not of this ledger"):
        prove(place, RECORDS[0].id, foreign)


def test_what_cannot_be_proved_is_said(path: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="give all 64 digits"):
        prove(path, "no id")
    with pytest.raises(LedgerError, match="no record 'abab"):
        prove(path, "ab" * 32)
    place = written(tmp_path / "ledger.sqlite")
    tamper(place, "UPDATE entries SET leaf = zeroblob(32) WHERE position = 2")
    with pytest.raises(LedgerError, match="run 'sillage verify'"):
        prove(place, RECORDS[2].id)
    with pytest.raises(LedgerError, match="run 'sillage verify'"):
        sign_checkpoint(place, KEY)
    for text in ("", "c2sp.org/tlog-proof@v1\nindex 1\n\nx\n1\ny\n\n"):
        with pytest.raises(InputError):
            Proof.parse(text)


def test_a_checkpoint_shows_a_ledger_that_was_cut_or_rewritten(signed: Path) -> None:
    note = sign_checkpoint(signed, KEY)
    assert verify(signed, checkpoint=note, key=KEY.public).whole
    with Ledger.open(signed) as ledger:
        ledger.append(review(99))
    assert verify(signed, checkpoint=note, key=KEY.public).whole
    other = written(signed.with_name("other.sqlite"), *RECORDS[:9])
    problems = "\n".join(map(str, verify(other, checkpoint=note, key=KEY.public).findings))
    assert "are not those of the expected head" in problems
    with pytest.raises(InputError, match="give its key"):
        verify(signed, checkpoint=note)
    forged = note._replace(text=note.text.replace("\n8\n", "\n7\n"))
    problems = "\n".join(map(str, verify(signed, checkpoint=forged, key=KEY.public).findings))
    assert "not signed by the key in force" in problems


def test_a_key_hands_over_to_the_next_and_each_signs_its_own_time(signed: Path) -> None:
    first = sign_checkpoint(signed, KEY)
    entry = rotate(signed, NEXT, KEY)
    second = sign_checkpoint(signed, NEXT)
    verified = verify(signed, checkpoint=second, key=KEY.public)
    assert verified.whole
    assert [(one.key, one.since) for one in verified.keys] == [
        (KEY.public, 7),
        (NEXT.public, entry.position),
    ]
    assert verify(signed, checkpoint=first, key=KEY.public).whole
    assert verify(signed, checkpoint=second, key=NEXT.public).whole

    def refused(note: Note, key: SecretKey) -> str:
        found = verify(signed, checkpoint=note, key=key.public)
        return "\n".join(map(str, found.findings))

    assert "was in force; give that one" in refused(first, NEXT)
    stale = sign(second.text, KEY)
    assert "not signed by the key in force then" in refused(stale, KEY)
    assert "is none of this ledger's" in refused(second, THIRD)
    with pytest.raises(SettingError, match="the key in force is"):
        sign_checkpoint(signed, KEY)


def test_a_key_comes_in_on_the_word_of_the_key_before_it_alone(signed: Path) -> None:
    head = verify(signed).head
    for new, old, why in (
        (NEXT, None, "none was given"),
        (THIRD, NEXT, "the key in force is"),
        (OTHER, KEY, "the new key is of 'example.com/other'"),
        (KEY, KEY, "was signed with this key before"),
    ):
        with pytest.raises(SettingError, match=why):
            rotate(signed, new, old)
    assert verify(signed).head == head
    unsigned = written(signed.with_name("unsigned.sqlite"))
    with pytest.raises(SettingError, match="names no key yet"):
        rotate(unsigned, NEXT, KEY)


def test_a_key_that_was_put_in_without_the_old_one_is_found(signed: Path) -> None:
    elsewhere = written(signed.with_name("elsewhere.sqlite"), *RECORDS[:8])
    rotate(elsewhere, NEXT)
    with Ledger.open(elsewhere) as ledger:
        *_, stolen = ledger
    with Ledger.open(signed) as ledger:
        (entry,) = ledger.append(stolen)
    findings = verify(signed).findings
    assert [finding.position for finding in findings] == [entry.position]
    assert "is of another ledger or another place" in str(findings[0])


def test_a_secret_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    place = tmp_path / "ledger.key"
    key = SecretKey.new("example.org/ledger")
    key.write(place)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert SecretKey.read(place) == key
    assert SecretKey.new(key.name) != key
    with pytest.raises(SettingError, match="never written over"):
        key.write(place)
    place.chmod(0o640)
    with pytest.raises(ReadError, match="chmod 600"):
        SecretKey.read(place)
    public = tmp_path / "ledger.pub"
    public.write_text(str(key.public), encoding="utf-8")
    public.chmod(0o600)
    with pytest.raises(ReadError, match=r"secret key|public key"):
        SecretKey.read(public)
    with pytest.raises(ReadError, match="cannot be read as a key"):
        SecretKey.read(tmp_path / "none.key")
    for name in ("", "two words", "a+b"):
        with pytest.raises(SettingError, match="neither space nor plus"):
            SecretKey.new(name)


@pytest.mark.parametrize(
    "text",
    ["", "no note", "text\n\n\u2014 name AAAA\n", "text\n\n\u2014 name\n", "te\txt\n\n", "\n\n"],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Note.parse(text)


@pytest.mark.parametrize(
    "text",
    ["", "origin\n1\n", "origin\n01\n" + "A" * 43 + "=\n", "origin\n1\nAAAA\n", "o\n1\n\nx\n"],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Checkpoint.parse(text)


def test_tiles_have_the_widths_and_places_of_the_specification() -> None:
    """C2SP tlog-tiles: the trees of 70,000 and of 256 entries, and index 1234067."""
    tiles = list(tiles_of(70_000))
    assert len(tiles) == 273 + 1 + 1 + 1 + 1
    assert tiles[272:] == [(0, 272, 256), (0, 273, 112), (1, 0, 256), (1, 1, 17), (2, 0, 1)]
    assert list(tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles_of(0)) == []
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path("entries", 5, 17) == "tile/entries/005.p/17"


def test_others_compute_the_root_from_the_tiles_alone(path: Path, tmp_path: Path) -> None:
    note = sign_checkpoint(path, KEY)
    out = tmp_path / "tiles"
    assert write_tiles(path, out, note) == 3
    files = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
    partial = len(RECORDS) - 256
    assert files == [
        *(".sillage", "checkpoint", "tile/0/000", f"tile/0/001.p/{partial}"),
        *("tile/1/000.p/1", "tile/entries/000", f"tile/entries/001.p/{partial}"),
    ]
    point = Checkpoint.parse(Note.parse((out / "checkpoint").read_text("utf-8")).text)
    bundles = (out / "tile/entries/000").read_bytes()
    bundles += (out / f"tile/entries/001.p/{partial}").read_bytes()
    entries = [bundles[at + 2 : at + 34] for at in range(0, len(bundles), 34)]
    assert {bundles[at : at + 2] for at in range(0, len(bundles), 34)} == {b"\x00\x20"}
    assert entries == [sha256(canonical(record)).digest() for record in RECORDS]
    assert naive.root(entries) == point.root
    assert point.size == len(RECORDS)
    assert (out / "tile/1/000.p/1").read_bytes() == naive.root(entries[:256])
    leaves = b"".join(naive.root([entry]) for entry in entries)
    tile = (out / "tile/0/000").read_bytes() + (out / f"tile/0/001.p/{partial}").read_bytes()
    assert tile == leaves
    with pytest.raises(LedgerError, match="is not of it"):
        write_tiles(path, tmp_path / "more", sign(Checkpoint("a", 9999, bytes(32)).text, KEY))
