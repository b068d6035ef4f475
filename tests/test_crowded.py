"""Is an answer with several sources scored by what is there, whatever the order it is told in?"""

from __future__ import annotations

import itertools
import json
import math
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from benchmark_files import load

from sillage.records.place import LocalFrame, Place
from sillage.simulate import crowded_world
from sillage.watch.verbs import KnownSource

FRAME = LocalFrame(lon=-3.9, lat=50.6)
PLACES = ((-60.0, 10.0), (0.0, 0.0), (55.0, -40.0))
CUTOFF_M = 25.0


def place(east_m: float, north_m: float) -> Place:
    lon, lat = FRAME.to_lonlat(east_m, north_m)
    return Place(lon=float(lon), lat=float(lat))


def known(east_m: float, north_m: float, rate_kg_h: float = 2.0) -> KnownSource:
    there = place(east_m, north_m)
    return KnownSource(place=there, east_m=east_m, north_m=north_m, rate_kg_h=rate_kg_h)


def found_at(east_m: float, north_m: float, **changed: Any) -> Any:
    """A source with a region of ten metres about its place."""

    def holds(there: Place) -> bool:
        east, north = FRAME.to_local(there.lon, there.lat)
        return math.dist((float(east), float(north)), (east_m, north_m)) < 10.0

    rate = {"rate_kg_h": 2.0, "rate_low_kg_h": 1.0, "rate_high_kg_h": 4.0}
    told = {"east_m": east_m, "north_m": north_m, "radius_m": 10.0, "verdict": "located"}
    return load("crowded").Found(**(told | rate | {"holds": holds} | changed))


def scored(listed: list[Any], truths: list[KnownSource]) -> dict[str, Any]:
    score: dict[str, Any] = load("crowded").score(listed, truths, CUTOFF_M)
    return score


TRUTHS = [known(*there) for there in PLACES]


def test_a_perfect_answer_is_nothing_off() -> None:
    score = scored([found_at(*there) for there in PLACES], TRUTHS)
    assert (score["gospa_m"], score["missed"], score["false"]) == (0.0, 0, 0)
    assert score["assigned_inside_90"] == [True] * 3
    for pair in score["matched"]:
        assert (pair["off_m"], pair["rate_ratio"]) == (0.0, 1.0)
        assert pair["inside_90"]
        assert pair["rate_inside_90"]


def test_a_source_missed_and_a_source_that_is_not_there_cost_the_same() -> None:
    """Half of the cutoff's square, (30 m)^2 / 2, each (Rahmathullah et al. 2017, alpha 2)."""
    listed = [found_at(*there) for there in PLACES]
    missed = scored(listed[:2], TRUTHS)
    false = scored(listed, TRUTHS[:2])
    both = scored(listed[:2], TRUTHS[1:])
    assert (missed["missed"], missed["false"], missed["gospa_m"]) == (1, 0, 21.21)
    assert (false["missed"], false["false"], false["gospa_m"]) == (0, 1, 21.21)
    assert (both["missed"], both["false"], both["gospa_m"]) == (1, 1, 30.0)
    nothing = scored([], TRUTHS)
    assert (nothing["missed"], nothing["found"], nothing["matched"]) == (3, 0, [])
    assert nothing["gospa_m"] == round(math.sqrt(3.0 * 450.0), 2)


def test_the_order_of_sources_changes_no_score() -> None:
    listed = [
        found_at(-57.0, 14.0, rate_kg_h=1.0),
        found_at(12.0, 0.0, verdict="ambiguous", rate_low_kg_h=2.5),
        found_at(90.0, 90.0, radius_m=50.0),
    ]

    def as_sets(score: dict[str, Any]) -> dict[str, Any]:
        return {
            key: sorted(map(json.dumps, value)) if isinstance(value, list) else value
            for key, value in score.items()
        }

    first = as_sets(scored(listed, TRUTHS))
    assert first["gospa_m"] == round(math.sqrt(5.0**2 + 12.0**2 + 30.0**2), 2)
    assert len(first["matched"]) == 2
    for here in itertools.permutations(listed):
        for there in itertools.permutations(TRUTHS):
            assert as_sets(scored(list(here), list(there))) == first


def test_who_is_beyond_the_cutoff_is_of_no_source_but_its_region_is_not_forgotten() -> None:
    near, far = CUTOFF_M - 0.1, CUTOFF_M + 0.1
    for off_m, pairs in ((near, 1), (far, 0)):
        score = scored([found_at(off_m, 0.0)], [known(0.0, 0.0)])
        assert len(score["matched"]) == pairs
        assert score["assigned_inside_90"] == [False]
        assert [pair["off_m"] for pair in score["matched"]] == [off_m] * pairs


