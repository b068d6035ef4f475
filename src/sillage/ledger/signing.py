"""Who signs a ledger: a checkpoint of what was verified, and a new key in place of the old."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sillage.errors import LedgerError, SettingError
from sillage.ledger.checkpoints import Checkpoint, Period, change_note
from sillage.ledger.findings import Verification
from sillage.ledger.layouts import VERSION
from sillage.ledger.log import Ledger
from sillage.ledger.notes import Note, SecretKey, sign
from sillage.ledger.verify import verify
from sillage.ledger.writing import Entry
from sillage.records.base import Interval
from sillage.records.signing_key import SigningKey


def sign_checkpoint(path: Path | str, key: SecretKey) -> Note:
    """Verify a ledger, and sign what it is now.

    Raises
    ------
    LedgerError
        It is not whole, or of an older layout: nobody signs that.
    SettingError
        The ledger names another key as the one in force.
    """
    verified = verified_whole(path)
    if verified.keys and verified.keys[-1].key != key.public:
        raise SettingError(_not_in_force(path, key, verified.keys[-1]))
    return sign(Checkpoint.of(key.name, verified.head).text, key)


def rotate(path: Path | str, new: SecretKey, old: SecretKey | None = None) -> Entry:
    """Let a ledger be signed with a new key from here on, on the old key's word.

    Parameters
    ----------
    path
        The ledger; nobody else writes it meanwhile.
    new
        The key that is to sign. Its name is the ledger's origin.
    old
        The key in force; none where the ledger names none yet.

    Raises
    ------
    LedgerError
        The ledger is not whole, of an older layout, or open in another writer.
    SettingError
        The old key is not the one in force, or the new one has another name.
    """
    with Ledger.open(path) as ledger:
        verified = verified_whole(path)
        if verified.keys and (old is None or verified.keys[-1].key != old.public):
            raise SettingError(_not_in_force(path, old, verified.keys[-1]))
        if not verified.keys and old is not None:
            raise SettingError(f"{path}: names no key yet; introduce one without an old key")
        if any(one.key == new.public for one in verified.keys):
            raise SettingError(f"{path}: was signed with this key before; make a new one")
        note = change_note(verified.head, new, old)
        now = datetime.now(UTC)
        record = SigningKey(
            observed_at=Interval(start=now, end=now), key=str(new.public), note=str(note)
        )
        (entry,) = ledger.append(record)
    return entry


def verified_whole(path: Path | str) -> Verification:
    """A verification that found nothing, of a ledger that has a tree.

    Raises
    ------
    LedgerError
        Something was found, or the ledger is of an older layout.
    """
    verified = verify(path)
    if not verified.whole:
        raise LedgerError(
            f"{path}: {verified.findings[0]}; run 'sillage verify' on it for all that is wrong"
        )
    if verified.layout < VERSION:
        raise LedgerError(
            f"{path}: has layout {verified.layout}, a chain without proofs; "
            "'sillage ledger migrate' writes it anew"
        )
    return verified


def _not_in_force(path: Path | str, key: SecretKey | None, period: Period) -> str:
    given = "none was given" if key is None else f"{key.public.id.hex()} was given"
    return f"{path}: the key in force is {period.key.id.hex()} of {period.key.name}; {given}"
