"""What does the header of an ENVI file say: a line `ENVI`, then `key = value` and `{lists}`.

Nothing in it is a path that is followed: data are looked for beside the header only.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from sillage.errors import ReadError
from sillage.sense.cubes.hints import Spectrum

LARGEST_BYTES = 16_000_000
"""Headers with a hundred thousand bands are smaller."""
_FIELD = re.compile(r"^[ \t]*([^=\n{};]{1,80}?)[ \t]*=[ \t]*(\{)?", re.MULTILINE)
_WHOLE = re.compile(r"[+]?\d{1,18}")


class Header(NamedTuple):
    """Fields of a header by lower-case name; lists without their braces."""

    fields: dict[str, str]
    file: str
    """For messages."""

    def text(self, key: str) -> str | None:
        """A field as it stands; None where there is none or it is empty."""
        return self.fields.get(key) or None

    def whole(self, key: str, default: int | None = None) -> int:
        """A field that is a whole number, zero or more.

        Raises
        ------
        ReadError
            It is missing without a default, or no such number.
        """
        text = self.text(key)
        if text is None:
            if default is None:
                raise ReadError(self.file, f"'{key}' is missing; add a line '{key} = ...'")
            return default
        if not _WHOLE.fullmatch(text):
            raise ReadError(self.file, f"{key} = '{text[:40]}' is no whole number from 0 on")
        return int(text)

    def words(self, key: str) -> tuple[str, ...]:
        """Items of a list, none where there is no such field."""
        text = self.text(key)
        return () if text is None else tuple(item.strip() for item in text.split(","))

    def numbers(self, key: str) -> Float64[ndarray, " item"] | None:
        """Numbers of a list; None where there is no such field.

        Raises
        ------
        ReadError
            One is no number.
        """
        items = self.words(key)
        if len(items) == 1 and " " in items[0]:
            items = tuple(items[0].split())
        if items and not items[-1]:
            items = items[:-1]  # a comma behind the last
        try:
            return np.array([float(item) for item in items]) if items else None
        except ValueError:
            wrong = next(item for item in items if not _is_number(item))
            raise ReadError(self.file, f"{key} holds '{wrong[:40]}', which is no number") from None

    def number(self, key: str) -> float | None:
        """A field that is one finite number, or None."""
        numbers = self.numbers(key)
        if numbers is None:
            return None
        if len(numbers) != 1 or not math.isfinite(numbers[0]):
            raise ReadError(self.file, f"{key} must be one number; it is {self.text(key)!r:.40}")
        return float(numbers[0])


def parse_header(text: str, file: str) -> Header:
    """Fields of a header.

    Parameters
    ----------
    text
        All of it.
    file
        Its name, for messages.

    Raises
    ------
    ReadError
        It is no ENVI header, or a list has no end.
    """
    if not text.startswith("ENVI"):
        raise ReadError(file, "is no ENVI header: its first line is not 'ENVI'")
    if len(text) > LARGEST_BYTES:
        raise ReadError(file, f"is too large for a header (over {LARGEST_BYTES // 10**6} MB)")
    fields: dict[str, str] = {}
    place = text.find("\n") + 1 or len(text)
    while found := _FIELD.search(text, place):
        key = " ".join(found[1].lower().split())
        if found[2]:
            end = text.find("}", found.end())
            if end < 0:
                raise ReadError(file, f"the list '{key}' is never closed; the header was cut short")
            fields[key] = text[found.end() : end].strip()
            place = end + 1
        else:
            end = text.find("\n", found.end())
            end = len(text) if end < 0 else end
            fields[key] = text[found.end() : end].strip()
            place = end
    return Header(fields, file)


def spectrum_in(header: Header) -> Spectrum | None:
    """Wavelengths, widths and bad bands that a header lists.

    Raises
    ------
    ReadError
        A list holds what is no number.
    """
    centre = header.numbers("wavelength")
    if centre is None:
        return None
    good = header.numbers("bbl")
    return Spectrum(
        centre=centre,
        unit=header.text("wavelength units"),
        fwhm=header.numbers("fwhm"),
        bad=None if good is None else ~(good > 0.0),
        said_by="its header",
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
