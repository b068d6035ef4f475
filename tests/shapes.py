"""Which check stands behind the shapes and types that signatures declare?

The import hook of `conftest.py` names `check` to jaxtyping. An int is taken where a float is
declared, as type checkers do (PEP 484, "The numeric tower").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from beartype import BeartypeConf, beartype

Checked = TypeVar("Checked", bound=Callable[..., Any])

_beartype = beartype(conf=BeartypeConf(is_pep484_tower=True))


def check(function: Checked) -> Checked:
    """Check each call of a function against its annotations.

    `Self` is left out: beartype knows it only when it decorates the class, and the hook decorates
    one method at a time.
    """
    kept = {
        name: note for name, note in function.__annotations__.items() if "Self" not in str(note)
    }
    function.__annotations__ = kept
    return _beartype(function)
