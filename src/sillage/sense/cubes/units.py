"""What is a unit of radiance in W m-2 sr-1 um-1, and which one fits where none is written?

Reference of the magnitudes: Planck's law for the sun's disc (5772 K, 6.79e-5 sr) on a white
ground, and for a ground of 340 K: nothing natural is brighter for long.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64
from numpy import ndarray

from sillage.errors import ReadError

COUNTS = "counts"
"""Unit of numbers in proportion to radiance, of an unknown scale."""

_METRE = {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "nm": 1e-9}
_WATT = {"w": 1.0, "mw": 1e-3, "uw": 1e-6, "nw": 1e-9}
_WORDS = (
    (r"[µμ]", "u"),  # both spellings of micro are met
    (r"micro\s*watts?", "uw"),
    (r"milli\s*watts?", "mw"),
    (r"nano\s*watts?", "nw"),
    (r"watts?", "w"),
    (r"micro\s*-?\s*(?:met(?:er|re)s?|ns?\b)|microns?|micrometers?", "um"),
    (r"nano\s*met(?:er|re)s?", "nm"),
    (r"centi\s*met(?:er|re)s?", "cm"),
    (r"\bmet(?:er|re)s?", "m"),
    (r"steradians?|\bster\b|\bstr\b", "sr"),
    (r"(?:micro\s*|u)flicks?", "uw cm-2 sr-1 um-1"),
    (r"\bsquared?\s*(\w+)|(\w+?)[\s_]squared?\b", r"\1\2^2"),
    (r"_", " "),
    (r"\bper\b", "/"),
    (r"\*\*|\^", ""),
    (r"[²]", "2"),
    (r"[⁻−–]", "-"),  # noqa: RUF001  # the minus signs of typesetters
    (r"¹", "1"),
    (r"[{}\[\],·.*]", " "),
)
_FACTOR = re.compile(r"([a-z]+)\s*(-?\d)?")
_NO_RADIANCE = re.compile(r"reflectance|reflectivity|albedo|\brfl\b|\brefl\b", re.IGNORECASE)
_PLAUSIBLE = re.compile(r"(?:micro|milli|nano|[uµμmn])?w(?:atts?)?\b[^=;]{3,60}", re.IGNORECASE)
DARKEST_REFLECTANCE, BRIGHTEST_REFLECTANCE = -0.2, 1.5
"""Numbers that all lie between these, without a unit, are taken for reflectance."""
_UNITS = {"uW cm-2 sr-1 nm-1": 10.0, "W m-2 sr-1 um-1": 1.0}
"""Units that are met without being written, the coarser first, with their size."""


class Scale(NamedTuple):
    """What makes numbers radiance."""

    factor: Float64[ndarray, " band"]
    """Times the number is W m-2 sr-1 um-1."""
    is_counts: bool = False
    assumption: str | None = None


def factor_of(unit: str, wavelength_nm: Float64[ndarray, " band"]) -> Float64[ndarray, " band"]:
    """Size of a unit of spectral radiance in W m-2 sr-1 um-1, band by band.

    Parameters
    ----------
    unit
        Such as `uW/cm^2/nm/sr`, `mW m-2 sr-1 (cm-1)-1` or `microwatts per centimeter squared per
        nanometer per steradian`.
    wavelength_nm
        Band centres: a unit per wavenumber changes its size along them.

    Raises
    ------
    ValueError
        It is no unit of spectral radiance.
    """
    powers = _powers(unit)
    watt = [name for name in powers if name in _WATT and powers[name] == 1]
    lengths = {name: power for name, power in powers.items() if name in _METRE}
    rest = set(powers) - set(watt) - set(lengths) - {"sr"}
    if len(watt) != 1 or powers.get("sr") != -1 or rest:
        raise ValueError(unit)
    size = _WATT[watt[0]]
    for name, power in lengths.items():
        size *= _METRE[name] ** power
    total = sum(lengths.values())
    if total == -3:  # per area and per wavelength
        return np.full(len(wavelength_nm), size * 1e-6)
    if total == -1 and lengths.get("cm") in {-1, 1}:  # per area and per wavenumber
        # dnu/dlambda = 1 / lambda^2; both in metres, and 1 um is 1e-6 m
        return np.asarray(size / (wavelength_nm * 1e-9) ** 2 * 1e-6)
    raise ValueError(unit)


def _powers(unit: str) -> dict[str, int]:
    text = unit.lower().strip()
    text = re.sub(r"\(?(?:/|per)?\s*cm\s*\^?\{?-1\}?\)\s*\^?\{?-1\}?", " cm1", text)  # (cm-1)-1
    text = re.sub(r"/\s*\(?\s*cm\s*\^?\{?-1\}?(?=\)|$|/|\s)\)?", " cm1 ", text)  # /cm-1
    text = re.sub(r"\bwave\s*numbers?\b", "cm-1", text)
    for pattern, plain in _WORDS:
        text = re.sub(pattern, plain, text)
    powers: dict[str, int] = {}
    # After a slash all in the same brackets is divided; without brackets, the next factor only.
    depth_divided = [False]
    divide = False
    for part in re.findall(r"[()/]|[a-z]+\s*-?\d?", text):
        if part == "/":
            divide = True
        elif part == "(":
            depth_divided.append(depth_divided[-1] ^ divide)
            divide = False
        elif part == ")":
            depth_divided = depth_divided[:-1] or [False]
        elif found := _FACTOR.fullmatch(part):
            name, power = found[1], int(found[2] or 1)
            sign = -1 if depth_divided[-1] ^ divide else 1
            powers[name] = powers.get(name, 0) + sign * power
            divide = False
    return {name: power for name, power in powers.items() if power}


def unit_within(text: str) -> str | None:
    """The unit of spectral radiance that a description mentions, if it mentions one."""
    for found in _PLAUSIBLE.finditer(text):
        words = found[0].strip(" ,")
        while len(words) > 6:
            try:
                factor_of(words, np.ones(1))
            except ValueError:
                words = words[:-1].strip(" ,")
            else:
                return words
    return None


def is_reflectance(text: str) -> bool:
    """Whether a unit, a name or a description says that the numbers are no radiance."""
    return _NO_RADIANCE.search(text) is not None


def refuse_reflectance(name: str, why: str) -> ReadError:
    """The error for a cube that is no radiance."""
    return ReadError(
        name,
        f"is reflectance, not radiance ({why}): gas is found in light as it reached the sensor; "
        "open the at-sensor radiance (L1B) of the same scene, or, if it is radiance, say its unit",
    )


def guess(
    numbers: Float[ndarray, "pixel band"],
    wavelength_nm: Float64[ndarray, " band"],
    name: str,
) -> Scale:
    """The unit that fits the size of some numbers, where none is written.

    Parameters
    ----------
    numbers
        Some pixels, NaN where there is no value.
    wavelength_nm
        Band centres.
    name
        The file, for messages.

    Raises
    ------
    ReadError
        They all lie between -0.2 and 1.5, as reflectance does.
    """
    finite = numbers[np.isfinite(numbers)]
    ones = np.ones(len(wavelength_nm))
    if not finite.size or not finite.max() > 0.0:
        note = "no unit is written and nothing that was looked at is above 0: taken as counts"
        return Scale(ones, is_counts=True, assumption=note)
    low, high = float(finite.min()), float(finite.max())
    if low >= DARKEST_REFLECTANCE and high <= BRIGHTEST_REFLECTANCE:
        raise refuse_reflectance(
            name, f"no unit is written and all numbers lie in {low:.3g} to {high:.3g}"
        )
    with np.errstate(invalid="ignore"):
        brightness = np.nanquantile(numbers / _brightest(wavelength_nm), 0.999)
    for unit, size in _UNITS.items():
        if brightness * size <= 1.0:
            note = f"no unit is written: numbers of this size are taken as {unit}"
            return Scale(ones * size, assumption=note)
    note = (
        "no unit is written and the numbers are larger than any radiance: taken as counts in "
        "proportion to it (columns of gas do not depend on the scale, limits of detection do)"
    )
    return Scale(ones, is_counts=True, assumption=note)


def _brightest(wavelength_nm: Float64[ndarray, " band"]) -> Float64[ndarray, " band"]:
    """Radiance of white ground in full sun, of 340 K besides; W m-2 sr-1 um-1."""
    sun = 6.79e-5 / np.pi * _planck(wavelength_nm, 5772.0)
    return np.asarray(sun + _planck(wavelength_nm, 340.0))


def _planck(
    wavelength_nm: Float64[ndarray, " band"], temperature_k: float
) -> Float64[ndarray, " band"]:
    um = wavelength_nm * 1e-3
    exponent = np.minimum(14387.77 / (um * temperature_k), 700.0)
    return np.asarray(1.191043e8 / um**5 / np.expm1(exponent))
