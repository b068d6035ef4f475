"""Do the real files open, and hold what is known of them?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sillage.errors import ReadError
from sillage.sense.cubes import open_cube
from sillage.sense.cubes.wavelengths import spectrum_of

pytestmark = pytest.mark.data
CUTS = ("airport-1", "airport-2", "beach-1", "urban-1", "urban-2", "urban-3")


@pytest.mark.parametrize("name", CUTS)
def test_aviris_cuts_open_by_their_last_fifty_bands(
    sillage_data: Path, tmp_path: Path, name: str
) -> None:
    folder = sillage_data / "aviris_backgrounds"
    listed = json.loads((folder / "swir2_wavelengths.json").read_text("utf-8"))
    known = listed[f"abu-{name}.mat"]
    table = tmp_path / "bands.json"
    table.write_text(
        json.dumps({"wavelength_nm": known["wl_last50"], "first_band": known["swir2_first_index"]}),
        "utf-8",
    )
    cube = open_cube(folder / f"abu-{name}.mat", wavelengths=table, unit="counts")
    assert cube.about.quantity == "counts"
    assert cube.masked[-1].count == known["nb"] - 50
    assert len(cube.wavelength_nm) == 50
    numbers = cube.read(0, cube.lines)
    assert numbers.shape == (cube.lines, cube.samples, 50)
    # Water vapour and CO2 absorb around 2010 nm: each scene is darker there than at 2130 nm.
    dark, bright = (int(np.argmin(abs(cube.wavelength_nm - nm))) for nm in (2010.0, 2130.0))
    assert np.nanmedian(numbers[..., dark]) < 0.8 * np.nanmedian(numbers[..., bright])


def test_aviris_cuts_without_wavelengths_ask_for_them(sillage_data: Path) -> None:
    with pytest.raises(ReadError, match="no wavelengths for its 205 bands; give them"):
        open_cube(sillage_data / "aviris_backgrounds" / "abu-airport-1.mat")


def test_the_mag1c_table_opens_by_its_header_beside_a_lut(sillage_data: Path) -> None:
    """31,800 bands of float64, band-sequential, in a file called .lut."""
    header = sillage_data / "instrument" / "mag1c_ch4.hdr"
    cube = open_cube(header, unit="W m-2 sr-1 um-1")
    assert (cube.lines, cube.samples, len(cube.wavelength_nm)) == (1, 7, 31_800)
    assert cube.wavelength_nm[[0, -1]] == pytest.approx([1399.58997, 2522.03638])
    stored = np.fromfile(header.with_suffix(".lut"), "<f8").reshape(31_800, 1, 7)
    read = cube.read(0, 1)
    np.testing.assert_array_equal(read, stored.transpose(1, 2, 0).astype(np.float32))


def test_the_smile_of_emit_opens_by_a_header_beside_a_file_without_suffix(
    sillage_data: Path,
) -> None:
    """328 rows of the detector by 1280 columns: centres and widths, in micrometres or nm."""
    path = sillage_data / "instrument" / "EMIT_WavelengthCenters_20220421"
    cube = open_cube(path, wavelengths=[1.0, 2.0], unit="counts")
    assert (cube.lines, cube.samples) == (328, 1280)
    stored = np.fromfile(path, "<f4").reshape(328, 1280, 2)
    np.testing.assert_array_equal(cube.read(0, 328), stored)


def test_the_wavelengths_of_emit_are_a_table(sillage_data: Path) -> None:
    spectrum = spectrum_of(sillage_data / "instrument" / "EMIT_Wavelengths_20241025.txt")
    assert len(spectrum.centre) == 328
    assert (spectrum.centre.min(), spectrum.centre.max()) == pytest.approx((0.22, 2.64), abs=0.02)
    assert spectrum.fwhm is not None
    assert spectrum.fwhm[0] == 0.0  # rows of the detector without light have no width
    assert np.median(spectrum.fwhm[spectrum.fwhm > 0.0]) == pytest.approx(0.0085, abs=0.0005)
