"""Is the right gas named in scenes of heat, and is a stranger told to be one?

Scenes of 64 by 64 pixels and the 256 bands of HyTES, 7.52 to 12.01 um: four to eight surfaces, each
a blend of two of the ECOSTRESS library; warmth with slopes and texture; LOWTRAN7 air over 100, 500
or 1,000 m at 20 to 80 % humidity; the noise of HyTES; a contrast of 2 to 10 K of either sign. Every
gas of the library with a band in the range is taken in turn. Its largest column is three times its
limit of detection, four NECL of that scene. The mask holds what has 30 % of it. The plume's
temperature is told with an error of 1 K, the path's air with 1 K and 5 % humidity.

A gas is right if the first candidate is it, or one gas that it is confusable with: cosine over 0.85
between cross sections at the instrument's resolution, pair by pair, known before any scene is made.
A stranger is the same scene, asked with a library without the gas and all that are confusable with
it; right is the verdict `not in library`. The answer set holds 90 % of the probability.

Not asked for the bar, but counted: scenes without gas, whose right answer is `nothing`; mixtures of
two to four gases that are not confusable, each at three times its limit, of which the first
candidate must name each. A gas whose limit alone would have an optical depth over 1 cannot be three
times as strong to a sensor: the scene is left out of the bar and counted.

The library is smoothed to 4 cm-1, and HyTES sees 2 to 5: with `--measured` the gases of a scene
absorb as the full spectra of laboratories say, where they are at hand, and are identified with the
library's fits all the same. Those scenes are summed up by themselves.

    SILLAGE_DATA=DIR python benchmarks/identify.py [--scenes 215] [--first 2000] [--measured]
        [--join LINES ...]

Seeds below 100 are for tuning. One line a scene goes to standard output; parts that were run by
themselves with `--dry` are joined from what they printed. All goes to results/identify.json, with
the limits of detection by gas, contrast and range.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _lwir import (
    RANGES_M,
    SHAPE,
    Ground,
    World,
    apparent,
    depth_at,
    draw_ground,
    read_world,
    with_full_spectra,
    with_gases,
)
from _lwir import limits as limits_of
from _results import spread, write_result

from sillage.detect.identify import Identification, identify_in
from sillage.detect.signatures import Signatures, needed_cm
from sillage.detect.view import view_of
from sillage.records.cube import MemoryCube
from sillage.records.detection import NOT_IN_LIBRARY
from sillage.simulate.lwir_scenes import Air, draw_terrain, library_absorption, make_scene
from sillage.spectra.gas import library as all_gases

STRENGTH = 3.0
"""Largest column over the limit of detection."""
ANSWER_SHARE = 0.9
DEEPEST_LIMIT = 1.0
"""Optical depth of a limit over which a gas cannot be three times as strong."""
EVERY_EXTRA = 3
"""Every so many scenes are asked without gas, and with a mixture."""
TABLE_CONTRAST_K = (2.0, 5.0, 10.0)
TABLE_TERRAINS = 6
TABLE_AIR = (296.0, 50.0)
"""Kelvin, and percent of relative humidity."""


def right(substances: Sequence[str], truth: Sequence[str], library: Signatures) -> bool:
    """Whether each gas that is named stands for one that is there, and none is left over."""
    alike = library.confusable()
    if NOT_IN_LIBRARY in substances or len(substances) != len(truth):
        return False
    waiting = list(substances)
    for gas in truth:
        named = next((one for one in waiting if one in alike[gas]), None)
        if named is None:
            return False
        waiting.remove(named)
    return True


def told(answer: Identification) -> dict[str, Any]:
    """What a line keeps of an answer."""
    return {
        "verdict": answer.verdict,
        "probability": round(answer.probability, 4),
        "answer": [
            [list(one.substances), round(one.probability, 3)] for one in answer.answer(ANSWER_SHARE)
        ],
        "columns": {one.gas: round(one.column_ppm_m, 3) for one in answer.columns},
    }


def ask(ground: Ground, cube: MemoryCube, library: Signatures) -> Identification:
    """Identify what the mask of a scene holds."""
    return identify_in(
        view_of(cube, ground.mask), library, temperature=ground.told, path=ground.told_path
    )


def run(world: World, seed: int) -> dict[str, Any]:
    """One scene: with its gas, as a stranger, and every third without gas and with a mixture."""
    wall, cpu = time.monotonic(), time.process_time()
    rng = np.random.default_rng(seed)
    library = world.library
    place = seed % len(library.gases)
    gas = library.gases[place]
    ground = draw_ground(world, rng)
    limit = float(ground.limits_ppm_m[place])
    line: dict[str, Any] = {
        "seed": seed,
        "gas": gas,
        "measured": world.absorption is not library_absorption,
        "contrast_K": round(ground.contrast_K, 2),
        "range_m": ground.air.range_m,
        "pixels": int(ground.mask.sum()),
        "limit_ppm_m": float(f"{limit:.4g}"),
    }
    line["asked"] = depth_at(world, place, limit) <= DEEPEST_LIMIT
    if line["asked"]:
        cube = with_gases(world, ground, {gas: STRENGTH * limit})
        known = ask(ground, cube, library)
        stranger = ask(ground, cube, library.without(library.confusable()[gas]))
        line["known"] = told(known)
        line["right"] = bool(known.candidates) and right(
            known.candidates[0].substances, [gas], library
        )
        line["exact"] = bool(known.candidates) and known.candidates[0].substances == (gas,)
        true_mean = STRENGTH * limit * float(ground.shape[ground.mask].mean())
        told_column = line["known"]["columns"].get(gas)
        line["column_ratio"] = None if told_column is None else round(told_column / true_mean, 3)
        line["stranger"] = told(stranger)
        line["stranger_right"] = stranger.verdict == "not in library"
    if seed % EVERY_EXTRA == 0:
        line |= _extra(world, ground, rng)
    return line | {
        "wall_s": round(time.monotonic() - wall, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
    }


def _extra(world: World, ground: Ground, rng: np.random.Generator) -> dict[str, Any]:
    """The same ground without gas, and with a mixture."""
    empty = ask(ground, with_gases(world, ground, {}), world.library)
    gases = draw_mixture(world, ground, int(rng.integers(2, 5)), rng)
    columns = {
        gas: STRENGTH * float(ground.limits_ppm_m[world.library.gases.index(gas)]) for gas in gases
    }
    mixed = ask(ground, with_gases(world, ground, columns), world.library)
    first = mixed.candidates[0].substances if mixed.candidates else ()
    alike = world.library.confusable()
    return {
        "empty": told(empty),
        "empty_right": empty.verdict in {"nothing", "no contrast"},
        "mixture": gases,
        "mixed": told(mixed),
        "mixture_right": right(first, gases, world.library),
        "gases_found": sum(any(one in alike[gas] for one in first) for gas in gases),
        "gases_false": sum(not any(one in alike[gas] for gas in gases) for one in first),
    }


def draw_mixture(world: World, ground: Ground, count: int, rng: np.random.Generator) -> list[str]:
    """Gases none of which is confusable with another, or too dense at its limit."""
    alike = world.library.confusable()
    chosen: list[str] = []
    for place in rng.permutation(len(world.library.gases)):
        gas = world.library.gases[place]
        faint = depth_at(world, int(place), float(ground.limits_ppm_m[place])) <= DEEPEST_LIMIT
        if faint and not any(gas in alike[other] for other in chosen):
            chosen.append(gas)
        if len(chosen) == count:
            break
    return sorted(chosen)


def share(flags: Sequence[bool]) -> dict[str, float | int]:
    """How many of how many, with Wilson's interval of 95 %."""
    count, z = len(flags), 1.96
    if not count:
        return {"of": 0}
    p = sum(flags) / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(p * (1 - p) / count + z * z / (4 * count**2))
    ends = {"low": round(middle - half, 3), "high": round(float(min(1.0, middle + half)), 3)}
    return {"right": sum(flags), "of": count, "share": round(p, 3), **ends}


