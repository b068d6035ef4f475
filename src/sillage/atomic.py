"""How does an output appear: whole, or not at all.

Everything is written beside its place under a hidden name, synced, and renamed. A full disk, an
error or Ctrl-C leaves what was there before, and no half of anything.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sillage.errors import SettingError

MARK = ".sillage"
"""Empty file in a folder that Sillage wrote: such a folder may be written again."""


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give a hidden folder to write into; it takes the target's place when the block ends well.

    Raises
    ------
    SettingError
        The target's parent is missing, or the target holds something that Sillage did not write.
    """
    target = target.absolute()
    if target.exists() and not target.is_dir():
        raise SettingError(f"{target}: this is a file; name a folder")
    if not target.parent.is_dir():
        raise SettingError(f"{target.parent}: there is no such folder; make it first")
    if target.exists() and any(target.iterdir()) and not (target / MARK).exists():
        raise SettingError(
            f"{target}: the folder holds files that are not Sillage's; name another or empty it"
        )
    try:
        half_done = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise SettingError(
            f"{target.parent}: cannot be written ({error.strerror}); name another folder"
        ) from error
    try:
        yield half_done
        (half_done / MARK).touch()
        half_done.chmod(0o755)
        _sync(half_done)
        _take_place(half_done, target)
    except OSError as error:
        error.filename = error.filename or str(target)  # a full disk does not say whose
        raise
    finally:
        shutil.rmtree(half_done, ignore_errors=True)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a hidden file to write; it takes the target's place when the block ends well.

    Raises
    ------
    SettingError
        The target is a folder, or its folder is missing or cannot be written.
    """
    target = target.absolute()
    if target.is_dir():
        raise SettingError(f"{target}: this is a folder; name a file")
    if not target.parent.is_dir():
        raise SettingError(f"{target.parent}: there is no such folder; make it first")
    half_done = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        yield half_done
        with half_done.open("rb") as written:
            os.fsync(written.fileno())
        half_done.replace(target)
    except OSError as error:
        error.filename = error.filename or str(target)
        raise
    finally:
        half_done.unlink(missing_ok=True)


def _take_place(half_done: Path, target: Path) -> None:
    """Rename; an older folder of ours steps aside and comes back if that fails."""
    if not target.exists():
        half_done.replace(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    target.replace(aside)
    try:
        half_done.replace(target)
    except BaseException:
        aside.replace(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _sync(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
