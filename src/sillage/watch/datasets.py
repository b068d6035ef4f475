"""Which real data sets are known, are their bytes here, and how do they get here?

A set is a table of `datasets.toml`: its public home, licence, citation and split, and for each file
its sum and, where the same bytes are public, their URL. Nothing is fetched unless it is asked for.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import tomllib
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from importlib import resources
from pathlib import Path
from typing import IO, Literal, cast

import msgspec

from sillage.atomic import whole_file
from sillage.errors import ReadError, SettingError, SillageError, UnknownName

_PATIENCE_S = 30.0

OpenUrl = Callable[[str], AbstractContextManager[IO[bytes]]]
"""Opens what a URL names, to be read once."""

State = Literal["whole", "missing", "changed"]


class DataFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a set."""

    path: str
    size_bytes: int
    sha256: str
    """Of the file; of what is packed in it where `gzipped`."""
    url: str | None = None
    """Where the same bytes are public."""
    derived: str | None = None
    """What the file was made of, where its bytes are not public."""
    gzipped: bool = False


class DataSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A real data set, and what is owed to those who took it."""

    name: str
    title: str
    home: str
    licence: str
    citation: str
    split: str
    """Which part of the whole is for development."""
    files: tuple[DataFile, ...]


@cache
def data_sets() -> dict[str, DataSet]:
    """The registry, by name."""
    text = (resources.files("sillage.watch") / "datasets.toml").read_text(encoding="utf-8")
    return {
        name: msgspec.convert({"name": name, **table}, DataSet)
        for name, table in tomllib.loads(text).items()
    }


def data_set(name: str) -> DataSet:
    """Find a set by its name.

    Raises
    ------
    UnknownName
        The registry has no such set; names the nearest.
    """
    if name not in data_sets():
        raise UnknownName("data set", name, data_sets())
    return data_sets()[name]


def state_of(file: DataFile, folder: Path) -> State:
    """Whether a file lies in a folder, byte for byte."""
    path = folder / file.path
    if not path.is_file():
        return "missing"
    return "whole" if _sum(path, file) == file.sha256 else "changed"


def fetch(
    wanted: DataSet, folder: Path, *, open_url: OpenUrl, tell: Callable[[str], None]
) -> dict[str, State]:
    """Download the public files of a set that are not in a folder yet; verify all of them.

    Parameters
    ----------
    wanted
        The set.
    folder
        Its folder, which is made where it is missing. Each file in it appears whole.
    open_url
        `open_https`, or a stand-in.
    tell
        Told which file comes next.

    Returns
    -------
    dict
        State of every file by its path; one that is derived may still be missing.

    Raises
    ------
    ReadError
        A file of the folder holds other bytes than the registry says; nothing was fetched.
    SettingError
        The folder cannot be made.
    SillageError
        The network does not answer, or answers with other bytes.
    """
    before = {file.path: state_of(file, folder) for file in wanted.files}
    for path, state in before.items():
        if state == "changed":
            raise ReadError(
                str(folder / path),
                "holds other bytes than the registry says; move it away and get the set again",
            )
    absent = [file for file in wanted.files if file.url and before[file.path] == "missing"]
    if absent:
        with _folders_for(folder, absent):
            for file in absent:
                tell(f"downloading {file.path}, {file.size_bytes / 1e6:.1f} MB")
                _download(file, folder / file.path, open_url)
    return {file.path: state_of(file, folder) for file in wanted.files}


@contextmanager
def open_https(url: str) -> Iterator[IO[bytes]]:
    """Open a URL by https and by nothing else; a redirect is an error, since it may lead away."""
    web = urllib.request.OpenerDirector()
    for listener in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.UnknownHandler(),
    ):
        web.add_handler(listener)
    with web.open(url, timeout=_PATIENCE_S) as answer:
        yield cast("IO[bytes]", answer)


def _download(file: DataFile, path: Path, open_url: OpenUrl) -> None:
    url = str(file.url)
    try:
        with open_url(url) as answer:
            content = answer.read(file.size_bytes + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise SillageError(
            f"{url}: the server answers {error.code} {error.reason}; {path.name} was not written"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise SillageError(
            f"{url}: cannot be reached ({reason}); {path.name} was not written. Check the network, "
            "or set SILLAGE_DATA to a folder that holds the set"
        ) from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise SillageError(
            f"{url}: came with other bytes than the registry says (SHA-256 {file.sha256}, "
            f"{file.size_bytes} bytes); {path.name} was not written. Try again, and report it if "
            "it stays so"
        )
    with whole_file(path) as half_done:
        half_done.write_bytes(gzip.compress(content, mtime=0) if file.gzipped else content)


@contextmanager
def _folders_for(folder: Path, files: Sequence[DataFile]) -> Iterator[None]:
    """Make a folder, the one above it and those within; take away again what stays empty."""
    within = sorted({(folder / file.path).parent for file in files} - {folder})
    made = [path for path in (folder.parent, folder, *within) if not path.exists()]
    try:
        for path in made:
            path.mkdir()
    except OSError as error:
        raise SettingError(
            f"{folder}: cannot be made ({error.strerror}); name another folder"
        ) from error
    try:
        yield
    finally:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir()


def _sum(path: Path, file: DataFile) -> str:
    """SHA-256 of a file, or of what is packed in it; never unpacks more than it should hold."""
    if not file.gzipped:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    try:
        with gzip.open(path) as packed:
            return hashlib.sha256(packed.read(file.size_bytes + 1)).hexdigest()
    except (OSError, EOFError, zlib.error):
        return "not gzip"
