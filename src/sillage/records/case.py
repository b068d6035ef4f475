"""What became of a site that was raised: the steps, the deadlines, the end."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sillage.errors import RecordError
from sillage.records.account import AccountId
from sillage.records.base import Part, Record, RecordId, UtcTime

Stage = Literal["raised", "acknowledged", "assigned", "acted", "verified", "closed"]
"""Stages of a case, in their order."""


class Step(Part, frozen=True, kw_only=True):
    """A stage that was reached, and by which account."""

    stage: Stage
    at: UtcTime
    by: AccountId | None = None
    """None where a rule of the system did it."""
    because: str
    """The reason; never a person's name."""


class Deadline(Part, frozen=True, kw_only=True):
    """By when a stage must be reached, and which rule says so."""

    stage: Stage
    due: UtcTime
    rule: str


class Case(Record, frozen=True, kw_only=True):
    """One state of a case; `previous` leads to the state before it."""

    code: Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]+(-[A-Z0-9]+)*$")]
    """What people call it, the same through all its states: `C-2026-0042`."""
    previous: RecordId | None = None
    site: RecordId
    consequence: Literal["low", "moderate", "high", "extreme"]
    """If it is real and nobody answers."""
    assigned_to: AccountId | None = None
    steps: Annotated[tuple[Step, ...], msgspec.Meta(min_length=1)]
    """Oldest first; a case may go back to an earlier stage."""
    deadlines: tuple[Deadline, ...] = ()
    outcome: Literal["confirmed", "lawful", "false alarm", "gone", "no answer"] | None = None
    """None until it is closed."""

    def __post_init__(self) -> None:
        """Refuse steps that run backwards, and an end without an outcome."""
        super().__post_init__()
        times = [step.at for step in self.steps]
        if times != sorted(times):
            raise RecordError("Case.steps: the times run backwards; give the oldest step first")
        if (self.steps[-1].stage == "closed") != (self.outcome is not None):
            raise RecordError(
                f"Case.outcome: {self.outcome!r} at the stage '{self.steps[-1].stage}'; "
                "a closed case has an outcome, an open one has none"
            )
