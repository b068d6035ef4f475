"""Is the two-source benchmark the tutorial's problem, and does it count sources right?"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmark_files import load, run
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NOWHERE = np.empty((0, 2))
places = st.integers(0, 4).flatmap(
    lambda count: arrays(np.float64, (count, 2), elements=st.floats(-50.0, 50.0))
)

PYELQ = {  # (sensor, time, source): ppm per kg/h of pyELQ 1.2.7 at seed 0 of the tutorial
    (0, 30, 0): 0.15260617140563273,
    (1, 60, 1): 0.7050546767830622,
    (2, 90, 1): 0.3752193636725765,
    (3, 30, 0): 0.16407862518240918,
    (4, 90, 0): 0.011436189223019809,
    (5, 90, 0): 0.007974045120802024,
    (6, 2, 1): 0.746233984404615,
}


def test_the_couplings_are_those_of_pyelq() -> None:
    coupling = load("_tutorial").draw(0).coupling
    assert coupling.shape == (7, 121, 2)
    for where, ppm in PYELQ.items():
        assert coupling[where] == pytest.approx(ppm, rel=4e-5)  # 16.043 for 16.04246 g/mol


def test_each_seed_is_another_wind_and_noise_and_the_same_seed_the_same() -> None:
    tutorial = load("_tutorial")
    one, again, other = (tutorial.medians(tutorial.draw(seed)) for seed in (3, 3, 4))
    assert one.ppm.shape == (7, 24)
    assert np.array_equal(one.ppm, again.ppm)
    assert (one.ppm != other.ppm).all()
    assert (one.wind != other.wind).all()
    assert np.abs(one.wind - other.wind).max() < 0.5  # m/s: the same turn of the same wind


def test_a_median_is_of_the_five_readings_that_end_with_its_block() -> None:
    tutorial = load("_tutorial")
    raw = tutorial.draw(0)
    ppm = raw.ppm * 0.0 + raw.time_s
    assert tutorial.medians(raw._replace(ppm=ppm)).ppm[0, :2].tolist() == [360.0, 960.0]


def test_the_localiser_is_told_the_medians_the_wind_and_no_noise() -> None:
    tutorial = load("_tutorial")
    asked = tutorial.medians(tutorial.draw(0))
    (paths, points), wind, context = tutorial.records(asked)
    assert paths.samples["value"].size + points.samples["value"].size == 168
    assert paths.samples["value"][24:48].tolist() == asked.ppm[1].tolist()
    assert np.isnan(np.concatenate([paths.samples["std"], points.samples["std"]])).all()
    east, north = tutorial.FRAME.to_local(
        paths.samples["end_lon_deg"], paths.samples["end_lat_deg"]
    )
    assert np.hypot(east, north) == pytest.approx(np.full(120, 30.0), abs=1e-6)
    assert (wind.samples["north_m_s"][0], wind.samples["east_m_s"][-1]) < (-3.5, -3.5)
    assert context.heights_m == (0.0, 10.0)


def test_gospa_of_a_pair_is_its_distance_up_to_the_cutoff_and_then_one_missed_and_one_false() -> (
    None
):
    gospa = load("_gospa").gospa
    here, near, far = np.zeros((1, 2)), np.array([[3.0, 4.0]]), np.array([[30.0, 40.0]])
    assert gospa(near, here, 10.0) == (5.0, ((0, 0),), 0, 0)
    assert gospa(far, here, 10.0) == (10.0, (), 1, 1)
    assert gospa(NOWHERE, here, 10.0) == (math.sqrt(50.0), (), 1, 0)
    assert gospa(NOWHERE, NOWHERE, 10.0).distance_m == 0.0


def test_gospa_pairs_what_costs_least_in_all_and_not_the_nearest_first() -> None:
    true = np.array([[0.0, 0.0], [4.0, 0.0]])
    found = np.array([[3.0, 0.0], [7.5, 0.0]])
    apart = load("_gospa").gospa(found, true, 10.0)
    assert apart.pairs == ((0, 0), (1, 1))
    assert apart.distance_m == pytest.approx(math.sqrt(3.0**2 + 3.5**2))


@given(places, places, places, st.floats(0.1, 100.0))
def test_gospa_is_a_distance(one: Floats, other: Floats, third: Floats, cutoff_m: float) -> None:
    gospa = load("_gospa").gospa
    apart = gospa(one, other, cutoff_m)
    assert gospa(one, one, cutoff_m).distance_m == 0.0
    assert apart.distance_m == pytest.approx(gospa(other, one, cutoff_m).distance_m)
    assert apart.missed + len(apart.pairs) == len(other)
    assert apart.false + len(apart.pairs) == len(one)
    detour = gospa(one, third, cutoff_m).distance_m + gospa(third, other, cutoff_m).distance_m
    assert apart.distance_m <= detour + 1e-6


def test_two_sources_counts_likely_ones_only_and_matches_each_to_its_own() -> None:
    score = load("two_sources").score
    second, first, faint = (0.9, 21.0, 15.0, 5.0), (0.99, 10.0, 18.0, 15.0), (0.4, 3.0, 3.0, 1.0)
    assert score(np.array([second, faint, first])) == {
        "number": 2,
        "both_found": True,
        "off_m": [2.0, 1.0],
        "rate_ratio": [1.0, 0.5],
        "gospa_m": 2.24,
        "missed": 0,
        "false": 0,
    }
    ghost = score(np.array([second, first, (0.6, 28.0, 2.0, 1.0)]))
    assert (ghost["both_found"], ghost["false"]) == (False, 1)
    alone = score(np.array([first]))
    assert (alone["both_found"], alone["off_m"]) == (False, [2.0, None])
    assert score(np.empty((0, 4)))["missed"] == 2


def chain_of(*iterations: list[tuple[float, float, float]], raw: Any) -> dict[str, Any]:
    """A chain of the peer's, padded with NaN as its own are: east, north, rate."""
    most = max(len(one) for one in iterations)
    table = np.full((3, most, len(iterations)), np.nan)
    for k, sources in enumerate(iterations):
        for row, source in enumerate(sources):
            table[:, row, k] = source
    return {
        "version": "1.2.7",
        "number": np.array([len(one) for one in iterations]),
        "east_m": table[0],
        "north_m": table[1],
        "rate_kg_h": table[2],
        "coupling_off": 0.0,
        "medians": load("_tutorial").medians(raw).ppm,
        "wall_s": 1.0,
        "cpu_s": 1.0,
    }


