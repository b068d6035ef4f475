"""What is a cloud of candidates, and what does the likelihood say of it?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
T = TypeVar("T")


class Verdicts(NamedTuple):
    """What the likelihood says of a cloud."""

    by_chunk: Floats
    """(candidate, chunk): log-likelihood of each independent stretch of time."""
    plume_ppm: Floats
    """(candidate, observation)"""
    on: Floats
    """(candidate, block, source)"""
    background: Floats
    """(candidate, observation)"""

    def take(self, rows: NDArray[np.int64]) -> Verdicts:
        """The same for some candidates."""
        return Verdicts(*(field[rows] for field in self))

    def mixed(self, other: Verdicts, use: NDArray[np.bool_]) -> Verdicts:
        """Rows of `other` where `use`, of this elsewhere."""
        return Verdicts(
            *(
                np.where(use.reshape(-1, *[1] * (old.ndim - 1)), new, old)
                for old, new in zip(self, other, strict=True)
            )
        )


class Cloud(NamedTuple):
    """Candidates of equal weight."""

    draws: Floats
    """(candidate, parameter)"""
    prior: Floats
    """(candidate,): log prior density."""
    verdicts: Verdicts

    def take(self, rows: NDArray[np.int64]) -> Cloud:
        """The same for some candidates."""
        return Cloud(self.draws[rows], self.prior[rows], self.verdicts.take(rows))

    @property
    def log_likelihood(self) -> Floats:
        """(candidate,)"""
        return np.asarray(self.verdicts.by_chunk.sum(axis=1), dtype=np.float64)


class Stage(NamedTuple):
    """What a cloud was at one power, on its way."""

    power: float
    log_evidence: float
    draws: Floats
    """(candidate, parameter)"""


class Cooled(NamedTuple):
    """The posterior, and how it was reached."""

    draws: Floats
    """(draw, parameter): the candidates of all harvest rounds."""
    cloud: Cloud
    power: float
    """Weight that the data got, 0 to 1."""
    log_evidence: float
    """Of the data at that power, against the prior."""
    effective_sample_size: float


def on_all_processors(one: Callable[[Any], T], many: Iterable[Any]) -> list[T]:
    """Do one thing to many, on all processors; kernels run outside the interpreter lock."""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, many))
