"""What becomes of numbers that are no radiance, of units, and of wavelengths?"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cube_files import BANDS, CENTRES_NM, LINES, SAMPLES, radiance, write_envi
from hypothesis import given
from hypothesis import strategies as st

from sillage.errors import ReadError, SettingError
from sillage.records.cube import Cube
from sillage.sense.cubes import open_cube
from sillage.sense.cubes.units import factor_of, unit_within

TOTAL = LINES * SAMPLES * BANDS


def opened(
    folder: Path, cube: np.ndarray, ask: dict[str, Any] | None = None, **changes: Any
) -> Cube:
    write_envi(folder, cube, **changes)
    return open_cube(folder / "scene.hdr", **(ask or {}))


def test_every_value_that_is_none_is_nan_and_counted_once(tmp_path: Path) -> None:
    cube = radiance()
    cube[0, 0] = -9999.0
    cube[1, 1, 1] = np.nan
    cube[1, 1, 2] = np.inf
    cube[2, 2] = -0.5
    made = opened(tmp_path, cube, data_ignore_value=-9999, saturation_value=120)
    left_out: Counter[str] = Counter()
    read = made.read(0, LINES, left_out=left_out)
    saturated = int((cube == 120.0).sum())
    assert left_out == Counter(
        {"no data": BANDS, "not a number": 2, "negative": BANDS, "saturated": saturated}
    )
    assert np.isnan(read).sum() == left_out.total()
    parts: Counter[str] = Counter()
    for line in range(LINES):
        made.read(line, line + 1, left_out=parts)
    assert parts == left_out


def test_negative_radiance_is_kept_where_it_is_asked_for(tmp_path: Path) -> None:
    cube = radiance()
    cube[2, 2] = -0.5
    made = opened(tmp_path, cube, {"negative": "keep"})
    np.testing.assert_array_equal(made.read(0, LINES), cube)
    assert "negative radiance is kept" in made.assumptions


@pytest.mark.parametrize("kind", ["u1", "i2", "u2", "i4"])
def test_the_largest_whole_number_is_saturated(tmp_path: Path, kind: str) -> None:
    cube = radiance().astype(kind)
    cube[0, 0, 0] = np.iinfo(kind).max
    assert np.isnan(opened(tmp_path, cube).read(0, 1)[0, 0, 0])


def test_a_fill_of_single_precision_is_met_as_its_text_was_rounded(tmp_path: Path) -> None:
    cube = radiance()
    cube[0, 0] = np.finfo(np.float32).min
    made = opened(tmp_path, cube, data_ignore_value="-3.40282346638528859e+38")
    left_out: Counter[str] = Counter()
    made.read(0, 1, left_out=left_out)
    assert left_out == {"no data": BANDS}


def test_zeros_of_a_map_without_a_fill_are_no_data_and_it_says_so(tmp_path: Path) -> None:
    cube = radiance()
    cube[0] = 0.0
    info = "{Geographic Lat/Lon, 1, 1, -103, 32, 0.001, 0.001, WGS-84}"
    made = opened(tmp_path, cube, map_info=info)
    assert np.isnan(made.read(0, 1)).all()
    assert any("0 is taken as none" in note for note in made.assumptions)
    assert not np.isnan(opened(tmp_path, cube).read(0, 1)).any()


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("uW/cm^2/nm/sr", 10.0),
        ("uW cm-2 sr-1 nm-1", 10.0),
        ("uW nm-1 cm-2 sr-1", 10.0),
        ("µW/(cm² nm sr)", 10.0),
        ("microwatts per centimeter_squared per nanometer per steradian", 10.0),
        ("W m-2 sr-1 um-1", 1.0),
        ("W/m^2/sr/um", 1.0),
        ("W/m^2/micrometer/sr", 1.0),
        ("mW/(m2 sr nm)", 1.0),
        ("W·m⁻²·sr⁻¹·nm⁻¹", 1000.0),  # the minus sign of typesetters
        ("microflick", 0.01),
    ],
)
def test_a_unit_in_any_spelling_scales_to_ours(tmp_path: Path, unit: str, size: float) -> None:
    made = opened(tmp_path, radiance(), data_units=unit)
    np.testing.assert_allclose(made.read(0, LINES), radiance() * np.float32(size), rtol=1e-6)
    assert made.assumptions == ()
    asked = opened(tmp_path, radiance(), {"unit": unit}, data_units=None)
    np.testing.assert_array_equal(asked.read(0, 1), made.read(0, 1))


@given(st.floats(300.0, 20_000.0))
def test_radiance_per_wavenumber_holds_the_same_energy(nm: float) -> None:
    """L dlambda = L dnu, so one unit per cm-1 is 1e4 / lambda_um^2 per um."""
    factor = factor_of("W m-2 sr-1 (cm-1)-1", np.array([nm]))[0]
    assert factor == pytest.approx(1e4 / (nm * 1e-3) ** 2)


def test_a_unit_is_found_in_a_description(tmp_path: Path) -> None:
    words = "AVIRIS-NG Measured Radiances in uW nm-1 cm-2 sr-1, version 2"
    assert unit_within(words) == "uW nm-1 cm-2 sr-1"
    made = opened(tmp_path, radiance(), data_units=None, description="{" + words + "}")
    np.testing.assert_allclose(made.read(0, 1), 10 * radiance()[:1], rtol=1e-6)


@pytest.mark.parametrize("unit", ["K", "W m-2", "W", "", "counts per second", "m/s", "((((", "/"])
def test_what_is_no_unit_of_radiance_is_refused(unit: str) -> None:
    with pytest.raises(ValueError, match=re.escape(unit)):
        factor_of(unit, CENTRES_NM)


def test_a_unit_that_the_user_misspells_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="no unit of radiance; write for example"):
        opened(tmp_path, radiance(), {"unit": "furlongs"})


@pytest.mark.parametrize(
    ("factor", "changes"),
    [
        (0.008, {"data_units": None}),
        (100.0, {"reflectance_scale_factor": 10000, "data_units": None}),
        (1.0, {"data_units": None, "description": "{Surface Reflectance}"}),
        (1.0, {"data_units": "Reflectance (unitless)"}),
    ],
)
def test_reflectance_is_refused_with_the_remedy(
    tmp_path: Path, factor: float, changes: dict[str, Any]
) -> None:
    with pytest.raises(ReadError, match=r"reflectance, not radiance.*open the at-sensor radiance"):
        opened(tmp_path, radiance() * np.float32(factor), **changes)


def test_small_radiance_opens_once_its_unit_is_said(tmp_path: Path) -> None:
    made = opened(tmp_path, radiance() / 100, {"unit": "uW cm-2 sr-1 nm-1"}, data_units=None)
    np.testing.assert_allclose(made.read(0, 1), radiance()[:1] / 10, rtol=1e-6)


@pytest.mark.parametrize(
    ("factor", "quantity", "size"), [(0.014, "radiance", 10.0), (0.1, "radiance", 1.0),
                                     (50.0, "counts", 1.0)],
)  # fmt: skip
def test_numbers_without_a_unit_are_taken_by_their_size_and_it_says_so(
    tmp_path: Path, factor: float, quantity: str, size: float
) -> None:
    cube = radiance() * np.float32(factor)
    made = opened(tmp_path, cube, data_units=None)
    assert made.about.quantity == quantity
    np.testing.assert_allclose(made.read(0, LINES), cube * size, rtol=1e-6)
    assert "no unit is written" in made.assumptions[0]


def test_gains_and_offsets_of_bands_follow_their_bands(tmp_path: Path) -> None:
    gains, offsets = np.array([0.1, 0.2, 0.3, 0.4]), np.array([1.0, 2.0, 3.0, 4.0])
    made = opened(
        tmp_path,
        radiance().astype("i2"),
        data_units=None,
        wavelength="{2400, 2300, 2200, 2100}",
        data_gain_values="{0.1, 0.2, 0.3, 0.4}",
        data_offset_values="{1, 2, 3, 4}",
    )
    expected = (radiance() * gains + offsets)[..., ::-1]
    np.testing.assert_allclose(made.read(0, LINES), expected, rtol=1e-6)
    assert any("gains are taken" in note for note in made.assumptions)


def test_a_radiance_scale_factor_divides(tmp_path: Path) -> None:
    made = opened(tmp_path, radiance().astype("i2"), radiance_scale_factor=10)
    np.testing.assert_allclose(made.read(0, 1), radiance()[:1] / 10, rtol=1e-6)
