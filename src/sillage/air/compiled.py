"""How is a hot loop compiled: once, cached on disk, without the interpreter lock.

The typed face of `numba.njit`, so that kernels keep their signatures under strict checking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

# Contraction and reordering only: NaN and infinity keep their meaning, because a NaN in the
# wind must come out as a NaN and not as clean air.
_FAST = {"contract", "arcp", "reassoc", "nsz"}


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel to machine code on its first call; later runs load it from the cache."""
    kernel.__qualname__ = (
        f"{kernel.__qualname__}_{_written(Path(kernel.__code__.co_filename).parent)}"
    )
    jit = numba.njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
    return cast("Kernel", jit(kernel))


def inlined(kernel: Kernel) -> Kernel:
    """Compile a small function that other kernels call; it melts into its caller."""
    jit = numba.njit(nogil=True, fastmath=_FAST, error_model="numpy", inline="always")
    return cast("Kernel", jit(kernel))


@cache
def _written(room: Path) -> str:
    """What the kernels of a room, and those of this one that they call, are written like.

    numba's cache notices a change of a kernel's own file, not of the files it calls into: without
    this an upgraded package could run yesterday's physics.
    """
    rooms = sorted({room, Path(__file__).parent})
    files = (file for one in rooms for file in sorted(one.glob("*.py")))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
