"""A spectrum keeps its integral however coarsely it is seen; files are opened with care."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import jcamp, par_line

from sillage.errors import NotEnoughInformation, ReadError, RecordError
from sillage.spectra.importing import read_spectrum
from sillage.spectra.source_file import open_source
from sillage.spectra.spectrum import Spectrum, band_integral_cm, number_density_cm3, smoothed

NU = np.linspace(900.0, 1100.0, 2001)


def spectrum(sigma: np.ndarray, nu: np.ndarray = NU, resolution_cm: float = 0.0) -> Spectrum:
    return Spectrum(
        wavenumber_cm=nu,
        cross_section_cm2=sigma,
        temperature_K=296.0,
        pressure_hPa=1013.25,
        resolution_cm=resolution_cm,
        uncertainty=None,
        source="made",
        licence="none",
        file="made.txt",
        sha256="0",
    )


def bell(nu: np.ndarray, centre: float, fwhm: float) -> np.ndarray:
    return np.asarray(np.exp(-4.0 * np.log(2.0) * ((nu - centre) / fwhm) ** 2))


def test_the_number_density_at_296_k_is_2_48e19() -> None:
    assert number_density_cm3(296.15) == pytest.approx(2.478e19, rel=3e-4)
    assert number_density_cm3(273.15) == pytest.approx(2.687e19, rel=1e-4)


@given(st.floats(0.5, 50.0))
def test_smoothing_leaves_a_constant_alone(level: float) -> None:
    seen = smoothed(spectrum(np.full(len(NU), level)), np.linspace(900.0, 1100.0, 101), 4.0)
    assert seen == pytest.approx(level)


@given(st.floats(980.0, 1020.0), st.floats(0.5, 20.0))
@settings(max_examples=20)
def test_smoothing_keeps_the_integral_and_widens_in_quadrature(centre: float, fwhm: float) -> None:
    at = NU[::5]
    seen = smoothed(spectrum(bell(NU, centre, fwhm)), at, 4.0)
    assert np.trapezoid(seen, at) == pytest.approx(np.trapezoid(bell(NU, centre, fwhm), NU))
    wider = np.hypot(fwhm, 4.0)
    assert seen == pytest.approx(bell(at, centre, wider) * fwhm / wider, abs=1e-5)


def test_what_was_smoothed_already_is_taken_off() -> None:
    fine, coarse = bell(NU, 1000.0, 3.0), bell(NU, 1000.0, np.hypot(3.0, 2.0))
    coarse *= 3.0 / np.hypot(3.0, 2.0)
    first = smoothed(spectrum(fine), NU, 4.0)
    assert smoothed(spectrum(coarse, resolution_cm=2.0), NU, 4.0) == pytest.approx(first, abs=1e-5)


def test_a_spectrum_is_not_seen_finer_or_farther_than_it_is() -> None:
    coarse = spectrum(np.ones(len(NU)), resolution_cm=8.0)
    with pytest.raises(NotEnoughInformation, match="resolved to 8 cm-1 only"):
        smoothed(coarse, NU, 4.0)
    with pytest.raises(NotEnoughInformation, match=r"reaches from 900.0 to 1100.0 cm-1"):
        band_integral_cm(coarse, 800.0, 1000.0)


@given(st.floats(905.0, 995.0), st.floats(1005.0, 1095.0), st.floats(996.0, 1004.0))
def test_integrals_of_neighbours_add(low: float, high: float, middle: float) -> None:
    made = spectrum(bell(NU, 1000.0, 30.0))
    parts = band_integral_cm(made, low, middle) + band_integral_cm(made, middle, high)
    assert band_integral_cm(made, low, high) == pytest.approx(parts, rel=1e-9)


@pytest.mark.parametrize(
    ("nu", "sigma", "told"),
    [
        ([1.0], [1.0], "two points or more"),
        ([1.0, 1.0], [1.0, 1.0], "rise"),
        ([1.0, 2.0], [1.0, np.nan], "finite"),
    ],
)
def test_a_spectrum_is_lawful_or_refused(nu: list[float], sigma: list[float], told: str) -> None:
    with pytest.raises(RecordError, match=told):
        spectrum(np.array(sigma), np.array(nu))


def test_a_file_is_opened_packed_or_not_and_has_one_sum(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.jdx", tmp_path / "a.jdx.gz"
    plain.write_bytes(b"content")
    packed.write_bytes(gzip.compress(b"content", mtime=0))
    assert open_source(plain).sha256 == open_source(packed).sha256


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"x" * 101, "holds more than 0 MB"),
        (gzip.compress(b"x" * 10_000, mtime=0), "holds more than 0 MB"),
        (gzip.compress(b"x" * 90, mtime=0)[:-6], "cannot be read"),
    ],
)
def test_a_file_is_of_sound_size_or_refused(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ReadError, match=told):
        open_source(tmp_path / "a", 100)
    with pytest.raises(ReadError, match="there is no such file"):
        open_source(tmp_path / "b")


@pytest.mark.parametrize(
    ("name", "content", "points"),
    [
        ("a.jdx", jcamp(["1000 1 2 3"], count=3), 3),
        ("hit12.par", par_line(1000.0, 1e-20), 4401),
        ("a.txt", "1000 1e-20\n1001 2e-20\n", 2),
        ("a.csv", "# remark\n1000,1e-20\n1001,2e-20\n1002,2e-20\n", 3),
    ],
)
def test_the_kind_of_a_file_is_told(tmp_path: Path, name: str, content: str, points: int) -> None:
    (tmp_path / name).write_text(content)
    read = read_spectrum(tmp_path / name, molar_mass_g_mol=30.0, low_cm=990.0, high_cm=1010.0)
    assert len(read.wavenumber_cm) == points


def test_a_file_of_no_kind_lists_the_kinds(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("once upon a time\n")
    with pytest.raises(ReadError, match="JCAMP-DX, HITRAN"):
        read_spectrum(tmp_path / "a.txt", molar_mass_g_mol=30.0, low_cm=990.0, high_cm=1010.0)
