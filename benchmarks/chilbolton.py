"""How far off are the two real sources at Chilbolton, and what does the answer cost.

The survey files of the examples, as they stand, through `sillage survey` as it is typed: one
process a run, so that time and memory are of all of it, from start to report. Seeds differ to show
the sampler's own scatter. The first run after a change of the kernels compiles them too.
Data: D. Weidmann, STFC RAL Space, CC-BY; truth.csv comes with them.

    SILLAGE_DATA=DIR python benchmarks/chilbolton.py [--seeds 0 1 2]

One line a run goes to standard output; the runs and their summary to results/chilbolton.json.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _cost import cost_of
from _releases import ask_seeds, file_of_data
from _results import spread, write_result
from _score import score

from sillage.ledger import Ledger
from sillage.records.place import LocalFrame, Place
from sillage.records.source_estimate import SourceEstimate
from sillage.watch import answer
from sillage.watch.survey import load_survey
from sillage.watch.verbs import KnownSource

EXAMPLES = Path(__file__).parents[1] / "examples"
SILLAGE = Path(sys.executable).with_name("sillage")
SOURCES = ("S1", "S2")
SPREADS = ("off_m", "radius_90_m", "rate_ratio", "wall_s", "cpu_s", "peak_mib")


def survey_one(source: str, seed: int, truths: Path) -> dict[str, Any]:
    """Run the command on one source with one seed; gives its score and its cost."""
    survey_file = EXAMPLES / f"chilbolton_{source.lower()}.toml"
    frame = load_survey(survey_file).heading.origin
    assert frame is not None, f"{survey_file.name} names no origin"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / source
        command = [str(SILLAGE), "survey", str(survey_file), "--seed", str(seed)]
        cost = cost_of([*command, "--out", str(out), "--json"])
        estimate = read_estimate(out)
    return (
        {"source": source, "seed": seed} | score(estimate, truth_of(source, truths, frame)) | cost
    )


def read_estimate(out: Path) -> SourceEstimate:
    """The one estimate in the ledger of an answer, with its grid."""
    with Ledger.open(out / answer.LEDGER, read_only=True) as ledger:
        (found,) = (one.id for one in ledger if isinstance(one, SourceEstimate))
        estimate = ledger.get(found)
    assert isinstance(estimate, SourceEstimate)
    return estimate


def truth_of(source: str, truths: Path, frame: LocalFrame) -> KnownSource:
    """Where a source stood and what it emitted, as the data set says."""
    with truths.open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["source"] == source)
    east_m, north_m = float(row["x_m"]), float(row["y_m"])
    lon, lat = frame.to_lonlat(east_m, north_m)
    return KnownSource(
        place=Place(lon=float(lon), lat=float(lat)),
        east_m=east_m,
        north_m=north_m,
        rate_kg_h=3600.0 * float(row["rate_kg_s"]),
    )


def summarise(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Least, middle and greatest of every figure, source by source."""
    summary: dict[str, Any] = {}
    for source in dict.fromkeys(run["source"] for run in runs):
        chosen = [run for run in runs if run["source"] == source]
        verdicts = [run["verdict"] for run in chosen]
        summary[source] = {
            "runs": len(chosen),
            "verdicts": {verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))},
            "inside_90": sum(run["inside_90"] for run in chosen),
            "rate_inside_90": sum(run["rate_inside_90"] for run in chosen),
        } | {key: spread(run[key] for run in chosen) for key in SPREADS}
    return summary


def main() -> None:
    """Survey both sources with every seed and write the summary."""
    asked = ask_seeds(__doc__)
    truths = file_of_data("chilbolton2017", "truth.csv")
    if truths is None:
        print("skipped: set SILLAGE_DATA to the folder that holds the data set chilbolton2017")
        return
    runs: list[dict[str, Any]] = []
    for seed in asked.seeds:
        for source in SOURCES:
            runs.append(survey_one(source, seed, truths))
            print(json.dumps(runs[-1]), flush=True)
    summary = summarise(runs)
    print(json.dumps(summary))
    if not asked.dry:
        write_result("chilbolton", {"sources": summary, "runs": runs})


if __name__ == "__main__":
    main()
