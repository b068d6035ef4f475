"""How do tests reach the benchmarks, which are no package?"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


def load(name: str) -> ModuleType:
    """A file of benchmarks/, as it imports its neighbours: by name."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))


def run(name: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    """Run a benchmark as if it were typed."""
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments])
    load(name).main()
