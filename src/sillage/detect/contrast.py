"""How does a plume of some temperature stand out before each pixel's background?

To first order in optical depth a plume changes what the sensor sees by its depth times a contrast:
the plume's glow less that of the ground, through the path. What the sensor would see of an opaque
plume is known once the plume's temperature is; so the contrast is that, less the background at the
sensor, and the ground's own emissivity and temperature need not be told apart.

Reference: Hayden, Noll & Wurster in Young et al., J. Geophys. Res. 107, 4766, 2002 (layers).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from sillage.errors import SettingError
from sillage.spectra.lwir import Path, planck_radiance, planck_slope

_NODES = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
_SHARES = np.exp(-0.5 * _NODES**2)
"""Normal distribution in steps of one sigma."""


@dataclass(frozen=True, kw_only=True)
class PlumeTemperature:
    """What is known beforehand of a plume's temperature; that of the air, as a rule."""

    mean_K: float
    std_K: float = 1.5

    def __post_init__(self) -> None:
        if not (0.0 < self.mean_K < np.inf and 0.0 <= self.std_K < np.inf):
            raise SettingError(
                f"a plume's temperature is above 0 K with a finite error, not {self.mean_K:g} K "
                f"with {self.std_K:g} K"
            )

    def nodes(self) -> tuple[Float64[ndarray, " node"], Float64[ndarray, " node"]]:
        """Temperatures to try, in K, and how probable each is."""
        if self.std_K == 0.0:
            return np.array([self.mean_K]), np.ones(1)
        return self.mean_K + self.std_K * _NODES, _SHARES / _SHARES.sum()


def opaque(
    wavelength_nm: Float64[ndarray, " band"], plume_K: float, path: Path
) -> Float64[ndarray, " band"]:
    """Radiance at the sensor of a plume through which nothing comes, W m-2 sr-1 um-1."""
    um = wavelength_nm / 1000.0
    along = np.asarray(path.transmission)
    glow = planck_radiance(um, path.temperature_K)
    return np.asarray(along * planck_radiance(um, plume_K) + (1.0 - along) * glow)


def kelvins(
    wavelength_nm: Float64[ndarray, " band"],
    contrast: Float64[ndarray, "*pixel band"],
    plume_K: float,
) -> Float64[ndarray, "*pixel"]:
    """Contrast as a difference of temperature, median over bands."""
    return np.asarray(np.median(contrast / planck_slope(wavelength_nm / 1000.0, plume_K), axis=-1))
