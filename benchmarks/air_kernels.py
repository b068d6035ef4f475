"""How fast are the plume kernels, against a plain numpy plume and against their floor.

One core; sources and sensors at random in a square of 100 m, wind from everywhere, so half of the
couplings are upwind. The floor counts the cycles of the divisions, roots and exponentials that
cannot be left out (Briggs: 3 divisions of 4, 1 root of 6, 2 exponentials of 20, 40 others at 2
a cycle), for the couplings that are not zero; it supposes 3 GHz. Times are processor time; ratios
are of the medians.

    python benchmarks/air_kernels.py [--repeats 5]

The table goes to standard output, with all repeats' spread to results/air_kernels.json.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from _cost import cpu_seconds
from _results import ask_repeats, spread, write_result
from numpy.typing import NDArray

from sillage.air.growth import Growth, briggs, draxler, sigma, smith
from sillage.air.plume import path_coupling, point_coupling

SOURCES, OBSERVATIONS = 2000, 1000
OPERATIONS = {"divisions": 3, "roots": 1, "exponentials": 2, "others": 40}
CYCLES = {"divisions": 4.0, "roots": 6.0, "exponentials": 20.0, "others": 0.5}
FLOOR_CYCLES = sum(count * CYCLES[name] for name, count in OPERATIONS.items())
CYCLES_PER_SECOND = 3e9
NODES = 15


def numpy_plume(
    sources: NDArray[np.float64], points: NDArray[np.float64], wind: NDArray[np.float64], g: Growth
) -> NDArray[np.float64]:
    """The same plume written in whole arrays, (source, observation)."""
    speed = np.hypot(wind[:, 0], wind[:, 1])
    east = points[:, 0] - sources[:, :1]
    north = points[:, 1] - sources[:, 1:2]
    x = (east * wind[:, 0] + north * wind[:, 1]) / speed
    y = (north * wind[:, 0] - east * wind[:, 1]) / speed
    width, depth = (np.hypot(s, 0.05) for s in sigma(g, x))
    z, height = points[:, 2], sources[:, 2:3]
    vertical = np.exp(-0.5 * ((z - height) / depth) ** 2) + np.exp(
        -0.5 * ((z + height) / depth) ** 2
    )
    across = np.exp(-0.5 * (y / width) ** 2)
    return np.where(x > 0.0, across * vertical / (2 * math.pi * speed * width * depth), 0.0)


def scene(
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Sources, points, paths to the points, and wind."""
    sources = np.column_stack([rng.uniform(0, 100, (SOURCES, 2)), np.full(SOURCES, 0.3)])
    ends = np.column_stack([rng.uniform(0, 100, (OBSERVATIONS, 2)), np.full(OBSERVATIONS, 1.6)])
    paths = np.column_stack([np.tile([60.0, 100.0, 1.6], (OBSERVATIONS, 1)), ends])
    bearing = rng.uniform(0.0, 2.0 * np.pi, OBSERVATIONS)
    wind = 3.0 * np.column_stack([np.cos(bearing), np.sin(bearing)])
    return sources, ends, paths, wind


def throughput(
    run: Callable[[], NDArray[np.float64]], repeats: int, *, nodes: int
) -> dict[str, Any]:
    """Couplings a second of one kernel, and its time against the floor."""
    spent = cpu_seconds(run, repeats)
    couplings = run()
    not_zero = int(np.count_nonzero(couplings))
    floor_s = not_zero * nodes * FLOOR_CYCLES / CYCLES_PER_SECOND
    return {
        "couplings": couplings.size,
        "not_zero": not_zero,
        "couplings_per_s": spread((couplings.size / one for one in spent), 0),
        "times_floor": round(statistics.median(spent) / floor_s, 2),
    }


def measure(repeats: int) -> dict[str, dict[str, Any]]:
    """Throughput of every kernel, growth by growth."""
    rng = np.random.default_rng(0)
    sources, ends, paths, wind = scene(rng)
    turbulence = rng.uniform(0.1, 0.4, OBSERVATIONS)
    laws = {
        "Briggs": briggs("open-country", "C"),
        "Draxler, one per observation": draxler(turbulence, 0.5 * turbulence, 3.0),
        "Smith": smith("C"),
    }
    return {
        name: {
            "points": throughput(
                partial(point_coupling, sources, ends, wind, growth), repeats, nodes=1
            ),
            "paths": throughput(
                partial(path_coupling, sources, paths, wind, growth), repeats, nodes=NODES
            ),
            "numpy_points": throughput(
                partial(numpy_plume, sources, ends, wind, growth), repeats, nodes=1
            ),
        }
        for name, growth in laws.items()
    }


def main() -> None:
    """Measure, print the table, write the figures."""
    asked = ask_repeats(__doc__)
    kernels = measure(asked.repeats)
    print("growth                          points M/s  x numpy  x floor   paths M/s  x floor")
    for name, of in kernels.items():
        points, paths, plain = (
            of[kernel]["couplings_per_s"]["median"]
            for kernel in ("points", "paths", "numpy_points")
        )
        print(
            f"{name:30s} {points / 1e6:11.1f} {points / plain:8.1f} "
            f"{of['points']['times_floor']:8.1f} {paths / 1e6:11.2f} "
            f"{of['paths']['times_floor']:8.1f}"
        )
    if not asked.dry:
        floor = {
            "operations_per_coupling": OPERATIONS,
            "cycles_per_operation": CYCLES,
            "cycles_per_coupling": FLOOR_CYCLES,
            "couplings_per_path": NODES,
            "supposed_cycles_per_s": CYCLES_PER_SECOND,
        }
        write_result("air_kernels", {"repeats": asked.repeats, "floor": floor, "kernels": kernels})


if __name__ == "__main__":
    main()
