"""Does each verdict give its word, and a sentence with the numbers that it rests on?"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sillage.localise.verdict import Evidence, Grounds, judge

GOOD = Grounds(
    probability_of_source=0.999,
    share_of_area=0.012,
    pieces=1,
    at_edge=0.0,
    edge="northern",
    at_rate_limit=0.0,
)
PLAIN = Evidence(
    explained=0.8,
    course_share=0.0,
    plume_share=0.9,
    turns=0,
    effective_sample_size=400.0,
    share_used=1.0,
)
FLOWN = PLAIN._replace(turns=40, course_share=0.5, plume_share=0.1)
WIDE = GOOD._replace(share_of_area=0.3)
DOUBTED = GOOD._replace(probability_of_source=0.4)
KNOWN = GOOD._replace(facility="the biogas plant")


@pytest.mark.parametrize(
    ("grounds", "evidence", "word", "told"),
    [
        (GOOD, PLAIN, "located", r"One source explains 80 %.*region is 1\.2 %"),
        (
            GOOD,
            FLOWN,
            "cannot tell",
            r"direction of flight, which explains 50 % .*\(a plume 10 %\)",
        ),
        (
            GOOD._replace(probability_of_source=0.6),
            PLAIN,
            "cannot tell",
            r"without any source \(probability of one: 60 %\)",
        ),
        (GOOD, PLAIN._replace(explained=0.1), "cannot tell", "plume explains only 10 %"),
        (
            GOOD._replace(at_rate_limit=0.5),
            PLAIN,
            "cannot tell",
            "localise.rate_high_kg_h is too low",
        ),
        (
            GOOD,
            PLAIN._replace(explained=0.1, by_order=True),
            "located",
            r"^The order of the readings, which tells no rate.*region is 1\.2 %",
        ),
        (GOOD._replace(share_of_area=0.7), PLAIN, "cannot tell", "90 % region covers 70 %"),
        (WIDE, PLAIN, "ambiguous", "^There is a source, but the 90 % region covers 30 %"),
        (GOOD._replace(pieces=3), PLAIN, "ambiguous", "3 separate places"),
        (
            GOOD._replace(at_edge=0.6),
            PLAIN,
            "ambiguous",
            "the northern edge of the search area, so look beyond",
        ),
        (
            GOOD,
            PLAIN._replace(effective_sample_size=12.0),
            "ambiguous",
            "only 12 independent draws",
        ),
    ],
)
def test_each_ground_has_its_word_and_its_sentence(
    grounds: Grounds, evidence: Evidence, word: str, told: str
) -> None:
    verdict, (own,) = judge([grounds], evidence)
    assert verdict == own
    assert verdict.word == word
    assert re.search(told, verdict.reason), verdict.reason


def test_a_verdict_names_all_doubts() -> None:
    verdict, _ = judge([GOOD._replace(pieces=2, at_edge=0.5, share_of_area=0.2)], PLAIN)
    assert verdict.reason.count(";") == 2


def test_a_sensor_that_hardly_turned_is_not_blamed_for_its_course() -> None:
    assert judge([GOOD], FLOWN._replace(turns=3))[0].word == "located"


@pytest.mark.parametrize(
    ("sources", "words", "overall", "told"),
    [
        (
            (GOOD, GOOD._replace(share_of_area=0.02)),
            ("located", "located"),
            "located",
            r"^Two sources together explain 80 % of .*, and the 90 % regions are 1\.2 % and 2 % of",
        ),
        (
            (GOOD, WIDE, WIDE),
            ("located", "ambiguous", "ambiguous"),
            "ambiguous",
            r"^There are three sources, of which one is located\. Source 2: It .* 30 %.* Source 3",
        ),
        (
            (GOOD, DOUBTED),
            ("located", "cannot tell"),
            "located",
            r"^One source explains 80 %.*There may be another \(probability 40 %\)\.$",
        ),
        (
            (WIDE, DOUBTED),
            ("ambiguous", "cannot tell"),
            "ambiguous",
            r"^There is a source, but .* There may be another \(probability 40 %\)\.$",
        ),
        (
            (DOUBTED, GOOD._replace(probability_of_source=0.1)),
            ("cannot tell", "cannot tell"),
            "cannot tell",
            r"without any source \(probability of one: 40 %\)",
        ),
        (
            (KNOWN, GOOD),
            ("located", "located"),
            "located",
            r"^One source explains.*Gas of the biogas plant is accounted for\.$",
        ),
        (
            (KNOWN, DOUBTED),
            ("located", "cannot tell"),
            "cannot tell",
            r"without any source \(probability of one: 40 %\)\. Gas of the biogas plant is",
        ),
        ((KNOWN,), ("located",), "cannot tell", "explained without any unknown source"),
        (
            (GOOD, GOOD._replace(share_of_area=0.7)),
            ("located", "cannot tell"),
            "ambiguous",
            r"of which one is located\. Source 2: There is gas, but",
        ),
    ],
)
def test_several_sources_are_judged_one_by_one_and_together(
    sources: tuple[Grounds, ...], words: tuple[str, ...], overall: str, told: str
) -> None:
    verdict, each = judge(sources, PLAIN)
    assert tuple(one.word for one in each) == words
    assert verdict.word == overall
    assert re.search(told, verdict.reason), verdict.reason


GROUNDS = st.builds(
    Grounds,
    probability_of_source=st.floats(0.0, 1.0),
    share_of_area=st.floats(0.0, 1.0),
    pieces=st.integers(1, 9),
    at_edge=st.floats(0.0, 1.0),
    edge=st.just("northern"),
    at_rate_limit=st.floats(0.0, 1.0),
    facility=st.sampled_from(["", "", "the biogas plant"]),
)


@given(
    st.lists(GROUNDS, min_size=1, max_size=12),
    st.builds(
        Evidence,
        explained=st.floats(0.0, 1.0),
        course_share=st.floats(0.0, 1.0),
        plume_share=st.floats(0.0, 1.0),
        turns=st.integers(0, 99),
        effective_sample_size=st.floats(1.0, 2000.0),
        share_used=st.floats(0.0, 1.0),
    ),
)
def test_a_verdict_is_a_sentence_and_says_when_most_readings_were_left_out(
    sources: list[Grounds], evidence: Evidence
) -> None:
    verdict, each = judge(sources, evidence)
    for one in (verdict, *each):
        assert one.reason[0].isupper()
        assert one.reason.endswith(".")
    told = "of the readings could be used" in verdict.reason
    assert told == (evidence.share_used <= 0.5)
    sure = [
        one.word
        for one, source in zip(each, sources, strict=True)
        if source.probability_of_source >= 0.95 and not source.facility
    ]
    if verdict.word == "located":
        assert set(sure) == {"located"}
    if verdict.word == "cannot tell":
        assert set(sure) <= {"cannot tell"}
    for one, source in zip(each, sources, strict=True):
        if one.word == "located":
            assert source.probability_of_source >= 0.95
            assert source.share_of_area <= 0.10
            assert source.pieces == 1


@given(
    st.lists(
        st.tuples(st.floats(0.0, 0.94), st.floats(0.0, 1.0), st.integers(1, 9)),
        min_size=1,
        max_size=3,
    )
)
def test_without_a_sure_source_nothing_is_claimed(sources: list[tuple[float, float, int]]) -> None:
    grounds = [
        GOOD._replace(probability_of_source=probability, share_of_area=share, pieces=pieces)
        for probability, share, pieces in sources
    ]
    assert judge(grounds, PLAIN)[0].word == "cannot tell"


def test_what_was_read_at_one_place_is_never_located_and_the_ridge_is_said() -> None:
    alone = PLAIN._replace(one_place=True)
    verdict, _ = judge([GOOD], alone)
    assert verdict.word == "ambiguous"
    assert "it lies on a ridge up the wind, so read at a second place" in verdict.reason
    wide, _ = judge([GOOD._replace(share_of_area=0.7)], alone)
    assert wide.word == "cannot tell"
    assert "read at a second place across the wind" in wide.reason


def test_where_nothing_was_detected_that_is_the_answer() -> None:
    verdict, _ = judge([GOOD], PLAIN._replace(all_below=True))
    assert verdict.word == "cannot tell"
    assert verdict.reason.startswith("Every reading lies below the limit of detection")


@pytest.mark.parametrize(
    ("offset_s", "told"),
    [
        (-300.0, r"if its log is read 5 minutes earlier: .*offset_s \(-300 or so\)"),
        (60.0, "1 minutes later"),
        (600.0, "10 minutes later or more"),
    ],
)
def test_a_clock_that_seems_off_is_told_whatever_the_verdict(offset_s: float, told: str) -> None:
    for grounds in (GOOD, WIDE, DOUBTED):
        plain, _ = judge([grounds], PLAIN)
        verdict, _ = judge([grounds], PLAIN._replace(wind_late_s=offset_s))
        assert verdict.word == plain.word
        assert re.search(told, verdict.reason), verdict.reason
