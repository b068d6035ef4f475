"""How well are plumes told from real clutter, and how much of their mass is retrieved?

Plumes of methane are put over six real scenes, three strengths, so many seeds each; outlines are
of the half of granules that no shape prior learned from. Precision is the mean precision over
recall of the pixels that hold more than a tenth of the core; mass is the sum over those pixels,
pooled. The product that is scored is `Retrieved.together`: for precision its sigmas, for mass its
columns. Per-pixel filters take the whole scene as their background, as published.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from _grounds import SCENES, aviris, outlines
from _results import spread
from numpy.typing import NDArray

from sillage.records.cube import MemoryCube
from sillage.retrieve.filters import Filter, adaptive_filter, matched_filter, sparse_filter
from sillage.retrieve.run import retrieve
from sillage.retrieve.target import Target
from sillage.simulate.scenes import implant, plume_column

Floats = NDArray[np.float64]

CORES_PPM_M = (2000.0, 5000.0, 15_000.0)
LENGTH_PX = (15.0, 50.0)
RIM = 0.1
PIXELWISE: dict[str, Filter] = {
    "matched": matched_filter,
    "ace": adaptive_filter,
    "mag1c": sparse_filter,
}


def runs(data: Path, seeds: range, scenes: tuple[str, ...] = SCENES) -> Iterator[dict[str, Any]]:
    """Scores of every scene, seed, strength and way."""
    shapes = outlines(data, half=1)
    for number, name in enumerate(scenes):
        bare = aviris(data, name)
        for seed in seeds:
            rng = np.random.default_rng([seed, number])
            unit_plume = plume_column(
                shapes[int(rng.integers(len(shapes)))],
                (bare.lines, bare.samples),
                length_px=float(rng.uniform(*LENGTH_PX)),
                core_ppm_m=1.0,
                rng=rng,
            )
            for core in CORES_PPM_M:
                there = core * unit_plume
                scene = implant(bare, "methane", there).cube
                about = {"scene": name, "seed": seed, "core_ppm_m": core}
                for way, told in scored(scene, there, core):
                    yield about | {"way": way} | told


def scored(scene: MemoryCube, there: Floats, core: float) -> Iterator[tuple[str, dict[str, float]]]:
    """Scores of each way on one scene."""
    truth = there > RIM * core
    with tempfile.TemporaryDirectory() as folder:
        found = retrieve(scene, "methane", Path(folder))
    sigmas, column = found.together.sigmas, found.together.column_ppm_m
    yield "together", score(sigmas, column, there, truth)
    for way, use in PIXELWISE.items():
        yield way, score(*pixelwise(scene, found.target, use), there, truth)


def pixelwise(scene: MemoryCube, target: Target, use: Filter) -> tuple[Floats, Floats]:
    """What a filter ranks pixels by, and its columns, with the scene as one background."""
    pixels = scene.radiance[..., target.bands].reshape(-1, target.bands.size)
    found = use(pixels, target.unit_absorption)
    shape = scene.radiance.shape[:2]
    ranked = found.column_ppm_m / found.std_ppm_m if use is adaptive_filter else found.column_ppm_m
    return ranked.reshape(shape), found.column_ppm_m.reshape(shape)


def score(
    ranked: Floats, column: Floats, there: Floats, truth: NDArray[np.bool_]
) -> dict[str, float]:
    """Average precision, and retrieved and true sums over the plume's clear pixels."""
    clear = np.isfinite(column)
    height = np.where(clear, ranked, -np.inf)
    seen = truth & clear
    return {
        "precision": average_precision(height, truth),
        "found_ppm_m": float(column[seen].sum()),
        "there_ppm_m": float(there[seen].sum()),
        "clear": float(seen.sum() / truth.sum()),
        "clutter_ppm_m": float(column[clear & ~truth].std()),
    }


def average_precision(height: Floats, truth: NDArray[np.bool_]) -> float:
    """Mean, over true pixels, of the share of true ones among all that are as high."""
    order = np.argsort(-height.ravel(), kind="stable")
    true = truth.ravel()[order]
    right = np.cumsum(true) / np.arange(1, true.size + 1)
    return float(right[true].mean())


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """By strength: precision of each way, ratio over the best filter of pixels, and mass."""
    told: dict[str, Any] = {}
    for core in CORES_PPM_M:
        ways: dict[str, Any] = {}
        for way in ("together", *PIXELWISE):
            mine = [row for row in rows if row["way"] == way and row["core_ppm_m"] == core]
            ways[way] = {
                "precision": round(float(np.mean([row["precision"] for row in mine])), 4),
                "precision_by_scene": spread(
                    [
                        float(np.mean([r["precision"] for r in mine if r["scene"] == one]))
                        for one in {row["scene"] for row in mine}
                    ],
                    4,
                ),
                "mass": _mass(mine),
                "mass_std": round(_mass_std(mine), 3),
                "clear": round(float(np.mean([row["clear"] for row in mine])), 3),
                "clutter_ppm_m": round(float(np.mean([row["clutter_ppm_m"] for row in mine]))),
            }
        best = max(ways[way]["precision"] for way in PIXELWISE)
        told[f"{core:.0f} ppm m"] = ways | {
            "ratio_over_best_filter": round(ways["together"]["precision"] / best, 3)
        }
    return told


def _mass(rows: list[dict[str, Any]]) -> float:
    """Retrieved over true, pooled over all plumes."""
    found = sum(row["found_ppm_m"] for row in rows)
    return round(float(found / sum(row["there_ppm_m"] for row in rows)), 3)


def _mass_std(rows: list[dict[str, Any]]) -> float:
    """Standard error of the pooled ratio, by leaving one plume out at a time."""
    found = np.array([row["found_ppm_m"] for row in rows])
    there = np.array([row["there_ppm_m"] for row in rows])
    left = (found.sum() - found) / (there.sum() - there)
    return float(np.sqrt((len(left) - 1) * left.var()))
