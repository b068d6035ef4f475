"""How many kilograms in a cubic metre is a mole fraction in ppm, and back.

The ideal gas law: density = mole fraction x molar mass x pressure / (R x temperature).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

GAS_CONSTANT = 8.31446261815324
"""Molar gas constant, J mol-1 K-1 (exact since the SI of 2019)."""


def kg_m3_from_ppm(
    ppm: ArrayLike,
    molar_mass_g_mol: float,
    temperature_kelvin: ArrayLike = 288.15,
    pressure_pascal: ArrayLike = 101325.0,
) -> NDArray[np.float64]:
    """Mass concentration, kg m-3, of a mole fraction in ppm; arguments broadcast."""
    per_ppm = _kg_m3_per_ppm(molar_mass_g_mol, temperature_kelvin, pressure_pascal)
    return np.asarray(np.asarray(ppm, dtype=np.float64) * per_ppm)


def ppm_from_kg_m3(
    kg_m3: ArrayLike,
    molar_mass_g_mol: float,
    temperature_kelvin: ArrayLike = 288.15,
    pressure_pascal: ArrayLike = 101325.0,
) -> NDArray[np.float64]:
    """Mole fraction in ppm of a mass concentration in kg m-3; arguments broadcast."""
    per_ppm = _kg_m3_per_ppm(molar_mass_g_mol, temperature_kelvin, pressure_pascal)
    return np.asarray(np.asarray(kg_m3, dtype=np.float64) / per_ppm)


def _kg_m3_per_ppm(
    molar_mass_g_mol: float, temperature_kelvin: ArrayLike, pressure_pascal: ArrayLike
) -> NDArray[np.float64]:
    pressure = np.asarray(pressure_pascal, dtype=np.float64)
    temperature = np.asarray(temperature_kelvin, dtype=np.float64)
    # 1e-6 of g in kg
    return np.asarray(1e-9 * molar_mass_g_mol * pressure / (GAS_CONSTANT * temperature))
