"""How does each entry vouch for all entries before it.

    chain(i) = SHA-256(tag || chain(i - 1) || i as 8 bytes, big-endian || SHA-256(bytes(i)))

with 32 zero bytes before the first entry. See docs/decisions/0004-ledger.md.
"""

from __future__ import annotations

import hashlib
import re

import msgspec

from sillage.errors import InputError

TAG = b"sillage ledger entry 1\x00"
"""Keeps these hashes apart from every other use of SHA-256."""

GENESIS = bytes(32)
"""What the first entry follows."""


class Head(msgspec.Struct, frozen=True):
    """How many entries there are, and the chain hash of the last: `12:3fa2...`.

    Whoever keeps a head elsewhere can prove later that nothing up to it was cut off.
    """

    count: int
    chain: str

    def __str__(self) -> str:
        return f"{self.count}:{self.chain}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read a head as it is printed.

        Raises
        ------
        InputError
            The text is not a count, a colon and 64 hexadecimal digits.
        """
        if not re.fullmatch(r"[0-9]{1,15}:[0-9a-f]{64}", text):
            raise InputError(f"'{text}' is no ledger head; give it as printed, '12:3fa2...'")
        count, chain = text.split(":")
        return cls(int(count), chain)


def link(previous: bytes, position: int, content_sha256: bytes) -> bytes:
    """Chain hash of the entry at `position` that follows `previous`."""
    return hashlib.sha256(TAG + previous + position.to_bytes(8, "big") + content_sha256).digest()
