"""Where are the hashes of the tree kept, and how do they grow with it.

Every entry has its leaf hash beside it; the table `nodes` has the hash of each complete subtree of
256, 256**2 ... entries, at levels 8, 16 ... They are the tiles of C2SP tlog-tiles: a tile of height
8 at level L is 256 of these hashes. All others are folded from at most 256 of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from functools import lru_cache

from sillage.errors import LedgerError
from sillage.ledger.merkle import Frontier, node_hash

HEIGHT = 8
"""Levels of the tree that one tile spans."""

WIDTH = 1 << HEIGHT
"""Hashes of a whole tile."""

TILES_HELD = 64
"""Tiles kept at hand while proofs are made."""


class StoredNodes:
    """Hashes of complete subtrees, read from an open ledger."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._tile = lru_cache(TILES_HELD)(self.tile)

    def tile(self, level: int, number: int, width: int = WIDTH) -> tuple[bytes, ...]:
        """The first hashes of a tile: as many as asked for, or as there are.

        Parameters
        ----------
        level
            0 for leaf hashes, 1 for those of 256 entries each, and so on.
        number
            Which tile of the level, from 0.
        width
            How many hashes at most.
        """
        first = number * WIDTH
        if level == 0:
            query = "SELECT leaf FROM entries WHERE position BETWEEN ? AND ? ORDER BY position"
            found = self._connection.execute(query, (first, first + width - 1))
        else:
            query = (
                "SELECT hash FROM nodes WHERE level = ? AND number BETWEEN ? AND ? ORDER BY number"
            )
            found = self._connection.execute(query, (level * HEIGHT, first, first + width - 1))
        return tuple(hash_ for (hash_,) in found)

    def node(self, level: int, number: int) -> bytes:
        """Hash of a complete subtree, by its level in the binary tree.

        Raises
        ------
        LedgerError
            The ledger does not hold all of it.
        """
        row, above = divmod(level, HEIGHT)
        span = 1 << above
        tile, first = divmod(number * span, WIDTH)
        hashes = list(self._tile(row, tile)[first : first + span])
        if len(hashes) != span:
            raise LedgerError(
                f"hashes of level {level} are missing at {number}; run 'sillage verify' on it"
            )
        while len(hashes) > 1:
            hashes = [node_hash(*hashes[i : i + 2]) for i in range(0, len(hashes), 2)]
        return hashes[0]


def frontier_of(connection: sqlite3.Connection, size: int) -> Frontier:
    """The tree over the first `size` entries, ready to grow."""
    stored = StoredNodes(connection)
    levels = (level for level in reversed(range(size.bit_length())) if size >> level & 1)
    return Frontier(size, [stored.node(level, (size >> level) - 1) for level in levels])


def grow(frontier: Frontier, leaves: Iterable[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Add leaf hashes; gives level, number and hash of each subtree that `nodes` is to keep."""
    for leaf in leaves:
        for above, completed in enumerate(frontier.push(leaf), start=1):
            level = above * HEIGHT
            yield level, (frontier.size >> level) - 1, completed
