"""Where on the paper does a moment stand, when long pauses are folded away?

Surveys come in stretches with hours or days between them. A timeline gives each stretch its
share of the width and folds the pauses between them into a narrow gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

SECOND = 1_000_000_000
STEPS_S = (
    *(1, 2, 5, 10, 15, 30),
    *(60 * m for m in (1, 2, 5, 10, 15, 30)),
    *(3600 * h for h in (1, 2, 3, 6, 12)),
    *(86_400 * d for d in (1, 2, 5, 10, 30, 90, 365)),
)
GAP = 12.0
"""Width of a folded pause."""
ROOM = 46.0
"""Least width between two labels."""
MOST_STRETCHES = 6


@dataclass(frozen=True)
class Stretch:
    """A stretch of time and where it lies on the paper."""

    first_ns: int
    last_ns: int
    start: float
    end: float


@dataclass(frozen=True)
class TimeTick:
    """A labelled moment; `date` is written below the first tick of each day."""

    x: float
    label: str
    date: str


@dataclass(frozen=True)
class Timeline:
    """A time axis with its pauses folded away."""

    stretches: tuple[Stretch, ...]

    def __call__(self, time_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Units on the paper; a moment inside a pause lands in its gap, one outside is NaN."""
        knots: list[int] = []
        paper: list[float] = []
        for stretch in self.stretches:
            knots += [stretch.first_ns, stretch.last_ns]
            paper += [stretch.start, stretch.end]
        base = knots[0]
        x = np.interp(
            (np.asarray(time_ns) - base).astype(np.float64),
            [float(knot - base) for knot in knots],
            paper,
            left=np.nan,
            right=np.nan,
        )
        return np.asarray(x)

    def ticks(self) -> list[TimeTick]:
        """Round UTC times with room between their labels."""
        moments = [(ns, seconds) for piece in self.stretches for ns, seconds in _rounds(piece)]
        ticks: list[TimeTick] = []
        day, right = "", -np.inf
        for ns, fine in moments:
            x = float(self(np.array([ns]))[0])
            if x - right < ROOM:
                continue
            when = datetime.fromtimestamp(ns / SECOND, UTC)
            date = f"{when.day} {when:%b %Y}"
            label = f"{when:%H:%M:%S}" if fine else f"{when:%H:%M}"
            ticks.append(TimeTick(x, label, date if date != day else ""))
            day, right = date, x
        return ticks

    def breaks(self) -> list[float]:
        """Middle of each folded pause."""
        pairs = zip(self.stretches, self.stretches[1:], strict=False)
        return [(left.end + right.start) / 2.0 for left, right in pairs]


def timeline(time_ns: NDArray[np.int64], start: float, end: float) -> Timeline:
    """The timeline of some moments, in any order, between two units on the paper.

    A pause is folded when it is longer than a sixth of all the time that was observed and ten
    times the usual spacing; at most six stretches are kept apart.
    """
    moments = np.unique(np.asarray(time_ns, dtype=np.int64))
    if moments.size < 2:
        only = int(moments[0]) if moments.size else 0
        return Timeline((Stretch(only - 30 * SECOND, only + 30 * SECOND, start, end),))
    spacing = np.diff(moments)
    usual = float(np.median(spacing))
    busy = float(spacing[spacing <= 10 * usual].sum())
    long = np.flatnonzero(spacing > max(10 * usual, busy / 6.0))
    long = np.sort(long[np.argsort(spacing[long])[::-1][: MOST_STRETCHES - 1]])
    firsts = [int(moments[0]), *(int(moments[i + 1]) for i in long)]
    lasts = [*(int(moments[i]) for i in long), int(moments[-1])]
    lengths = [max(last - first, usual) for first, last in zip(firsts, lasts, strict=True)]
    room = end - start - GAP * len(long)
    pieces: list[Stretch] = []
    x = start
    for first, last, length in zip(firsts, lasts, lengths, strict=True):
        width = room * float(length) / float(sum(lengths))
        pieces.append(Stretch(first, max(last, first + 1), x, x + width))
        x += width + GAP
    return Timeline(tuple(pieces))


def _rounds(stretch: Stretch) -> list[tuple[int, bool]]:
    """Round moments of a stretch, and whether their seconds matter; its start if there is none."""
    seconds = (stretch.last_ns - stretch.first_ns) / SECOND
    most = max((stretch.end - stretch.start) / ROOM / 1.5, 0.7)
    step = next((step for step in STEPS_S if seconds / step <= most), STEPS_S[-1])
    first = -(-stretch.first_ns // (step * SECOND))
    last = stretch.last_ns // (step * SECOND)
    rounds = [(index * step * SECOND, step < 60) for index in range(first, last + 1)]
    return rounds or [(stretch.first_ns, False)]
