"""How are many simulated worlds surveyed, and their scores summed up?

One process for each core, each on its own, so that `seconds` are those of one core. A run of the
same version that was cut off goes on from the file of scores that it kept.
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
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from _results import write_result

from sillage.ledger import Ledger
from sillage.records.source_estimate import SourceEstimate
from sillage.simulate import World, write_world
from sillage.watch.pipeline import run
from sillage.watch.survey import load_survey
from sillage.watch.verbs import KnownSource, truth_of

Family = Literal["mismatched", "matched"]
Score = dict[str, Any]
VERDICTS = ("located", "ambiguous", "cannot tell")
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Surveyed(NamedTuple):
    """What came of one world."""

    estimate: SourceEstimate
    truths: tuple[KnownSource, ...]
    sensors: str
    """Platforms and kinds, such as `fixed point+moving point`."""
    seconds: float


def survey(world: World, rng: np.random.Generator) -> Surveyed:
    """Write a world as files, and survey them by the page that `sillage survey` runs."""
    with tempfile.TemporaryDirectory() as folder:
        survey_file = write_world(world, Path(folder) / "world", rng)
        truths = truth_of(survey_file)
        started = time.monotonic()
        with Ledger.create(Path(folder) / "ledger.sqlite") as ledger:
            seen = asyncio.run(run(load_survey(survey_file), ledger, lambda _: None))
        spent = time.monotonic() - started
    sensors = "+".join(sorted({f"{r.platform} {r.kind}" for r in seen.readings}))
    return Surveyed(seen.estimates[0], truths, sensors, round(spent, 1))


def survey_all(
    survey_one: Callable[[Family, int], Score],
    family: Family,
    numbers: Sequence[int],
    keep: Path | None,
) -> Iterator[Score]:
    """Scores of many worlds, as they come; those kept from an earlier run first.

    Parameters
    ----------
    survey_one
        Scores a world of a family by its number; the score tells both as `family` and `world`.
    """
    done = [row for row in kept(keep) if row["family"] == family and row["world"] in numbers]
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


def kept(keep: Path | None) -> list[Score]:
    """Scores in the file of an earlier run, which loses a line that was torn off."""
    if keep is None or not keep.exists():
        return []
    lines = keep.read_text(encoding="utf-8").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):  # torn off in the middle
        keep.write_text("".join(lines[:-1]), encoding="utf-8")
    return [json.loads(line) for line in lines if line.endswith("\n")]


def run_families(
    name: str,
    description: str | None,
    first: int,
    survey_one: Callable[[Family, int], Score],
    summarise: Callable[[list[Score]], dict[str, Any]],
) -> None:
    """Read the command line, survey the worlds of each family, and write results/NAME.json."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--first", type=int, default=first)
    parser.add_argument("--family", nargs="+", default=["mismatched", "matched"])
    parser.add_argument("--keep", type=Path, help="File of scores, to go on after a break.")
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    asked = parser.parse_args()
    numbers = range(asked.first, asked.first + asked.worlds)
    families: dict[str, Any] = {}
    for family in asked.family:
        scores = []
        for row in survey_all(survey_one, family, numbers, asked.keep):
            scores.append(row)
            print(json.dumps(row), flush=True)
        families[family] = summarise(sorted(scores, key=lambda row: int(row["world"])))
        print(json.dumps(families[family]), flush=True)
        if not asked.dry:
            write_result(name, {"families": families})


def share(flags: Collection[bool]) -> dict[str, float]:
    """How many of them hold, with the binomial error."""
    count = max(len(flags), 1)
    part = sum(map(bool, flags)) / count
    return {"share": round(part, 3), "std": round(math.sqrt(part * (1 - part) / count), 3)}


def quantiles(values: Collection[float]) -> list[float]:
    """At QUANTILES; none of nothing."""
    if not values:
        return []
    return [round(float(q), 3) for q in np.quantile(list(values), QUANTILES)]


def _stay_on_one(cores: multiprocessing.Queue[int]) -> None:
    os.sched_setaffinity(0, {cores.get()})
