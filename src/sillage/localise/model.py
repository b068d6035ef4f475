"""How likely are the readings if there are these sources, and if there are none?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.localise.background import bins_of, first_guess
from sillage.localise.chain import chain_of
from sillage.localise.cloud import Verdicts, on_all_processors
from sillage.localise.hearing import Nose
from sillage.localise.likelihood import Air, Candidate, explain
from sillage.localise.prior import clean_air
from sillage.localise.problem import Problem, by_window, calibrated_rows
from sillage.localise.settings import Settings

Floats = NDArray[np.float64]

_CHUNKS = 6  # at least, of a record that is shorter than as many hours
_STEP = 0.05  # standard deviations, for second derivatives
_ROUGHLY: Any = {"xatol": 1e-2, "fatol": 1e-2, "maxfev": 300}
_CALM_AIR = Air(*(0.0,) * len(Air._fields))
_ANY_NOSE = Nose(*(0.0,) * len(Nose._fields))


class Model:
    """The likelihood of candidates, and of there being none; fixed for one problem."""

    def __init__(self, problem: Problem, settings: Settings) -> None:
        self.problem, self.settings = problem, settings
        self.chain = chain_of(problem.blocks.step_s, problem.blocks.sessions, settings)
        grouped = by_window(problem)  # a window of raw readings has a level of its own
        measured = calibrated_rows(problem).any()
        memory_s = settings.background_memory_s if measured else settings.rank_memory_s
        self.bins = bins_of(grouped, memory_s)
        self._guess = first_guess(grouped)
        self._chunk = _chunks(problem, settings)

    def __call__(self, draws: Floats) -> Verdicts:
        """Log-likelihoods, plumes, on-probabilities and backgrounds of a stack of candidates."""
        columns = zip(*on_all_processors(self._one, draws), strict=True)
        return Verdicts(*(np.array(column) for column in columns))

    def _one(self, candidate: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        said = explain(self.problem, self.chain, self.bins, self._guess, candidate)
        by_chunk = np.bincount(self._chunk, said.block_log_likelihood).astype(np.float64)
        return by_chunk, said.plume_ppm, said.on, said.background

    def log_evidence_of_nothing(self, power: float) -> float:
        """Log evidence, at a power, of a background alone; by Laplace's method over its scales.

        Those are noise, drift and the differences of sensors, with the same prior as beside a
        source.
        """
        from scipy.optimize import minimize

        scales = clean_air(self.problem, self.settings)
        mean, std = np.array(list(scales.values())).T

        def candidate(away: Floats) -> Floats:
            clean = dict(zip(scales, (mean + std * away).tolist(), strict=True))
            nose = {name: clean.pop(name) for name in Nose._fields if name in clean}
            heard = _ANY_NOSE._replace(**nose) if nose else None
            return Candidate(_CALM_AIR._replace(**clean), (), heard).numbers()

        def cost(away: Floats) -> float:
            told = power * self._one(candidate(away))[0].sum()
            return 0.5 * float(away @ away) - float(told)

        # a simplex of one standard deviation: about zero, the method's own has no extent
        start = np.vstack([np.zeros(mean.size), np.eye(mean.size)])
        options = _ROUGHLY | {"initial_simplex": start}
        found = minimize(cost, start[0], method="Nelder-Mead", options=options)
        best = np.asarray(found.x, dtype=np.float64)
        curved = _curvature(cost, best)
        return -cost(best) - 0.5 * float(np.linalg.slogdet(curved)[1])


def _curvature(cost: Callable[[Floats], float], at: Floats) -> Floats:
    """Second derivatives by central differences; at least those of the prior."""
    steps = _STEP * np.eye(at.size)
    middle = cost(at)
    ahead, behind = ([cost(at + sign * step) for step in steps] for sign in (1.0, -1.0))
    second = np.empty((at.size, at.size))
    for i, one in enumerate(steps):
        second[i, i] = ahead[i] + behind[i] - 2.0 * middle
        for j, other in enumerate(steps[:i]):
            both = cost(at + one + other) - ahead[i] - ahead[j] + middle
            second[i, j] = second[j, i] = both
    values, vectors = np.linalg.eigh(second / _STEP**2)
    return np.asarray((vectors * np.maximum(values, 1.0)) @ vectors.T, dtype=np.float64)


def _chunks(problem: Problem, settings: Settings) -> NDArray[np.int64]:
    """Number of the independent stretch that each block belongs to."""
    blocks = problem.blocks
    observed_s = blocks.step_s * blocks.time_ns.size
    length_ns = round(min(settings.chunk_s, max(observed_s / _CHUNKS, blocks.step_s)) * 1e9)
    return np.unique(blocks.time_ns // length_ns, return_inverse=True)[1].astype(np.int64)
