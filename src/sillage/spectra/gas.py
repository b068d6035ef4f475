"""Which gas is meant by a name, and what does a mole of it weigh.

A gas is a file in `spectra/library`: its name, other names, formula and CAS number, and what
clean air holds of it where that means something. The molar mass is computed from the formula.

Reference: standard atomic weights, abridged to what these gases need, Prohaska et al.,
Pure and Applied Chemistry 94, 2022 (IUPAC 2021), conventional values where an interval is given.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from sillage.errors import RecordError, UnknownName

ATOMIC_WEIGHT: Mapping[str, float] = MappingProxyType(
    {
        "H": 1.008,
        "C": 12.011,
        "N": 14.007,
        "O": 15.999,
        "F": 18.998403162,
        "P": 30.973761998,
        "S": 32.06,
        "Cl": 35.45,
        "Br": 79.904,
    }
)
"""Relative mass of the elements, g mol-1."""

_TERM = re.compile(r"([A-Z][a-z]?)([1-9]\d*)?")


class Gas(msgspec.Struct, frozen=True, kw_only=True):
    """A gas of the library."""

    name: str
    names: tuple[str, ...]
    """Other names that are understood, formula spellings among them."""
    formula: str
    cas: str
    molar_mass_g_mol: float
    background_ppm: float | None = None
    """What clean air holds, where one number means something."""
    background_source: str | None = None


class _Background(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ppm: float
    source: str


class _GasFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    names: tuple[str, ...]
    formula: str
    cas: str
    background: _Background | None = None


def gas(name: str) -> Gas:
    """Find a gas by its name or one of its other names; capitals and spacing do not matter.

    Raises
    ------
    UnknownName
        The library has no such gas; names the nearest.
    """
    found = _by_any_name().get(_folded(name))
    if found is None:
        raise UnknownName("gas", name, library())
    return found


@cache
def library() -> Mapping[str, Gas]:
    """Every gas of the library, by name."""
    shelf = files("sillage.spectra") / "library"
    gases = [_read(entry.read_bytes()) for entry in shelf.iterdir() if entry.name.endswith(".toml")]
    return MappingProxyType({each.name: each for each in sorted(gases, key=lambda g: g.name)})


def molar_mass_g_mol(formula: str) -> float:
    """Molar mass of a formula such as `C3H6O`, g mol-1.

    Raises
    ------
    RecordError
        The formula is not a plain run of known elements and counts.
    """
    terms = _TERM.findall(formula)
    if not terms or "".join(element + count for element, count in terms) != formula:
        raise RecordError(f"formula '{formula}' cannot be read; write it plainly, such as C3H6O")
    unknown = sorted({element for element, _ in terms} - set(ATOMIC_WEIGHT))
    if unknown:
        raise RecordError(f"formula '{formula}': no atomic weight for {', '.join(unknown)}")
    return sum(ATOMIC_WEIGHT[element] * int(count or 1) for element, count in terms)


@cache
def _by_any_name() -> Mapping[str, Gas]:
    shelf: dict[str, Gas] = {}
    for each in library().values():
        for name in (each.name, *each.names):
            if shelf.setdefault(_folded(name), each) is not each:
                raise RecordError(f"gas library: '{name}' names two gases; take it out of one")
    return shelf


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def _read(content: bytes) -> Gas:
    entry = msgspec.convert(tomllib.loads(content.decode()), _GasFile)
    background = entry.background
    return Gas(
        name=entry.name,
        names=entry.names,
        formula=entry.formula,
        cas=entry.cas,
        molar_mass_g_mol=molar_mass_g_mol(entry.formula),
        background_ppm=background.ppm if background else None,
        background_source=background.source if background else None,
    )
