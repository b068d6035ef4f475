"""Merkle trees by the recursive definitions of RFC 9162, section 2.1, over lists of entries.

Slow, and written from the text alone: what the ledger computes is compared with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

Entries = Sequence[bytes]


def largest_power_of_two_below(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def root(entries: Entries) -> bytes:
    """MTH(D[n]), section 2.1.1."""
    n = len(entries)
    if n == 0:
        return hashlib.sha256().digest()
    if n == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = largest_power_of_two_below(n)
    return hashlib.sha256(b"\x01" + root(entries[:k]) + root(entries[k:])).digest()


def path(m: int, entries: Entries) -> list[bytes]:
    """PATH(m, D[n]), section 2.1.3.1."""
    n = len(entries)
    if n == 1:
        return []
    k = largest_power_of_two_below(n)
    if m < k:
        return [*path(m, entries[:k]), root(entries[k:])]
    return [*path(m - k, entries[k:]), root(entries[:k])]


def proof(m: int, entries: Entries) -> list[bytes]:
    """PROOF(m, D[n]), section 2.1.4.1."""
    return subproof(m, entries, whole=True)


def subproof(m: int, entries: Entries, *, whole: bool) -> list[bytes]:
    n = len(entries)
    if m == n:
        return [] if whole else [root(entries)]
    k = largest_power_of_two_below(n)
    if m <= k:
        return [*subproof(m, entries[:k], whole=whole), root(entries[k:])]
    return [*subproof(m - k, entries[k:], whole=False), root(entries[:k])]
