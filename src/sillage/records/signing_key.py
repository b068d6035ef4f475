"""Which key signs the ledger from here on, and who says so."""

from __future__ import annotations

from typing import Annotated

import msgspec

from sillage.records.base import Record


class SigningKey(Record, frozen=True, kw_only=True):
    """From this entry on, the ledger is signed with this key."""

    key: Annotated[str, msgspec.Meta(pattern=r"^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$")]
    """Public key of C2SP signed-note, `name+hash+base64`; the name is the ledger's origin."""
    note: str
    """Signed note that names the ledger's origin, size and root before this entry, and the key;
    signed by the key and, where there was one before, by that one too."""
