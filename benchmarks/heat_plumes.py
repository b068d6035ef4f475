"""Are plumes in scenes of heat found, and as many false ones beside them as were asked for?

Scenes as in `identify.py`: 64 by 64 pixels, the 256 bands of HyTES, ground of the ECOSTRESS
library, air and contrast by chance, temperatures and humidity told with errors. Nobody says where
to look.

1. Scenes without gas: false plumes asked for against counted; and, harder, the tail of one half of
   a scene against the plumes of the other half. What the spectrum then says of those claims.
2. The same scenes with a plume of one gas, its largest column one, two or three limits of detection
   in turn, one false plume asked for: is it found, is it named, and what stands beside it? Is it
   found by a library that lacks the gas and all that are confusable with it?
3. What was called what: shares of claims of gas and of ground, from which `sillage.detect.kinds`
   tells probabilities (seeds below 4030), and whether they come true (the others): claims of both
   kinds, each kind weighed the same, which is what even odds beforehand mean.

    SILLAGE_DATA=DIR python benchmarks/heat_plumes.py [--scenes 60] [--first 4000] [--learn]
        [--dry] [--join LINES ...]

`--learn` gives the shares and leaves the result file. One line a scene goes to standard output;
parts that were run by themselves with `--dry` are joined from what they printed. All goes to
results/heat_plumes.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from _lwir import SHAPE, Ground, World, depth_at, draw_ground, read_world, with_gases
from _results import write_result

from sillage.detect.alarms import peaks_of, tail_of
from sillage.detect.kinds import KIND, OF_GROUND, chance
from sillage.detect.named import Named, Question, named_of
from sillage.detect.screen import SMOOTH_PX, Screened, screened
from sillage.records.cube import MemoryCube

ASKED = (10.0, 5.0, 3.0, 1.0, 0.3, 0.1)
LOOKED_AT = 3.0
"""False plumes asked for where the spectrum of each is looked at."""
STRENGTHS = (1.0, 2.0, 3.0)
"""Largest column over the limit of detection of one pixel."""
DEEPEST_LIMIT = 1.0
REPORTED = 4030
"""Seed of the first scene that is reported; what lies before it teaches."""
ODD_AT = ("1", "0.3", "0.1")
"""False plumes asked for at which pieces of odd ground are counted: few others are as high."""
CORE_SHARE = 0.5
"""A plume is found if the claim holds a pixel with this share of its largest column."""


def claimed(cube: MemoryCube, ground: Ground, asked: float) -> tuple[Screened, tuple[Named, ...]]:
    """What the screen shows, and what its plumes are named."""
    seen = screened(cube, temperature=ground.told, path=ground.told_path)
    question = Question(ground.told, ground.told_path)
    return seen, named_of(cube, seen.plumes(asked).plumes, question)


def told(one: Named) -> dict[str, Any]:
    """What a line keeps of a claim."""
    answer = one.answer
    return {
        "sigmas": round(one.plume.sigmas, 2),
        "false_alarms": float(f"{one.plume.false_alarms:.3g}"),
        "pixels": int(one.plume.line.size),
        "verdict": answer.verdict if answer is not None else "cannot tell",
        "spectrum": round(answer.probability, 4) if answer is not None else None,
        "first": list(answer.candidates[0].substances) if answer and answer.candidates else [],
    }


def half_by_half(seen: Screened, asked: float) -> float:
    """Plumes of each half of a map above the bar that the other half sets, as of a whole one."""
    lines, samples = (size // 2 for size in seen.sigmas.shape)
    counts = []
    for first, second in (
        (np.s_[:lines], np.s_[lines:]),
        (np.s_[:, :samples], np.s_[:, samples:]),
    ):
        for here, there in ((first, second), (second, first)):
            height = tail_of(_peaks(seen, here)).height(asked / 2.0)
            counts.append(int((_peaks(seen, there) > height).sum()))
    return 2.0 * float(np.mean(counts))


def _peaks(seen: Screened, part: Any) -> np.ndarray:
    return peaks_of(seen.sigmas[part], apart_px=SMOOTH_PX, followed=seen.followed).height


def _holds(seen: Screened, core: np.ndarray) -> bool:
    """Whether a plume of a map lies on the core of the true one, one false plume asked for."""
    return any(core[one.line, one.sample].any() for one in seen.plumes(1.0).plumes)


def run(world: World, seed: int) -> dict[str, Any]:
    """One ground, without gas and with it."""
    rng = np.random.default_rng(seed)
    library = world.library
    ground = draw_ground(world, rng)
    seen, clutter = claimed(with_gases(world, ground, {}), ground, LOOKED_AT)
    line: dict[str, Any] = {
        "seed": seed,
        "contrast_K": round(ground.contrast_K, 2),
        "followed_share": round(float((seen.sigmas > seen.followed).mean()), 4),
        "counted": {f"{asked:g}": len(seen.plumes(asked).plumes) for asked in ASKED},
        "half_by_half": {f"{asked:g}": half_by_half(seen, asked) for asked in ASKED},
        "clutter": [told(one) for one in clutter],
    }
    place = seed % len(library.gases)
    strength = STRENGTHS[seed % len(STRENGTHS)]
    gas, limit = library.gases[place], float(ground.limits_ppm_m[place])
    line["asked"] = depth_at(world, place, limit) <= DEEPEST_LIMIT
    if line["asked"]:
        cube = with_gases(world, ground, {gas: strength * limit})
        _, claims = claimed(cube, ground, 1.0)
        core = ground.shape > CORE_SHARE
        real = [one for one in claims if core[one.plume.line, one.plume.sample].any()]
        line |= {
            "gas": gas,
            "strength": strength,
            "stranger_found": _holds(
                screened(
                    cube,
                    temperature=ground.told,
                    path=ground.told_path,
                    gases=library.without(library.confusable()[gas]).gases,
                ),
                core,
            ),
            "plumes": [told(one) for one in real],
            "beside": [told(one) for one in claims if not any(one is other for other in real)],
            "named": any(
                one.answer is not None
                and one.answer.verdict in {"identified", "ambiguous"}
                and one.answer.candidates[0].substances[0] in library.confusable()[gas]
                and len(one.answer.candidates[0].substances) == 1
                for one in real
            ),
        }
    return line


def summarise(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Counts against what was asked for, shares found, and how true probabilities are."""
    clutter = [one for line in lines for one in line["clutter"]]
    with_gas = [line for line in lines if line["asked"]]
    real = [one for line in with_gas for one in line["plumes"]]
    return {
        "scenes": len(lines),
        "counted_over_asked": {key: _counted(lines, key) for key in lines[0]["counted"]},
        "followed_share": [
            round(float(end), 3)
            for end in np.quantile([line["followed_share"] for line in lines], (0.0, 0.5, 1.0))
        ],
        "more_than_asked": {
            key: round(float(np.mean([line["counted"][key] - float(key) for line in lines])), 2)
            for key in lines[0]["counted"]
        },
        "clutter": _verdicts(clutter),
        "by_strength": {
            f"{strength:g}": {
                "scenes": len(some),
                "found": sum(bool(line["plumes"]) for line in some),
                "named": sum(line["named"] for line in some),
                "beside_a_scene": round(float(np.mean([len(line["beside"]) for line in some])), 2),
                "verdicts": _verdicts([one for line in some for one in line["plumes"]]),
            }
            for strength in STRENGTHS
            for some in [[line for line in with_gas if line["strength"] == strength]]
            if some
        },
        "stranger_found": {
            "scenes": len(with_gas),
            "found": sum(line["stranger_found"] for line in with_gas),
        },
        "reliability": reliability(real, clutter),
    }


