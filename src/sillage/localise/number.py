"""How many sources are there: one more as long as the readings ask for it.

A ladder: what is known alone is cooled from the prior; then each candidate, at a low power where
the cloud is still wide, is given one source more (`sillage.localise.births`) and cooled on. Numbers
of sources are compared by their evidence at the power that the larger model deserves, as the
residuals of the larger model are the noise in a test of variance; so what a wrong dispersion model
leaves over does not pass for a further source.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from sillage.localise.births import birth
from sillage.localise.cloud import Cloud, Cooled
from sillage.localise.model import Model
from sillage.localise.prior import Prior
from sillage.localise.temper import Cooler, cool
from sillage.localise.verdict import SURE

_BORN_AT = 0.03  # of the weight of the data: there noise has not yet taken the place of plumes
_SPREAD = 2.0  # of the log evidence between seeds, whatever is spent on moves
_PROBING = 64  # candidates are enough, and fewer are not, to see whether a source more is asked for


class Counted(NamedTuple):
    """The posterior with the number of sources that the readings ask for."""

    cooled: Cooled
    probability: tuple[float, ...]
    """Of 0, 1, 2 ... sources beside the known ones, as far as they were tried."""
    log_odds: tuple[float, ...]
    """Of one source against none, two against one ..."""
    evaluations: int
    """Of the likelihood, those of numbers that were tried and left included."""


def count_sources(model: Model, rng: Generator) -> Counted:
    """Cool one source, then one more as long as the readings ask for it.

    Beside raw channels there is one at most: plumes of several do not add up in an order.
    """
    return climb(model, rng, found=0, kept=1)


def climb(model: Model, rng: Generator, *, found: int, kept: int) -> Counted:
    """One source more than is known, as long as the readings ask for it.

    Parameters
    ----------
    model
        Likelihood of candidates.
    rng
        Source of randomness.
    found
        How many of the known sources were found before, and are no lawful emitters.
    kept
        How many are looked at, whether the readings ask for them or not.
    """
    settings = model.settings
    most = settings.most_sources if model.problem.hearing is None else 1
    below, top = None, _known_alone(model, rng)
    log_odds: list[float] = []
    needed = math.log(SURE / (1.0 - SURE))
    for unknown in range(most - found):
        further = _one_more(model, top, unknown, rng)
        rare = math.log(settings.another_odds) if found + unknown > 0 else 0.0
        less = evidence_at(top, further.power)
        if below is not None and rare + _sure_of(further.log_evidence - less) >= needed:
            # a cloud that missed the best peak looks poor beside a larger model
            again = _one_more(model, below, unknown - 1, rng)
            evidence = evidence_at(again, further.power)
            top = again if evidence > less else top
            less = float(np.logaddexp(less, evidence)) - math.log(2.0)
        log_odds.append(rare + _sure_of(further.log_evidence - less))
        if unknown >= kept and log_odds[-1] < needed:
            break
        below, top = top, further
    if top.cloud.draws.shape[0] < settings.particles:
        top.grow(settings.particles)
    cooled = top.harvest(settings.harvest)
    log_odds = log_odds or [-math.inf]  # no further one is looked for
    return Counted(cooled, shares(log_odds), tuple(log_odds), model.evaluations)


def _sure_of(log_odds: float) -> float:
    """Log odds where evidence is known within a spread only: of the mean of the probability.

    MacKay, Neural Computation 4, 1992, 720-736.
    """
    return log_odds / math.sqrt(1.0 + math.pi / 8.0 * _SPREAD**2)


def shares(log_odds: list[float]) -> tuple[float, ...]:
    """Probabilities of 0, 1, 2 ... from the log odds of each against the one before."""
    height = np.concatenate([[0.0], np.cumsum(log_odds)])
    share = np.exp(height - height.max())
    return tuple((share / share.sum()).tolist())


def evidence_at(cooler: Cooler, power: float) -> float:
    """Log evidence of a cooled cloud at a power; it is cooled on where that lies beyond its own."""
    if power > cooler.power:
        cooler = cooler.copy()
        cooler.reach(power)
    trail = cooler.trail
    return float(
        np.interp(power, [one.power for one in trail], [one.log_evidence for one in trail])
    )


def _known_alone(model: Model, rng: Generator) -> Cooler:
    """The posterior of the air and of the sources that are known."""
    prior = Prior(model.problem, model.settings, unknown=0)
    draws = prior.draw(_climbing(model), rng)
    start = Cloud(draws, prior.log_density(draws), model(draws))
    return cool(Cooler(start, model, prior.log_density, rng))


def _one_more(model: Model, top: Cooler, unknown: int, rng: Generator) -> Cooler:
    """The posterior of one source more than a cooled cloud has."""
    before = Prior(model.problem, model.settings, unknown=unknown)
    prior = Prior(model.problem, model.settings, unknown=unknown + 1)
    at = max(_BORN_AT * top.power, top.trail[0].power)
    stages = [stage for stage in reversed(top.trail) if stage.power <= at]
    count = _climbing(model) if unknown == 0 else _PROBING
    return cool(birth(model, stages, before, prior, count, rng))


def _climbing(model: Model) -> int:
    """How many candidates a cloud has until its number of sources is settled."""
    return max(_PROBING, model.settings.particles // 2)
