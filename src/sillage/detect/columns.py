"""How much of each gas is in each pixel, were it alone; and how little would be noticed?

The column is that of generalised least squares: the pixel's difference from the background, against
what a unit of the gas would change, each whitened by how spectra without gas stray. Its one-sigma
off the plume is the noise-equivalent column (NECL); four of them are the limit of detection, at
which 95 of 100 are found with 5 false.

Reference: Heasler et al., Appl. Opt. 46, 2007, 6041 (generalised least squares); Chilton, Walsh &
Daly, Proc. SPIE 8710, 2013 (limit as multiples of NECL).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64
from numpy import ndarray

from sillage.detect.background import Background
from sillage.detect.signatures import Signatures
from sillage.spectra.spectrum import number_density_cm3

MOLECULES = number_density_cm3(296.0) * 1e-4
"""Molecules over a square centimetre in a column of one ppm m, at 296 K and 1013.25 hPa."""
LIMIT_NECL = 4.0
"""Limit of detection over noise-equivalent column."""


def columns_alone(
    background: Background,
    spectra: Float64[ndarray, "pixel band"],
    contrast: Float64[ndarray, "pixel band"],
    library: Signatures,
    *,
    trusted: Bool[ndarray, "direction gas"] | None = None,
) -> tuple[Float64[ndarray, "pixel gas"], Float64[ndarray, "pixel gas"]]:
    """Column of each gas as if no other were there, and its one-sigma, ppm m.

    Parameters
    ----------
    background
        Of the scene, from pixels without gas.
    spectra
        Radiance.
    contrast
        Change of radiance with optical depth.
    library
        Gases.
    trusted
        Directions that are ground to a gas, and not the gas itself; all where None.
    """
    absorbed = MOLECULES * library.cross_section_cm2  # gas band
    shown = contrast / background.noise
    away = (spectra - background.mean) / background.noise
    ground = 1.0 - 1.0 / background.variance  # direction
    kept = ground[:, None] * (np.ones((1, len(absorbed))) if trusted is None else trusted)
    score = (away * shown) @ absorbed.T  # pixel gas
    power = shown**2 @ (absorbed**2).T
    for one, share in zip(background.direction.T, kept, strict=True):
        along = (shown * one) @ absorbed.T
        score -= share * (away @ one)[:, None] * along
        power -= share * along**2
    # A pixel that is just as warm as the plume shows nothing: an endless error, not a zero one.
    power = np.maximum(power, np.finfo(float).tiny)
    return score / power, 1.0 / np.sqrt(power)


def limit_ppm_m(
    background: Background, contrast: Float64[ndarray, " band"], library: Signatures
) -> Float64[ndarray, " gas"]:
    """Limit of detection of each gas in one pixel, before a contrast, ppm m."""
    shown = background.whitened(MOLECULES * library.cross_section_cm2 * contrast)
    return np.asarray(LIMIT_NECL / np.linalg.norm(shown, axis=1))


def mass_g(column_ppm_m: float, molar_mass_g_mol: float, pixel_m: float) -> float:
    """Mass of a gas over a square pixel, at 296 K and 1013.25 hPa; it goes as the pixel's area."""
    mol_m2 = column_ppm_m * MOLECULES * 1e4 / 6.02214076e23
    return mol_m2 * molar_mass_g_mol * pixel_m**2
