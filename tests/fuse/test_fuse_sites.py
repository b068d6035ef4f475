"""Do sites appear, persist, fall silent, move, merge, split and end, and do they say why?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from fuse_scenes import DAY, FRAME, HOUR, START, centres, claim, farm, look, watching

from sillage.errors import InputError, SettingError
from sillage.fuse.claims import Fact
from sillage.fuse.settings import Settings
from sillage.fuse.sites import Sites
from sillage.records.site import Site


def told(sites: Sites, *facts: Fact, after: timedelta | None = None) -> tuple[Site, ...]:
    """New states, learned a minute after the last of the facts."""
    last = max(fact.observed_at.end for fact in facts)
    learned = last + timedelta(minutes=1) if after is None else START + after
    return sites.observe(facts, learned_at=learned)


def east_of(site: Site) -> float:
    place = site.track[-1].place
    return float(FRAME.to_local(place.lon, place.lat)[0])


def test_a_site_appears_when_a_claim_is_probable_and_persists_when_it_is_seen_again() -> None:
    sites = watching()
    first = claim(0 * HOUR)
    (new,) = told(sites, first)
    assert new.existence == pytest.approx(0.9)
    assert (new.status, new.basis) == ("appeared", (first.id,))
    assert "drone-1 with imager" in new.because
    again = claim(30 * HOUR, (5.0, 0.0), who="drone-2")
    (seen,) = told(sites, again)
    assert (seen.status, seen.code, seen.previous) == ("persists", new.code, (new.id,))
    assert seen.existence > 0.99
    assert seen.basis == (first.id, again.id)
    assert seen.track[-1].position_std_m < new.track[-1].position_std_m
    assert (seen.first_seen, seen.last_seen) == (first.observed_at.start, again.observed_at.end)
    assert seen.learned_at > seen.last_seen


def test_a_doubtful_claim_is_told_only_once_another_bears_it_out() -> None:
    sites = watching()
    first, second = claim(0 * HOUR, p=0.2), claim(5 * HOUR, p=0.2, who="drone-2")
    assert told(sites, first) == ()
    (site,) = told(sites, second)
    assert site.status == "appeared"
    assert set(site.basis) == {first.id, second.id}


def test_a_site_is_silent_when_a_look_finds_nothing_and_ends_when_looks_go_on_so() -> None:
    sites = watching()
    told(sites, claim(0 * HOUR))
    told(sites, claim(1 * HOUR))
    (silent,) = told(sites, look(2 * DAY))
    assert silent.status == "silent"
    assert silent.existence > 0.5
    assert "found nothing" in silent.because
    states = [state for day in range(3, 60) for state in told(sites, look(day * DAY))]
    assert states[-1].status == "ended"
    assert states[-1].existence < 0.05
    assert [state.existence for state in states] == sorted(
        (state.existence for state in states), reverse=True
    )
    (again,) = told(sites, claim(61 * DAY))
    assert (again.status, again.code == silent.code) == ("appeared", False)


def test_looks_elsewhere_and_time_without_looks_silence_nothing() -> None:
    sites = watching()
    (new,) = told(sites, claim(0 * HOUR))
    assert told(sites, look(1 * DAY, [(3000.0, 0.0)])) == ()
    assert sites.sites() == (new,)


def test_a_look_for_another_gas_says_next_to_nothing() -> None:
    sites = watching()
    told(sites, claim(0 * HOUR))
    assert told(sites, look(2 * DAY, gas="ammonia")) == ()


def test_a_coverage_of_the_look_that_claims_lowers_nothing_of_what_was_found() -> None:
    alone, looked = watching(), watching()
    facts = claim(0 * HOUR), claim(1 * DAY)
    told(alone, *facts)
    told(looked, *facts, look(0 * HOUR), look(1 * DAY))
    assert looked.sites()[0].existence >= 0.99 * alone.sites()[0].existence


def test_a_site_that_packs_up_and_is_met_again_nearby_has_moved() -> None:
    sites = watching()
    (new,) = told(sites, claim(0 * HOUR, gas="sulfur dioxide"))
    for day in range(1, 12):
        told(sites, look(day * DAY, gas="sulfur dioxide"))
    (moved,) = told(sites, claim(12 * DAY, (2000.0, 0.0), gas="sulfur dioxide"))
    assert (moved.status, moved.code) == ("moved", new.code)
    assert "2000 m away" in moved.because
    assert len(moved.track) == 2
    assert moved.track[0].place == new.track[0].place
    assert east_of(moved) == pytest.approx(2000.0, abs=1.0)
    assert len(moved.basis) == 2


def test_what_still_emits_has_not_moved() -> None:
    sites = watching()
    told(sites, claim(0 * HOUR), claim(1 * DAY))
    (other,) = told(sites, claim(2 * DAY, (2000.0, 0.0)))
    assert other.status == "appeared"


def test_two_sites_of_coarse_sensors_merge_when_both_turn_out_to_be_one_place() -> None:
    sites = watching()
    (one,) = told(sites, claim(0 * HOUR, (-230.0, 0.0), std_m=100.0))
    (two,) = told(sites, claim(1 * HOUR, (230.0, 0.0), std_m=100.0))
    assert {one.status, two.status} == {"appeared"}
    states = told(sites, claim(2 * HOUR, (-20.0, 0.0), std_m=28.0))
    merged = [state for state in states if state.status == "merged"]
    assert {state.code for state in merged} == {one.code, two.code}
    whole = next(site for site in sites.sites() if site.code == one.code)
    assert len(whole.basis) == 3
    assert abs(east_of(whole)) < 40.0
    assert set(whole.previous) == {one.id, two.id}
    assert "m apart" in whole.because


def test_a_site_splits_when_one_look_claims_two_places_in_it() -> None:
    sites = watching()
    (one,) = told(sites, claim(0 * HOUR, std_m=300.0))
    told(sites, *(claim(1 * DAY, (east, 0.0), std_m=15.0) for east in (-100.0, 110.0)))
    split = told(sites, *(claim(2 * DAY, (east, 0.0), std_m=15.0) for east in (-100.0, 110.0)))
    assert {state.status for state in split} == {"split"}
    child = next(state for state in split if state.code != one.code)
    assert len(child.previous) == 1
    here = [site for site in sites.sites() if site.status != "ended"]
    assert len(here) == 2
    assert sorted(round(east_of(site), -1) for site in here) == [-100.0, 110.0]
    assert one.code in {site.code for site in here}


def test_two_places_of_one_look_never_merge() -> None:
    sites = watching()
    for day in range(4):
        told(sites, *(claim(day * DAY, (east, 0.0), std_m=20.0) for east in (0.0, 45.0)))
    assert len(sites.sites()) == 2


def test_rates_and_gases_are_those_of_the_claims() -> None:
    sites = watching()
    told(sites, claim(0 * HOUR, kg_h=2.0), claim(1 * DAY, kg_h=4.0))
    (site,) = told(sites, claim(2 * DAY, gas="ammonia"))
    by_gas = {each.gas: each for each in site.substances}
    assert by_gas["toluene"].probability == pytest.approx(0.99, abs=0.011)
    assert by_gas["ammonia"].probability == pytest.approx(0.9, abs=0.02)
    assert by_gas["ammonia"].rate is None
    rate = by_gas["toluene"].rate
    assert rate is not None
    assert rate.mean == pytest.approx(3.0, rel=0.05)
    assert rate.std > 0.9


@pytest.mark.parametrize(
    ("learned", "message"),
    [(START, "after it was learned"), (datetime(2026, 3, 9), "no zone")],  # noqa: DTZ001
)
def test_clocks_that_cannot_be_are_refused(learned: datetime, message: str) -> None:
    with pytest.raises(InputError, match=message):
        watching().observe([claim(0 * HOUR)], learned_at=learned)


def test_a_clock_of_learning_never_runs_back() -> None:
    sites = watching()
    told(sites, claim(2 * DAY))
    with pytest.raises(InputError, match="learned again earlier"):
        told(sites, claim(1 * DAY))


def test_what_cannot_be_read_is_refused_and_nothing_is_learned() -> None:
    sites = Sites(FRAME)
    far = claim(0 * HOUR, (400e3, 400e3))
    for facts, message in (
        ([claim(1 * HOUR), far], "more than 500 km"),
        ([claim(1 * HOUR), look(0 * HOUR)], "give `centres`"),
        ([farm()], "Context: no fact about sites"),
    ):
        with pytest.raises(InputError, match=message):
            sites.observe(facts, learned_at=START + DAY)
    assert sites.sites() == ()


def test_settings_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(SettingError, match=r"fuse\.appears: 1\.5"):
        Sites(FRAME, settings=Settings(appears=1.5))
    with pytest.raises(SettingError, match=r"fuse\.ends"):
        Sites(FRAME, settings=Settings(appears=0.1, ends=0.2))
    with pytest.raises(SettingError, match=r"fuse\.window_s"):
        Sites(FRAME, settings=Settings(window_s=0.0), centres=centres)
