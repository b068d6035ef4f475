"""Does each verdict give its word, and a sentence with the numbers that it rests on?"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sillage.localise.verdict import Grounds, judge

GOOD = Grounds(
    probability_of_source=0.999,
    explained=0.8,
    share_of_area=0.012,
    pieces=1,
    at_edge=0.0,
    edge="northern",
    at_rate_limit=0.0,
    course_share=0.0,
    plume_share=0.9,
    turns=0,
    effective_sample_size=400.0,
    share_used=1.0,
)


@pytest.mark.parametrize(
    ("grounds", "word", "told"),
    [
        (GOOD, "located", r"One source explains 80 %.*region is 1\.2 %"),
        (
            GOOD._replace(turns=40, course_share=0.5, plume_share=0.1),
            "cannot tell",
            r"direction of flight, which explains 50 % .*\(a plume 10 %\)",
        ),
        (GOOD._replace(probability_of_source=0.6), "cannot tell", "without any source.*60 %"),
        (GOOD._replace(explained=0.1), "cannot tell", "plume explains only 10 %"),
        (GOOD._replace(at_rate_limit=0.5), "cannot tell", "localise.rate_high_kg_h is too low"),
        (GOOD._replace(share_of_area=0.7), "cannot tell", "90 % region covers 70 %"),
        (GOOD._replace(share_of_area=0.3), "ambiguous", "90 % region covers 30 %"),
        (GOOD._replace(pieces=3), "ambiguous", "3 separate places"),
        (
            GOOD._replace(at_edge=0.6),
            "ambiguous",
            "the northern edge of the search area, so look beyond",
        ),
        (GOOD._replace(effective_sample_size=12.0), "ambiguous", "only 12 independent draws"),
    ],
)
def test_each_ground_has_its_word_and_its_sentence(grounds: Grounds, word: str, told: str) -> None:
    verdict = judge(grounds)
    assert verdict.word == word
    assert re.search(told, verdict.reason), verdict.reason


def test_a_verdict_names_all_doubts() -> None:
    reason = judge(GOOD._replace(pieces=2, at_edge=0.5, share_of_area=0.2)).reason
    assert reason.count(";") == 2


def test_a_sensor_that_hardly_turned_is_not_blamed_for_its_course() -> None:
    assert judge(GOOD._replace(turns=3, course_share=0.5, plume_share=0.1)).word == "located"


@given(
    st.builds(
        Grounds,
        probability_of_source=st.floats(0.0, 1.0),
        explained=st.floats(0.0, 1.0),
        share_of_area=st.floats(0.0, 1.0),
        pieces=st.integers(1, 9),
        at_edge=st.floats(0.0, 1.0),
        at_rate_limit=st.floats(0.0, 1.0),
        course_share=st.floats(0.0, 1.0),
        plume_share=st.floats(0.0, 1.0),
        turns=st.integers(0, 99),
        effective_sample_size=st.floats(1.0, 2000.0),
        share_used=st.floats(0.0, 1.0),
    )
)
def test_a_verdict_is_a_sentence_and_says_when_most_readings_were_left_out(
    grounds: Grounds,
) -> None:
    verdict = judge(grounds)
    assert verdict.reason[0].isupper()
    assert verdict.reason.endswith(".")
    told = "of the readings could be used" in verdict.reason
    assert told == (grounds.share_used <= 0.5)
    if verdict.word == "located":
        assert grounds.probability_of_source >= 0.95
        assert grounds.share_of_area <= 0.10
        assert grounds.pieces == 1


@given(st.floats(0.0, 0.94), st.floats(0.0, 1.0), st.integers(1, 9))
def test_without_a_sure_source_nothing_is_claimed(
    probability: float, share: float, pieces: int
) -> None:
    grounds = GOOD._replace(probability_of_source=probability, share_of_area=share, pieces=pieces)
    assert judge(grounds).word == "cannot tell"