def _counted(lines: Sequence[dict[str, Any]], key: str) -> dict[str, float | int]:
    asked = float(key) * len(lines)
    return {
        "whole": round(sum(line["counted"][key] for line in lines) / asked, 2),
        "half_by_half": round(sum(line["half_by_half"][key] for line in lines) / asked, 2),
        "most_in_a_scene": max(line["counted"][key] for line in lines),
    }


def _verdicts(claims: Sequence[dict[str, Any]]) -> dict[str, int]:
    words = [one["verdict"] for one in claims]
    return {"claims": len(words)} | {word: words.count(word) for word in sorted(set(words))}


def learnt(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Shares of what claims were called, with half a claim more of each; odd ground a pixel."""

    def shares(claims: Sequence[dict[str, Any]]) -> dict[str, float]:
        kinds = [KIND[one["verdict"]] for one in claims if one["verdict"] in KIND]
        total = len(kinds) + 0.5 * len(OF_GROUND)
        return {kind: round((kinds.count(kind) + 0.5) / total, 3) for kind in OF_GROUND}

    odd = np.mean([line["counted"][key] - float(key) for line in lines for key in ODD_AT])
    return {
        "of_gas": shares([one for line in lines if line["asked"] for one in line["plumes"]]),
        "of_ground": shares([one for line in lines for one in line["clutter"]]),
        "odd_ground_per_pixel": float(f"{odd / (SHAPE[0] * SHAPE[1]):.2g}"),
    }


def probability(one: dict[str, Any]) -> float | None:
    """Of a claim, at even odds beforehand."""
    if one["spectrum"] is None:
        return None
    return chance(one["spectrum"], one["verdict"])


def reliability(
    real: Sequence[dict[str, Any]], clutter: Sequence[dict[str, Any]]
) -> list[dict[str, float | int]]:
    """How often claims of a probability are real, each kind weighed the same."""
    rows: list[dict[str, float | int]] = []
    told_real, told_clutter = (
        [p for p in map(probability, kind) if p is not None] for kind in (real, clutter)
    )
    for low, high in pairwise((0.0, 0.1, 0.5, 1.0)):
        yes, no = ([p for p in kind if low <= p < high] for kind in (told_real, told_clutter))
        if yes or no:
            share = len(yes) / len(told_real), len(no) / len(told_clutter)
            mean = sum(yes) / len(told_real) + sum(no) / len(told_clutter)
            rows.append(
                {
                    "from": low,
                    "real": len(yes),
                    "clutter": len(no),
                    "told": round(mean / sum(share), 3),
                    "true": round(share[0] / sum(share), 3),
                }
            )
    return rows


def main() -> None:
    """Look at every scene, or join what parts have printed, and write the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--first", type=int, default=4000, help="first seed")
    parser.add_argument("--learn", action="store_true", help="shares from seeds below 4030, only")
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    parser.add_argument("--join", type=Path, nargs="+", default=[], help="lines of other runs")
    asked = parser.parse_args()
    lines = [json.loads(text) for file in asked.join for text in file.read_text().splitlines()]
    lines = [line for line in lines if "seed" in line]
    if not lines:
        world = read_world()
        if world is None:
            print("skipped: set SILLAGE_DATA to the folder that holds the real data sets")
            return
        for seed in range(asked.first, asked.first + asked.scenes):
            lines.append(run(world, seed))
            print(json.dumps(lines[-1]), flush=True)
    lines.sort(key=lambda line: int(line["seed"]))
    if asked.learn:
        print(json.dumps(learnt([line for line in lines if line["seed"] < REPORTED])))
        return
    summary = summarise([line for line in lines if line["seed"] >= REPORTED] or lines)
    print(json.dumps(summary))
    if not asked.dry:
        write_result("heat_plumes", {"summary": summary, "scenes": lines})


if __name__ == "__main__":
    main()
