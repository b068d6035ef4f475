"""Heat: Planck's law, three layers that vanish where they should, and clean air from a table."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sillage.errors import NotEnoughInformation, ReadError, RecordError
from sillage.spectra.atmosphere import Atmosphere, effective_range_m, read_atmosphere
from sillage.spectra.lwir import (
    Ground,
    Plume,
    brightness_temperature_k,
    contrast,
    optical_depth,
    planck_radiance,
    planck_slope,
    three_layer,
)
from sillage.spectra.lwir import (
    Path as AirPath,
)

UM = np.linspace(7.5, 12.5, 51)
kelvin = st.floats(200.0, 1500.0)
depths = st.floats(0.0, 3.0).map(lambda top: top * np.exp(-((UM - 10.0) ** 2)))


@given(kelvin)
def test_brightness_temperature_undoes_planck(temperature_K: float) -> None:
    back = brightness_temperature_k(UM, planck_radiance(UM, temperature_K))
    assert back == pytest.approx(temperature_K, rel=1e-12)


def test_planck_integrates_to_stefan_and_peaks_where_wien_says() -> None:
    wavelength = np.geomspace(1.0, 2000.0, 200_001)
    radiance = planck_radiance(wavelength, 300.0)
    assert np.trapezoid(radiance, wavelength) * np.pi == pytest.approx(
        5.670374e-8 * 300.0**4, rel=1e-4
    )
    assert wavelength[np.argmax(radiance)] * 300.0 == pytest.approx(2897.77, rel=1e-4)


@given(kelvin)
def test_the_slope_is_that_of_planck(temperature_K: float) -> None:
    rise = planck_radiance(UM, temperature_K + 0.01) - planck_radiance(UM, temperature_K - 0.01)
    assert planck_slope(UM, temperature_K) == pytest.approx(rise / 0.02, rel=1e-6)


@pytest.mark.parametrize("radiance", [0.0, -1.0, np.nan])
def test_no_radiance_has_no_temperature(radiance: float) -> None:
    with pytest.raises(RecordError, match="above zero"):
        brightness_temperature_k(UM, np.full(len(UM), radiance))


@given(depths, kelvin, st.floats(0.0, 1.0))
def test_a_plume_as_warm_as_a_black_background_vanishes(
    depth: np.ndarray, temperature_K: float, through: float
) -> None:
    ground = Ground(emissivity=1.0, temperature_K=temperature_K)
    path = AirPath(transmission=through, temperature_K=280.0)
    plume = Plume(optical_depth=depth, temperature_K=temperature_K)
    nothing = dataclasses.replace(plume, optical_depth=np.zeros(len(UM)))
    seen = three_layer(UM, ground=ground, plume=plume, path=path)
    assert seen == pytest.approx(three_layer(UM, ground=ground, plume=nothing, path=path))


@given(depths, st.floats(0.5, 1.0), st.floats(0.1, 1.0), kelvin)
def test_everything_at_one_temperature_is_a_black_body(
    depth: np.ndarray, emissivity: float, through: float, temperature_K: float
) -> None:
    black = planck_radiance(UM, temperature_K)
    seen = three_layer(
        UM,
        ground=Ground(emissivity=emissivity, temperature_K=temperature_K, sky_radiance=black),
        plume=Plume(optical_depth=depth, temperature_K=temperature_K),
        path=AirPath(transmission=through, temperature_K=temperature_K),
    )
    assert brightness_temperature_k(UM, seen) == pytest.approx(temperature_K)


@given(depths, depths, kelvin, kelvin)
def test_two_plumes_of_one_temperature_are_one_of_their_summed_depth(
    first: np.ndarray, second: np.ndarray, ground_K: float, plume_K: float
) -> None:
    ground = Ground(emissivity=0.95, temperature_K=ground_K)
    near = three_layer(
        UM, ground=ground, plume=Plume(optical_depth=first, temperature_K=plume_K), path=AirPath()
    )
    behind = Ground(emissivity=0.0, temperature_K=ground_K, sky_radiance=near)
    both = three_layer(
        UM, ground=behind, plume=Plume(optical_depth=second, temperature_K=plume_K), path=AirPath()
    )
    at_once = Plume(optical_depth=first + second, temperature_K=plume_K)
    assert both == pytest.approx(three_layer(UM, ground=ground, plume=at_once, path=AirPath()))


@given(kelvin, kelvin, st.floats(0.1, 1.0))
def test_contrast_is_the_slope_of_radiance_with_depth(
    ground_K: float, plume_K: float, through: float
) -> None:
    ground = Ground(emissivity=0.97, temperature_K=ground_K, sky_radiance=1.5)
    path = AirPath(transmission=through)
    thin = np.full(len(UM), 1e-7)
    radiance = [
        three_layer(
            UM, ground=ground, plume=Plume(optical_depth=d, temperature_K=plume_K), path=path
        )
        for d in (0.0 * thin, thin)
    ]
    slope = (radiance[1] - radiance[0]) / thin
    expected = contrast(UM, ground=ground, plume_K=plume_K, path=path)
    scale = float(np.abs(radiance[0]).max() + np.abs(expected).max())
    assert slope == pytest.approx(expected, rel=1e-5, abs=1e-6 * scale)


def test_depth_is_columns_times_molecules_times_cross_section() -> None:
    nu = np.array([1217.0])
    one = optical_depth("acetone", nu, 100.0)
    assert optical_depth("acetone", nu, 300.0) == pytest.approx(3.0 * one)
    # 100 ppm m at 296 K are 2.479e17 molecules cm-2. Acetone has 3.6e-19 cm2 there where it is seen
    # at 0.5 cm-1, and an eighth less at 4 cm-1.
    assert one[0] == pytest.approx(2.479e17 * 3.6e-19 * 7.0 / 8.0, rel=0.02)


def made_air() -> Atmosphere:
    """Absorption that grows with the root of range and with humidity, more at 1300 than at 900."""
    ranges, kelvins = np.array([50.0, 500.0, 5000.0]), np.array([273.15, 303.15])
    humidity, nu = np.array([5.0, 100.0]), np.array([800.0, 1000.0, 1400.0])
    depth = (
        0.01
        * np.sqrt(ranges / 50.0)[:, None, None, None]
        * (1.0 + (kelvins - 273.15) / 30.0)[:, None, None]
        * humidity[:, None]
        * nu
        / 1000.0
    )
    return Atmosphere(ranges, kelvins, humidity, nu, np.log(depth))


@given(st.floats(10.0, 5000.0), st.floats(5.0, 100.0), st.floats(273.15, 303.15))
@settings(max_examples=40)
def test_air_between_the_points_of_the_table_is_what_it_was_made_of(
    range_m: float, humidity: float, temperature_K: float
) -> None:
    seen = made_air().transmission(
        np.array([900.0]),
        range_m=range_m,
        temperature_K=temperature_K,
        relative_humidity_percent=humidity,
    )
    depth = 0.01 * np.sqrt(range_m / 50.0) * (1.0 + (temperature_K - 273.15) / 30.0) * humidity
    assert seen[0] == pytest.approx(np.exp(-0.9 * depth), rel=1e-9)


def test_no_air_takes_nothing_and_air_that_is_not_known_is_refused() -> None:
    air, nu = made_air(), np.array([900.0])
    assert air.transmission(
        nu, range_m=0.0, temperature_K=280.0, relative_humidity_percent=50.0
    ) == pytest.approx(1.0)
    for range_m, kelvins, humidity, at in (
        (6000.0, 280.0, 50.0, 900.0),
        (100.0, 200.0, 50.0, 900.0),
        (100.0, 280.0, 1.0, 900.0),
        (100.0, 280.0, 50.0, 700.0),
    ):
        with pytest.raises(NotEnoughInformation, match="the table of clean air goes from"):
            air.transmission(
                np.array([at]),
                range_m=range_m,
                temperature_K=kelvins,
                relative_humidity_percent=humidity,
            )


@given(st.floats(0.01, 5000.0), st.floats(0.0, 80.0))
def test_a_slant_path_is_longer_than_its_height_seems_and_never_longer_than_it_is(
    height_m: float, off_nadir_deg: float
) -> None:
    slant = height_m / np.cos(np.radians(off_nadir_deg))
    assert effective_range_m(height_m, off_nadir_deg) <= slant * (1.0 + 1e-9)
    assert effective_range_m(height_m, off_nadir_deg) >= effective_range_m(height_m)


def test_a_slant_path_from_below_the_ground_is_refused() -> None:
    with pytest.raises(NotEnoughInformation):
        effective_range_m(-1.0)


def test_a_file_that_is_no_table_says_so(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="sillage data get atmosphere"):
        read_atmosphere(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("text")
    with pytest.raises(ReadError, match="is no table of transmission"):
        read_atmosphere(tmp_path / "text.npz")
    np.savez(tmp_path / "pickled.npz", range_km=np.array([{}], dtype=object))
    with pytest.raises(ReadError, match="is no table of transmission"):
        read_atmosphere(tmp_path / "pickled.npz")
    axes = {
        n: np.arange(2.0) for n in ("range_km", "temperature_K", "rh_percent", "wavenumber_cm1")
    }
    np.savez(tmp_path / "odd.npz", transmittance=np.full((2, 2, 2, 3), 0.5), **axes)  # type: ignore[arg-type]  # keys are names of arrays
    with pytest.raises(ReadError, match="axes"):
        read_atmosphere(tmp_path / "odd.npz")


@pytest.mark.data
def test_lowtran7_gives_its_spot_values_and_longer_ways_take_more(sillage_data: Path) -> None:
    air = read_atmosphere(sillage_data / "atmosphere" / "lowtran7_horizontal_tau.npz")

    def through(range_m: float, humidity: float = 60.0) -> np.ndarray:
        return air.transmission(
            np.linspace(715.0, 1330.0, 124),
            range_m=range_m,
            temperature_K=293.15,
            relative_humidity_percent=humidity,
        )

    spot = [
        air.transmission(
            np.array([1000.0]), range_m=m, temperature_K=293.15, relative_humidity_percent=60.0
        )[0]
        for m in (50.0, 100.0, 1000.0, 5000.0)
    ]
    assert spot == pytest.approx([0.989, 0.983, 0.890, 0.605], abs=5e-4)
    assert (through(300.0) <= through(150.0)).all()
    # A band model's air takes less from what has passed as much air already.
    assert (through(300.0) >= through(150.0) ** 2 - 1e-9).all()
    assert (through(1000.0, 90.0) <= through(1000.0, 30.0) + 1e-6).all()
