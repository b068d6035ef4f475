"""How fast are the puffs: one way back for all sources, against puffs that each source sends out.

One core; sources and sensors at random in a square of 100 m, minutes of a wind that wanders. A
pair is one source, one moment of one reading, one step back. The floor counts the cycles of what
cannot be left out for pairs within reach (2 error functions of 40, 2 exponentials of 20, 3 roots of
6, 5 divisions of 4, 60 others at 2 a cycle) and 6 cycles for those out of it, at 3 GHz. The plain
way is written in whole arrays, with the same steps. Times are processor time; ratios of medians.

    python benchmarks/air_puffs.py [--repeats 5]

The table goes to standard output, with all repeats' spread to results/air_puffs.json.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from _cost import cpu_seconds
from _results import ask_repeats, spread, write_result
from numpy.typing import NDArray

from sillage.air.field import WindSeries
from sillage.air.growth import Growth, briggs, sigma
from sillage.air.puff import Ways, ages, puff_coupling, trace_back

Floats = NDArray[np.float64]

SOURCES, READINGS, ARRIVALS = 200, 100, 4
WITHIN, WITHOUT = 2 * 40.0 + 2 * 20.0 + 3 * 6.0 + 5 * 4.0 + 60 / 2, 6.0
CYCLES_PER_SECOND = 3e9
REACH = 6.0


def scene(rng: np.random.Generator) -> tuple[Floats, Floats, Floats, WindSeries]:
    """Sources, points, paths to the points, and wind over an hour."""
    sources = np.column_stack([rng.uniform(0, 100, (SOURCES, 2)), np.full(SOURCES, 0.3)])
    points = np.column_stack([rng.uniform(0, 100, (READINGS, 2)), np.full(READINGS, 1.6)])
    paths = np.column_stack([np.tile([60.0, 100.0, 1.6], (READINGS, 1)), points])
    time_s = np.arange(-600.0, 3660.0, 10.0)
    angle = np.cumsum(rng.normal(0.0, 0.1, time_s.size))
    wind = WindSeries.of(time_s, 3.0 * np.cos(angle), 3.0 * np.sin(angle))
    return sources, points, paths, wind


def plain_puffs(sources: Floats, ways: Ways, growth: Growth) -> Floats:
    """The same sum in whole arrays: every puff of every source, at every moment; points only."""
    middle = 0.5 * (ways.corner_m[:, :, 1:] + ways.corner_m[:, :, :-1])
    away = middle - sources[:, None, None, None, :2]  # source reading arrival step axis
    travelled = 0.5 * (ways.travelled_m[:, :, 1:] + ways.travelled_m[:, :, :-1])
    width, depth = (np.hypot(s, 0.05) for s in sigma(growth, travelled))
    z, height = ways.height_m[:, None, None], sources[:, 2, None, None, None]
    vertical = np.exp(-0.5 * ((z - height) / depth) ** 2)
    vertical += np.exp(-0.5 * ((z + height) / depth) ** 2)
    across = np.exp(-0.5 * (away**2).sum(axis=-1) / width**2)
    density = across * vertical / ((2.0 * np.pi) ** 1.5 * width**2 * depth)
    return np.asarray((density * np.diff(ways.ages_s)).sum(axis=-1).mean(axis=-1))


def pairs_within(sources: Floats, ways: Ways, growth: Growth) -> int:
    """Steps that come within reach of a source."""
    middle = 0.5 * (ways.corner_m[:, :, 1:] + ways.corner_m[:, :, :-1])
    half = 0.5 * np.diff(ways.travelled_m, axis=-1)
    width = np.hypot(sigma(growth, ways.travelled_m[:, :, 1:])[0], 0.05)
    away = np.linalg.norm(middle - sources[:, None, None, None, :2], axis=-1)
    return int(np.count_nonzero(away < half + REACH * width))


def measure(repeats: int) -> dict[str, dict[str, Any]]:
    """Pairs a second of points, paths and the plain way; and of following the air back."""
    rng = np.random.default_rng(0)
    sources, points, paths, wind = scene(rng)
    growth, start_s = briggs("open-country", "C"), rng.uniform(0.0, 3600.0, READINGS)
    layout = ages(300.0)

    def back(receptors: Floats) -> Ways:
        return trace_back(receptors, start_s, start_s + 60.0, wind, layout, arrivals=ARRIVALS)

    ways = back(points)
    pairs = SOURCES * READINGS * ARRIVALS * (layout.size - 1)
    within = pairs_within(sources, ways, growth)
    floor_s = (within * WITHIN + (pairs - within) * WITHOUT) / CYCLES_PER_SECOND
    runs: dict[str, Callable[[], object]] = {
        "points": partial(puff_coupling, sources, ways, growth),
        "paths": partial(puff_coupling, sources, back(paths), growth),
        "plain_points": partial(plain_puffs, sources, ways, growth),
        "ways_back": partial(back, points),
    }
    figures: dict[str, dict[str, Any]] = {}
    for name, run in runs.items():
        spent = cpu_seconds(run, repeats)
        count = pairs // SOURCES if name == "ways_back" else pairs
        figures[name] = {
            "pairs": count,
            "pairs_per_s": spread((count / one for one in spent), 0),
            "couplings_per_s": spread((SOURCES * READINGS / one for one in spent), 0),
        }
        if name == "points":
            figures[name]["within_reach"] = within
            figures[name]["times_floor"] = round(statistics.median(spent) / floor_s, 2)
    return figures


def main() -> None:
    """Measure, print the table, write the figures."""
    asked = ask_repeats(__doc__)
    figures = measure(asked.repeats)
    plain = figures["plain_points"]["pairs_per_s"]["median"]
    print("what              M pairs/s   x plain   couplings/s")
    for name, of in figures.items():
        pairs = of["pairs_per_s"]["median"]
        print(
            f"{name:16s} {pairs / 1e6:10.2f} {pairs / plain:9.1f} "
            f"{of['couplings_per_s']['median']:13.0f}"
        )
    if not asked.dry:
        write_result("air_puffs", {"repeats": asked.repeats, "figures": figures})


if __name__ == "__main__":
    main()
