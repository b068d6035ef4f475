"""How fast are our filters beside those that are published, on the same pixels?

Floors, for n pixels of s bands: the covariance alone is n s^2 operations, the filter 4 n s, one
read of the radiance 4 n s bytes. `floor` is the time that this machine's BLAS takes for the
symmetric product alone, measured in the same run.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _grounds import FWHM_NM, columns_at, emit_like
from _results import spread
from numpy.typing import NDArray

from sillage.retrieve.background import Room, background_of
from sillage.retrieve.filters import Filter, matched_filter, sparse_filter
from sillage.retrieve.shrinkage import STRENGTHS, shrunk
from sillage.spectra import swir

Floats = NDArray[np.float64]

PEER = Path(__file__).with_name("_peer_retrieval.py")
LINES, SAMPLES = 1280, 48
BESIDE = {"mag1c": sparse_filter, "mag1c_sas": sparse_filter, "spectral": matched_filter}


def pixels(data: Path, lines: int = LINES, samples: int = SAMPLES) -> tuple[Any, Floats]:
    """A tile with plumes (sample, line, band), and the unit absorption per 1e5 ppm m.

    Columns lie together, as they do in every code that takes them one by one.
    """
    rng = np.random.default_rng(1)
    ground = emit_like(data, lines, samples, rng)
    fwhm = np.full(ground.wavelength_nm.size, FWHM_NM)
    unit = 1e5 * swir.unit_absorption("methane", ground.wavelength_nm, fwhm, air_mass=2.0)
    column = sum(columns_at(12, (lines, samples), rng))
    below = ground.radiance * np.exp(1e-5 * np.asarray(column)[..., None] * unit)
    return np.ascontiguousarray(below.transpose(1, 0, 2), dtype=np.float32), unit


def by_column(use: Filter, radiance: Any, unit: Floats) -> Floats:
    """Columns of a tile, each detector column its own background."""
    room = Room()
    return np.stack([use(column, unit * 1e-5, room=room).column_ppm_m for column in radiance])


def cpu(run: Callable[[], Any]) -> float:
    """Processor's seconds of one call, after one that warms, as the peers have."""
    run()
    began = time.process_time()
    run()
    return time.process_time() - began


def measure(data: Path, python: str | None, repeats: int) -> dict[str, Any]:
    """Ratios of peers over ours, one after the other in every repeat."""
    radiance, unit = pixels(data)
    size = radiance.shape[0] * radiance.shape[1]
    for use in (matched_filter, sparse_filter):
        by_column(use, radiance[:2], unit)  # compiled
    rows: dict[str, list[dict[str, float]]] = {}
    for _ in range(repeats):
        for peer, use in BESIDE.items() if python else ():
            ours = cpu(lambda use=use: by_column(use, radiance, unit))  # type: ignore[misc]
            theirs, found = peer_of(peer, str(python), radiance, unit)
            row = {"ratio": theirs / ours, "ours": size / ours / 1e6, "peer": size / theirs / 1e6}
            if peer == "mag1c":
                mine = by_column(use, radiance, unit)
                row["largest_difference_ppm_m"] = float(np.abs(mine - found).max())
                row["largest_ppm_m"] = float(found.max())
            rows.setdefault(peer, []).append(row)
        rows.setdefault("shrinkage", []).append(shrinkage(radiance))
        rows.setdefault("floor", []).append(floor(radiance, unit))
    return {
        name: {key: spread([row[key] for row in told], 7) for key in told[0]}
        for name, told in rows.items()
    }


def peer_of(peer: str, python: str, radiance: Any, unit: Floats) -> tuple[float, Floats]:
    """Seconds and columns of a peer."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answer = Path(folder) / "pixels.npz", Path(folder) / "answer.npz"
        np.savez(asked, radiance=radiance, unit=unit)
        # the interpreter is the one that the user named
        subprocess.run([python, str(PEER), str(asked), str(answer), peer], check=True)  # noqa: S603
        with np.load(answer) as told:
            return float(told["cpu_s"]), told["column"]


def shrinkage(radiance: Any) -> dict[str, float]:
    """Strength by one decomposition beside every strength inverted by itself, one column."""
    ground = background_of(radiance[0].astype(np.float64))
    one = shrunk(ground)
    ours = min(cpu(lambda: shrunk(ground)) for _ in range(3))
    began = time.process_time()
    told = [_by_itself(ground.above, strength) for strength in STRENGTHS]
    theirs = time.process_time() - began
    same = float(STRENGTHS[int(np.argmin(told))] == one.strength)
    return {"ratio": theirs / ours, "same_strength": same, "cpu_ms": 1e3 * ours}


def _by_itself(above: Floats, strength: float) -> float:
    """Theiler's mean negative log-likelihood at one strength, as published."""
    count, bands = above.shape
    scatter = above.T @ above / count
    beta = (1.0 - strength) / (count - 1.0)
    drawn = count * beta * scatter + strength * np.diag(np.diag(scatter))
    distance = (above @ np.linalg.inv(drawn) * above).sum(axis=1)
    rest = 1.0 - beta * distance
    determinant = np.linalg.slogdet(drawn)[1]
    fit = float((np.log(rest) + distance / rest).sum()) / (2.0 * count)
    return float(0.5 * (bands * np.log(2.0 * np.pi) + determinant) + fit)


def floor(radiance: Any, unit: Floats) -> dict[str, float]:
    """How many times longer than the symmetric product of their covariances our filters take."""
    above = [column.astype(np.float64) for column in radiance]
    least = cpu(lambda: [one.T @ one for one in above])
    told = {"covariance_mpx_s": radiance[..., 0].size / least / 1e6}
    for use in (matched_filter, sparse_filter):
        seconds = cpu(lambda use=use: by_column(use, radiance, unit))  # type: ignore[misc]
        told[use.__name__ + "_over_floor"] = seconds / least
    return told
