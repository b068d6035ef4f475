"""How fast are the plume kernels, against a plain numpy plume and against their floor.

Run: python benchmarks/air_kernels.py
One core; sources and sensors at random in a square of 100 m, wind from everywhere, so half of the
couplings are upwind. The floor counts the cycles of the divisions, roots and exponentials that
cannot be left out (Briggs: 3 divisions of 4, 1 root of 6, 2 exponentials of 20, 40 others at 2
a cycle), for the couplings that are not zero; it supposes 3 GHz.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sillage.air.growth import Growth, briggs, draxler, sigma, smith
from sillage.air.plume import path_coupling, point_coupling

SOURCES, OBSERVATIONS = 2000, 1000
FLOOR_CYCLES = 3 * 4 + 6 + 2 * 20 + 40 / 2
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


def seconds(run: Callable[[], NDArray[np.float64]]) -> float:
    """Best CPU time of three, after one call to warm up."""
    run()
    best = math.inf
    for _ in range(3):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    rng = np.random.default_rng(0)
    sources = np.column_stack([rng.uniform(0, 100, (SOURCES, 2)), np.full(SOURCES, 0.3)])
    ends = np.column_stack([rng.uniform(0, 100, (OBSERVATIONS, 2)), np.full(OBSERVATIONS, 1.6)])
    paths = np.column_stack([np.tile([60.0, 100.0, 1.6], (OBSERVATIONS, 1)), ends])
    bearing = rng.uniform(0.0, 2.0 * np.pi, OBSERVATIONS)
    wind = 3.0 * np.column_stack([np.cos(bearing), np.sin(bearing)])
    turbulence = rng.uniform(0.1, 0.4, OBSERVATIONS)
    laws = {
        "Briggs": briggs("open-country", "C"),
        "Draxler, one per observation": draxler(turbulence, 0.5 * turbulence, 3.0),
        "Smith": smith("C"),
    }
    total = SOURCES * OBSERVATIONS
    print("growth                          points M/s  x numpy  x floor   paths M/s  x floor")
    for name, growth in laws.items():
        point_s = seconds(partial(point_coupling, sources, ends, wind, growth))
        path_s = seconds(partial(path_coupling, sources, paths, wind, growth))
        numpy_s = seconds(partial(numpy_plume, sources, ends, wind, growth))
        hit = np.count_nonzero(point_coupling(sources, ends, wind, growth))
        crossed = np.count_nonzero(path_coupling(sources, paths, wind, growth))
        floor_s = hit * FLOOR_CYCLES / CYCLES_PER_SECOND
        path_floor_s = crossed * NODES * FLOOR_CYCLES / CYCLES_PER_SECOND
        print(
            f"{name:30s} {total / point_s / 1e6:11.1f} {numpy_s / point_s:8.1f} "
            f"{point_s / floor_s:8.1f} {total / path_s / 1e6:11.2f} {path_s / path_floor_s:8.1f}"
        )


if __name__ == "__main__":
    main()
