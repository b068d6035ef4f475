"""What time does a cell say, written in ISO 8601 or in a declared pattern?

All cells of a piece are matched by one regular expression and added up as integers, so there is
no Python object per row.  Reference: ISO 8601-1:2019; directives as in C `strptime`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sillage.errors import SettingError

SECOND = 1_000_000_000
ISO = "%Y-%m-%dT%H:%M:%S%z"
"""Stands for ISO 8601 with optional seconds, fraction and offset."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "e": r"(?P<d>\d{1,2})",
    "j": r"(?P<j>\d{1,3})",
    "b": r"(?P<b>[A-Za-z]{3})[a-z]*",
    "B": r"(?P<b>[A-Za-z]{3})[a-z]*",
    "H": r"(?P<H>\d{1,4})",
    "I": r"(?P<I>\d{1,2})",
    "p": r"(?P<p>[AaPp])\.?[Mm]\.?",
    "M": r"(?P<M>\d{1,5})",
    "S": r"(?P<S>\d{1,7})",
    "f": r"(?P<f>\d{1,9})",
    "z": r"(?P<z>Z|[+-]\d{2}:?\d{2})",
    "a": r"[A-Za-z]+",
    "A": r"[A-Za-z]+",
    "w": r"\d",
    "u": r"\d",
    "n": r"\s+",
    "t": r"\s+",
    "%": "%",
    "*": ".*",
}
_ISO_EXPRESSION = (
    r"^\s*(?P<Y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})[Tt ](?P<H>\d{2}):(?P<M>\d{2})"
    r"(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?\s*(?P<z>[Zz]|[+-]\d{2}(?::?\d{2})?)?\s*$"
)


class Written(NamedTuple):
    """What cells say, before zones: all arrays have one entry a cell."""

    ns: NDArray[np.int64]
    """Nanoseconds since 1970 as the cell's own clock counts, or of an elapsed time."""
    readable: NDArray[np.bool_]
    """Whether the cell is a time at all."""
    has_zone: NDArray[np.bool_]
    """Whether the cell carried an offset; it is subtracted already."""


def has_date(pattern: str) -> bool:
    """Whether a pattern says the day, or only a time of day or a lapse of time."""
    groups = _expression(pattern)[1]
    return bool(groups & {"Y", "y"}) and bool(groups & {"j"} or {"d"} <= groups)


def read_pattern(cells: Any, pattern: str) -> Written:
    """Times of text cells.

    Parameters
    ----------
    cells
        pyarrow text array, no nulls.
    pattern
        Directives of strptime, `%*` for anything, or `ISO`.

    Raises
    ------
    SettingError
        The pattern holds an unknown directive, or one twice.
    """
    expression, groups = _expression(pattern)
    found = pc.extract_regex(cells, expression)
    matched = found.is_valid().to_numpy(zero_copy_only=False)
    part = _Parts(found, groups, len(cells))
    years, months, days = part.date()
    hours = part.hours()
    minutes, seconds = part.integers("M"), part.integers("S")
    dated = bool(groups & {"Y", "y"})
    readable = matched & _in_calendar(years, months, days, "j" in groups)
    if dated:  # a lapse of time may count more than 60 minutes
        readable &= (hours < 24) & (minutes < 60) & (seconds < 61)
    day = _day_number(years, months, days) if dated else np.zeros(len(cells), np.int64)
    ns = ((day * 24 + hours) * 60 + minutes) * 60 + seconds
    offset_s, has_zone = part.offset()
    return Written(ns * SECOND + part.fraction() - offset_s * SECOND, readable, has_zone)


