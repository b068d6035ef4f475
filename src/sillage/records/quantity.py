"""How much, and how sure: a number that carries its spread."""

from __future__ import annotations

from typing import Annotated

import msgspec

from sillage.records.base import Part

Probability = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
"""From 0 to 1, both included."""

NonNegative = Annotated[float, msgspec.Meta(ge=0.0)]
"""Zero or more, in the unit that the field's name ends with."""


class Quantity(Part, frozen=True, kw_only=True):
    """A number with its spread; `low` and `high` bound the central `level` of the posterior."""

    mean: float
    median: float
    std: float
    low: float
    high: float
    level: float = 0.9
    unit: str
