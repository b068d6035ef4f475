"""Which sets of gases are worth weighing, of the many that a library allows?

All single gases are; then each of the best sets with each gas more, up to four. A set's prior falls
with its size and is shared among all sets of that size, so that a longer library does not make
mixtures likelier.

Reference: Madigan & Raftery, J. Am. Stat. Assoc. 89, 1994, 1535 (Occam's window).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from jaxtyping import Int64
from numpy import ndarray
from scipy.special import gammaln

from sillage.detect.weighing import Weighed

Chosen = TypeVar("Chosen")

MOST_GASES = 4
SIZES = (0.60, 0.25, 0.10, 0.05)
"""Prior of one, two, three and four gases in a plume."""
_BEAM = 24
"""Sets of each size that are asked with a gas more."""


def search(weighed: Weighed, *, most: int = MOST_GASES) -> dict[frozenset[int], float]:
    """Log-evidence plus log-prior of the sets of gases that were weighed, by their places."""
    gases = len(weighed.score)
    found: dict[frozenset[int], float] = {}
    sets = np.arange(gases)[:, None]
    for size in range(1, min(most, gases) + 1):
        value = weighed.evidence(sets) + log_prior(size, gases)
        found |= dict(zip(map(frozenset, sets.tolist()), value.tolist(), strict=True))
        best = sets[np.argsort(-value, kind="stable")[:_BEAM]]
        sets = _with_one_more(best, gases)
    return found


def log_prior(size: int, gases: int) -> float:
    """Of one set of a size, among all sets of that size."""
    choices = gammaln(gases + 1) - gammaln(size + 1) - gammaln(gases - size + 1)
    return float(np.log(SIZES[size - 1]) - choices)


def _with_one_more(best: Int64[ndarray, "set size"], gases: int) -> Int64[ndarray, "more size1"]:
    every = np.broadcast_to(np.arange(gases), (len(best), gases))
    more = np.concatenate(
        [np.repeat(best, gases, axis=0), every.reshape(-1, 1)], axis=1
    )  # more size1
    new = (more[:, :-1] != more[:, -1:]).all(axis=1)
    return np.unique(np.sort(more[new], axis=1), axis=0)


def shares(values: Mapping[Chosen, float]) -> dict[Chosen, float]:
    """Probabilities of what was weighed."""
    total = np.logaddexp.reduce(list(values.values()))
    return {chosen: float(np.exp(value - total)) for chosen, value in values.items()}
