"""What would each sensor read without the source: a background that wanders.

Per sensor and session a random walk that starts about a level which all sensors of the session
share; its pace, and how far sensors stand apart, are learned. All of it is Gaussian, so it can be
integrated out. What is fitted here is the most probable course given what a candidate's plume
leaves over, and what is returned beside it turns the likelihood at that course into the
likelihood of all courses. Every candidate gets its own, so that none is favoured for having been
there first, and slow changes that no plume explains cost no more than such changes do.

References
----------
Rue & Held, Gaussian Markov Random Fields, 2005, ch. 2 and 4 (the tridiagonal precision and its
determinant; the normal approximation about the mode).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.problem import Problem
from sillage.localise.weigh import FREEDOM

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_BINS_PER_MEMORY = 6


class Bins(NamedTuple):
    """Time cut into bins, sensor by sensor and session by session; fixed for one problem."""

    first: Integers
    """(group + 1,): where each group's bins start."""
    centre: Floats
    """(bin,): middle of the bin, in units of the memory."""
    block: Integers
    """(bin,): block of wind of its first reading."""
    own: Integers
    """(observation,): bin that the reading falls in."""
    left: Integers
    """(observation,): bin whose middle lies before the reading, in its group."""
    share: Floats
    """(observation,): weight of the bin after `left`."""
    sessions: Integers
    """(session + 1,): where each session's groups start."""


def bins_of(problem: Problem, memory_s: float) -> Bins:
    """Cut a problem's time into bins of a share of the memory."""
    rows = problem.observations
    width_ns = round(memory_s * 1e9 / _BINS_PER_MEMORY)
    slot = rows.time_ns // width_ns
    span = int(slot.max() - slot.min()) + 1
    number, group = np.unique(_groups(problem), return_inverse=True)
    label, begins, own = np.unique(
        group * span + (slot - slot.min()), return_index=True, return_inverse=True
    )
    first = np.searchsorted(label // span, np.arange(number.size + 1))
    centre = (label % span + 0.5) / _BINS_PER_MEMORY
    at = (rows.time_ns / width_ns - slot.min()) / _BINS_PER_MEMORY
    start, stop = first[group], first[group + 1]
    before = np.where(at >= centre[own], own, own - 1)
    left = np.clip(before, start, np.maximum(stop - 2, start))
    right = np.minimum(left + 1, stop - 1)
    width = np.where(right > left, centre[right] - centre[left], 1.0)
    share = np.where(right > left, np.clip((at - centre[left]) / width, 0.0, 1.0), 0.0)
    session = number // (int(rows.sensor.max()) + 1)
    sessions = np.searchsorted(session, np.arange(problem.blocks.sessions + 1))
    return Bins(
        first.astype(np.int64),
        centre.astype(np.float64),
        rows.block[begins].astype(np.int64),
        own.astype(np.int64),
        left.astype(np.int64),
        share.astype(np.float64),
        sessions.astype(np.int64),
    )


def first_guess(problem: Problem) -> Floats:
    """Lower quartile of each sensor's session: a plume comes and goes, the background stays.

    What lies below a limit of detection is guessed at half of it, and fitted later.
    """
    rows = problem.observations
    value = np.where(rows.below, 0.5 * rows.value, rows.value)
    group = _groups(problem)
    background = np.empty(rows.value.size)
    for member in np.unique(group):
        here = group == member
        background[here] = np.percentile(value[here], 25)
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
    pace: tuple[float, float],
    bins: Bins,
) -> tuple[Floats, Floats]:
    """Most probable background given what a plume leaves over.

    Floor: about 20 operations and a division per reading; 20 and a logarithm per bin.

    Parameters
    ----------
    left_over
        (observation,): reading less expected plume, ppm.
    before
        (observation,): background to start from, ppm; it only sets the weights.
    variance
        (observation,): squared scale of the residual, ppm2.
    pace
        One sigma of a background's change over its memory, and of the sensors' differences at
        the start of a session, ppm.
    bins
        Time cut up, as by `bins_of`.

    Returns
    -------
    tuple
        Background, (observation,), ppm; and for each bin what its course adds to the
        log-likelihood: the random walk's own density, and the width of the integral.
    """
    heavy, sums = np.empty(left_over.shape[0]), np.empty(left_over.shape[0])
    for i in range(left_over.shape[0]):
        off = left_over[i] - before[i]
        heavy[i] = (FREEDOM + 1.0) / (FREEDOM + off * off / variance[i]) / variance[i]
        sums[i] = heavy[i] * left_over[i]
    return course_of(heavy, sums, pace, bins)


