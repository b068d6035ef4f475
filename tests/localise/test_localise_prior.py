"""Do draws from the prior have the density that the prior says they have?"""

from __future__ import annotations

import math

import localise_scenes as scenes
import numpy as np
import pytest
from scipy.stats import kstest, norm, truncexpon, uniform

from sillage.localise.prior import Prior
from sillage.localise.settings import Settings

PROBLEM = scenes.posed(scenes.matched(np.random.default_rng(0)))
SETTINGS = Settings()
PRIOR = Prior(PROBLEM, SETTINGS, unknown=1)
DRAWS = PRIOR.draw(4000, np.random.default_rng(1))


def test_every_draw_lies_inside_the_support() -> None:
    assert np.isfinite(PRIOR.log_density(DRAWS)).all()


@pytest.mark.parametrize(
    ("column", "low", "high"),
    [
        (12, -60.0, 60.0),
        (13, -60.0, 60.0),
        (14, 0.0, SETTINGS.height_most_m),
        (15, math.log(SETTINGS.rate_low_kg_h), math.log(SETTINGS.rate_high_kg_h)),
    ],
)
def test_outside_the_support_nothing_is_possible(column: int, low: float, high: float) -> None:
    edge = DRAWS[:2].copy()
    edge[:, column] = low, high
    assert np.isfinite(PRIOR.log_density(edge)).all()
    edge[:, column] = low - 1e-6, high + 1e-6
    assert np.array_equal(PRIOR.log_density(edge), [-np.inf, -np.inf])


def test_each_number_is_distributed_as_the_settings_say() -> None:
    scale = SETTINGS.height_scale_m
    low, high = math.log(SETTINGS.rate_low_kg_h), math.log(SETTINGS.rate_high_kg_h)
    expected = [
        norm(0.0, SETTINGS.growth_crosswind_log_std),
        norm(0.0, SETTINGS.growth_vertical_log_std),
        norm(0.0, math.radians(SETTINGS.direction_floor_deg) * math.sqrt(2.0)),  # one session
        norm(math.log(SETTINGS.fluctuation), 0.7),
        norm(math.log(PROBLEM.noise_ppm), 0.7),
        norm(0.0, SETTINGS.wander_log_std),
        norm(0.0, SETTINGS.growth_memory_log_std),
        norm(0.0, SETTINGS.rise_memory_log_std),
        norm(math.log(SETTINGS.drift_per_noise * PROBLEM.noise_ppm), SETTINGS.drift_log_std),
        norm(math.log(SETTINGS.apart_per_noise * PROBLEM.noise_ppm), SETTINGS.apart_log_std),
        norm(math.log(SETTINGS.spread_m), SETTINGS.spread_log_std),
        norm(math.log(SETTINGS.dilution_log_std), 0.7),
        uniform(-60.0, 120.0),
        uniform(-60.0, 120.0),
        truncexpon(SETTINGS.height_most_m / scale, scale=scale),
        uniform(low, high - low),
    ]
    assert len(expected) == DRAWS.shape[1]
    for column, law in enumerate(expected):
        assert kstest(DRAWS[:, column], law.cdf).pvalue > 1e-3, column
        error = law.std() / math.sqrt(DRAWS.shape[0])
        assert DRAWS[:, column].mean() == pytest.approx(law.mean(), abs=4.0 * error)
    away = np.corrcoef(DRAWS.T) - np.eye(16)
    assert np.abs(away).max() < 0.08


def test_the_density_falls_as_the_marginals_do() -> None:
    one, other = DRAWS[:100], DRAWS[100:200]
    veer = math.radians(3.0) * math.sqrt(2.0)
    scale = np.array([0.3, 0.4, veer, 0.7, 0.7, 0.4, 1.0, 1.5, 1.5, 1.5, 0.7, 0.7])
    noise = PROBLEM.noise_ppm
    middle = np.array(
        [
            *(0.0, 0.0, 0.0, math.log(0.3), math.log(noise), 0.0, 0.0, 0.0),
            *(math.log(3.0 * noise), math.log(10.0 * noise), math.log(0.3), math.log(0.3)),
        ]
    )

    def log_law(draws: scenes.Floats) -> scenes.Floats:
        normal = np.asarray(norm.logpdf(draws[:, :12], middle, scale)).sum(axis=1)
        return np.asarray(normal - draws[:, 14] / SETTINGS.height_scale_m)

    gap = PRIOR.log_density(one) - PRIOR.log_density(other)
    assert gap == pytest.approx(log_law(one) - log_law(other))


def test_air_whose_turbulence_was_not_measured_is_known_less() -> None:
    unmeasured = Prior(PROBLEM._replace(turbulence_measured=False), SETTINGS, unknown=1)
    widths = unmeasured.draw(4000, np.random.default_rng(1)).std(axis=0)
    assert widths[:2] == pytest.approx([SETTINGS.growth_unmeasured_log_std] * 2, rel=0.05)
    assert widths[2:] == pytest.approx(DRAWS.std(axis=0)[2:])


def test_a_sample_of_an_instant_fluctuates_more_than_a_mean() -> None:
    instant = Prior(PROBLEM._replace(instant=True), SETTINGS, unknown=1).draw(
        4000, np.random.default_rng(1)
    )
    assert np.median(instant[:, 3]) > np.median(DRAWS[:, 3]) + 0.5
