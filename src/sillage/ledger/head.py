"""What stands for a whole ledger: how many entries it has, and one hash over all of them."""

from __future__ import annotations

import re

import msgspec

from sillage.errors import InputError


class Head(msgspec.Struct, frozen=True):
    """How many entries there are, and the Merkle root over them: `12:3fa2...`.

    Whoever keeps a head elsewhere can prove later that nothing up to it was changed or cut off.
    Of a ledger of layout 1 the hash is the chain hash of the last entry.
    """

    count: int
    root: str

    def __str__(self) -> str:
        return f"{self.count}:{self.root}"

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
        count, root = text.split(":")
        return cls(int(count), root)
