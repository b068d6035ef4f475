"""Was anything in a ledger changed, taken out, put in, cut off or reordered; and what.

Nothing in the file is believed: every record is read back and hashed, and the tree (or, of layout
1, the chain) is made again. What is found names the entry, its type and its id.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sillage.errors import InputError
from sillage.ledger.audit import Audit
from sillage.ledger.audit_chain import ChainAudit
from sillage.ledger.audit_tree import TreeAudit
from sillage.ledger.chain import GENESIS
from sillage.ledger.checkpoints import Checkpoint, refusal
from sillage.ledger.findings import Finding, Verification
from sillage.ledger.head import Head
from sillage.ledger.notes import Note, PublicKey
from sillage.ledger.store import connect, trouble, version_of

AUDITS: dict[int, type[Audit]] = {1: ChainAudit, 2: TreeAudit}
"""How each layout is verified."""


def verify(
    path: Path | str,
    *,
    expected_head: Head | None = None,
    checkpoint: Note | None = None,
    key: PublicKey | None = None,
) -> Verification:
    """Read all of a ledger and find every change.

    Parameters
    ----------
    path
        Ledger file; it may be open in a writer, and is never written to.
    expected_head
        A head kept elsewhere. Without one, entries cut off the end cannot be missed.
    checkpoint
        A signed one kept elsewhere, which says the same and by whom.
    key
        Whose signature it is to be: the key in force then, or one that came before it.

    Raises
    ------
    ReadError
        There is no such file.
    InputError
        The checkpoint is none, or comes without a key.
    """
    signed = None
    if checkpoint is not None:
        signed = Checkpoint.parse(checkpoint.text)
        if key is None:
            raise InputError("a checkpoint is checked with the key of its signer; give its key")
    with closing(connect(Path(path), writable=False)) as connection:
        if problem := trouble(connection):
            return Verification(
                path=str(path),
                layout=0,
                entries=0,
                contents=0,
                head=Head(0, GENESIS.hex()),
                findings=(Finding(problem=problem),),
            )
        version = version_of(connection)
        expected = [head for head in (expected_head, signed.head if signed else None) if head]
        audit = AUDITS[version](connection, (head.count for head in expected))
        connection.execute("BEGIN")  # one state, though a writer goes on
        audit.run()
        for head in expected:
            audit.compare(head)
        if checkpoint is not None and signed is not None and key is not None:
            _check_signer(audit, checkpoint, signed, key)
    return Verification(
        path=str(path),
        layout=version,
        entries=audit.entry_count,
        contents=len(audit.kept),
        head=audit.head,
        keys=tuple(audit.periods),
        findings=tuple(audit.findings),
    )


def _check_signer(audit: Audit, note: Note, signed: Checkpoint, key: PublicKey) -> None:
    if signed.origin != key.name:
        audit.note(f"the checkpoint is of '{signed.origin}', the key of '{key.name}'")
    if problem := refusal(note, signed.size, audit.periods, key):
        audit.note(f"the checkpoint: {problem}")
