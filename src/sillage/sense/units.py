"""Which units are known, and what is one of them in the unit of the house.

Factors are exact by definition (SI brochure, 9th edition; international foot, knot and pound).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sillage.errors import SettingError, UnknownName


class Unit(NamedTuple):
    """`house = value * factor + offset`; `kind` names the quantity and the house's unit."""

    kind: str
    factor: float
    offset: float = 0.0


FRACTION = "mole fraction (ppm)"
COLUMN = "mole fraction times path (ppm m)"
MASS = "mass concentration (kg/m3)"
RAW = "raw"
TEMPERATURE = "temperature (K)"
PRESSURE = "pressure (Pa)"
SPEED = "speed (m/s)"
ANGLE = "angle (deg)"
LENGTH = "length (m)"

UNITS = {
    "ppm": Unit(FRACTION, 1.0),
    "umol/mol": Unit(FRACTION, 1.0),
    "ppb": Unit(FRACTION, 1e-3),
    "nmol/mol": Unit(FRACTION, 1e-3),
    "ppt": Unit(FRACTION, 1e-6),
    "%": Unit(FRACTION, 1e4),
    "ppm m": Unit(COLUMN, 1.0),
    "ppb m": Unit(COLUMN, 1e-3),
    "% m": Unit(COLUMN, 1e4),
    "kg/m3": Unit(MASS, 1.0),
    "g/m3": Unit(MASS, 1e-3),
    "mg/m3": Unit(MASS, 1e-6),
    "ug/m3": Unit(MASS, 1e-9),
    "ng/m3": Unit(MASS, 1e-12),
    "raw": Unit(RAW, 1.0),
    "K": Unit(TEMPERATURE, 1.0),
    "degC": Unit(TEMPERATURE, 1.0, 273.15),
    "degF": Unit(TEMPERATURE, 5.0 / 9.0, 459.67 * 5.0 / 9.0),
    "Pa": Unit(PRESSURE, 1.0),
    "hPa": Unit(PRESSURE, 100.0),
    "mbar": Unit(PRESSURE, 100.0),
    "kPa": Unit(PRESSURE, 1000.0),
    "bar": Unit(PRESSURE, 1e5),
    "mmHg": Unit(PRESSURE, 133.322387415),
    "inHg": Unit(PRESSURE, 3386.388640341),
    "psi": Unit(PRESSURE, 6894.757293168361),
    "m/s": Unit(SPEED, 1.0),
    "cm/s": Unit(SPEED, 0.01),
    "km/h": Unit(SPEED, 1.0 / 3.6),
    "knots": Unit(SPEED, 1852.0 / 3600.0),
    "mph": Unit(SPEED, 0.44704),
    "ft/s": Unit(SPEED, 0.3048),
    "deg": Unit(ANGLE, 1.0),
    "rad": Unit(ANGLE, 180.0 / math.pi),
    "gon": Unit(ANGLE, 0.9),
    "m": Unit(LENGTH, 1.0),
    "cm": Unit(LENGTH, 0.01),
    "km": Unit(LENGTH, 1000.0),
    "ft": Unit(LENGTH, 0.3048),
}
"""Every unit a map may name."""


def unit(name: str, *kinds: str, key: str) -> Unit:
    """Look a unit up, and see that it measures the right quantity.

    Parameters
    ----------
    name
        As the map writes it.
    kinds
        Quantities that fit here.
    key
        Key of the map, for the message.

    Raises
    ------
    UnknownName
        No such unit; names the nearest.
    SettingError
        The unit measures something else; lists those that fit.
    """
    known = UNITS.get(name)
    if known is None:
        raise UnknownName(f"unit ({key})", name, UNITS)
    if known.kind not in kinds:
        fitting = ", ".join(spelling for spelling, one in UNITS.items() if one.kind in kinds)
        raise SettingError(f"{key}: '{name}' is a {known.kind}; use one of {fitting}")
    return known


def to_house(values: ArrayLike, measured_in: Unit) -> NDArray[np.float64]:
    """Values in the house's unit of that quantity; any shape."""
    values = np.asarray(values, dtype=np.float64)
    if measured_in.factor == 1.0 and measured_in.offset == 0.0:
        return values
    return np.asarray(values * measured_in.factor + measured_in.offset)


def in_header(header: str) -> str | None:
    """The unit that a header such as `TVOC (ppb)` or `wind [m/s]` states, where it is known."""
    for opening, closing in (("(", ")"), ("[", "]")):
        if header.endswith(closing) and opening in header:
            stated = header[header.rindex(opening) + 1 : -1].strip()
            return stated if stated in UNITS else None
    return None
