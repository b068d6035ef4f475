"""How are many independent pieces of work done, by whom, and not twice after a crash?

An `Executor` is anything with `map`; a pool of processes is one, the caller itself another. What a
piece gives is kept in a file as soon as it is there, and a piece whose file is whole is not done
again.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
R = TypeVar("R")


@runtime_checkable
class Executor(Protocol):
    """Whoever does the work."""

    def map(self, do: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Do every task; gives its place and its result, in any order, as each one is ready."""
        ...


class Here:
    """The caller does it, one task after another."""

    def map(self, do: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Do every task, in order."""
        for place, task in enumerate(tasks):
            yield place, do(task)


class Processes:
    """A pool of processes does it, one a core.

    Parameters
    ----------
    count
        How many; one for each core that this process may use where None.
    """

    def __init__(self, count: int | None = None) -> None:
        self._count = count or len(os.sched_getaffinity(0))

    def map(self, do: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Do every task; what a task raises is raised here, and the rest is left undone."""
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(self._count, max(len(tasks), 1)), mp_context=context) as pool:
            places = {pool.submit(do, task): place for place, task in enumerate(tasks)}
            try:
                for done in as_completed(places):
                    yield places[done], done.result()
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise


def resumed(
    executor: Executor,
    do: Callable[[T], NDArray[np.float32]],
    tasks: Sequence[T],
    folder: Path,
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Do every task whose result does not lie in a folder already; gives all results.

    Parameters
    ----------
    executor
        Who does it.
    do
        Gives an array.
    tasks
        What to do; the same ones in the same order as when the folder was begun.
    folder
        Of results, one file a task; a file appears there whole or not at all.
    """
    missing = []
    for place in range(len(tasks)):
        path = _kept(folder, place)
        if path.exists():
            yield place, np.load(path, allow_pickle=False)
        else:
            missing.append(place)
    for index, result in executor.map(do, [tasks[place] for place in missing]):
        path = _kept(folder, missing[index])
        begun = path.with_suffix(".part")
        with begun.open("wb") as file:
            np.save(file, result, allow_pickle=False)
        begun.replace(path)
        yield missing[index], result


def _kept(folder: Path, place: int) -> Path:
    return folder / f"{place:06d}.npy"
