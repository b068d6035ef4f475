"""Do real data sets come byte for byte, or not at all?  No test here opens a connection."""

from __future__ import annotations

import errno
import gzip
import hashlib
import http.client
import io
import json
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import IO

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from sillage.console.main import app
from sillage.errors import ReadError, SettingError, SillageError, UnknownName
from sillage.watch import datasets
from sillage.watch.datasets import (
    DataFile,
    DataSet,
    OpenUrl,
    data_set,
    data_sets,
    fetch,
    open_https,
)

SERVED = {
    "https://example.org/a.csv": b"time,ppm\n",
    "https://example.org/b.csv": b"packed" * 100,
}


def known_file(path: str, url: str | None, content: bytes, **kinds: str | bool) -> DataFile:
    return msgspec.convert(
        {
            "path": path,
            "url": url,
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            **kinds,
        },
        DataFile,
    )


MEADOW = DataSet(
    name="meadow",
    title="Two files",
    home="https://example.org",
    licence="CC0",
    citation="Nobody: Meadow, 2026.",
    split="All for development.",
    files=(
        known_file("a.csv", "https://example.org/a.csv", SERVED["https://example.org/a.csv"]),
        known_file(
            "b.csv.gz",
            "https://example.org/b.csv",
            SERVED["https://example.org/b.csv"],
            gzipped=True,
        ),
    ),
)
MADE = msgspec.structs.replace(
    MEADOW, files=(MEADOW.files[0], known_file("c.csv", None, b"made", derived="a.csv, by hand"))
)


def answering(happens: Exception | Callable[[str], IO[bytes]]) -> OpenUrl:
    """Stand in for the network: an error, or the bytes for a URL."""

    @contextmanager
    def open_url(url: str) -> Iterator[IO[bytes]]:
        if isinstance(happens, Exception):
            raise happens
        yield happens(url)

    return open_url


class _CutOff(io.BytesIO):
    def read(self, _: int | None = -1, /) -> bytes:
        raise http.client.IncompleteRead(b"half", 4)


SERVE = answering(lambda url: io.BytesIO(SERVED[url]))
ENDLESS = answering(lambda url: io.BytesIO(SERVED[url] + b"x" * 10_000))
CUT_OFF = answering(lambda _: _CutOff())
UNREACHABLE = answering(urllib.error.URLError(OSError(errno.ENETUNREACH, "Network is unreachable")))
GONE = answering(
    urllib.error.HTTPError("https://example.org", 404, "Not Found", Message(), io.BytesIO())
)
NEVER = answering(AssertionError("a URL was opened"))


def quiet(_: str) -> None:
    pass


