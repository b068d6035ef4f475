"""The library: every entry is a few bells with their errors, and answers within its range."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sillage.errors import NoSpectrum, ReadError, SettingError
from sillage.spectra.cross_section import cross_section, entries, windows
from sillage.spectra.entry import Entry, bands_of
from sillage.spectra.fit import error_of, evaluate, fit
from sillage.spectra.gas import Gas, forget, gas, library
from sillage.spectra.importing import read_spectrum
from sillage.spectra.spectrum import band_integral_cm

OURS = [(found, entry) for found in library().values() for entry in found.spectra]
NAMED = [f"{found.name}, {entry.low_cm:g}" for found, entry in OURS]
WITH_SPECTRA = sorted({found.name for found, _ in OURS})


def test_there_are_forty_gases_and_more_with_heat_bands_and_eight_with_sunlight_bands() -> None:
    regions = [(found.name, entry.region) for found, entry in OURS]
    assert len({name for name, region in regions if region == "LWIR"}) >= 46
    assert len({name for name, region in regions if region == "SWIR"}) == 8


@pytest.mark.parametrize(("found", "entry"), OURS, ids=NAMED)
def test_an_entry_is_within_its_bars_and_holds_few_numbers(found: Gas, entry: Entry) -> None:
    assert abs(entry.integral_error) <= 0.03
    assert abs(entry.stretch_error) <= 0.03
    assert abs(entry.peak_error) <= 0.05
    assert 0.0 < entry.residual <= 0.025
    assert 2 <= len(bands_of(entry.bands)) <= 100
    assert entry.table is None, found.name
    assert len(entry.sha256) == 64
    assert entry.licence
    assert entry.source


@pytest.mark.parametrize("name", WITH_SPECTRA)
def test_a_cross_section_is_never_negative_and_ends_where_it_says(name: str) -> None:
    for low, high in windows(name):
        grid = np.linspace(low, high, 501)
        sigma = cross_section(name, grid)
        assert (sigma >= 0.0).all()
        assert sigma.max() > 1e-22
        with pytest.raises(NoSpectrum, match=f"the library has {windows(name)[0][0]:g} to"):
            cross_section(name, np.array([low - 1.0]))
        assert np.isnan(cross_section(name, np.array([low - 1.0]), outside_cm2=np.nan)).all()


@given(st.permutations(range(40)))
def test_the_order_of_wavenumbers_does_not_matter(order: list[int]) -> None:
    nu = np.linspace(700.0, 1300.0, 40)
    assert cross_section("NH3", nu[order]) == pytest.approx(
        cross_section("ammonia", nu)[order], rel=1e-9, abs=0.0
    )


def test_a_gas_without_spectra_says_how_to_bring_one() -> None:
    with pytest.raises(NoSpectrum, match="the library has none of it"):
        entries("ozone", 1000.0, 1100.0)


def source_file(sillage_data: Path, entry: Entry) -> Path:
    """The file of the data sets that an entry was fitted to."""
    folders = ("gas_cross_sections", "instrument")
    (path,) = [p for folder in folders for p in (sillage_data / folder).rglob(entry.file)]
    return path


@pytest.mark.data
@pytest.mark.parametrize(("found", "entry"), OURS, ids=NAMED)
def test_an_entry_is_as_far_from_its_source_as_it_says(
    sillage_data: Path, found: Gas, entry: Entry
) -> None:
    spectrum = read_spectrum(
        source_file(sillage_data, entry),
        molar_mass_g_mol=found.molar_mass_g_mol,
        low_cm=entry.low_cm,
        high_cm=entry.high_cm,
    )
    assert spectrum.sha256 == entry.sha256
    error = error_of(spectrum, entry.low_cm, entry.high_cm, bands_of(entry.bands))
    stated = (entry.integral_error, entry.stretch_error, entry.peak_error, entry.residual)
    measured = (error.integral, error.stretch, error.peak, error.residual)
    assert measured == pytest.approx(stated, abs=1e-4)


@pytest.mark.data
@pytest.mark.parametrize(
    ("nist", "aer", "low", "high", "ratio"),
    [
        ("acetone", "ACETAT1", 1700.0, 1790.0, 1.004),
        ("acetone", "ACETAT1", 1150.0, 1290.0, 1.036),
        ("acetonitrile", "CHCNBT2", 980.0, 1100.0, 0.993),
        ("acetonitrile", "CHCNCT2", 1400.0, 1500.0, 1.003),
        ("sulphur hexafluoride", "SF6AT2", 925.0, 960.0, 1.054),
        ("hexafluoroethane", "C2F6AT2", 1050.0, 1350.0, 1.012),
    ],
)
def test_nist_and_aer_agree_in_band_integrals_as_two_laboratories_do(
    sillage_data: Path, nist: str, aer: str, low: float, high: float, ratio: float
) -> None:
    folder = sillage_data / "gas_cross_sections"
    one, other = (
        read_spectrum(folder / file, molar_mass_g_mol=1.0, low_cm=low, high_cm=high)
        for file in (f"nist_quantir_jdx/{nist}.jdx", f"aer_xs/{aer}.gz")
    )
    measured = band_integral_cm(one, low, high) / band_integral_cm(other, low, high)
    assert measured == pytest.approx(ratio, abs=0.001)
    assert abs(measured - 1.0) <= 0.054


@pytest.mark.data
@pytest.mark.parametrize(("name", "low"), [("acetone", 650.0), ("ethylene", 702.0)])
def test_an_entry_can_be_made_again(sillage_data: Path, name: str, low: float) -> None:
    found = gas(name)
    (entry,) = [one for one in found.spectra if one.low_cm == low]
    spectrum = read_spectrum(
        source_file(sillage_data, entry),
        molar_mass_g_mol=found.molar_mass_g_mol,
        low_cm=entry.low_cm,
        high_cm=entry.high_cm,
    )
    again = fit(spectrum, entry.low_cm, entry.high_cm)
    grid = np.linspace(entry.low_cm, entry.high_cm, 500)
    ours = cross_section(name, grid)
    apart = np.linalg.norm(evaluate(again.bands, grid) - ours) / np.linalg.norm(ours)
    assert apart < 1e-3


@pytest.mark.data
def test_band_shapes_without_a_strength_are_refused_one_and_all(sillage_data: Path) -> None:
    shapes = sorted((sillage_data / "gas_cross_sections" / "coblentz_gas_jdx").glob("*.jdx"))
    assert len(shapes) > 30
    for path in shapes:
        with pytest.raises(ReadError, match="the shape of a band without its strength"):
            read_spectrum(path, molar_mass_g_mol=1.0, low_cm=700.0, high_cm=1300.0)


@pytest.mark.data
def test_hitrans_acetone_is_aers_at_the_same_temperature(sillage_data: Path) -> None:
    folder = sillage_data / "gas_cross_sections"
    one, other = (
        read_spectrum(folder / name, molar_mass_g_mol=1.0, low_cm=700.0, high_cm=1300.0)
        for name in ("CH3COCH3_233.4_375.2_700.0-1780.0_13.xsc", "aer_xs/ACETAT4.gz")
    )
    assert one.temperature_K == pytest.approx(other.temperature_K, abs=0.5)
    assert one.pressure_hPa == pytest.approx(500.2, abs=0.1)
    ratio = band_integral_cm(one, 1150.0, 1290.0) / band_integral_cm(other, 1150.0, 1290.0)
    assert ratio == pytest.approx(1.0, abs=0.06)


@pytest.mark.data
def test_the_lines_of_ammonia_sum_to_what_was_decoded_before(sillage_data: Path) -> None:
    from sillage.spectra.hitran_lines import read_marfa
    from sillage.spectra.source_file import open_source

    folder = sillage_data / "gas_cross_sections"
    lines = read_marfa(open_source(folder / "hitran_lines" / "HITRAN2020.11_NH3_marfa.bin.gz"))
    inside = (lines.centre_cm > 700.0) & (lines.centre_cm < 1300.0)
    assert lines.strength_cm[inside].sum() == pytest.approx(2.287e-17, rel=1e-3, abs=0.0)
    with np.load(folder / "gas_xsec_296K_1atm_650-1400.npz", allow_pickle=False) as kept:
        nu, sigma = kept["wavenumber_cm1"], kept["ammonia_HITRAN2020"].astype(float)
    ours = cross_section("ammonia", nu)
    assert np.trapezoid(ours, nu) == pytest.approx(np.trapezoid(sigma, nu), rel=0.03, abs=0.0)


@pytest.fixture
def own_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of the user's own gases, named by SILLAGE_GASES."""
    monkeypatch.setenv("SILLAGE_GASES", str(tmp_path))
    forget()
    return tmp_path


