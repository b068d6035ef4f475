"""Does the posterior answer the question: located, ambiguous, or cannot tell, and why.

The thresholds say what a person can act on; they are the same for every survey.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Word = Literal["located", "ambiguous", "cannot tell"]

_SURE = 0.95  # probability of a source below which none is claimed
_EXPLAINED = 0.25  # share of what is not background that the plume must explain
_FOUND = 0.10  # share of the search area that a located source may be in
_SOMEWHERE = 0.50  # beyond this share the position is as good as unknown
_AT_EDGE = 0.30  # probability near the edge of the area that hints at a source outside
_FEW_DRAWS = 50.0


class Grounds(NamedTuple):
    """What the verdict rests on."""

    probability_of_source: float
    explained: float
    """Share of the readings' excess over the background that the plume explains."""
    share_of_area: float
    """90 % region against search area."""
    pieces: int
    """Separate pieces of the 90 % region."""
    at_edge: float
    """Probability of lying within half a standard deviation of the search area's edge."""
    effective_sample_size: float
    share_used: float
    """Readings that could be used."""


class Verdict(NamedTuple):
    """The word, and the sentence for the person who acts on it."""

    word: Word
    reason: str


def judge(grounds: Grounds) -> Verdict:
    """Say what the posterior is worth."""
    g = grounds
    used = "" if g.share_used > 0.5 else f" Only {g.share_used:.0%} of the readings could be used."
    if g.probability_of_source < _SURE:
        return Verdict(
            "cannot tell",
            "The readings are explained about as well without any source "
            f"(probability of one: {g.probability_of_source:.0%}).{used}",
        )
    if g.explained < _EXPLAINED:
        return Verdict(
            "cannot tell",
            f"A steady plume explains only {g.explained:.0%} of what rises above the background: "
            f"drift, another gas or another source is as likely.{used}",
        )
    if g.share_of_area > _SOMEWHERE:
        return Verdict(
            "cannot tell",
            f"There is gas, but the 90 % region covers {g.share_of_area:.0%} of the search area; "
            f"readings across the wind, or from another side, would narrow it.{used}",
        )
    doubts = []
    if g.share_of_area > _FOUND:
        doubts.append(f"the 90 % region covers {g.share_of_area:.0%} of the search area")
    if g.pieces > 1:
        doubts.append(f"it lies in {g.pieces} separate places")
    if g.at_edge > _AT_EDGE:
        doubts.append("it presses against the edge of the search area, so look beyond it")
    if g.effective_sample_size < _FEW_DRAWS:
        doubts.append(f"the sampler gave only {g.effective_sample_size:.0f} independent draws")
    if doubts:
        return Verdict("ambiguous", f"There is a source, but {'; '.join(doubts)}.{used}")
    return Verdict(
        "located",
        f"One source explains {g.explained:.0%} of what rises above the background, and the 90 % "
        f"region is {g.share_of_area:.1%} of the search area.{used}",
    )
