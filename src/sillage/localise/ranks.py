"""What is the order of an uncalibrated sensor's readings, written so that a plume can explain it?

A metal-oxide nose answers to gas by a law that nobody measured, drifts, and is late. Within one
sensor and one window of time the order of its readings is all that is used, so that every rising
law drops out exactly, and a drift counts for no more than it does within a window. The order is
written as scores, once: what readings of that rank would be, were they noise alone (van der
Waerden's scores, with the quantiles of the residuals' Student-t instead of the normal's; under
the normal's, clean air is no good fit to the residuals that the chain supposes, and a plume that
is not there improves it). Readings that tie share the mean of their ranks, so a tie carries no
order. What a plume adds to scores is in `sillage.localise.hearing`.

References
----------
van der Waerden, Indagationes Mathematicae 14, 1952, 453-458 (the scores); Hoff, Ann. Appl. Stat.
1, 2007, 265-283 (a likelihood of the order alone); Jin et al., arXiv 2605.13208, 2026 (sources
from ranks).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from sillage.errors import NotEnoughInformation
from sillage.localise.lineup import Floats, Integers, Observations, line_up
from sillage.localise.settings import Settings
from sillage.localise.weigh import FREEDOM
from sillage.records.place import LocalFrame
from sillage.records.provenance import Masked
from sillage.records.readings import Readings

_SAMPLE_NS = 2_000_000_000  # at which a moving sensor's plume is computed: short against its lag
_PAUSE_BLOCKS = 10  # without a reading, after which a window ends
_FEWEST = 8  # blocks in a window: two in each quarter


class Scores(NamedTuple):
    """Raw readings as scores, one row per sensor and block, and where the sensors were."""

    rows: Observations
    window: Integers
    """(observation,): number of the sensor's window."""
    samples: Observations
    """Where the sensors were, every few seconds; ordered by sensor, then by time."""
    unordered: int
    """Blocks in windows that are too short, or read the same throughout, and are left out."""


class Lined(NamedTuple):
    """Observations of which some are scores."""

    rows: Observations
    score: Integers
    """(observation,): number of the score; -1 for a calibrated reading."""
    unit: float
    """One score, ppm: the noise of the calibrated readings; one where there are none."""


def scored(
    readings: Sequence[Readings], frame: LocalFrame, step_s: float, settings: Settings
) -> tuple[Scores, tuple[str, ...], tuple[Masked, ...]]:
    """Scores of raw channels, the sensors' names, and what was left out.

    Raises
    ------
    NotEnoughInformation
        No window of any channel has an order.
    """
    prompt = msgspec.structs.replace(settings, response_s=0.0)  # the lag is learned
    raw, sensors = line_up(readings, frame, prompt)
    usable = np.isfinite(raw.value) & np.isfinite(raw.paths).all(axis=1)
    if not usable.any():
        raise NotEnoughInformation(
            f"{readings[0].source.name}: no reading of '{readings[0].gas}' has both a value and a "
            "position; check both columns"
        )
    scores = score(raw.only(usable), step_s, settings.rank_window_s)
    total = scores.unordered + scores.rows.value.size
    if total == scores.unordered:
        raise NotEnoughInformation(
            f"{readings[0].source.name}: '{readings[0].gas}' is a raw channel, of which only the "
            f"order of its readings counts, and no stretch of it has {_FEWEST} blocks of "
            f"{step_s:g} s without a pause whose readings differ; is it the right column?"
        )
    reasons = {
        "raw readings without a value or a position": (int((~usable).sum()), usable.size),
        "blocks of raw readings in windows without an order": (scores.unordered, total),
    }
    masked = tuple(
        Masked(reason=reason, count=count, total=whole)
        for reason, (count, whole) in reasons.items()
        if count
    )
    return scores, sensors, masked


