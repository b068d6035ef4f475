"""Does the same radiance come out of every format, and is each told by its content?"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cube_files import (
    BANDS,
    CENTRES_NM,
    LINES,
    SAMPLES,
    UNIT,
    radiance,
    write_aviris3,
    write_emit,
    write_envi,
    write_tiff,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from sillage.errors import InputError, ReadError, UnknownName
from sillage.sense.cubes import open_cube

BANDS_CSV = "wavelength_nm,fwhm_nm\n" + "".join(f"{one},8\n" for one in CENTRES_NM)


def write_hdf5(folder: Path) -> Path:
    import h5py

    with h5py.File(folder / "any.h5", "w") as file:
        array = file.create_dataset("swath/l1/Radiance", data=radiance().transpose(2, 0, 1))
        array.attrs["units"] = UNIT
        file.create_dataset("swath/l1/wavelengths", data=CENTRES_NM)
        file["swath/l1/wavelengths"].attrs["units"] = "nm"
        file.create_dataset("swath/l1/quality", data=np.zeros((LINES, SAMPLES, 3), "u1"))
    return folder / "any.h5"


def write_netcdf4(folder: Path) -> Path:
    import xarray as xr

    axes = ("y", "x", "wavelength")
    path = folder / "any.nc"
    xr.Dataset(
        {"L": (axes, radiance(), {"units": UNIT})},
        coords={"wavelength": ("wavelength", CENTRES_NM, {"units": "nm"}),
                "lon": (axes[:2], np.zeros((LINES, SAMPLES))),
                "lat": (axes[:2], np.ones((LINES, SAMPLES)))},
    ).to_netcdf(path, engine="h5netcdf")  # fmt: skip
    return path


def write_netcdf3(folder: Path) -> Path:
    import xarray as xr

    axes = ("wavelength", "y", "x")
    xr.Dataset(
        {"radiance": (axes, radiance().transpose(2, 0, 1), {"units": UNIT})},
        coords={"wavelength": ("wavelength", CENTRES_NM, {"units": "nm"})},
    ).to_netcdf(folder / "classic.nc", engine="scipy", format="NETCDF3_64BIT")
    return folder / "classic.nc"


def write_mat5(folder: Path) -> Path:
    import scipy.io

    numbers = radiance().astype("i2")
    content = {
        "data": numbers,
        "map": np.zeros((LINES, SAMPLES), "u1"),
        "wavelength_nm": CENTRES_NM,
    }
    scipy.io.savemat(folder / "cut.mat", content, do_compression=True)
    return folder / "cut.mat"


def write_mat73(folder: Path) -> Path:
    import h5py

    path = folder / "big.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file.create_dataset("data", data=radiance().transpose(2, 1, 0))
        file.create_dataset("wavelengths", data=CENTRES_NM[None])
        file.create_dataset("#refs#/a", data=radiance())
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512, b" "))
    return path


def write_described_tiff(folder: Path) -> Path:
    import rasterio

    path = write_tiff(folder / "described.tif", radiance())
    with rasterio.open(path, "r+") as tiff:
        for band, centre in enumerate(CENTRES_NM, 1):
            tiff.set_band_description(band, f"Band {band} ({centre / 1000:.3f} um)")
    return path


def write_tagged_tiff(folder: Path) -> Path:
    import rasterio

    path = write_tiff(folder / "tagged.tif", radiance(), tiled=True, blockxsize=16, blockysize=16)
    with rasterio.open(path, "r+") as tiff:
        for band, centre in enumerate(CENTRES_NM, 1):
            tiff.update_tags(band, wavelength=str(centre), wavelength_units="nanometers", fwhm="8")
    return path


def write_tiff_with_table(folder: Path) -> Path:
    (folder / "plain_wavelengths.csv").write_text(BANDS_CSV, "utf-8")
    return write_tiff(folder / "plain.tif", radiance(), compress="deflate", interleave="pixel")


Writer = Callable[[Path], Path]
WRITERS: dict[str, Writer] = {
    "envi": lambda folder: write_envi(folder, radiance()),
    "emit": lambda folder: write_emit(folder, radiance() / 10),
    "aviris3": lambda folder: write_aviris3(folder, radiance() / 10),
    "hdf5": write_hdf5,
    "netcdf4": write_netcdf4,
    "netcdf3": write_netcdf3,
    "matlab 5": write_mat5,
    "matlab 7.3": write_mat73,
    "described tiff": write_described_tiff,
    "tagged tiff": write_tagged_tiff,
    "tiff with table": write_tiff_with_table,
}
UNSAID = {"matlab 5": {"unit": UNIT}, "matlab 7.3": {"unit": UNIT}}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_format_gives_the_same_radiance(tmp_path: Path, kind: str) -> None:
    cube = open_cube(WRITERS[kind](tmp_path), **UNSAID.get(kind, {}))
    assert (cube.lines, cube.samples) == (LINES, SAMPLES)
    np.testing.assert_allclose(cube.wavelength_nm, CENTRES_NM, rtol=1e-6)
    whole = cube.read(0, LINES)
    np.testing.assert_allclose(whole, radiance(), rtol=1e-6)
    for line in reversed(range(LINES)):
        np.testing.assert_array_equal(cube.read(line, line + 1), whole[line : line + 1])
    assert cube.read(3, 3).shape == (0, SAMPLES, BANDS)
    assert cube.read(0, 1, np.array([], dtype=np.int64)).shape == (1, SAMPLES, 0)
    again = pickle.loads(pickle.dumps(cube))  # noqa: S301  # our own bytes
    np.testing.assert_array_equal(again.read(0, LINES), whole)


@pytest.mark.parametrize("kind", WRITERS)
def test_any_pieces_and_bands_read_as_the_whole(tmp_path: Path, kind: str) -> None:
    cube = open_cube(WRITERS[kind](tmp_path), **UNSAID.get(kind, {}))
    whole = cube.read(0, LINES)

    @settings(max_examples=15)
    @given(
        st.integers(0, LINES),
        st.integers(0, LINES),
        st.lists(st.integers(0, BANDS - 1), max_size=5),
    )
    def law(one: int, other: int, bands: list[int]) -> None:
        start, stop = sorted((one, other))
        chosen = np.array(bands, dtype=np.int64)
        np.testing.assert_array_equal(cube.read(start, stop, chosen), whole[start:stop, :, chosen])

    law()


@pytest.mark.parametrize("kind", WRITERS)
def test_the_content_tells_the_format_whatever_the_name(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path)
    if kind in {"envi", "tiff with table"}:
        return  # what lies beside it is found by its name
    odd = path.rename(path.with_name("odd.bin"))
    assert open_cube(odd, **UNSAID.get(kind, {})).lines == LINES


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.7, 0.98])
def test_a_file_cut_anywhere_is_an_error_in_words_or_still_right(
    tmp_path: Path, kind: str, kept: float
) -> None:
    path = WRITERS[kind](tmp_path)
    if kind == "envi":
        path = path.with_suffix(".img")
    whole = path.read_bytes()
    path.write_bytes(whole[: max(1, int(len(whole) * kept))])
    try:
        read = open_cube(path, **UNSAID.get(kind, {})).read(0, LINES)
    except InputError:
        return
    np.testing.assert_allclose(read, radiance(), rtol=1e-6)


def test_emit_knows_its_places_angles_and_times(tmp_path: Path) -> None:
    cube = open_cube(write_emit(tmp_path, radiance()))
    place = cube.geolocation(1, 3)
    assert place is not None
    np.testing.assert_allclose(place.lon_deg[0], 54.0 + np.arange(SAMPLES) / 2000)
    np.testing.assert_allclose(place.lat_deg[:, 0], 39.0 - np.array([1, 2]) / 2000)
    shown = [place.path_length_m, place.view_azimuth_deg, place.view_zenith_deg,
             place.sun_azimuth_deg, place.sun_zenith_deg]  # fmt: skip
    assert [None if one is None else one.flat[0] for one in shown] == [1.0, 2.0, 3.0, 4.0, 5.0]
    about = cube.about
    assert (about.instrument, about.platform, about.line_step) == ("EMIT", "ISS", 2)
    assert about.observed_at is not None
    assert about.observed_at.start.isoformat() == "2022-08-27T06:07:53+00:00"
    assert [path.name[:12] for path in about.files] == ["EMIT_L1B_RAD", "EMIT_L1B_OBS"]


def test_emit_without_its_angles_says_so(tmp_path: Path) -> None:
    cube = open_cube(write_emit(tmp_path, radiance(), angles=False))
    assert "angles of view and sun are not known" in cube.assumptions[0]
    place = cube.geolocation(0, 1)
    assert place is not None
    assert place.sun_zenith_deg is None


def test_the_angles_of_emit_are_no_radiance(tmp_path: Path) -> None:
    path = write_emit(tmp_path, radiance())
    with pytest.raises(ReadError, match="angles of EMIT; open the RAD"):
        open_cube(path.with_name(path.name.replace("_RAD_", "_OBS_")))


def test_aviris3_knows_its_places_and_angles(tmp_path: Path) -> None:
    cube = open_cube(write_aviris3(tmp_path, radiance()))
    place = cube.geolocation(0, LINES)
    assert place is not None
    assert place.sun_zenith_deg is not None
    assert (place.sun_zenith_deg == 40.0).all()
    np.testing.assert_allclose(place.lat_deg[:, 0], 36.0 - np.arange(LINES) / 1e5)
    assert cube.about.instrument == "AVIRIS-3"
    assert open_cube(write_aviris3(tmp_path, radiance())).fwhm_nm is not None


def test_a_netcdf_with_places_has_them(tmp_path: Path) -> None:
    place = open_cube(write_netcdf4(tmp_path)).geolocation(0, 2)
    assert place is not None
    assert (place.lat_deg == 1.0).all()


def test_a_tiff_is_a_map(tmp_path: Path) -> None:
    cube = open_cube(write_tiff_with_table(tmp_path))
    place = cube.geolocation(0, LINES)
    assert cube.grid == "map"
    assert place is not None
    assert place.lon_deg[0, 0] == pytest.approx(-105.0 + 10 / 90_165, abs=1e-5)
    assert cube.fwhm_nm is not None
    assert cube.fwhm_nm.tolist() == [8.0] * BANDS


def test_several_arrays_ask_for_a_name(tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "two.h5", "w") as file:
        for name in ("first", "second"):
            file.create_dataset(name, data=radiance())
            file[name].attrs["units"] = UNIT
        file.create_dataset("wavelength", data=CENTRES_NM)
    with pytest.raises(ReadError, match=r"variable='...'; there: 'first' \(6, 5, 4\), 'second'"):
        open_cube(tmp_path / "two.h5")
    cube = open_cube(tmp_path / "two.h5", variable="second")
    np.testing.assert_array_equal(cube.read(0, LINES), radiance())
    with pytest.raises(ReadError, match="no array 'third' of three axes; there are 'first'"):
        open_cube(tmp_path / "two.h5", variable="third")


def test_an_array_whose_axes_are_all_alike_says_which_was_taken(tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "same.h5", "w") as file:
        file.create_dataset("radiance", data=radiance(4, 4, 4)).attrs["units"] = UNIT
        file.create_dataset("wavelength", data=CENTRES_NM)
    cube = open_cube(tmp_path / "same.h5")
    np.testing.assert_array_equal(cube.read(0, 4), radiance(4, 4, 4))
    assert "which axis of '/radiance' holds the bands is not said" in cube.assumptions[0]


@pytest.mark.parametrize("way", ["link", "storage"])
def test_numbers_that_lie_in_another_file_are_not_followed(tmp_path: Path, way: str) -> None:
    import h5py

    (tmp_path / "secret.bin").write_bytes(radiance().tobytes())
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file.create_dataset("radiance", data=radiance())
    with h5py.File(tmp_path / "trap.h5", "w") as file:
        file.create_dataset("wavelength", data=CENTRES_NM)
        if way == "link":
            file["radiance"] = h5py.ExternalLink("other.h5", "radiance")
        else:
            stored = [(str(tmp_path / "secret.bin"), 0, h5py.h5f.UNLIMITED)]
            file.create_dataset("radiance", (LINES, SAMPLES, BANDS), "f4", external=stored)
    with pytest.raises(ReadError, match="lies in another file"):
        open_cube(tmp_path / "trap.h5", variable="radiance")


def test_the_reader_may_be_named(tmp_path: Path) -> None:
    path = write_hdf5(tmp_path)
    assert open_cube(path, format="hdf5").lines == LINES
    with pytest.raises(ReadError, match="no file that 'envi' reads"):
        open_cube(path, format="envi")
    with pytest.raises(UnknownName, match="Did you mean 'envi'"):
        open_cube(path, format="enwi")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [("a.xyz", b"hello", "understood are ENVI"), ("a.mat", b"hello", "no MATLAB file of version 5"),
     ("a.bin", b"", "is empty"), ("a.tif", b"II*\x00junk", "no whole GeoTIFF"),
     ("a.h5", b"\x89HDF\r\n\x1a\njunk", "no whole HDF5"),
     ("a.nc", b"CDF\x01junk", "no whole netCDF"),
     ("a.mat", b"MATLAB 5.0 MAT-file".ljust(128) + b"junk", "no whole MATLAB file")],
)  # fmt: skip
def test_what_is_not_understood_says_what_is(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReadError, match=problem):
        open_cube(tmp_path / name)


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="is a directory"):
        open_cube(tmp_path)
    with pytest.raises(ReadError, match="cannot be opened: No such file"):
        open_cube(tmp_path / "none.hdr")


@given(
    st.sampled_from(
        [
            b"II*\x00",
            b"\x89HDF\r\n\x1a\n",
            b"CDF\x01",
            b"CDF\x02",
            b"ENVI\n",
            b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM",
        ]
    ),
    st.binary(),
)
def test_any_bytes_behind_a_signature_are_an_error_in_words(
    tmp_path_factory: pytest.TempPathFactory, signature: bytes, rest: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.bin"
    path.write_bytes(signature + rest)
    with pytest.raises(InputError):
        open_cube(path)
