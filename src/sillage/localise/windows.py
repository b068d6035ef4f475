"""Which readings and which wind belong to one window of time?

A window is a stretch of time of fixed length that starts at a whole multiple of it since
1970-01-01T00:00Z. What a batch holds of one window becomes a batch of its own; what a file masked
before is told once, with its first window.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from sillage.records.arrays import Arrays
from sillage.records.readings import Readings
from sillage.records.wind import Wind

Timed = TypeVar("Timed", Readings, Wind)


def by_window(batch: Readings, window_ns: int) -> dict[int, Readings]:
    """What a batch holds of each window, by the window's number."""
    number = batch.samples["time_ns"] // window_ns
    parts: dict[int, Readings] = {}
    for window in np.unique(number).tolist():
        part = _only(batch, number == window)
        parts[window] = part if not parts else msgspec.structs.replace(part, id="", masked=())
    return parts


def held(batches: Iterable[Readings | Wind]) -> int:
    """How many samples some batches hold."""
    return sum(batch.samples.sizes["sample"] for batch in batches)


def joined(winds: Sequence[Wind]) -> Wind:
    """Batches of one log as one, in time; columns that not all of them have are left out.

    A row that came twice counts as it came last.
    """
    if len(winds) == 1:
        return winds[0]
    names = [
        name for name in winds[0].samples.names if all(name in other.samples for other in winds[1:])
    ]
    columns = {name: np.concatenate([w.samples[name] for w in winds]) for name in names}
    reversed_ns = columns["time_ns"][::-1]
    last = reversed_ns.size - 1 - np.unique(reversed_ns, return_index=True)[1]
    assumptions = tuple(dict.fromkeys(text for wind in winds for text in wind.assumptions))
    return _with(winds[-1], {name: column[last] for name, column in columns.items()}, assumptions)


def _only(batch: Timed, rows: NDArray[np.bool_]) -> Timed:
    columns = {name: batch.samples[name][rows] for name in batch.samples.names}
    return _with(batch, columns, batch.assumptions)


def _with(batch: Timed, columns: dict[str, NDArray[Any]], assumptions: tuple[str, ...]) -> Timed:
    """The same batch with other samples."""
    units = {name: batch.samples.unit(name) for name in columns}
    samples = Arrays(columns, dims="sample", units=units)
    return msgspec.structs.replace(batch, id="", samples=samples, assumptions=assumptions)
