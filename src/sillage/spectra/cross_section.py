"""How much does a molecule of a gas absorb at a wavenumber, and where is that known?

Values come from the library's fits, smoothed to 4 cm-1, or from the full spectra that a user has
imported. They hold for a trace of gas in air at the temperature of the entry; a line that is
black at its centre absorbs less than its smoothed cross section says.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.errors import NoSpectrum, ReadError
from sillage.spectra.entry import Entry, bands_of
from sillage.spectra.fit import evaluate
from sillage.spectra.gas import gas as find_gas

_TOLERANCE_CM = 1e-6


def windows(gas: str) -> tuple[tuple[float, float], ...]:
    """Ranges in which a gas has a cross section, in cm-1 and rising order; ranges that touch join.

    Raises
    ------
    UnknownName
        The library has no such gas.
    """
    joined: list[tuple[float, float]] = []
    for low, high in sorted((entry.low_cm, entry.high_cm) for entry in find_gas(gas).spectra):
        if joined and low <= joined[-1][1] + _TOLERANCE_CM:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def entries(gas: str, low_cm: float, high_cm: float) -> tuple[Entry, ...]:
    """The library's entries of a gas that reach into a range, the one that counts first ahead.

    Raises
    ------
    NoSpectrum
        None does; says which ranges the gas has.
    """
    found = find_gas(gas)
    reaching = tuple(e for e in found.spectra if e.low_cm < high_cm and e.high_cm > low_cm)
    if not reaching:
        raise NoSpectrum(found.name, low_cm, high_cm, windows(gas))
    return reaching


def cross_section(
    gas: str, wavenumber_cm: Float[ndarray, " at"], *, outside_cm2: float | None = None
) -> Float[ndarray, " at"]:
    """Absorption cross section of a gas, cm2 per molecule.

    Parameters
    ----------
    gas
        By any of its names.
    wavenumber_cm
        Where it is asked for, in any order.
    outside_cm2
        What to give beyond the windows of the gas, such as 0 or NaN. Without it, that is an error.

    Raises
    ------
    NoSpectrum
        A wavenumber lies beyond the windows, and `outside_cm2` is not given.
    ReadError
        A spectrum that the user imported is missing or was changed.
    """
    asked = np.asarray(wavenumber_cm, dtype=float)
    found = find_gas(gas)
    value = np.full(asked.shape, np.nan)
    waiting = np.ones(asked.shape, dtype=bool)
    for entry in found.spectra:
        within = (asked >= entry.low_cm - _TOLERANCE_CM) & (asked <= entry.high_cm + _TOLERANCE_CM)
        here = waiting & within
        if here.any():
            value[here] = _of_entry(entry, found.folder, asked[here])
            waiting &= ~within
    if waiting.any():
        if outside_cm2 is None:
            raise NoSpectrum(found.name, float(asked.min()), float(asked.max()), windows(gas))
        value[waiting] = outside_cm2
    return value


def _of_entry(
    entry: Entry, folder: str | None, wavenumber_cm: Float[ndarray, " at"]
) -> Float[ndarray, " at"]:
    if entry.table is None:
        return evaluate(bands_of(entry.bands), wavenumber_cm)
    nu, sigma = _table(str(Path(folder or ".") / entry.table), str(entry.table_sha256))
    between: Float[ndarray, " at"] = np.interp(wavenumber_cm, nu, sigma)
    return between


@cache
def _table(file: str, sha256: str) -> tuple[Float[ndarray, " point"], Float[ndarray, " point"]]:
    """The full spectrum of an import, byte for byte as it was imported."""
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise ReadError(file, f"cannot be read ({error.strerror}); import it again") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ReadError(file, "holds other bytes than were imported; import the spectrum again")
    with np.load(Path(file), allow_pickle=False) as kept:
        return kept["wavenumber_cm"], kept["cross_section_cm2"]
