"""Is detection scored right: false plumes, masses, probabilities, and what is learnt from whom?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmark_files import load, run
from scipy.ndimage import gaussian_filter

from sillage.detect.plumes import ColumnMap


def noise(seed: int) -> ColumnMap:
    smooth = gaussian_filter(np.random.default_rng(seed).normal(size=(120, 120)), 2.0)
    return ColumnMap(smooth / smooth.std(), np.ones((120, 120)), 2.0)


def rows(scene: str, count: int, seed: int) -> list[Any]:
    """Claims of which the real ones are explained by the gas, with some overlap."""
    rng = np.random.default_rng(seed)
    implants, signs = load("_implants"), load("detect").Signs
    return [
        implants.Judged(
            scene,
            bool(real),
            signs(rng.normal(), 0.5 * rng.normal() + real, 0.5 * rng.normal() + real, rng.normal()),
        )
        for real in rng.random(count) < 0.4
    ]


def test_counted_plumes_stand_beside_what_was_asked() -> None:
    maps = {"one": noise(0), "two": noise(1), "three": noise(2)}
    told = load("detect").counted(maps, 10.0)
    assert told["ratio"] == round(sum(told["counted"].values()) / 30.0, 2)
    assert 0.6 < told["ratio"] < 1.6
    assert 0.5 < told["ratio_half_by_half"] < 2.0


def test_each_half_of_a_map_is_asked_about_the_other() -> None:
    seen = noise(3)
    halves = load("detect")._halves(seen)
    assert [one.sigmas.shape for one, _ in halves] == [(60, 120)] * 2 + [(120, 60)] * 2
    for one, other in halves:
        assert one.sigmas.size + other.sigmas.size == seen.sigmas.size
        assert one.sigmas.sum() + other.sigmas.sum() == pytest.approx(seen.sigmas.sum())


def test_masses_are_set_against_all_that_was_there() -> None:
    weighed = load("_implants").Weighed
    told = load("detect").masses([weighed(10.0, 9.0, 2.0), weighed(30.0, 45.0, 10.0)])
    assert told["mass_ratio_total"] == 1.35
    assert (told["truth_within_1_std"], told["truth_within_2_std"]) == (0.5, 1.0)
    assert load("detect").masses([]) == {"plumes": 0}


def test_runs_sum_up_to_shares_and_means() -> None:
    scored = load("_implants").Scored
    told = load("detect").summarise([scored(2, 2, 3, ()), scored(2, 1, 4, ())])
    assert (told["scenes"], told["found"], told["false_a_scene"]) == (2, 0.75, 3.5)


def test_a_scene_is_judged_by_what_the_others_taught(monkeypatch: pytest.MonkeyPatch) -> None:
    detect = load("detect")
    learnt = [row for name in "abc" for row in rows(name, 60, ord(name))]
    asked: list[set[str]] = []

    def learn(some: Any, *, spectra: bool) -> dict[str, float]:
        asked.append({row.scene for row in some})
        weights: dict[str, float] = real_learn(some, spectra=spectra)
        return weights

    real_learn = detect.learn
    monkeypatch.setattr(detect, "learn", learn)
    told = detect.vetted(learnt, [row for name in "abc" for row in rows(name, 60, 9 + ord(name))])
    assert asked == [{"b", "c"}, {"a", "c"}, {"a", "b"}]
    assert told["auc"] > 0.8
    assert told["brier"] < 0.2
    assert told["ece"] < 0.15
    assert told["real"] + told["false"] == 180


def test_learnt_weights_name_their_signs_and_none_is_negative() -> None:
    weights = load("detect").learn(rows("a", 200, 5), spectra=True)
    assert list(weights) == ["constant", "rare", "explained", "spectral_sigmas", "shape"]
    assert all(weight >= 0.0 for name, weight in weights.items() if name != "constant")
    assert weights["explained"] > 0.5
    bare = load("detect").learn(rows("a", 200, 5), spectra=False)
    assert list(bare) == ["constant", "rare", "shape"]


def test_reliability_of_an_oracle_a_coin_and_a_liar() -> None:
    chances = load("_chances")
    real = np.arange(100) < 50
    even = np.ones(100)
    oracle = chances.reliability(np.where(real, 1.0, 0.0), real, even)
    assert (oracle["brier"], oracle["ece"], oracle["auc"]) == (0.0, 0.0, 1.0)
    coin = chances.reliability(np.full(100, 0.5), real, even)
    assert (coin["brier"], coin["ece"], coin["auc"]) == (0.25, 0.0, 0.5)
    liar = chances.reliability(np.where(real, 0.0, 1.0), real, even)
    assert (liar["brier"], liar["ece"], liar["auc"]) == (1.0, 1.0, 0.0)


def test_weights_of_both_verdicts_are_the_same_in_all() -> None:
    real = np.arange(100) < 10
    weight = load("_chances").balanced(real)
    assert weight[real].sum() == pytest.approx(weight[~real].sum())
    assert weight.mean() == pytest.approx(1.0)


def test_plumes_are_laid_apart_with_outlines_that_nothing_was_learnt_from() -> None:
    plumes = load("_plumes")
    square = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0], [0.0, 0.0]])
    known = [plumes.Outline(square, True, False), plumes.Outline(square[:0], True, True)]
    rng = np.random.default_rng(0)
    laid = plumes.plumes_over((80, 80), known, rng, count=3, core_ppm_m=(500.0, 500.0))
    assert [one.max() for one in laid] == pytest.approx([500.0] * 3)
    assert (np.sum([one > 0.0 for one in laid], axis=0) <= 1).all()


@pytest.mark.parametrize("name", ["detect", "plume_shapes"])
def test_without_data_nothing_is_measured_and_nothing_written(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SILLAGE_DATA", raising=False)
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path / "results")
    run(name, monkeypatch)
    assert "SILLAGE_DATA" in capsys.readouterr().out
    assert not (tmp_path / "results").exists()


def test_detect_leaves_its_result_beside_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    detect = load("detect")
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path / "results")
    monkeypatch.setattr(detect, "scenes", lambda: {"one": None})
    monkeypatch.setattr(detect, "outlines", list)
    monkeypatch.setattr(detect, "seen_of", lambda _: type("Seen", (), {"columns": noise(0)}))
    monkeypatch.setattr(detect, "every", lambda *_: [])
    monkeypatch.setattr(detect, "vetted", lambda *_: {"brier": 0.1})
    seeds: list[range] = []

    def found_at(_: Any, __: Any, some: range, *___: float) -> list[Any]:
        seeds.append(some)
        return []

    monkeypatch.setattr(detect, "found_at", found_at)
    monkeypatch.setattr(detect, "summarise", lambda _: {"found": 1.0})
    run("detect", monkeypatch, "--seeds", "3", "--dry")
    assert not (tmp_path / "results").exists()
    run("detect", monkeypatch, "--seeds", "3")
    assert set(seeds) == {range(1000, 1003)}
    written = json.loads((tmp_path / "results" / "detect.json").read_text("utf-8"))
    assert [one["asked"] for one in written["false_plumes"]] == [10.0, 5.0, 1.0, 0.1]
    assert len(written["implants"]) == 6
    assert written["vetting"] == {"brier": 0.1}
