"""Is the emission rate of a plume in a scene right, and where in its outline is the source?

Leaks of known rate, in winds that meander, veer with eddies and slow down towards the ground, from
2 to 8 m/s, in convective to stable air, put over six real scenes (AVIRIS, NASA/JPL; cuts by Kang et
al.) with pixels of 7 m. The simulated air is of another family than what the rate is told by.

1. Rate over truth, and how often the interval of 90 % holds the truth, by how the wind is known.
2. What of it is the mass, and what the length and the wind: gas in the outline, by what is there.
3. How far from the source the strongest pixel and the upwind end of the outline lie.

    SILLAGE_DATA=DIR python benchmarks/rates.py [--seeds N] [--first SEED] [--dry]

Seeds below 100 are for development and leave no result. Figures go to standard output and to
results/rates.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from _grounds import Floats
from _leaks import PIXEL_M, Estimate, estimate_of, leak_over
from _plumes import scenes
from _results import write_result

from sillage.records.cube import MemoryCube

RATES_KG_H = (300.0, 1000.0, 3000.0)
REPORTED = 1000
"""Seed of the first figure that is reported."""
_NORMAL_90 = 1.6448536269514722
_QUANTILES = (0.05, 0.5, 0.95)
_REACHED = (0.5, 0.68, 0.9)


def leaks(cubes: Mapping[str, MemoryCube], rate_kg_h: float, seeds: range) -> list[Estimate | None]:
    """Leaks of one rate over all scenes."""
    return [
        estimate_of(
            leak_over(cube, rate_kg_h, np.random.default_rng([seed, place, int(rate_kg_h)]))
        )
        for place, cube in enumerate(cubes.values())
        for seed in seeds
    ]


def summarise(told: Sequence[Estimate | None]) -> dict[str, Any]:
    """Rates against the truth, what they are made of, and distances from the source."""
    found = [one for one in told if one is not None]
    figures: dict[str, Any] = {"leaks": len(told), "found": len(found)}
    if not found:
        return figures
    mass = np.array([one.mass_kg.value for one in found])
    held = np.array([one.held_kg for one in found])
    return figures | {
        "length_m": _spread([one.length_m for one in found], 0),
        "rates": {name: _against(name, found) for name in found[0].rates},
        "mass_over_gas_there": _spread(mass / held),
        "rest_of_rate": _spread(
            [one.rates["mast"].value / one.true_kg_h for one in found] * held / mass
        ),
        "strongest": _distance([one.strongest_m for one in found]),
        "upwind_end": _distance([one.upwind_m for one in found]),
        "upwind_end_beyond_m": _spread([one.beyond_m for one in found], 1),
        "strongest_over_position_std": _spread(
            [one.strongest_m / one.position_std_m for one in found]
        ),
    }


def _against(name: str, found: Sequence[Estimate]) -> dict[str, Any]:
    """Rates with one wind: over the truth, and how often their interval holds it."""
    rate, std = np.array([one.rates[name] for one in found]).T
    true = np.array([one.true_kg_h for one in found])
    return {
        "over_truth": _spread(rate / true),
        "truth_within_90": round(float((np.abs(rate - true) < _NORMAL_90 * std).mean()), 3),
        "std_over_rate": _spread(std / rate),
    }


def _distance(metres: Sequence[float]) -> dict[str, Any]:
    """Within which half, two thirds and nine tenths lie."""
    pixels = np.array(metres) / PIXEL_M
    return {"m": _spread(metres, 1, _REACHED), "px": _spread(pixels, 1, _REACHED)}


def _spread(
    values: Sequence[float] | Floats, digits: int = 2, shares: tuple[float, ...] = _QUANTILES
) -> dict[str, float]:
    """Quantiles; of 5, 50 and 95 % unless said."""
    return {f"{share:.0%}": round(float(np.quantile(values, share)), digits) for share in shares}


def main() -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=8, help="Of each scene and rate.")
    parser.add_argument("--first", type=int, default=REPORTED, help="The first seed.")
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    asked = parser.parse_args()
    cubes = scenes()
    if cubes is None:
        print("no real data: set SILLAGE_DATA to the folder that holds the data sets")
        return
    seeds = range(asked.first, asked.first + asked.seeds)
    told = {rate: leaks(cubes, rate, seeds) for rate in RATES_KG_H}
    figures = {
        "pixel_m": PIXEL_M,
        "leaks": [{"rate_kg_h": rate} | summarise(some) for rate, some in told.items()],
        "all": summarise([one for some in told.values() for one in some]),
    }
    print(json.dumps(figures, indent=2))
    if not asked.dry and asked.first >= REPORTED:
        print(write_result("rates", figures).name)


if __name__ == "__main__":
    main()
