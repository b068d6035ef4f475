"""A response gives back constants and integrals, is symmetric, and has the width that it says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sillage.errors import NotEnoughInformation, RecordError
from sillage.spectra import line_shape
from sillage.spectra.line_shape import LineShape, width_of
from sillage.spectra.response import Response

OFFSET = np.linspace(-9.0, 9.0, 181)
MEASURED = np.exp(-0.5 * (OFFSET / 2.0) ** 2) * (1.0 + 0.02 * OFFSET)

MAKERS: dict[str, Callable[[np.ndarray, float], Response]] = {
    "gaussian": Response.gaussian,
    "triangular": Response.triangular,
    "tabulated": lambda centre, _: Response.tabulated(centre, OFFSET, MEASURED),
    "sinc": Response.sinc,
    "hamming": Response.hamming,
    "norton_beer": Response.norton_beer,
}
GRID = np.linspace(800.0, 1200.0, 1601)
NM = np.sort(1e7 / GRID)


def seen_by(name: str, centre: np.ndarray, fwhm: float, spectrum: np.ndarray) -> np.ndarray:
    """Apply a response in its own unit, over a grid from 800 to 1200 of it."""
    response = MAKERS[name](centre, fwhm)
    if response.axis == "nm":
        return response.apply_by_wavelength(GRID, spectrum)
    return response.apply(GRID, spectrum)


@pytest.mark.parametrize("name", MAKERS)
@given(level=st.floats(1e-3, 1e3), centre=st.floats(820.0, 1180.0), fwhm=st.floats(1.0, 10.0))
@settings(max_examples=20)
def test_a_constant_stays_what_it_is(name: str, level: float, centre: float, fwhm: float) -> None:
    seen = seen_by(name, np.array([centre]), fwhm, np.full(len(GRID), level))
    assert seen == pytest.approx(level, rel=1e-12)


@pytest.mark.parametrize("name", MAKERS)
def test_channels_side_by_side_keep_the_integral(name: str) -> None:
    spectrum = np.exp(-0.5 * ((GRID - 1000.0) / 15.0) ** 2)
    centre = np.linspace(850.0, 1150.0, 601)
    seen = seen_by(name, centre, 4.0, spectrum)
    # The ripples of a bare Fourier spectrometer reach beyond the channels.
    loose = 5e-3 if name == "sinc" else 1e-5
    assert np.trapezoid(seen, centre) == pytest.approx(np.trapezoid(spectrum, GRID), rel=loose)


@pytest.mark.parametrize("name", ["gaussian", "triangular", "sinc", "hamming", "norton_beer"])
def test_a_response_mirrors_what_is_mirrored(name: str) -> None:
    spectrum = np.exp(-0.5 * ((GRID - 1000.0) / 5.0) ** 2)
    seen = seen_by(name, np.linspace(950.0, 1050.0, 51), 4.0, spectrum)
    assert seen == pytest.approx(seen[::-1], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    "shape",
    [
        line_shape.gaussian(),
        line_shape.triangular(),
        line_shape.sinc(),
        line_shape.hamming(),
        line_shape.norton_beer("weak"),
        line_shape.norton_beer("strong"),
        line_shape.tabulated(OFFSET, MEASURED)[0],
    ],
)
def test_half_of_the_height_is_a_full_width_apart(shape: LineShape) -> None:
    x = np.linspace(-1.0, 1.0, 20001)
    above = x[shape.weight(x) >= 0.5 * shape.weight(x).max()]
    assert above[-1] - above[0] == pytest.approx(1.0, abs=2e-3)


@pytest.mark.parametrize(
    ("kind", "times"), [("weak", 1.2), ("medium", 1.4), ("strong", 1.6), ("hamming", 1.505)]
)
def test_apodisation_widens_by_the_factor_of_norton_and_beer_1976_and_harris_1978(
    kind: str, times: float
) -> None:
    assert width_of("none") == pytest.approx(1.2067, abs=1e-4)
    assert width_of(kind) / width_of("none") == pytest.approx(times, abs=6e-3)


def test_a_line_is_seen_where_it_is_by_wavenumber_and_by_wavelength() -> None:
    nu = np.linspace(4200.0, 4400.0, 4001)
    spectrum = np.exp(-0.5 * ((nu - 4300.0) / 2.0) ** 2)
    response = Response.gaussian(1e7 / np.array([4280.0, 4300.0, 4320.0]), 5.0)
    seen = response.apply(nu, spectrum)
    assert np.argmax(seen) == 1
    assert response.apply_by_wavelength(1e7 / nu, spectrum) == pytest.approx(seen)
    assert response.apply(nu[::-1], spectrum[::-1]) == pytest.approx(seen)


def test_each_detector_of_a_smile_sees_as_if_it_were_alone() -> None:
    spectrum = np.sin(GRID / 7.0) + GRID / 500.0
    smile = 1000.0 + np.arange(4)[:, None] * 5.0 + np.linspace(-0.4, 0.4, 6)
    seen = Response.gaussian(smile, 4.0).apply_by_wavelength(GRID, spectrum)
    assert seen.shape == (4, 6)
    alone = Response.gaussian(smile[2], 4.0).apply_by_wavelength(GRID, spectrum)
    assert seen[2] == pytest.approx(alone, rel=1e-13)


def test_spectra_are_seen_row_by_row() -> None:
    rows = np.random.default_rng(1).random((3, 2, len(GRID)))
    response = Response.triangular(np.array([900.0, 1000.0]), 5.0)
    seen = response.apply_by_wavelength(GRID, rows)
    assert seen.shape == (3, 2, 2)
    assert seen[1, 0] == pytest.approx(response.apply_by_wavelength(GRID, rows[1, 0]))


def test_a_grid_too_short_or_too_coarse_is_refused() -> None:
    ones = np.ones(len(GRID))
    with pytest.raises(NotEnoughInformation, match="make it reach farther"):
        Response.gaussian(np.array([801.0]), 5.0).apply_by_wavelength(GRID, ones)
    with pytest.raises(NotEnoughInformation, match=r"too coarse for a band 0\.5 nm wide"):
        Response.gaussian(np.array([900.0]), 0.5).apply_by_wavelength(GRID, ones)


@pytest.mark.parametrize("fwhm", [0.0, -1.0, np.nan])
def test_a_width_is_above_zero(fwhm: float) -> None:
    with pytest.raises(RecordError):
        Response.gaussian(np.array([900.0]), fwhm)


@pytest.mark.parametrize(
    ("offset", "weight"),
    [([0.0, 1.0], [1.0, 0.0]), ([0.0, 1.0, 2.0], [1.0, 0.9, 0.0]), ([0.0, 0.0, 1.0], [0, 1, 0])],
)
def test_a_measured_shape_falls_on_both_sides(offset: list[float], weight: list[float]) -> None:
    with pytest.raises(RecordError):
        Response.tabulated(np.array([900.0]), np.array(offset), np.array(weight, dtype=float))
