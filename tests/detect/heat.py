"""What small scenes of heat do tests share: 64 bands, 48 by 48 pixels, no file of data."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sillage.detect.contrast import PlumeTemperature
from sillage.detect.identify import Identification, identify
from sillage.simulate.lwir_inputs import Imager
from sillage.simulate.lwir_scenes import (
    Air,
    LwirScene,
    Release,
    Terrain,
    draw_plume,
    draw_terrain,
    make_scene,
)
from sillage.spectra.atmosphere import Atmosphere

SHAPE = (48, 48)
BANDS = 64
WAVELENGTH_NM = np.linspace(7520.0, 12010.0, BANDS)
IMAGER = Imager(WAVELENGTH_NM, np.full(BANDS, 75.0), np.full(BANDS, 0.02))
GROUND_K = 290.0
PLUME_K = 298.0
AIR = Air(temperature_K=PLUME_K, relative_humidity_percent=40.0, range_m=300.0)
SOME = ("ammonia", "ethylene", "methanol", "sulfur hexafluoride", "phosphine", "furan", "propene")


def clean_air() -> Atmosphere:
    """A table whose depth goes as range, and is a tenth at a kilometre."""
    axes = (
        np.array([50.0, 20_000.0]),
        np.array([250.0, 320.0]),
        np.array([0.0, 100.0]),
        np.array([600.0, 3500.0]),
    )
    depth = np.broadcast_to((1e-4 * axes[0])[:, None, None, None], tuple(map(len, axes)))
    return Atmosphere(*axes, np.log(depth))


def terrain(seed: int = 0) -> Terrain:
    """Ground of a few surfaces with broad features of their own."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform(7500.0, 12000.0, (40, 1))
    width = rng.uniform(400.0, 1500.0, (40, 1))
    dip = np.exp(-0.5 * ((WAVELENGTH_NM - centre) / width) ** 2)
    emissivity = 0.98 - rng.uniform(0.0, 0.15, (40, 1)) * dip
    return draw_terrain(emissivity, shape=SHAPE, surfaces=4, temperature_K=GROUND_K, rng=rng)


def black(temperature_K: float) -> Terrain:
    """Ground that is one black body."""
    return Terrain(np.ones((*SHAPE, BANDS)), np.full(SHAPE, temperature_K))


def shape(seed: int = 0) -> np.ndarray:
    """A plume whose largest column is 1."""
    return draw_plume(SHAPE, rng=np.random.default_rng(seed))


def scene(
    peaks_ppm_m: Mapping[str, float],
    *,
    ground: Terrain | None = None,
    plume_K: float = PLUME_K,
    seed: int = 0,
) -> LwirScene:
    """Gases of one shape over a ground; none where no peak is given."""
    columns = {gas: peak * shape(seed) for gas, peak in peaks_ppm_m.items()}
    release = Release(columns_ppm_m=columns, temperature_K=plume_K) if columns else None
    return make_scene(
        terrain(seed) if ground is None else ground,
        imager=IMAGER,
        atmosphere=clean_air(),
        air=AIR,
        release=release,
        rng=np.random.default_rng(seed + 1),
    )


def ask(seen: LwirScene, seed: int = 0, gases: tuple[str, ...] | None = None) -> Identification:
    """Identify the plume of a scene; its temperature is known to a kelvin."""
    return identify(
        seen.cube,
        shape(seed) > 0.3,
        temperature=PlumeTemperature(mean_K=PLUME_K + 0.5, std_K=1.0),
        path=seen.path,
        gases=gases,
    )
