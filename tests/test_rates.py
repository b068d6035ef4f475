"""Is the benchmark of emission rates right about what it measures?"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmark_files import load, run

from sillage.detect.mass import Amount
from sillage.records.cube import MemoryCube
from sillage.spectra.swir import kg_per_ppm_m3

NM = np.linspace(2007.0, 2496.0, 50)


def even_ground(size: int = 60) -> MemoryCube:
    """Ground of one material in changing light, with noise."""
    rng = np.random.default_rng(0)
    light = np.exp(0.2 * rng.normal(size=(size, size, 1)))
    noise = 1.0 + 0.002 * rng.normal(size=(size, size, NM.size))
    return MemoryCube(5.0 * light * np.exp(-(NM - 2000.0) / 500.0) * noise, NM, grid="map")


def told(rate: float, std: float, *, strongest_m: float = 7.0) -> Any:
    leaks = load("_leaks")
    rates = {name: Amount(rate, std) for name in ("mast", "model", "at the plume")}
    return leaks.Estimate(
        true_kg_h=100.0,
        rates=rates,
        held_kg=1.0,
        mass_kg=Amount(2.0, 0.1),
        length_m=200.0,
        strongest_m=strongest_m,
        upwind_m=14.0,
        beyond_m=-7.0,
        position_std_m=3.5,
    )


def test_rates_are_set_against_the_truth_and_their_own_error() -> None:
    rates = load("rates")
    figures = rates.summarise([told(100.0, 1.0), told(150.0, 20.0), told(60.0, 30.0), None])
    assert (figures["leaks"], figures["found"]) == (4, 3)
    mast = figures["rates"]["mast"]
    assert mast["over_truth"]["50%"] == 1.0
    assert mast["truth_within_90"] == round(2 / 3, 3)  # 50 off at an error of 20 is outside
    assert figures["mass_over_gas_there"]["50%"] == 2.0
    assert figures["rest_of_rate"]["50%"] == 0.5  # the mass is twice what is there
    assert figures["strongest"] == {
        "m": dict.fromkeys(("50%", "68%", "90%"), 7.0),
        "px": dict.fromkeys(("50%", "68%", "90%"), 1.0),
    }
    assert figures["strongest_over_position_std"]["50%"] == 2.0
    assert rates.summarise([None]) == {"leaks": 1, "found": 0}


def test_a_leak_lies_downwind_of_its_source_with_the_gas_of_its_rate() -> None:
    leaks = load("_leaks")
    ground = even_ground()
    leak = leaks.leak_over(ground, 1000.0, np.random.default_rng(3))
    twice = leaks.leak_over(ground, 2000.0, np.random.default_rng(3))
    np.testing.assert_allclose(twice.column_ppm_m, 2.0 * leak.column_ppm_m)
    kg = leak.column_ppm_m.sum() * leaks.PIXEL_M**2 * kg_per_ppm_m3("methane")
    assert 0.0 < kg < 1000.0 / 3600.0 * leaks.LASTS_S
    share = leak.column_ppm_m / leak.column_ppm_m.sum()
    line, sample = np.mgrid[:60, :60]
    north = leak.at_px[0] - float((share * line).sum())
    east = float((share * sample).sum()) - leak.at_px[1]
    towards = math.radians(leak.winds["mast"].towards_deg)
    assert east * math.sin(towards) + north * math.cos(towards) > 3.0
    assert 0.0 < leak.at_px[0] < 60.0
    assert 0.0 < leak.at_px[1] < 60.0


def test_a_strong_leak_over_even_ground_is_found_where_it_is() -> None:
    leaks = load("_leaks")
    leak = leaks.leak_over(even_ground(), 2000.0, np.random.default_rng(5))
    found = leaks.estimate_of(leak)
    assert found is not None
    for rate in found.rates.values():
        assert abs(rate.value - 2000.0) < 3.0 * rate.std
    assert found.strongest_m < 10.0 * leaks.PIXEL_M
    assert 0.7 < found.mass_kg.value / found.held_kg < 1.4
    none = leaks.estimate_of(leaks.leak_over(even_ground(), 0.01, np.random.default_rng(5)))
    assert none is None


def test_seeds_of_development_leave_no_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rates = load("rates")
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path / "results")
    monkeypatch.setattr(rates, "scenes", lambda: {"one": None})
    asked: list[range] = []

    def leaks(_: Any, __: float, seeds: range) -> list[Any]:
        asked.append(seeds)
        return [told(100.0, 10.0)]

    monkeypatch.setattr(rates, "leaks", leaks)
    run("rates", monkeypatch, "--seeds", "2", "--first", "0")
    assert not (tmp_path / "results").exists()
    run("rates", monkeypatch, "--seeds", "2", "--dry")
    assert not (tmp_path / "results").exists()
    run("rates", monkeypatch, "--seeds", "2")
    assert set(asked) == {range(2), range(1000, 1002)}
    written = json.loads((tmp_path / "results" / "rates.json").read_text("utf-8"))
    assert [one["rate_kg_h"] for one in written["leaks"]] == [300.0, 1000.0, 3000.0]
    assert written["all"]["found"] == 3
    monkeypatch.setattr(rates, "scenes", lambda: None)
    capsys.readouterr()
    run("rates", monkeypatch)
    assert "SILLAGE_DATA" in capsys.readouterr().out
