"""What is known of a source before any reading: draws and density of the sixteen numbers."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sillage.localise.likelihood import Candidate
from sillage.localise.problem import Problem
from sillage.localise.settings import Settings

Floats = NDArray[np.float64]

LEARNED_LOG_STD = 0.7
"""Of noise, fluctuation and dilution, which are learned from the data."""
NORMAL = Candidate._fields[4:]
"""Those of the numbers whose prior is normal: the four of the source come before them."""


def clean_air(problem: Problem, settings: Settings) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of what clean air alone tells: noise, drift, differences."""
    noise = problem.noise_ppm
    return {
        "log_noise_ppm": (math.log(noise), LEARNED_LOG_STD),
        "log_drift_ppm": (math.log(settings.drift_per_noise * noise), settings.drift_log_std),
        "log_apart_ppm": (math.log(settings.apart_per_noise * noise), settings.apart_log_std),
    }


def _normals(problem: Problem, settings: Settings) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of each number whose prior is normal."""
    crosswind = math.hypot(
        settings.growth_crosswind_log_std, settings.narrowing_std * problem.narrowing
    )
    growth = (crosswind, settings.growth_vertical_log_std)
    if not problem.turbulence_measured:
        growth = (settings.growth_unmeasured_log_std, settings.growth_unmeasured_log_std)
    fluctuation = settings.fluctuation_instant if problem.instant else settings.fluctuation
    # the only session's error of direction adds to the steady one; see forward.chain_of
    veer_deg = settings.direction_floor_deg * math.sqrt(1 + (problem.blocks.sessions == 1))
    return clean_air(problem, settings) | {
        "log_crosswind": (0.0, growth[0]),
        "log_vertical": (0.0, growth[1]),
        "veer_rad": (0.0, math.radians(veer_deg)),
        "log_fluctuation": (math.log(fluctuation), LEARNED_LOG_STD),
        "log_wander": (0.0, settings.wander_log_std),
        "log_memory": (0.0, settings.growth_memory_log_std),
        "log_rise_memory": (0.0, settings.rise_memory_log_std),
        "log_spread_m": (math.log(settings.spread_m), settings.spread_log_std),
        "log_dilution": (math.log(settings.dilution_log_std), LEARNED_LOG_STD),
    }


class Prior:
    """Prior on `Candidate`: even over the ground, exponential in height, log-uniform in rate."""

    def __init__(self, problem: Problem, settings: Settings) -> None:
        self._ground = problem.ground
        self._height = (settings.height_scale_m, 0.0, settings.height_most_m)
        if problem.heights_m is not None:
            self._height = (math.inf, *problem.heights_m)
        self._log_rate = (math.log(settings.rate_low_kg_h), math.log(settings.rate_high_kg_h))
        normals = _normals(problem, settings)
        self._mean, self._std = np.array([normals[name] for name in NORMAL]).T

    def draw(self, count: int, rng: Generator) -> Floats:
        """(count, 16) draws."""
        scale, least, most = self._height
        share = rng.random(count)
        height = least + share * (most - least)
        if scale < math.inf:  # exponential between the two, by its inverse distribution
            height = least - scale * np.log1p(share * math.expm1((least - most) / scale))
        return np.column_stack(
            [
                *self._places(count, rng),
                height,
                rng.uniform(*self._log_rate, count),
                self._mean + self._std * rng.normal(size=(count, len(NORMAL))),
            ]
        )

    def _places(self, count: int, rng: Generator) -> tuple[Floats, Floats]:
        """East and north, even over the ground: of the rectangle, and drawn anew outside it."""
        area = self._ground.bounds
        east, north = rng.uniform(area.west, area.east, count), rng.uniform(*area[2:], count)
        while (outside := np.flatnonzero(~self._ground.holds(east, north))).size:
            east[outside] = rng.uniform(area.west, area.east, outside.size)
            north[outside] = rng.uniform(area.south, area.north, outside.size)
        return east, north

    def log_density(self, draws: Floats) -> Floats:
        """(count,) log density up to a constant; -inf outside the support."""
        scale, least, most = self._height
        east, north, height, log_rate = draws[:, :4].T
        inside = self._ground.holds(east, north)
        inside &= (height >= least) & (height <= most)
        inside &= (log_rate >= self._log_rate[0]) & (log_rate <= self._log_rate[1])
        away = (draws[:, 4:] - self._mean) / self._std
        return np.where(inside, -height / scale - 0.5 * (away**2).sum(axis=1), -np.inf)
