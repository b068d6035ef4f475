"""Does one sensor claim that something is there, and which substance may it be."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sillage.errors import RecordError
from sillage.records.base import Part, Record
from sillage.records.place import Area, Place
from sillage.records.provenance import Masked
from sillage.records.quantity import NonNegative, Probability, Quantity

NOT_IN_LIBRARY = "not in library"
"""The candidate that stands for every substance the gas library does not hold."""


class Candidate(Part, frozen=True, kw_only=True):
    """Substances that together would explain what was seen, and how probable that is."""

    substances: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    """Names in the gas library, several for a mixture; or only `not in library`."""
    probability: Probability


class Evidence(Part, frozen=True, kw_only=True):
    """One test that the claim was put to."""

    test: str
    score: float
    unit: str
    explanation: str
    """What the score says, for the person who reviews the claim."""


class Detection(Record, frozen=True, kw_only=True):
    """One sensor's claim; the probability and the false-alarm rate are calibrated."""

    platform: str
    instrument: str
    place: Place
    """The point, or the strongest pixel of the outline."""
    position_std_m: NonNegative
    """Root of the summed variances of east and north."""
    outline: tuple[Area, ...] = ()
    """Outer rings of the plume; empty for a point."""
    candidates: Annotated[tuple[Candidate, ...], msgspec.Meta(min_length=1)]
    """The most probable first; their probabilities add up to 1."""
    probability: Probability
    """That something is there at all."""
    false_alarms: NonNegative
    """False claims at least as strong that were to be expected in `looked_at`."""
    looked_at: Literal["scene", "frame", "hour", "km2"]
    strength: float
    """Peak of the detection statistic in its own one-sigma."""
    evidence: tuple[Evidence, ...] = ()
    mass: Quantity | None = None
    """kg of the gas in the plume."""
    rate: Quantity | None = None
    """kg/h; None without a wind."""
    method: str
    settings: dict[str, float | int | str]
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse candidates whose probabilities do not add up."""
        super().__post_init__()
        total = sum(candidate.probability for candidate in self.candidates)
        if abs(total - 1.0) > 1e-6:
            raise RecordError(
                f"Detection.candidates: probabilities add up to {total:.6g}; "
                f"give what is left to '{NOT_IN_LIBRARY}'"
            )
