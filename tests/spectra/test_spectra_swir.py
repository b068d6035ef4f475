"""Sunlight: Beer-Lambert multiplies, slopes are slopes, and methane is what mag1c's table makes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import source

from sillage.errors import NoSpectrum, NotEnoughInformation, ReadError, RecordError
from sillage.spectra.hitran_lines import read_par
from sillage.spectra.mag1c_table import read_mag1c
from sillage.spectra.source_file import open_source
from sillage.spectra.swir import (
    molecules_cm2_per_ppm_m,
    transmission,
    two_way_air_mass,
    unit_absorption,
)
from sillage.spectra.voigt import absorption

NM = np.arange(2120.0, 2480.0, 5.0)


def test_a_ppm_m_is_2_479e15_molecules_cm2_at_296_k() -> None:
    assert molecules_cm2_per_ppm_m() == pytest.approx(2.479e15, rel=2e-4)


@given(st.floats(0.0, 84.0), st.floats(0.0, 84.0))
def test_the_way_down_and_up_can_be_exchanged(sun: float, view: float) -> None:
    assert two_way_air_mass(sun, view) == pytest.approx(two_way_air_mass(view, sun))
    assert two_way_air_mass(sun, view) >= 2.0


@pytest.mark.parametrize("angle", [-1.0, 85.0, np.nan])
def test_an_angle_beyond_the_flat_ground_is_refused(angle: float) -> None:
    with pytest.raises(RecordError):
        two_way_air_mass(angle)


@given(st.floats(2.0, 6.0), st.sampled_from(["methane", "ammonia", "furan"]))
@settings(max_examples=10)
def test_unit_absorption_is_the_slope_of_the_logarithm_at_no_gas(air_mass: float, gas: str) -> None:
    slope = unit_absorption(gas, NM, 6.0, air_mass=air_mass)
    little = transmission(gas, np.array([0.0, 0.01]), NM, 6.0, air_mass=air_mass)
    known = np.isfinite(slope)
    assert known.sum() > 20
    assert (slope[known] <= 0.0).all()
    assert little[0, known] == pytest.approx(1.0)
    assert np.log(little[1, known]) / 0.01 == pytest.approx(slope[known], rel=1e-3, abs=1e-9)
    assert np.isnan(little[:, ~known]).all()


@given(st.floats(0.0, 1e5), st.floats(0.0, 1e5))
@settings(max_examples=10)
def test_more_gas_takes_more_and_a_band_is_never_blacker_than_beer_says(
    one: float, more: float
) -> None:
    columns = np.array([one, one + more])
    seen = transmission("methane", columns, NM, 6.0, air_mass=2.0)
    beer = np.exp(np.outer(columns, unit_absorption("methane", NM, 6.0, air_mass=2.0)))
    known = np.isfinite(seen[0])
    assert (seen[1, known] <= seen[0, known] + 1e-12).all()
    assert (seen[:, known] >= beer[:, known] - 1e-12).all()


def test_air_mass_and_column_are_one_product() -> None:
    steep = transmission("methane", np.array([1000.0]), NM, 6.0, air_mass=4.0)
    dense = transmission("methane", np.array([2000.0]), NM, 6.0, air_mass=2.0)
    assert steep == pytest.approx(dense, nan_ok=True)


def test_a_gas_without_a_band_in_sight_says_which_range_it_needs() -> None:
    with pytest.raises(NoSpectrum, match="the library has 650 to 1400 cm-1"):
        unit_absorption("acetone", NM, 6.0, air_mass=2.0)


def test_bands_finer_than_the_library_are_refused() -> None:
    with pytest.raises(NotEnoughInformation, match="is finer than the library"):
        unit_absorption("methane", NM, 1.0, air_mass=2.0)


def mag1c_files(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Wavelength and radiance at seven columns of the table."""
    header = (folder / "mag1c_ch4.hdr").read_text()
    found = re.search(r"wavelength = \{([^}]*)\}", header)
    assert found
    wavelength = np.array([float(cell) for cell in found[1].split(",")])
    return wavelength, np.fromfile(folder / "mag1c_ch4.lut", "<f8").reshape(len(wavelength), 7)


@pytest.mark.data
@pytest.mark.parametrize(("low", "high"), [(2130.0, 2470.0), (1620.0, 1700.0)])
def test_methane_is_what_mag1c_makes_of_its_own_table_foote_2020(
    sillage_data: Path, low: float, high: float
) -> None:
    """Radiance through Gaussian bands, and the slope of its logarithm with column."""
    wavelength, radiance = mag1c_files(sillage_data / "instrument")
    centre, fwhm = np.arange(low, high, 5.0), 5.5
    weight = np.exp(-4.0 * np.log(2.0) * ((wavelength - centre[:, None]) / fwhm) ** 2)
    share = np.gradient(wavelength)
    seen = (weight * share) @ radiance / (weight @ share)[:, None]  # band level
    depth = -np.log(seen[:, 1:4] / seen[:, :1])
    column = np.array([500.0, 1000.0, 2000.0])
    theirs = -(depth @ column) / (column @ column)
    ours = unit_absorption("methane", centre, fwhm, air_mass=2.0)
    apart = np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)
    assert apart < 0.07
    assert ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs) > 0.998


@pytest.mark.data
def test_lines_of_methane_call_for_the_two_passes_of_mag1cs_table(sillage_data: Path) -> None:
    """Where air lets light through, depth over that of the lines is the way in passes."""
    wavelength, radiance = mag1c_files(sillage_data / "instrument")
    folder = sillage_data / "gas_cross_sections" / "hitran_lines"
    lines = read_par(open_source(folder / "cminsky_CH4_3400-4100.data.gz"))
    grid = np.arange(3960.0, 4080.0, 0.01)
    sigma = absorption(lines, grid, 16.043)
    nu = 1e7 / wavelength
    clear = (nu > 3968.0) & (nu < 4070.0) & (radiance[:, 0] > 0.5)
    binned = np.array([sigma[np.abs(grid - at) < 0.05].mean() for at in nu[clear]])
    for level, column in ((1, 500.0), (2, 1000.0), (6, 16000.0)):
        depth = -np.log(radiance[clear, level] / radiance[clear, 0])
        passes = depth @ binned / (binned @ binned) / (column * molecules_cm2_per_ppm_m())
        assert passes == pytest.approx(2.11, abs=0.03)


def test_a_table_and_a_header_that_do_not_match_are_refused() -> None:
    header = source("ENVI\nwavelength = { 2000.0, 2001.0 }", "a.hdr")
    with pytest.raises(ReadError, match="has 3 bytes where its header asks for 112"):
        read_mag1c(source(b"abc", "a.lut"), header, 4998.0, 4999.0)
    with pytest.raises(ReadError, match="no ENVI header"):
        read_mag1c(source(b"abc", "a.lut"), source("ENVI", "a.hdr"), 4998.0, 4999.0)
    black = np.zeros(14).tobytes()
    with pytest.raises(ReadError, match="radiance that is not above zero"):
        read_mag1c(source(black, "a.lut"), header, 4998.0, 4999.0)
