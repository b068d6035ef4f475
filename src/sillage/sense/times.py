"""At which time was each row taken, in nanoseconds UTC since 1970?

A time without a zone, in a wrong epoch or that cannot be read is an error that names the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sillage.errors import ReadError, SettingError
from sillage.sense.chunks import Chunk, Table, texts
from sillage.sense.maps import TimeMap
from sillage.sense.patterns import ISO, SECOND, Written, has_date, read_pattern
from sillage.sense.zones import to_utc, zone

NO_TIME = np.iinfo(np.int64).min
"""Stands for an empty cell."""
EARLIEST_NS = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp()) * SECOND
LATEST_AHEAD_NS = 86_400 * SECOND
NS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "min": 60 * SECOND,
    "h": 3600 * SECOND,
    "d": 86_400 * SECOND,
}
EXAMPLE = "2026-05-09T12:03:00Z"


class Clock:
    """Reads the time column of one map.

    Parameters
    ----------
    spec
        The map.
    table
        Its file.
    key
        Key of the map, such as `readings.time`, for messages.

    Raises
    ------
    SettingError
        Two ways to read the time exclude each other.
    """

    def __init__(self, spec: TimeMap, table: Table, key: str) -> None:
        self.spec, self.table, self.key = spec, table, key
        self.zone = None if spec.zone is None else zone(spec.zone, f"{key}.zone")
        self.elapsed = spec.after is not None
        for one, other in (("pattern", "unit"), ("epoch", "after")):
            if getattr(spec, one) is not None and getattr(spec, other) is not None:
                raise SettingError(f"{key}: give {one} or {other}, not both")
        if spec.epoch is not None and spec.unit is None:
            raise SettingError(f"{key}.epoch needs {key}.unit, such as 's'")
        if spec.pattern is not None and has_date(spec.pattern) == self.elapsed:
            raise SettingError(
                f"{key}.pattern '{spec.pattern}' says the day already: leave out {key}.after"
                if self.elapsed
                else f"{key}.pattern '{spec.pattern}' says no day: set {key}.after to the time "
                f"that the clock counts from, such as '{EXAMPLE}'"
            )
        if self.elapsed and spec.pattern is None and spec.unit is None:
            raise SettingError(f"{key}.after needs {key}.unit or {key}.pattern")

    def read(self, chunk: Chunk) -> NDArray[np.int64]:
        """Nanoseconds of each row, `NO_TIME` where the cell is empty; see `anchor`.

        Raises
        ------
        ReadError
            A cell is no time, has no zone, or is empty and `missing` does not drop it.
        """
        column = chunk.columns[self.spec.column]
        if pa.types.is_timestamp(column.type):
            ns = self._timestamps(column, chunk)
        elif self.spec.unit is not None:
            ns = self._counts(column, chunk, NS[self.spec.unit])
        else:
            ns = self._written(column, chunk)
        empty = np.flatnonzero(ns == NO_TIME)
        if len(empty) and self.spec.missing == "refuse":
            raise self._error(
                chunk.rows[empty[0]],
                f"the time is empty; mend the row, or set {self.key}.missing = 'drop'",
            )
        return ns

    def anchor(
        self, ns: NDArray[np.int64], rows: NDArray[np.int64], now: datetime
    ) -> NDArray[np.int64]:
        """UTC of the times of a whole file, in file order.

        Relative clocks count from their zeros, `offset_s` is added, and the epoch is checked.

        Raises
        ------
        ReadError
            A time before 1990 or more than a day ahead of `now`; or the clock restarts more or
            less often than zeros are declared.
        """
        if self.spec.after is not None:
            zeros = self.spec.after if isinstance(self.spec.after, tuple) else (self.spec.after,)
            ns = ns + self._zeros(ns, rows, [_ns(zero) for zero in zeros])
        ns = ns + round(self.spec.offset_s * SECOND)
        wrong = np.flatnonzero((ns < EARLIEST_NS) | (ns > _ns(now) + LATEST_AHEAD_NS))
        if len(wrong):
            side = "before 1990" if ns[wrong[0]] < EARLIEST_NS else "in the future"
            raise self._error(
                rows[wrong[0]],
                f"time {iso(int(ns[wrong[0]]))} is {side}; are {self.key}.unit, .epoch, .pattern "
                "and .offset_s right?",
            )
        return ns

    def _zeros(
        self, ns: NDArray[np.int64], rows: NDArray[np.int64], zeros: list[int]
    ) -> NDArray[np.int64] | int:
        if len(zeros) == 1:
            return zeros[0]
        run = np.concatenate(([0], np.cumsum(np.diff(ns) < 0)))
        if run[-1] + 1 != len(zeros):
            starts = ", ".join(str(row) for row in rows[np.flatnonzero(np.diff(ns) < 0) + 1][:10])
            raise ReadError(
                self.table.file,
                f"the clock of '{self.spec.column}' runs {run[-1] + 1} times (restarts at rows "
                f"{starts or 'none'}), but {self.key}.after lists {len(zeros)} starts",
            )
        starts_ns: NDArray[np.int64] = np.array(zeros, dtype=np.int64)[run]
        return starts_ns

    def _timestamps(self, column: Any, chunk: Chunk) -> NDArray[np.int64]:
        aware = column.type.tz is not None
        try:
            counts = column.cast(pa.timestamp("ns", column.type.tz)).cast(pa.int64())
        except pa.ArrowInvalid:
            raise ReadError(
                self.table.file, f"column '{self.spec.column}' holds times outside 1678 to 2261"
            ) from None
        ns, empty = _filled(counts)
        if not aware:
            ns = self._in_zone(ns, np.flatnonzero(~empty), column, chunk)
        ns[empty] = NO_TIME
        return ns

    def _counts(self, column: Any, chunk: Chunk, scale: int) -> NDArray[np.int64]:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = self._cells(column)
            if self.table.layout.decimal == ",":
                column = pc.replace_substring(column, ",", ".", max_replacements=1)
        try:
            try:
                counts, empty = _filled(column.cast(pa.int64()))
                ns = counts * scale
                overflow = np.abs(counts.astype(np.float64) * scale) > 9.2e18
            except pa.ArrowInvalid:
                numbers = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
                empty = np.isnan(numbers)
                whole = np.rint(np.clip(np.nan_to_num(numbers), -1e19, 1e19) * scale)
                overflow = ~(np.abs(whole) < 9.2e18)
                ns = np.where(overflow, 0, whole).astype(np.int64)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            index = _first_not_castable(column)
            raise self._error(
                chunk.rows[index],
                f"time '{column[index].as_py()}' is no number, as {self.key}.unit declares",
            ) from None
        if overflow.any():
            raise self._error(
                chunk.rows[np.flatnonzero(overflow)[0]],
                f"time {column[int(np.flatnonzero(overflow)[0])].as_py()} is beyond any clock; is "
                f"{self.key}.unit = '{self.spec.unit}' right?",
            )
        if self.spec.epoch is not None:
            ns = ns + _ns(self.spec.epoch)
        ns[empty] = NO_TIME
        return ns

    def _written(self, column: Any, chunk: Chunk) -> NDArray[np.int64]:
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            raise ReadError(
                self.table.file,
                f"column '{self.spec.column}' holds {column.type}, not times; "
                f"if it counts seconds or the like, set {self.key}.unit",
            )
        cells = self._cells(column)
        empty = cells.is_null().to_numpy(zero_copy_only=False)
        written = read_pattern(pc.fill_null(cells, ""), self.spec.pattern or ISO)
        bad = np.flatnonzero(~written.readable & ~empty)
        if len(bad):
            raise self._unreadable(cells[int(bad[0])].as_py(), chunk.rows[bad[0]])
        ns = written.ns.copy()
        if not self.elapsed:
            ns = self._in_zone(ns, np.flatnonzero(~written.has_zone & ~empty), cells, chunk)
        ns[empty] = NO_TIME
        return ns

    def _in_zone(
        self, ns: NDArray[np.int64], naive: NDArray[np.int64], cells: Any, chunk: Chunk
    ) -> NDArray[np.int64]:
        """Put the naive times among `ns` into UTC."""
        if not len(naive):
            return ns
        first = int(naive[0])
        if self.zone is None:
            raise self._no_zone(str(cells[first].as_py()), chunk.rows[first], int(ns[first]))
        local = to_utc(ns[naive], self.zone)
        for wrong, says in ((local.twice, "happens twice"), (local.never, "never happens")):
            if wrong.any():
                index = int(naive[np.flatnonzero(wrong)[0]])
                raise self._error(
                    chunk.rows[index],
                    f"time '{cells[index].as_py()}' {says} in {self.spec.zone} (the clocks change)"
                    "; write the offset, such as '+01:00', in the cells or as the zone",
                )
        ns = ns.copy()
        ns[naive] = local.utc_ns
        return ns

    def _cells(self, column: Any) -> Any:
        cells = texts(column)
        missing = pc.is_in(cells, pa.array(self.table.layout.missing, pa.string()))
        return pc.if_else(missing, pa.scalar(None, pa.string()), cells)

    def _unreadable(self, cell: str, row: np.int64) -> ReadError:
        shown = cell[:60]
        if self.spec.pattern is not None:
            return self._error(
                row, f"time '{shown}' does not fit the pattern '{self.spec.pattern}'"
            )
        is_time_of_day = (
            read_pattern(pa.array([cell]), "%H:%M:%S").readable[0]
            or read_pattern(pa.array([cell]), "%H:%M").readable[0]
        )
        if is_time_of_day:
            return self._no_zone(shown, row, None)
        if cell.replace(".", "", 1).replace("-", "", 1).isdigit():
            return self._error(row, f"time '{shown}' is a number; set {self.key}.unit, such as 's'")
        return self._error(
            row, f"time '{shown}' is not ISO 8601; write '{EXAMPLE}' or set {self.key}.pattern"
        )

    def _no_zone(self, cell: str, row: np.int64, ns: int | None) -> ReadError:
        better = EXAMPLE if ns is None else iso(ns)
        return self._error(
            row, f"time '{cell}' has no zone; write '{better}' or set {self.key}.zone"
        )

    def _error(self, row: int | np.int64, problem: str) -> ReadError:
        return ReadError(self.table.file, problem, row=int(row))


def iso(ns: int) -> str:
    """A time for a message, such as `2026-05-09T12:03:00Z`."""
    return f"{np.datetime64(ns, 'ns').astype('datetime64[ms]')}".removesuffix(".000") + "Z"


def to_datetime(ns: int) -> datetime:
    """An aware time, to the microsecond below."""
    return datetime.fromtimestamp(ns // SECOND, UTC).replace(microsecond=ns % SECOND // 1000)


def _ns(time: datetime) -> int:
    whole = int(time.replace(microsecond=0).timestamp())
    return whole * SECOND + time.microsecond * 1000


def _filled(counts: Any) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Integers with 0 for nulls, and which were null."""
    empty = counts.is_null().to_numpy(zero_copy_only=False)
    values = pc.fill_null(counts, 0).to_numpy(zero_copy_only=False)
    return np.array(values, dtype=np.int64), empty


def _first_not_castable(column: Sequence[Any]) -> int:
    for index, cell in enumerate(column):
        try:
            cell.cast(pa.float64())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return index
    return 0


__all__ = ["NO_TIME", "Clock", "Written", "iso", "to_datetime"]
