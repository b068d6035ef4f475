"""Does the vertical width follow the air's stability where that is known, and only there?"""

from __future__ import annotations

import math
from typing import Any

import localise_scenes as scenes
import numpy as np
import pytest
from localise_scenes import BOUNDS, FRAME, MINUTES, SENSORS, SMALL
from numpy.typing import NDArray

from sillage.air.growth import sigma
from sillage.air.surface_layer import Layer, friction_at, speed_at, surface_growth
from sillage.localise.problem import Blocks, pose
from sillage.records.arrays import Arrays
from sillage.records.wind import Wind

Floats = NDArray[np.float64]
VALUE = np.full(MINUTES * SENSORS, 2.0) + 0.02 * np.arange(MINUTES * SENSORS) % 7
SPEED_M_S = 3.0


def blocks_in(wind: Wind) -> Blocks:
    return pose([scenes.readings(VALUE)], wind, FRAME, BOUNDS, SMALL).blocks


def with_columns(**columns: Floats) -> Wind:
    blown = scenes.wind(height_m=2.0)
    table = {name: blown.samples[name] for name in blown.samples.names} | columns
    units = {variable.name: variable.unit for variable in blown.samples.variables}
    units |= {"obukhov_m": "m", "friction_velocity_m_s": "m/s"}
    return scenes.wind(
        height_m=2.0,
        samples=Arrays(table, dims="sample", units={name: units[name] for name in table}),
    )


def vertical(growth: Floats, distance_m: float) -> Floats:
    """(block,): width at a distance, as the fan computes it."""
    a, b, lift = growth[:, 2:].T
    width = a * distance_m * (1.0 + lift * distance_m) / (1.0 + b * math.sqrt(distance_m))
    return np.asarray(width, dtype=np.float64)


def by_similarity(friction_m_s: float, obukhov_m: float, distance_m: float) -> float:
    layer = Layer(SPEED_M_S, 2.0, 0.2, friction_m_s, obukhov_m)
    return float(sigma(surface_growth(layer), distance_m)[1])


@pytest.mark.parametrize(
    ("obukhov_m", "distance_m", "within"),
    [
        *((20.0, 100.0, 1e-9), (20.0, 33.0, 0.1), (20.0, 300.0, 0.2)),
        *((-20.0, 20.0, 1e-9), (-20.0, 500.0, 1e-9), (1e6, 200.0, 1e-2)),
    ],
)
def test_the_width_is_that_of_similarity(
    obukhov_m: float, distance_m: float, within: float
) -> None:
    known: dict[str, Any] = {"friction_velocity_m_s": 0.2, "obukhov_m": obukhov_m}
    growth = blocks_in(scenes.wind(height_m=2.0, **known)).growth
    expected = by_similarity(0.2, obukhov_m, distance_m)
    assert vertical(growth, distance_m) == pytest.approx(np.full(MINUTES, expected), rel=within)


def test_without_an_obukhov_length_friction_changes_nothing() -> None:
    plain, told = (
        blocks_in(scenes.wind(height_m=2.0, friction_velocity_m_s=friction))
        for friction in (None, 0.2)
    )
    assert np.array_equal(plain.growth, told.growth)
    assert not plain.growth[:, 4].any()


def test_blocks_differ_where_the_column_does_and_the_unknown_keep_their_turbulence() -> None:
    lengths = np.where(np.arange(MINUTES) < MINUTES // 2, 15.0, -15.0)
    lengths[3] = np.nan
    friction = np.full(MINUTES, 0.2)
    growth = blocks_in(with_columns(obukhov_m=lengths, friction_velocity_m_s=friction)).growth
    plain = blocks_in(scenes.wind(height_m=2.0)).growth
    assert np.array_equal(growth[3], plain[3])
    assert np.array_equal(growth[:, :2], plain[:, :2])
    width = vertical(np.delete(growth, 3, axis=0), 100.0)
    half = MINUTES // 2 - 1
    assert width[:half] == pytest.approx(np.full(half, by_similarity(0.2, 15.0, 100.0)))
    assert width[half:] == pytest.approx(np.full(half + 1, by_similarity(0.2, -15.0, 100.0)))


def test_friction_that_was_not_measured_is_that_of_the_mean_speed() -> None:
    lengths = np.full(MINUTES, 30.0)
    mast = Layer(SPEED_M_S, 2.0, 0.2, 0.0, 30.0, SMALL.roughness_m)
    friction = np.full(MINUTES, float(friction_at(mast)))
    told = blocks_in(with_columns(obukhov_m=lengths, friction_velocity_m_s=friction))
    found = blocks_in(with_columns(obukhov_m=lengths))
    assert found.growth == pytest.approx(told.growth)
    # the profile that gives it also gives back the speed at any height
    at_8_m = float(speed_at(mast, 8.0))
    above = Layer(at_8_m, 8.0, 0.2, 0.0, 30.0, SMALL.roughness_m)
    assert friction_at(above) == pytest.approx(friction[0])


def test_a_high_mast_sees_still_more_wind_than_the_plume_at_night() -> None:
    neutral, stable = (
        blocks_in(scenes.wind(height_m=10.0, obukhov_m=length)).speed_m_s for length in (None, 20.0)
    )
    assert (stable < 0.95 * neutral).all()
