"""Does the posterior answer the question: located, ambiguous, or cannot tell, and why.

Each source is judged on its own, then the unknown ones together. The thresholds say what a person
can act on; they are the same for every survey.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from sillage.localise.clocks import FARTHEST_S
from sillage.records.words import in_words

Word = Literal["located", "ambiguous", "cannot tell"]

SURE = 0.95
"""Probability of a source below which none is claimed."""

_EXPLAINED = 0.25  # share of what is not background that the plume must explain
_FOUND = 0.10  # share of the search area that a located source may be in
_SOMEWHERE = 0.50  # beyond this share the position is as good as unknown
_AT_EDGE = 0.20  # probability near the edge: a bell whose middle lies on the edge has 0.24 there
_AT_LIMIT = 0.30  # probability of a rate near the largest that was considered
_FOLLOWS_FLIGHT = 0.20  # share of the readings' variance; chance gives 0.04 at fifty turns
_FEW_TURNS = 8  # with fewer, course and place cannot be told apart
_FEW_DRAWS = 50.0
_POSSIBLE = 0.05  # probability of a further source from which on it is mentioned
_ONE_PLACE = (
    "all was read at one place, from where a weak source near by and a strong one far off look "
    "alike"
)


class Grounds(NamedTuple):
    """What the verdict on one source rests on."""

    probability_of_source: float
    share_of_area: float
    """90 % region against search area."""
    pieces: int
    """Separate pieces of the 90 % region."""
    at_edge: float
    """Probability of lying at the search area's edge: within half a standard deviation, or the
    fiftieth part of its side."""
    edge: str
    """Which edge that is, such as `north-eastern`; empty where no draw lies near one."""
    at_rate_limit: float
    """Probability of a rate above half of the largest that was considered."""
    facility: str = ""
    """Name of the known lawful emitter that it stands for; empty for an unknown source."""
    from_above: bool = False
    """Whether a plume that was seen from above is most probably its own."""


class Evidence(NamedTuple):
    """What the verdicts on all sources rest on together."""

    explained: float
    """Share of the readings' excess over the background that the plumes explain."""
    course_share: float
    """Share of a moving sensor's variance that its direction of flight explains."""
    plume_share: float
    """Share of all readings' variance that the plumes explain."""
    turns: int
    """Quarter turns that moving sensors flew."""
    effective_sample_size: float
    share_used: float
    """Readings that could be used."""
    by_order: bool = False
    """Whether only the order of readings was used: it tells a place and no rate."""
    all_below: bool = False
    """Whether every reading lies below its limit of detection."""
    one_place: bool = False
    """Whether all was read at one place."""
    wind_late_s: float = 0.0
    """What the times of the wind log seem to lack; nought where nothing is known of it."""


class Verdict(NamedTuple):
    """The word, and the sentence for the person who acts on it."""

    word: Word
    reason: str


def judge(sources: Sequence[Grounds], evidence: Evidence) -> tuple[Verdict, tuple[Verdict, ...]]:
    """Say what the posterior is worth: of the unknown sources together, and of each source.

    Parameters
    ----------
    sources
        At least one, strongest evidence first.
    evidence
        What holds for all of them.

    Returns
    -------
    tuple
        `cannot tell` if no unknown source is sure, `located` if every sure one is, else
        `ambiguous`; and a verdict for each source, in the order given.
    """
    alone = len(sources) == 1
    each = tuple(_judge_one(source, evidence, alone=alone) for source in sources)
    word, reason = _judge_all(sources, each, evidence)
    few = f" Only {_percent(evidence.share_used)} of the readings could be used."
    reason += "" if evidence.share_used > 0.5 else few
    return Verdict(word, reason + _clock(evidence.wind_late_s)), each


def _judge_one(source: Grounds, evidence: Evidence, *, alone: bool) -> Verdict:
    if (silence := _nothing_to_say(source, evidence, alone=alone)) is not None:
        return Verdict("cannot tell", silence)
    region = f"90 % region is {_percent(source.share_of_area)} of the search area."
    if doubts := _doubts(source, evidence):
        there = "There is a source" if alone else "It is there"
        return Verdict("ambiguous", f"{there}, but {'; '.join(doubts)}.")
    if evidence.by_order:
        tells = "The order of the readings, which tells no rate, points to one place"
        return Verdict("located", f"{tells}: the {region}")
    if source.from_above and evidence.explained < _EXPLAINED:
        seen = "Its plume was seen from above; the readings alone tell little of it"
        return Verdict("located", f"{seen}. The {region}")
    if alone:
        return Verdict("located", f"{_explain(1, evidence)}, and the {region}")
    return Verdict("located", f"Its {region}")


def _judge_all(
    sources: Sequence[Grounds], each: Sequence[Verdict], evidence: Evidence
) -> tuple[Word, str]:
    """Word and sentence on the unknown sources, and which known emitters were seen."""
    unknown = [number for number, source in enumerate(sources) if not source.facility]
    sure = [number for number in unknown if sources[number].probability_of_source >= SURE]
    told = [number for number in sure if each[number].word != "cannot tell"]
    if len(sources) == 1 and unknown:
        return each[0]
    seen = [s.facility for s in sources if s.facility and s.probability_of_source >= SURE]
    known = f" Gas of {_listed(seen)} is accounted for." if seen else ""
    if not told:
        return "cannot tell", _why_none(sources, unknown, sure, evidence) + known
    located = [number for number in sure if each[number].word == "located"]
    chances = [s.probability_of_source for s in (sources[n] for n in unknown if n not in sure)]
    if chances and max(chances) > _POSSIBLE:
        known += f" There may be another (probability {_percent(max(chances))})."
    if len(located) == len(sure):
        shares = _listed([_percent(sources[number].share_of_area) for number in sure])
        regions = "90 % region is" if len(sure) == 1 else "90 % regions are"
        whole = f"{_explain(len(sure), evidence)}, and the {regions} {shares} of the search area."
        return "located", whole + known
    reasons = (f"Source {n + 1}: {each[n].reason}" for n in sure if n not in located)
    if len(sure) == 1:
        return "ambiguous", each[sure[0]].reason.replace("It is there", "There is a source") + known
    found = f"There are {in_words(len(sure))} sources, of which {in_words(len(located))}"
    found += " is located." if len(located) == 1 else " are located."
    return "ambiguous", f"{found} {' '.join(reasons)}{known}"


