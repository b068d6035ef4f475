"""Does the order in which facts are learned change what is believed? It must not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from fuse_scenes import DAY, FRAME, HOUR, START, claim, look, watching
from hypothesis import given, settings
from hypothesis import strategies as st

from sillage.fuse.claims import Fact, looks_of
from sillage.fuse.sites import Sites, standing_of
from sillage.records.site import Site

END = START + 40 * DAY


def scene(seed: int) -> list[Fact]:
    """Six days of claims and looks of two drones over four places, and false claims."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(-1500.0, 1500.0, (4, 2))
    facts: list[Fact] = []
    for turn in range(12):
        after, who = turn * 12 * HOUR, f"drone-{turn % 2}"
        for number, (east, north) in enumerate(places):
            if rng.random() < 0.6:
                at = float(east + rng.normal(0, 15)), float(north + rng.normal(0, 15))
                gas = ("toluene", "ammonia")[number % 2]
                facts.append(claim(after, at, p=0.8, gas=gas, who=who))
        stray = rng.uniform(-1500.0, 1500.0, 2)
        facts.append(claim(after, (float(stray[0]), float(stray[1])), p=0.3, who=who))
        if rng.random() < 0.5:
            facts.append(look(after, [(float(e), float(n)) for e, n in places], who=who))
    return facts


def believed(sites: Sites) -> list[tuple[object, ...]]:
    """What is believed of all told sites; small changes since the last state are in it too."""
    return [
        (
            now.life.status, round(now.exists, 9), round(now.east_m, 6), round(now.north_m, 6),
            round(now.place_m2, 6), now.life.first_ns, now.life.last_ns, now.life.because,
            [(each.claim.record, round(each.share, 9)) for each in now.life.evidence],
        )
        for now in standing_of(sites._story)
    ]  # fmt: skip


def learned(facts: Sequence[Fact], pieces: int) -> Sites:
    sites = watching()
    for part in np.array_split(np.arange(len(facts)), pieces):
        sites.observe([facts[place] for place in part], learned_at=END)
    return sites


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False), st.integers(1, 30))
def test_facts_of_the_window_give_the_same_sites_in_any_order_and_in_any_pieces(
    seed: int, order: object, pieces: int
) -> None:
    facts = scene(seed)
    shuffled = list(facts)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    at_once, in_pieces = learned(facts, 1), learned(shuffled, pieces)
    assert believed(in_pieces) == believed(at_once)
    assert believed(at_once)


@settings(max_examples=4)
@given(st.integers(0, 10**6))
def test_what_is_known_already_changes_nothing(seed: int) -> None:
    facts = scene(seed)
    sites = learned(facts, 4)
    before = sites.sites()
    assert sites.observe([*facts, *facts[:3]], learned_at=END + DAY) == ()
    assert sites.sites() == before


@settings(max_examples=4)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_no_claim_is_lost_from_a_basis_and_each_state_leads_to_the_one_before(
    seed: int, order: object
) -> None:
    facts = scene(seed)
    order.shuffle(facts)  # type: ignore[attr-defined]  # a random.Random
    sites, last = watching(), dict[str, Site]()
    for fact in facts:
        for state in sites.observe([fact], learned_at=END):
            assert 0.0 <= state.existence <= 1.0
            assert sum(each.probability for each in state.hypotheses) == pytest.approx(1.0)
            if (before := last.get(state.code)) is not None:
                assert set(before.basis) <= set(state.basis)
                assert before.id in state.previous
            last[state.code] = state
    assert tuple(last[code] for code in sorted(last)) == sites.sites()


def test_the_same_facts_give_the_same_records() -> None:
    one, other = (learned(scene(7), 5).sites() for _ in range(2))
    assert [site.id for site in one] == [site.id for site in other]


def test_a_late_claim_is_put_in_its_place_and_that_is_said() -> None:
    sites = watching()
    facts = claim(0 * HOUR), claim(50 * HOUR), claim(20 * HOUR)
    for number, fact in enumerate(facts[:2]):
        sites.observe([fact], learned_at=END + number * HOUR)
    (site,) = sites.observe([facts[2]], learned_at=END + DAY)
    assert site.basis == (facts[0].id, facts[2].id, facts[1].id)
    assert site.last_seen == facts[1].observed_at.end
    assert site.learned_at == END + DAY
    assert "came 30 h late and was put in its place" in site.because


def test_what_comes_after_the_window_counts_from_its_beginning_and_that_is_said() -> None:
    sites = watching()
    early = claim(0 * HOUR, (10.0, 0.0))
    for day in range(10, 40):
        sites.observe([claim(day * DAY)], learned_at=END + day * HOUR)
    before = sites.sites()[0]
    (site,) = sites.observe([early], learned_at=END + 3 * DAY)
    assert "after the window" in site.because
    assert site.basis[0] == early.id
    assert site.first_seen == early.observed_at.start
    assert site.code == before.code
    assert site.existence == pytest.approx(before.existence, abs=0.05)


def test_a_window_that_passes_forgets_no_site() -> None:
    sites = watching()
    for day in range(60):
        sites.observe([claim(day * DAY)], learned_at=START + 70 * DAY)
    (site,) = sites.sites()
    assert len(site.basis) == 60
    assert len(sites._looks) < 30


def test_a_claim_and_the_coverage_around_it_are_one_look_in_any_order() -> None:
    facts: list[Fact] = [claim(0 * HOUR), look(0 * HOUR), claim(0 * HOUR, who="drone-2")]
    for turned in (facts, facts[::-1]):
        looks = looks_of(turned, FRAME)
        assert [(len(each.claims), len(each.coverages)) for each in looks] == [(1, 1), (1, 0)]


def test_clocks_of_the_scenes_are_in_order() -> None:
    assert max(fact.observed_at.end for fact in scene(3)) < END - timedelta(days=30)
