"""Where may a further source be: births proposed from what the sources so far leave unexplained.

For each cell of the ground, the plume that a source there would send to each reading is known (the
adjoint of the plume), and how unsure it is; set against the residuals of some candidates it tells
what a source there, of each of some rates, would add to the log-likelihood. Births are drawn with
the probability that this picture gives them at the present power. The picture only proposes: each
birth is weighed by the likelihood itself, so the cloud of candidates with one source more is a
fair sample, and its evidence unbiased, whatever the picture missed.

References
----------
Green, Biometrika 82, 1995 (births that add a dimension). Pudykiewicz, Atmos. Environ. 32, 1998
(adjoint plumes of sources). Del Moral, Doucet & Jasra, J. R. Statist. Soc. B 68, 2006.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sillage.localise.background import fitted
from sillage.localise.censored import residual
from sillage.localise.cloud import Cloud, Stage, on_all_processors
from sillage.localise.guide import Cells, Guide, gains
from sillage.localise.imaged import log_gain
from sillage.localise.likelihood import (
    AIR,
    SOURCE,
    Air,
    Candidate,
    Source,
    expected_ppm,
    sources_of,
)
from sillage.localise.model import Model
from sillage.localise.prior import Prior
from sillage.localise.temper import Cooler, chosen

Floats = NDArray[np.float64]

_CELLS = 24  # on a side of the search area
_RATES = 12  # between the least and the largest that are considered
_HEIGHT_M = 1.0  # of the sources in the picture
_READINGS = 1500  # that are looked at, evenly spread: the picture is rough
_FEW = 8  # candidates whose residuals guide all
_PROBING = 96  # candidates are given one
_EACH = 8  # births proposed for each candidate
_ENOUGH = 24.0  # births of equal weight, for a cloud to go on with


class Picture(NamedTuple):
    """What a source in each cell of a grid would send to some readings, in one state of the air."""

    cells: Cells
    rows: NDArray[np.int64]
    """(reading,): those that are looked at."""
    each: float
    """How many readings each of them stands for."""
    plume: Floats
    """(cell, reading): plume of 1 kg/h less the background that would be fitted to it, ppm."""
    unsure: Floats
    """(cell, reading): one sigma of that plume, ppm."""


class Born(NamedTuple):
    """Births that were proposed at a stage, and what they are worth."""

    stage: Stage
    draws: Floats
    """(birth, parameter)"""
    log_weight: Floats
    """(birth,)"""
    seen: Picture

    @property
    def effective(self) -> float:
        """How many births of equal weight these are worth."""
        share = np.exp(self.log_weight - self.log_weight.max())
        return float(share.sum() ** 2 / (share**2).sum())


def birth(
    model: Model,
    stages: Sequence[Stage],
    before: Prior,
    prior: Prior,
    count: int,
    rng: Generator,
) -> Cooler:
    """Give candidates a source more each, and go on with so many.

    Parameters
    ----------
    model
        Likelihood of candidates.
    stages
        Candidates at ever lower powers. Births are made at the first; where one of them outweighs
        all others the next is tried, for a cloud of copies would never part.
    before, prior
        Without and with the further source.
    count
        Of candidates to go on with.
    rng
        Source of randomness.
    """
    born = _born(model, stages[0], before, prior, rng)
    for stage in stages[1:]:
        if born.effective >= _ENOUGH:
            break
        born = _born(model, stage, before, prior, rng)
    best = float(born.log_weight.max())
    share = np.exp(born.log_weight - best)
    draws = born.draws[chosen(share, count, rng)]
    return Cooler(
        Cloud(draws, prior.log_density(draws), model(draws)),
        model,
        prior.log_density,
        rng,
        power=born.stage.power,
        log_evidence=born.stage.log_evidence + best + math.log(share.mean()),
        jump=Jumps(model, born.seen, prior),
    )


def _born(model: Model, stage: Stage, before: Prior, prior: Prior, rng: Generator) -> Born:
    """Propose some births for some candidates of a stage, and weigh them by the likelihood."""
    own = stage.draws[rng.permutation(stage.draws.shape[0])[:_PROBING]]
    count = own.shape[0]
    cloud = Cloud(own, before.log_density(own), model(own))
    seen = picture(model, cloud)
    guide = guide_of(model, cloud, seen, stage.power, rng)
    heights = prior.somewhere
    behind = AIR + SOURCE * sources_of(own).shape[1]  # of the sources so far; a nose follows
    drawn, log_weight = [], []
    for _ in range(_EACH):
        places = guide.draw(count, rng)
        height = heights.heights(count, rng)
        sources = np.column_stack([places[:, :2], height, places[:, 2]])
        log_proposal = guide.log_density(places) + heights.log_height_density(height)
        draws = np.hstack([own[:, :behind], sources, own[:, behind:]])
        density = prior.log_density(draws)
        gained = np.full(count, -np.inf)  # off the ground, at a power of nought too
        inside = np.isfinite(density)
        if inside.any():
            told = model(draws[inside]).by_chunk.sum(axis=1)
            gained[inside] = stage.power * (told - cloud.log_likelihood[inside])
        drawn.append(draws)
        log_weight.append(gained + density - cloud.prior - log_proposal)
    return Born(stage, np.concatenate(drawn), np.concatenate(log_weight), seen)


class Jumps:
    """Moves that lift one source and set it down where a cloud's residuals suggest one.

    They reach peaks that the cloud lost, or never met, while it was cooled.
    """

    def __init__(self, model: Model, seen: Picture, prior: Prior) -> None:
        self._model, self._seen, self._prior = model, seen, prior
        self._known = len(model.problem.known)

    def __call__(self, cloud: Cloud, power: float, rng: Generator) -> tuple[Floats, Floats]:
        """Propose for each candidate; gives the draws, and Hastings' correction."""
        guide = guide_of(self._model, cloud, self._seen, power, rng)
        count, size = cloud.draws.shape
        lifted = AIR + SOURCE * rng.integers(self._known, (size - AIR) // SOURCE, count)
        columns = lifted[:, None] + np.array([0, 1, 3, 2])  # east, north, log rate; height
        before = np.take_along_axis(cloud.draws, columns, axis=1)
        placed = guide.draw(count, rng)
        height = self._prior.somewhere.heights(count, rng)
        proposed = cloud.draws.copy()
        np.put_along_axis(proposed, columns, np.column_stack([placed, height]), axis=1)
        correction = guide.log_density(before[:, :3]) - guide.log_density(placed)
        of_height = self._prior.somewhere.log_height_density
        return proposed, correction + of_height(before[:, 3]) - of_height(height)


def picture(model: Model, cloud: Cloud) -> Picture:
    """Send a plume from each cell to the readings, in the mean air of a cloud."""
    problem = model.problem
    area = problem.ground.bounds
    side = (area.east - area.west) / _CELLS, (area.north - area.south) / _CELLS
    part = np.arange(_CELLS) + 0.5
    east, north = (
        axis.ravel()
        for axis in np.meshgrid(area.west + part * side[0], area.south + part * side[1])
    )
    inside = problem.ground.holds(east, north)
    if inside.any():
        east, north = east[inside], north[inside]
    air = Candidate.of(cloud.draws.mean(axis=0)).air
    # a source anywhere in the cell: as wide as an even square of its side
    spread2 = math.exp(2.0 * air.log_spread_m) + side[0] * side[1] / 12.0
    blurred = air._replace(log_spread_m=0.5 * math.log(spread2))
    low, high = problem.heights_m or (0.0, math.inf)
    height = min(max(_HEIGHT_M, low), high)
    every = max(1, math.ceil(problem.observations.value.size / _READINGS))
    rows = np.arange(0, problem.observations.value.size, every)
    relative2 = math.exp(2.0 * air.log_fluctuation) + math.exp(2.0 * air.log_dilution)

    def cell(place: tuple[float, float]) -> tuple[Floats, Floats]:
        plume, variance = expected_ppm(problem, model.chain, blurred, Source(*place, height, 0.0))
        unsure = np.sqrt(variance + relative2 * plume**2)
        return (plume - _followed(model, air, plume))[rows], unsure[rows]

    sent = on_all_processors(cell, zip(east.tolist(), north.tolist(), strict=True))
    settings = model.settings
    log_rate = np.linspace(
        math.log(settings.rate_low_kg_h), math.log(settings.rate_high_kg_h), _RATES + 1
    )
    plume, unsure = (np.array(part) for part in zip(*sent, strict=True))
    return Picture(Cells(east, north, side, log_rate), rows, float(every), plume, unsure)


def guide_of(model: Model, cloud: Cloud, seen: Picture, power: float, rng: Generator) -> Guide:
    """Where, and of which rate, a further source would help some candidates of a cloud."""
    few = cloud.take(rng.permutation(cloud.draws.shape[0])[:_FEW])
    rows, said = model.problem.observations, few.verdicts
    fluctuation, noise = (
        np.exp(few.draws[:, Air._fields.index(name), None])
        for name in ("log_fluctuation", "log_noise_ppm")
    )
    left = residual(rows, said.background + said.plume_ppm / np.sqrt(1.0 + fluctuation**2))
    noise2 = (noise * rows.noise) ** 2 + (fluctuation * said.plume_ppm) ** 2
    rates = np.exp(0.5 * (seen.cells.log_rate[1:] + seen.cells.log_rate[:-1]))
    middles = seen.cells.east_m, seen.cells.north_m

    def one(candidate: int) -> Floats:
        own = (left[candidate, seen.rows], noise2[candidate, seen.rows])
        return seen.each * gains(own, seen.plume, seen.unsure, rates)

    gain = np.array(on_all_processors(one, range(few.draws.shape[0])))
    imaged = np.zeros(gain.shape)
    for plume in model.problem.imaged:
        imaged += [
            log_gain(plume, sources, middles, max(seen.cells.side_m), rates)
            for sources in sources_of(few.draws)
        ]
    return Guide.of(seen.cells, gain, power, imaged)


def _followed(model: Model, air: Air, plume: Floats) -> Floats:
    """The background that would be fitted to a plume: what drift explains of it."""
    noise2 = (model.problem.observations.noise * math.exp(air.log_noise_ppm)) ** 2
    pace = (math.exp(air.log_drift_ppm), math.exp(air.log_apart_ppm))
    background: Floats = fitted(plume, plume, noise2, pace, model.bins)[0]
    return background
