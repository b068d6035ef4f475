"""Is a gas found alike by detector columns that do not see alike?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sillage.records.cube import MemoryCube
from sillage.retrieve.run import Retrieved, retrieve
from sillage.retrieve.settings import Settings
from sillage.retrieve.target import target_of
from sillage.simulate.scenes import implant

LINES, SAMPLES = 400, 12
WAVELENGTH_NM = np.linspace(2100.0, 2450.0, 50)
FWHM_NM = np.full(50, 7.0)
SHIFT_NM = 3.0
GAS_PPM_M = 3000.0


def smiling() -> tuple[MemoryCube, np.ndarray]:
    """Even ground, gas in some lines; the bands of the right half lie 3 nm further on."""
    rng = np.random.default_rng(2)
    light = np.exp(0.2 * rng.normal(size=(LINES, SAMPLES, 1)))
    noise = 1.0 + 0.002 * rng.normal(size=(LINES, SAMPLES, 50))
    slope = 1.0 + 0.1 * rng.normal(size=(LINES, SAMPLES, 1)) * np.linspace(-1.0, 1.0, 50)
    radiance = 5.0 * light * slope * noise
    there = np.zeros((LINES, SAMPLES))
    there[100:110] = GAS_PPM_M
    half = SAMPLES // 2
    sides = [
        implant(
            MemoryCube(radiance[:, part], WAVELENGTH_NM + shift, fwhm_nm=FWHM_NM),
            "methane",
            there[:, part],
        ).cube.radiance
        for part, shift in ((np.s_[:half], 0.0), (np.s_[half:], SHIFT_NM))
    ]
    own = np.repeat(WAVELENGTH_NM[None], SAMPLES, axis=0)
    own[half:] += SHIFT_NM
    return (
        MemoryCube(
            np.concatenate(sides, axis=1),
            WAVELENGTH_NM,
            fwhm_nm=FWHM_NM,
            wavelength_by_sample_nm=own,
        ),
        there,
    )


def found(cube: MemoryCube, folder: Path, **settings: object) -> Retrieved:
    folder.mkdir()
    return retrieve(cube, "methane", folder, settings=Settings(**settings))  # type: ignore[arg-type]


def share(got: Retrieved, there: np.ndarray, part: slice) -> float:
    gas = there[:, part] > 0.0
    return float(got.column_ppm_m[:, part][gas].mean() / GAS_PPM_M)


def test_each_detector_column_is_asked_with_its_own_wavelengths(tmp_path: Path) -> None:
    cube, there = smiling()
    left, right = np.s_[: SAMPLES // 2], np.s_[SAMPLES // 2 :]
    knowing = found(cube, tmp_path / "own")
    alike = MemoryCube(cube.radiance, WAVELENGTH_NM, fwhm_nm=FWHM_NM)
    unknowing = found(alike, tmp_path / "alike")
    assert knowing.settings.group == "column"
    assert share(knowing, there, left) == pytest.approx(1.0, abs=0.05)
    assert share(knowing, there, right) == pytest.approx(1.0, abs=0.05)
    assert share(unknowing, there, right) < share(knowing, there, right) - 0.05


def test_windows_of_lines_know_it_too(tmp_path: Path) -> None:
    cube, there = smiling()
    got = found(cube, tmp_path / "own", group="window", window_lines=300)
    assert share(got, there, np.s_[SAMPLES // 2 :]) == pytest.approx(1.0, abs=0.06)


def test_a_background_that_columns_share_says_that_they_are_taken_as_alike(tmp_path: Path) -> None:
    cube, _ = smiling()
    got = found(cube, tmp_path / "own", group="scene")
    assert any("taken to see alike" in said for said in got.assumptions)


def test_absorption_between_tabulated_shifts_is_that_of_the_shift() -> None:
    cube, _ = smiling()
    target = target_of("methane", cube, air_mass=2.0)
    assert target.smile is not None
    unit, left = target.smile.at(SAMPLES - 1)
    moved = MemoryCube(cube.radiance, WAVELENGTH_NM + SHIFT_NM, fwhm_nm=FWHM_NM)
    truth = target_of("methane", moved, air_mass=2.0, windows_nm=((2050.0, 2500.0),))
    same = np.isin(WAVELENGTH_NM + SHIFT_NM, truth.wavelength_nm)[target.bands]
    there = np.isin(truth.wavelength_nm, target.wavelength_nm + SHIFT_NM)
    np.testing.assert_allclose(unit[same], truth.unit_absorption[there], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(
        left[:, same], truth.depth.log_transmission[:, there], rtol=1e-6, atol=1e-9
    )
    first, _ = target.smile.at(0)
    np.testing.assert_allclose(first, target.unit_absorption, rtol=0.02, atol=1e-8)


def test_a_smile_of_less_than_a_hundredth_of_a_band_is_none() -> None:
    cube, _ = smiling()
    own = WAVELENGTH_NM + np.linspace(0.0, 0.05, SAMPLES)[:, None]
    flat = MemoryCube(cube.radiance, WAVELENGTH_NM, fwhm_nm=FWHM_NM, wavelength_by_sample_nm=own)
    assert target_of("methane", flat, air_mass=2.0).smile is None
