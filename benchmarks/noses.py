"""Can uncalibrated noses that drift be located by the order of their readings alone?

Four families, all through `sillage survey`'s own page. `flights`: the six drone flights of
drone_enose_nl over the exhaust of a running car, with the four metal-oxide channels of the nose
together, each as a raw channel. `drifting`: simulated worlds, in the same air and with the same
sources as benchmarks/calibration.py, its beams left out, whose samplers are noses: late by 4 to
13 s, drifting by one ppm over half an hour, and written by a law of their own, in whole counts.
`shuffled`: the same worlds with each sensor's readings in another order in time, so that they say
nothing; the answer should be "cannot tell". `silent`: the same worlds with a source that emits
nothing, so that there is drift alone, which has memory as shuffled readings have not.

    SILLAGE_DATA=DIR python benchmarks/noses.py [--worlds 40] [--family flights drifting ...]

A region of less than a quarter of the search area counts as an answer. One line a run goes to
standard output, the runs and their summary to results/noses.json.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import math
import os
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from _results import spread, write_result

from sillage.ledger import Ledger
from sillage.records.place import Place
from sillage.simulate import random_world, write_world
from sillage.simulate.world import Beam, Instrument, World
from sillage.watch.pipeline import run
from sillage.watch.survey import load_survey
from sillage.watch.verbs import inside, off_m, truth_of

EXAMPLES = Path(__file__).parents[1] / "examples"
FLIGHTS = ("day1_100m", "day1_200m", "day1_300m", "day2_100m", "day2_200m", "day2_300m")
CHANNELS = {"NO2": "NO2 (ppm)", "C2H5OH": "C2H5OH (ppm)", "VOC": "VOC (ppm)", "CO": "CO (ppm)"}
"""The channels that the log writes in counts, whatever their headings say."""
EXHAUST = Place(lon=5.933187224731924, lat=53.32860045464625)
ANSWER = 0.25  # of the search area
FIRST = 8000
COUNTS = 1023.0  # of a converter of ten bits
Rows = list[dict[str, str]]


def survey_flight(flight: str) -> dict[str, Any]:
    """Locate the exhaust from one flight of the nose."""
    with tempfile.TemporaryDirectory() as folder:
        survey_file = Path(folder) / f"{flight}.toml"
        survey_file.write_text(noses_of(EXAMPLES / f"drone_enose_{flight}.toml"), "utf-8")
        return {"flight": flight} | answered(survey_file, EXHAUST)


def noses_of(example: Path) -> str:
    """The survey of an example, with the metal-oxide channels in place of the CO2."""
    written = example.read_text(encoding="utf-8")
    head, _, rest = written.partition("[[readings]]")
    readings, _, wind = rest.partition("[[wind]]")
    noses = ""
    for name, column in CHANNELS.items():
        value = f'value = {{ column = "{column}", unit = "raw" }}\ngas = "car exhaust"'
        one = re.sub(r"^value = .*$", value, readings, flags=re.MULTILINE)
        noses += "[[readings]]" + one.replace('name = "nose"', f'name = "{name}"')
    return f"{head}{noses}[[wind]]{wind}"


def survey_world(number: int, family: str) -> dict[str, Any]:
    """Draw a world with noses, and locate its source; gives the score."""
    rng = np.random.default_rng([number, 5])
    drawn = random_world(rng)
    while isinstance(drawn.sensors[0], Beam):
        drawn = random_world(rng)
    world = with_noses(drawn, rng)
    if family == "silent":
        still = (msgspec.structs.replace(world.sources[0], rate_kg_h=0.0),)
        world = msgspec.structs.replace(world, sources=still)
    with tempfile.TemporaryDirectory() as folder:
        survey_file = write_world(world, Path(folder) / "world", rng)
        for table in sorted(survey_file.parent.glob("readings_*.csv")):
            rewrite(table, lambda rows: uncalibrated(rows, rng))
            if family == "shuffled":
                rewrite(table, lambda rows: in_another_order(rows, rng))
        written = survey_file.read_text(encoding="utf-8")
        raw = written.replace('unit = "ppm", std = "std_ppm"', 'unit = "raw"')
        survey_file.write_text(raw, encoding="utf-8")
        truth = truth_of(survey_file)[0]
        kind = type(world.sensors[0]).__name__
        return {
            "world": number,
            "sensors": kind,
            "rate_kg_h": round(truth.rate_kg_h, 3),
        } | answered(survey_file, truth.place)


def with_noses(world: World, rng: np.random.Generator) -> World:
    """The same world with noses for instruments."""
    nose = Instrument(
        every_s=1.0,
        lag_s=round(rng.uniform(4.0, 13.0), 1),
        noise_ppm=0.05,
        offset_std_ppm=0.5,
        drift_ppm=1.0,
        drift_scale_s=1800.0,
    )
    return msgspec.structs.replace(world, instruments=dict.fromkeys(world.instruments, nose))


def uncalibrated(rows: Rows, rng: np.random.Generator) -> Rows:
    """Each sensor's values under a rising law of its own, which saturates, in whole counts."""
    for name in sorted({row["sensor"] for row in rows}):
        mine = [row for row in rows if row["sensor"] == name]
        ppm = np.array([float(row["value_ppm"]) for row in mine])
        above = ppm - ppm.min() + 0.1
        half, power = math.exp(rng.uniform(0.0, math.log(20.0))), rng.uniform(0.4, 1.0)
        counts = np.round(COUNTS * above**power / (above**power + half**power))
        for row, count in zip(mine, counts.tolist(), strict=True):
            row["value_ppm"] = f"{count:g}"
    return rows