def summarise(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Shares over all scenes, and by contrast; the size of answer sets."""
    asked = [line for line in lines if line["asked"]]
    extra = [line for line in lines if "empty" in line]
    sizes = [len(line["known"]["answer"]) for line in asked]
    by_contrast = {
        f"{low:g} to {high:g} K": {
            "right": share([line["right"] for line in some]),
            "stranger_right": share([line["stranger_right"] for line in some]),
        }
        for low, high in ((2, 4), (4, 7), (7, 10))
        for some in [[one for one in asked if low <= abs(one["contrast_K"]) < high]]
    }
    ratios = [line["column_ratio"] for line in asked if line["column_ratio"] is not None]
    return {
        "scenes": len(lines),
        "beyond_optical_depth": [line["seed"] for line in lines if not line["asked"]],
        "right": share([line["right"] for line in asked]),
        "exact": share([line["exact"] for line in asked]),
        "answer_set_mean": round(float(np.mean(sizes)), 3) if sizes else None,
        "answer_set": spread(sizes) if sizes else None,
        "stranger_right": share([line["stranger_right"] for line in asked]),
        "by_contrast": by_contrast,
        "column_ratio": spread(ratios) if ratios else None,
        "empty_right": share([line["empty_right"] for line in extra]),
        "mixture_right": share([line["mixture_right"] for line in extra]),
        "mixture_gases_found": share(
            [at < line["gases_found"] for line in extra for at in range(len(line["mixture"]))]
        ),
        "mixture_gases_false": sum(line["gases_false"] for line in extra),
        "cpu_s": spread(line["cpu_s"] for line in lines),
    }


def limit_table(world: World, first: int) -> dict[str, Any]:
    """Limits by gas, range and contrast: median, least and greatest over some grounds."""
    found = np.empty(
        (TABLE_TERRAINS, len(RANGES_M), len(TABLE_CONTRAST_K), len(world.library.gases))
    )
    air_K, humidity = TABLE_AIR
    for ground in range(TABLE_TERRAINS):
        rng = np.random.default_rng([first, ground])
        terrain = draw_terrain(world.emissivity, shape=SHAPE, temperature_K=air_K, rng=rng)
        for at, range_m in enumerate(RANGES_M):
            scene = make_scene(
                terrain,
                imager=world.imager,
                atmosphere=world.atmosphere,
                air=Air(temperature_K=air_K, relative_humidity_percent=humidity, range_m=range_m),
                rng=rng,
            )
            ground_K = apparent(world, scene)
            for step, contrast_K in enumerate(TABLE_CONTRAST_K):
                found[ground, at, step] = limits_of(world, scene, ground_K + contrast_K)
    rows = {}
    for place, gas in enumerate(world.library.gases):
        rows[gas] = {
            f"{range_m:g}": {
                f"{contrast_K:g}": _limit(world, place, found[:, at, step, place])
                for step, contrast_K in enumerate(TABLE_CONTRAST_K)
            }
            for at, range_m in enumerate(RANGES_M)
        }
    others = sorted(set(all_gases()) - set(world.library.gases))
    return {
        "air_K": air_K,
        "relative_humidity_percent": humidity,
        "terrains": TABLE_TERRAINS,
        "range_um": [round(float(end) / 1000.0, 2) for end in world.imager.wavelength_nm[[0, -1]]],
        "gases": rows,
        "needs_cm": {gas: [list(map(round, ends)) for ends in needed_cm(gas)] for gas in others},
    }


def _limit(world: World, place: int, values: np.ndarray) -> dict[str, float]:
    figures = {name: float(f"{value:.3g}") for name, value in spread(values, 9).items()}
    return figures | {"depth": float(f"{depth_at(world, place, figures['median']):.2g}")}


def figures(world: World, lines: Sequence[dict[str, Any]], first: int) -> dict[str, Any]:
    """What the result file holds."""
    by_truth = [[one for one in lines if one["measured"] is truth] for truth in (False, True)]
    own, measured = by_truth
    return {
        "summary": summarise(own),
        "summary_measured": summarise(measured) if measured else None,
        "limits": limit_table(world, first),
        "scenes": list(lines),
    }


def main() -> None:
    """Ask every scene, or join what parts have printed, and write the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=215, help="five of each gas")
    parser.add_argument("--first", type=int, default=2000, help="first seed")
    parser.add_argument("--measured", action="store_true", help="scenes of full spectra, only")
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    parser.add_argument("--join", type=Path, nargs="+", default=[], help="lines of other runs")
    asked = parser.parse_args()
    world = read_world()
    if world is None:
        print("skipped: set SILLAGE_DATA to the folder that holds the real data sets")
        return
    lines = [json.loads(text) for file in asked.join for text in file.read_text().splitlines()]
    lines = [line for line in lines if "seed" in line]
    seen, gases = with_full_spectra(world) if asked.measured else (world, set(world.library.gases))
    for seed in range(asked.first, asked.first + asked.scenes) if not lines else ():
        if world.library.gases[seed % len(world.library.gases)] in gases:
            lines.append(run(seen, seed))
            print(json.dumps(lines[-1]), flush=True)
    lines.sort(key=lambda line: (line["measured"], line["seed"]))
    if asked.dry:
        print(json.dumps(summarise(lines)))
        return
    told = figures(world, lines, asked.first)
    print(json.dumps({name: told[name] for name in ("summary", "summary_measured")}))
    write_result("identify", told)


if __name__ == "__main__":
    main()
