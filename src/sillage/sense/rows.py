"""Which rows count: gathered from pieces, in order, none twice, and what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.errors import ReadError
from sillage.records.provenance import Masked
from sillage.sense.maps import TimeMap
from sillage.sense.times import NO_TIME, Clock, iso

Columns = dict[str, NDArray[Any]]


class Gathering:
    """Columns that grow piece by piece and are joined once."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[NDArray[Any]]] = {}

    def add(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Append one piece of every column."""
        for name, piece in columns.items():
            self._pieces.setdefault(name, []).append(piece)

    def join(self) -> Columns:
        """Give the whole columns; the pieces are let go one by one to save memory."""
        names = list(self._pieces)
        return {name: np.concatenate(self._pieces.pop(name)) for name in names}


class Tally:
    """Counts what was left out, by reason."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def leave_out(self, values: NDArray[np.float64], where: NDArray[np.bool_], reason: str) -> None:
        """Make the values NaN there, and count those that were not NaN before."""
        fresh = where & ~np.isnan(values)
        self.count(fresh, reason)
        values[fresh] = np.nan

    def count(self, where: NDArray[np.bool_], reason: str) -> None:
        """Count rows that are left out elsewhere."""
        if number := int(np.count_nonzero(where)):
            self.counts[reason] += number

    def records(self, total: int) -> tuple[Masked, ...]:
        """Reasons with their counts, the most frequent first."""
        return tuple(
            Masked(reason=reason, count=count, total=total)
            for reason, count in sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        )

    def __str__(self) -> str:
        return ", ".join(f"{count} {reason}" for reason, count in self.counts.most_common())


def take(columns: Columns, rows: NDArray[Any]) -> Columns:
    """Give the same columns with some rows, by index or by mask."""
    return {name: column[rows] for name, column in columns.items()}


def settle(
    columns: Columns,
    clock: Clock,
    tally: Tally,
    *,
    measured: Sequence[str],
    placed: Sequence[str],
    now: datetime,
) -> Columns:
    """Put the rows of a whole file in their place in time.

    Parameters
    ----------
    columns
        `time_ns` as the clock read it, `sensor`, `row` and the named columns, in file order.
    measured
        Columns that become NaN where a row is left out.
    placed
        Columns that must agree too for two rows to be the same.
    now
        Latest plausible time.

    Raises
    ------
    ReadError
        Times are missing, implausible, backwards or doubled, and the map does not allow it.
    """
    file = clock.table.file
    untimed = columns["time_ns"] == NO_TIME
    if untimed.all():
        raise ReadError(file, "no row is left: none has a time, or `where` selects none")
    if untimed.any():
        tally.count(untimed, "without a time")
        columns = take(columns, ~untimed)
    columns = columns | {"time_ns": clock.anchor(columns["time_ns"], columns["row"], now)}
    columns = in_order(columns, clock.spec, file, clock.key)
    if clock.spec.duplicates != "keep":
        without_twins(columns, clock, tally, measured=measured, placed=placed)
    return columns


def in_order(columns: Columns, spec: TimeMap, file: str, key: str) -> Columns:
    """See that no sensor's time goes backwards, or sort where the map says so.

    Raises
    ------
    ReadError
        A time lies before the one above it of the same sensor; names the row.
    """
    time = columns["time_ns"]
    if spec.order == "sort":
        if np.all(time[1:] >= time[:-1]):
            return columns
        return take(columns, np.lexsort((columns["sensor"], time)))
    by_sensor = np.argsort(columns["sensor"], kind="stable")
    later, earlier = by_sensor[1:], by_sensor[:-1]
    same = columns["sensor"][later] == columns["sensor"][earlier]
    back = np.flatnonzero(same & (time[later] < time[earlier]))
    if len(back):
        index = int(later[back].min())
        before = int(earlier[back[np.argmin(later[back])]])
        raise ReadError(
            file,
            f"time {iso(int(time[index]))} goes backwards (row {int(columns['row'][before])} "
            f"of the same sensor has {iso(int(time[before]))}); mend the log, set "
            f"{key}.order = 'sort', or list the starts of a restarted clock in {key}.after",
            row=int(columns["row"][index]),
        )
    return columns


def without_twins(
    columns: Columns,
    clock: Clock,
    tally: Tally,
    *,
    measured: Sequence[str],
    placed: Sequence[str],
) -> None:
    """Mask rows that one sensor has twice at the same time, as the map says; changes in place.

    Raises
    ------
    ReadError
        Two rows of one sensor and time differ and the map does not say which counts.
    """
    time, sensor = columns["time_ns"], columns["sensor"]
    order = np.lexsort((time, sensor))
    later, earlier = order[1:], order[:-1]
    twin = (sensor[later] == sensor[earlier]) & (time[later] == time[earlier])
    if not twin.any():
        return
    later, earlier = later[twin], earlier[twin]
    equal = np.ones(len(later), dtype=bool)
    for name in (*measured, *placed):
        one, other = columns[name][later], columns[name][earlier]
        equal &= (one == other) | (_is_nan(one) & _is_nan(other))
    if clock.spec.duplicates == "refuse" and not equal.all():
        raise _conflict(columns, later[~equal], earlier[~equal], clock)
    if clock.spec.duplicates == "mean":
        _average(columns, order, np.concatenate(([True], ~twin)), measured)
    for name in measured:
        column = np.asarray(columns[name], dtype=np.float64)
        column[later] = np.nan
        columns[name] = column
    tally.counts["the same row twice"] += int(np.count_nonzero(equal))
    if conflicts := int(np.count_nonzero(~equal)):
        action = "averaged" if clock.spec.duplicates == "mean" else "first kept"
        tally.counts[f"same time as another sample ({action})"] += conflicts
    tally.counts += Counter()  # forgets reasons that count nothing


def _is_nan(values: NDArray[Any]) -> NDArray[np.bool_]:
    differs: NDArray[np.bool_] = values != values  # noqa: PLR0124 - NaN differs from itself; integers never do
    return differs


def _conflict(
    columns: Columns,
    later: NDArray[np.int64],
    earlier: NDArray[np.int64],
    clock: Clock,
) -> ReadError:
    first = int(np.argmin(columns["row"][later]))
    return ReadError(
        clock.table.file,
        f"time {iso(int(columns['time_ns'][later[first]]))} stands there twice with different "
        f"values (also row {int(columns['row'][earlier[first]])}); set {clock.key}.duplicates "
        "to 'keep' (both are samples), 'first' or 'mean'",
        row=int(columns["row"][later[first]]),
    )


def _average(
    columns: Columns,
    order: NDArray[np.int64],
    opens: NDArray[np.bool_],
    measured: Sequence[str],
) -> None:
    """Give the first row of every group of equal times the mean of the group."""
    starts = np.flatnonzero(opens)
    for name in measured:
        column = np.array(columns[name], dtype=np.float64)
        values = column[order]
        valid = ~np.isnan(values)
        total = np.add.reduceat(np.where(valid, values, 0.0), starts)
        count = np.add.reduceat(valid.astype(np.int64), starts)
        column[order[starts]] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        columns[name] = column
