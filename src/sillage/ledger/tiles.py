"""How is the tree of a ledger handed on, so that others compute any proof by themselves.

A folder as C2SP tlog-tiles serves it: `checkpoint`, `tile/<level>/<number>` with 256 hashes each,
the last of a level with fewer and its width in its name, and `tile/entries/<number>`, the entries:
SHA-256 of each record's canonical bytes. What records say is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from sillage.atomic import whole_folder
from sillage.errors import LedgerError
from sillage.ledger.checkpoints import Checkpoint
from sillage.ledger.merkle import root_of
from sillage.ledger.nodes import HEIGHT, WIDTH, StoredNodes
from sillage.ledger.notes import Note
from sillage.ledger.store import connect

CHECKPOINT = "checkpoint"


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Level, number and width of every tile of a tree; partial ones stand last in their level."""
    level = 0
    while hashes := size >> HEIGHT * level:
        whole, rest = divmod(hashes, WIDTH)
        yield from ((level, number, WIDTH) for number in range(whole))
        if rest:
            yield level, whole, rest
        level += 1


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """Where a tile is served; the level of entry bundles is 'entries'."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    partial = f".p/{width}" if width < WIDTH else ""
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def write_tiles(path: Path | str, out: Path, note: Note) -> int:
    """Write the tiles of a ledger under a checkpoint; gives how many.

    Parameters
    ----------
    path
        The ledger; a writer may have it open.
    out
        Folder to write; one that Sillage wrote before is replaced.
    note
        Signed checkpoint of this ledger.

    Raises
    ------
    LedgerError
        The checkpoint is not of this ledger.
    SettingError
        The folder cannot be written.
    """
    point = Checkpoint.parse(note.text)
    with closing(connect(Path(path), writable=False)) as connection, whole_folder(out) as folder:
        connection.execute("BEGIN")
        nodes = StoredNodes(connection)
        try:
            fits = root_of(nodes, point.size) == point.root
        except LedgerError:
            fits = False
        if not fits:
            raise LedgerError(f"{path}: the checkpoint of {point.size} entries is not of it")
        count = 0
        for level, number, width in tiles_of(point.size):
            _write(folder / tile_path(level, number, width), nodes.tile(level, number, width))
            if level == 0:
                query = "SELECT bytes FROM entries WHERE position BETWEEN ? AND ? ORDER BY position"
                first = number * WIDTH
                rows = connection.execute(query, (first, first + width - 1))
                bundle = [b"\x00\x20" + sha256(content).digest() for (content,) in rows]
                _write(folder / tile_path("entries", number, width), bundle)
            count += 1
        (folder / CHECKPOINT).write_text(str(note), encoding="utf-8")
    return count


def _write(path: Path, parts: tuple[bytes, ...] | list[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(parts))
