"""On which machine was it measured: written beside every figure."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import numba
import numpy as np

import sillage


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