@pytest.fixture
def meadow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the registry know the meadow alone, and serve it."""
    monkeypatch.delenv("SILLAGE_DATA", raising=False)
    monkeypatch.setattr(datasets, "data_sets", lambda: {"meadow": MEADOW, "made": MADE})
    monkeypatch.setattr(datasets, "open_https", SERVE)


def sillage(*words: str | Path) -> tuple[int, str]:
    """Type a command; an error of ours is its own class, as `main` sees it."""
    ended = CliRunner().invoke(app, [str(word) for word in words], standalone_mode=False)
    if isinstance(ended.exception, SillageError):
        raise ended.exception
    assert ended.exception is None
    return ended.return_value or ended.exit_code, ended.output


def test_a_set_comes_whole_and_a_second_time_nothing_is_opened(tmp_path: Path) -> None:
    states = fetch(MEADOW, tmp_path / "sets" / "meadow", open_url=SERVE, tell=quiet)
    assert states == {"a.csv": "whole", "b.csv.gz": "whole"}
    packed = (tmp_path / "sets" / "meadow" / "b.csv.gz").read_bytes()
    assert gzip.decompress(packed) == SERVED["https://example.org/b.csv"]
    assert fetch(MEADOW, tmp_path / "sets" / "meadow", open_url=NEVER, tell=quiet) == states


@pytest.mark.parametrize(
    ("open_url", "words"),
    [
        (UNREACHABLE, "Network is unreachable.*Check the network, or set SILLAGE_DATA"),
        (GONE, "answers 404 Not Found"),
        (CUT_OFF, "cannot be reached"),
        (ENDLESS, "came with other bytes"),
    ],
    ids=["unreachable", "gone", "cut off", "endless"],
)
def test_a_failed_download_leaves_nothing(tmp_path: Path, open_url: OpenUrl, words: str) -> None:
    with pytest.raises(SillageError, match=words) as failed:
        fetch(MEADOW, tmp_path / "sets" / "meadow", open_url=open_url, tell=quiet)
    assert failed.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_file_within_a_folder_of_a_set_comes_whole_or_leaves_no_folder(tmp_path: Path) -> None:
    url = "https://example.org/a.csv"
    deep = msgspec.structs.replace(MEADOW, files=(known_file("in/a.csv", url, SERVED[url]),))
    with pytest.raises(SillageError):
        fetch(deep, tmp_path / "deep", open_url=GONE, tell=quiet)
    assert not (tmp_path / "deep").exists()
    assert fetch(deep, tmp_path / "deep", open_url=SERVE, tell=quiet) == {"in/a.csv": "whole"}
    assert (tmp_path / "deep" / "in" / "a.csv").read_bytes() == SERVED[url]


def test_what_came_whole_before_the_failure_is_kept_for_the_next_time(tmp_path: Path) -> None:
    @contextmanager
    def only_the_first(url: str) -> Iterator[IO[bytes]]:
        with (SERVE if url.endswith("a.csv") else UNREACHABLE)(url) as answer:
            yield answer

    with pytest.raises(SillageError):
        fetch(MEADOW, tmp_path / "meadow", open_url=only_the_first, tell=quiet)
    assert [path.name for path in (tmp_path / "meadow").iterdir()] == ["a.csv"]


@given(st.binary(max_size=40), st.sampled_from(["a.csv", "b.csv.gz"]))
def test_other_bytes_are_always_noticed_and_never_replaced(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    folder = tmp_path_factory.mktemp("sets")
    (folder / name).write_bytes(content)
    with pytest.raises(ReadError, match="holds other bytes than the registry says"):
        fetch(MEADOW, folder, open_url=NEVER, tell=quiet)
    assert (folder / name).read_bytes() == content


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/a", "file:///etc/hostname", "ftp://x.org/a"])
def test_nothing_but_https_is_opened(url: str) -> None:
    with pytest.raises(urllib.error.URLError, match="unknown url type"), open_https(url):
        pytest.fail("it was opened")


def test_the_registry_names_home_licence_and_citation_and_a_way_to_every_file() -> None:
    for one in data_sets().values():
        assert all([one.title, one.licence, one.citation, one.split])
        assert one.home.startswith("https://")
        for file in one.files:
            assert bool(file.url) != bool(file.derived)
            assert (file.url or "https://").startswith("https://")
            assert len(file.sha256) == 64
            assert 0 < file.size_bytes < 100_000_000
            parts = Path(file.path).parts
            assert len(parts) <= 2
            assert ".." not in parts
            assert not Path(file.path).is_absolute()


def test_a_public_url_names_one_commit_for_ever() -> None:
    urls = [file.url for one in data_sets().values() for file in one.files if file.url]
    assert urls
    for url in urls:
        assert len(url.split("/")[5]) == 40


@pytest.mark.data
def test_the_sets_that_are_here_are_the_sets_of_the_registry(sillage_data: Path) -> None:
    for one in data_sets().values():
        states = fetch(one, Path(sillage_data / one.name), open_url=NEVER, tell=quiet)
        assert set(states.values()) == {"whole"}


def test_an_unknown_set_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'prairie_grass'"):
        data_set("prairie_gras")


@pytest.mark.usefixtures("meadow")
def test_get_says_which_file_is_where(tmp_path: Path) -> None:
    code, told = sillage("data", "get", "meadow", "--out", tmp_path)
    assert code == 0
    assert "Whole: 2 files" in told
    assert f"whole    {tmp_path / 'meadow' / 'a.csv'}" in told


@pytest.mark.usefixtures("meadow")
def test_get_ends_with_2_where_a_file_cannot_be_downloaded(tmp_path: Path) -> None:
    code, told = sillage("data", "get", "made", "--out", tmp_path, "--json")
    assert code == 2
    assert json.loads(told) == {
        "name": "made",
        "folder": str(tmp_path / "made"),
        "whole": False,
        "files": {"a.csv": "whole", "c.csv": "missing"},
    }
    code, told = sillage("data", "get", "made", "--out", tmp_path)
    assert code == 2
    assert "made from a.csv, by hand" in told


@pytest.mark.usefixtures("meadow")
def test_a_local_copy_is_verified_and_nothing_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sillage("data", "get", "meadow", "--out", tmp_path)
    monkeypatch.setenv("SILLAGE_DATA", str(tmp_path))
    monkeypatch.setattr(datasets, "open_https", NEVER)
    code, told = sillage("data", "get", "meadow")
    assert code == 0
    assert "every sum as in the registry" in told
    assert f"2 of 2 files in {tmp_path / 'meadow'}" in sillage("data", "list")[1]


@pytest.mark.usefixtures("meadow")
def test_get_needs_a_folder_and_a_name() -> None:
    with pytest.raises(SettingError, match="give --out DIR, or set SILLAGE_DATA"):
        sillage("data", "get", "meadow")
    with pytest.raises(UnknownName, match="Did you mean 'meadow'"):
        sillage("data", "get", "medow")


def test_list_speaks_to_people_and_to_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SILLAGE_DATA", raising=False)
    code, told = sillage("data", "list")
    assert code == 0
    assert "SILLAGE_DATA is not set" in told
    listed = json.loads(sillage("data", "list", "--json")[1])
    assert [one["name"] for one in listed] == list(data_sets())
    assert all(file["sha256"] for one in listed for file in one["files"])
