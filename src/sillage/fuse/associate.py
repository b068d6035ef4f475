"""How probably is each claim of each possible site, when every claim has one reason at most?

Loopy belief propagation on the sparse table of pairs. A pair's weight is its odds against the site
being missed; sites tell claims how much they want them, claims tell sites how free they are, until
nothing changes. The messages contract, so they settle at one answer, whatever the pairs are.

Floor: 8 operations a pair and round. Ten to thirty rounds over 6,000 pairs are 1.4 million, 1 ms.

References
----------
Williams & Lau, IEEE Trans. Aerospace Electronic Systems 50(4), 2014, eq. 28 to 32 (the messages),
theorem 1 (that they settle).
"""

from __future__ import annotations

import numpy as np

from sillage.air.compiled import compiled
from sillage.fuse.state import Floats, Integers

ROUNDS = 200
SETTLED = 1e-6
"""Largest change of a message, as a share of it, at which it is settled."""
_MOST = 1e12  # odds beyond which nothing more is gained


@compiled
def believed(
    first: Integers, claim: Integers, odds: Floats, claims: int
) -> tuple[Floats, Floats, Floats]:
    """Probabilities of the pairs.

    Parameters
    ----------
    first, claim
        Pairs by site, as in `Pairs`.
    odds
        (pair,): weight of the pair over that of the site being missed and of the claim having
        none of these sites as its reason.
    claims
        Number of claims.

    Returns
    -------
    pair, missed, free
        (pair,) probability that they belong together; (site,) that it has none of the claims;
        (claim,) that it is of none of the sites.
    """
    sites = first.size - 1
    free = np.ones(claim.size)  # message of a claim to a site
    wants = np.zeros(claim.size)  # message of a site to a claim
    wanted = np.zeros(claims)
    for _ in range(ROUNDS):
        wanted[:] = 0.0
        for site in range(sites):
            total = 1.0
            for pair in range(first[site], first[site + 1]):
                total += min(odds[pair], _MOST) * free[pair]
            for pair in range(first[site], first[site + 1]):
                own = min(odds[pair], _MOST)
                wants[pair] = own / max(total - own * free[pair], 1.0)
                wanted[claim[pair]] += wants[pair]
        change = 0.0
        for pair in range(claim.size):
            told = 1.0 / (1.0 + max(wanted[claim[pair]] - wants[pair], 0.0))
            change = max(change, abs(told - free[pair]) / told)
            free[pair] = told
        if change < SETTLED:
            break
    belongs = np.empty(claim.size)
    missed = np.ones(sites)
    for site in range(sites):
        total = 1.0
        for pair in range(first[site], first[site + 1]):
            total += min(odds[pair], _MOST) * free[pair]
        missed[site] = 1.0 / total
        for pair in range(first[site], first[site + 1]):
            belongs[pair] = min(odds[pair], _MOST) * free[pair] / total
    return belongs, missed, 1.0 / (1.0 + wanted)
