"""Which claims may be of which possible site: the few pairs that are near enough.

Claims are sorted into square cells of a size that most gates span, found again by a hash of the
cell; a site asks the cells that its gate touches. A site whose gate spans more cells than there
are claims asks every claim.

Floor: hashing is 10 operations a claim, asking some 9 cells a site; then 20 operations a candidate
pair and 2 a gas. At 1,000 claims, 2,000 sites and 3 pairs a site that is 0.2 million operations,
below 0.1 ms.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sillage.air.compiled import compiled, inlined
from sillage.fuse.state import Bernoullis, Floats, Integers

NAMES = 60.0
"""Substances that a claim could be of, as far as the prior is concerned: about the library's."""
_SHY = 1.0  # claims' worth of belief that a site's next gas is any one


class Scan(NamedTuple):
    """What one look claims: each site is the reason of one claim at most."""

    east_m: Floats
    north_m: Floats
    place_m2: Floats
    """(claim,): variance of the place, each way."""
    gases: Floats
    """(claim, gas): probability of each gas; adds up to one, unless no gases are told apart."""
    clutter_m2: Floats
    """(claim,): expected false claims like it per square metre."""
    fresh_m2: Floats
    """(claim,): expected first claims of unknown sites like it per square metre."""


class Pairs(NamedTuple):
    """Sites and claims that may belong together, by site (compressed rows)."""

    first: Integers
    """(site + 1,): where the pairs of each site begin."""
    claim: Integers
    """(pair,)"""
    weight: Floats
    """(pair,): density of the claim there if the site is its reason, per square metre."""


Cells = tuple[Integers, Integers, Integers, Integers]
"""Column and row of each claim; where each bucket begins; claims by bucket."""


@inlined
def _bucket(column: int, row: int, mask: int) -> int:
    return ((column * 73856093) ^ (row * 19349663)) & mask


@compiled
def _sorted_into_cells(east_m: Floats, north_m: Floats, cell_m: float) -> Cells:
    """Claims in square cells, found by a hash of the cell."""
    count = east_m.size
    size = 16
    while size < 2 * count:
        size *= 2
    column = np.empty(count, np.int64)
    row = np.empty(count, np.int64)
    begins = np.zeros(size + 1, np.int64)
    for claim in range(count):
        column[claim] = int(np.floor(east_m[claim] / cell_m))
        row[claim] = int(np.floor(north_m[claim] / cell_m))
        begins[_bucket(column[claim], row[claim], size - 1) + 1] += 1
    begins = np.cumsum(begins)
    ordered = np.empty(count, np.int64)
    filled = begins[:-1].copy()
    for claim in range(count):
        bucket = _bucket(column[claim], row[claim], size - 1)
        ordered[filled[bucket]] = claim
        filled[bucket] += 1
    return column, row, begins, ordered


@compiled
def near(sites: Bernoullis, scan: Scan, gate: float) -> Pairs:
    """Pairs within `gate` standard deviations of each other, and how well they fit.

    The weight is the normal density of the claim's place times how much likelier its gases are
    for this site than for any: a site's next gas is one of those it had, or any (a Dirichlet).
    """
    count, claims = sites.key.size, scan.east_m.size
    first = np.zeros(count + 1, np.int64)
    room = 4 * (count + claims) + 16
    chosen = np.empty(room, np.int64)
    weight = np.empty(room)
    if count == 0 or claims == 0:
        return Pairs(first, chosen[:0], weight[:0])
    worst = scan.place_m2.max()
    reach = gate * np.sqrt(sites.place_m2 + worst)
    cell_m = max(2.0 * np.median(reach), 1e-6)
    cells = _sorted_into_cells(scan.east_m, scan.north_m, cell_m)
    found = np.empty(claims, np.int64)
    pairs = 0
    for site in range(count):
        east, north = sites.east_m[site] / cell_m, sites.north_m[site] / cell_m
        met = _within(east, north, reach[site] / cell_m, cells, found)
        if pairs + met > chosen.size:
            chosen = np.concatenate((chosen, np.empty(chosen.size + met, np.int64)))
            weight = np.concatenate((weight, np.empty(weight.size + met)))
        for candidate in found[:met]:
            variance = sites.place_m2[site] + scan.place_m2[candidate]
            apart = (scan.east_m[candidate] - sites.east_m[site]) ** 2
            apart += (scan.north_m[candidate] - sites.north_m[site]) ** 2
            if apart > gate * gate * variance:
                continue
            chosen[pairs] = candidate
            weight[pairs] = (
                np.exp(-0.5 * apart / variance)
                / (2.0 * np.pi * variance)
                * _likeness(sites.gases[site], scan.gases[candidate])
            )
            pairs += 1
        first[site + 1] = pairs
    return Pairs(first, chosen[:pairs], weight[:pairs])


@compiled
def _within(east: float, north: float, reach: float, cells: Cells, found: Integers) -> int:
    """Claims in the cells that a gate touches, into `found`; how many."""
    column, row, begins, ordered = cells
    claims = int(ordered.size)
    if (2.0 * reach + 1.0) ** 2 > claims:
        found[:] = np.arange(claims)
        return claims
    mask = begins.size - 2
    met = 0
    for one in range(int(np.floor(east - reach)), int(np.floor(east + reach)) + 1):
        for two in range(int(np.floor(north - reach)), int(np.floor(north + reach)) + 1):
            bucket = _bucket(one, two, mask)
            for place in range(begins[bucket], begins[bucket + 1]):
                claim = ordered[place]
                if column[claim] == one and row[claim] == two:
                    found[met] = claim
                    met += 1
    return met


@compiled
def _likeness(had: Floats, may_be: Floats) -> float:
    """How much likelier gases are for a site that had some than for any site."""
    if had.size == 0:
        return 1.0
    total = had.sum() + _SHY
    fits = 0.0
    for gas in range(had.size):
        fits += may_be[gas] * (NAMES * had[gas] + _SHY)
    return float(fits / total)
