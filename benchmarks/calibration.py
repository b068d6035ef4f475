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

from typing import Any

import numpy as np
from _score import score
from _worlds import QUANTILES, VERDICTS, Family, quantiles, run_families, share, survey

from sillage.simulate import random_world
from sillage.watch.verbs import inside

FIRST = 6000
"""First of the worlds in results/calibration.json. None from here on was looked at before those
were surveyed; whoever has changed the estimator since asks fresh ones."""


def survey_one(family: Family, number: int) -> dict[str, Any]:
    """Draw, write and survey one world; gives its score."""
    rng = np.random.default_rng([number, len(family)])
    surveyed = survey(random_world(rng, family=family), rng)
    estimate, truth = surveyed.estimate, surveyed.truths[0]
    return score(estimate, truth) | {
        "inside_50": inside(estimate, truth.place, 0.5),
        "weight": round(float(estimate.settings["weight_of_data"]), 3),
        "explained": round(float(estimate.settings["explained"]), 3),
        "effective_sample_size": round(estimate.effective_sample_size),
        "world": number,
        "family": family,
        "sensors": surveyed.sensors,
        "seconds": surveyed.seconds,
    }


def summarise(scores: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage with its binomial error, accuracy with its spread."""

    def share_of(key: str, chosen: list[dict[str, Any]]) -> dict[str, float]:
        return share([one[key] for one in chosen])

    def spread(key: str, chosen: list[dict[str, Any]]) -> list[float]:
        return quantiles([one[key] for one in chosen])

    located = [one for one in scores if one["verdict"] == "located"]
    return {
        "worlds": len(scores),
        "verdicts": {v: sum(s["verdict"] == v for s in scores) for v in VERDICTS},
        "inside_90": share_of("inside_90", scores),
        "inside_50": share_of("inside_50", scores),
        "rate_inside_90": share_of("rate_inside_90", scores),
        "inside_90_of_located": share_of("inside_90", located),
        "inside_90_by_sensors": {
            kind: share_of("inside_90", [one for one in scores if one["sensors"] == kind])
            for kind in sorted({one["sensors"] for one in scores})
        },
        "quantiles": QUANTILES,
        "off_m": spread("off_m", scores),
        "off_m_of_located": spread("off_m", located),
        "radius_90_m": spread("radius_90_m", scores),
        "rate_ratio": spread("rate_ratio", scores),
        "seconds": spread("seconds", scores),
    }


def main() -> None:
    """Survey the worlds and write the summary."""
    run_families("calibration", __doc__, FIRST, survey_one, summarise)


if __name__ == "__main__":
    main()
