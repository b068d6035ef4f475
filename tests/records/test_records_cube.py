"""Does a cube in memory read as any cube must: by pieces, in any order, with NaN counted?"""

from __future__ import annotations

import pickle
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from sillage.errors import RecordError
from sillage.records.cube import NOT_A_NUMBER, About, Geolocation, MemoryCube, pieces

LINES, SAMPLES, BANDS = 7, 5, 4


def made(step: int = 1) -> MemoryCube:
    radiance = np.random.default_rng(0).normal(10.0, 1.0, (LINES, SAMPLES, BANDS))
    radiance[2, 3, 1] = np.nan
    radiance[4, 0, 0] = np.inf
    lat, lon = np.meshgrid(np.arange(float(LINES)), np.arange(float(SAMPLES)), indexing="ij")
    return MemoryCube(
        radiance,
        np.array([2100.0, 2200.0, 2300.0, 2400.0]),
        place=Geolocation(lon, lat),
        about=About(line_step=step),
    )


@given(st.integers(1, 9), st.integers(1, 5), st.lists(st.integers(0, BANDS - 1)))
def test_pieces_cover_every_line_once_and_read_as_the_whole(
    lines: int, step: int, bands: list[int]
) -> None:
    cube = made(step)
    memory = 4 * SAMPLES * BANDS * lines
    cuts = list(pieces(cube, memory_bytes=memory))
    assert [line for start, stop in cuts for line in range(start, stop)] == list(range(LINES))
    chosen = np.array(bands, dtype=np.int64)
    parts = np.concatenate([cube.read(*cut, chosen) for cut in cuts])
    np.testing.assert_array_equal(parts, cube.read(0, LINES)[..., chosen])


def test_values_that_are_no_numbers_are_nan_and_counted() -> None:
    left_out: Counter[str] = Counter()
    radiance = made().read(0, LINES, left_out=left_out)
    assert radiance.dtype == np.float32
    assert np.isnan(radiance).sum() == left_out[NOT_A_NUMBER] == 2


def test_what_is_read_is_a_copy() -> None:
    cube = made()
    cube.read(0, 1)[:] = 0.0
    assert (cube.read(0, 1) != 0.0).all()


def test_places_are_those_of_the_lines() -> None:
    place = made().geolocation(2, 4)
    assert place is not None
    assert place.lat_deg.tolist() == [[2.0] * SAMPLES, [3.0] * SAMPLES]
    assert place.time_ns is None


@pytest.mark.parametrize(
    ("start", "stop", "bands"), [(-1, 2, []), (3, 2, []), (0, 8, []), (0, 1, [4]), (0, 1, [-1])]
)
def test_lines_and_bands_that_are_not_there_are_refused(
    start: int, stop: int, bands: list[int]
) -> None:
    with pytest.raises(IndexError, match="the cube has"):
        made().read(start, stop, np.array(bands, dtype=np.int64))


def test_arrays_that_do_not_fit_are_refused() -> None:
    radiance = np.ones((2, 3, 2))
    with pytest.raises(RecordError, match="falls"):
        MemoryCube(radiance, np.array([2.0, 1.0]))
    refused = (RecordError, TypeCheckError)  # the second where shapes are checked at each call
    with pytest.raises(refused, match="fwhm_nm"):
        MemoryCube(radiance, np.array([1.0, 2.0]), fwhm_nm=np.ones(3))
    with pytest.raises(refused, match="wavelength_by_sample_nm"):
        MemoryCube(radiance, np.array([1.0, 2.0]), wavelength_by_sample_nm=np.ones((2, 2)))


def test_a_cube_travels_to_another_process() -> None:
    cube = pickle.loads(pickle.dumps(made()))  # noqa: S301  # our own bytes
    np.testing.assert_array_equal(cube.read(0, LINES), made().read(0, LINES))
