"""Does what passes from one window to the next stand for the draws it was made of?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from localise_scenes import BOUNDS, GROUND
from numpy.typing import NDArray

from sillage.localise.carry import KERNELS, Carried, CarriedPrior, kernels_of
from sillage.localise.ground import Ground

Floats = NDArray[np.float64]

ZONES = tuple(
    np.array([[east - 10.0, -10.0], [east + 10.0, -10.0], [east + 10.0, 10.0], [east - 10.0, 10.0]])
    for east in (-40.0, 0.0, 40.0)
)
THREE = Ground(BOUNDS, 1200.0, search=ZONES)


def drawn(ground: Ground) -> Floats:
    """A source of which no more is known than on which ground it is."""
    rng = np.random.default_rng(3)
    places = rng.uniform(-60.0, 60.0, (9000, 2))
    places = places[ground.holds(*places.T)][:600]
    return np.column_stack([places, rng.uniform(0.5, 2.0, 600), rng.normal(size=600)])


def test_kernels_have_the_mean_and_the_spread_of_the_draws() -> None:
    draws = drawn(GROUND)
    centres, spread = kernels_of(draws, GROUND)
    assert centres.shape == (KERNELS, 4)
    assert centres.mean(axis=0) == pytest.approx(draws.mean(axis=0), abs=8.0)
    whole = np.diag(np.cov(centres.T) + spread)
    assert np.sqrt(whole) == pytest.approx(draws.std(axis=0), rel=0.15)


def test_a_source_that_may_be_in_one_of_several_zones_is_carried_over_between_none() -> None:
    centres, spread = kernels_of(drawn(THREE), THREE)
    assert THREE.holds(*centres[:, :2].T).all()
    carried = Carried("Source 1", centres, spread, 3.0, 0, 0, 0)

    def support(sources: Floats) -> Floats:
        return np.where(THREE.holds(*sources[:, :2].T), 0.0, -math.inf)

    prior = CarriedPrior(carried, support)
    draws = prior.draw(500, np.random.default_rng(4))
    assert np.isfinite(prior.log_density(draws)).all()
