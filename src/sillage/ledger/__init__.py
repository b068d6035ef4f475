"""Remember and prove: an append-only Merkle log of records in one file, and its verification."""

from sillage.ledger.copies import backup, migrate
from sillage.ledger.findings import Finding, Verification
from sillage.ledger.group import Receipt, Recorder
from sillage.ledger.head import Head
from sillage.ledger.log import Ledger
from sillage.ledger.notes import Note, PublicKey, SecretKey
from sillage.ledger.proofs import Proof, Proved, check_proof, prove
from sillage.ledger.signing import rotate, sign_checkpoint
from sillage.ledger.tiles import write_tiles
from sillage.ledger.verify import verify
from sillage.ledger.writing import Entry

__all__ = [
    "Entry",
    "Finding",
    "Head",
    "Ledger",
    "Note",
    "Proof",
    "Proved",
    "PublicKey",
    "Receipt",
    "Recorder",
    "SecretKey",
    "Verification",
    "backup",
    "check_proof",
    "migrate",
    "prove",
    "rotate",
    "sign_checkpoint",
    "verify",
    "write_tiles",
]
