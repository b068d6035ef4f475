"""Does every text that calls itself an ENVI header either read or say what is wrong?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cube_files import LINES, envi_fields, header_text, radiance, write_envi
from hypothesis import given, settings
from hypothesis import strategies as st

from sillage.errors import InputError, ReadError
from sillage.sense.cubes import open_cube
from sillage.sense.cubes.envi_header import parse_header, spectrum_in

KEYS = ("samples", "lines", "bands", "header offset", "data type", "interleave", "byte order",
        "wavelength", "wavelength units", "fwhm", "bbl", "map info", "data ignore value",
        "data gain values", "file type", "coordinate system string")  # fmt: skip
VALUES = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(str),
    st.text(max_size=30),
    st.lists(st.floats().map(str), max_size=5).map(lambda items: "{" + ", ".join(items) + "}"),
    st.lists(st.text(max_size=8), max_size=12).map(lambda items: "{" + ",".join(items) + "}"),
)


@given(st.text())
def test_any_text_behind_the_first_word_is_a_header_or_an_error(text: str) -> None:
    try:
        header = parse_header("ENVI" + text, "fuzz.hdr")
    except ReadError:
        return
    for key in header.fields:
        try:
            header.numbers(key)
        except ReadError:
            continue


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5))
def test_fields_of_any_kind_never_crash_the_door(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[str, str]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    write_envi(folder, radiance())
    fields = envi_fields(radiance(), "bil", 0) | changes
    (folder / "scene.hdr").write_bytes(header_text(fields).encode("utf-8", "surrogatepass"))
    try:
        cube = open_cube(folder / "scene.hdr")
        cube.read(0, min(cube.lines, 2))
        cube.geolocation(0, 1)
    except InputError:
        return


@given(st.dictionaries(st.sampled_from(KEYS), st.integers(0, 99).map(str)), st.booleans())
def test_what_is_written_is_what_is_read(fields: dict[str, str], windows: bool) -> None:
    text = header_text(fields).replace("\n", "\r\n" if windows else "\n")
    assert parse_header(text, "a.hdr").fields == fields


def test_the_spellings_that_are_met_are_understood() -> None:
    text = (
        "ENVI\n; a comment with = and {\nDescription = {\n  two lines,\n  band = 7}\n"
        "  Samples=5\nWavelength   Units = Micrometers\nwavelength = {\n 2.1,\n 2.2 , 2.3,}\n"
        "fwhm = { 0.1, 0.1, 0.1 }\nbbl = {1, 0, 1}\n"
    )
    header = parse_header(text, "a.hdr")
    assert header.whole("samples") == 5
    assert "band" not in header.fields
    spectrum = spectrum_in(header)
    assert spectrum is not None
    assert spectrum.bad is not None
    assert (spectrum.centre.tolist(), spectrum.unit) == ([2.1, 2.2, 2.3], "Micrometers")
    assert spectrum.bad.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"bands": 10**9}, "cut short: none of 6 lines is whole"),
        ({"lines": 10**12}, "cut short: 6 of 1000000000000 lines are whole"),
        ({"lines": 10**17, "samples": 10**17, "bands": 10**17}, "none of 1.* lines is whole"),
        ({"lines": 10**30}, "no whole number"),
        ({"samples": -5}, "no whole number"),
        ({"samples": 0}, "describes 6 lines, 0 samples"),
        ({"samples": None}, "'samples' is missing"),
        ({"header_offset": 10**15}, "none of 6 lines is whole"),
        ({"data_type": 6}, "complex"),
        ({"data_type": 7}, "data type = 7 is none of"),
        ({"byte_order": 2}, "byte order = 2"),
        ({"interleave": "tile"}, "interleave = 'tile'"),
        ({"file_compression": 1}, "is compressed"),
        ({"major_frame_offsets": "{4, 4}"}, "major frame offsets"),
        ({"file_type": "ENVI Spectral Library"}, "not an image"),
        ({"wavelength": "{2100, 2200, 2300"}, "never closed"),
        ({"wavelength": "{2100, 2200, x, 2400}"}, "holds 'x', which is no number"),
        ({"wavelength": "{2100, 2200, 2300}"}, "4 bands, but its header has 3 wavelengths"),
        ({"wavelength": "{2100, 2200, nan, 2400}"}, "band 2 has the wavelength nan"),
        ({"wavelength": "{2100, 2200, 0, 2400}"}, "band 2 has the wavelength 0"),
        ({"wavelength": None}, "no wavelengths for its 4 bands"),
        ({"fwhm": "{10, 10}"}, "4 wavelengths but 2 widths"),
        ({"bbl": "{1, 0}"}, "4 wavelengths but 2 marks"),
        ({"data_gain_values": "{1, 2}"}, "2 gains for 4 bands"),
        ({"data_ignore_value": "{1, 2}"}, "must be one number"),
    ],
)
def test_a_hostile_or_damaged_header_is_refused_in_words(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    write_envi(tmp_path, radiance())
    fields = envi_fields(radiance(), "bil", 0)
    fields |= {key.replace("_", " "): value for key, value in changes.items()}
    (tmp_path / "scene.hdr").write_text(header_text(fields), "utf-8")
    with pytest.raises(ReadError, match=problem):
        open_cube(tmp_path / "scene.hdr")


@pytest.mark.parametrize("key", ["header file", "data file", "image file", "file name"])
def test_no_path_in_a_header_is_followed(tmp_path: Path, key: str) -> None:
    (tmp_path / "inner").mkdir()
    write_envi(tmp_path, radiance(seed=9), name="secret.img")
    write_envi(tmp_path / "inner", radiance(), **{key.replace(" ", "_"): "../secret.img"})
    cube = open_cube(tmp_path / "inner" / "scene.hdr")
    np.testing.assert_array_equal(cube.read(0, LINES), radiance())
    (tmp_path / "inner" / "scene.img").unlink()
    with pytest.raises(ReadError, match="not beside it"):
        open_cube(tmp_path / "inner" / "scene.hdr")


def test_a_header_without_byte_order_is_little_endian_and_says_so(tmp_path: Path) -> None:
    write_envi(tmp_path, radiance(), byte_order=None)
    cube = open_cube(tmp_path / "scene.hdr")
    np.testing.assert_array_equal(cube.read(0, LINES), radiance())
    assert "no byte order is written" in cube.assumptions[0]


def test_a_header_of_100_mb_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    with (tmp_path / "scene.hdr").open("wb") as stream:
        stream.write(b"ENVI\n")
        stream.truncate(100_000_000)
    with pytest.raises(ReadError, match="too large for a header"):
        open_cube(tmp_path / "scene.hdr")