def in_another_order(rows: Rows, rng: np.random.Generator) -> Rows:
    """Each sensor's values dealt anew to its times."""
    for name in sorted({row["sensor"] for row in rows}):
        mine = [row for row in rows if row["sensor"] == name]
        values = [row["value_ppm"] for row in mine]
        for row, at in zip(mine, rng.permutation(len(mine)).tolist(), strict=True):
            row["value_ppm"] = values[at]
    return rows


def rewrite(table: Path, change: Callable[[Rows], Rows]) -> None:
    """Read a table, change its rows, and write it back."""
    with table.open(encoding="utf-8", newline="") as stream:
        rows = change(list(csv.DictReader(stream)))
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def answered(survey_file: Path, truth: Place) -> dict[str, Any]:
    """Survey a file; gives what the answer says and whether it holds the truth."""
    started = time.monotonic()
    with Ledger.create(survey_file.with_suffix(".sqlite")) as ledger:
        seen = asyncio.run(run(load_survey(survey_file), ledger, lambda _: None))
    estimate = seen.estimates[0]
    (region,) = (one for one in estimate.sources[0].regions if one.level == 0.9)
    share = region.area_m2 / float(estimate.settings["searched_m2"])
    return {
        "verdict": estimate.verdict,
        "share_of_area": round(share, 3),
        "answer": estimate.verdict != "cannot tell" and share < ANSWER,
        "inside_90": inside(estimate, truth, region.level),
        "off_m": round(off_m(estimate, truth), 1),
        "radius_90_m": round(region.equivalent_radius_m, 1),
        "probability_of_source": round(estimate.number_of_sources[1], 3),
        "weight": round(float(estimate.settings["weight_of_data"]), 3),
        "seconds": round(time.monotonic() - started, 1),
    }


def summarise(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Answers, and how many of them hold the truth; regions of all runs beside them."""
    answers = [one for one in runs if one["answer"]]
    verdicts = [one["verdict"] for one in runs]
    return {
        "runs": len(runs),
        "verdicts": {word: verdicts.count(word) for word in sorted(set(verdicts))},
        "answers": len(answers),
        "answers_without_the_truth": sum(not one["inside_90"] for one in answers),
        "inside_90": sum(one["inside_90"] for one in runs),
        "within_60_m": sum(one["off_m"] <= 60.0 for one in runs),
    } | {
        key: spread(one[key] for one in runs)
        for key in ("off_m", "radius_90_m", "share_of_area", "seconds")
        if runs
    }


def main() -> None:
    """Survey what was asked for and write the summary."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    families = ("flights", "drifting", "shuffled", "silent")
    parser.add_argument("--family", nargs="+", choices=families, default=list(families))
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--first", type=int, default=FIRST)
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    asked = parser.parse_args()
    numbers = range(asked.first, asked.first + asked.worlds)
    told: dict[str, Any] = {}
    for family in asked.family:
        if family == "flights" and not os.environ.get("SILLAGE_DATA"):
            print("flights skipped: set SILLAGE_DATA to the folder that holds drone_enose_nl")
            continue
        runs: list[dict[str, Any]] = []
        for case in FLIGHTS if family == "flights" else numbers:
            runs.append(
                survey_flight(case) if isinstance(case, str) else survey_world(case, family)
            )
            print(json.dumps(runs[-1]), flush=True)
        told[family] = {"summary": summarise(runs), "runs": runs}
        print(json.dumps(told[family]["summary"]), flush=True)
    if told and not asked.dry:
        write_result("noses", {"families": told})


if __name__ == "__main__":
    main()
