"""What does a signer say about a ledger: its name, how many entries it has, and their root.

Reference: C2SP tlog-checkpoint. The same three lines, with the next key, are what `SigningKey`
records hold: the old key's word for the new one.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import NamedTuple, Self

from sillage.errors import InputError, SettingError
from sillage.ledger.head import Head
from sillage.ledger.notes import Note, PublicKey, SecretKey, sign, unb64
from sillage.records.signing_key import SigningKey

UNSIGNED = "unsigned.sillage"
"""Origin of a checkpoint that nobody signs; whoever checks it compares the head."""

CHANGE = "sillage signing key"
"""First line of the note by which a key enters a ledger; no checkpoint begins like it."""


class Checkpoint(NamedTuple):
    """A ledger at one size."""

    origin: str
    size: int
    root: bytes

    @property
    def head(self) -> Head:
        """The same without the name."""
        return Head(self.size, self.root.hex())

    @property
    def text(self) -> str:
        """Body of the note."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the body of a note; lines after the third are another's extensions.

        Raises
        ------
        InputError
            It is no checkpoint.
        """
        lines = text.split("\n")
        if len(lines) < 4 or not all(lines[:-1]) or lines[-1] or not _is_count(lines[1]):
            raise InputError("this is no checkpoint: origin, size and root, a line each")
        return cls(lines[0], int(lines[1]), unb64(lines[2], 32, "root"))

    @classmethod
    def of(cls, origin: str, head: Head) -> Self:
        """The checkpoint of a head."""
        return cls(origin, head.count, bytes.fromhex(head.root))


class Period(NamedTuple):
    """A signing key, and the position of the entry that brought it."""

    key: PublicKey
    since: int


def change_text(before: Checkpoint, key: PublicKey) -> str:
    """What is signed when a key enters a ledger."""
    return f"{CHANGE}\n{before.text}{key}\n"


def change_note(before: Head, new: SecretKey, old: SecretKey | None) -> Note:
    """The note by which a key enters a ledger that has this head.

    Raises
    ------
    SettingError
        The new key has another name than the old: the name is the ledger's origin.
    """
    if old is not None and old.name != new.name:
        raise SettingError(
            f"the new key is of '{new.name}', the ledger is signed as '{old.name}'; make a new key "
            "of that name"
        )
    text = change_text(Checkpoint.of(new.name, before), new.public)
    return sign(text, *([old] if old else []), new)


def key_of(record: SigningKey, before: Head, periods: Sequence[Period]) -> PublicKey:
    """The key that a record brings, once all that it rests on was checked.

    Parameters
    ----------
    record
        The record.
    before
        Head of the ledger before it.
    periods
        Keys that came earlier.

    Raises
    ------
    InputError
        The note is of another ledger or place, or not signed by the key before it and by its own.
    """
    key = PublicKey.parse(record.key)
    note = Note.parse(record.note)
    if note.text != change_text(Checkpoint.of(key.name, before), key):
        raise InputError("the note of its key is of another ledger or another place in it")
    if not note.signed_by(key):
        raise InputError("its key did not sign the note")
    if periods and not note.signed_by(periods[-1].key):
        raise InputError("the key before it did not sign the note")
    if periods and periods[-1].key.name != key.name:
        raise InputError("its key has another name than the one before it")
    return key


def key_in_force(periods: Sequence[Period], size: int) -> int | None:
    """Which of some keys signs a ledger of that size; the first signs what was before it too."""
    if not periods:
        return None
    return max((i for i, one in enumerate(periods) if one.since < size), default=0)


def refusal(note: Note, size: int, periods: Sequence[Period], trusted: PublicKey) -> str | None:
    """Why the signature of a note on a ledger of that size counts for nothing; None where it does.

    Parameters
    ----------
    note
        A checkpoint.
    size
        Number of entries it is about.
    periods
        Keys that the ledger itself names, each vouched for by the one before.
    trusted
        A key that whoever asks knows by another way: the one in force then, or an earlier one.
    """
    number = key_in_force(periods, size)
    if number is None:
        return None if note.signed_by(trusted) else f"it is not signed by {trusted.name}"
    known = [one.key for one in periods]
    if trusted not in known:
        return f"the key {trusted.id.hex()} of {trusted.name} is none of this ledger's"
    if known.index(trusted) > number:
        return f"at {size} entries the key {known[number].id.hex()} was in force; give that one"
    if not note.signed_by(known[number]):
        return f"it is not signed by the key in force then, {known[number].id.hex()}"
    return None


def _is_count(text: str) -> bool:
    return re.fullmatch(r"0|[1-9][0-9]{0,14}", text) is not None