class _Parts:
    """Integers of the named groups of a match; where a group is empty, its usual value."""

    def __init__(self, found: Any, groups: frozenset[str], count: int) -> None:
        self.found, self.groups, self.count = found, groups, count

    def text(self, group: str) -> Any:
        return pc.fill_null(self.found.field(group), "")

    def integers(self, group: str, otherwise: int = 0) -> NDArray[np.int64]:
        if group not in self.groups:
            return np.full(self.count, otherwise, dtype=np.int64)
        cells = self.text(group)
        cells = pc.if_else(pc.equal(cells, ""), str(otherwise), cells)
        values: NDArray[np.int64] = cells.cast(pa.int64()).to_numpy(zero_copy_only=False)
        return values

    def date(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        if "y" in self.groups:
            short = self.integers("y")
            years = short + np.where(short < 69, 2000, 1900)  # as POSIX says
        else:
            years = self.integers("Y", 1970)
        if "j" in self.groups:
            return years, np.ones(self.count, np.int64), self.integers("j", 1)
        if "b" in self.groups:
            names = pc.utf8_lower(self.text("b"))
            place = pc.fill_null(pc.index_in(names, pa.array(_MONTHS)), -1)
            months = place.to_numpy(zero_copy_only=False).astype(np.int64) + 1
        else:
            months = self.integers("m", 1)
        return years, months, self.integers("d", 1)

    def hours(self) -> NDArray[np.int64]:
        if "I" not in self.groups:
            return self.integers("H")
        hours = self.integers("I") % 12
        if "p" in self.groups:
            evening = pc.equal(pc.utf8_lower(self.text("p")), "p").to_numpy(zero_copy_only=False)
            hours = hours + 12 * evening
        return hours

    def fraction(self) -> NDArray[np.int64]:
        if "f" not in self.groups:
            return np.zeros(self.count, dtype=np.int64)
        digits = pc.utf8_rpad(self.text("f"), 9, "0")
        values: NDArray[np.int64] = digits.cast(pa.int64()).to_numpy(zero_copy_only=False)
        return values

    def offset(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Seconds east of Greenwich, and whether the cell says so."""
        if "z" not in self.groups:
            return np.zeros(self.count, np.int64), np.zeros(self.count, bool)
        text = self.text("z")
        said = pc.not_equal(text, "").to_numpy(zero_copy_only=False)
        plain = pc.replace_substring(pc.utf8_upper(text), ":", "")
        plain = pc.if_else(pc.is_in(plain, pa.array(["", "Z"])), "+0000", plain)
        plain = pc.utf8_rpad(plain, 5, "0")
        hours = pc.utf8_slice_codeunits(plain, 1, 3).cast(pa.int64()).to_numpy()
        minutes = pc.utf8_slice_codeunits(plain, 3, 5).cast(pa.int64()).to_numpy()
        west = pc.starts_with(plain, "-").to_numpy(zero_copy_only=False)
        return np.where(west, -1, 1) * (hours * 3600 + minutes * 60), said


@lru_cache(maxsize=32)
def _expression(pattern: str) -> tuple[str, frozenset[str]]:
    if pattern == ISO:
        return _ISO_EXPRESSION, frozenset("YmdHMSfz")
    pieces: list[str] = []
    for literal, directive in re.findall(r"([^%]+)|%(.?)", pattern):
        if literal:
            pieces += [r"\s*" if one.isspace() else re.escape(one) for one in literal]
        elif directive in _DIRECTIVES:
            pieces.append(_DIRECTIVES[directive])
        else:
            known = " ".join(f"%{one}" for one in _DIRECTIVES)
            raise SettingError(
                f"time.pattern '{pattern}': no directive '%{directive}'; use {known}"
            )
    names = re.findall(r"\(\?P<(\w)>", "".join(pieces))
    if len(names) != len(set(names)) or not names:
        raise SettingError(
            f"time.pattern '{pattern}' must name each part of the time once; "
            "write %* for what has no meaning"
        )
    return r"^\s*" + _fixed_widths(pieces) + r"\s*$", frozenset(names)


def _fixed_widths(pieces: list[str]) -> str:
    """One expression; directives that touch have their full width, as in `%H%M%S`."""
    joined = []
    for index, piece in enumerate(pieces):
        neighbours = pieces[max(index - 1, 0) : index] + pieces[index + 1 : index + 2]
        touches = any(one.startswith("(?P<") for one in neighbours)
        widened = re.sub(r"\\d\{1,\d\}", r"\\d{2}", piece) if touches else piece
        keeps_width = piece.startswith(("(?P<f>", "(?P<j>"))
        joined.append(piece if keeps_width else widened)
    return "".join(joined)


def _in_calendar(
    years: NDArray[np.int64], months: NDArray[np.int64], days: NDArray[np.int64], ordinal: bool
) -> NDArray[np.bool_]:
    if ordinal:
        valid: NDArray[np.bool_] = (days >= 1) & (days <= 365 + _leap(years))
        return valid
    month = np.clip(months, 1, 12)
    longest = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[month - 1]
    longest = longest + ((month == 2) & _leap(years))
    inside: NDArray[np.bool_] = (months == month) & (days >= 1) & (days <= longest)
    return inside & (years >= 1678) & (years <= 2261)  # what int64 nanoseconds can hold


def _leap(years: NDArray[np.int64]) -> NDArray[np.bool_]:
    leap: NDArray[np.bool_] = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
    return leap


def _day_number(
    years: NDArray[np.int64], months: NDArray[np.int64], days: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Days since 1970-01-01."""
    month = (np.clip(years, 1678, 2261) - 1970) * 12 + np.clip(months, 1, 12) - 1
    first: NDArray[np.int64] = (
        month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    )
    return first + np.clip(days, 1, 366) - 1
