"""Does an output appear whole or not at all, whatever ends the work?"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sillage.atomic import MARK, whole_file, whole_folder
from sillage.errors import SettingError

ENDINGS = (
    ValueError("a defect"),
    KeyboardInterrupt(),
    SystemExit(3),
    OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
)
NAMES = st.text("abcdefgh", min_size=1, max_size=8)


def tree(folder: Path) -> dict[str, bytes]:
    """Everything below a folder, hidden names included."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"a folder"
        for path in folder.rglob("*")
    }


def fill(target: Path, files: dict[str, bytes]) -> None:
    with whole_folder(target) as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)


def begin_folder(target: Path, ending: BaseException) -> None:
    with whole_folder(target) as folder:
        (folder / "half").write_bytes(b"half")
        raise ending


def begin_file(target: Path, ending: BaseException) -> None:
    with whole_file(target) as file:
        file.write_bytes(b"half")
        raise ending


@given(st.dictionaries(NAMES, st.binary(max_size=64)), st.dictionaries(NAMES, st.binary()))
def test_a_second_folder_takes_the_whole_place_of_the_first(
    tmp_path_factory: pytest.TempPathFactory, first: dict[str, bytes], second: dict[str, bytes]
) -> None:
    place = tmp_path_factory.mktemp("place")
    fill(place / "out", first)
    fill(place / "out", second)
    assert tree(place / "out") == second | {MARK: b""}
    assert [path.name for path in place.iterdir()] == ["out"]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: type(ending).__name__)
@pytest.mark.parametrize("before", [{}, {"old": b"old"}], ids=["new", "replaced"])
def test_work_that_ends_early_leaves_what_was_there(
    tmp_path: Path, ending: BaseException, before: dict[str, bytes]
) -> None:
    if before:
        fill(tmp_path / "out", before)
        (tmp_path / "out.txt").write_bytes(b"old")
    stood = tree(tmp_path)
    with pytest.raises(type(ending)):
        begin_folder(tmp_path / "out", ending)
    with pytest.raises(type(ending)):
        begin_file(tmp_path / "out.txt", ending)
    assert tree(tmp_path) == stood


@pytest.mark.parametrize("begin", [begin_folder, begin_file])
def test_a_full_disk_is_told_with_its_place(
    tmp_path: Path, begin: Callable[[Path, BaseException], None]
) -> None:
    with pytest.raises(OSError, match=r"No space left on device: '.*/place'"):
        begin(tmp_path / "place", OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


def test_a_stop_between_two_names_brings_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "out", {"old": b"old"})
    stood = tree(tmp_path)
    rename, calls = Path.replace, iter((False, True, False))

    def stop_at_the_second(self: Path, target: Path) -> Path:
        if next(calls):
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path / "out", {"new": b"new"})
    assert tree(tmp_path) == stood


def test_nothing_is_seen_at_the_place_before_the_end(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "out") as folder, whole_file(tmp_path / "out.txt") as file:
        (folder / "a").write_bytes(b"a")
        file.write_bytes(b"a")
        assert not (tmp_path / "out").exists()
        assert not (tmp_path / "out.txt").exists()
        assert all(path.name.startswith(".") for path in tmp_path.iterdir())
    assert {path.name for path in tmp_path.iterdir()} == {"out", "out.txt"}


def test_a_folder_of_someone_else_is_refused_and_an_empty_one_filled(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "letter.txt").write_text("mine")
    stood = tree(tmp_path)
    with pytest.raises(SettingError, match="not Sillage's; name another"):
        fill(tmp_path / "theirs", {"new": b"new"})
    assert tree(tmp_path) == stood
    (tmp_path / "empty").mkdir()
    fill(tmp_path / "empty", {"new": b"new"})
    assert tree(tmp_path / "empty") == {"new": b"new", MARK: b""}


def test_a_place_that_cannot_be_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(SettingError, match="this is a file"):
        fill(tmp_path / "file", {})
    with pytest.raises(SettingError, match="no such folder"):
        fill(tmp_path / "not" / "there", {})
    with pytest.raises(SettingError, match="this is a folder"), whole_file(tmp_path):
        pytest.fail("the block was entered")
    with pytest.raises(SettingError, match="no such folder"), whole_file(tmp_path / "no" / "file"):
        pytest.fail("the block was entered")
    assert tree(tmp_path) == {"file": b"a file"}


def test_outputs_can_be_read_by_others_as_the_umask_allows(tmp_path: Path) -> None:
    fill(tmp_path / "out", {})
    with whole_file(tmp_path / "out.txt") as file:
        file.write_bytes(b"a")
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "out.txt").stat().st_mode & 0o400
