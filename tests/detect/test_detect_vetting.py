"""Laws of vetting: spectrum, shape, wind, and what they say together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from detect_grounds import blob, ground_cube, seen_in
from hypothesis import given
from hypothesis import strategies as st

from sillage.detect import vetting
from sillage.detect.claims import Seen
from sillage.detect.downwind import along_wind
from sillage.detect.plumes import Plume, outside, plumes_of
from sillage.detect.shape import Shape, log_odds, pixels_of, shape_of
from sillage.detect.spectrum import SpectralFit, control_windows, spectral_fit
from sillage.detect.vetting import signs_of, vet
from sillage.simulate.scenes import implant

SIZE = (90, 110)


def a_plume(sigmas: float = 6.0, false_alarms: float = 0.2, size: int = 6) -> Plume:
    line, sample = (one.ravel() for one in np.mgrid[40 : 40 + size, 50 : 52 + size])
    return Plume(line, sample, sigmas, false_alarms)


def a_fit(column: float = 900.0, std: float = 100.0, explained: float = 0.7) -> SpectralFit:
    return SpectralFit(column, std, explained, 20, 9, *np.zeros((3, 3)))


def fits_of(seen: Seen) -> list[tuple[Plume, SpectralFit | None]]:
    plumes = plumes_of(seen.columns, 10.0).plumes
    clear = np.isfinite(outside(plumes, seen.columns.column_ppm_m))
    scale = seen.columns.scale_px
    return [
        (one, spectral_fit(seen.read, one, clear, seen.unit_absorption, scale_px=scale))
        for one in plumes
    ]


def test_of_a_plume_too_long_for_clear_ground_beside_it_the_head_is_fitted() -> None:
    wide = blob(SIZE, (45.0, 20.0), 6000.0, (5.0, 8.0)) + blob(
        SIZE, (45.0, 60.0), 2500.0, (7.0, 40.0)
    )
    seen = seen_in(implant(ground_cube(3), "methane", wide).cube)
    fits = fits_of(seen)
    plume, fit = max(fits, key=lambda pair: pair[0].line.size)
    assert fit is not None
    assert 8 <= fit.pixels < plume.line.size
    assert fit.column_ppm_m > 5.0 * fit.std_ppm_m


@pytest.mark.parametrize("seed", range(3))
def test_the_spectrum_of_a_plume_asks_for_the_gas_that_is_there(seed: int) -> None:
    gas = blob(SIZE, (45.0, 55.0), 3000.0, 5.0)
    seen = seen_in(implant(ground_cube(seed), "methane", gas).cube)
    plume, fit = fits_of(seen)[0]
    assert fit is not None
    there = float(plume.of(gas).mean())
    assert abs(fit.column_ppm_m - there) < 3.0 * fit.std_ppm_m + 0.15 * there
    assert fit.column_ppm_m > 5.0 * fit.std_ppm_m
    assert fit.explained > 0.5


@pytest.mark.parametrize("seed", range(3))
def test_clutter_has_no_such_spectrum_and_is_less_probable(seed: int) -> None:
    gas = blob(SIZE, (45.0, 55.0), 3000.0, 5.0)
    seen = seen_in(implant(ground_cube(seed), "methane", gas).cube)
    chance = {
        bool((one.of(gas) > 0.0).any()): []  # type: ignore[var-annotated]
        for one, _ in fits_of(seen)
    }
    for one, fit in fits_of(seen):
        told = vet(one, signs_of(one, fit, 9900), fit=fit)
        chance[bool((one.of(gas) > 0.0).any())].append(told.probability)
    assert min(chance[True]) > 0.9
    assert max(chance[False]) < 0.6


def test_the_unit_of_radiance_changes_no_spectral_fit() -> None:
    cube = implant(ground_cube(4), "methane", blob(SIZE, (45.0, 55.0), 3000.0, 5.0)).cube
    seen = seen_in(cube)
    scaled = seen._replace(read=lambda lines, samples: 1e-3 * seen.read(lines, samples))
    (_, one), (_, other) = fits_of(seen)[0], fits_of(scaled)[0]
    assert one is not None
    assert other is not None
    assert other.column_ppm_m == pytest.approx(one.column_ppm_m, rel=1e-6)
    assert other.explained == pytest.approx(one.explained, rel=1e-6)


def test_twice_the_absorption_is_half_the_column_with_half_the_error() -> None:
    cube = implant(ground_cube(5), "methane", blob(SIZE, (45.0, 55.0), 3000.0, 5.0)).cube
    seen = seen_in(cube)
    twice = seen._replace(unit_absorption=2.0 * seen.unit_absorption)
    (_, one), (_, other) = fits_of(seen)[0], fits_of(twice)[0]
    assert one is not None
    assert other is not None
    assert other.column_ppm_m == pytest.approx(one.column_ppm_m / 2.0, rel=1e-6)
    assert other.std_ppm_m == pytest.approx(one.std_ppm_m / 2.0, rel=1e-6)
    assert other.explained == pytest.approx(one.explained, rel=1e-6)


def test_control_windows_lie_on_clear_ground_beside_the_plume() -> None:
    plume = a_plume()
    good = np.ones(SIZE, dtype=bool)
    good[:, 70:] = False
    good[plume.line, plume.sample] = False
    windows = control_windows((plume.line, plume.sample), good)
    assert len(windows) >= 8
    for line, sample in windows:
        assert good[line, sample].all()
        assert 0.6 * plume.line.size <= line.size <= plume.line.size


def test_without_clear_ground_beside_it_a_spectrum_is_not_judged_but_a_verdict_is_given() -> None:
    seen, plume = seen_in(ground_cube(6)), a_plume()
    none = np.zeros(SIZE, dtype=bool)
    assert spectral_fit(seen.read, plume, none, seen.unit_absorption, scale_px=2.0) is None
    told = vet(plume, signs_of(plume, None, 9900), fit=None)
    assert 0.0 < told.probability < 1.0
    assert [one.test for one in told.evidence] == ["height", "shape"]


@given(
    times=st.integers(1, 4), quarter=st.integers(0, 3), mirrored=st.booleans(),
    length=st.integers(4, 30), width=st.integers(3, 8),
)  # fmt: skip
def test_a_shape_has_neither_size_nor_direction(
    times: int, quarter: int, mirrored: bool, length: int, width: int
) -> None:
    mask = np.zeros((40, 40), dtype=bool)
    mask[:width, :length] = True
    mask[: width // 2 + 1, : length // 2] = False
    turned = np.rot90(mask[:, ::-1] if mirrored else mask, quarter)
    one, other = shape_of(*np.nonzero(mask)), shape_of(*np.nonzero(turned))
    assert np.array(other) == pytest.approx(np.array(one), abs=1e-9)
    large = shape_of(*np.nonzero(np.kron(mask, np.ones((times, times)))))
    assert large.log_elongation == pytest.approx(one.log_elongation, abs=1e-9)
    assert large.log_solidity == pytest.approx(one.log_solidity, abs=1e-9)


def test_a_single_pixel_and_a_row_have_a_shape() -> None:
    dot = shape_of(np.array([3]), np.array([4]))
    assert dot == pytest.approx(Shape(0.0, 0.0, 0.0), abs=1e-9)
    row = shape_of(np.full(20, 3), np.arange(20))
    assert row.log_elongation == pytest.approx(math.log(20.0))
    assert log_odds(row) > log_odds(dot)


def test_an_outline_has_the_pixels_inside_it() -> None:
    square = np.array([[10.0, 5.0], [20.0, 5.0], [20.0, 9.0], [10.0, 9.0], [10.0, 5.0]])
    line, _ = pixels_of(square)
    assert line.size == 40
    assert pixels_of(np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]))[0].size == 0


@given(turn=st.floats(0.0, 360.0), wind=st.floats(0.0, 360.0), spread=st.floats(1.0, 60.0))
def test_turning_wind_and_plume_together_changes_nothing(
    turn: float, wind: float, spread: float
) -> None:
    along = np.linspace(0.0, 400.0, 30)
    weight = np.linspace(3.0, 1.0, 30)

    def ratio(by: float) -> float:
        angle = math.radians(by + 40.0)
        east, north = along * math.sin(angle), along * math.cos(angle)
        towards = {"towards_deg": (wind + by) % 360.0, "towards_std_deg": spread}
        return along_wind(east, north, weight, blur_m=20.0, **towards).log_ratio

    assert ratio(turn) == pytest.approx(ratio(0.0), abs=1e-6)


def test_a_plume_along_the_wind_is_more_probable_and_across_it_less() -> None:
    along = np.linspace(0.0, 400.0, 30)
    told = [
        along_wind(
            along, 0.0 * along, np.ones(30), blur_m=20.0, towards_deg=wind, towards_std_deg=10.0
        )
        for wind in (90.0, 120.0, 270.0)
    ]
    assert told[0].off_deg == pytest.approx(0.0, abs=1e-9)
    assert told[0].log_ratio > 1.0 > told[1].log_ratio > told[2].log_ratio > -2.31  # ln 0.1
    plume, fit = a_plume(), a_fit()
    signs = signs_of(plume, fit, 10_000)
    chances = [vet(plume, signs, fit=fit, along=one).probability for one in told]
    bare = vet(plume, signs, fit=fit).probability
    assert chances[0] > bare > chances[2]


def test_no_sign_counts_against_what_it_says() -> None:
    for weights in (vetting.WEIGHTS, vetting.NO_FIT):
        assert all(weight >= 0.0 for name, weight in weights.items() if name != "constant")
    base = vet(a_plume(), signs_of(a_plume(), a_fit(), 10_000), fit=a_fit()).probability
    for plume, fit in (
        (a_plume(false_alarms=2.0), a_fit()),
        (a_plume(), a_fit(explained=0.1)),
        (a_plume(), a_fit(column=90.0)),
        (a_plume(), a_fit(explained=-0.5)),
    ):
        assert vet(plume, signs_of(plume, fit, 10_000), fit=fit).probability <= base


def test_a_prior_of_plenty_makes_a_claim_more_probable_in_the_ratio_of_odds() -> None:
    plume, fit = a_plume(), a_fit(column=200.0, explained=0.2)
    signs = signs_of(plume, fit, 10_000)
    few, many = (vet(plume, signs, fit=fit, prior=prior).probability for prior in (0.1, 0.5))
    assert (many / (1.0 - many)) / (few / (1.0 - few)) == pytest.approx(9.0)


def test_false_alarms_are_counted_by_the_pixel_so_that_a_large_scene_is_no_worse() -> None:
    small = signs_of(a_plume(false_alarms=1.0), None, 10_000)
    large = signs_of(a_plume(false_alarms=50.0), None, 500_000)
    assert small.rare == pytest.approx(large.rare)
