"""Do the import contracts hold, and would they notice a wrong import?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def lint_imports(checkout: Path) -> str:
    """What the import contracts of `pyproject.toml` say about a checkout."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src"), "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    ).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the package and its contracts that a test may spoil."""
    shutil.copytree(
        ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "library")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("place", "line", "contract"),
    [
        ("sense", "import sillage.localise", "Floors"),
        ("records", "import sillage.air", "Floors"),
        ("a_new_room", "", "Floors"),
        ("console", "import sillage.sense", "The console never walks into a room"),
        ("localise", "import socket", "Thinking rooms"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(
    checkout: Path, place: str, line: str, contract: str
) -> None:
    room = checkout / "src" / "sillage" / place
    room.mkdir(exist_ok=True)
    (room / "__init__.py").touch()
    (room / "spoiled.py").write_text(line, "utf-8")
    broken = [row for row in lint_imports(checkout).splitlines() if row.endswith("BROKEN")]
    assert [row for row in broken if row.startswith(contract)]


def test_the_contracts_hold(checkout: Path) -> None:
    report = lint_imports(checkout)
    assert "KEPT" in report
    assert "BROKEN" not in report
