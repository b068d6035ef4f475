"""How do a few hashes stand for a whole list of entries, prove one of them, or prove that it grew.

A leaf is SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right); a tree over n entries
splits at the largest power of two below n. `Frontier` grows such a tree, one hash an entry.

References: RFC 6962, section 2.1; RFC 9162, sections 2.1.3 (inclusion) and 2.1.4 (consistency).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Protocol, runtime_checkable

LEAF = b"\x00"
NODE = b"\x01"

EMPTY = sha256(b"").digest()
"""Root of the tree over no entry."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry."""
    return sha256(LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash over two neighbouring subtrees."""
    return sha256(NODE + left + right).digest()


@runtime_checkable
class Nodes(Protocol):
    """Where the hashes of complete subtrees are looked up."""

    def node(self, level: int, number: int) -> bytes:
        """Hash over entries `number * 2**level` up to `(number + 1) * 2**level`."""


class Frontier:
    """The complete subtrees that a tree of any size is made of, largest first: at most 64 hashes.

    Parameters
    ----------
    size
        Number of entries so far.
    peaks
        Hash of the complete subtree of each bit that is set in `size`, largest first.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)

    def push(self, leaf: bytes) -> list[bytes]:
        """Add the hash of one entry; gives the hashes of levels 8, 16 ... that it completes."""
        peaks, rest, level, carry = self._peaks, self.size, 0, leaf
        completed: list[bytes] = []
        while rest & 1:
            carry = sha256(NODE + peaks.pop() + carry).digest()
            rest >>= 1
            level += 1
            if not level & 7:
                completed.append(carry)
        peaks.append(carry)
        self.size += 1
        return completed

    @property
    def root(self) -> bytes:
        """Hash that stands for all entries so far."""
        return _joined(self._peaks)


def root_of(nodes: Nodes, size: int) -> bytes:
    """Root of the tree over the first `size` entries."""
    return _joined([_hash_of(nodes, 0, size)]) if size else EMPTY


def inclusion_proof(nodes: Nodes, index: int, size: int) -> tuple[bytes, ...]:
    """Hashes that lead from entry `index` to the root of the first `size`; nearest first.

    Raises
    ------
    ValueError
        The tree of that size does not hold the entry.
    """
    if not 0 <= index < size:
        raise ValueError(f"no entry {index} among {size}")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        split = begin + _split(end - begin)
        if index < split:
            path.append(_hash_of(nodes, split, end))
            end = split
        else:
            path.append(_hash_of(nodes, begin, split))
            begin = split
    return tuple(reversed(path))


def consistency_proof(nodes: Nodes, before: int, after: int) -> tuple[bytes, ...]:
    """Hashes that lead from the root of the first `before` entries to that of the first `after`.

    Raises
    ------
    ValueError
        `before` is not between 1 and `after`.
    """
    if not 0 < before <= after:
        raise ValueError(f"no growth from {before} to {after} entries can be proved")
    path: list[bytes] = []
    begin, end, known = 0, after, True
    while before != end:
        split = begin + _split(end - begin)
        if before <= split:
            path.append(_hash_of(nodes, split, end))
            end = split
        else:
            path.append(_hash_of(nodes, begin, split))
            begin, known = split, False
    if not known:
        path.append(_hash_of(nodes, begin, end))
    return tuple(reversed(path))


def includes(root: bytes, size: int, *, leaf: bytes, index: int, proof: Sequence[bytes]) -> bool:
    """Whether a proof leads from a leaf to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node_hash(sibling, found)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            found = node_hash(found, sibling)
        number >>= 1
        last >>= 1
    return last == 0 and found == root


def extends(root: bytes, size: int, *, earlier: bytes, before: int, proof: Sequence[bytes]) -> bool:
    """Whether a proof leads from an earlier root to a later one (RFC 9162, section 2.1.4.2)."""
    if not 0 <= before <= size:
        return False
    if before in {0, size}:
        return not proof and earlier == (root if before else EMPTY)
    path = [earlier, *proof] if before & (before - 1) == 0 else list(proof)
    if not path:
        return False
    number, last = before - 1, size - 1
    while number & 1:
        number >>= 1
        last >>= 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        number >>= 1
        last >>= 1
    return last == 0 and old == earlier and new == root


def _split(size: int) -> int:
    """Largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _joined(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY
    *left, found = peaks
    for peak in reversed(left):
        found = node_hash(peak, found)
    return found


def _hash_of(nodes: Nodes, begin: int, end: int) -> bytes:
    """Hash over entries `begin` up to `end`, a subtree of some tree: its peaks, joined."""
    return _joined([nodes.node(level, number) for level, number in _peaks_of(begin, end)])


def _peaks_of(begin: int, end: int) -> Iterator[tuple[int, int]]:
    while begin < end:
        level = (end - begin).bit_length() - 1
        yield level, begin >> level
        begin += 1 << level
