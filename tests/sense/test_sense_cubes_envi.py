"""Does an ENVI cube read the same whatever its layout, its pieces and what lies beside it?"""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from cube_files import (
    BANDS,
    CENTRES_NM,
    ENVI_TYPES,
    LINES,
    SAMPLES,
    radiance,
    write_envi,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from sillage.errors import ReadError
from sillage.records.cube import Cube
from sillage.sense.cubes import open_cube

UTM = "{UTM, 1, 1, 500000, 4000000, 20, 20, 13, North, WGS-84, units=Meters}"


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("kind", ENVI_TYPES)
@pytest.mark.parametrize("interleave", ["bsq", "bil", "bip"])
def test_every_layout_holds_the_same_radiance(
    tmp_path: Path, interleave: str, kind: str, order: int
) -> None:
    cube = radiance()
    write_envi(tmp_path, cube.astype(kind), interleave=interleave, order=order, header_offset=37)
    opened = open_cube(tmp_path / "scene.hdr")
    assert isinstance(opened, Cube)
    assert (opened.lines, opened.samples) == (LINES, SAMPLES)
    np.testing.assert_array_equal(opened.wavelength_nm, CENTRES_NM)
    np.testing.assert_array_equal(opened.read(0, LINES), cube)
    assert opened.assumptions == ()


@settings(max_examples=40)
@given(
    st.sampled_from(["bsq", "bil", "bip"]),
    st.lists(st.tuples(st.integers(0, LINES), st.integers(0, LINES)), max_size=6),
    st.lists(st.integers(0, BANDS - 1), max_size=6),
)
def test_any_order_of_pieces_and_bands_reads_as_the_whole(
    tmp_path_factory: pytest.TempPathFactory,
    interleave: str,
    cuts: list[tuple[int, int]],
    bands: list[int],
) -> None:
    write_envi(tmp_path := tmp_path_factory.mktemp("cube"), radiance(), interleave=interleave)
    cube = open_cube(tmp_path / "scene.hdr")
    whole = cube.read(0, LINES)
    chosen = np.array(bands, dtype=np.int64)
    for one, other in cuts:
        start, stop = sorted((one, other))
        np.testing.assert_array_equal(cube.read(start, stop), whole[start:stop])
        np.testing.assert_array_equal(cube.read(start, stop, chosen), whole[start:stop, :, chosen])


@pytest.mark.parametrize("suffix", ["", ".img", ".dat", ".raw", ".bil", ".bsq", ".bip", ".lut"])
def test_header_and_numbers_find_each_other(tmp_path: Path, suffix: str) -> None:
    write_envi(tmp_path, radiance(), name=f"scene{suffix}")
    for named in ("scene.hdr", f"scene{suffix}"):
        np.testing.assert_array_equal(open_cube(tmp_path / named).read(0, LINES), radiance())
    (tmp_path / "scene.hdr").rename(tmp_path / f"scene{suffix}.hdr")
    for named in (f"scene{suffix}.hdr", f"scene{suffix}"):
        np.testing.assert_array_equal(open_cube(tmp_path / named).read(0, LINES), radiance())


def test_a_header_alone_says_where_its_numbers_belong(tmp_path: Path) -> None:
    write_envi(tmp_path, radiance())
    (tmp_path / "scene.img").unlink()
    with pytest.raises(ReadError, match=r"numbers are not beside it: put 'scene' or 'scene.img'"):
        open_cube(tmp_path / "scene.hdr")


@pytest.mark.parametrize("interleave", ["bil", "bip"])
@pytest.mark.parametrize("lost_bytes", [1, 4 * SAMPLES * BANDS, 4 * SAMPLES * BANDS + 1])
def test_a_cube_cut_short_says_how_many_lines_are_whole_and_offers_them(
    tmp_path: Path, interleave: str, lost_bytes: int
) -> None:
    write_envi(tmp_path, radiance(), interleave=interleave)
    numbers = (tmp_path / "scene.img").read_bytes()
    (tmp_path / "scene.img").write_bytes(numbers[:-lost_bytes])
    whole = LINES - 1 - (lost_bytes > 4 * SAMPLES * BANDS)
    with pytest.raises(ReadError, match=f"{whole} of {LINES} lines are whole.*whole_lines=True"):
        open_cube(tmp_path / "scene.hdr")
    cube = open_cube(tmp_path / "scene.hdr", whole_lines=True)
    np.testing.assert_array_equal(cube.read(0, cube.lines), radiance()[:whole])
    assert [(one.reason, one.count, one.total) for one in cube.masked] == [
        ("line cut off", LINES - whole, LINES)
    ]


def test_a_band_sequential_cube_cut_in_its_last_band_keeps_the_lines_that_all_bands_have(
    tmp_path: Path,
) -> None:
    write_envi(tmp_path, radiance(), interleave="bsq")
    numbers = (tmp_path / "scene.img").read_bytes()
    (tmp_path / "scene.img").write_bytes(numbers[: -4 * SAMPLES * 2 - 3])
    cube = open_cube(tmp_path / "scene.hdr", whole_lines=True)
    np.testing.assert_array_equal(cube.read(0, cube.lines), radiance()[: LINES - 3])
    bands = np.array([3, 0])
    np.testing.assert_array_equal(cube.read(1, 3, bands), radiance()[1:3, :, bands])
    (tmp_path / "scene.img").write_bytes(numbers[: 4 * SAMPLES * LINES * 2])
    with pytest.raises(ReadError, match="2 of 4 bands are whole and no line is"):
        open_cube(tmp_path / "scene.hdr", whole_lines=True)


def test_a_cube_that_shrinks_while_it_is_open_is_an_error_and_no_crash(tmp_path: Path) -> None:
    write_envi(tmp_path, radiance())
    cube = open_cube(tmp_path / "scene.hdr")
    (tmp_path / "scene.img").write_bytes(b"1234")
    with pytest.raises(ReadError, match="can no longer be read"):
        cube.read(0, 1)


def test_a_cube_travels_to_another_process(tmp_path: Path) -> None:
    write_envi(tmp_path, radiance())
    cube = pickle.loads(pickle.dumps(open_cube(tmp_path / "scene.hdr")))  # noqa: S301  # our own
    np.testing.assert_array_equal(cube.read(0, LINES), radiance())


def test_a_map_places_its_pixels_by_their_corners(tmp_path: Path) -> None:
    import pyproj

    write_envi(tmp_path, radiance(), map_info=UTM, data_ignore_value=-9999)
    cube = open_cube(tmp_path / "scene.hdr")
    assert cube.grid == "map"
    place = cube.geolocation(2, 4)
    assert place is not None
    to_utm = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32613", always_xy=True)
    east, north = to_utm.transform(place.lon_deg, place.lat_deg)
    np.testing.assert_allclose(east[0], 500_010.0 + 20.0 * np.arange(SAMPLES), atol=1e-3)
    np.testing.assert_allclose(north[:, 0], 4_000_000.0 - 20.0 * np.array([2.5, 3.5]), atol=1e-3)


def test_turning_a_map_turns_its_steps(tmp_path: Path) -> None:
    turned = UTM.replace("units", "rotation=90.0, units")
    write_envi(tmp_path, radiance(), map_info=turned, data_ignore_value=-9999)
    place = open_cube(tmp_path / "scene.hdr").geolocation(0, LINES)
    assert place is not None
    assert (np.diff(place.lat_deg, axis=1) > 1e-5).all()
    assert (np.diff(place.lon_deg, axis=0) > 1e-5).all()


@pytest.mark.parametrize("items", ["{UTM, 1, 1, x, 4, 20, 20}", "{Mars Sinus, 1, 1, 1, 1, 1, 1}"])
def test_a_map_that_is_not_understood_says_so(tmp_path: Path, items: str) -> None:
    write_envi(tmp_path, radiance(), map_info=items)
    with pytest.raises(ReadError, match=r"map info|projection"):
        open_cube(tmp_path / "scene.hdr")


def write_beside(folder: Path, name: str, planes: list[np.ndarray]) -> None:
    stacked = np.stack(planes, axis=2).astype("f8")
    write_envi(folder, stacked, name=name, interleave="bip", wavelength=None, map_info=None)


@pytest.mark.parametrize("cube", ["ang20190624t230039_rdn_v2u1_img", "ang20190624t230039_rdn_clip"])
def test_places_and_angles_of_aviris_lie_beside_it(tmp_path: Path, cube: str) -> None:
    write_envi(tmp_path, radiance(), name=cube)
    row, column = np.mgrid[0:LINES, 0:SAMPLES].astype(float)
    line = "ang20190624t230039"
    write_beside(tmp_path, f"{line}_rdn_loc", [-103.0 + 1e-4 * column, 32.0 - 1e-4 * row, row])
    angles = [np.full_like(row, one) for one in (3000.0, 90.0, 5.0, 180.0, 35.0)]
    write_beside(tmp_path, f"{line}_rdn_obs", angles)
    write_beside(tmp_path, f"{line}_rdn_obs_ort", [one[:2] for one in angles])
    opened = open_cube(tmp_path / f"{cube}.hdr")
    place = opened.geolocation(1, 3)
    assert place is not None
    np.testing.assert_allclose(place.lon_deg[0], -103.0 + 1e-4 * np.arange(SAMPLES))
    np.testing.assert_allclose(place.ground_height_m, row[1:3])
    assert place.sun_zenith_deg is not None
    assert place.view_zenith_deg is not None
    assert (place.sun_zenith_deg == 35.0).all()
    assert (place.view_zenith_deg == 5.0).all()
    assert opened.about.instrument == "AVIRIS-NG"
    assert opened.about.observed_at is not None
    assert opened.about.observed_at.start.isoformat() == "2019-06-24T23:00:39+00:00"


def test_an_igm_in_metres_gives_degrees(tmp_path: Path) -> None:
    write_envi(tmp_path, radiance(), name="f110913t01p00r07_rdn_b")
    row, column = np.mgrid[0:LINES, 0:SAMPLES].astype(float)
    planes = np.stack([500_000.0 + 20 * column, 4_000_000.0 - 20 * row, row], axis=2)
    write_envi(
        tmp_path,
        planes,
        name="f110913t01p00r07_rdn_igm",
        wavelength=None,
        description="{easting, northing and height, UTM zone 13 N}",
    )
    place = open_cube(tmp_path / "f110913t01p00r07_rdn_b.hdr").geolocation(0, 1)
    assert place is not None
    assert place.lon_deg[0, 0] == pytest.approx(-105.0, abs=1e-6)


def test_what_belongs_to_another_line_is_left_alone(tmp_path: Path) -> None:
    write_envi(tmp_path, radiance(), name="ang20190624t230039_rdn_clip")
    row = np.zeros((LINES, SAMPLES))
    write_beside(tmp_path, "ang20190624t231414_rdn_loc", [row, row, row])
    assert open_cube(tmp_path / "ang20190624t230039_rdn_clip.hdr").geolocation(0, 1) is None
