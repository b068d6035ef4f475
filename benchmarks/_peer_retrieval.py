"""How fast are published retrievals on the pixels that ours is given?

Run by an interpreter that has mag1c 1.2.0, onboard-methane-detection 0.1.2 and spectral 0.25, and
nothing of this project:

    python benchmarks/_peer_retrieval.py PIXELS.npz ANSWER.npz PEER

PIXELS holds radiance (sample, line, band) in single precision, and the unit absorption per 1e5 ppm
m. One thread; the clock is the processor's. What mag1c needs and NumPy and PyTorch no longer have
is put back before it is loaded.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np


def mag1c(radiance: Any, unit: Any) -> Any:
    """`acrwl1mf` column by column, in double precision, as its command line does."""
    setattr(np, "int", int)  # noqa: B010  # NumPy has it no more
    import torch  # type: ignore[import-not-found]

    torch.set_num_threads(1)
    torch.cholesky = lambda matrix, upper: torch.linalg.cholesky(matrix, upper=upper)
    from mag1c.mag1c import acrwl1mf  # type: ignore[import-not-found]

    template = torch.as_tensor(unit)
    everywhere = torch.ones(1, radiance.shape[1], dtype=torch.bool)
    columns = []
    for column in radiance:
        pixels = torch.as_tensor(column.astype(np.float64))[None]
        found, _ = acrwl1mf(pixels, template, 30, False, False, False, 1.0, 0.0, everywhere)
        columns.append(found.numpy()[0, :, 0])
    return np.stack(columns)


def mag1c_sas(radiance: Any, unit: Any) -> Any:
    """`mag1c_sas` with statistics of one pixel in a hundred of the whole tile."""
    from onboard_methane_detection.mag1c_sas_base import (  # type: ignore[import-not-found]
        compute_base_mag1c_SAS,
    )

    pixels = radiance.reshape(1, -1, radiance.shape[2]).astype(np.float64)
    rng = np.random.default_rng(0)
    some = rng.choice(pixels.shape[1], pixels.shape[1] // 100, replace=False)
    found = compute_base_mag1c_SAS(pixels, unit[None, None], some)
    return found.reshape(radiance.shape[:2]) * 1e5


def spectral(radiance: Any, unit: Any) -> Any:
    """`matched_filter` column by column, its statistics included."""
    import spectral as spy  # type: ignore[import-not-found]

    columns = []
    for column in radiance:
        pixels = column[:, None]
        ground = spy.calc_stats(pixels)
        target = ground.mean * (1.0 + unit)
        columns.append(np.ravel(spy.matched_filter(pixels, target, ground)))
    return 1e5 * np.stack(columns)


PEERS: dict[str, Callable[[Any, Any], Any]] = {
    "mag1c": mag1c,
    "mag1c_sas": mag1c_sas,
    "spectral": spectral,
}


def answer() -> None:
    """Time one peer, once warm, and keep what it found."""
    pixels, answer, peer = sys.argv[1:4]
    with np.load(pixels) as told:
        radiance, unit = told["radiance"], told["unit"]
    PEERS[peer](radiance[:2] if peer != "mag1c_sas" else radiance, unit)
    began = time.process_time()
    found = PEERS[peer](radiance, unit)
    np.savez(answer, column=found, cpu_s=time.process_time() - began)


if __name__ == "__main__":
    answer()
