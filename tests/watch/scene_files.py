"""What do the tests of scenes in a survey share: a cube over the field, with methane in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import surveys
from scipy.ndimage import gaussian_filter

from sillage.records.cube import MemoryCube
from sillage.simulate.scenes import implant

PIXEL_M = 4.0
SIZE = (70, 90)
WAVELENGTH_NM = np.linspace(2007.5, 2496.2, 50)
CORNER_M = (-180.0, 140.0)
"""West and north edge of the picture."""
SCENE = """
[[scenes]]
file = "scene.hdr"
platform = "Twin Otter"
instrument = "imager"
sensor_height_m = 1200.0
observed_at = 2026-05-09T12:30:00Z
"""
ALONE = """\
[survey]
name = "From above"
gas = "methane"
"""


def write(
    folder: Path,
    *,
    core_ppm_m: float = 6000.0,
    at_m: tuple[float, float] = (12.0, -8.0),
    placed: bool = True,
) -> Path:
    """An ENVI cube of patchy ground with a round plume; gives its header."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(4)
    band = np.linspace(0.0, 1.0, WAVELENGTH_NM.size)
    materials = 1.0 + 0.1 * np.sin(np.outer(2.0 + np.arange(3), 4.0 * band))
    share = np.stack([gaussian_filter(rng.normal(size=SIZE), 3.0) for _ in range(3)], axis=-1)
    share = np.exp(2.0 * share / share.std())
    share /= share.sum(axis=-1, keepdims=True)
    radiance = 5.0 * (share @ materials) * np.exp(-band)
    radiance *= 1.0 + 0.004 * rng.normal(size=radiance.shape)
    line, sample = np.mgrid[: SIZE[0], : SIZE[1]]
    east = CORNER_M[0] + PIXEL_M * (sample + 0.5)
    north = CORNER_M[1] - PIXEL_M * (line + 0.5)
    away2 = ((east - at_m[0]) / 24.0) ** 2 + ((north - at_m[1]) / 14.0) ** 2
    gas = np.where(away2 < 9.0, core_ppm_m * np.exp(-0.5 * away2), 0.0)
    cube = implant(MemoryCube(radiance, WAVELENGTH_NM), "methane", gas).cube
    (folder / "scene.bil").write_bytes(cube.radiance.transpose(0, 2, 1).astype("<f4").tobytes())
    west, top = surveys.ORIGIN.to_lonlat(*CORNER_M)
    right, down = surveys.ORIGIN.to_lonlat(CORNER_M[0] + PIXEL_M, CORNER_M[1] - PIXEL_M)
    step = f"{float(right - west)!r}, {float(top - down)!r}"
    place = f"map info = {{Geographic Lat/Lon, 1, 1, {west}, {top}, {step}, WGS-84}}\n"
    (folder / "scene.hdr").write_text(
        f"ENVI\nsamples = {SIZE[1]}\nlines = {SIZE[0]}\nbands = 50\nheader offset = 0\n"
        "data type = 4\ninterleave = bil\nbyte order = 0\nwavelength units = Nanometers\n"
        f"wavelength = {{{', '.join(f'{one:.2f}' for one in WAVELENGTH_NM)}}}\n"
        "data units = W/m^2/sr/um\n" + (place if placed else ""),
        encoding="utf-8",
    )
    return folder / "scene.hdr"


def alone(folder: Path, text: str = SCENE) -> Path:
    """A survey of the cube and nothing else; gives its SURVEY.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "SURVEY.toml"
    path.write_text(ALONE + text, encoding="utf-8")
    return path
