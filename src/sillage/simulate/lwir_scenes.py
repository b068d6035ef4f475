"""What would an imager of heat see of a ground, of a gas before it, and of the air between?

Scenes with exact truth. The ground is a map of surfaces that blend at their borders and vary
within, each of its own warmth; the sky that it mirrors and the path to the sensor come from one
table of clean air; the plume has a temperature of its own and a column of each gas in each pixel.
A scene is drawn in steps, so that a plume can be made as strong as the ground behind it asks for.

Reference: Hayden, Noll & Wurster in Young et al., J. Geophys. Res. 107, 4766, 2002 (layers);
Elsasser, Harvard Meteorol. Stud. 6, 1942 (diffuse transmission as 1.66 vertical paths).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Bool, Float, Float64
from numpy import ndarray
from scipy.ndimage import gaussian_filter

from sillage.errors import RecordError
from sillage.records.cube import About, MemoryCube
from sillage.simulate.lwir_inputs import Imager
from sillage.spectra.atmosphere import WATER_SCALE_M, Atmosphere
from sillage.spectra.cross_section import cross_section
from sillage.spectra.lwir import Ground, Path, Plume, planck_radiance, three_layer
from sillage.spectra.response import Response
from sillage.spectra.spectrum import number_density_cm3

DIFFUSE = 1.66
"""Vertical paths that light from the whole sky takes on average."""
_STEP_K = 0.02
"""Ground comes in steps of this, far below any noise: Planck's law is computed once a step."""
_GRID_CM = 0.25
_MARGIN_CM = 15.0
_SHARPNESS = 8.0
"""How abruptly one surface gives way to the next."""
_LEAST_DEPTH = 1e-12


Absorption = Callable[[str, Float64[ndarray, " point"]], Float64[ndarray, " point"]]
"""Cross section of a gas at wavenumbers, cm2; zero where none is known."""


def library_absorption(
    gas: str, wavenumber_cm: Float64[ndarray, " point"]
) -> Float64[ndarray, " point"]:
    """What the gas library says, and nothing beyond its windows."""
    return cross_section(gas, wavenumber_cm, outside_cm2=0.0)


@dataclass(frozen=True, kw_only=True)
class Air:
    """Air of one temperature and humidity, and how much of it lies before the sensor."""

    temperature_K: float
    relative_humidity_percent: float
    range_m: float


@dataclass(frozen=True)
class Terrain:
    """Ground of a scene."""

    emissivity: Float64[ndarray, "line sample band"]
    temperature_K: Float64[ndarray, "line sample"]


@dataclass(frozen=True, kw_only=True)
class Release:
    """Gases of one temperature over a ground."""

    columns_ppm_m: Mapping[str, Float64[ndarray, "line sample"]]
    """By gas, along the line of sight."""
    temperature_K: float


@dataclass(frozen=True)
class LwirScene:
    """What was seen, and what was there."""

    cube: MemoryCube
    terrain: Terrain
    air: Air
    release: Release | None
    path: Path
    """Transmission and temperature of the air between plume and sensor, band by band."""
    radiance_without_gas: Float64[ndarray, "line sample band"]
    """Without noise, too."""


def draw_terrain(
    emissivity: Float[ndarray, "surface band"],
    *,
    shape: tuple[int, int] = (64, 64),
    surfaces: int = 6,
    temperature_K: float = 296.0,
    scale: float = 6.0,
    rng: np.random.Generator,
) -> Terrain:
    """Draw a ground of several surfaces, each a varying blend of two of a library.

    Parameters
    ----------
    emissivity
        The library; twice `surfaces` of it are taken.
    shape
        Lines and samples.
    surfaces
        How many lie in the scene.
    temperature_K
        Mean over surfaces; they differ by 2 K, slopes and shade within them by 1 K, pixels by 0.5.
    scale
        Pixels over which surfaces and warmth change.
    rng
        Source of chance.
    """
    size = (surfaces, *shape)
    taken = rng.choice(len(emissivity), size=(2, surfaces), replace=False)  # blend surface
    heights = _SHARPNESS * _fields(size, scale, rng)
    share = np.exp(heights - heights.max(axis=0))
    share /= share.sum(axis=0)  # surface line sample
    blend = _fields(size, scale, rng) + 0.5 * rng.standard_normal(size)
    first = 1.0 / (1.0 + np.exp(-blend))
    shares = np.stack([share * first, share * (1.0 - first)])  # blend surface line sample
    warmth = np.einsum("sij,s->ij", share, rng.normal(0.0, 2.0, surfaces))
    warmth += _fields((1, *shape), scale, rng)[0] + 0.5 * rng.standard_normal(shape)
    return Terrain(
        np.asarray(np.einsum("tsij,tsb->ijb", shares, emissivity[taken], optimize=True)),
        _STEP_K * np.round((temperature_K + warmth) / _STEP_K),
    )


