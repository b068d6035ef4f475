"""Are names of gases scored by what was there, and parts of a run joined as they were printed?"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from benchmark_files import load, run

from sillage.detect.signatures import Signatures
from sillage.records.detection import NOT_IN_LIBRARY

LIBRARY = Signatures(
    ("a", "b", "c"),
    np.array([[1.0, 0.0, 0.0], [0.95, 0.3, 0.0], [0.0, 0.0, 1.0]]),
    np.array([8000.0, 9000.0, 10000.0]),
)


@pytest.mark.parametrize(
    ("told", "truth", "right"),
    [
        (("a",), ["a"], True),
        (("b",), ["a"], True),  # cannot be told from it
        (("c",), ["a"], False),
        (("a", "c"), ["a"], False),
        (("a",), ["a", "c"], False),
        (("b", "c"), ["a", "c"], True),
        (("a", "b"), ["a", "c"], False),
        ((NOT_IN_LIBRARY,), ["a"], False),
        ((), ["a"], False),
    ],
)
def test_a_name_is_right_if_it_stands_for_each_gas_and_no_more(
    told: tuple[str, ...], truth: list[str], right: bool
) -> None:
    assert load("identify").right(told, truth, LIBRARY) is right


def line(seed: int, **fields: Any) -> dict[str, Any]:
    answer = [[["a"], 0.7], [["b"], 0.25]]
    return {
        "seed": seed,
        "measured": False,
        "asked": True,
        "contrast_K": -3.0,
        "known": {"answer": answer},
        "right": True,
        "exact": False,
        "column_ratio": 1.1,
        "stranger_right": seed % 2 == 0,
        "cpu_s": 1.0,
    } | fields


def test_scenes_that_cannot_be_asked_are_counted_and_left_out() -> None:
    dense = {"seed": 9, "measured": False, "asked": False, "contrast_K": 2.0, "cpu_s": 1.0}
    mixed = {
        "empty": {},
        "empty_right": True,
        "mixture": ["a", "c"],
        "mixture_right": False,
        "gases_found": 1,
        "gases_false": 1,
    }
    summary = load("identify").summarise([line(0), line(1, **mixed), line(2), dense])
    assert summary["scenes"] == 4
    assert summary["beyond_optical_depth"] == [9]
    assert (summary["right"]["right"], summary["right"]["of"]) == (3, 3)
    assert (summary["stranger_right"]["right"], summary["stranger_right"]["of"]) == (2, 3)
    assert summary["exact"]["right"] == 0
    assert summary["answer_set_mean"] == 2.0
    assert summary["by_contrast"]["2 to 4 K"]["right"]["of"] == 3
    assert summary["by_contrast"]["7 to 10 K"]["right"] == {"of": 0}
    assert summary["mixture_gases_found"]["share"] == 0.5
    assert summary["mixture_gases_false"] == 1


def test_a_share_comes_with_its_interval() -> None:
    told = load("identify").share([True] * 98 + [False] * 2)
    assert told["share"] == 0.98
    assert told["low"] == pytest.approx(0.930, abs=1e-3)  # Wilson 1927
    assert told["high"] == pytest.approx(0.994, abs=1e-3)


def test_parts_are_joined_into_one_result(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    benchmark = load("identify")
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path / "results")
    monkeypatch.setattr(benchmark, "read_world", lambda: SimpleNamespace(library=LIBRARY))
    monkeypatch.setattr(benchmark, "limit_table", lambda *_: {"gases": {}})
    parts = []
    for number in range(2):
        part = tmp_path / f"part{number}.txt"
        seeds = range(3 * number, 3 * number + 3)
        lines = [line(seed, measured=seed == 1) for seed in seeds]
        part.write_text("\n".join(map(json.dumps, [*lines, {"summary": 1}])))
        parts.append(str(part))
    run("identify", monkeypatch, "--dry", "--join", *parts)
    assert not (tmp_path / "results").exists()
    run("identify", monkeypatch, "--join", *parts[::-1])
    written = json.loads((tmp_path / "results" / "identify.json").read_text("utf-8"))
    assert [one["seed"] for one in written["scenes"]] == [0, 2, 3, 4, 5, 1]
    assert written["summary"]["scenes"] == 5
    assert written["summary_measured"]["scenes"] == 1
    assert "processor" in written["machine"]


def test_without_data_it_is_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SILLAGE_DATA", raising=False)
    run("identify", monkeypatch)
    assert "skipped: set SILLAGE_DATA" in capsys.readouterr().out


@pytest.mark.data
def test_a_scene_is_asked_with_its_gas_and_without(sillage_data: Path) -> None:
    """A strong, simple case of the benchmark itself: the line holds what the summary reads."""
    needed = ("surface_emissivity", "atmosphere", "instrument", "hytes_lwir", "gas_cross_sections")
    assert all((sillage_data / name).exists() for name in needed)
    benchmark = load("identify")
    world = load("_lwir").read_world()
    seed = world.library.gases.index("ammonia")
    told = benchmark.run(world, seed)
    assert told["gas"] == "ammonia"
    assert told["right"]
    assert told["stranger_right"]
    assert benchmark.summarise([told])["scenes"] == 1
    seen, gases = load("_lwir").with_full_spectra(world)
    assert len(gases) >= 30
    grid = np.array([966.25])
    full = seen.absorption("ammonia", grid)[0]
    assert 0.3 < full / world.absorption("ammonia", grid)[0] < 3.0
