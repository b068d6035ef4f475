"""How is a figure kept: with its spread, and with the machine that it was measured on."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np

import sillage
from sillage.atomic import whole_file

RESULTS = Path(__file__).parent / "results"


def write_result(name: str, figures: Mapping[str, Any]) -> Path:
    """Write results/NAME.json whole: the machine, then the figures; gives its path."""
    RESULTS.mkdir(exist_ok=True)
    result = RESULTS / f"{name}.json"
    content = json.dumps({"machine": describe(), **figures}, indent=2)
    with whole_file(result) as half_done:
        half_done.write_text(content + "\n", encoding="utf-8")
    return result


class Asked(NamedTuple):
    """What a benchmark of kernels is asked on its command line."""

    repeats: int
    dry: bool
    """Print only; leave the result file."""


def ask_repeats(description: str | None) -> Asked:
    """Read the command line of a benchmark that repeats its runs."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    told = parser.parse_args()
    return Asked(told.repeats, told.dry)


def spread(values: Iterable[float], digits: int = 3) -> dict[str, float]:
    """Least, middle and greatest of some repeats."""
    ranked = sorted(values)
    return {
        "min": round(ranked[0], digits),
        "median": round(statistics.median(ranked), digits),
        "max": round(ranked[-1], digits),
    }


def describe() -> dict[str, str | int]:
    """Processor, cores, memory and the versions that matter."""
    return {
        "processor": _line("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": _line("/proc/meminfo", "MemTotal"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "sillage": sillage.__version__,
    }


def _line(file: str, key: str) -> str:
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "")
