"""Grounds that a filter is tried on: radiance of few materials in changing light, with noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from numpy import ndarray


class Ground(NamedTuple):
    """Pixels without gas, and the gas that may be put over them."""

    radiance: Float64[ndarray, "pixel band"]
    unit: Float64[ndarray, " band"]
    """Per ppm m, below 0."""

    def under(self, column: Float64[ndarray, " pixel"]) -> Float64[ndarray, "pixel band"]:
        """Radiance below columns of the gas."""
        return self.radiance * np.exp(np.outer(column, self.unit))


def ground(
    rng: np.random.Generator, pixels: int = 600, bands: int = 20, noise: float = 0.003
) -> Ground:
    """A ground of four smooth materials, as bright as a factor of two apart."""
    place = np.linspace(0.0, 1.0, bands)
    materials = np.exp(-place + 0.2 * np.sin(np.outer(1.0 + np.arange(4), 3.0 * place)))
    share = rng.dirichlet(np.ones(4), pixels)
    light = np.exp(0.25 * rng.normal(size=(pixels, 1)))
    radiance = 5.0 * light * (share @ materials)
    radiance = radiance * (1.0 + noise * rng.normal(size=radiance.shape))
    unit = -2e-5 * (np.exp(-(((place - 0.6) / 0.05) ** 2)) + 0.5 * (np.sin(40.0 * place) > 0.5))
    return Ground(radiance, unit)