def _why_none(
    sources: Sequence[Grounds], unknown: Sequence[int], sure: Sequence[int], evidence: Evidence
) -> str:
    """Why nothing is said of any unknown source."""
    if not unknown:
        return "What was read is explained without any unknown source."
    strongest = sources[(sure or unknown)[0]]
    return _nothing_to_say(strongest, evidence, alone=True) or ""


def _doubts(source: Grounds, evidence: Evidence) -> list[str]:
    doubts = []
    if source.share_of_area > _FOUND:
        share = _percent(source.share_of_area)
        doubts.append(f"the 90 % region covers {share} of the search area")
    if evidence.one_place:
        doubts.append(
            f"{_ONE_PLACE}: it lies on a ridge up the wind, so read at a second place across it"
        )
    if source.pieces > 1:
        doubts.append(f"it lies in {source.pieces} separate places")
    if source.at_edge > _AT_EDGE:
        doubts.append(f"it presses against {_edge(source)}, so look beyond it")
    if evidence.effective_sample_size < _FEW_DRAWS:
        draws = f"{evidence.effective_sample_size:.0f} independent draws"
        doubts.append(f"the sampler gave only {draws}")
    return doubts


def _nothing_to_say(source: Grounds, evidence: Evidence, *, alone: bool) -> str | None:
    """Why no answer is given, if none is; the most telling reason first."""
    e = evidence
    if source.from_above and source.probability_of_source >= SURE:
        return None  # whatever the readings can tell of it
    if e.all_below:
        return (
            "Every reading lies below the limit of detection: no gas was seen. That speaks against "
            "a strong source up the wind of the sensors, and of weak or distant ones it tells "
            "nothing; read again in other winds, nearer, or with a finer instrument."
        )
    if (
        e.turns >= _FEW_TURNS
        and e.course_share > _FOLLOWS_FLIGHT
        and e.course_share > e.plume_share
    ):
        return (
            "The moving sensor follows its direction of flight, which explains "
            f"{_percent(e.course_share)} of what it does (a plume {_percent(e.plume_share)}): air "
            "speed or attitude moves it more than gas. Fly slower, or draw its air from outside "
            "the propellers' wash."
        )
    if source.probability_of_source < SURE:
        without = "without any source (probability of one" if alone else "without it (probability"
        return (
            f"The readings are explained about as well {without}: "
            f"{_percent(source.probability_of_source)})."
        )
    if e.explained < _EXPLAINED and not e.by_order:  # scores scatter by one, plume or none
        plume = "A steady plume explains" if alone else "Steady plumes explain"
        hint = f"; {_narrower(e)}" if e.one_place else ""
        return (
            f"{plume} only {_percent(e.explained)} of what rises above the "
            f"background: drift, another gas or another source is as likely{hint}."
        )
    if source.at_rate_limit > _AT_LIMIT:
        return (
            f"The plume that fits best has {_percent(source.at_rate_limit)} of its probability "
            "near the largest rate that was considered: something else moves the readings, or "
            "localise.rate_high_kg_h is too low."
        )
    if source.share_of_area > _SOMEWHERE:
        return (
            f"There is gas, but the 90 % region covers {_percent(source.share_of_area)} of the "
            f"search area{_beyond(source)}; {_narrower(e)}."
        )
    return None


def _narrower(evidence: Evidence) -> str:
    """What would make a region that is too wide smaller."""
    if evidence.one_place:
        return f"{_ONE_PLACE}, so read at a second place across the wind"
    return "readings across the wind, or from another side, would narrow it"


def _clock(offset_s: float) -> str:
    """What is said of a wind log whose clock seems to be off."""
    if not offset_s:
        return ""
    way = "later" if offset_s > 0.0 else "earlier"
    minutes = abs(offset_s) / 60.0
    more = " or more" if abs(offset_s) >= FARTHEST_S else ""
    return (
        f" The readings fit the wind better if its log is read {minutes:.2g} minutes {way}{more}: "
        f"check its clock against the sensors', and set wind.time.offset_s ({offset_s:+.0f} or so) "
        "if it was off."
    )


def _edge(source: Grounds) -> str:
    return f"the {source.edge} edge of the search area"


def _beyond(source: Grounds) -> str:
    """What is said of the edge where the region is too wide to say more."""
    if source.at_edge <= _AT_EDGE:
        return ""
    return f" and presses against {_edge(source)}, so look beyond it"


def _explain(count: int, evidence: Evidence) -> str:
    """How much so many sources explain."""
    share = f"{_percent(evidence.explained)} of what rises above the background"
    if count == 1:
        return f"One source explains {share}"
    return f"{in_words(count).capitalize()} sources together explain {share}"


def _listed(words: Sequence[str]) -> str:
    """Words in a row, as they are said."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _percent(share: float) -> str:
    """A share in percent, to two figures."""
    return f"{100.0 * share:.2g} %" if share < 0.995 else "100 %"
