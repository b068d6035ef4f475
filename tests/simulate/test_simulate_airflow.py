"""Does the wind keep its statistics, and does the mast err as it says?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import TABLES, small_world

from sillage.simulate.airflow import blow, measure, shear, turbulence
from sillage.simulate.wandering import lag, wander
from sillage.simulate.world import Climate

EXACT_MAST = {"speed_bias_std": 0.0, "misalignment_std_deg": 0.0, "noise_m_s": 0.0}


@given(std=st.floats(0.01, 10.0), scale=st.floats(0.5, 20.0), seed=st.integers(0, 50))
def test_a_wandering_series_has_the_spread_and_memory_asked_for(
    std: float, scale: float, seed: int
) -> None:
    series = wander(40_000, std, scale, np.random.default_rng(seed))
    error = 6.0 * math.sqrt((scale + 1.0) / 40_000)
    assert series.std() == pytest.approx(std, rel=error)
    neighbours = float(np.corrcoef(series[:-1], series[1:])[0, 1])
    assert neighbours == pytest.approx(math.exp(-1.0 / scale), abs=error)


def test_a_wandering_series_is_stationary_from_its_first_value() -> None:
    firsts = [wander(2, 3.0, 50.0, np.random.default_rng(seed))[0] for seed in range(2000)]
    assert np.std(firsts) == pytest.approx(3.0, rel=0.1)


@given(tau=st.floats(1.0, 30.0))
def test_a_lag_answers_a_step_by_two_thirds_after_its_time_constant(tau: float) -> None:
    step = np.concatenate([np.zeros(10), np.ones(300)])
    answer = lag(step, tau)
    assert np.all(answer[:10] == 0.0)
    at = np.interp(tau, np.arange(1, 301), answer[10:])
    assert at == pytest.approx(1.0 - math.exp(-1.0), abs=0.02 + 0.1 / tau)
    assert answer[-1] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("from_deg", [0.0, 75.0, 180.0, 310.0])
def test_over_a_long_time_the_mast_finds_the_climate(from_deg: float) -> None:
    wind = {"speed_m_s": 4.0, "from_deg": from_deg, "direction_drift_deg": 3.0}
    world = small_world(wind=wind | {"drift_scale_s": 300.0}, mast=EXACT_MAST)
    air = blow(world, 40_000, np.random.default_rng(2))
    speed, bearing = measure(world, air, 0, np.random.default_rng(3))
    towards = np.radians(bearing + 180.0)
    east, north = (speed * np.sin(towards)).mean(), (speed * np.cos(towards)).mean()
    assert math.hypot(east, north) == pytest.approx(4.0, rel=0.05)
    found = math.degrees(math.atan2(-east, -north))
    assert abs((found - from_deg + 180.0) % 360.0 - 180.0) < 3.0


def test_turbulence_at_the_mast_is_that_of_the_surface_layer() -> None:
    world = small_world(
        wind=TABLES["wind"] | {"direction_drift_deg": 0.0, "speed_drift": 0.0}, mast=EXACT_MAST
    )
    air = blow(world, 40_000, np.random.default_rng(4))
    speed, bearing = measure(world, air, 0, np.random.default_rng(5))
    crosswind = speed * np.sin(np.radians(bearing - 270.0))
    assert crosswind.std() == pytest.approx(air.turbulence.sigma_h_m_s, rel=0.1)


def test_the_mast_errs_by_one_turn_for_the_whole_world() -> None:
    exact = small_world(mast=EXACT_MAST)
    turned = small_world(mast=EXACT_MAST | {"misalignment_std_deg": 10.0})
    air = blow(exact, 600, np.random.default_rng(6))
    _, right = measure(exact, air, 0, np.random.default_rng(7))
    _, wrong = measure(turned, air, 0, np.random.default_rng(7))
    error = (wrong - right + 180.0) % 360.0 - 180.0
    assert np.ptp(error) < 0.3
    assert abs(error.mean()) > 0.5


@given(
    obukhov=st.one_of(st.none(), st.floats(-500.0, -5.0), st.floats(10.0, 500.0)),
    low=st.floats(0.5, 5.0),
    more=st.floats(0.1, 10.0),
)
def test_wind_grows_with_height(obukhov: float | None, low: float, more: float) -> None:
    climate = Climate(obukhov_m=obukhov)
    assert shear(climate, 3.0, 3.0) == 1.0
    assert shear(climate, low, 3.0) < shear(climate, low + more, 3.0)


def test_sun_makes_the_air_restless() -> None:
    calm, sunny = (turbulence(Climate(obukhov_m=length), 3.0) for length in (None, -10.0))
    assert sunny.sigma_h_m_s > calm.sigma_h_m_s
    assert sunny.sigma_w_m_s > calm.sigma_w_m_s
