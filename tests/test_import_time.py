"""Is the package light until a room is used?"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

HEAVY = ("numba", "numpy", "pandas", "pyarrow", "pyproj", "rasterio", "scipy", "xarray")
"""Each takes between a tenth of a second and a second to import."""

THINKING = ("numba", "pandas", "rasterio", "scipy")
"""What `sillage --help` must not wait for."""


def imported_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after a statement."""
    command = [sys.executable, "-c", f"{statement}; import sys; print(*sys.modules)"]
    modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return {module.partition(".")[0] for module in modules}


def seconds_to_import(module: str) -> float:
    """Time that a fresh interpreter spends on an import, without its own start."""
    timed = f"from time import perf_counter as t; a = t(); import {module}; print(t() - a)"
    command = [sys.executable, "-c", timed]
    return float(subprocess.run(command, capture_output=True, check=True).stdout)


def test_importing_the_package_pulls_in_nothing_heavy() -> None:
    assert imported_by("import sillage").isdisjoint(HEAVY)


def test_the_command_line_starts_without_the_thinking_libraries() -> None:
    if find_spec("sillage.console.main") is None:
        pytest.skip("no console yet")
    assert imported_by("import sillage.console.main").isdisjoint(THINKING)


def test_the_package_imports_in_under_0_3_s() -> None:
    """The one timing that a test asserts: it is a ceiling of the house, with a margin of 100."""
    assert min(seconds_to_import("sillage") for _ in range(5)) < 0.3