def test_a_source_belongs_to_one_estimate_only() -> None:
    score = scored([found_at(0.0, 4.0), found_at(0.0, -6.0)], [known(0.0, 0.0)])
    assert [pair["off_m"] for pair in score["matched"]] == [4.0]
    assert (score["missed"], score["false"]) == (0, 1)


def test_a_rate_is_right_when_its_interval_holds_the_rate_of_its_own_source() -> None:
    rates = [known(*PLACES[0], rate_kg_h=1.5), known(*PLACES[2], rate_kg_h=8.0)]
    listed = [found_at(*PLACES[2]), found_at(*PLACES[0])]
    pairs = sorted(scored(listed, rates)["matched"], key=lambda pair: float(pair["rate_ratio"]))
    assert [pair["rate_ratio"] for pair in pairs] == [0.25, 1.333]
    assert [pair["rate_inside_90"] for pair in pairs] == [False, True]


def test_a_match_is_never_further_off_than_two_sources_may_be_near() -> None:
    cutoff = load("crowded").match_cutoff_m
    for seed in range(40):
        world = crowded_world(np.random.default_rng(seed))
        side = 2.0 * world.area.east_m
        assert cutoff(world) == pytest.approx(max(20.0, 0.1 * side))


def test_only_what_probably_exists_is_found_and_each_is_asked_for_its_own_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crowded = load("crowded")
    asked: list[tuple[Any, ...]] = []

    def inside(estimate: Any, there: Place, level: float, *, source: int) -> bool:
        asked.append((estimate, there, level, source))
        return source == 2

    monkeypatch.setattr(crowded, "inside", inside)
    regions = [
        SimpleNamespace(level=level, equivalent_radius_m=9.0 * level) for level in (0.5, 0.9)
    ]
    rate = SimpleNamespace(mean=9.0, median=3.0, low=1.0, high=5.0)
    estimate = SimpleNamespace(
        frame=FRAME,
        sources=[
            SimpleNamespace(
                probability=probability,
                position=place(*there),
                regions=regions,
                rate=rate,
                verdict="located",
            )
            for probability, there in zip((0.9, 0.4, 0.6), PLACES, strict=True)
        ],
    )
    listed = crowded.found(estimate)
    assert [one.rate_kg_h for one in listed] == [3.0, 3.0]
    assert [one.radius_m for one in listed] == pytest.approx([8.1, 8.1])
    places = [(one.east_m, one.north_m) for one in listed]
    assert np.allclose(places, [PLACES[0], PLACES[2]], atol=1e-6)
    assert [one.holds(TRUTHS[1].place) for one in listed] == [False, True]
    assert asked == [(estimate, TRUTHS[1].place, 0.9, index) for index in (0, 2)]


def test_figures_are_summed_over_pairs_and_told_by_number_and_by_sensors() -> None:
    perfect = scored([found_at(*there) for there in PLACES], TRUTHS)
    off = scored([found_at(12.0, 0.0), found_at(200.0, 0.0)], TRUTHS[1:2])
    told = {"family": "matched", "verdict": "located", "seconds": 5.0}
    rows = [
        perfect | told | {"sensors": "fixed point", "number": 3, "chance_of_right_number": 0.8},
        off | told | {"sensors": "fixed path", "number": 2, "chance_of_right_number": 0.1},
    ]
    summary = load("crowded").summarise(rows)
    whole = summary["all"]
    assert (whole["worlds"], whole["sources"], whole["found"], whole["matched"]) == (2, 4, 5, 4)
    assert (whole["missed"], whole["false"]) == (0, 1)
    assert whole["right_number"]["share"] == 0.5
    assert whole["inside_90"] == {"share": 0.75, "std": round(math.sqrt(0.75 * 0.25 / 4), 3)}
    assert whole["rate_inside_90"]["share"] == 1.0
    assert whole["verdicts"] == {"located": 2, "ambiguous": 0, "cannot tell": 0}
    assert whole["verdicts_of_sources"]["located"] == 5
    assert list(summary["by_sources"]) == ["1", "3"]
    assert summary["by_sources"]["3"]["inside_90"]["share"] == 1.0
    assert summary["by_sensors"]["fixed path"]["off_m"] == [12.0] * 5
    json.dumps(summary, allow_nan=False)


def test_the_result_lies_beside_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    crowded = load("crowded")
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path)
    arguments = ["crowded.py", "--worlds", "0", "--family", "matched"]
    monkeypatch.setattr(sys, "argv", [*arguments, "--dry"])
    crowded.main()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(sys, "argv", arguments)
    crowded.main()
    written = json.loads((tmp_path / "crowded.json").read_text("utf-8"))
    assert written["families"]["matched"]["all"]["worlds"] == 0
