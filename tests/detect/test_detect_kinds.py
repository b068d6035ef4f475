"""Is a claim as probable as its name makes it, and are false ones counted with their like?"""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sillage.detect.hypotheses import STRANGE
from sillage.detect.identify import Verdict
from sillage.detect.kinds import (
    KIND,
    ODD_GROUND_PER_PIXEL,
    OF_GAS,
    OF_GROUND,
    OF_STRANGERS,
    chance,
    false_alarms,
)

VERDICTS = st.sampled_from(get_args(Verdict))
SHARES = st.floats(0.0, 1.0)


def test_every_verdict_is_of_a_kind_and_shares_add_up() -> None:
    assert set(KIND) == set(get_args(Verdict))
    for shares in (OF_GAS, OF_STRANGERS, OF_GROUND):
        assert set(shares) == set(KIND.values())
        assert sum(shares.values()) == pytest.approx(1.0, abs=2e-3)


@given(verdict=VERDICTS, spectrum=SHARES, prior=st.floats(0.001, 0.999))
def test_a_chance_is_one_and_rises_with_what_was_known_beforehand(
    verdict: Verdict, spectrum: float, prior: float
) -> None:
    told = chance(spectrum, verdict, prior)
    assert 0.0 < told < 1.0
    assert chance(spectrum, verdict, min(prior + 1e-4, 0.9999)) >= told
    assert chance(min(spectrum + 0.1, 1.0), verdict, prior) >= told


def test_a_name_is_worth_more_than_a_stranger_and_that_more_than_nothing() -> None:
    named, stranger, nothing = (
        chance(1.0, verdict) for verdict in ("identified", "not in library", "nothing")
    )
    assert named > 0.7
    assert 0.5 > stranger > nothing
    assert chance(1.0, "ambiguous") == named


def test_claims_of_all_kinds_together_keep_the_prior() -> None:
    """Bayes: over claims of which the prior share is real, the mean probability is the prior."""
    prior = 0.3
    told = {"named": "identified", "stranger": "not in library", "nothing": "nothing"}
    mean = 0.0
    for kind, verdict in told.items():
        real = (1.0 - STRANGE) * OF_GAS[kind] + STRANGE * OF_STRANGERS[kind]  # type: ignore[index]
        share = prior * real + (1.0 - prior) * OF_GROUND[kind]  # type: ignore[index]
        mean += share * chance(1.0, verdict, prior)  # type: ignore[arg-type]
    assert mean == pytest.approx(prior, abs=2e-3)


@given(verdict=VERDICTS, peaks=st.floats(0.0, 50.0), pixels=st.integers(0, 10**6))
def test_false_alarms_rise_with_peaks_and_pixels_and_are_shared_among_kinds(
    verdict: Verdict, peaks: float, pixels: int
) -> None:
    told = false_alarms(peaks, verdict, pixels)
    assert 0.0 <= told <= peaks + pixels
    assert false_alarms(peaks + 1.0, verdict, pixels) > told
    assert false_alarms(peaks, verdict, pixels + 10_000) > told
    every = sum(
        false_alarms(peaks, one, pixels) for one in ("identified", "not in library", "nothing")
    )
    assert every == pytest.approx(peaks + ODD_GROUND_PER_PIXEL * pixels, rel=2e-3, abs=1e-12)