def test_the_peers_iterations_are_matched_one_by_one_whatever_their_number() -> None:
    raw = load("_tutorial").draw(0)
    two = [(20.0, 16.0, 10.0), (10.0, 20.0, 30.0)]
    three = [(10.0, 22.0, 15.0), (1.0, 1.0, 1.0), (20.0, 16.0, 10.0)]
    scored = load("two_sources").score_peer(chain_of(two, three, two, [two[1]], raw=raw), raw)
    assert (scored["number"], scored["iterations_by_number"]) == (2, {"1": 1, "2": 2, "3": 1})
    assert scored["share_both_found"] == 0.5
    assert scored["off_m"] == [0.0, 1.0]
    assert scored["rate_ratio"] == [2.0, 1.0]
    assert scored["medians_off_ppm"] == 0.0


def test_the_benchmark_runs_small_without_a_peer_and_keeps_the_peers_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path)
    small = ("--seeds", "0", "--particles", "32")
    run("two_sources", monkeypatch, *small, "--dry")
    assert list(tmp_path.iterdir()) == []
    peer = {"machine": {"cores": 64}, "runs": []}
    (tmp_path / "two_sources.json").write_text(json.dumps({"peer": peer}), encoding="utf-8")
    run("two_sources", monkeypatch, *small)
    written = json.loads((tmp_path / "two_sources.json").read_text("utf-8"))
    assert written["peer"] == peer
    (one,) = written["own"]["runs"]
    assert one["number"] == 2 - one["missed"] + one["false"]
    assert math.isclose(sum(one["number_of_sources"]), 1.0, abs_tol=0.01)
    assert written["own"]["summary"]["runs"] == 1