def score(raw: Observations, step_s: float, window_s: float) -> Scores:
    """Scores of raw readings within each sensor's windows, one per block.

    A block's readings are averaged as ranks, and the blocks of a window ranked again.

    Parameters
    ----------
    raw
        Readings as they came, in any order; `value` may be under any rising law, one for each
        sensor and window. Those without a value or a place must be left out before.
    step_s
        Length of a block of wind.
    window_s
        About how long a window is; a sensor's stretch without a pause is cut evenly.
    """
    order = np.lexsort((raw.time_ns, raw.sensor))
    raw = raw.only(order)
    slot = raw.time_ns // round(step_s * 1e9)
    window = _windows(raw.sensor, slot, window_s / step_s)
    rank = np.empty(raw.value.size)
    for mine in _members(window):
        rank[mine] = _mid_ranks(raw.value[mine])
    first, part = _parts(slot, window)
    count = np.bincount(part)
    ranks_of = np.bincount(part, rank) / count
    last = first + count - 1
    flown = np.concatenate([raw.paths[first, :3], raw.paths[last, 3:]], axis=1)
    rows = raw.only(first)._replace(time_ns=_mean_time(raw, part, count), paths=flown)
    value, ordered = np.zeros(rows.value.size), np.zeros(rows.value.size, dtype=np.bool_)
    for mine in _members(window[first]):
        value[mine] = scores_of(ranks_of[mine])
        ordered[mine] = mine.size >= _FEWEST and bool(np.ptp(ranks_of[mine]) > 0.0)
    rows = rows._replace(value=value, noise=np.ones(value.size), std=np.full(value.size, np.nan))
    rows = rows._replace(below=np.zeros(value.size, dtype=np.bool_))  # ties have said so
    return Scores(
        rows=rows.only(ordered),
        window=window[first][ordered],
        samples=_sampled(raw, window, step_s),
        unordered=int((~ordered).sum()),
    )


def scores_of(values: Floats) -> Floats:
    """Quantile of each mid-rank over n + 1, of Student's t with the residuals' freedom."""
    from scipy.special import stdtrit

    share = _mid_ranks(values) / (values.size + 1.0)
    return np.asarray(stdtrit(FREEDOM, share), dtype=np.float64)


def beside(scores: Scores, rows: Observations | None, unit: float) -> Lined:
    """Put scores among calibrated readings, about the level that those have.

    Parameters
    ----------
    scores
        As by `score`.
    rows
        Calibrated readings, where there are any.
    unit
        One score, ppm: the noise of those readings; one where there are none.
    """
    mine = scores.rows
    if rows is None:
        order = np.lexsort((mine.sensor, mine.time_ns))
        return Lined(mine.only(order), order, unit)
    above = int(rows.sensor.max()) + 1
    level = float(np.nanmedian(rows.value))
    mine = mine._replace(sensor=mine.sensor + above, value=level + unit * mine.value)
    both = Observations(*(np.concatenate(pair) for pair in zip(rows, mine, strict=True)))
    origin = np.concatenate([np.full(rows.value.size, -1), np.arange(mine.value.size)])
    order = np.lexsort((both.sensor, both.time_ns))
    return Lined(both.only(order), origin[order], unit)


def _windows(sensor: Integers, slot: Integers, blocks: float) -> Integers:
    """Number of each reading's window: every stretch without a pause is cut evenly."""
    pause = np.diff(slot, prepend=slot[0]) > _PAUSE_BLOCKS
    stretch = np.cumsum(pause | (np.diff(sensor, prepend=sensor[0]) != 0))
    window = np.empty(slot.size, dtype=np.int64)
    before = 0
    for mine in _members(stretch):
        at = slot[mine] - slot[mine[0]]
        length = int(at[-1]) + 1
        count = max(1, round(length / blocks))
        window[mine] = before + at * count // length
        before += count
    return window


def _members(label: Integers) -> list[Integers]:
    """Rows of each label, in order."""
    order = np.argsort(label, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1)


def _mid_ranks(values: Floats) -> Floats:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), dtype=np.float64)


def _parts(slot: Integers, window: Integers) -> tuple[Integers, Integers]:
    """First row of each part of a window, and the part of each row, in order of the rows."""
    change = (np.diff(slot, prepend=slot[0] - 1) != 0) | (
        np.diff(window, prepend=window[0] - 1) != 0
    )
    return np.flatnonzero(change), np.cumsum(change) - 1


def _mean_time(raw: Observations, part: Integers, count: Integers) -> Integers:
    origin_ns = raw.time_ns[0]
    mean = np.bincount(part, raw.time_ns - origin_ns) / count
    return np.asarray(origin_ns + np.round(mean).astype(np.int64))


def _sampled(raw: Observations, window: Integers, step_s: float) -> Observations:
    """Where the sensors were: a moving one every few seconds, a fixed one in every block."""
    each_ns = np.where(raw.is_moving, _SAMPLE_NS, round(step_s * 1e9))
    first, part = _parts(raw.time_ns // each_ns, window)
    count = np.bincount(part)
    paths = np.stack([np.bincount(part, column) / count for column in raw.paths.T], axis=-1)
    middle = np.tile(0.5 * (paths[:, :3] + paths[:, 3:]), 2)
    samples = raw.only(first)
    return samples._replace(
        time_ns=_mean_time(raw, part, count),
        paths=np.where(samples.is_moving[:, None], middle, paths),
    )
