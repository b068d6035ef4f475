"""Which file is meant, can it be opened, and what proves later that it is the same?"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from sillage import registry
from sillage.errors import ReadError, SettingError
from sillage.records.provenance import SourceFile

DATA_VARIABLE = "SILLAGE_DATA"
"""The only variable that a path in a map may begin with."""

SUFFIXES = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".dat": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".gpx": "gpx",
}
"""Format by suffix, where the map does not name one."""


def resolve(file: str, base: Path) -> Path:
    """The path of a file that a map names.

    Parameters
    ----------
    file
        Relative to `base`, absolute, or beginning with `$SILLAGE_DATA/`.
    base
        Directory of the survey file.

    Raises
    ------
    SettingError
        `$SILLAGE_DATA` is not set, or another variable is used.
    ReadError
        There is no such file, it is a directory, it is empty or may not be read.
    """
    if "\0" in file or not file:
        raise SettingError(f"file {file!r} is no path; write it relative to the survey file")
    if file.startswith("$"):
        variable, _, rest = file[1:].partition("/")
        if variable != DATA_VARIABLE:
            raise SettingError(f"'{file}': only ${DATA_VARIABLE}/ may begin a path")
        root = os.environ.get(DATA_VARIABLE)
        if not root:
            raise SettingError(
                f"'{file}' needs {DATA_VARIABLE}: set it to the directory that holds the data "
                f"sets, for example: export {DATA_VARIABLE}=$HOME/sillage-data"
            )
        path = Path(root) / rest
    else:
        path = base / file
    _see_readable(path, file)
    return path


def _see_readable(path: Path, file: str) -> None:
    try:
        if path.is_dir():
            raise ReadError(file, "is a directory; name a file in it")
        if not path.exists():
            raise ReadError(file, "there is no such file; paths count from the survey file")
        with path.open("rb") as stream:
            if not stream.read(1):
                raise ReadError(file, "is empty (0 bytes); export it again")
    except OSError as error:
        raise ReadError(file, f"cannot be opened: {error.strerror or error}") from error


def source_file(path: Path, file: str) -> SourceFile:
    """Name, size and SHA-256 of the raw bytes, read once in small pieces."""
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except OSError as error:
        raise ReadError(file, f"cannot be read: {error.strerror or error}") from error
    return SourceFile(name=file, sha256=digest, size_bytes=size)


def format_of(file: str, declared: str | None) -> str:
    """Name of the reader: as declared, or by suffix.

    Raises
    ------
    SettingError
        The suffix says nothing and no format is declared.
    """
    if declared is not None:
        return declared
    suffix = Path(file).suffix.lower()
    if suffix not in SUFFIXES:
        readers = ", ".join(f"'{name}'" for name in sorted(registry.installed("readers")))
        raise SettingError(
            f"{file}: the suffix '{suffix}' does not say the format; set format to one of {readers}"
        )
    return SUFFIXES[suffix]