def draw_plume(
    shape: tuple[int, int], *, rng: np.random.Generator
) -> Float64[ndarray, "line sample"]:
    """Draw a plume that winds and widens away from a source; its largest column is 1."""
    lines, samples = shape
    along = np.linspace(0.0, 1.0, 40)
    heading = rng.uniform(0.0, 2.0 * np.pi) + rng.normal(0.0, 0.5) * along
    step = 0.55 * min(shape) / len(along)
    reach = np.cumsum(step * np.stack([np.sin(heading), np.cos(heading)]), axis=1)  # axis puff
    room = np.array([lines, samples])[:, None]
    low, high = reach.min(axis=1), reach.max(axis=1)
    start = rng.uniform(0.1 * room[:, 0] - low, 0.9 * room[:, 0] - high)
    place = start[:, None] + reach + np.cumsum(rng.normal(0.0, 0.3, reach.shape), axis=1)
    width = rng.uniform(1.2, 2.0) + rng.uniform(2.0, 5.0) * along
    line = np.exp(-0.5 * ((np.arange(lines)[:, None] - place[0]) / width) ** 2)
    sample = np.exp(-0.5 * ((np.arange(samples)[:, None] - place[1]) / width) ** 2)
    column: Float64[ndarray, "line sample"] = (line / width**1.5) @ sample.T
    return np.asarray(column / column.max())


def make_scene(
    terrain: Terrain,
    *,
    imager: Imager,
    atmosphere: Atmosphere,
    air: Air,
    release: Release | None = None,
    absorption: Absorption = library_absorption,
    rng: np.random.Generator,
) -> LwirScene:
    """See a ground, and a plume where there is one, through air and with noise.

    Truth may be finer than what the plume is later identified with: give an `absorption` of full
    spectra, and the library's fits have to do with what they are.

    Raises
    ------
    RecordError
        The terrain has other bands than the imager, or a column other pixels than the terrain.
    NotEnoughInformation
        The air lies outside the table.
    """
    if terrain.emissivity.shape[-1] != len(imager.wavelength_nm):
        raise RecordError(
            f"the ground has {terrain.emissivity.shape[-1]} bands, the imager "
            f"{len(imager.wavelength_nm)}; read the emissivity at the imager's own"
        )
    size = terrain.temperature_K.shape
    for gas, column in (release.columns_ppm_m if release else {}).items():
        if column.shape != size:
            raise RecordError(f"{gas} has columns over {column.shape}, the ground is {size}")
    um = imager.wavelength_nm / 1000.0
    path = path_through(atmosphere, air, imager)
    behind = _leaving(terrain, um, _sky(atmosphere, air, imager))
    clean = _at_sensor(behind, um, np.zeros_like(behind), air.temperature_K, path)
    seen = clean.copy()
    if release is not None:
        gassy = np.any([column > 0.0 for column in release.columns_ppm_m.values()], axis=0)
        depth = _depth(release.columns_ppm_m, gassy, imager, absorption)
        seen[gassy] = _at_sensor(behind[gassy], um, depth, release.temperature_K, path)
    seen = seen + imager.noise * rng.standard_normal(seen.shape)
    cube = MemoryCube(
        seen.astype(np.float32),
        imager.wavelength_nm,
        fwhm_nm=imager.fwhm_nm,
        about=About(name="simulated scene of heat"),
    )
    return LwirScene(cube, terrain, air, release, path, clean)


