"""What does a plume add to the scores of an uncalibrated sensor?

Scores (`sillage.localise.ranks`) enter the chain of `sillage.localise.likelihood` as readings do:
each is the level of its window, what the plume adds to it, and noise, whose scale is learned: how
trusty the order is. What the plume adds is r x / (1 + x), with x the plume at the sensor in units
of what this candidate's plume typically is where it is met. A law between concentration and score
must be supposed, and this one saturates as scores do; because of the unit the rate of the source
drops out exactly: an order knows none. The sensor is late by a first-order response whose time
constant is learned. The plume that it feels is the past plume in the direction in which the state
looks now, because directions persist for longer than noses are late.

References
----------
Pettitt, J. R. Statist. Soc. B 44, 1982, 234-243 (ranks under a linear model, through their
scores).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sillage.air.compiled import compiled
from sillage.localise.lineup import Floats, Integers
from sillage.localise.ranks import Lined, Scores
from sillage.localise.settings import Settings

_NOISE_STD, _ANSWER_STD, _LAG_STD = 0.3, 0.7, 0.7  # of their logarithms; a score has bounds
_LEAST_PPM = 0.1  # what no nose tells from clean air, of the strongest source that is considered


class Nose(NamedTuple):
    """How raw channels answer: three numbers, which are sampled only where there are any."""

    log_answer: float
    """Logarithm of what a strong plume adds to their scores."""
    log_disorder: float
    """Logarithm of the scale of the scores' noise."""
    log_lag_s: float
    """Logarithm of the time constant of their answer."""


class Hearing(NamedTuple):
    """How the samples of the plume become what each score is held against."""

    scores: Integers
    """(score,): which observations are scores."""
    group: Integers
    """(observation,): number of what a background is for: a sensor, or a sensor's window."""
    paths: Floats
    """(sample, 6): where the sensor was, as in `Observations`."""
    block: Integers
    """(sample,): block of wind."""
    own: Integers
    """(sample,): score, 0 to len(scores), that it is averaged into; -1 where it is in none."""
    since_s: Floats
    """(sample,): since the sensor's sample before; infinite at a fresh start."""
    unit: float
    """One score, ppm, where calibrated sensors stand beside; else one."""
    least: float
    """Coupling that no nose tells from clean air, s m-3."""


def rank_scales(hearing: Hearing | None, settings: Settings) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of what clean air tells of raw channels, where there are any.

    Where there are no others, the drift and the differences are those of scores too: a window's
    scores have a mean of zero but for what a plume adds to some of them.
    """
    if hearing is None:
        return {}
    noise = {"log_disorder": (math.log(settings.rank_noise), _NOISE_STD)}
    if hearing.scores.size < hearing.group.size:
        return noise
    return noise | {
        "log_drift_ppm": (math.log(settings.rank_drift), settings.drift_log_std),
        "log_apart_ppm": (math.log(settings.rank_apart), settings.apart_log_std),
    }


def rank_answers(hearing: Hearing | None, settings: Settings) -> dict[str, tuple[float, float]]:
    """The same for how they answer to gas."""
    if hearing is None:
        return {}
    return {
        "log_answer": (math.log(settings.rank_answer), _ANSWER_STD),
        "log_lag_s": (math.log(settings.rank_lag_s), _LAG_STD),
    }


def hearing_of(
    scores: Scores, lined: Lined, starts_ns: Integers, step_s: float, most_ppm: float
) -> Hearing:
    """Tie samples of the plume to the scores that were kept.

    Parameters
    ----------
    scores
        As by `score`.
    lined
        The problem's observations, each with its score.
    starts_ns, step_s
        Start of each block of wind, and their length.
    most_ppm
        Per unit of coupling, of the strongest source that is considered.
    """
    samples, rows = scores.samples, lined.rows
    places = np.flatnonzero(lined.score >= 0)
    kept = lined.score[places]
    block = np.searchsorted(starts_ns, samples.time_ns, side="right") - 1
    inside = (block >= 0) & (samples.time_ns - starts_ns[block] < step_s * 1e9)
    block = np.clip(block, 0, starts_ns.size - 1)
    wide = int(samples.sensor.max()) + 1
    label = rows.block[places] * wide + scores.rows.sensor[kept]
    by_label = np.argsort(label)
    wanted = block * wide + samples.sensor
    at = by_label[np.clip(np.searchsorted(label[by_label], wanted), 0, places.size - 1)]
    since_s = np.diff(samples.time_ns, prepend=samples.time_ns[0]) * 1e-9
    since_s[np.diff(samples.sensor, prepend=-1) != 0] = np.inf
    group = rows.sensor.copy()
    group[places] = int(rows.sensor.max()) + 1 + scores.window[kept]
    return Hearing(
        scores=places.astype(np.int64),
        group=group,
        paths=samples.paths,
        block=block.astype(np.int64),
        own=np.where(inside & (label[at] == wanted), at, -1).astype(np.int64),
        since_s=since_s,
        unit=lined.unit,
        least=_LEAST_PPM / most_ppm,
    )


@compiled
def felt(fan: Floats, own: Integers, since_s: Floats, lag_s: float, count: int) -> Floats:
    """Plume at each score as a late sensor feels it, in each direction of the fan.

    Floor: three operations per sample and direction.

    Parameters
    ----------
    fan
        (sample, direction): plume at each sample.
    own, since_s
        As in `Hearing`.
    lag_s
        Time constant of the sensor's first-order response.
    count
        How many scores there are.
    """
    out, held = np.zeros((count, fan.shape[1])), np.zeros(count)
    late = np.zeros(fan.shape[1])
    for i in range(fan.shape[0]):
        share = 1.0 - math.exp(-since_s[i] / lag_s)
        for k in range(fan.shape[1]):
            late[k] += share * (fan[i, k] - late[k])
        if own[i] >= 0:
            held[own[i]] += 1.0
            for k in range(fan.shape[1]):
                out[own[i], k] += late[k]
    for n in range(count):
        for k in range(fan.shape[1]):
            out[n, k] /= max(held[n], 1.0)
    return out


def answered(plume: Floats, expected: Floats, most: float, least: float) -> Floats:
    """What a plume adds to scores: it rises, saturates, and knows no rate.

    Parameters
    ----------
    plume
        (score, pair): plume at each score per unit rate, s m-3.
    expected
        (score,): the same as it is expected over all directions; its typical value where the
        plume is met, its mean weighted by itself, is the unit.
    most
        What a plume adds that is strong without end, scores.
    least
        As in `Hearing`.
    """
    total = float(expected.sum())
    typical = float((expected**2).sum()) / total if total > 0.0 else 0.0
    x = plume / max(typical, least)
    return np.asarray(most * x / (1.0 + x), dtype=np.float64)
