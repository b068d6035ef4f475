"""Which arrays does a record's field hold: their names, dimensions and units.

A record class declares its tables and grids once, as `LAYOUT`, in the words of its docstring;
arrays that differ are refused where the record is made, attached or detached alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from sillage.errors import RecordError
from sillage.records.arrays import Arrays


class Column(NamedTuple):
    """What one array must look like."""

    dims: tuple[str, ...]
    unit: str
    """The unit, or `{field}` where the record's field of that name says it."""
    optional: bool = False


Layout = Mapping[str, Column]
"""Columns of one field, by name."""


def table(dims: str, *, optional: bool = False, **units: str) -> dict[str, Column]:
    """Columns over the same dimensions, each given as `name=unit`; join several with `|`.

    Parameters
    ----------
    dims
        Dimension names, outermost first, with spaces between them.
    optional
        Whether the record may lack these columns.
    """
    axes = tuple(dims.split())
    return {name: Column(axes, unit, optional) for name, unit in units.items()}


def check_layout(struct: msgspec.Struct, layouts: Mapping[str, Layout]) -> None:
    """Refuse arrays that are not laid out as declared.

    Raises
    ------
    RecordError
        A column is missing, unknown, or has other dimensions or another unit; names it.
    """
    for field, layout in layouts.items():
        arrays = getattr(struct, field)
        if isinstance(arrays, Arrays):
            where = f"{type(struct).__name__}.{field}"
            _check_columns(struct, arrays, layout, where)


def _check_columns(struct: msgspec.Struct, arrays: Arrays, layout: Layout, where: str) -> None:
    present = {variable.name: variable for variable in arrays.variables}
    for name, column in layout.items():
        variable = present.pop(name, None)
        if variable is None:
            if not column.optional:
                raise RecordError(
                    f"{where}: column '{name}' is missing; there are {', '.join(arrays.names)}"
                )
            continue
        if variable.dims != column.dims:
            raise RecordError(
                f"{where}: column '{name}' lies along {' '.join(variable.dims)}; "
                f"it must lie along {' '.join(column.dims)}"
            )
        unit = column.unit
        if unit.startswith("{"):
            unit = getattr(struct, unit.strip("{}"))
        if variable.unit != unit:
            raise RecordError(f"{where}: column '{name}' is in '{variable.unit}', not in '{unit}'")
        if unit == "ns" and variable.dtype != "<i8":
            raise RecordError(f"{where}: column '{name}' is {variable.dtype}; times are int64")
    if present:
        raise RecordError(
            f"{where}: column '{next(iter(present))}' is unknown; known are {', '.join(layout)}"
        )
