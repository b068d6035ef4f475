"""How did each entry of a ledger of layout 1 vouch for all entries before it.

    chain(i) = SHA-256(tag || chain(i - 1) || i as 8 bytes, big-endian || SHA-256(bytes(i)))

with 32 zero bytes before the first entry. See docs/decisions/0004-ledger.md. Ledgers of layout 1
are still read, verified and migrated; heads taken from them still prove their successors.
"""

from __future__ import annotations

import hashlib

TAG = b"sillage ledger entry 1\x00"
"""Keeps these hashes apart from every other use of SHA-256."""

GENESIS = bytes(32)
"""What the first entry follows."""


def link(previous: bytes, position: int, content_sha256: bytes) -> bytes:
    """Chain hash of the entry at `position` that follows `previous`."""
    return hashlib.sha256(TAG + previous + position.to_bytes(8, "big") + content_sha256).digest()
