"""How much does one picture from above add to what sensors on the ground say of a source?

Simulated worlds of a well pad: one methane source of 20 to 200 kg/h (even in its logarithm)
anywhere in the search area, a wind from anywhere of 2 to 6 m/s, six samplers about the area, half
an hour; and one picture with pixels of 1.5 m, 20 minutes after the start. Each world is surveyed by
`sillage survey`'s own page twice: its readings alone, and with the picture.

    python benchmarks/pictures.py [--worlds 16] [--first 1000] [--dry]

The figures go to standard output and to results/pictures.json. Worlds below 100 are for
development.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from _results import write_result

from sillage import simulate
from sillage.ledger import Ledger
from sillage.simulate import World, load_world, write_world
from sillage.watch.pipeline import run
from sillage.watch.survey import Survey, load_survey
from sillage.watch.verbs import KnownSource, inside, off_m, truth_of

PAD = Path(simulate.__file__).parent / "worlds" / "wellpad.toml"
RATES_KG_H, SPEEDS_M_S = (20.0, 200.0), (2.0, 6.0)
_WITHIN = 0.8  # of the search area, in which sources are put
QUANTILES = (0.05, 0.5, 0.95)


def world(number: int) -> World:
    """A well pad of its own."""
    rng = np.random.default_rng(number)
    pad = load_world(PAD)
    half_m = _WITHIN * pad.area.east_m
    east_m, north_m = rng.uniform(-half_m, half_m, 2).tolist()
    low, high = RATES_KG_H
    rate = low * (high / low) ** rng.random()
    source = msgspec.structs.replace(
        pad.sources[0], east_m=east_m, north_m=north_m, rate_kg_h=float(rate)
    )
    wind = msgspec.structs.replace(
        pad.wind, speed_m_s=float(rng.uniform(*SPEEDS_M_S)), from_deg=float(360.0 * rng.random())
    )
    return msgspec.structs.replace(pad, seed=number, sources=(source,), wind=wind)


def scored(survey: Survey, truth: KnownSource) -> dict[str, Any]:
    """One answer against the truth."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.create(Path(folder) / "ledger.sqlite") as ledger,
    ):
        seen = asyncio.run(run(survey, ledger, lambda _: None))
    (estimate,) = seen.estimates
    source = estimate.sources[0]
    return {
        "verdict": estimate.verdict,
        "off_m": round(off_m(estimate, truth.place), 2),
        "radius_90_m": round(source.regions[-1].equivalent_radius_m, 2),
        "inside_90": inside(estimate, truth.place),
        "rate_over_truth": round(source.rate.median / truth.rate_kg_h, 3),
        "rate_inside_90": source.rate.low <= truth.rate_kg_h <= source.rate.high,
        "rate_width": round(source.rate.high / max(source.rate.low, 1e-9), 2),
        "sources": int(np.argmax(estimate.number_of_sources)),
        "plumes_used": int(estimate.settings["imaged_plumes_used"]),
    }


def surveyed(number: int) -> dict[str, Any]:
    """A world, by its readings alone and with the picture."""
    with tempfile.TemporaryDirectory() as folder:
        survey_file = write_world(world(number), Path(folder) / "pad")
        (truth,) = truth_of(survey_file)
        survey = load_survey(survey_file)
        alone = msgspec.structs.replace(survey, scenes=())
        return {
            "world": number,
            "rate_kg_h": round(truth.rate_kg_h, 1),
            "readings": scored(alone, truth),
            "with picture": scored(survey, truth),
        }


def summary(rows: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """What all worlds say together."""
    told = [row[kind] for row in rows]

    def quantiles(key: str) -> dict[str, float]:
        values = np.quantile([one[key] for one in told], QUANTILES)
        names = (f"{q:.0%}" for q in QUANTILES)
        return dict(zip(names, np.round(values, 2).tolist(), strict=True))

    def share(key: str) -> float:
        return round(float(np.mean([one[key] for one in told])), 3)

    return {
        "off_m": quantiles("off_m"),
        "radius_90_m": quantiles("radius_90_m"),
        "inside_90": share("inside_90"),
        "rate_over_truth": quantiles("rate_over_truth"),
        "rate_inside_90": share("rate_inside_90"),
        "rate_width": quantiles("rate_width"),
        "located": round(float(np.mean([one["verdict"] == "located" for one in told])), 3),
    }


def main() -> None:
    """Survey the worlds, and write what came of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=16)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    asked = parser.parse_args()
    rows = []
    for number in range(asked.first, asked.first + asked.worlds):
        rows.append(surveyed(number))
        print(json.dumps(rows[-1]), flush=True)
    figures = {kind: summary(rows, kind) for kind in ("readings", "with picture")}
    print(json.dumps(figures, indent=2))
    if not asked.dry:
        write_result("pictures", {"summary": figures, "worlds": rows})


if __name__ == "__main__":
    main()
