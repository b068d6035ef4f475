"""How likely are the readings if there are these sources?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sillage.localise.background import bins_of, first_guess
from sillage.localise.chain import chain_of
from sillage.localise.cloud import Verdicts, on_all_processors
from sillage.localise.likelihood import Explanation, explain
from sillage.localise.problem import Problem, by_window, calibrated_rows
from sillage.localise.settings import Settings

Floats = NDArray[np.float64]

_CHUNKS = 6  # at least, of a record that is shorter than as many hours


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
        self.evaluations = 0

    def __call__(self, draws: Floats) -> Verdicts:
        """Log-likelihoods, plumes, on-probabilities and backgrounds of a stack of candidates."""
        self.evaluations += draws.shape[0]
        columns = zip(*on_all_processors(self._one, draws), strict=True)
        return Verdicts(*(np.array(column) for column in columns))

    def _one(self, candidate: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        said = self.explained(self.problem, candidate)
        by_chunk = np.bincount(self._chunk, said.block_log_likelihood).astype(np.float64)
        return by_chunk, said.plume_ppm, said.on, said.background

    def explained(self, problem: Problem, candidate: Floats) -> Explanation:
        """What a candidate says of the same readings, in the wind of a problem."""
        return explain(problem, self.chain, self.bins, self._guess, candidate)


def _chunks(problem: Problem, settings: Settings) -> NDArray[np.int64]:
    """Number of the independent stretch that each block belongs to."""
    blocks = problem.blocks
    observed_s = blocks.step_s * blocks.time_ns.size
    length_ns = round(min(settings.chunk_s, max(observed_s / _CHUNKS, blocks.step_s)) * 1e9)
    return np.unique(blocks.time_ns // length_ns, return_inverse=True)[1].astype(np.int64)
