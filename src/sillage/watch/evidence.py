"""What can be asked of a ledger from the shell: is it whole, prove one record, sign, copy.

The console calls these and nothing below. Keys and checkpoints come as paths of files, a public key
as a file or as its text.
"""

from __future__ import annotations

from pathlib import Path

from sillage.atomic import whole_file
from sillage.errors import InputError, ReadError, SettingError
from sillage.ledger import (
    Entry,
    Head,
    Note,
    Proof,
    Proved,
    PublicKey,
    SecretKey,
    Verification,
    backup,
    check_proof,
    migrate,
    prove,
    rotate,
    sign_checkpoint,
    verify,
    write_tiles,
)

__all__ = [
    "Proved",
    "Verification",
    "backup",
    "check",
    "check_file",
    "checkpoint",
    "migrate",
    "new_key",
    "proof",
    "replace_key",
    "tiles",
]


def check(
    ledger: Path,
    expected_head: str | None = None,
    checkpoint_file: Path | None = None,
    key: str | None = None,
) -> Verification:
    """Verify a ledger, against a head or a signed checkpoint kept elsewhere if there is one."""
    if (key is None) != (checkpoint_file is None):
        raise SettingError("a checkpoint is checked with its signer's key: give both or none")
    return verify(
        ledger,
        expected_head=Head.parse(expected_head) if expected_head else None,
        checkpoint=_note(checkpoint_file) if checkpoint_file else None,
        key=_public(key) if key else None,
    )


def check_file(proof_file: Path, expected_head: str | None, key: str | None) -> Proved:
    """Check the proof of one record, without its ledger."""
    try:
        found = Proof.parse(_text(proof_file))
        return check_proof(
            found,
            expected_head=Head.parse(expected_head) if expected_head else None,
            key=_public(key) if key else None,
        )
    except ReadError:
        raise
    except InputError as error:
        raise InputError(f"{proof_file}: {error}") from error


def new_key(name: str, out: Path) -> str:
    """Draw a signing key into a file for its owner alone; gives the public key."""
    key = SecretKey.new(name)
    key.write(out)
    return str(key.public)


def replace_key(ledger: Path, new: Path, old: Path | None) -> Entry:
    """Let a ledger be signed with a new key, on the word of the old one."""
    return rotate(ledger, SecretKey.read(new), SecretKey.read(old) if old else None)


def checkpoint(ledger: Path, key: Path, out: Path | None) -> str:
    """Verify a ledger and sign what it is; gives the checkpoint, and writes it if asked."""
    text = str(sign_checkpoint(ledger, SecretKey.read(key)))
    _write(text, out)
    return text


def proof(
    ledger: Path, record_id: str, checkpoint_file: Path | None, key: Path | None, out: Path | None
) -> str:
    """Prove a record; gives the proof, and writes it if asked."""
    if key is not None and checkpoint_file is not None:
        raise SettingError("a proof is under one checkpoint: give its file, or a key to sign one")
    note = _note(checkpoint_file) if checkpoint_file else None
    if key is not None:
        note = sign_checkpoint(ledger, SecretKey.read(key))
    text = str(prove(ledger, record_id, note))
    _write(text, out)
    return text


def tiles(ledger: Path, key: Path, out: Path) -> int:
    """Write the tree of a ledger as tiles under a checkpoint that is signed now; gives how many."""
    return write_tiles(ledger, out, sign_checkpoint(ledger, SecretKey.read(key)))


def _write(text: str, out: Path | None) -> None:
    if out is not None:
        with whole_file(out) as half_done:
            half_done.write_text(text, encoding="utf-8")


def _note(path: Path) -> Note:
    try:
        return Note.parse(_text(path))
    except ReadError:
        raise
    except InputError as error:
        raise ReadError(str(path), f"{error}") from error


def _public(key: str) -> PublicKey:
    """A public key, from its text or from the file that holds it."""
    if "+" in key and not Path(key).exists():
        return PublicKey.parse(key)
    return PublicKey.parse(_text(Path(key)))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise ReadError(str(path), "this is no text") from None
    except OSError as error:
        raise ReadError(str(path), f"cannot be read: {error.strerror}") from error
