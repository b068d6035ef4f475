"""What is known of sources and air before any reading: draws and density of their numbers."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sillage.localise.carry import Carried, CarriedPrior
from sillage.localise.hearing import Nose, rank_answers, rank_scales
from sillage.localise.imaged import log_likelihood
from sillage.localise.known import Known
from sillage.localise.likelihood import AIR, SOURCE, Air, sources_of
from sillage.localise.problem import Problem
from sillage.localise.settings import Settings

Floats = NDArray[np.float64]

_TRIED = 64  # draws for each one that is kept, by what pictures say of it
LEARNED_LOG_STD = 0.7
"""Of noise, fluctuation and dilution, which are learned from the data."""


def clean_air(problem: Problem, settings: Settings) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of what clean air alone tells: noise, drift, differences."""
    noise = problem.noise_ppm
    return {
        "log_noise_ppm": (math.log(noise), LEARNED_LOG_STD),
        "log_drift_ppm": (math.log(settings.drift_per_noise * noise), settings.drift_log_std),
        "log_apart_ppm": (math.log(settings.apart_per_noise * noise), settings.apart_log_std),
    } | rank_scales(problem.hearing, settings)


def of_the_air(problem: Problem, settings: Settings) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of each number of the air; all are normal."""
    crosswind = math.hypot(
        settings.growth_crosswind_log_std, settings.narrowing_std * problem.narrowing
    )
    growth = (crosswind, settings.growth_vertical_log_std)
    if not problem.turbulence_measured:
        growth = (settings.growth_unmeasured_log_std, settings.growth_unmeasured_log_std)
    fluctuation = settings.fluctuation_instant if problem.instant else settings.fluctuation
    # the only session's error of direction adds to the steady one; see chain.chain_of
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


class SomewherePrior:
    """Prior on a source nobody knows: even over the ground, exponential in height, log-uniform."""

    def __init__(self, problem: Problem, settings: Settings) -> None:
        self._ground = problem.ground
        self._height = (settings.height_scale_m, 0.0, settings.height_most_m)
        if problem.heights_m is not None:
            self._height = (math.inf, *problem.heights_m)
        low, high = math.log(settings.rate_low_kg_h), math.log(settings.rate_high_kg_h)
        self.log_rate = (low, high)
        scale, least, most = self._height
        held = most - least
        if scale < math.inf:
            held = scale * (math.exp(-least / scale) - math.exp(-most / scale))
        self._log_held = math.log(max(held, 1e-9))
        self._constant = -math.log(self._ground.area_m2 * (high - low))

    def heights(self, count: int, rng: Generator) -> Floats:
        """(count,): heights above ground, m."""
        scale, least, most = self._height
        share = rng.random(count)
        if scale < math.inf:  # exponential between the two, by its inverse distribution
            return np.asarray(
                least - scale * np.log1p(share * math.expm1((least - most) / scale)),
                dtype=np.float64,
            )
        return np.asarray(least + share * (most - least), dtype=np.float64)

    def draw(self, count: int, rng: Generator) -> Floats:
        """(count, 4) draws."""
        places, height = self._places(count, rng), self.heights(count, rng)
        return np.column_stack([*places, height, rng.uniform(*self.log_rate, count)])

    def log_density(self, draws: Floats) -> Floats:
        """(count,) log density; -inf outside the support."""
        _, least, most = self._height
        east, north, height, log_rate = draws.T
        inside = self._ground.holds(east, north)
        inside &= (height >= least) & (height <= most)
        inside &= (log_rate >= self.log_rate[0]) & (log_rate <= self.log_rate[1])
        return np.where(inside, self._constant + self.log_height_density(height), -np.inf)

    def log_height_density(self, height_m: Floats) -> Floats:
        """(count,) log density of heights within the support."""
        return -height_m / self._height[0] - self._log_held

    def _places(self, count: int, rng: Generator) -> tuple[Floats, Floats]:
        """East and north, even over the ground: of the rectangle, and drawn anew outside it."""
        area = self._ground.bounds
        east, north = rng.uniform(area.west, area.east, count), rng.uniform(*area[2:], count)
        while (outside := np.flatnonzero(~self._ground.holds(east, north))).size:
            east[outside] = rng.uniform(area.west, area.east, outside.size)
            north[outside] = rng.uniform(area.south, area.north, outside.size)
        return east, north


class KnownPrior:
    """Prior on a lawful emitter that the user knows: normal in place and in log rate."""

    def __init__(self, known: Known) -> None:
        self._mean = np.array([known.east_m, known.north_m, known.height_m, known.log_rate_kg_h])
        self._std = np.array([known.off_m, known.off_m, known.height_off_m, known.log_rate_std])

    def draw(self, count: int, rng: Generator) -> Floats:
        """(count, 4) draws."""
        draws = self._mean + self._std * rng.normal(size=(count, SOURCE))
        draws[:, 2] = np.abs(draws[:, 2])
        return np.asarray(draws, dtype=np.float64)

    def log_density(self, draws: Floats) -> Floats:
        """(count,) log density; -inf below ground."""
        away = (draws - self._mean) / self._std
        density = -0.5 * (away**2).sum(axis=1) - np.log(self._std).sum()
        # a normal folded at the ground
        mirrored = -2.0 * self._mean[2] * draws[:, 2] / self._std[2] ** 2
        density = density + np.log1p(np.exp(np.minimum(mirrored, 0.0)))
        density -= 0.5 * SOURCE * math.log(2.0 * math.pi)
        return np.where(draws[:, 2] >= 0.0, density, -np.inf)


class Prior:
    """Prior on `Candidate`: the air, known sources, so many that nobody knows, raw channels.

    With what was seen from above, which a wrong model of the air takes no weight from.
    """

    def __init__(self, problem: Problem, settings: Settings, unknown: int) -> None:
        normals = of_the_air(problem, settings) | rank_answers(problem.hearing, settings)
        normals |= {name: (mean, std) for name, mean, std in problem.learned}
        self._mean, self._std = np.array([normals[name] for name in Air._fields]).T
        noses = [normals[name] for name in Nose._fields if name in normals]
        self._nose_mean, self._nose_std = np.array(noses).reshape(-1, 2).T
        self.somewhere = SomewherePrior(problem, settings)
        known = [
            CarriedPrior(one, self.somewhere.log_density)
            if isinstance(one, Carried)
            else KnownPrior(one)
            for one in problem.known
        ]
        self._sources: list[KnownPrior | CarriedPrior | SomewherePrior]
        self._sources = [*known, *[self.somewhere] * unknown]
        self._imaged = problem.imaged

    def draw(self, count: int, rng: Generator) -> Floats:
        """(count, 12 + 4 source) draws; three columns more where there are raw channels."""
        if not self._imaged:
            return self._drawn(count, rng)
        draws = self._drawn(_TRIED * count, rng)
        told = self._seen_from_above(draws)
        share = np.exp(told - told.max())
        return draws[rng.choice(len(draws), count, p=share / share.sum())]

    def _drawn(self, count: int, rng: Generator) -> Floats:
        """Draws before anything was seen from above."""
        air = self._mean + self._std * rng.normal(size=(count, AIR))
        sources = [source.draw(count, rng) for source in self._sources]
        noses = self._nose_mean + self._nose_std * rng.normal(size=(count, self._nose_mean.size))
        return np.hstack([air, *sources, noses])

    def log_density(self, draws: Floats) -> Floats:
        """(count,) log density up to a constant of the air; -inf outside the support."""
        away = (draws[:, :AIR] - self._mean) / self._std
        total = -0.5 * (away**2).sum(axis=1)
        own = sources_of(draws)
        for number, source in enumerate(self._sources):
            total = total + source.log_density(own[:, number])
        noses = draws[:, AIR + SOURCE * own.shape[1] :]
        total = total - 0.5 * (((noses - self._nose_mean) / self._nose_std) ** 2).sum(axis=1)
        return np.asarray(total + self._seen_from_above(draws), dtype=np.float64)

    def _seen_from_above(self, draws: Floats) -> Floats:
        """(count,): log-likelihood of the plumes in pictures."""
        told = np.zeros(len(draws))
        for plume in self._imaged:
            told += log_likelihood(plume, sources_of(draws))
        return told