IDENTITY = 'name = "{name}"\nnames = []\nformula = "CH4"\ncas = "74-82-8"\n'


def test_a_gas_of_ones_own_takes_the_place_of_ours_and_adds_to_it(own_library: Path) -> None:
    (own_library / "a.toml").write_text(IDENTITY.format(name="acetone"))
    (own_library / "b.toml").write_text(IDENTITY.format(name="unobtainium"))
    assert gas("acetone").formula == "CH4"
    assert gas("unobtainium").folder == str(own_library)
    assert gas("ammonia").spectra


def test_a_gas_file_that_is_none_names_itself(own_library: Path) -> None:
    (own_library / "a.toml").write_text(IDENTITY.format(name="x") + "colour = 'blue'\n")
    with pytest.raises(ReadError, match=r"a\.toml: is no gas file: .*colour"):
        library()


def test_a_folder_that_is_none_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SILLAGE_GASES", "nowhere")
    with pytest.raises(SettingError, match="SILLAGE_GASES=nowhere is no folder"):
        library()


def test_an_imported_table_is_used_as_it_is_and_not_when_it_was_changed(own_library: Path) -> None:
    nu = np.linspace(900.0, 1000.0, 11)
    np.savez(own_library / "t.npz", wavenumber_cm=nu, cross_section_cm2=nu * 1e-21)
    content = (own_library / "t.npz").read_bytes()
    (own_library / "a.toml").write_text(
        IDENTITY.format(name="x")
        + "[[spectra]]\nlow_cm = 900.0\nhigh_cm = 1000.0\ntemperature_K = 296.0\n"
        + 'pressure_hPa = 1000.0\nresolution_cm = 0.1\nsource = "s"\nlicence = "l"\nfile = "f"\n'
        + f'sha256 = "0"\ntable = "t.npz"\ntable_sha256 = "{hashlib.sha256(content).hexdigest()}"\n'
    )
    assert cross_section("x", np.array([955.0])) == pytest.approx(955e-21, abs=0.0)
    changed = (
        (own_library / "a.toml").read_text().replace(hashlib.sha256(content).hexdigest(), "0" * 64)
    )
    (own_library / "a.toml").write_text(changed)
    forget()
    with pytest.raises(ReadError, match="other bytes than were imported"):
        cross_section("x", np.array([955.0]))
