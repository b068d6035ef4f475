"""What would each sensor read without the source: its background, drifting slowly.

A weighted running mean of what a candidate's plume leaves over, per sensor and session; readings
deep in a plume weigh little, outliers less (Student-t weights). Every candidate gets the
background that suits it best, so that none is favoured for having been there first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.forward import FREEDOM
from sillage.localise.problem import Problem

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_BINS_PER_MEMORY = 4
_STIFFNESS = 3.0  # readings' worth of pull towards the session's own level


class Bins(NamedTuple):
    """Time cut into bins, sensor by sensor and session by session; fixed for one problem."""

    first: Integers
    """(group + 1,): where each group's bins start."""
    centre: Floats
    """(bin,): middle of the bin, in units of the memory."""
    own: Integers
    """(observation,): bin that the reading falls in."""
    left: Integers
    """(observation,): bin whose middle lies before the reading, in its group."""
    share: Floats
    """(observation,): weight of the bin after `left`."""


def bins_of(problem: Problem, memory_s: float) -> Bins:
    """Cut a problem's time into bins of a share of the memory."""
    rows = problem.observations
    width_ns = round(memory_s * 1e9 / _BINS_PER_MEMORY)
    slot = rows.time_ns // width_ns
    span = int(slot.max() - slot.min()) + 1
    label, own = np.unique(_groups(problem) * span + (slot - slot.min()), return_inverse=True)
    of_bin = label // span
    first = np.concatenate([[0], np.flatnonzero(np.diff(of_bin)) + 1, [label.size]])
    centre = (label % span + 0.5) / _BINS_PER_MEMORY
    at = (rows.time_ns / width_ns - slot.min()) / _BINS_PER_MEMORY
    start = first[np.searchsorted(first, own, side="right") - 1]
    stop = first[np.searchsorted(first, own, side="right")]
    before = np.where(at >= centre[own], own, own - 1)
    left = np.clip(before, start, np.maximum(stop - 2, start))
    right = np.minimum(left + 1, stop - 1)
    width = np.where(right > left, centre[right] - centre[left], 1.0)
    share = np.where(right > left, np.clip((at - centre[left]) / width, 0.0, 1.0), 0.0)
    return Bins(
        first.astype(np.int64),
        centre.astype(np.float64),
        own.astype(np.int64),
        left.astype(np.int64),
        share.astype(np.float64),
    )


def first_guess(problem: Problem) -> Floats:
    """Lower quartile of each sensor's session: a plume comes and goes, the background stays."""
    rows = problem.observations
    group = _groups(problem)
    background = np.empty(rows.value.size)
    for member in np.unique(group):
        here = group == member
        background[here] = np.percentile(rows.value[here], 25)
    return background


def _groups(problem: Problem) -> Integers:
    """(observation,): number of the sensor and session that a reading belongs to."""
    rows = problem.observations
    session = problem.blocks.session[rows.block]
    return np.asarray(session * (int(rows.sensor.max()) + 1) + rows.sensor, dtype=np.int64)


@compiled
def fitted(
    left_over: Floats,
    before: Floats,
    variance: Floats,
    bins: Bins,
) -> Floats:
    """Background that fits what a plume leaves over, by a triangular running mean over bins.

    Floor: about 20 operations and a division per reading, and per pair of bins of one group.

    Parameters
    ----------
    left_over
        (observation,): reading less expected plume, ppm.
    before
        (observation,): background to start from, ppm; it only sets the weights.
    variance
        (observation,): squared scale of the residual, ppm2.
    bins
        Time cut up, as by `bins_of`.
    """
    count = bins.centre.shape[0]
    heavy, sums, smooth = np.zeros(count), np.zeros(count), np.zeros(count)
    heaviest = np.zeros(count)
    for i in range(left_over.shape[0]):
        off = left_over[i] - before[i]
        weight = (FREEDOM + 1.0) / (FREEDOM + off * off / variance[i]) / variance[i]
        heavy[bins.own[i]] += weight
        sums[bins.own[i]] += weight * left_over[i]
        heaviest[bins.own[i]] = max(heaviest[bins.own[i]], weight)
    for group in range(bins.first.shape[0] - 1):
        start, stop = bins.first[group], bins.first[group + 1]
        pull = _STIFFNESS * heaviest[start:stop].max()
        level = sums[start:stop].sum() / heavy[start:stop].sum()
        for b in range(start, stop):
            above, below = pull * level, pull
            for other in range(start, stop):
                near = 1.0 - abs(bins.centre[b] - bins.centre[other])
                if near > 0.0:
                    above += near * sums[other]
                    below += near * heavy[other]
            smooth[b] = above / below
    out = np.empty(left_over.shape[0])
    for i in range(left_over.shape[0]):
        right = min(bins.left[i] + 1, count - 1)
        out[i] = (1.0 - bins.share[i]) * smooth[bins.left[i]] + bins.share[i] * smooth[right]
    return out
