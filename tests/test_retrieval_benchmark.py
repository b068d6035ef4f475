"""Does the benchmark of retrievals score right what it is given?"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from benchmark_files import load

from sillage.sense.cubes import open_cube


def test_average_precision_is_that_of_the_ranking() -> None:
    average_precision = load("_retrieval_accuracy").average_precision
    truth = np.array([True, False, True, False])
    assert average_precision(np.array([4.0, 3.0, 2.0, 1.0]), truth) == pytest.approx(5.0 / 6.0)
    assert average_precision(np.array([4.0, 1.0, 3.0, 2.0]), truth) == 1.0
    assert average_precision(np.array([1.0, 4.0, 2.0, 3.0]), truth) == pytest.approx(5.0 / 12.0)


def test_mass_is_pooled_and_masked_pixels_do_not_count() -> None:
    accuracy = load("_retrieval_accuracy")
    there = np.array([[100.0, 50.0], [0.0, 20.0]])
    column = np.array([[90.0, np.nan], [5.0, 30.0]])
    told = accuracy.score(column, column, there, there > 0.0)
    assert told["found_ppm_m"] == 120.0
    assert told["there_ppm_m"] == 120.0
    assert told["clear"] == pytest.approx(2.0 / 3.0)
    rows = [
        {"found_ppm_m": 90.0, "there_ppm_m": 100.0},
        {"found_ppm_m": 30.0, "there_ppm_m": 20.0},
    ]
    assert accuracy._mass(rows) == 1.0


def test_a_granule_is_always_of_one_half() -> None:
    half_of = load("_grounds").half_of
    halves = [half_of(f"emit2023{day:04d}t084426") for day in range(200)]
    assert halves == [half_of(f"emit2023{day:04d}t084426") for day in range(200)]
    assert 70 < sum(halves) < 130


def test_the_cube_of_noise_opens_and_memory_is_read_off_the_books(tmp_path: Path) -> None:
    memory = load("_retrieval_memory")
    memory.write_noise(tmp_path / "noise.bil", 3)
    cube = open_cube(tmp_path / "noise.hdr")
    assert (cube.lines, cube.samples, len(cube.wavelength_nm)) == (3, 1280, 285)
    assert np.isfinite(cube.read(0, 3)).all()
    before = memory.anonymous_bytes(os.getpid())
    held = np.ones(8 << 20)
    assert memory.anonymous_bytes(os.getpid()) - before > 0.9 * held.nbytes
