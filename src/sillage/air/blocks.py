"""Which samples fall into one block of time, and how many of them are independent.

Blocks start at whole multiples of their length since 1970-01-01T00:00Z, so that readings and
wind averaged apart still meet.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.errors import SettingError

FEWEST_FOR_SCATTER = 3
"""Samples below which the scatter of a block says nothing."""


class Blocks(NamedTuple):
    """Samples sorted into groups, each one label in one block of time."""

    order: NDArray[np.int64]
    """Index into the samples, group after group and in time within each."""
    group: NDArray[np.int64]
    """Group of each sorted sample."""
    counts: NDArray[np.int64]
    start_ns: NDArray[np.int64]
    """Start of the block of each group."""
    label: NDArray[np.int64]

    def mean(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Mean of each group of values in sorted order."""
        total = np.bincount(self.group, weights=values, minlength=self.counts.size)
        mean: NDArray[np.float64] = total / self.counts
        return mean


def sort_into_blocks(
    time_ns: NDArray[np.int64], label: NDArray[Any], valid: NDArray[np.bool_], interval_s: float
) -> Blocks:
    """Group the valid samples by block of time and label.

    Raises
    ------
    SettingError
        The interval is not a positive number of seconds.
    """
    if not interval_s > 0.0 or not np.isfinite(interval_s):
        raise SettingError(f"an averaging interval of {interval_s} s is none; give e.g. 60")
    length = round(interval_s * 1e9)
    kept = np.flatnonzero(valid)
    times, labels = time_ns[kept], np.asarray(label, dtype=np.int64)[kept]
    blocks = times // length
    key = (blocks - blocks.min(initial=0)) * (labels.max(initial=0) + 1) + labels
    if not _rises(key, times):
        order = np.lexsort((times, key))
        kept, blocks, labels, key = kept[order], blocks[order], labels[order], key[order]
    new = np.ones(key.size, dtype=np.bool_)
    new[1:] = key[1:] != key[:-1]
    first = np.flatnonzero(new)
    return Blocks(
        order=kept,
        group=np.cumsum(new) - 1,
        counts=np.diff(first, append=key.size),
        start_ns=blocks[first] * length,
        label=labels[first],
    )


def independent_share(
    blocks: Blocks, deviation: NDArray[np.float64], variance: NDArray[np.float64]
) -> float:
    """Independent samples per sample, from the correlation of neighbours within blocks.

    For a first-order process (1 - r) / (1 + r); r is freed of the bias that removing a block's
    own mean brings (Kendall, Biometrika 41, 1954), and is pooled over all blocks because a
    single one is too short to tell.

    Parameters
    ----------
    deviation
        Of each sorted sample from the mean of its group.
    variance
        Of each group.
    """
    together = blocks.group[1:] == blocks.group[:-1]
    pairs = int(np.count_nonzero(together))
    power = float(np.sum((variance * (blocks.counts - 1))[blocks.counts > 1]))
    if pairs == 0 or power <= 0.0:
        return 1.0
    correlation = float(np.sum(deviation[1:][together] * deviation[:-1][together])) / power
    usual = float(np.sum(blocks.counts**2)) / float(np.sum(blocks.counts))
    if usual > 2.0 * FEWEST_FOR_SCATTER:
        correlation = (usual * correlation + 1.0) / (usual - 3.0)
    correlation = min(max(correlation, 0.0), 0.99)
    return (1.0 - correlation) / (1.0 + correlation)


def scatter(
    blocks: Blocks, sorted_values: NDArray[np.float64], mean: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Deviation of each sorted sample from its group, and unbiased variance of each group.

    The variance is NaN in groups of one sample.
    """
    deviation = sorted_values - mean[blocks.group]
    power = np.bincount(blocks.group, weights=deviation**2, minlength=blocks.counts.size)
    variance = np.full(blocks.counts.size, np.nan)
    several = blocks.counts > 1
    variance[several] = power[several] / (blocks.counts[several] - 1)
    return deviation, variance


def _rises(key: NDArray[np.int64], times: NDArray[np.int64]) -> bool:
    if key.size < 2:
        return True
    return bool(np.all(key[1:] >= key[:-1]) and np.all(times[1:] >= times[:-1]))
