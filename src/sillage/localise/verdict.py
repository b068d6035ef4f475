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
_AT_EDGE = 0.20  # probability near the edge: a bell whose middle lies on the edge has 0.24 there
_AT_LIMIT = 0.30  # probability of a rate near the largest that was considered
_FOLLOWS_FLIGHT = 0.20  # share of the readings' variance; chance gives 0.04 at fifty turns
_FEW_TURNS = 8  # with fewer, course and place cannot be told apart
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
    edge: str
    """Which edge that is, such as `north-eastern`; empty where no draw lies near one."""
    at_rate_limit: float
    """Probability of a rate above half of the largest that was considered."""
    course_share: float
    """Share of a moving sensor's variance that its direction of flight explains."""
    plume_share: float
    """Share of all readings' variance that the plume explains."""
    turns: int
    """Quarter turns that moving sensors flew."""
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
    share = f" Only {_percent(g.share_used)} of the readings could be used."
    used = "" if g.share_used > 0.5 else share
    if (silence := _nothing_to_say(g)) is not None:
        return Verdict("cannot tell", silence + used)
    doubts = []
    if g.share_of_area > _FOUND:
        doubts.append(f"the 90 % region covers {_percent(g.share_of_area)} of the search area")
    if g.pieces > 1:
        doubts.append(f"it lies in {g.pieces} separate places")
    if g.at_edge > _AT_EDGE:
        doubts.append(f"it presses against the {g.edge} edge of the search area, so look beyond it")
    if g.effective_sample_size < _FEW_DRAWS:
        doubts.append(f"the sampler gave only {g.effective_sample_size:.0f} independent draws")
    if doubts:
        return Verdict("ambiguous", f"There is a source, but {'; '.join(doubts)}.{used}")
    return Verdict(
        "located",
        f"One source explains {_percent(g.explained)} of what rises above the background, and the "
        f"90 % region is {_percent(g.share_of_area)} of the search area.{used}",
    )


def _nothing_to_say(g: Grounds) -> str | None:
    """Why no answer is given, if none is; the most telling reason first."""
    if (
        g.turns >= _FEW_TURNS
        and g.course_share > _FOLLOWS_FLIGHT
        and g.course_share > g.plume_share
    ):
        return (
            "The moving sensor follows its direction of flight, which explains "
            f"{_percent(g.course_share)} of what it does (a plume {_percent(g.plume_share)}): air "
            "speed or attitude moves it more than gas. Fly slower, or draw its air from outside "
            "the propellers' wash."
        )
    if g.probability_of_source < _SURE:
        return (
            "The readings are explained about as well without any source "
            f"(probability of one: {_percent(g.probability_of_source)})."
        )
    if g.explained < _EXPLAINED:
        return (
            f"A steady plume explains only {_percent(g.explained)} of what rises above the "
            "background: drift, another gas or another source is as likely."
        )
    if g.at_rate_limit > _AT_LIMIT:
        return (
            f"The plume that fits best has {_percent(g.at_rate_limit)} of its probability near the "
            "largest rate that was considered: something else moves the readings, or "
            "localise.rate_high_kg_h is too low."
        )
    if g.share_of_area > _SOMEWHERE:
        return (
            f"There is gas, but the 90 % region covers {_percent(g.share_of_area)} of the search "
            "area; readings across the wind, or from another side, would narrow it."
        )
    return None


def _percent(share: float) -> str:
    """A share in percent, to two figures."""
    return f"{100.0 * share:.2g} %" if share < 0.995 else "100 %"
