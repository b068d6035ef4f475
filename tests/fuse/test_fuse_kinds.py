"""Does a site that hides behind a lawful emitter stand out, and is it said by what?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from fuse_scenes import DAY, HOUR, claim, farm, rate_of, watching

from sillage.fuse.claims import Fact
from sillage.records.context import Context, Emission
from sillage.records.site import Hypothesis

WORKING = tuple(day * 24 + hour for day in range(5) for hour in range(6, 18))
AMMONIA = Emission(gas="ammonia", rate=rate_of(2.0), hours=WORKING)


def kinds(*facts: Fact, contexts: tuple[Context, ...] = (farm(AMMONIA),)) -> dict[str, Hypothesis]:
    sites = watching(*contexts)
    last = max(fact.observed_at.end for fact in facts)
    sites.observe(facts, learned_at=last + timedelta(minutes=1))
    (site,) = sites.sites()
    assert sum(each.probability for each in site.hypotheses) == pytest.approx(1.0)
    shares = [each.probability for each in site.hypotheses]
    assert shares == sorted(shares, reverse=True)
    return {each.kind: each for each in site.hypotheses}


def test_the_right_gas_at_the_right_hour_and_rate_is_the_farm() -> None:
    told = kinds(*(claim(day * DAY, gas="ammonia", kg_h=2.2) for day in range(3)))
    assert told["known legal emitter"].probability > 0.9
    assert "gas, hour and rate are what it is known for" in told["known legal emitter"].because


@pytest.mark.parametrize(
    ("gas", "after", "kg_h", "mismatch"),
    [
        ("toluene", 0 * HOUR, None, "but toluene is not among what it emits: ammonia"),
        ("ammonia", 18 * HOUR, 2.0, "does not emit ammonia on Tuesdays at 00 UTC"),
        ("ammonia", 0 * HOUR, 60.0, "60 kg/h were measured where 2 kg/h are stated"),
    ],
)
def test_the_wrong_gas_hour_or_rate_stands_out_and_is_named(
    gas: str, after: timedelta, kg_h: float | None, mismatch: str
) -> None:
    facts = [claim(week * 7 * DAY + after, gas=gas, kg_h=kg_h) for week in range(3)]
    told = kinds(*facts)
    assert told["known legal emitter"].probability < 0.1
    most = max(told.values(), key=lambda each: each.probability)
    assert most.kind in ("unexplained", "recurring")
    assert "Hoeve Zonzicht (pig farm) stands there" in most.because
    assert mismatch in most.because


def test_a_farm_far_away_explains_nothing() -> None:
    told = kinds(claim(0 * HOUR, (4000.0, 0.0), gas="ammonia"))
    assert "known legal emitter" not in told
    assert told["unexplained"].because == "No known emitter is near."


def test_a_wrong_gas_beside_the_right_one_still_stands_out() -> None:
    right = [claim(day * DAY, gas="ammonia", kg_h=2.0) for day in range(3)]
    wrong = [claim(day * DAY + 2 * HOUR, gas="toluene") for day in range(4)]
    assert kinds(*right)["known legal emitter"].probability > 0.9
    assert kinds(*right, *wrong)["known legal emitter"].probability < 0.2


def test_claims_of_one_hour_count_once() -> None:
    once = kinds(claim(0 * HOUR))
    minutes = timedelta(minutes=1)
    often = kinds(*(claim(turn * 5 * minutes, who=f"drone-{turn}") for turn in range(8)))
    share = often["known legal emitter"].probability
    assert share == pytest.approx(once["known legal emitter"].probability, abs=0.15)


def test_what_is_on_at_times_far_apart_recurs() -> None:
    once = kinds(claim(0 * HOUR), claim(1 * HOUR), contexts=())
    assert "recurring" not in once
    twice = kinds(claim(0 * HOUR), claim(3 * DAY), contexts=())
    assert twice["recurring"].probability == pytest.approx(0.81, abs=0.02)
    assert "at 2 times more than 12 hours apart" in twice["recurring"].because


def test_a_doubtful_site_may_be_a_false_alarm_and_a_seep_is_natural() -> None:
    told = kinds(
        claim(0 * HOUR, p=0.6, gas="methane"),
        contexts=(farm(Emission(gas="methane"), kind="natural seep"),),
    )
    assert told["false alarm"].probability == pytest.approx(0.4, abs=0.01)
    assert told["natural"].probability > 0.5
    assert "known legal emitter" not in told
