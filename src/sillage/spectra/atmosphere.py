"""How much heat comes through clean air, over a range, at a temperature and humidity?

From a table of horizontal transmission near the ground that LOWTRAN7 made, so that nothing has to
be compiled or licensed: 50 m to 20 km, 253 to 313 K, 5 to 100 % relative humidity, 600 to 3500
cm-1 at the band model's own resolution of 20 cm-1. Between its points the logarithm of optical
depth is linear in the logarithm of range, which is what band models do; depth itself is linear in
temperature, humidity and wavenumber.

Reference: Kneizys et al., Users guide to LOWTRAN 7, AFGL-TR-88-0177, 1988.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.errors import NotEnoughInformation, ReadError

_AXES = ("range_km", "temperature_K", "rh_percent", "wavenumber_cm1")
_LEAST_DEPTH, _MOST_DEPTH = 1e-7, 30.0
WATER_SCALE_M = 2000.0
"""Height over which water vapour falls to 1/e; of the heights here it does most of the taking."""


@dataclass(frozen=True)
class Atmosphere:
    """Optical depth of horizontal paths, by range, temperature, humidity and wavenumber."""

    range_m: Float[ndarray, " range"]
    temperature_K: Float[ndarray, " temperature"]
    relative_humidity_percent: Float[ndarray, " humidity"]
    wavenumber_cm: Float[ndarray, " point"]
    log_depth: Float[ndarray, "range temperature humidity point"]

    def transmission(
        self,
        wavenumber_cm: Float[ndarray, " at"],
        *,
        range_m: float,
        temperature_K: float,
        relative_humidity_percent: float,
    ) -> Float[ndarray, " at"]:
        """Share of radiance that a horizontal path lets through.

        Below 50 m depth goes on as it came; at no range at all everything comes through.

        Raises
        ------
        NotEnoughInformation
            Range, temperature, humidity or a wavenumber lies outside the table.
        """
        if range_m == 0.0:
            return np.ones(len(wavenumber_cm))
        self._within("a range", range_m, 0.0, self.range_m[-1], "m")
        for end in (np.min(wavenumber_cm), np.max(wavenumber_cm)):
            self._within("a wavenumber", end, self.wavenumber_cm[0], self.wavenumber_cm[-1], "cm-1")
        near, share = _between(np.log(self.range_m), float(np.log(range_m)))
        slab = (1.0 - share) * self.log_depth[near] + share * self.log_depth[near + 1]
        depth = np.exp(slab)
        for name, axis, value, unit in (
            ("a temperature", self.temperature_K, temperature_K, "K"),
            ("a humidity", self.relative_humidity_percent, relative_humidity_percent, "%"),
        ):
            self._within(name, value, axis[0], axis[-1], unit)
            near, share = _between(axis, value)
            depth = (1.0 - share) * depth[near] + share * depth[near + 1]
        return np.asarray(np.exp(-np.interp(wavenumber_cm, self.wavenumber_cm, depth)))

    @staticmethod
    def _within(name: str, value: float, low: float, high: float, unit: str) -> None:
        if not low <= value <= high:
            raise NotEnoughInformation(
                f"the table of clean air goes from {low:g} to {high:g} {unit}; {name} of "
                f"{value:g} {unit} lies outside"
            )


def read_atmosphere(path: Path) -> Atmosphere:
    """Read the table, `lowtran7_horizontal_tau.npz` of the data set `atmosphere`.

    Raises
    ------
    ReadError
        It is missing, is no such table, or holds numbers that are no transmission.
    """
    try:
        with np.load(path, allow_pickle=False) as kept:
            axes = [kept[name].astype(float) for name in _AXES]
            share = kept["transmittance"].astype(float)
    except FileNotFoundError:
        raise ReadError(
            str(path), "there is no such file; 'sillage data get atmosphere' says where it belongs"
        ) from None
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ReadError(str(path), f"is no table of transmission ({error})") from error
    rising = all(axis.ndim == 1 and (np.diff(axis) > 0.0).all() for axis in axes)
    if not rising or share.shape != tuple(map(len, axes)) or min(map(len, axes)) < 2:
        raise ReadError(str(path), "its axes do not rise, or do not match its transmission")
    if not ((share >= 0.0) & (share <= 1.0)).all():
        raise ReadError(str(path), "holds transmission below 0 or above 1")
    with np.errstate(divide="ignore"):
        depth = np.clip(-np.log(share), _LEAST_DEPTH, _MOST_DEPTH)
    return Atmosphere(1000.0 * axes[0], axes[1], axes[2], axes[3], np.log(depth))


def effective_range_m(
    height_m: float, off_nadir_deg: float = 0.0, *, scale_height_m: float = WATER_SCALE_M
) -> float:
    """Horizontal range at the ground that takes as much as a slant path up to a height.

    The air thins with height, so that its absorber over the path is that of a shorter one.

    Raises
    ------
    NotEnoughInformation
        The height is below zero, or the view is not from 0 to below 85 degrees off nadir.
    """
    if height_m < 0.0 or not 0.0 <= off_nadir_deg < 85.0:
        raise NotEnoughInformation(
            f"a slant path goes up from the ground and is less than 85 degrees off nadir; "
            f"{height_m:g} m and {off_nadir_deg:g} degrees are not"
        )
    column = scale_height_m * -np.expm1(-height_m / scale_height_m)
    return float(column / np.cos(np.radians(off_nadir_deg)))


def _between(axis: Float[ndarray, " point"], value: float) -> tuple[int, float]:
    """The point of an axis below a value, and how far it is on the way to the next."""
    near = int(np.clip(np.searchsorted(axis, value, side="right") - 1, 0, len(axis) - 2))
    return near, float((value - axis[near]) / (axis[near + 1] - axis[near]))
