"""Has each band its wavelength, whatever unit, order and table it came in?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cube_files import BANDS, CENTRES_NM, LINES, radiance, write_envi
from hypothesis import given
from hypothesis import strategies as st

from sillage.errors import ReadError
from sillage.records.cube import Cube
from sillage.sense.cubes import open_cube
from sillage.sense.cubes.wavelengths import spectrum_of


def listed(numbers: np.ndarray) -> str:
    return "{" + ", ".join(map(repr, numbers.tolist())) + "}"


def opened(folder: Path, ask: dict[str, Any] | None = None, **changes: Any) -> Cube:
    write_envi(folder, radiance(), **changes)
    return open_cube(folder / "scene.hdr", **(ask or {}))


@pytest.mark.parametrize(
    ("unit", "size"),
    [("Nanometers", 1.0), ("nm", 1.0), ("Micrometers", 1e-3), ("um", 1e-3), ("µm", 1e-3),
     ("microns", 1e-3), ("meters", 1e-9), ("Angstroms", 10.0)],
)  # fmt: skip
def test_a_unit_that_is_written_is_taken(tmp_path: Path, unit: str, size: float) -> None:
    cube = opened(
        tmp_path,
        wavelength=listed(CENTRES_NM * size),
        wavelength_units=unit,
        fwhm=listed(np.full(BANDS, 8.0 * size)),
    )
    np.testing.assert_allclose(cube.wavelength_nm, CENTRES_NM)
    assert cube.fwhm_nm == pytest.approx(8.0)
    assert cube.assumptions == ()


@pytest.mark.parametrize("unit", [None, "Unknown", "furlongs"])
@pytest.mark.parametrize("size", [1.0, 1e-3, 1e-9])
def test_a_unit_that_is_not_is_decided_by_magnitude_and_said(
    tmp_path: Path, unit: str | None, size: float
) -> None:
    cube = opened(tmp_path, wavelength=listed(CENTRES_NM * size), wavelength_units=unit)
    np.testing.assert_allclose(cube.wavelength_nm, CENTRES_NM)
    assert "are taken as" in cube.assumptions[0]


def test_numbers_of_bands_are_no_wavelengths(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="give a table"):
        opened(tmp_path, wavelength="{1, 2, 3, 4}", wavelength_units="Index")


@pytest.mark.parametrize(("size", "unit"), [(1.0, "Micrometers"), (1e-3, "Nanometers")])
def test_a_unit_that_makes_no_light_of_the_numbers_is_refused(
    tmp_path: Path, size: float, unit: str
) -> None:
    with pytest.raises(ReadError, match=f"in '{unit.lower()}', which is .* nm.*Mend the unit"):
        opened(tmp_path, wavelength=listed(CENTRES_NM * size), wavelength_units=unit)


def test_wavenumbers_become_wavelengths_in_rising_order(tmp_path: Path) -> None:
    numbers = np.array([800.0, 900.0, 1000.0, 1100.0])
    cube = opened(
        tmp_path, wavelength=listed(numbers), wavelength_units="Wavenumber",
        fwhm="{4, 4, 4, 4}",
    )  # fmt: skip
    np.testing.assert_allclose(cube.wavelength_nm, np.sort(1e7 / numbers))
    np.testing.assert_allclose(cube.read(0, LINES), radiance()[..., ::-1])
    edges = 1e7 / (1000.0 - 2.0) - 1e7 / (1000.0 + 2.0)
    assert cube.fwhm_nm is not None
    assert cube.fwhm_nm[1] == pytest.approx(edges, rel=1e-4)


@given(st.permutations(range(BANDS)))
def test_bands_in_any_order_are_put_in_rising_order(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    cube = opened(
        folder,
        wavelength=listed(CENTRES_NM[order]),
        bbl=listed(np.array([0.0, 1.0, 1.0, 1.0])[order]),
        fwhm=listed(np.array([5.0, 6.0, 7.0, 8.0])[order]),
    )
    np.testing.assert_array_equal(cube.wavelength_nm, CENTRES_NM)
    np.testing.assert_array_equal(cube.fwhm_nm, [5.0, 6.0, 7.0, 8.0])
    assert cube.usable.tolist() == [False, True, True, True]
    np.testing.assert_array_equal(cube.read(0, LINES)[..., order], radiance())
    assert cube.masked[0].reason == "bad band"
    assert bool(cube.assumptions) == (order != sorted(order))


TABLES = {
    "bands.csv": "band,wavelength_nm,fwhm_nm\n0,2100,8\n1,2200,8\n2,2300,8\n3,2400,8\n",
    "um.csv": "wavelength (um);fwhm (um)\n2.1;0.008\n2.2;0.008\n2.3;0.008\n2.4;0.008\n",
    "isofit.txt": "0 2.1 0.008\n1 2.2 0.008\n2 2.3 0.008\n3 2.4 0.008\n",
    "two.txt": "# centre width\n2100 8\n2200 8\n2300 8\n2400 8\n",
    "bands.json": '{"wavelength_nm": [2100, 2200, 2300, 2400], "fwhm_nm": [8, 8, 8, 8]}',
    "other.hdr": "ENVI\nwavelength units = nm\nwavelength = {2100, 2200, 2300, 2400}\n"
    "fwhm = {8, 8, 8, 8}\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_any_kind_gives_centres_and_widths(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TABLES[name], "utf-8")
    cube = opened(tmp_path, {"wavelengths": tmp_path / name}, wavelength=None)
    np.testing.assert_allclose(cube.wavelength_nm, CENTRES_NM)
    assert cube.fwhm_nm == pytest.approx(8.0)


@pytest.mark.parametrize("given_as", [CENTRES_NM, CENTRES_NM.tolist(), tuple(CENTRES_NM / 1000)])
def test_centres_may_be_given_as_numbers(tmp_path: Path, given_as: Any) -> None:
    cube = opened(tmp_path, {"wavelengths": given_as}, wavelength="{1, 2, 3}")
    np.testing.assert_allclose(cube.wavelength_nm, CENTRES_NM)


def test_a_table_of_some_bands_opens_these_only(tmp_path: Path) -> None:
    table = tmp_path / "some.json"
    table.write_text(json.dumps({"wavelength_nm": [2300, 2400], "first_band": 2}), "utf-8")
    cube = opened(tmp_path, {"wavelengths": table}, wavelength=None)
    np.testing.assert_array_equal(cube.read(0, LINES), radiance()[..., 2:])
    assert [(one.reason, one.count) for one in cube.masked] == [("band without wavelength", 2)]


@pytest.mark.parametrize(
    "text",
    ["", "a,b\n1,2\n", "wavelength_nm\n2100\nx\n", "[]", "{}", '{"wavelength_nm": "x"}', "[[1], 2]",
     '{"wavelength_nm": [1], "fwhm_um": [1]}', "[" * 9999, "1 2 3\n4 5\n", "ENVI\nlines = 3\n",
     "[[2100, 2200], [2300, 2400]]", '{"wavelength_nm": [1e999], "first_band": "x"}'],
)  # fmt: skip
def test_what_is_no_table_says_what_one_is(tmp_path: Path, text: str) -> None:
    (tmp_path / "bands.csv").write_text(text, "utf-8")
    with pytest.raises(ReadError, match=r"no table of wavelengths|without wavelengths"):
        opened(tmp_path, {"wavelengths": tmp_path / "bands.csv"})


@given(st.text())
def test_any_text_is_a_table_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        spectrum_of(path)
    except ReadError:
        return


def test_a_table_that_is_missing_says_so(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be opened"):
        opened(tmp_path, {"wavelengths": str(tmp_path / "none.csv")})
