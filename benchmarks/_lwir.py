"""What do scenes of heat look like in which a gas is to be named, and how strong is it there?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.detect.background import learn_background
from sillage.detect.columns import MOLECULES, limit_ppm_m
from sillage.detect.contrast import PlumeTemperature, opaque
from sillage.detect.signatures import Signatures, signatures
from sillage.errors import UnknownName
from sillage.records.cube import MemoryCube
from sillage.simulate.lwir_inputs import Imager, read_emissivity, read_imager
from sillage.simulate.lwir_scenes import (
    Absorption,
    Air,
    LwirScene,
    Release,
    Terrain,
    draw_plume,
    draw_terrain,
    library_absorption,
    make_scene,
    path_through,
)
from sillage.spectra.atmosphere import Atmosphere, read_atmosphere
from sillage.spectra.gas import gas as find_gas
from sillage.spectra.lwir import Path as AirPath
from sillage.spectra.lwir import brightness_temperature_k

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SHAPE = (64, 64)
RANGES_M = (100.0, 500.0, 1000.0)
CONTRAST_K = (2.0, 10.0)
"""Ends between which contrast is drawn, of either sign."""
MASK_SHARE = 0.3
"""A mask holds what has this share of the largest column."""
AIR_ERROR_K = 1.0
"""One sigma of the plume about the air, of the air as it is told, and of the path's."""
HUMIDITY_ERROR = 5.0
TOLD_STD_K = 1.5


class World(NamedTuple):
    """What all scenes are made from."""

    imager: Imager
    emissivity: Floats
    atmosphere: Atmosphere
    library: Signatures
    absorption: Absorption = library_absorption
    """What the gases of the scenes truly take."""


class Ground(NamedTuple):
    """A scene before there is a plume in it."""

    terrain: Terrain
    air: Air
    plume_K: float
    contrast_K: float
    shape: Floats
    """Of the plume, 1 at its largest."""
    mask: Bools
    limits_ppm_m: Floats
    """Of each gas of the library, from all of the scene."""
    noise_seed: int
    told: PlumeTemperature
    told_path: AirPath
    """Through air whose temperature and humidity are told with errors."""


def read_world() -> World | None:
    """Everything from the folder that SILLAGE_DATA names; nothing where none is named."""
    named = os.environ.get("SILLAGE_DATA")
    if not named:
        return None
    folder = Path(named)
    imager = read_imager(
        folder / "hytes_lwir" / "wavelengths_modtran_tir.flt",
        folder / "instrument" / "joint_avirisc_noise_223_hytes_parametric_noise_model.txt",
    )
    library = folder / "surface_emissivity" / "ecostress_library_with_mixtures.hdr"
    return World(
        imager,
        read_emissivity(library, imager.wavelength_nm),
        read_atmosphere(folder / "atmosphere" / "lowtran7_horizontal_tau.npz"),
        signatures(imager.wavelength_nm, imager.fwhm_nm),
    )


def with_full_spectra(world: World) -> tuple[World, frozenset[str]]:
    """The same, whose gases absorb as laboratories say; and those of which that is at hand."""
    file = Path(os.environ["SILLAGE_DATA"]) / "gas_cross_sections"
    with np.load(file / "gas_xsec_296K_1atm_650-1400.npz", allow_pickle=False) as kept:
        grid = kept["wavenumber_cm1"]
        named = {name: kept[name] for name in kept.files if name != "wavenumber_cm1"}
    full = {_gas_of(name): np.maximum(values, 0.0) for name, values in named.items()}

    def absorption(gas: str, wavenumber_cm: Floats) -> Floats:
        if gas in full:
            return np.asarray(np.interp(wavenumber_cm, grid, full[gas]))
        return library_absorption(gas, wavenumber_cm)

    return world._replace(absorption=absorption), frozenset(full) & set(world.library.gases)


def _gas_of(name: str) -> str:
    """The library's name of a spectrum whose file name has lost its commas and spaces."""
    bare = name.split("_HITRAN", maxsplit=1)[0]
    for one in (bare, bare.replace("_", " "), bare.replace("_", ","), bare.replace("_", "")):
        try:
            return find_gas(one).name
        except UnknownName:
            continue
    return name


def draw_ground(world: World, rng: np.random.Generator) -> Ground:
    """Ground, air and contrast by chance; the limits follow from them."""
    terrain = draw_terrain(
        world.emissivity,
        shape=SHAPE,
        surfaces=int(rng.integers(4, 9)),
        temperature_K=float(rng.uniform(280.0, 300.0)),
        rng=rng,
    )
    shape = draw_plume(SHAPE, rng=rng)
    contrast_K = float(rng.uniform(*CONTRAST_K) * rng.choice([-1.0, 1.0]))
    warmth = float(terrain.temperature_K.mean() + contrast_K + rng.normal(0.0, AIR_ERROR_K))
    air = Air(
        temperature_K=warmth,
        relative_humidity_percent=float(rng.uniform(20.0, 80.0)),
        range_m=float(rng.choice(RANGES_M)),
    )
    told_air = Air(
        temperature_K=air.temperature_K + float(rng.normal(0.0, AIR_ERROR_K)),
        relative_humidity_percent=air.relative_humidity_percent
        + float(rng.normal(0.0, HUMIDITY_ERROR)),
        range_m=air.range_m,
    )
    noise_seed = int(rng.integers(2**31))
    clear = _see(world, terrain, air, None, noise_seed)
    plume_K = apparent(world, clear) + contrast_K
    told = PlumeTemperature(mean_K=plume_K + float(rng.normal(0.0, AIR_ERROR_K)), std_K=TOLD_STD_K)
    return Ground(
        terrain,
        air,
        plume_K,
        contrast_K,
        shape,
        shape > MASK_SHARE,
        limits(world, clear, plume_K),
        noise_seed,
        told,
        path_through(world.atmosphere, told_air, world.imager),
    )


def apparent(world: World, scene: LwirScene) -> float:
    """Brightness temperature of the scene's mean without gas, in its middle band."""
    mean = scene.radiance_without_gas.mean(axis=(0, 1))
    um = world.imager.wavelength_nm / 1000.0
    return float(brightness_temperature_k(um, mean)[len(um) // 2])


def limits(world: World, scene: LwirScene, plume_K: float) -> Floats:
    """Limit of detection of each gas, from all pixels of a scene without gas."""
    cube = scene.cube.radiance.astype(float)
    background = learn_background(cube, np.ones(cube.shape[:2], dtype=bool))
    glow = opaque(world.imager.wavelength_nm, plume_K, scene.path)
    return limit_ppm_m(background, glow - background.mean, world.library)


def depth_at(world: World, place: int, column_ppm_m: float) -> float:
    """Optical depth of a column of a gas at its strongest band."""
    return float(MOLECULES * column_ppm_m * world.library.cross_section_cm2[place].max())


def with_gases(world: World, ground: Ground, columns_ppm_m: dict[str, float]) -> MemoryCube:
    """The scene, with gases whose largest columns are given; the noise stays what it was."""
    release = Release(
        columns_ppm_m={gas: column * ground.shape for gas, column in columns_ppm_m.items()},
        temperature_K=ground.plume_K,
    )
    held = release if columns_ppm_m else None
    return _see(world, ground.terrain, ground.air, held, ground.noise_seed).cube


def _see(
    world: World, terrain: Terrain, air: Air, release: Release | None, noise_seed: int
) -> LwirScene:
    return make_scene(
        terrain,
        imager=world.imager,
        atmosphere=world.atmosphere,
        air=air,
        release=release,
        absorption=world.absorption,
        rng=np.random.default_rng(noise_seed),
    )
