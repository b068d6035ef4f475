"""Do the regions hold the truth as often as they say: many simulated worlds, surveyed.

Each world is drawn from its own seed, written as files, and surveyed by the same page that
`sillage survey` runs. Mismatched worlds differ from the estimator's model on purpose (puffs with
relative diffusion, meander, wind measured with error); matched ones share it.

    python benchmarks/calibration.py [--worlds 200] [--family mismatched matched] [--first 6000]

One line a world goes to standard output, and to the file given as --keep, from which a run of the
same version that was cut off goes on; the summary goes to results/calibration.json. One process
for each core, each on its own, so that `seconds` are those of one core.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Literal

import numpy as np
from _results import write_result
from _score import score

from sillage.ledger import Ledger
from sillage.simulate import random_world, write_world
from sillage.watch.pipeline import run
from sillage.watch.survey import load_survey
from sillage.watch.verbs import inside, truth_of

Family = Literal["mismatched", "matched"]
VERDICTS = ("located", "ambiguous", "cannot tell")
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
FIRST = 6000
"""First of the worlds in results/calibration.json. None from here on was looked at before those
were surveyed; whoever has changed the estimator since asks fresh ones."""


def survey_one(family: Family, number: int) -> dict[str, Any]:
    """Draw, write and survey one world; gives its score."""
    rng = np.random.default_rng([number, len(family)])
    world = random_world(rng, family=family)
    with tempfile.TemporaryDirectory() as folder:
        survey_file = write_world(world, Path(folder) / "world", rng)
        truth = truth_of(survey_file)[0]
        started = time.monotonic()
        with Ledger.create(Path(folder) / "ledger.sqlite") as ledger:
            seen = asyncio.run(run(load_survey(survey_file), ledger, lambda _: None))
        spent = time.monotonic() - started
    estimate = seen.estimates[0]
    return score(estimate, truth) | {
        "inside_50": inside(estimate, truth.place, 0.5),
        "weight": round(float(estimate.settings["weight_of_data"]), 3),
        "explained": round(float(estimate.settings["explained"]), 3),
        "effective_sample_size": round(estimate.effective_sample_size),
        "world": number,
        "family": family,
        "sensors": "+".join(sorted({f"{r.platform} {r.kind}" for r in seen.readings})),
        "seconds": round(spent, 1),
    }


def summarise(scores: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage with its binomial error, accuracy with its spread."""

    def share(key: str, chosen: list[dict[str, Any]]) -> dict[str, float]:
        count = max(len(chosen), 1)
        part = sum(bool(one[key]) for one in chosen) / count
        return {"share": round(part, 3), "std": round(math.sqrt(part * (1 - part) / count), 3)}

    def spread(key: str, chosen: list[dict[str, Any]]) -> list[float]:
        if not chosen:
            return []
        quantiles = np.quantile([one[key] for one in chosen], QUANTILES)
        return [round(float(q), 3) for q in quantiles]

    located = [one for one in scores if one["verdict"] == "located"]
    return {
        "worlds": len(scores),
        "verdicts": {v: sum(s["verdict"] == v for s in scores) for v in VERDICTS},
        "inside_90": share("inside_90", scores),
        "inside_50": share("inside_50", scores),
        "rate_inside_90": share("rate_inside_90", scores),
        "inside_90_of_located": share("inside_90", located),
        "inside_90_by_sensors": {
            kind: share("inside_90", [one for one in scores if one["sensors"] == kind])
            for kind in sorted({one["sensors"] for one in scores})
        },
        "quantiles": QUANTILES,
        "off_m": spread("off_m", scores),
        "off_m_of_located": spread("off_m", located),
        "radius_90_m": spread("radius_90_m", scores),
        "rate_ratio": spread("rate_ratio", scores),
        "seconds": spread("seconds", scores),
    }


def survey_all(
    family: Family, numbers: Sequence[int], keep: Path | None
) -> Iterator[dict[str, Any]]:
    """Scores of many worlds, as they come; those kept from an earlier run first."""
    done = [row for row in _kept(keep) if row["family"] == family and row["world"] in numbers]
    yield from done
    missing = sorted(set(numbers) - {row["world"] for row in done})
    if not missing:
        return
    cores = multiprocessing.get_context("spawn").Queue()
    for core in sorted(os.sched_getaffinity(0)):
        cores.put(core)
    with ProcessPoolExecutor(
        len(os.sched_getaffinity(0)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_stay_on_one,
        initargs=(cores,),
    ) as pool:
        for future in as_completed(pool.submit(survey_one, family, n) for n in missing):
            row = future.result()
            if keep is not None:
                with keep.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(row) + "\n")
            yield row


def _stay_on_one(cores: multiprocessing.Queue[int]) -> None:
    os.sched_setaffinity(0, {cores.get()})


def _kept(keep: Path | None) -> list[dict[str, Any]]:
    if keep is None or not keep.exists():
        return []
    lines = keep.read_text(encoding="utf-8").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):  # torn off in the middle
        keep.write_text("".join(lines[:-1]), encoding="utf-8")
    return [json.loads(line) for line in lines if line.endswith("\n")]


def main() -> None:
    """Survey the worlds and write the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--first", type=int, default=FIRST)
    parser.add_argument("--family", nargs="+", default=["mismatched", "matched"])
    parser.add_argument("--keep", type=Path, help="File of scores, to go on after a break.")
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    asked = parser.parse_args()
    numbers = range(asked.first, asked.first + asked.worlds)
    families: dict[str, Any] = {}
    for family in asked.family:
        scores = []
        for row in survey_all(family, numbers, asked.keep):
            scores.append(row)
            print(json.dumps(row), flush=True)
        families[family] = summarise(sorted(scores, key=lambda row: int(row["world"])))
        print(json.dumps(families[family]), flush=True)
        if not asked.dry:
            write_result("calibration", {"families": families})


if __name__ == "__main__":
    main()
