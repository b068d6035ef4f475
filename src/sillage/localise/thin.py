"""Which of very many readings are worth their time: all that a plume reaches, and clean air in sum.

A reading that rises above its sensor's background, or that a plume of the present sources can
reach, is kept as it is, with its neighbours. The others say that there is no plume, which their
mean says as well: those of one sensor in a row, along a straight, become one reading of that
stretch with less noise. What is still more than the cap is drawn evenly, whatever it reads: of the
kept ones any, of the stretches as many of each sensor. Nothing is dropped in silence.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sillage.localise.background import first_guess
from sillage.localise.chain import chain_of
from sillage.localise.likelihood import Air, Source, expected_ppm
from sillage.localise.lineup import Observations
from sillage.localise.problem import Problem
from sillage.localise.settings import Settings
from sillage.records.provenance import Masked

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

TELLING = "readings in or near a plume, beyond the cap of a window"
CLEAN = "clean readings, beyond the cap of a window"
_RISEN = 4.0  # times the noise above the background: one clean reading in 30,000
_REACHED = 1.0  # times the noise: a plume that may add as much counts as reaching
_BESIDE = 2  # readings of the same sensor before and after one that is kept
_STRETCH_S = 30.0  # of clean air in one reading; the wind is steady for about a minute
_TURNED = math.cos(math.radians(20.0))  # a stretch ends where its sensor turns by more
_SHARE = 2.0 / 3.0  # of the cap, for readings in or near a plume


class Thinned(NamedTuple):
    """A problem of fewer readings, and what became of all of them."""

    problem: Problem
    used: int
    """Readings that are in it, alone or in a mean."""


def thinned(
    problem: Problem,
    settings: Settings,
    present: tuple[Air, tuple[Source, ...]],
    cap: int,
    rng: Generator,
) -> Thinned:
    """Put at most `cap` rows in the place of a problem's readings.

    Parameters
    ----------
    problem
        With readings that have a value; raw channels are no business of this.
    settings
        Priors on the air.
    present
        State of the air, and the sources whose plumes are kept.
    cap
        Rows that may be left.
    rng
        Draws which.
    """
    rows = problem.observations
    if rows.value.size <= cap:
        return Thinned(problem, int(rows.value.size))
    order = np.lexsort((rows.time_ns, rows.sensor))
    telling = _telling(problem, settings, present)[order]
    rows = rows.only(order)
    telling = _with_neighbours(telling, rows.sensor)
    run = np.cumsum(_begins(rows, telling, problem.blocks.step_s)) - 1
    stretches, held = _averaged(rows, run)
    kind = telling[np.flatnonzero(np.diff(run, prepend=-1))]
    room = max(round(_SHARE * cap), cap - int((~kind).sum()))
    kept = _drawn(np.flatnonzero(kind), room, rng)
    clean = np.flatnonzero(~kind)
    clean = _evenly(clean, stretches.sensor[clean], cap - kept.size, rng)
    stay = np.sort(np.concatenate([kept, clean]))
    stay = stay[np.lexsort((stretches.sensor[stay], stretches.block[stay]))]
    left = stretches.only(stay)
    first = np.searchsorted(left.block, np.arange(problem.blocks.time_ns.size + 1))
    total = int(rows.value.size)
    gone = {TELLING: held[kind].sum() - held[kept].sum(), CLEAN: held[~kind].sum()}
    gone[CLEAN] -= held[clean].sum()
    masked = tuple(
        Masked(reason=reason, count=int(count), total=total)
        for reason, count in gone.items()
        if count
    )
    return Thinned(
        problem._replace(
            observations=left,
            blocks=problem.blocks._replace(first=first.astype(np.int64)),
            masked=(*problem.masked, *masked),
        ),
        int(held[stay].sum()),
    )


def _telling(
    problem: Problem, settings: Settings, present: tuple[Air, tuple[Source, ...]]
) -> Flags:
    """(observation,): which readings are above their background, or may be reached."""
    rows = problem.observations
    noise = problem.noise_ppm * rows.noise
    telling = rows.value - first_guess(problem) > (_RISEN + 0.67) * noise  # of the lower quartile
    chain = chain_of(problem.blocks.step_s, problem.blocks.sessions, settings)
    air, sources = present
    for source in sources:
        plume, variance = expected_ppm(problem, chain, air, source)
        telling |= plume + np.sqrt(variance) > _REACHED * noise
    return np.asarray(telling, dtype=np.bool_)


def _with_neighbours(telling: Flags, sensor: Integers) -> Flags:
    """The same with what the same sensor read just before and after."""
    wider = telling.copy()
    for step in range(1, _BESIDE + 1):
        same = sensor[step:] == sensor[:-step]
        wider[step:] |= telling[:-step] & same
        wider[:-step] |= telling[step:] & same
    return wider


def _begins(rows: Observations, telling: Flags, step_s: float) -> Flags:
    """(observation,): where a new row begins, of readings sorted by sensor and time."""
    slot = rows.time_ns // round(max(_STRETCH_S, step_s) * 1e9)
    begins = np.ones(rows.value.size, dtype=np.bool_)
    begins[1:] = (np.diff(rows.sensor) != 0) | (np.diff(slot) != 0) | telling[1:] | telling[:-1]
    flown = rows.paths[:, 3:] - rows.paths[:, :3]
    length = np.linalg.norm(flown, axis=1)
    along = (flown[1:] * flown[:-1]).sum(axis=1)
    begins[1:] |= rows.is_moving[1:] & (along < _TURNED * length[1:] * length[:-1])
    apart = np.abs(rows.paths[1:] - rows.paths[:-1]).max(axis=1) > 0.0
    begins[1:] |= ~rows.is_moving[1:] & apart
    begins[1:] |= rows.below[1:] | rows.below[:-1]  # a limit is no reading to take the mean of
    return begins


def _averaged(rows: Observations, run: Integers) -> tuple[Observations, Integers]:
    """One row for each run of readings, and how many readings it holds."""
    held = np.bincount(run)
    first = np.cumsum(held) - held
    last, middle = first + held - 1, first + held // 2
    mean = np.bincount(run, rows.value - rows.value[first][run]) / held + rows.value[first]
    paths = np.hstack([rows.paths[first, :3], rows.paths[last, 3:]])
    return (
        Observations(
            time_ns=rows.time_ns[middle],
            block=rows.block[middle],
            sensor=rows.sensor[first],
            paths=np.ascontiguousarray(paths),
            value=mean,
            noise=rows.noise[first] / np.sqrt(held),
            std=np.sqrt(np.bincount(run, rows.std**2)) / held,
            is_moving=rows.is_moving[first],
            below=rows.below[first],
        ),
        held.astype(np.int64),
    )


def _drawn(rows: Integers, room: int, rng: Generator) -> Integers:
    """As many of some rows as there is room for, each as likely as any other."""
    return rows if rows.size <= room else np.sort(rng.permutation(rows)[:room])


def _evenly(rows: Integers, sensor: Integers, room: int, rng: Generator) -> Integers:
    """The same with as many of each sensor, as far as each has them."""
    if rows.size <= room:
        return rows
    shuffled = rng.permutation(rows.size)
    own = shuffled[np.argsort(sensor[shuffled], kind="stable")]
    count = np.bincount(sensor)
    begin = np.cumsum(count) - count
    turn = np.arange(own.size) - begin[sensor[own]]  # first of each sensor, second of each ...
    chosen = own[np.lexsort((rng.random(own.size), turn))[:room]]
    return np.sort(rows[chosen])
