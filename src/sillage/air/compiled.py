"""How is a hot loop compiled: once, cached on disk, without the interpreter lock.

The typed face of `numba.njit`, so that kernels keep their signatures under strict checking.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

# Contraction and reordering only: NaN and infinity keep their meaning, because a NaN in the
# wind must come out as a NaN and not as clean air.
_FAST = {"contract", "arcp", "reassoc", "nsz"}


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel to machine code on its first call; later runs load it from the cache."""
    jit = numba.njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
    return cast("Kernel", jit(kernel))


def inlined(kernel: Kernel) -> Kernel:
    """Compile a small function that other kernels call; it melts into its caller."""
    jit = numba.njit(nogil=True, fastmath=_FAST, error_model="numpy", inline="always")
    return cast("Kernel", jit(kernel))
