"""What does a command cost, start to end, in time and memory; and what a call in processor time.

Linux counts the peak of whoever starts a program into the program's own. So the command is started
by this file run as a bare interpreter of 10 MiB, not by the benchmark with its libraries.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

PINS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Set by `make bench` for measurements on one core; who types a command has none of them."""


class Cost(TypedDict):
    """Of one command, with all that it started and waited for."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def cpu_seconds(run: Callable[[], object], repeats: int) -> list[float]:
    """Processor time of each repeat of a call, after one to warm up."""
    run()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return spent


def cost_of(command: Sequence[str]) -> Cost:
    """Run a command as a user would, its output thrown away, its complaints let through.

    Raises
    ------
    SystemExit
        The command failed; says which.
    """
    watched = subprocess.run(  # noqa: S603  # the commands are the benchmarks' own
        [sys.executable, "-I", "-S", __file__, *command],
        stdout=subprocess.PIPE,
        env=unpinned(os.environ),
        check=False,
    )
    if watched.returncode:
        raise SystemExit(f"failed with exit code {watched.returncode}: {' '.join(command)}")
    cost: Cost = json.loads(watched.stdout)
    return cost


def unpinned(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the number of threads."""
    return {name: value for name, value in environment.items() if name not in PINS}


def watch(command: Sequence[str]) -> tuple[int, Cost]:
    """Exit code and cost of a command that this process starts."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, {
        "wall_s": round(wall_s, 2),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mib": round(usage.ru_maxrss / 1024, 1),  # KiB on Linux
    }


if __name__ == "__main__":
    code, seen = watch(sys.argv[1:])
    print(json.dumps(seen))
    sys.exit(code)
