"""Who of the system's own operators did it: an account id, and nothing more about a person."""

from __future__ import annotations

from typing import Annotated

import msgspec

AccountId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9._-]{1,63}$")]
"""An operator's account; found only in `Case`, `Review`, `Release` and `Access`."""

PartnerId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9._-]{1,63}$")]
"""An agency or a nation that records are released to; never a person."""