def path_through(atmosphere: Atmosphere, air: Air, imager: Imager) -> Path:
    """Air between plume and sensor, as the bands of an imager see it."""
    through = _through(atmosphere, air, air.range_m, imager)
    return Path(transmission=through, temperature_K=air.temperature_K)


def _through(
    atmosphere: Atmosphere, air: Air, range_m: float, imager: Imager
) -> Float64[ndarray, " band"]:
    """Transmission of air; the table is coarser than a band, so its centre stands for it."""
    return atmosphere.transmission(
        1e7 / imager.wavelength_nm,
        range_m=range_m,
        temperature_K=air.temperature_K,
        relative_humidity_percent=air.relative_humidity_percent,
    )


def _sky(atmosphere: Atmosphere, air: Air, imager: Imager) -> Float64[ndarray, " band"]:
    """Glow of the sky on the ground: of the water below its scale height, seen from all sides."""
    through = _through(atmosphere, air, DIFFUSE * WATER_SCALE_M, imager)
    glow = planck_radiance(imager.wavelength_nm / 1000.0, air.temperature_K)
    return np.asarray((1.0 - through) * glow)


def _leaving(
    terrain: Terrain, um: Float64[ndarray, " band"], sky: Float64[ndarray, " band"]
) -> Float64[ndarray, "line sample band"]:
    levels, which = np.unique(terrain.temperature_K, return_inverse=True)
    glow = np.stack([planck_radiance(um, float(level)) for level in levels])
    own = terrain.emissivity * glow[which.reshape(terrain.temperature_K.shape)]
    return np.asarray(own + (1.0 - terrain.emissivity) * sky)


def _at_sensor(
    behind: Float64[ndarray, "*pixel band"],
    um: Float64[ndarray, " band"],
    depth: Float64[ndarray, "*pixel band"],
    plume_K: float,
    path: Path,
) -> Float64[ndarray, "*pixel band"]:
    """Three layers before a ground whose light is known: one that mirrors just that."""
    wavelength = np.broadcast_to(um, behind.shape).ravel()
    along = np.broadcast_to(np.asarray(path.transmission), behind.shape).ravel()
    seen = three_layer(
        wavelength,
        ground=Ground(emissivity=0.0, temperature_K=plume_K, sky_radiance=behind.ravel()),
        plume=Plume(optical_depth=depth.ravel(), temperature_K=plume_K),
        path=Path(transmission=along, temperature_K=path.temperature_K),
    )
    return seen.reshape(behind.shape)


def _depth(
    columns_ppm_m: Mapping[str, Float64[ndarray, "line sample"]],
    gassy: Bool[ndarray, "line sample"],
    imager: Imager,
    absorption: Absorption,
) -> Float64[ndarray, "pixel band"]:
    """Optical depth that each band sees; what it sees is the mean of what comes through."""
    grid, weight = _weights(imager)
    fine = np.zeros((int(gassy.sum()), len(grid)))
    for gas, column in columns_ppm_m.items():
        molecules_cm2 = number_density_cm3(296.0) * 1e-4 * column[gassy]
        fine += np.outer(molecules_cm2, absorption(gas, grid))
    return np.asarray(np.maximum(-np.log(np.exp(-fine) @ weight), _LEAST_DEPTH))


@cache
def _weights(imager: Imager) -> tuple[Float64[ndarray, " point"], Float64[ndarray, "point band"]]:
    """A grid of wavenumbers, and how each band weighs its points."""
    low, high = 1e7 / imager.wavelength_nm[-1], 1e7 / imager.wavelength_nm[0]
    grid = np.arange(low - _MARGIN_CM, high + _MARGIN_CM, _GRID_CM)
    response = Response.gaussian(imager.wavelength_nm, imager.fwhm_nm)
    return grid, response.apply(grid, np.eye(len(grid)))


def _fields(
    size: tuple[int, int, int], scale: float, rng: np.random.Generator
) -> Float64[ndarray, "field line sample"]:
    """Smooth random fields of mean 0 and standard deviation 1."""
    field = gaussian_filter(rng.standard_normal(size), (0.0, scale, scale), mode="wrap")
    field -= field.mean(axis=(1, 2), keepdims=True)
    return np.asarray(field / field.std(axis=(1, 2), keepdims=True))
