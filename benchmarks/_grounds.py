"""Which scenes are retrievals measured on: real clutter, and ground that is like EMIT's?

Data: AVIRIS cut-outs (NASA/JPL), EMIT's mean radiance, covariance and noise (emit-sds), outlines of
real plumes (emit-sds/plume-vetting). What they are and whose: the data README.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.ndimage import gaussian_filter

from sillage.records.cube import About, MemoryCube

Floats = NDArray[np.float64]

SCENES = (
    "abu-airport-1",
    "abu-airport-2",
    "abu-beach-1",
    "abu-urban-1",
    "abu-urban-2",
    "abu-urban-3",
)
"""Those with recovered wavelengths."""
AVIRIS_FWHM_NM = 10.0
BANDS_NM = (2122.0, 2488.0)
FWHM_NM = 8.5


class Ground(NamedTuple):
    """Radiance without a plume."""

    radiance: NDArray[np.float32]
    """(line, sample, band)."""
    wavelength_nm: Floats


def aviris(data: Path, name: str) -> MemoryCube:
    """A real scene: its last fifty bands."""
    folder = data / "aviris_backgrounds"
    numbers = loadmat(folder / f"{name}.mat")["data"]
    nm = json.loads((folder / "swir2_wavelengths.json").read_text("utf-8"))[f"{name}.mat"]
    centres = np.array(nm["wl_last50"])
    return MemoryCube(
        numbers[..., -centres.size :].astype(np.float32),
        centres,
        fwhm_nm=np.full(centres.size, AVIRIS_FWHM_NM),
        grid="map",
        about=About(name=name, quantity="counts"),
    )


def emit_like(data: Path, lines: int, samples: int, rng: np.random.Generator) -> Ground:
    """Ground with EMIT's mean, covariance and noise, patchy in its six main directions."""
    instrument = data / "instrument"
    told = loadmat(instrument / "EMIT_Normalized_Radiances_20240110.mat")
    noise = np.loadtxt(instrument / "emit_noise.txt")
    chosen = (noise[:, 0] >= BANDS_NM[0]) & (noise[:, 0] <= BANDS_NM[1])
    mean = told["radiance_mean"][0][chosen]
    values, vectors = np.linalg.eigh(told["radiance_covariance"][np.ix_(chosen, chosen)])
    score = rng.normal(size=(lines, samples, mean.size))
    for main in range(mean.size - 6, mean.size):
        patchy = gaussian_filter(score[..., main], 3.0, mode="wrap")
        score[..., main] = patchy / patchy.std()
    bright = gaussian_filter(rng.normal(size=(lines, samples)), 4.0, mode="wrap")
    light = 30.0 * np.exp(0.3 * bright / bright.std())
    radiance = mean + (score * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    radiance = np.maximum(radiance, 0.05 * mean) * light[..., None]
    a, b, c = noise[chosen, 1:4].T
    std = np.abs(a * np.sqrt(np.maximum(b + radiance, 0.0)) + c)
    radiance = radiance + std * rng.normal(size=radiance.shape)
    return Ground(np.maximum(radiance, 1e-3).astype(np.float32), noise[chosen, 0])


def outlines(data: Path, *, half: int) -> list[Floats]:
    """Outlines that both reviewers took for a plume, of one half of the granules.

    Parameters
    ----------
    half
        0 or 1, by the checksum of the granule's name: shapes are learned on one, implanted from
        the other.
    """
    listed = json.loads((data / "emit_plume_outlines" / "emit_plumes.json").read_text("utf-8"))
    return [
        np.array(one["poly"], dtype=np.float64)
        for one in listed
        if one["r1"] and one["r2"] and len(one["poly"]) > 4 and half_of(one["fid"]) == half
    ]


def half_of(granule: str) -> int:
    """Which half a granule belongs to."""
    return zlib.crc32(granule.encode()) % 2


def columns_at(peaks: int, shape: tuple[int, int], rng: np.random.Generator) -> Iterator[Floats]:
    """Smooth plumes of 10,000 ppm m for timing: what they look like does not matter."""
    line, sample = np.mgrid[: shape[0], : shape[1]]
    for _ in range(peaks):
        at = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
        yield 1e4 * np.exp(-((line - at[0]) ** 2) / 200.0 - (sample - at[1]) ** 2 / 20.0)
