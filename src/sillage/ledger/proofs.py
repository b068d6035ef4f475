"""How is one record proved to somebody who does not have the ledger.

A proof is one text file: the record, the hashes that lead from it to a root, and the checkpoint
that somebody signed over that root.

Reference: C2SP tlog-proof; its extra data are the record's bytes.
"""

from __future__ import annotations

import base64
import binascii
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from sillage.errors import InputError, LedgerError, RecordError, SettingError
from sillage.ledger.checkpoints import UNSIGNED, Checkpoint
from sillage.ledger.head import Head
from sillage.ledger.layouts import VERSION
from sillage.ledger.merkle import includes, inclusion_proof, root_of
from sillage.ledger.names import Names
from sillage.ledger.nodes import StoredNodes
from sillage.ledger.notes import Note, PublicKey, unb64
from sillage.ledger.reading import Said, said_by
from sillage.ledger.sealed import leaf_of
from sillage.ledger.store import connect, trouble, version_of
from sillage.ledger.writing import size_of

FIRST_LINE = "c2sp.org/tlog-proof@v1"


class Proof(NamedTuple):
    """A record, where it stands, and what leads from it to a checkpoint."""

    content: bytes
    """Canonical bytes of the record."""
    position: int
    path: tuple[bytes, ...]
    note: Note
    """The checkpoint, signed or not."""

    def __str__(self) -> str:
        path = "".join(f"{base64.b64encode(one).decode()}\n" for one in self.path)
        extra = base64.b64encode(self.content).decode()
        return f"{FIRST_LINE}\nextra {extra}\nindex {self.position}\n{path}\n{self.note}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a proof.

        Raises
        ------
        InputError
            It is none, or comes without its record.
        """
        above, _, note = text.partition("\n\n")
        first, *lines = above.split("\n")
        if first != FIRST_LINE or len(lines) < 2:
            raise InputError(f"this is no proof: its first line is not '{FIRST_LINE}'")
        extra, index, *path = lines
        if not extra.startswith("extra ") or not index.startswith("index "):
            raise InputError("this proof comes without its record, or without its place")
        number = index.removeprefix("index ")
        if not number.isascii() or not number.isdigit() or str(int(number)) != number:
            raise InputError(f"{number[:20]!r} is no place in a ledger")
        try:
            content = base64.b64decode(extra.removeprefix("extra "), validate=True)
        except binascii.Error:
            raise InputError("the record of this proof is no base64") from None
        hashes = tuple(unb64(one, 32, "hash") for one in path)
        return cls(content, int(number), hashes, Note.parse(note))


class Proved(msgspec.Struct, frozen=True, kw_only=True):
    """What a proof shows, and what is wrong with it."""

    id: str
    type: str
    index: int
    head: Head
    signer: str | None
    """Key that signed the checkpoint, of those that were asked for."""
    findings: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def prove(path: Path | str, record_id: str, note: Note | None = None) -> Proof:
    """Prove one record of a ledger.

    Parameters
    ----------
    path
        The ledger; a writer may have it open.
    record_id
        Whole id of the record.
    note
        Signed checkpoint of this ledger to prove it under; without one, an unsigned one of now.

    Raises
    ------
    LedgerError
        There is no such record, the checkpoint is not of this ledger or of before the record, or
        the ledger is of an older layout or damaged.
    """
    path = Path(path)
    with closing(connect(path, writable=False)) as connection:
        if problem := trouble(connection):
            raise LedgerError(f"{path}: {problem}")
        if (version := version_of(connection)) < VERSION:
            raise LedgerError(
                f"{path}: has layout {version}, a chain without proofs; "
                "'sillage ledger migrate' writes it anew"
            )
        connection.execute("BEGIN")
        nodes = StoredNodes(connection)
        index, content = _entry(path, connection, record_id)
        if note is None:
            size = size_of(connection)
            point = Checkpoint(UNSIGNED, size, root_of(nodes, size))
            note = Note(point.text)
        else:
            point = Checkpoint.parse(note.text)
            _check_point(path, point, nodes, size_of(connection), index)
        proof = Proof(content, index, inclusion_proof(nodes, index, point.size), note)
    if not _leads(proof, point):
        raise LedgerError(f"{path}: its hashes do not fit the record; run 'sillage verify' on it")
    return proof


def check_proof(
    proof: Proof, *, expected_head: Head | None = None, key: PublicKey | None = None
) -> Proved:
    """Check a proof, with nothing but what was kept elsewhere.

    Parameters
    ----------
    proof
        As it was handed over.
    expected_head
        Head of the ledger, known by another way; the proof is to be under this very one.
    key
        Key of the signer, known by another way.

    Raises
    ------
    InputError
        Its checkpoint is none.
    """
    point = Checkpoint.parse(proof.note.text)
    findings = []
    try:
        said = said_by(proof.content)
    except RecordError as error:
        findings.append(f"the record cannot be read: {error}")
        said = Said("", "", (), (), None)
    if not _leads(proof, point):
        findings.append("the hashes do not lead from this record to the checkpoint")
    if expected_head is not None and point.head != expected_head:
        findings.append(f"it is under the head {point.head}, expected {expected_head}")
    signed = key is not None and proof.note.signed_by(key)
    if key is not None and not signed:
        findings.append(f"the checkpoint is not signed by {key.name}, key {key.id.hex()}")
    if key is not None and point.origin != key.name:
        findings.append(f"the checkpoint is of '{point.origin}', the key of '{key.name}'")
    return Proved(
        id=said.id,
        type=said.type,
        index=proof.position,
        head=point.head,
        signer=str(key) if signed else None,
        findings=tuple(findings),
    )


def _entry(path: Path, connection: sqlite3.Connection, record_id: str) -> tuple[int, bytes]:
    try:
        name = bytes.fromhex(record_id)
    except ValueError:
        raise SettingError(f"'{record_id}' is no id of a record; give all 64 digits") from None
    position = Names(connection).find((name,)).get(name)
    if position is None:
        raise LedgerError(f"{path}: no record {record_id[:12]!r} here; give a whole id")
    query = "SELECT bytes FROM entries WHERE position = ?"
    ((content,),) = connection.execute(query, (position,))
    return position, content


def _check_point(path: Path, point: Checkpoint, nodes: StoredNodes, size: int, index: int) -> None:
    if point.size > size or root_of(nodes, point.size) != point.root:
        raise LedgerError(f"{path}: the checkpoint of {point.size} entries is not of this ledger")
    if index >= point.size:
        raise LedgerError(
            f"{path}: the record is entry {index}, the checkpoint of {point.size} entries does not "
            "reach it; sign a newer one"
        )


def _leads(proof: Proof, point: Checkpoint) -> bool:
    return includes(
        point.root, point.size, leaf=leaf_of(proof.content), index=proof.position, proof=proof.path
    )
