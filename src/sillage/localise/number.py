"""How many sources are there: one more as long as the readings ask for it.

A ladder: the posterior with one source is cooled from the prior; then each candidate, at a low
power where the cloud is still wide, is given one source more (`sillage.localise.births`) and
cooled on. Numbers of sources are compared by their evidence at the power that the larger model
deserves, as the residuals of the larger model are the noise in a test of variance; so what a
wrong dispersion model leaves over does not pass for a further source.
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
from sillage.localise.temper import Cooler
from sillage.localise.verdict import SURE

_BORN_AT = 0.1  # of the weight of the data: there the cloud is three times as wide


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
    settings = model.settings
    most = settings.most_sources if model.problem.hearing is None else 1
    top = _cooled(model, 1, rng)
    log_odds = [top.log_evidence - _without_any(model, top.power, rng)]
    needed = math.log(SURE / (1.0 - SURE))
    unknown, evaluations = 1, 0
    while unknown < most:
        further = _one_more(model, top, unknown, rng)
        less = evidence_at(top, further.power)
        odds = further.log_evidence - less + math.log(settings.another_odds)
        log_odds.append(odds)
        if odds < needed:
            evaluations += further.evaluations
            break
        evaluations += top.evaluations
        further.grow(settings.particles)
        top, unknown = further, unknown + 1
    cooled = top.harvest(settings.harvest)
    evaluations += cooled.evaluations
    return Counted(cooled, shares(log_odds), tuple(log_odds), evaluations)


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


def _cooled(model: Model, unknown: int, rng: Generator) -> Cooler:
    """The posterior of so many sources that nobody knows, beside the known ones."""
    prior = Prior(model.problem, model.settings, unknown)
    draws = prior.draw(model.settings.particles, rng)
    start = Cloud(draws, prior.log_density(draws), model(draws))
    cooler = Cooler(start, model, prior.log_density, rng)
    cooler.cool()
    return cooler


def _without_any(model: Model, power: float, rng: Generator) -> float:
    """Log evidence, at a power, of what is known alone."""
    if not model.problem.known:
        return model.log_evidence_of_nothing(power)
    return evidence_at(_cooled(model, 0, rng), power)


def _one_more(model: Model, top: Cooler, unknown: int, rng: Generator) -> Cooler:
    """The posterior of one source more than a cooled cloud has."""
    before = Prior(model.problem, model.settings, unknown=unknown)
    prior = Prior(model.problem, model.settings, unknown=unknown + 1)
    stages = [stage for stage in top.trail if stage.power > 0.0]
    wide = [stage for stage in stages if stage.power <= _BORN_AT * top.power]
    further = birth(model, wide[-1] if wide else stages[0], before, prior, rng)
    further.cool()
    return further
