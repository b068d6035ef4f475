"""Scenes that plumes are looked for in: materials in patches, noise, places, and gas of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from jaxtyping import Float64
from numpy import ndarray
from scipy.ndimage import gaussian_filter

from sillage.detect.claims import Seen
from sillage.detect.plumes import ColumnMap
from sillage.records.base import Interval
from sillage.records.cube import About, Geolocation, MemoryCube
from sillage.retrieve.run import retrieve

PIXEL_M = 20.0
NOON = datetime(2026, 5, 9, 12, tzinfo=UTC)
WAVELENGTH_NM = np.linspace(2007.5, 2496.2, 50)
ABOUT = About(
    name="made",
    platform="aircraft",
    instrument="imager",
    observed_at=Interval(start=NOON, end=NOON),
)


def ground_cube(
    seed: int, size: tuple[int, int] = (90, 110), *, placed: bool = True, about: About = ABOUT
) -> MemoryCube:
    """A plume-free scene of five materials in patches, pixel to pixel noise of half a percent."""
    rng = np.random.default_rng(seed)
    band = np.linspace(0.0, 1.0, WAVELENGTH_NM.size)
    materials = 1.0 + 0.15 * np.sin(
        np.outer(2.0 + np.arange(5), 4.0 * band) + np.arange(5)[:, None]
    )
    share = np.stack([gaussian_filter(rng.normal(size=size), 3.0) for _ in range(5)], axis=-1)
    share = np.exp(3.0 * share / share.std())
    share /= share.sum(axis=-1, keepdims=True)
    light = np.exp(0.2 * gaussian_filter(rng.normal(size=size), 2.0) / 0.14)[..., None]
    radiance = 5.0 * light * (share @ materials) * np.exp(-band)
    radiance *= 1.0 + 0.005 * rng.normal(size=radiance.shape)
    return MemoryCube(radiance, WAVELENGTH_NM, place=places(size) if placed else None, about=about)


def places(size: tuple[int, int]) -> Geolocation:
    """Square pixels on the equator, lines from north to south."""
    line, sample = np.mgrid[: size[0], : size[1]].astype(np.float64)
    return Geolocation(
        lon_deg=7.0 + sample * PIXEL_M / 111_319.49, lat_deg=-line * PIXEL_M / 110_574.28
    )


def blob(
    size: tuple[int, int],
    at: tuple[float, float],
    core_ppm_m: float,
    width_px: float | tuple[float, float] = 4.0,
) -> Float64[ndarray, "line sample"]:
    """Columns of a round plume, or one longer along the samples than the lines."""
    line, sample = np.mgrid[: size[0], : size[1]].astype(np.float64)
    down, along = np.broadcast_to(width_px, 2)
    away = ((line - at[0]) / down) ** 2 + ((sample - at[1]) / along) ** 2
    column = core_ppm_m * np.exp(-0.5 * away)
    return np.where(column > 0.01 * core_ppm_m, column, 0.0)


def seen_in(cube: MemoryCube, gas: str = "methane") -> Seen:
    """A scene in which a gas was retrieved."""
    with TemporaryDirectory() as folder:
        got = retrieve(cube, gas, Path(folder))
    together = got.together
    place = cube.geolocation(0, cube.lines)
    return Seen(
        gas=gas,
        columns=ColumnMap(together.column_ppm_m, together.std_ppm_m, got.settings.scale_px),
        unit_absorption=got.target.unit_absorption,
        read=lambda lines, samples: cube.radiance[lines, samples][..., got.target.bands],
        lon_deg=None if place is None else place.lon_deg,
        lat_deg=None if place is None else place.lat_deg,
    )


def noise_map(seed: int, size: tuple[int, int] = (100, 100), scale_px: float = 2.5) -> ColumnMap:
    """A map of white noise, averaged twice as a retrieval averages neighbours."""
    white = np.random.default_rng(seed).normal(size=size)
    smooth = gaussian_filter(white, scale_px)
    smooth = 2.0 * smooth - gaussian_filter(smooth, scale_px)
    std = np.full(size, 100.0)
    return ColumnMap(std * smooth / smooth.std(), std, scale_px)
