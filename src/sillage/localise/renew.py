"""What does one more window teach of sources that earlier windows found, and is there a new one?

The sources that are carried over enter with what is known of them, so the cloud starts near to
where it will end; from there one source more is born as long as the readings ask for one, as in
`sillage.localise.number`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sillage.localise.carry import Carried, kernels_of
from sillage.localise.likelihood import AIR, Air
from sillage.localise.model import Model
from sillage.localise.number import Counted, climb
from sillage.localise.prior import of_the_air
from sillage.localise.problem import Problem
from sillage.localise.record import Found
from sillage.localise.settings import Settings
from sillage.localise.verdict import SURE

Floats = NDArray[np.float64]
Learned = tuple[tuple[str, float, float], ...]
"""Numbers of the air: name, mean and standard deviation."""

_LEAST_LOG_ODDS, _MOST_LOG_ODDS = -3.0, 30.0
_SILENT = 0.05  # probability of being on below which a source counts as off


def renew(model: Model, rng: Generator) -> Counted:
    """Cool what is known; then one source more, as long as the readings ask for it."""
    known = model.problem.known
    carried = sum(isinstance(one, Carried) for one in known)
    return climb(model, rng, found=carried, kept=0 if known else 1)


def learned_of(counted: Counted, problem: Problem, settings: Settings) -> Learned:
    """What a window taught of the air."""
    air = counted.cooled.draws[:, :AIR]
    mean, std = air.mean(axis=0).tolist(), air.std(axis=0).tolist()
    prior = of_the_air(problem, settings)
    return tuple(
        (name, mean[number], min(std[number], prior[name][1]))
        for number, name in enumerate(Air._fields)
    )


def after(learned: Learned, problem: Problem, settings: Settings, passed_s: float) -> Learned:
    """The same a while later: it returns to the prior within the memory of the boundary layer."""
    stay = math.exp(-passed_s / settings.chunk_s)
    prior = of_the_air(problem, settings)
    return tuple(
        (
            name,
            prior[name][0] + stay * (mean - prior[name][0]),
            math.sqrt(stay**2 * std**2 + (1.0 - stay**2) * prior[name][1] ** 2),
        )
        for name, mean, std in learned
    )


def told_over(
    found: Found, carried: tuple[Carried, ...], new: int
) -> tuple[Found, tuple[int, ...]]:
    """What was found, with what earlier windows knew of the sources' existing; most probable first.

    Parameters
    ----------
    found
        New sources, then those carried over, then lawful emitters.
    carried
        As they entered.
    new
        How many of the sources are new.

    Returns
    -------
    tuple
        The same in the order of the record; and which source of `found` each of it is.
    """
    probability = list(found.probability)
    for number, one in enumerate(carried, start=new):
        probability[number] = _probability(log_odds_after(found, one, number))
    count = np.array(found.number_of_sources)
    for number in range(new, new + len(carried)):
        both = np.array([1.0 - probability[number], probability[number]])
        count = np.convolve(count, both)
    unknown = new + len(carried)
    order = sorted(range(unknown), key=lambda number: -probability[number])
    order += range(unknown, len(probability))
    count = count / count.sum()
    told = found._replace(
        draws=found.draws[:, order],
        probability=tuple(probability[number] for number in order),
        facilities=tuple(found.facilities[number] for number in order),
        number_of_sources=tuple(count.tolist()),
        on=found.on[:, order],
        on_share=found.on_share[:, order],
        log_evidence=_log_odds(1.0 - float(count[0])),
    )
    return told, tuple(order)


def log_odds_after(found: Found, one: Carried, number: int) -> float:
    """Log odds that a source which is carried over exists, given one window more."""
    told = one.log_odds + _log_odds(found.probability[number])
    return min(max(told, _LEAST_LOG_ODDS), _MOST_LOG_ODDS)


def _log_odds(probability: float) -> float:
    chance = min(max(probability, 1e-13), 1.0 - 1e-13)
    return math.log(chance / (1.0 - chance))


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds))


def carried_from(
    found: Found,
    problem: Problem,
    carried: tuple[Carried, ...],
    new: int,
    names: tuple[str, ...],
) -> tuple[Carried, ...]:
    """What the next window is told of the sources that surely exist.

    Parameters
    ----------
    found
        In the order of the sampler: new sources, then those carried over.
    problem
        Whose blocks tell when each was on.
    carried
        As they entered.
    new
        How many of the sources are new.
    names
        Of the new ones.
    """
    starts = problem.blocks.time_ns
    step_ns = round(problem.blocks.step_s * 1e9)
    out = []
    for number in range(new + len(carried)):
        centres, spread = kernels_of(found.draws[:, number], problem.ground)
        on = found.on[:, number]
        ons, possible = np.flatnonzero(on > 0.5), np.flatnonzero(on > _SILENT)
        if number < new:
            if found.probability[number] < SURE:
                continue
            begun = int(starts[ons[0]] if ons.size else starts[0])
            odds = _log_odds(found.probability[number])
            one = Carried(names[number], centres, spread, odds, begun, begun, begun)
        else:
            old = carried[number - new]
            odds = log_odds_after(found, old, number)
            one = old._replace(centres=centres, spread=spread, log_odds=odds)
        if ons.size:
            one = one._replace(last_on_ns=int(starts[ons[-1]]) + step_ns)
        if possible.size:
            one = one._replace(silent_since_ns=int(starts[possible[-1]]) + step_ns)
        out.append(one)
    return tuple(out)
