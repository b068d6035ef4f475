"""Remember and prove: an append-only, hash-chained file of records, and its verification."""

from sillage.ledger.chain import Head
from sillage.ledger.log import Entry, Ledger
from sillage.ledger.verify import Finding, Verification, verify

__all__ = ["Entry", "Finding", "Head", "Ledger", "Verification", "verify"]
