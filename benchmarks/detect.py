"""Are there as many false plumes as were asked for, and do probabilities of plumes come true?

Real scenes without a plume: six cuts of AVIRIS radiance, methane, the same settings for all.

1. False plumes asked for against counted, a scene, pooled over the six; and, harder, the tail of
   one half of a scene against the plumes of the other half.
2. Plumes with outlines of real ones, put over the scenes: how many are found at each strength, how
   many false ones stand beside them, and what they weigh.
3. Vetting, of which no sign may count against what it says: each scene is judged by what plumes
   and clutter of the others taught (on seeds below 100), and scored by Brier, expected
   calibration error and reliability, both kinds weighed the same.

NASA/JPL AVIRIS (cuts by Kang et al.), EMIT outlines by emit-sds/plume-vetting, Apache-2.0.

    SILLAGE_DATA=DIR python benchmarks/detect.py [--seeds N] [--learn] [--dry]

`--learn` gives the weights of `sillage.detect.vetting` from all six scenes, on seeds below 100, and
leaves the result file. The figures go to standard output and to results/detect.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from _chances import Bools, Floats, balanced, logistic, reliability
from _implants import PLUMES, Judged, Scored, Weighed, judged, scored, seen_of
from _plumes import Outline, outlines, plumes_over, scenes
from _results import write_result

from sillage.detect.alarms import peaks_of, tail_of
from sillage.detect.plumes import ColumnMap, plumes_of
from sillage.detect.vetting import Signs
from sillage.records.cube import MemoryCube

ASKED = (10.0, 5.0, 1.0, 0.1)
CORES_PPM_M = (2000.0, 5000.0, 15_000.0)
LEARNT_SEEDS = range(16)
REPORTED = 1000
"""Seed of the first figure that is reported."""
SPECTRAL = ("explained", "spectral_sigmas")

Maps = Mapping[str, ColumnMap]


def counted(maps: Maps, asked: float) -> dict[str, Any]:
    """False plumes of plume-free scenes, whole and half against half."""
    whole = {name: len(plumes_of(seen, asked).plumes) for name, seen in maps.items()}
    halves = [
        int((peaks_of(there.sigmas, apart_px=there.scale_px).height > height).sum())
        for seen in maps.values()
        for here, there in _halves(seen)
        for height in [
            tail_of(peaks_of(here.sigmas, apart_px=here.scale_px).height).height(asked / 2.0)
        ]
    ]
    return {
        "asked": asked,
        "counted": whole,
        "ratio": round(sum(whole.values()) / (asked * len(whole)), 2),
        "ratio_half_by_half": round(2.0 * float(np.mean(halves)) / asked, 2),
    }


def _halves(seen: ColumnMap) -> list[tuple[ColumnMap, ColumnMap]]:
    """Each half of a map, and the other one: left and right, top and bottom."""
    lines, samples = (size // 2 for size in seen.sigmas.shape)
    parts = []
    for first, second in (
        (np.s_[:lines], np.s_[lines:]),
        (np.s_[:, :samples], np.s_[:, samples:]),
    ):
        one, other = (
            ColumnMap(
                seen.column_ppm_m[part], seen.std_ppm_m[part], seen.scale_px, seen.sigmas[part]
            )
            for part in (first, second)
        )
        parts += [(one, other), (other, one)]
    return parts


def found_at(
    cubes: Mapping[str, MemoryCube],
    known: list[Outline],
    seeds: range,
    core_ppm_m: float,
    asked: float,
) -> list[Scored]:
    """Scenes with plumes of one strength put over them."""
    runs = []
    for place, cube in enumerate(cubes.values()):
        for seed in seeds:
            rng = np.random.default_rng([seed, place, round(core_ppm_m)])
            size = cube.lines, cube.samples
            ends = core_ppm_m, core_ppm_m
            laid = plumes_over(size, known, rng, count=PLUMES, core_ppm_m=ends)
            runs.append(scored(cube, laid, asked))
    return runs


def summarise(runs: Sequence[Scored]) -> dict[str, Any]:
    """Shares found, false plumes a scene, and masses against the truth."""
    weighed = [one for run in runs for one in run.weighed]
    return {
        "scenes": len(runs),
        "found": round(sum(run.found for run in runs) / sum(run.there for run in runs), 3),
        "false_a_scene": round(float(np.mean([run.false for run in runs])), 2),
        **masses(weighed),
    }


def masses(weighed: Sequence[Weighed]) -> dict[str, Any]:
    """Masses of found plumes against all that was there, and how often errors hold the truth."""
    if not weighed:
        return {"plumes": 0}
    true, kg, std = np.array(weighed).T
    quantiles = np.quantile(kg / true, [0.16, 0.5, 0.84]).round(2).tolist()
    off = np.abs(kg - true) / std
    return {
        "plumes": len(true),
        "mass_ratio_total": round(float(kg.sum() / true.sum()), 2),
        "mass_ratio_16_50_84": quantiles,
        "truth_within_1_std": round(float((off < 1.0).mean()), 2),
        "truth_within_2_std": round(float((off < 2.0).mean()), 2),
    }


def learn(rows: Sequence[Judged], *, spectra: bool) -> dict[str, float]:
    """Weights of the signs; without spectra, of those that are left."""
    design, real, names = _design(rows, spectra=spectra)
    weights = logistic(design, real, balanced(real), least=0.0)
    return dict(zip(names, weights.round(3).tolist(), strict=True))


def _design(rows: Sequence[Judged], *, spectra: bool) -> tuple[Floats, Bools, tuple[str, ...]]:
    names = tuple(name for name in Signs._fields if spectra or name not in SPECTRAL)
    used = [row for row in rows if not spectra or row.signs.explained is not None]
    design = np.array([[1.0, *(getattr(row.signs, name) for name in names)] for row in used])
    return design, np.array([row.real for row in used]), ("constant", *names)


def vetted(learnt: Sequence[Judged], tested: Sequence[Judged]) -> dict[str, Any]:
    """Probabilities of each scene's claims by what the other scenes taught."""
    told, real = [], []
    for scene in dict.fromkeys(row.scene for row in tested):
        others = [row for row in learnt if row.scene != scene]
        for spectra in (True, False):
            mine = [
                row
                for row in tested
                if row.scene == scene and (row.signs.explained is not None) == spectra
            ]
            if not mine:
                continue
            weights = np.array(list(learn(others, spectra=spectra).values()))
            design, so, _ = _design(mine, spectra=spectra)
            told += (1.0 / (1.0 + np.exp(-design @ weights))).tolist()
            real += so.tolist()
    chance, so = np.array(told), np.array(real)
    figures = reliability(chance, so, balanced(so))
    return {"real": int(so.sum()), "false": int((~so).sum()), **figures}