@compiled
def course_of(
    weight: Floats, weighed: Floats, pace: tuple[float, float], bins: Bins
) -> tuple[Floats, Floats]:
    """Most probable background where the weight of each reading is known.

    Parameters
    ----------
    weight
        (observation,): precision of the residual, ppm-2.
    weighed
        (observation,): the same times what the plume leaves over, ppm-1.
    pace, bins
        As in `fitted`, which says what is returned.
    """
    count = bins.centre.shape[0]
    heavy, sums = np.zeros(count), np.zeros(count)
    for i in range(weight.shape[0]):
        heavy[bins.own[i]] += weight[i]
        sums[bins.own[i]] += weighed[i]
    course, added = np.empty(count), np.zeros(count)
    for session in range(bins.sessions.shape[0] - 1):
        begin, end = bins.sessions[session], bins.sessions[session + 1]
        level, sure = _shared_level(heavy, sums, pace, bins, begin, end)
        added[bins.first[begin]] -= 0.5 * math.log(sure)
        for group in range(begin, end):
            _follow((heavy, sums), level, pace, bins, group, (course, added))
    out = np.empty(weight.shape[0])
    for i in range(weight.shape[0]):
        right = min(bins.left[i] + 1, count - 1)
        out[i] = (1.0 - bins.share[i]) * course[bins.left[i]] + bins.share[i] * course[right]
    return out, added


@compiled
def _shared_level(
    heavy: Floats,
    sums: Floats,
    pace: tuple[float, float],
    bins: Bins,
    begin: int,
    end: int,
) -> tuple[float, float]:
    """Level that a session's sensors start about, and its precision, ppm-2."""
    drift2, apart2 = pace[0] * pace[0], pace[1] * pace[1]
    total, weight = 0.0, 0.0
    for group in range(begin, end):
        start, stop = bins.first[group], bins.first[group + 1]
        sure = heavy[stop - 1]
        mean = sums[stop - 1] / sure
        for b in range(stop - 2, start - 1, -1):  # what all that follows says of the first bin
            told = 1.0 / (1.0 / sure + drift2 * (bins.centre[b + 1] - bins.centre[b]))
            sure = told + heavy[b]
            mean = (told * mean + sums[b]) / sure
        share = 1.0 / (1.0 / sure + apart2)
        weight += share
        total += share * mean
    return total / weight, weight


@compiled
def _follow(
    seen: tuple[Floats, Floats],
    level: float,
    pace: tuple[float, float],
    bins: Bins,
    group: int,
    out: tuple[Floats, Floats],
) -> None:
    """Course of one sensor in one session: a Kalman filter there, and a smoother back."""
    (heavy, sums), (course, added) = seen, out
    start, stop = bins.first[group], bins.first[group + 1]
    drift2 = pace[0] * pace[0]
    tie, mean, sure = 1.0 / (pace[1] * pace[1]), level, 0.0
    anchor = tie
    for b in range(start, stop):
        if b > start:
            tie = 1.0 / (1.0 / sure + drift2 * (bins.centre[b] - bins.centre[b - 1]))
        sure = tie + heavy[b]
        mean = (tie * mean + sums[b]) / sure
        course[b] = mean
        added[b] += 0.5 * math.log(tie / sure)
        heavy[b] = sure
    for b in range(stop - 2, start - 1, -1):  # Rauch, Tung and Striebel
        spread = drift2 * (bins.centre[b + 1] - bins.centre[b])
        gain = 1.0 / (1.0 + heavy[b] * spread)
        course[b] = gain * course[b + 1] + (1.0 - gain) * course[b]
        step = course[b + 1] - course[b]
        added[b + 1] -= 0.5 * step * step / spread
    added[start] -= 0.5 * anchor * (course[start] - level) ** 2
