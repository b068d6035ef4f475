"""How many of several sources are found, where, and how sure: many crowded worlds, surveyed.

Each world holds one to five sources, constant ones and such that come and go, and is surveyed as in
benchmarks/calibration.py.

    python benchmarks/crowded.py [--worlds 200] [--family mismatched matched] [--first 7000]

One line a world goes to standard output, and to the file given as --keep, from which a run of the
same version that was cut off goes on; the summary, of all worlds, by number of sources and by
sensors, goes to results/crowded.json.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from _gospa import distances, gospa, matched
from _worlds import QUANTILES, VERDICTS, Family, Score, quantiles, run_families, share, survey

from sillage.records.place import Place
from sillage.simulate import World, crowded_world
from sillage.simulate.crowd import LEAST_APART
from sillage.watch.verbs import KnownSource, inside

FIRST = 7000
"""First of the worlds in results/crowded.json; none from here on was looked at before them."""
LEVEL = 0.9
LIKELY = 0.5
"""A source counts as found when it more probably exists than not."""
GOSPA_CUTOFF_M = 30.0
SAME_M = 20.0
"""Least cutoff of a match. What was published of several releases at once is 25 to 45 m off in the
mean (FUSION Field Trial 2007), so that less would call hits misses."""


class Found(NamedTuple):
    """One source of an answer, as far as it is scored."""

    east_m: float
    north_m: float
    radius_m: float
    """Of a circle as large as the 90 % region."""
    rate_kg_h: float
    rate_low_kg_h: float
    rate_high_kg_h: float
    verdict: str
    holds: Callable[[Place], bool]
    """Whether a place lies within the 90 % region."""


def found(estimate: Any) -> list[Found]:
    """The sources that an answer takes to exist, strongest evidence first."""
    listed = []
    for index, source in enumerate(estimate.sources):
        if source.probability < LIKELY:
            continue
        east, north = estimate.frame.to_local(source.position.lon, source.position.lat)
        (region,) = (one for one in source.regions if one.level == LEVEL)
        listed.append(
            Found(
                east_m=float(east),
                north_m=float(north),
                radius_m=region.equivalent_radius_m,
                rate_kg_h=source.rate.median,
                rate_low_kg_h=source.rate.low,
                rate_high_kg_h=source.rate.high,
                verdict=source.verdict,
                holds=partial(inside, estimate, level=LEVEL, source=index),
            )
        )
    return listed


def match_cutoff_m(world: World) -> float:
    """How far off an estimate may be and still be of a source.

    No further than two sources of the world may be near to each other, or it might as well be of
    another one. It does not depend on the answer, which could else buy matches by being vague.
    """
    return max(SAME_M, LEAST_APART * (world.area.east_m - world.area.west_m))


def score(listed: Sequence[Found], truths: Sequence[KnownSource], cutoff_m: float) -> Score:
    """What was found against what is there.

    Regions that are further off than the cutoff are of no source, and do not count for coverage;
    so `assigned_inside_90` has as many pairs as there can be, however far apart.
    """
    here = np.array([(one.east_m, one.north_m) for one in listed]).reshape(-1, 2)
    there = np.array([(one.east_m, one.north_m) for one in truths]).reshape(-1, 2)
    apart = distances(here, there)
    off = gospa(here, there, GOSPA_CUTOFF_M)
    pairs = gospa(here, there, cutoff_m).pairs
    return {
        "sources": len(truths),
        "found": len(listed),
        "gospa_m": round(off.distance_m, 2),
        "missed": off.missed,
        "false": off.false,
        "verdicts": [one.verdict for one in listed],
        "matched": [_pair(listed[i], truths[j], float(apart[i, j])) for i, j in pairs],
        "assigned_inside_90": [listed[i].holds(truths[j].place) for i, j in matched(apart)],
    }


def _pair(one: Found, truth: KnownSource, off_m: float) -> Score:
    return {
        "off_m": round(off_m, 2),
        "radius_90_m": round(one.radius_m, 2),
        "inside_90": one.holds(truth.place),
        "rate_ratio": round(one.rate_kg_h / truth.rate_kg_h, 3),
        "rate_inside_90": one.rate_low_kg_h <= truth.rate_kg_h <= one.rate_high_kg_h,
    }


def survey_one(family: Family, number: int) -> Score:
    """Draw, write and survey one world; gives its score."""
    rng = np.random.default_rng([number, len(family)])
    world = crowded_world(rng, family=family)
    estimate, truths, sensors, seconds = survey(world, rng)
    chances = estimate.number_of_sources
    right = len(truths)
    return score(found(estimate), truths, match_cutoff_m(world)) | {
        "world": number,
        "family": family,
        "sensors": sensors,
        "number": int(np.argmax(chances)),
        "chance_of_right_number": round(chances[right], 4) if right < len(chances) else 0.0,
        "verdict": estimate.verdict,
        "seconds": seconds,
    }


def summarise(scores: list[Score]) -> dict[str, Any]:
    """Figures of all worlds, and of those with as many sources, or with the same sensors."""

    def by(key: str) -> dict[str, Any]:
        return {
            str(kind): _figures([one for one in scores if one[key] == kind])
            for kind in sorted({one[key] for one in scores})
        }

    return {
        "quantiles": QUANTILES,
        "gospa_cutoff_m": GOSPA_CUTOFF_M,
        "all": _figures(scores),
        "by_sources": by("sources"),
        "by_sensors": by("sensors"),
    }


def _figures(scores: list[Score]) -> dict[str, Any]:
    pairs = [pair for one in scores for pair in one["matched"]]
    verdicts = [verdict for one in scores for verdict in one["verdicts"]]
    total = {
        key: sum(one[key] for one in scores) for key in ("sources", "found", "missed", "false")
    }
    return {
        "worlds": len(scores),
        "right_number": share([one["number"] == one["sources"] for one in scores]),
        "chance_of_right_number": quantiles([one["chance_of_right_number"] for one in scores]),
        **total,
        "matched": len(pairs),
        "inside_90": share([pair["inside_90"] for pair in pairs]),
        "assigned_inside_90": share([hit for one in scores for hit in one["assigned_inside_90"]]),
        "rate_inside_90": share([pair["rate_inside_90"] for pair in pairs]),
        "off_m": quantiles([pair["off_m"] for pair in pairs]),
        "radius_90_m": quantiles([pair["radius_90_m"] for pair in pairs]),
        "rate_ratio": quantiles([pair["rate_ratio"] for pair in pairs]),
        "gospa_m": quantiles([one["gospa_m"] for one in scores]),
        "verdicts": {v: sum(one["verdict"] == v for one in scores) for v in VERDICTS},
        "verdicts_of_sources": {v: verdicts.count(v) for v in VERDICTS},
        "seconds": quantiles([one["seconds"] for one in scores]),
    }


def main() -> None:
    """Survey the worlds and write the summary."""
    run_families("crowded", __doc__, FIRST, survey_one, summarise)


if __name__ == "__main__":
    main()
