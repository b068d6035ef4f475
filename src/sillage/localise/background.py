"""What would each sensor read without the source: its background, drifting slowly.

A weighted running mean of what the expected plume leaves over, per sensor and session; readings
deep in a plume weigh little, outliers less (Student-t weights).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sillage.localise.likelihood import FREEDOM
from sillage.localise.problem import Observations, Problem

Floats = NDArray[np.float64]

_BINS_PER_MEMORY = 6
_ROUNDS = 3
_STIFFNESS = 2.0  # readings' worth of pull towards the session's own level


def first_guess(problem: Problem) -> Floats:
    """Lower quartile of each sensor's session: a plume comes and goes, the background stays."""
    rows = problem.observations
    group = _groups(problem)
    background = np.empty(rows.value.size)
    for member in range(int(group.max()) + 1):
        here = group == member
        background[here] = np.percentile(rows.value[here], 25)
    return background


def refine(
    problem: Problem,
    background: Floats,
    plume_ppm: Floats,
    variance: Floats,
    memory_s: float,
) -> Floats:
    """Background that fits best, given the plume expected at each reading.

    Parameters
    ----------
    background
        (observation,): present background, ppm.
    plume_ppm
        (observation,): expected plume.
    variance
        (observation,): squared scale of the residual there, ppm2.
    memory_s
        Time over which the background may drift.
    """
    rows = problem.observations
    group = _groups(problem)
    left_over = rows.value - plume_ppm
    bin_ns = round(memory_s * 1e9 / _BINS_PER_MEMORY)
    refined = background.copy()
    for member in range(int(group.max()) + 1):
        here = np.flatnonzero(group == member)
        for _ in range(_ROUNDS):
            off = left_over[here] - refined[here]
            weight = (FREEDOM + 1.0) / (FREEDOM + off**2 / variance[here]) / variance[here]
            refined[here] = _running_mean(rows.time_ns[here], left_over[here], weight, bin_ns)
    return refined


def _running_mean(
    time_ns: NDArray[np.int64], values: Floats, weight: Floats, bin_ns: int
) -> Floats:
    """Triangular running mean over bins of time, pulled towards the overall mean."""
    number, bins = np.unique(time_ns // bin_ns, return_inverse=True)
    heavy = np.bincount(bins, weight)
    sums = np.bincount(bins, weight * values)
    apart = np.abs(number[:, None] - number[None, :]) / _BINS_PER_MEMORY
    kernel = np.maximum(0.0, 1.0 - apart)  # bin bin
    pull = _STIFFNESS * float(weight.max())
    level = float(sums.sum() / heavy.sum())
    smooth = (kernel @ sums + pull * level) / (kernel @ heavy + pull)  # bin
    centres = (number + 0.5) * bin_ns
    return np.asarray(np.interp(time_ns, centres, smooth), dtype=np.float64)


def _groups(problem: Problem) -> NDArray[np.int64]:
    """Number of the sensor and session that each reading belongs to, from zero."""
    rows: Observations = problem.observations
    session = problem.blocks.session[rows.block]
    label = session * (int(rows.sensor.max()) + 1) + rows.sensor
    return np.unique(label, return_inverse=True)[1].astype(np.int64)
