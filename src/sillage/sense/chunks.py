"""What passes from a reader to the room: pieces of a table, and the numbers in its cells.

A reader is a plug-in of the group `sillage.readers`; see `Reader`. The readers of the package
are `csv`, `parquet` and `gpx`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sillage import registry
from sillage.errors import ReadError
from sillage.records.provenance import SourceFile
from sillage.sense.files import format_of, resolve, source_file
from sillage.sense.maps import Layout, Scalar

BLOCK_BYTES = 1 << 20
"""Memory that one piece takes, about."""


class Chunk(NamedTuple):
    """Consecutive rows: where they stand in the file, and their columns by wanted name."""

    rows: NDArray[np.int64]
    """Line number in a text file, the header being row 1; else the count of the row from 1."""
    columns: dict[str, Any]
    """pyarrow arrays of text, numbers or timestamps."""


class Reader(Protocol):
    """A plug-in that opens one format."""

    def __call__(
        self, path: Path, file: str, wanted: Sequence[str], layout: Layout
    ) -> Iterator[Chunk]:
        """Pieces of the wanted columns, in file order, in bounded memory.

        Raises
        ------
        ReadError
            The file is not what it should be; `file` is its name for the message.
        """
        ...


class Table(NamedTuple):
    """A file that a map names, opened."""

    path: Path
    file: str
    format: str
    layout: Layout

    def source(self) -> SourceFile:
        """What proves that it is the same file later."""
        return source_file(self.path, self.file)

    def chunks(
        self, wanted: Sequence[str], where: Mapping[str, Scalar | tuple[Scalar, ...]]
    ) -> Iterator[Chunk]:
        """Pieces of the wanted columns, only the rows that `where` selects.

        Raises
        ------
        ReadError
            The file is wrong, holds no row, or none that `where` asks for.
        """
        names = tuple(dict.fromkeys((*wanted, *where)))
        read: Reader = registry.find("readers", self.format)
        selection = _Selection(self.file, where)
        rows_read = 0
        for chunk in read(self.path, self.file, names, self.layout):
            rows_read += len(chunk.rows)
            yield selection.apply(chunk)
        if not rows_read:
            raise ReadError(self.file, "has a header but no rows; export it again")
        selection.see_all_found()


def open_table(file: str, declared_format: str | None, layout: Layout, base: Path) -> Table:
    """Find the file of a map; nothing is read yet."""
    return Table(resolve(file, base), file, format_of(file, declared_format), layout)


class _Selection:
    """Rows whose columns hold what a map asks for, and which of it was never met."""

    def __init__(self, file: str, where: Mapping[str, Scalar | tuple[Scalar, ...]]) -> None:
        self.file = file
        self.asked = {
            name: {_spelling(one) for one in (value if isinstance(value, tuple) else (value,))}
            for name, value in where.items()
        }
        self.missing = {name: set(values) for name, values in self.asked.items()}
        self.met: dict[str, set[str]] = {name: set() for name in where}

    def apply(self, chunk: Chunk) -> Chunk:
        keep = np.ones(len(chunk.rows), dtype=bool)
        for name, values in self.asked.items():
            cells = texts(chunk.columns[name])
            present = set(pc.unique(cells).to_pylist()) - {None}
            self.missing[name] -= present
            self.met[name] |= set(sorted(present)[: max(0, 20 - len(self.met[name]))])
            keep &= pc.is_in(cells, pa.array(sorted(values), pa.string())).to_numpy(False)
        if keep.all():
            return chunk
        mask = pa.array(keep)
        return Chunk(
            chunk.rows[keep],
            {name: column.filter(mask) for name, column in chunk.columns.items()},
        )

    def see_all_found(self) -> None:
        for name, values in self.missing.items():
            if values:
                listed = ", ".join(f"'{value}'" for value in sorted(values))
                held = ", ".join(sorted(self.met[name])) or "only empty cells"
                raise ReadError(
                    self.file, f"no row has {name} = {listed} (where); the column holds {held}"
                )


def _spelling(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def texts(column: Any) -> Any:
    """Cells as trimmed text; numbers are spelled out."""
    if pa.types.is_large_string(column.type) or not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    return pc.utf8_trim_whitespace(column)


def clean(name: str) -> str:
    """A header without the spaces, quotes and byte-order mark that exports leave around it."""
    return name.strip("\ufeff \t\xa0\"'")


def match_columns(header: Sequence[str], wanted: Sequence[str], file: str) -> list[int]:
    """Place of each wanted column in the header.

    Raises
    ------
    ReadError
        A column is missing (names the nearest) or stands there twice.
    """
    cleaned = [clean(name) for name in header]
    places = []
    for name in wanted:
        found = [i for i, one in enumerate(header) if one == name]
        found = found or [i for i, one in enumerate(cleaned) if one == clean(name)]
        if len(found) > 1:
            raise ReadError(
                file,
                f"column '{name}' stands there {len(found)} times "
                f"(columns {', '.join(str(i + 1) for i in found)}); rename all but one",
            )
        if not found:
            near = difflib.get_close_matches(name, cleaned, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            listed = ", ".join(f"'{one}'" for one in cleaned[:30])
            raise ReadError(file, f"no column '{name}'.{hint} There are {listed}.")
        places.append(found[0])
    return places


def numbers(
    column: Any, chunk: Chunk, table: Table, *, name: str, suffix: str = ""
) -> NDArray[np.float64]:
    """Cells of one column as float64, NaN where there is no value.

    Raises
    ------
    ReadError
        A cell is no number, or lacks the declared suffix; names its row.
    """
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return _as_float(column)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise ReadError(table.file, f"column '{name}' holds {column.type}, not numbers")
    cells = texts(column)
    missing = pc.is_in(cells, pa.array(table.layout.missing, pa.string()))
    cells = pc.if_else(missing, pa.scalar(None, pa.string()), cells)
    if suffix:
        cells = _without_suffix(cells, suffix.strip(), chunk, table.file, name)
    if table.layout.decimal == ",":
        cells = pc.replace_substring(cells, ",", ".", max_replacements=1)
    try:
        return _as_float(cells.cast(pa.float64()))
    except pa.ArrowInvalid:
        raise _no_number(cells, chunk, table, name) from None


def _as_float(column: Any) -> NDArray[np.float64]:
    values: NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy(
        zero_copy_only=False
    )
    return values


def _without_suffix(cells: Any, suffix: str, chunk: Chunk, file: str, name: str) -> Any:
    lacks = pc.fill_null(pc.invert(pc.ends_with(cells, suffix)), fill_value=False)
    bad = np.flatnonzero(lacks.to_numpy(zero_copy_only=False))
    if len(bad):
        raise ReadError(
            file,
            f"column '{name}': '{cells[int(bad[0])].as_py()}' does not end in '{suffix}', "
            "as its suffix declares",
            row=int(chunk.rows[bad[0]]),
        )
    trimmed = pc.utf8_slice_codeunits(cells, 0, -len(suffix))
    return pc.utf8_trim_whitespace(trimmed)


def _no_number(cells: Any, chunk: Chunk, table: Table, name: str) -> ReadError:
    """The error for the first cell that is no number."""
    for index, cell in enumerate(cells):
        try:
            cell.cast(pa.float64())
        except pa.ArrowInvalid:
            text = str(cell.as_py())
            hint = "mend the cell, or add its text to csv.missing if it means no value"
            if "," in text and table.layout.decimal == ".":
                hint = "if the comma is the decimal sign, set csv.decimal = ','"
            elif text.rstrip("%°/ abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != text:
                hint = "if the cells carry a unit, declare it as suffix"
            return ReadError(
                table.file,
                f"column '{name}': '{text[:60]}' is no number; {hint}",
                row=int(chunk.rows[index]),
            )
    return ReadError(table.file, f"column '{name}' holds cells that are no numbers")
