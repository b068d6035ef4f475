"""Plumes only widen, mass and names keep their meaning, classes follow stability."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sillage.air.growth import Growth, briggs, draxler, sigma, smith, stability_class
from sillage.air.mixing import kg_m3_from_ppm, ppm_from_kg_m3
from sillage.air.surface_layer import (
    Layer,
    crosswind_share,
    friction_from_sigma_w,
    sigma_w,
    speed_at,
    surface_growth,
)
from sillage.errors import UnknownName

LAYER = Layer(speed_m_s=3.0, height_m=2.0, tan_gamma_y=0.2, friction_m_s=0.3, obukhov_m=-20.0)
CURVES: dict[str, Growth] = {
    **{f"briggs open-country {c}": briggs("open-country", c) for c in "ABCDEF"},
    **{f"briggs urban {c}": briggs("urban", c) for c in "ABCDEF"},
    **{f"smith {c}": smith(c) for c in "ABCDEF"},
    "draxler unstable": draxler(0.3, 0.1, 2.0),
    "draxler stable": draxler(0.3, 0.1, 2.0, stable=True),
    "surface unstable": surface_growth(LAYER),
    "surface stable": surface_growth(LAYER._replace(obukhov_m=20.0)),
    "surface neutral": surface_growth(LAYER._replace(obukhov_m=np.inf)),
}


@pytest.mark.parametrize("name", CURVES)
def test_a_plume_only_widens(name: str) -> None:
    for width in sigma(CURVES[name], np.geomspace(0.1, 2000.0, 200)):
        assert np.all(np.diff(width) > 0.0)
    assert float(sigma(CURVES[name], -5.0)[0]) == 0.0


@pytest.mark.parametrize("terrain", ["open-country", "urban"])
def test_a_plume_is_never_narrower_in_less_stable_air(terrain: str) -> None:
    widths = [sigma(briggs(terrain, c), 300.0) for c in "ABCDEF"]  # type: ignore[arg-type]
    assert np.all(np.diff(np.array(widths), axis=0) <= 0.0)


def test_briggs_1973_table() -> None:
    assert [float(s) for s in sigma(briggs("open-country", "D"), 1000.0)] == pytest.approx(
        [80.0 / 1.1**0.5, 60.0 / 2.5**0.5]
    )
    assert [float(s) for s in sigma(briggs("urban", "A"), 1000.0)] == pytest.approx(
        [320.0 / 1.4**0.5, 240.0 * 2.0**0.5]
    )


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(UnknownName, match="stability class"):
        briggs("urban", "G")
    with pytest.raises(UnknownName, match="stability class"):
        smith("AB")


@given(st.floats(0.001, 1.0), st.floats(1.0, 1e6))
def test_classes_follow_stability_over_any_ground(roughness: float, obukhov: float) -> None:
    unstable = stability_class(-obukhov, roughness)
    stable = stability_class(obukhov, roughness)
    assert unstable <= "D" <= stable
    assert stability_class(-obukhov * 2.0, roughness) >= unstable
    assert stability_class(float("inf"), roughness) == "D"


@given(st.floats(0.05, 0.6), st.floats(0.5, 10.0))
def test_draxler_starts_at_the_measured_angle(turbulence: float, speed: float) -> None:
    crosswind, _ = sigma(draxler(turbulence, 0.1, speed), 1e-3)
    assert float(crosswind) == pytest.approx(1e-3 * turbulence, rel=2e-3)


def test_rows_broadcast_over_observations() -> None:
    growth = draxler(np.array([0.1, 0.2, 0.3]), 0.1, 3.0)
    assert growth.rows().shape == (3, 10)
    assert briggs("urban", "D").rows().shape == (1, 10)
    doubled = briggs("urban", "D").scaled(2.0, np.array([1.0, 3.0])).rows()
    assert doubled[:, 0].tolist() == [0.32, 0.32]
    assert doubled[:, 5] == pytest.approx([0.14, 0.42])


def test_pasquill_table_and_irwin_closed_form_agree() -> None:
    distance = np.geomspace(50.0, 10000.0, 60)
    closed = 1.0 / (1.0 + 0.0308 * distance**0.4548)
    assert crosswind_share(distance) == pytest.approx(closed, rel=0.07)


@given(st.floats(-500.0, -2.0) | st.floats(2.0, 500.0), st.floats(0.1, 50.0))
def test_wind_rises_with_height_and_returns(obukhov: float, height: float) -> None:
    layer = LAYER._replace(obukhov_m=obukhov, roughness_m=0.005)
    there = float(speed_at(layer, height))
    assert there > 0.0
    assert float(speed_at(layer, height * 1.5)) > there
    back = layer._replace(speed_m_s=there, height_m=height)
    assert float(speed_at(back, 2.0)) == pytest.approx(3.0)


@given(st.floats(0.05, 1.0), st.floats(-300.0, -3.0) | st.floats(3.0, 300.0))
def test_friction_and_vertical_turbulence_are_two_sides(friction: float, obukhov: float) -> None:
    turbulence = sigma_w(friction, 3.0, obukhov)
    assert float(friction_from_sigma_w(turbulence, 3.0, obukhov)) == pytest.approx(friction)


@given(st.floats(0.0, 1e5), st.floats(2.0, 150.0), st.floats(230.0, 330.0), st.floats(5e4, 1.1e5))
def test_ppm_to_mass_and_back(ppm: float, grams: float, kelvin: float, pascal: float) -> None:
    mass = kg_m3_from_ppm(ppm, grams, kelvin, pascal)
    assert float(ppm_from_kg_m3(mass, grams, kelvin, pascal)) == pytest.approx(ppm)


def test_methane_at_15_degrees_weighs_0_678_kg_m3() -> None:
    assert float(kg_m3_from_ppm(1e6, 16.043)) == pytest.approx(0.6785, abs=2e-4)
