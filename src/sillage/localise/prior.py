"""What is known of a source before any reading: draws and density of the fifteen numbers."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sillage.localise.problem import Problem
from sillage.localise.settings import Settings

Floats = NDArray[np.float64]

LEARNED_LOG_STD = 0.7
"""Of noise and fluctuation, which are learned from the data."""


_CLEAN = [4, 8, 9]  # noise, drift and differences of sensors among those that are normal


def clean_air(problem: Problem, settings: Settings) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the logarithms of noise, drift and sensors' differences."""
    noise = problem.noise_ppm
    typical = (noise, settings.drift_per_noise * noise, settings.apart_per_noise * noise)
    return np.log(typical), np.array(
        [LEARNED_LOG_STD, settings.drift_log_std, settings.apart_log_std]
    )


class Prior:
    """Prior on `Candidate`: uniform in the area, exponential in height, log-uniform in rate."""

    def __init__(self, problem: Problem, settings: Settings) -> None:
        self._bounds = problem.bounds
        self._height = (settings.height_scale_m, settings.height_most_m)
        self._log_rate = (math.log(settings.rate_low_kg_h), math.log(settings.rate_high_kg_h))
        crosswind = math.hypot(
            settings.growth_crosswind_log_std, settings.narrowing_std * problem.narrowing
        )
        growth = (crosswind, settings.growth_vertical_log_std)
        if not problem.turbulence_measured:
            growth = (settings.growth_unmeasured_log_std, settings.growth_unmeasured_log_std)
        fluctuation = settings.fluctuation_instant if problem.instant else settings.fluctuation
        # the only session's error of direction adds to the steady one; see forward.chain_of
        veer_deg = settings.direction_floor_deg * math.sqrt(1 + (problem.blocks.sessions == 1))
        # mean and standard deviation of the eleven that are normal, in the order of Candidate
        self._mean = np.array(
            [*(0.0, 0.0, 0.0), math.log(fluctuation), *(0.0,) * 6, math.log(settings.spread_m)]
        )
        self._mean[_CLEAN] = clean_air(problem, settings)[0]
        self._std = np.array(
            [
                *growth,
                math.radians(veer_deg),
                LEARNED_LOG_STD,
                LEARNED_LOG_STD,
                settings.wander_log_std,
                settings.growth_memory_log_std,
                settings.rise_memory_log_std,
                *(settings.drift_log_std, settings.apart_log_std),
                settings.spread_log_std,
            ]
        )

    def draw(self, count: int, rng: Generator) -> Floats:
        """(count, 15) draws."""
        area = self._bounds
        scale, most = self._height
        # exponential up to the greatest height, by its inverse distribution
        uniform = rng.random(count) * (1.0 - math.exp(-most / scale))
        return np.column_stack(
            [
                rng.uniform(area.west, area.east, count),
                rng.uniform(area.south, area.north, count),
                -scale * np.log1p(-uniform),
                rng.uniform(*self._log_rate, count),
                self._mean + self._std * rng.normal(size=(count, 11)),
            ]
        )

    def log_density(self, draws: Floats) -> Floats:
        """(count,) log density up to a constant; -inf outside the support."""
        area = self._bounds
        scale, most = self._height
        east, north, height, log_rate = draws[:, :4].T
        inside = (east >= area.west) & (east <= area.east)
        inside &= (north >= area.south) & (north <= area.north)
        inside &= (height >= 0.0) & (height <= most)
        inside &= (log_rate >= self._log_rate[0]) & (log_rate <= self._log_rate[1])
        away = (draws[:, 4:] - self._mean) / self._std
        return np.where(inside, -height / scale - 0.5 * (away**2).sum(axis=1), -np.inf)
