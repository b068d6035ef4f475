"""Is a scene of heat what three layers say, pixel by pixel, and its truth exact?"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sillage.errors import NotEnoughInformation, ReadError, RecordError
from sillage.simulate.lwir_inputs import Imager, read_emissivity, read_imager
from sillage.simulate.lwir_scenes import (
    DIFFUSE,
    Air,
    LwirScene,
    Release,
    Terrain,
    draw_plume,
    draw_terrain,
    make_scene,
)
from sillage.spectra.atmosphere import WATER_SCALE_M, Atmosphere
from sillage.spectra.lwir import Ground, Plume, optical_depth, planck_radiance, three_layer
from sillage.spectra.response import Response

BANDS = 24
NM = np.linspace(8000.0, 11800.0, BANDS)
SILENT = Imager(NM, np.full(BANDS, 60.0), np.full(BANDS, 1e-12))
AIR = Air(temperature_K=294.0, relative_humidity_percent=50.0, range_m=800.0)
SIZE = (8, 9)


def table() -> Atmosphere:
    axes = (
        np.array([50.0, 20_000.0]),
        np.array([250.0, 320.0]),
        np.array([0.0, 100.0]),
        np.array([600.0, 3500.0]),
    )
    depth = np.broadcast_to((1e-4 * axes[0])[:, None, None, None], tuple(map(len, axes)))
    return Atmosphere(*axes, np.log(depth))


def ground(seed: int = 0) -> Terrain:
    rng = np.random.default_rng(seed)
    emissivity = rng.uniform(0.8, 1.0, (20, BANDS))
    return draw_terrain(emissivity, shape=SIZE, surfaces=3, temperature_K=290.0, rng=rng)


def see(terrain: Terrain, release: Release | None = None, *, imager: Imager = SILENT) -> LwirScene:
    return make_scene(
        terrain,
        imager=imager,
        atmosphere=table(),
        air=AIR,
        release=release,
        rng=np.random.default_rng(1),
    )


@settings(max_examples=10)
@given(st.integers(0, 7), st.integers(0, 8), st.floats(1.0, 3000.0), st.floats(260.0, 340.0))
def test_a_pixel_is_three_layers(line: int, sample: int, peak: float, plume_K: float) -> None:
    terrain = ground()
    columns = {"ammonia": np.full(SIZE, peak), "ethylene": np.full(SIZE, 2.0 * peak)}
    seen = see(terrain, Release(columns_ppm_m=columns, temperature_K=plume_K))
    um = NM / 1000.0
    sky = planck_radiance(um, AIR.temperature_K) * -np.expm1(-1e-4 * DIFFUSE * WATER_SCALE_M)
    grid = np.arange(1e7 / NM[-1] - 15.0, 1e7 / NM[0] + 15.0, 0.5)
    fine = sum(optical_depth(gas, grid, float(one[0, 0])) for gas, one in columns.items())
    through = Response.gaussian(NM, SILENT.fwhm_nm).apply(grid, np.exp(-np.asarray(fine)))
    told = three_layer(
        um,
        ground=Ground(
            emissivity=terrain.emissivity[line, sample],
            temperature_K=float(terrain.temperature_K[line, sample]),
            sky_radiance=sky,
        ),
        plume=Plume(optical_depth=-np.log(through), temperature_K=plume_K),
        path=seen.path,
    )
    assert seen.cube.radiance[line, sample] == pytest.approx(told, rel=3e-6)


def test_gas_changes_only_the_pixels_that_hold_it() -> None:
    column = np.zeros(SIZE)
    column[2, 3] = 500.0
    seen = see(ground(), Release(columns_ppm_m={"ammonia": column}, temperature_K=310.0))
    changed = np.abs(seen.cube.radiance - seen.radiance_without_gas).max(axis=-1) > 1e-5
    assert np.argwhere(changed).tolist() == [[2, 3]]


def test_a_plume_before_a_black_ground_of_its_warmth_is_not_there() -> None:
    black = Terrain(np.ones((*SIZE, BANDS)), np.full(SIZE, 300.0))
    release = Release(columns_ppm_m={"ammonia": np.full(SIZE, 900.0)}, temperature_K=300.0)
    seen = see(black, release)
    assert seen.cube.radiance == pytest.approx(seen.radiance_without_gas, rel=1e-6)


def test_noise_is_as_large_as_told_and_the_same_seed_makes_the_same_scene() -> None:
    loud = dataclasses.replace(SILENT, noise=np.linspace(0.01, 0.05, BANDS))
    black = Terrain(np.ones((60, 60, BANDS)), np.full((60, 60), 300.0))
    first, again = see(black, imager=loud), see(black, imager=loud)
    assert (first.cube.radiance == again.cube.radiance).all()
    std = (first.cube.radiance - first.radiance_without_gas).std(axis=(0, 1))
    assert std == pytest.approx(loud.noise, rel=0.06)


@given(st.integers(0, 10_000))
def test_a_drawn_plume_has_a_largest_column_of_one_and_none_below_zero(seed: int) -> None:
    column = draw_plume((40, 50), rng=np.random.default_rng(seed))
    assert column.max() == 1.0
    assert column.min() >= 0.0
    assert 20 <= (column > 0.3).sum() <= 1000


def test_drawn_ground_lies_within_its_library_and_varies_in_space() -> None:
    rng = np.random.default_rng(0)
    library = rng.uniform(0.8, 1.0, (20, BANDS))
    drawn = draw_terrain(library, shape=(64, 64), surfaces=6, temperature_K=290.0, rng=rng)
    assert library.min() <= drawn.emissivity.min() <= drawn.emissivity.max() <= library.max()
    assert drawn.temperature_K.mean() == pytest.approx(290.0, abs=4.0)
    near = np.diff(drawn.emissivity.mean(axis=2), axis=0).std()
    assert near < 0.5 * drawn.emissivity.mean(axis=2).std()


def test_bands_and_pixels_have_to_agree() -> None:
    with pytest.raises(RecordError, match="the ground has 3 bands, the imager 24"):
        see(Terrain(np.ones((*SIZE, 3)), np.full(SIZE, 300.0)))
    small = Release(columns_ppm_m={"ammonia": np.ones((2, 2))}, temperature_K=300.0)
    with pytest.raises(RecordError, match="ammonia has columns over"):
        see(ground(), small)
    hot = dataclasses.replace(AIR, temperature_K=400.0)
    with pytest.raises(NotEnoughInformation, match="a temperature of 400 K lies outside"):
        make_scene(
            ground(), imager=SILENT, atmosphere=table(), air=hot, rng=np.random.default_rng(0)
        )


CHANNELS = "Nanometer data for sensor\n" + "".join(
    f"CENTER:  {nm:.2f} NM   FWHM:  40.0 NM\n {nm} 1.0 {1e7 / nm}\n" for nm in NM
)
NOISE = "# wvl a b c rmse\n500 0.1 0.2 0.3 0.0\n7000 0 0 0.002 0\n12500 0 0 0.004 0\n"


def test_an_imager_is_read_with_its_noise_in_our_unit(tmp_path: Path) -> None:
    (tmp_path / "channels.flt").write_text(CHANNELS)
    (tmp_path / "noise.txt").write_text(NOISE)
    imager = read_imager(tmp_path / "channels.flt", tmp_path / "noise.txt")
    assert imager.wavelength_nm == pytest.approx(NM, abs=0.01)
    assert (imager.fwhm_nm == 40.0).all()
    assert imager.noise == pytest.approx(np.interp(NM, [7000.0, 12500.0], [0.02, 0.04]), rel=1e-4)
    for name, text, word in (
        ("channels.flt", "nothing", "no lines 'CENTER"),
        ("noise.txt", "a b\n", "no table"),
        ("noise.txt", "7000 1 0 0.1 0\n9000 1 0 0.1 0\n", "no constant noise"),
    ):
        (tmp_path / "channels.flt").write_text(CHANNELS)
        (tmp_path / "noise.txt").write_text(NOISE)
        (tmp_path / name).write_text(text)
        with pytest.raises(ReadError, match=word):
            read_imager(tmp_path / "channels.flt", tmp_path / "noise.txt")
    with pytest.raises(ReadError, match="cannot be read as text"):
        read_imager(tmp_path / "absent", tmp_path / "noise.txt")


def test_emissivity_is_one_less_reflectance(tmp_path: Path) -> None:
    centre = np.concatenate([[900.0, 2400.0], np.linspace(7900.0, 11900.0, 30)])
    rows = np.linspace(0.0, 0.3, 5)[:, None] * np.ones(32)
    header = tmp_path / "library.hdr"
    text = f"ENVI\nlines = 5\ndata type = 4\nwavelength = {{ {', '.join(map(str, centre))} }}\n"
    header.write_text(text)
    rows.astype("<f4").tofile(tmp_path / "library")
    read = read_emissivity(header, NM)
    assert read == pytest.approx(1.0 - np.repeat(rows[:, :1], BANDS, axis=1), abs=1e-6)
    with pytest.raises(ReadError, match="does not reach from"):
        read_emissivity(header, NM - 500.0)
    rows[:2].astype("<f4").tofile(tmp_path / "library")
    with pytest.raises(ReadError, match="does not hold 5 spectra"):
        read_emissivity(header, NM)
    header.write_text("ENVI\n")
    with pytest.raises(ReadError, match="no header of a library"):
        read_emissivity(header, NM)


@pytest.mark.data
def test_hytes_sees_a_tenth_of_a_kelvin_and_ecostress_is_mostly_black(sillage_data: Path) -> None:
    """HyTES: 256 bands, noise-equivalent temperature below 0.2 K at 10 um (Hulley et al. 2016)."""
    imager = read_imager(
        sillage_data / "hytes_lwir" / "wavelengths_modtran_tir.flt",
        sillage_data / "instrument" / "joint_avirisc_noise_223_hytes_parametric_noise_model.txt",
    )
    assert len(imager.wavelength_nm) == 256
    middle = int(np.argmin(np.abs(imager.wavelength_nm - 10_000.0)))
    rise = planck_radiance(np.array([10.0]), 301.0) - planck_radiance(np.array([10.0]), 300.0)
    assert 0.05 < imager.noise[middle] / rise[0] < 0.2
    emissivity = read_emissivity(
        sillage_data / "surface_emissivity" / "ecostress_library_with_mixtures.hdr",
        imager.wavelength_nm,
    )
    assert emissivity.shape == (2041, 256)
    assert np.median(emissivity) == pytest.approx(0.958, abs=0.005)
