"""Which gas is meant by a name, and what does a mole of it weigh.

A gas is a file in `spectra/library`: its name, other names, formula and CAS number, what clean air
holds of it where that means something, and what it absorbs. The molar mass is computed from the
formula. A folder of the user's own, named by SILLAGE_GASES, adds gases and takes the place of ours.

Reference: standard atomic weights, abridged to what these gases need, Prohaska et al.,
Pure and Applied Chemistry 94, 2022 (IUPAC 2021), conventional values where an interval is given.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

import msgspec

from sillage.errors import ReadError, RecordError, SettingError, UnknownName
from sillage.spectra.entry import Entry, as_toml

OWN_LIBRARY = "SILLAGE_GASES"
"""Environment variable that names the user's folder of gas files."""

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
    spectra: tuple[Entry, ...] = ()
    """What it absorbs, window by window; the first that holds a wavenumber counts."""
    folder: str | None = None
    """The user's folder that it comes from; none where it came with the package."""


class _Background(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ppm: float
    source: str


class _GasFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    names: tuple[str, ...]
    formula: str
    cas: str
    background: _Background | None = None
    spectra: tuple[Entry, ...] = ()


def gas(name: str) -> Gas:
    """Find a gas by its name or one of its other names; capitals and spacing do not matter.

    Raises
    ------
    UnknownName
        The library has no such gas; names the nearest.
    """
    found = _by_any_name(os.environ.get(OWN_LIBRARY) or None).get(_folded(name))
    if found is None:
        raise UnknownName("gas", name, library())
    return found


def library() -> Mapping[str, Gas]:
    """Every gas of the library, by name; those of the user's own folder among them.

    Raises
    ------
    SettingError
        SILLAGE_GASES names no folder.
    ReadError
        A gas file of the user's folder cannot be read as one.
    """
    return _library(os.environ.get(OWN_LIBRARY) or None)


def read_gas(content: bytes, *, folder: str | None = None) -> Gas:
    """A gas, from the bytes of its file.

    Raises
    ------
    ValueError
        They are no gas file: not TOML, a key missing or unknown, a value of another kind.
    """
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
        spectra=entry.spectra,
        folder=folder,
    )


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


def as_file(known: Gas, spectra: Sequence[Entry]) -> str:
    """The text of a gas file, with these spectra in place of the gas's own."""

    def told(value: object) -> str:
        return msgspec.json.encode(value).decode()  # a string of JSON is one of TOML

    names = ", ".join(told(name) for name in known.names)
    lines = [f"name = {told(known.name)}", f"names = [{names}]"]
    lines += [f"formula = {told(known.formula)}", f"cas = {told(known.cas)}"]
    if known.background_ppm is not None:
        lines += ["", "[background]", f"ppm = {told(known.background_ppm)}"]
        lines += [f"source = {told(known.background_source)}"]
    return "\n".join([*lines, *(["", as_toml(spectra)] if spectra else [""])])


@cache
def _library(own: str | None) -> Mapping[str, Gas]:
    shelf = files("sillage.spectra") / "library"
    gases = {
        found.name: found
        for file in shelf.iterdir()
        if file.name.endswith(".toml")
        for found in [read_gas(file.read_bytes())]
    }
    if own is not None:
        gases |= {found.name: found for found in _own_gases(Path(own))}
    return MappingProxyType(dict(sorted(gases.items())))


def _own_gases(folder: Path) -> list[Gas]:
    if not folder.is_dir():
        raise SettingError(f"{OWN_LIBRARY}={folder} is no folder; make it, correct it or unset it")
    gases = []
    for file in sorted(folder.glob("*.toml")):
        try:
            gases.append(read_gas(file.read_bytes(), folder=str(folder)))
        except (ValueError, RecordError) as error:
            raise ReadError(str(file), f"is no gas file: {error}") from error
    return gases


def forget() -> None:
    """Read the library anew when it is next asked for, since a file of it was written."""
    _library.cache_clear()
    _by_any_name.cache_clear()


@cache
def _by_any_name(own: str | None) -> Mapping[str, Gas]:
    shelf: dict[str, Gas] = {}
    for each in _library(own).values():
        for name in (each.name, *each.names):
            if shelf.setdefault(_folded(name), each) is not each:
                raise RecordError(f"gas library: '{name}' names two gases; take it out of one")
    return shelf


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()
