"""Parts of made-up answers that stand alone: settings, and what one more reading might tell."""

from __future__ import annotations

import numpy as np

from sillage.records.arrays import Arrays

SETTINGS: dict[str, float | int | str] = {
    "rate_prior_median_kg_h": 1.0,
    "rate_prior_log_std": 2.3,
    "background_std_ppm": 0.05,
    "wind_direction_std_deg": 8.0,
    "residual_correlation_s": 120.0,
    "seed": 1,
    "dispersion": "estimated growth",
}


def advice_of(centres: tuple[tuple[float, float], ...], nats: float = 0.8) -> Arrays:
    """Most is told some way downwind of each place, beside its axis."""
    axis = np.linspace(-20.0, 120.0, 32)
    north, east = np.meshgrid(axis, axis, indexing="ij")
    gain = np.zeros_like(east)
    for rank, (east_m, north_m) in enumerate(centres):
        away, aside = east - east_m - 12.0, np.abs(north - north_m) - 5.0
        gain += nats / (1 + rank) * np.exp(-((away / 15.0) ** 2) - (aside / 4.0) ** 2)
    return Arrays(
        {"gain": gain, "north_m": axis, "east_m": axis},
        dims={"gain": ("north", "east"), "north_m": ("north",), "east_m": ("east",)},
        units={"gain": "1", "north_m": "m", "east_m": "m"},
    )
