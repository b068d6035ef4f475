"""Laws of the wind that fills a plume, told by a mast."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sillage.air.surface_layer import Layer, speed_at
from sillage.detect.drift import ROUGHNESS_M, STABILITY_STD, share_of_wind
from sillage.detect.mass import Amount, Breeze, rate_of

LENGTHS = st.floats(5.0, 20_000.0)


@given(short=LENGTHS, longer=st.floats(1.01, 10.0))
def test_a_longer_plume_has_risen_into_faster_air(short: float, longer: float) -> None:
    assert share_of_wind(longer * short, 10.0).value >= share_of_wind(short, 10.0).value


@given(length=LENGTHS, height=st.floats(2.0, 50.0))
def test_a_mast_of_any_height_tells_the_same_wind(length: float, height: float) -> None:
    """By the logarithmic profile that both stand in."""
    air = Layer(1.0, 10.0, 0.0, 0.0, math.inf, ROUGHNESS_M)
    faster = float(speed_at(air, height))
    one, other = share_of_wind(length, 10.0).value, share_of_wind(length, height).value
    assert other * faster == pytest.approx(one, rel=1e-6)


def test_a_short_plume_is_slower_than_the_mast_and_a_very_long_one_is_not() -> None:
    assert 0.4 < share_of_wind(20.0, 10.0).value < 0.7
    assert share_of_wind(3000.0, 10.0).value > 1.0


def test_the_error_is_half_of_the_correction_and_a_tenth() -> None:
    share = share_of_wind(100.0, 10.0)
    assert share.std == pytest.approx(
        math.hypot(0.5 * (1.0 - share.value), STABILITY_STD * share.value)
    )


def test_a_rate_by_a_mast_is_that_by_the_wind_of_the_plume() -> None:
    kg, metres = Amount(10.0, 1.0), Amount(150.0, 15.0)
    share = share_of_wind(150.0, 10.0)
    at_plume = rate_of(kg, metres, Breeze(4.0 * share.value, 0.0, 0.0, 10.0))
    by_mast = rate_of(kg, metres, Breeze(4.0, 0.0, 0.0, 10.0, height_m=10.0))
    assert by_mast.value == pytest.approx(at_plume.value)
    off = share.std / share.value
    assert (by_mast.std / by_mast.value) ** 2 == pytest.approx(0.02 + off**2)
