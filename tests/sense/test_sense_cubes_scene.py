"""Does the record of a cube hold the hash that its radiance has, in memory that does not grow?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cube_files import BANDS, LINES, SAMPLES, radiance, write_aviris3, write_emit, write_envi
from hypothesis import given
from hypothesis import strategies as st

from sillage.errors import ReadError, RecordError
from sillage.records.arrays import Arrays, Variable
from sillage.records.base import Interval
from sillage.records.cube import About, Geolocation, MemoryCube
from sillage.sense.cubes import open_cube, scene_of
from sillage.sense.cubes.names import instant

UNIT = "W m-2 sr-1 um-1"
TAKEN = instant("2022-08-27T06:07:53Z")
PROGRAM = """
import re, sys
from pathlib import Path
from sillage.sense.cubes import open_cube, scene_of
from sillage.records.cube import pieces
cube = open_cube(sys.argv[1])
start, stop = next(pieces(cube, memory_bytes=16 << 20))
for begin in (start, cube.lines // 2, cube.lines - stop):
    cube.read(begin, begin + stop)
    cube.geolocation(begin, begin + stop)
if sys.argv[2] == "scene":
    scene_of(cube, sensor_height_m=3000.0, height_above="ground")
peak_kib = re.search("VmHWM:\\\\s+(\\\\d+)", Path("/proc/self/status").read_text())[1]
print(cube.lines, int(peak_kib) * 1024)  # getrusage would remember who started this process
"""


@given(
    st.integers(1, 6), st.integers(1, 4), st.integers(1, 3), st.integers(1, 7),
    st.sampled_from(["<f4", "<f8", "<i4"]), st.integers(0, 99),
)  # fmt: skip
def test_a_hash_taken_by_pieces_is_the_hash_in_memory_bit_for_bit(
    rows: int, columns: int, bands: int, step: int, kind: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    cube = rng.integers(-2, 3, (rows, columns, bands)).astype(kind)
    if kind[1] == "f":
        cube[rng.random(cube.shape) < 0.2] = np.nan
        cube[cube == 0.0] = -0.0
    plane = rng.integers(0, 9, (rows, columns)).astype("<i8")
    dims = {"cube": ("y", "x", "band"), "plane": ("y", "x")}
    units = {"cube": UNIT, "plane": "ns"}
    held = Arrays({"plane": plane, "cube": cube}, dims=dims, units=units)
    values = {"cube": cube, "plane": plane}
    streamed = Arrays.streamed(
        {"y": rows, "x": columns, "band": bands},
        [Variable(name=name, dims=dims[name], dtype=values[name].dtype.str, unit=units[name])
         for name in ("plane", "cube")],
        lambda name: (values[name][at : at + step] for at in range(0, rows, step)),
    )  # fmt: skip
    assert streamed.sha256 == held.sha256
    assert streamed == held


@pytest.mark.parametrize("wrong", [np.ones((2, 2), "f4"), np.ones((2, 3), "f8"), None])
def test_pieces_that_do_not_add_up_are_refused(wrong: Any) -> None:
    described = [Variable(name="a", dims=("y", "x"), dtype="<f4", unit="m")]
    with pytest.raises(RecordError, match=r"described is|rows came"):
        Arrays.streamed({"y": 2, "x": 3}, described, lambda _: [] if wrong is None else [wrong])


def test_the_scene_of_emit_says_what_the_files_say(tmp_path: Path) -> None:
    numbers = radiance()
    numbers[0, 0, 0] = -9999.0
    cube = open_cube(write_emit(tmp_path, numbers))
    scene = scene_of(cube)
    whole = cube.read(0, LINES)
    axes = {"radiance": ("y", "x", "wavelength")}
    held = Arrays({"radiance": whole}, dims=axes, units={"radiance": UNIT})
    assert scene.cube == held
    assert (scene.platform, scene.instrument, scene.grid) == ("ISS", "EMIT", "sensor")
    assert scene.observed_at == cube.about.observed_at
    assert [(one.reason, one.count) for one in scene.masked] == [("no data", 1)]
    assert scene.masked[0].total == LINES * SAMPLES * BANDS
    assert scene.sun_zenith_deg == 5.0
    assert scene.geolocation.names == (
        "ground_height_m", "lat_deg", "lon_deg", "sun_zenith_deg", "view_zenith_deg"
    )  # fmt: skip
    north_m = 111_000 / 2000
    assert scene.ground_sample_m == pytest.approx(north_m * np.sqrt(0.78), rel=0.02)
    assert (54.0, 39.0) in scene.outline.ring
    assert scene.source.size_bytes == cube.about.files[0].stat().st_size


def test_the_same_cube_in_any_pieces_and_layout_has_the_same_radiance(tmp_path: Path) -> None:
    hashes = set()
    for interleave in ("bsq", "bil", "bip"):
        write_envi(
            tmp_path, radiance(), interleave=interleave, acquisition_time="2022-08-27T06:07:53Z",
            map_info="{UTM, 1, 1, 500000, 4000000, 20, 20, 13, North, WGS-84}",
            data_ignore_value=-9999,
        )  # fmt: skip
        scene = scene_of(
            open_cube(tmp_path / "scene.hdr"), sensor_height_m=3000.0, height_above="ground"
        )
        hashes.add(scene.cube.sha256)
        assert scene.ground_sample_m == pytest.approx(20.0, rel=1e-3)
        assert scene.grid == "map"
    assert len(hashes) == 1


def in_memory(place: Geolocation | None, taken: Interval | None) -> MemoryCube:
    centres = np.array([2100.0, 2200.0, 2300.0, 2400.0])
    about = About(observed_at=taken)
    return MemoryCube(radiance(), centres, place=place, about=about)


def test_what_a_scene_needs_and_the_cube_lacks_is_asked_for(tmp_path: Path) -> None:
    row, column = np.mgrid[0:LINES, 0:SAMPLES].astype(float)
    place = Geolocation(5.0 + column / 1e4, 52.0 - row / 1e4)
    with pytest.raises(ReadError, match="give observed_at"):
        scene_of(in_memory(place, None))
    with pytest.raises(ReadError, match="where its pixels lie"):
        scene_of(in_memory(None, TAKEN))
    with pytest.raises(ReadError, match="give sensor_height_m"):
        scene_of(in_memory(place, TAKEN))
    scene = scene_of(in_memory(place, TAKEN), sensor_height_m=100.0, height_above="ground")
    assert scene.cube.sizes == {"y": LINES, "x": SAMPLES, "wavelength": BANDS}
    with pytest.raises(ReadError, match="give sensor_height_m"):
        scene_of(open_cube(write_aviris3(tmp_path, radiance())))


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("size_bytes", "task"), [(14_000_000_000, "read"), (450_000_000, "scene")])
def test_a_cube_larger_than_the_memory_allowed_needs_less_than_300_mb(
    tmp_path: Path, size_bytes: int, task: str
) -> None:
    """The numbers are a hole in the file: it has its full size and takes no disk."""
    samples, bands = 598, 425
    lines = size_bytes // (4 * samples * bands)
    write_envi(
        tmp_path,
        np.ones((1, samples, bands), "f4"),
        lines=lines,
        map_info="{UTM, 1, 1, 500000, 4000000, 5, 5, 13, North, WGS-84}",
        data_ignore_value=-9999,
        acquisition_time="2022-08-27T06:07:53Z",
    )
    with (tmp_path / "scene.img").open("r+b") as stream:
        stream.truncate(4 * lines * samples * bands)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "scene.hdr"), task]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=500)
    found, peak_bytes = map(int, done.stdout.split())
    assert found == lines
    assert peak_bytes < 300 << 20
