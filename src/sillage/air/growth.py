"""How wide is a plume at a distance: one growth law for every published family.

    sigma(x) = a x^p (1 + b x^r)^-c,   x and sigma in metres

holds the Briggs curves, the power laws of Smith, and growth estimated from measured
turbulence in the form of Draxler. The reasons are in docs/decisions/0006-dispersion.md.

References
----------
Briggs, Diffusion estimation for small emissions, NOAA ATDL-106, 1973.
Smith (ed.), Recommended guide for the prediction of the dispersion of airborne effluents,
ASME, 1968; the same constants in Newman et al., arXiv 2408.01298, 2024.
Draxler, Atmospheric Environment 10, 1976, 99-105; Irwin, J. Climate Appl. Meteor. 22, 1983.
Golder, Boundary-Layer Meteorology 3, 1972, 47-58, as fitted by Seinfeld & Pandis,
Atmospheric Chemistry and Physics, 2006, eq. 16.83.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sillage.errors import UnknownName

Terrain = Literal["open-country", "urban"]


class Growth(NamedTuple):
    """Parameters of the growth law, crosswind then vertical; floats, or arrays of one shape."""

    a_y: ArrayLike
    p_y: ArrayLike = 1.0
    b_y: ArrayLike = 0.0
    r_y: ArrayLike = 1.0
    c_y: ArrayLike = 0.0
    a_z: ArrayLike = 0.1
    p_z: ArrayLike = 1.0
    b_z: ArrayLike = 0.0
    r_z: ArrayLike = 1.0
    c_z: ArrayLike = 0.0

    def rows(self) -> NDArray[np.float64]:
        """One row of ten parameters per observation; a single row when all are floats."""
        columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, np.float64)) for v in self))
        return np.ascontiguousarray(np.stack(columns, axis=-1))  # observation parameter

    def scaled(self, crosswind: ArrayLike, vertical: ArrayLike) -> Growth:
        """Multiply both widths, for instance by turbulence per observation."""
        return self._replace(
            a_y=np.asarray(self.a_y) * np.asarray(crosswind),
            a_z=np.asarray(self.a_z) * np.asarray(vertical),
        )


# class: crosswind (a, b, c), vertical (a, b, c), with p = r = 1; Briggs 1973, tables 5 and 6
_BRIGGS: dict[Terrain, dict[str, tuple[float, float, float, float, float, float]]] = {
    "open-country": {
        "A": (0.22, 1e-4, 0.5, 0.20, 0.0, 0.0),
        "B": (0.16, 1e-4, 0.5, 0.12, 0.0, 0.0),
        "C": (0.11, 1e-4, 0.5, 0.08, 2e-4, 0.5),
        "D": (0.08, 1e-4, 0.5, 0.06, 1.5e-3, 0.5),
        "E": (0.06, 1e-4, 0.5, 0.03, 3e-4, 1.0),
        "F": (0.04, 1e-4, 0.5, 0.016, 3e-4, 1.0),
    },
    "urban": {
        "A": (0.32, 4e-4, 0.5, 0.24, 1e-3, -0.5),
        "B": (0.32, 4e-4, 0.5, 0.24, 1e-3, -0.5),
        "C": (0.22, 4e-4, 0.5, 0.20, 0.0, 0.0),
        "D": (0.16, 4e-4, 0.5, 0.14, 3e-4, 0.5),
        "E": (0.11, 4e-4, 0.5, 0.08, 1.5e-3, 0.5),
        "F": (0.11, 4e-4, 0.5, 0.08, 1.5e-3, 0.5),
    },
}

# class: crosswind a, vertical a, common power: very unstable, unstable, neutral, stable
_SMITH: dict[str, tuple[float, float, float]] = {
    "A": (0.40, 0.41, 0.91),
    "B": (0.40, 0.41, 0.91),
    "C": (0.36, 0.33, 0.86),
    "D": (0.32, 0.22, 0.78),
    "E": (0.31, 0.06, 0.71),
    "F": (0.31, 0.06, 0.71),
}

# class: (a, b) of 1/L = a + b log10(z0), the middle of each class, most unstable first
_GOLDER = np.array(
    [
        (-0.096, 0.029),
        (-0.037, 0.029),
        (-0.002, 0.018),
        (0.0, 0.0),
        (0.004, -0.018),
        (0.035, -0.036),
    ]
)


def briggs(terrain: Terrain, stability: str) -> Growth:
    """Briggs curves of one stability class, A (very unstable) to F (stable).

    Raises
    ------
    UnknownName
        No such terrain or class.
    """
    if terrain not in _BRIGGS:
        raise UnknownName("terrain", terrain, _BRIGGS)
    if stability not in _BRIGGS[terrain]:
        raise UnknownName("stability class", stability, _BRIGGS[terrain])
    a_y, b_y, c_y, a_z, b_z, c_z = _BRIGGS[terrain][stability]
    return Growth(a_y=a_y, b_y=b_y, c_y=c_y, a_z=a_z, b_z=b_z, c_z=c_z)


def smith(stability: str) -> Growth:
    """Power laws of Smith; A with B, and E with F, share a curve.

    Raises
    ------
    UnknownName
        No such class.
    """
    if stability not in _SMITH:
        raise UnknownName("stability class", stability, _SMITH)
    a_y, a_z, power = _SMITH[stability]
    return Growth(a_y=a_y, p_y=power, a_z=a_z, p_z=power)


def draxler(
    tan_gamma_y: ArrayLike,
    tan_gamma_z: ArrayLike,
    speed_m_s: ArrayLike,
    *,
    stable: ArrayLike = False,
    memory_s: ArrayLike = 1000.0,
) -> Growth:
    """Growth estimated from measured turbulence; arguments broadcast, one per observation.

    Crosswind 1 / (1 + 0.9 (t / memory)^0.5); vertical 1 / (1 + 0.9 (t / 500 s)^0.5) in
    unstable and 1 / (1 + 0.945 (t / 100 s)^0.806) in stable air, with t = x / speed.

    Parameters
    ----------
    tan_gamma_y, tan_gamma_z
        Turbulence intensities sigma_v / U and sigma_w / U.
    speed_m_s
        Speed at which the plume travels.
    stable
        Whether the Obukhov length is positive.
    memory_s
        Time after which a plume of a ten minutes' sample has half the width of straight growth;
        shorter samples see smaller eddies, which forget sooner.
    """
    speed = np.asarray(speed_m_s, dtype=np.float64)
    is_stable = np.asarray(stable, dtype=np.bool_)
    exponent = np.where(is_stable, 0.806, 0.5)
    return Growth(
        a_y=np.asarray(tan_gamma_y, dtype=np.float64),
        b_y=0.9 * (np.asarray(memory_s, dtype=np.float64) * speed) ** -0.5,
        r_y=0.5,
        c_y=1.0,
        a_z=np.asarray(tan_gamma_z, dtype=np.float64),
        b_z=np.where(is_stable, 0.945, 0.9) * (np.where(is_stable, 100, 500) * speed) ** -exponent,
        r_z=exponent,
        c_z=1.0,
    )


def sigma(growth: Growth, distance_m: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Crosswind and vertical width in metres at downwind distances; upwind it is zero."""
    x = np.maximum(np.asarray(distance_m, dtype=np.float64), 0.0)
    a_y, p_y, b_y, r_y, c_y, a_z, p_z, b_z, r_z, c_z = (np.asarray(v, np.float64) for v in growth)
    crosswind = a_y * x**p_y * (1.0 + b_y * x**r_y) ** -c_y
    vertical = a_z * x**p_z * (1.0 + b_z * x**r_z) ** -c_z
    return np.asarray(crosswind), np.asarray(vertical)


def stability_class(obukhov_m: float, roughness_m: float = 0.03) -> str:
    """Pasquill class A to F from the Obukhov length and the roughness (Golder 1972).

    Each class reaches halfway, in 1/L, to the middle of its neighbours.
    """
    middles = _GOLDER[:, 0] + _GOLDER[:, 1] * np.log10(roughness_m)
    borders = 0.5 * (middles[1:] + middles[:-1])
    return "ABCDEF"[int(np.searchsorted(borders, 1.0 / obukhov_m))]
