"""Does cooling find posteriors that are known, and give the data the weight they deserve?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2

from sillage.localise.cloud import Cloud, Cooled, Verdicts
from sillage.localise.temper import Cooler, Likelihood, _for_few
from sillage.localise.temper import cool as cooled_down

Floats = NDArray[np.float64]

HALF = 10.0  # the prior is uniform on a square of this half width
CHUNKS = 30


def flat(draws: Floats) -> Floats:
    inside = (np.abs(draws) <= HALF).all(axis=1)
    return np.where(inside, 0.0, -np.inf)


def said(by_chunk: Floats) -> Verdicts:
    """Verdicts of a likelihood that has no plume to show."""
    nothing = np.zeros((by_chunk.shape[0], 1))
    return Verdicts(by_chunk, nothing, nothing, nothing)


def cool(
    start: Floats, likelihood: Likelihood, *, harvest: int, rng: np.random.Generator
) -> Cooled:
    """Cool draws from the prior, and collect."""
    cooler = Cooler(Cloud(start, flat(start), likelihood(start)), likelihood, flat, rng)
    return cooled_down(cooler).harvest(harvest)


class Measured:
    """Likelihood of repeated measurements of a place with unit noise, chunk by chunk."""

    def __init__(self, seed: int, *, each: int = 4, repeated: float = 1.0) -> None:
        rng = np.random.default_rng(seed)
        self.seen = np.array([1.5, -2.0]) + rng.normal(size=(CHUNKS, each, 2))
        self.repeated = repeated

    def __call__(self, draws: Floats) -> Verdicts:
        off = draws[:, None, None] - self.seen  # draw chunk datum axis
        return said(-0.5 * self.repeated * (off**2).sum(axis=(2, 3)))

    @property
    def mean(self) -> Floats:
        return np.asarray(self.seen.mean(axis=(0, 1)), dtype=np.float64)

    @property
    def std(self) -> float:
        """Of each coordinate of the posterior."""
        return 1.0 / math.sqrt(self.seen.shape[0] * self.seen.shape[1])


def two_peaks(draws: Floats) -> Verdicts:
    """Two peaks of equal mass and a width of 0.3, spread evenly over the chunks."""
    peaks = [-0.5 * ((draws - [x, 0.0]) ** 2).sum(axis=1) / 0.3**2 for x in (-5.0, 5.0)]
    both = np.logaddexp(*peaks) - math.log(2.0)
    return said(np.repeat(both[:, None] / CHUNKS, CHUNKS, axis=1))


def cooled(likelihood: Measured, seed: int = 0, particles: int = 256) -> Cooled:
    rng = np.random.default_rng(seed)
    start = rng.uniform(-HALF, HALF, (particles, 2))
    return cool(start, likelihood, harvest=4, rng=rng)


@pytest.mark.parametrize("seed", range(4))
def test_a_normal_posterior_comes_back_with_its_mean_and_covariance(seed: int) -> None:
    target = Measured(seed)
    found = cooled(target, seed)
    std = target.std / math.sqrt(found.power)
    of_mean = std / math.sqrt(100.0)  # 256 candidates, some of them copies
    assert np.abs(found.draws.mean(axis=0) - target.mean).max() < 4.0 * of_mean
    covariance = np.cov(found.draws.T) / std**2
    assert np.diag(covariance) == pytest.approx([1.0, 1.0], abs=0.45)
    assert abs(covariance[0, 1]) < 0.35


def test_where_the_model_is_right_the_data_keep_their_weight() -> None:
    powers = [cooled(Measured(seed), seed).power for seed in range(6)]
    assert np.median(powers) > 0.8
    assert max(powers) <= 1.0


@pytest.mark.parametrize("times", [5, 25])
def test_data_that_are_repeated_weigh_as_much_as_once(times: int) -> None:
    once = [cooled(Measured(seed), seed) for seed in range(6)]
    often = [cooled(Measured(seed, repeated=times), seed) for seed in range(6)]
    powers = np.array([found.power for found in often])
    assert 0.6 < np.median(powers) * times < 1.6
    widths = [np.median([f.draws.std(axis=0).mean() for f in each]) for each in (once, often)]
    assert widths[1] == pytest.approx(widths[0], rel=0.3)


@pytest.mark.parametrize("chunks", [4, 6, 12])
def test_few_stretches_widen_a_region_as_hotelling_says(chunks: int) -> None:
    rng = np.random.default_rng(chunks)
    scores = rng.normal(size=(40_000, chunks, 2))
    mean = scores.mean(axis=1)
    off = scores - mean[:, None]
    scatter = np.einsum("nki,nkj->nij", off, off) / (chunks - 1)
    distance2 = chunks * np.einsum("ni,nij,nj->n", mean, np.linalg.inv(scatter), mean)
    widened = chi2.ppf(0.9, 2) / _for_few(chunks)
    assert np.mean(distance2 < widened) == pytest.approx(0.9, abs=0.006)


def test_two_separate_peaks_both_keep_their_mass() -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        start = rng.uniform(-HALF, HALF, (512, 2))
        found = cool(start, two_peaks, harvest=2, rng=rng)
        left = (found.draws[:, 0] < 0.0).mean()
        assert 0.3 < left < 0.7
        assert np.abs(np.abs(found.draws[:, 0]) - 5.0).max() < 2.0
        assert found.power == 1.0


def test_the_evidence_is_the_integral_over_the_prior() -> None:
    logs = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        start = rng.uniform(-HALF, HALF, (512, 2))
        found = cool(start, two_peaks, harvest=1, rng=rng)
        logs.append(found.log_evidence)
    assert np.mean(logs) == pytest.approx(math.log(2 * math.pi * 0.3**2 / (2 * HALF) ** 2), abs=0.2)


def test_the_same_seed_gives_the_same_draws_and_another_gives_others() -> None:
    one, same, other = (cooled(Measured(1), seed, particles=64) for seed in (3, 3, 4))
    assert np.array_equal(one.draws, same.draws)
    assert (one.power, one.log_evidence) == (same.power, same.log_evidence)
    assert not np.array_equal(one.draws, other.draws)


def test_no_draw_leaves_the_prior_and_none_counts_for_more_than_itself() -> None:
    corner = Measured(0)
    corner.seen += np.array([HALF - 1.5, HALF + 2.0])  # the peak lies on the corner
    found = cooled(corner)
    assert np.isfinite(flat(found.draws)).all()
    assert 50.0 < found.effective_sample_size <= found.draws.shape[0] == 4 * 256


def test_a_cloud_that_has_been_moved_knows_its_own_likelihood() -> None:
    rng = np.random.default_rng(0)
    target = Measured(0)
    found = cool(rng.uniform(-HALF, HALF, (64, 2)), target, harvest=1, rng=rng)
    again = target(found.cloud.draws)
    assert found.cloud.log_likelihood == pytest.approx(again.by_chunk.sum(axis=1))


def test_a_likelihood_that_says_nothing_leaves_the_prior() -> None:
    rng = np.random.default_rng(0)
    start = rng.uniform(-HALF, HALF, (512, 2))

    def mute(draws: Floats) -> Verdicts:
        return said(np.zeros((draws.shape[0], CHUNKS)))

    found = cool(start, mute, harvest=2, rng=rng)
    assert (found.power, found.log_evidence) == (1.0, 0.0)
    assert found.draws.std(axis=0) == pytest.approx([HALF / math.sqrt(3.0)] * 2, rel=0.12)
