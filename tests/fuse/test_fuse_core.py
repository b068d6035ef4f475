"""Do possible sites learn from scans as the laws of probability say?"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sillage.fuse.associate import believed
from sillage.fuse.gate import Scan, near
from sillage.fuse.state import Bernoullis, Floats, Motion, moved, nothing
from sillage.fuse.update import Limits, Looked, Updated, forgotten, updated

STILL = Motion(creep_m2_s=0.0, end_s=1e12, on_share=1.0, switch_s=0.0)


def scan_of(
    places: Floats, std_m: float = 5.0, *, p: float = 0.5, gas: Floats | None = None
) -> Scan:
    count = len(places)
    return Scan(
        east_m=np.ascontiguousarray(places[:, 0]),
        north_m=np.ascontiguousarray(places[:, 1]),
        place_m2=np.full(count, std_m**2),
        gases=np.zeros((count, 0)) if gas is None else gas,
        clutter_m2=np.full(count, 1e-6 * (1.0 - p)),
        fresh_m2=np.full(count, 1e-6 * p),
    )


def looks(sites: Bernoullis, found: float, missed: float | None = None) -> Looked:
    count = sites.key.size
    return Looked(np.full(count, found), np.full(count, found if missed is None else missed))


def seen(sites: Bernoullis, scan: Scan, chance: float = 0.9, *, key: int = 0) -> Updated:
    return updated(sites, scan, looks(sites, chance), STILL, Limits(), key=key)


def start(places: Floats, *, p: float = 0.5, std_m: float = 5.0) -> Bernoullis:
    return seen(nothing(0), scan_of(places, std_m, p=p)).sites


NOBODY = np.zeros((0, 2))


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 40), st.floats(0.5, 6.0))
def test_the_gate_finds_the_pairs_that_trying_all_finds(
    seed: int, sites: int, claims: int, gate: float
) -> None:
    rng = np.random.default_rng(seed)
    scale = 10.0 ** rng.uniform(0, 4)
    standing = start(rng.normal(0.0, scale, (sites, 2)), std_m=20.0)
    scan = scan_of(rng.normal(0.0, scale, (claims, 2)), 10.0 ** rng.uniform(0, 2))
    pairs = near(standing, scan, gate)
    apart = np.hypot(
        standing.east_m[:, None] - scan.east_m, standing.north_m[:, None] - scan.north_m
    )
    wanted = apart <= gate * np.sqrt(standing.place_m2[:, None] + scan.place_m2)
    found = np.zeros_like(wanted)
    found[np.repeat(np.arange(sites), np.diff(pairs.first)), pairs.claim] = True
    assert found.sum() == pairs.claim.size
    np.testing.assert_array_equal(found, wanted)


@dataclass
class Exact:
    belongs: Floats
    missed: Floats
    free: Floats


def every_way(odds: Floats) -> Exact:
    """Marginals by listing all ways in which claims have one site at most and sites one claim."""
    sites, claims = odds.shape
    belongs, total = np.zeros_like(odds), 0.0
    for way in itertools.product(range(-1, claims), repeat=sites):
        taken = [claim for claim in way if claim >= 0]
        if len(set(taken)) < len(taken):
            continue
        weight = float(np.prod([odds[site, claim] for site, claim in enumerate(way) if claim >= 0]))
        total += weight
        for site, claim in enumerate(way):
            if claim >= 0:
                belongs[site, claim] += weight
    belongs /= total
    return Exact(belongs, 1.0 - belongs.sum(1), 1.0 - belongs.sum(0))


def by_belief(odds: Floats) -> Exact:
    sites, claims = odds.shape
    first = np.arange(sites + 1) * claims
    belongs, missed, free = believed(first, np.tile(np.arange(claims), sites), odds.ravel(), claims)
    return Exact(belongs.reshape(odds.shape), missed, free)


@pytest.mark.parametrize("shape", [(1, 3), (3, 1)])
def test_belief_is_exact_where_the_graph_has_no_loop(shape: tuple[int, int]) -> None:
    odds = np.array([0.3, 2.0, 40.0]).reshape(shape)
    told, true = by_belief(odds), every_way(odds)
    np.testing.assert_allclose(told.belongs, true.belongs, rtol=1e-5)
    np.testing.assert_allclose(told.missed, true.missed, rtol=1e-5)
    np.testing.assert_allclose(told.free, true.free, rtol=1e-5)


@given(st.integers(0, 10**6))
def test_belief_is_near_the_truth_where_the_graph_has_loops(seed: int) -> None:
    odds = np.exp(np.random.default_rng(seed).normal(0.0, 2.0, (3, 3)))
    told, true = by_belief(odds), every_way(odds)
    assert np.abs(told.belongs - true.belongs).max() < 0.15
    np.testing.assert_allclose(told.belongs.sum(1) + told.missed, 1.0)


def test_belief_settles_where_two_sites_want_the_same_claim_beyond_doubt() -> None:
    told = by_belief(np.full((2, 1), 1e300))
    np.testing.assert_allclose(told.belongs[:, 0], 0.5, atol=1e-3)
    assert told.free[0] < 1e-3


@given(st.integers(0, 10**6))
def test_probabilities_stay_probabilities_and_variances_positive(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sites, motion = nothing(2), Motion(drive_m2_s3=1.0, start_m2_s2=4.0)
    for turn in range(6):
        places = rng.normal(0.0, 30.0, (int(rng.integers(0, 12)), 2))
        gas = rng.dirichlet([0.3, 0.3], len(places))
        scan = scan_of(places, 10.0 ** rng.uniform(-2, 2), p=rng.uniform(0.01, 0.99), gas=gas)
        sites = moved(sites, 10.0 ** rng.uniform(-1, 5), motion)
        told = looks(sites, rng.uniform(), rng.uniform())
        after = updated(sites, scan, told, motion, Limits(), key=100 * turn)
        sites, _ = forgotten(after.sites, 1e-3)
        for chance in (sites.exists, sites.on, after.belongs, after.free):
            assert np.all((chance >= 0.0) & (chance <= 1.0 + 1e-9))
        assert np.all(sites.place_m2 > 0.0)
        assert np.all(sites.place_m2 * sites.speed_m2_s2 >= sites.both_m2_s**2 * (1 - 1e-9))


def test_a_claim_alone_is_as_probable_as_it_says() -> None:
    assert start(np.array([[0.0, 0.0]]), p=0.7).exists == pytest.approx(0.7)


def test_one_site_and_one_claim_follow_bayes() -> None:
    sites = start(np.array([[0.0, 0.0]]), p=0.5)
    scan = scan_of(np.array([[6.0, 8.0]]), p=0.5)
    fits = np.exp(-0.5 * 100.0 / 50.0) / (2.0 * np.pi * 50.0)
    odds = 0.5 * 0.9 * fits / 1e-6 / (1.0 - 0.45)
    after = seen(sites, scan).sites
    paired = odds / (1.0 + odds)
    assert after.exists[0] == pytest.approx(paired + (1.0 - paired) * 0.05 / 0.55, rel=1e-9)
    assert after.exists[1] == pytest.approx(0.5 * (1.0 - paired), rel=1e-9)


def test_sure_claims_average_like_any_two_measurements() -> None:
    sites = start(np.array([[0.0, 0.0]]), p=0.99)
    for key in range(1, 4):
        after = seen(sites, scan_of(np.array([[4.0, 0.0]]), p=0.9), 1.0, key=key)
        sites, _ = forgotten(after.sites, 0.1)
    assert sites.key.size == 1
    assert sites.east_m[0] == pytest.approx(3.0, abs=0.01)
    assert sites.place_m2[0] == pytest.approx(25.0 / 4.0, rel=0.01)


def test_where_nobody_looked_nothing_is_learned() -> None:
    sites = start(np.array([[0.0, 0.0]]))
    after = updated(sites, scan_of(NOBODY), looks(sites, 0.5, 0.0), STILL, Limits(), key=9).sites
    for before, now in zip(sites, after, strict=True):
        np.testing.assert_array_equal(before, now)


def test_ten_looks_at_once_say_little_more_than_one_and_ten_in_ten_days_say_more() -> None:
    motion = Motion(end_s=1e12)
    nobody, scan = nothing(0), scan_of(np.zeros((1, 2)), p=0.9)
    first = updated(nobody, scan, looks(nobody, 0.9), motion, Limits(), key=0).sites

    def after(seconds: float) -> float:
        sites = moved(first, 86400.0, motion)
        for _ in range(10):
            sites = moved(sites, seconds, motion)
            scan = scan_of(NOBODY)
            sites = updated(sites, scan, looks(sites, 0.9), motion, Limits(), key=1).sites
        return float(sites.exists[0])

    assert after(60.0) > 0.8
    independent = 9.0 * (1.0 - 0.3 * 0.9) ** 10
    assert after(86400.0) == pytest.approx(independent / (1.0 + independent), abs=0.02)


def test_a_gas_that_a_site_never_had_belongs_to_it_less() -> None:
    gas = np.eye(2)
    sites = seen(nothing(2), scan_of(np.zeros((1, 2)), gas=gas[:1])).sites
    same = seen(sites, scan_of(np.ones((1, 2)), gas=gas[:1])).belongs[0]
    other = seen(sites, scan_of(np.ones((1, 2)), gas=gas[1:])).belongs[0]
    assert same > other > 0.0


def test_what_moves_is_followed() -> None:
    motion = Motion(0.0, 0.01, 4.0, 1e12, 1.0, 0.0)
    sites = nothing(0)
    for second in range(12):
        sites = moved(sites, 1.0, motion)
        scan = scan_of(np.array([[2.0 * second, -second]]), 1.0, p=0.9)
        after = updated(sites, scan, looks(sites, 0.95), motion, Limits(), key=second)
        sites, _ = forgotten(after.sites, 0.01)
    best = int(sites.exists.argmax())
    assert sites.east_m_s[best] == pytest.approx(2.0, abs=0.1)
    assert sites.north_m_s[best] == pytest.approx(-1.0, abs=0.1)
    assert sites.exists[best] > 0.99
