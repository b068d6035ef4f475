"""Do births and jumps have the density that they say they have, and go where gas is unexplained?"""

from __future__ import annotations

import math

import localise_scenes as scenes
import numpy as np
import pytest
from localise_scenes import LEAK, SMALL, TRUTH
from scipy.stats import t

from sillage.localise.births import Jumps, birth, guide_of, picture
from sillage.localise.cloud import Cloud, Stage
from sillage.localise.ground import Bounds, Ground
from sillage.localise.guide import Cells, Guide, gains
from sillage.localise.labels import order_of
from sillage.localise.likelihood import AIR, Candidate
from sillage.localise.model import Model
from sillage.localise.prior import Prior

OTHER = LEAK._replace(east_m=-25.0, north_m=15.0, log_rate_kg_h=math.log(2.0))
PROBLEM = scenes.posed(scenes.matched(np.random.default_rng(21), (LEAK, OTHER)))
MODEL = Model(PROBLEM, SMALL)
CLOUD_OF = {
    count: np.array([Candidate(TRUTH.air, (LEAK, OTHER)[:count]).numbers()] * 12)
    for count in (1, 2)
}


def cloud(count: int) -> Cloud:
    draws, prior = CLOUD_OF[count], Prior(PROBLEM, SMALL, unknown=count)
    return Cloud(draws, prior.log_density(draws), MODEL(draws))


def test_the_picture_points_at_the_source_that_is_missing() -> None:
    beside = cloud(1)
    seen = picture(MODEL, beside)
    guide = guide_of(MODEL, beside, seen, 1.0, np.random.default_rng(0))
    draws = guide.draw(4000, np.random.default_rng(1))
    near = np.hypot(draws[:, 0] - OTHER.east_m, draws[:, 1] - OTHER.north_m) < 12.0
    assert near.mean() > 0.6
    assert (np.abs(draws[near, 2] - OTHER.log_rate_kg_h) < 1.0).mean() > 0.05


def test_where_all_is_explained_a_strong_further_source_is_not_proposed() -> None:
    beside = cloud(2)
    guide = guide_of(MODEL, beside, picture(MODEL, beside), 1.0, np.random.default_rng(0))
    strong = guide.draw(4000, np.random.default_rng(1))[:, 2] > math.log(0.3)
    assert strong.mean() < 0.3


def test_a_jump_and_its_way_back_correct_each_other() -> None:
    rng = np.random.default_rng(0)
    beside = cloud(2)
    jumps = Jumps(MODEL, picture(MODEL, beside), Prior(PROBLEM, SMALL, unknown=2))
    for _ in range(6):
        proposed, correction = jumps(beside, 0.1, rng)
        assert proposed.shape == beside.draws.shape
        assert np.array_equal(proposed[:, :AIR], beside.draws[:, :AIR])
        assert np.isfinite(correction).all()


@pytest.mark.parametrize("power", [0.0, 0.3])
def test_no_birth_lies_off_the_ground_whatever_the_data_weigh(power: float) -> None:
    ring = np.array([[-58.0, -58.0], [18.0, -58.0], [18.0, -2.0], [-58.0, -2.0]])  # cuts cells
    ground = Ground(Bounds(-60.0, 60.0, -60.0, 60.0), 76.0 * 56.0, search=(ring,))
    problem = PROBLEM._replace(ground=ground)
    before, prior = (Prior(problem, SMALL, unknown=count) for count in (0, 1))
    rng = np.random.default_rng(7)
    stage = Stage(power, 0.0, before.draw(12, rng))
    cooler = birth(Model(problem, SMALL), [stage], before, prior, 24, rng)
    (east, north) = cooler.cloud.draws[:, AIR : AIR + 2].T
    assert ground.holds(east, north).all()
    assert math.isfinite(cooler.log_evidence)


def made_guide() -> Guide:
    rng = np.random.default_rng(2)
    cells = Cells(
        *(np.repeat([1.0, 3.0, 5.0], 2), np.tile([10.0, 14.0], 3)),
        *((2.0, 4.0), np.linspace(-3.0, 3.0, 5)),
    )
    return Guide.of(cells, 5.0 * rng.normal(size=(3, 6, 4)), 0.5)


def test_the_density_of_a_guide_is_that_of_its_draws() -> None:
    guide = made_guide()
    draws = guide.draw(40_000, np.random.default_rng(3))
    ground = 6.0 * 8.0 * 6.0  # the mean of one over the density is the room that it fills
    assert np.exp(-guide.log_density(draws)).mean() == pytest.approx(ground, rel=0.05)
    outside = np.array([[-1.0, 10.0, 0.0], [1.0, 30.0, 0.0], [1.0, 10.0, 9.0]])
    assert np.array_equal(guide.log_density(outside), [-np.inf] * 3)


def test_a_gain_is_the_difference_of_two_log_likelihoods() -> None:
    rng = np.random.default_rng(4)
    left, noise2 = rng.normal(size=30), rng.uniform(0.1, 2.0, 30)
    plume, unsure = rng.uniform(0.0, 3.0, (2, 30)), rng.uniform(0.0, 2.0, (2, 30))
    found = gains((left, noise2), plume, unsure, np.array([0.3, 2.0]))
    for cell in range(2):
        for k, rate in enumerate((0.3, 2.0)):
            scale = np.sqrt(noise2 + (rate * unsure[cell]) ** 2)
            told = t.logpdf(left - rate * plume[cell], 4, scale=scale)
            without = t.logpdf(left, 4, scale=np.sqrt(noise2))
            assert found[cell, k] == pytest.approx((told - without).sum(), abs=0.02)


def test_draws_are_named_alike_whatever_their_order() -> None:
    rng = np.random.default_rng(6)
    true = np.array([[0.0, 0.0, 1.0, 0.0], [40.0, 5.0, 1.0, 1.0], [10.0, -30.0, 1.0, 2.0]])
    sources = true + rng.normal(size=(200, 3, 4)) * [2.0, 2.0, 0.1, 0.3]
    shuffled = rng.permuted(np.tile(np.arange(3), (200, 1)), axis=1)
    mixed = np.take_along_axis(sources, shuffled[:, :, None], axis=1)
    order, reference = order_of(mixed, mixed[0])
    named = np.take_along_axis(mixed, order[:, :, None], axis=1)
    assert named[:, :, :2].std(axis=0).max() < 4.0
    assert np.sort(reference[:, 0]) == pytest.approx([0.0, 10.0, 40.0], abs=1.0)
