"""What are the bytes of a laboratory's file, and are they small enough and text?

Everything that reads a spectrum begins here: one look at the size, one sum, gzip taken off.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

from sillage.errors import ReadError

MOST_BYTES = 512 * 1024 * 1024
"""Largest file that is read, unpacked: a whole line list of one gas is a tenth of it."""

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class SourceFile:
    """The content of a file that holds a spectrum."""

    name: str
    """As messages give it."""
    content: bytes
    """Unpacked where it was packed with gzip."""

    @property
    def sha256(self) -> str:
        """Sum of the unpacked content, by which the same source is known again."""
        return hashlib.sha256(self.content).hexdigest()

    def lines(self) -> list[str]:
        """The content as lines of text.

        Raises
        ------
        ReadError
            It holds bytes that no text has.
        """
        if b"\0" in self.content:
            raise ReadError(self.name, "is binary; a spectrum as text was expected here")
        # Headers of the 1990s spell degrees in any code page; numbers are ASCII in all of them.
        return self.content.decode("latin-1").splitlines()


def open_source(path: Path, most_bytes: int = MOST_BYTES) -> SourceFile:
    """Read a file, and unpack it where it is packed with gzip.

    Raises
    ------
    ReadError
        It is missing, empty, damaged, or larger than `most_bytes`.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(most_bytes + 1)
        if content.startswith(_GZIP):
            with gzip.open(path) as packed:
                content = packed.read(most_bytes + 1)
    except FileNotFoundError:
        raise ReadError(str(path), "there is no such file; correct the path") from None
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or error
        raise ReadError(str(path), f"cannot be read ({why}); take it from its source again") from (
            error
        )
    if len(content) > most_bytes:
        raise ReadError(
            str(path), f"holds more than {most_bytes / 1e6:.0f} MB; cut it to the range you need"
        )
    if not content:
        raise ReadError(str(path), "is empty; take it from its source again")
    return SourceFile(str(path), content)


def number(text: str, source: SourceFile, row: int, what: str) -> float:
    """A finite number out of a cell.

    Raises
    ------
    ReadError
        It is none; names the row and what was expected there.
    """
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise ReadError(
            source.name, f"'{text.strip()[:24]}' is no {what}; write a plain number", row=row
        )
    return value