def every(cubes: Mapping[str, MemoryCube], known: list[Outline], seeds: range) -> list[Judged]:
    """Claims of all scenes."""
    return [
        row
        for place, (name, cube) in enumerate(cubes.items())
        for row in judged(name, cube, known, seeds, place)
    ]


def main() -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10, help="Of each figure.")
    parser.add_argument("--learn", action="store_true", help="Print the weights of vetting.")
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    told = parser.parse_args()
    cubes, known = scenes(), outlines()
    if cubes is None or known is None:
        print("no real data: set SILLAGE_DATA to the folder that holds the data sets")
        return
    learnt = every(cubes, known, LEARNT_SEEDS)
    if told.learn:
        weights = [learn(learnt, spectra=spectra) for spectra in (True, False)]
        runs = [
            run
            for core in CORES_PPM_M
            for run in found_at(cubes, known, LEARNT_SEEDS[:4], core, 5.0)
        ]
        print(json.dumps({"weights": weights[0], "no_fit": weights[1]}, indent=2))
        print(json.dumps(summarise(runs), indent=2))
        return
    seeds = range(REPORTED, REPORTED + told.seeds)
    maps = {name: seen_of(cube).columns for name, cube in cubes.items()}
    figures = {
        "false_plumes": [counted(maps, asked) for asked in ASKED],
        "implants": [
            {"core_ppm_m": core, "asked": asked}
            | summarise(found_at(cubes, known, seeds, core, asked))
            for asked in (10.0, 5.0)
            for core in CORES_PPM_M
        ],
        "vetting": vetted(learnt, every(cubes, known, seeds)),
    }
    print(json.dumps(figures, indent=2))
    if not told.dry:
        print(write_result("detect", figures).name)


if __name__ == "__main__":
    main()
