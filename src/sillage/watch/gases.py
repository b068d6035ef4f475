"""What can be asked of the gas library from the shell: list, show, fit, import.

Nothing of the library that comes with the package is ever written; fits and imports go into a
folder of the user's own, which SILLAGE_GASES or an option names.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from sillage.atomic import whole_file
from sillage.errors import NotEnoughInformation, ReadError, SettingError
from sillage.spectra.cross_section import windows
from sillage.spectra.entry import LWIR_CM, SWIR_CM, Entry, entry_of
from sillage.spectra.fit import fit
from sillage.spectra.gas import OWN_LIBRARY, Gas, as_file, forget, gas, library
from sillage.spectra.importing import read_spectrum
from sillage.spectra.spectrum import Spectrum

__all__ = ["Entry", "Known", "fit_sources", "import_spectrum", "known", "known_gas", "own_folder"]

REGIONS = {"LWIR": LWIR_CM, "SWIR": SWIR_CM}
_LEAST_WINDOW_CM = 15.0
_MOST_LOW_CM, _MOST_HIGH_CM = 1.0, 50_000.0


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A gas as `sillage gas list --json` tells of it."""

    name: str
    names: tuple[str, ...]
    formula: str
    cas: str
    molar_mass_g_mol: float
    background_ppm: float | None
    background_source: str | None
    windows_cm: tuple[tuple[float, float], ...]
    spectra: tuple[Entry, ...]


def known() -> tuple[Known, ...]:
    """Every gas of the library."""
    return tuple(_known(found) for found in library().values())


def known_gas(name: str) -> Known:
    """One gas, by any of its names."""
    return _known(gas(name))


def own_folder(named: Path | None) -> Path:
    """The user's folder of gases: the one that is named, else that of SILLAGE_GASES.

    Raises
    ------
    SettingError
        There is neither, or it is no folder.
    """
    told = named or (Path(os.environ[OWN_LIBRARY]) if os.environ.get(OWN_LIBRARY) else None)
    if told is None:
        raise SettingError(
            f"no folder for your own gases: give --library DIR, or set {OWN_LIBRARY} to one"
        )
    if not told.is_dir():
        raise SettingError(f"{told} is no folder; make it first")
    return told


def window_of(text: str) -> tuple[float, float]:
    """`LWIR`, `SWIR`, or two wavenumbers such as `4000-4420`.

    Raises
    ------
    SettingError
        It is none of these.
    """
    if text.upper() in REGIONS:
        return REGIONS[text.upper()]
    low, _, high = text.partition("-")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = (0.0, 0.0)
    if not _MOST_LOW_CM <= ends[0] < ends[1] <= _MOST_HIGH_CM:
        raise SettingError(
            f"--window {text}: write LWIR, SWIR, or two wavenumbers in cm-1 such as 4000-4420"
        )
    return ends


def fit_sources(
    sources: Sequence[Path], name: str, window: str, folder: Path
) -> tuple[Path, tuple[Entry, ...]]:
    """Fit spectra of one gas, and write its gas file with what was fitted put first.

    Parameters
    ----------
    sources
        Files of this gas; each gives an entry for the part of the window that it reaches.
    name
        A gas of the library, or of the user's folder.
    window
        As `window_of` reads it.
    folder
        Where the gas file is written; entries that it holds elsewhere are kept.

    Returns
    -------
    tuple
        The gas file, and the entries that were fitted.
    """
    known_as = gas(name)
    low, high = window_of(window)
    entries = []
    for path in sources:
        spectrum = read_spectrum(
            path, molar_mass_g_mol=known_as.molar_mass_g_mol, low_cm=low, high_cm=high
        )
        a, b = _reached(spectrum, low, high)
        entries.append(entry_of(spectrum, fit(spectrum, a, b), file=path.name))
    return _written(known_as, entries, folder), tuple(entries)


def import_spectrum(path: Path, name: str, folder: Path) -> tuple[Path, Entry]:
    """Keep a user's full spectrum in the user's folder, to be used instead of our fits.

    Returns
    -------
    tuple
        The gas file, and the entry that names the table beside it.
    """
    known_as = gas(name)
    spectrum = read_spectrum(
        path, molar_mass_g_mol=known_as.molar_mass_g_mol, low_cm=LWIR_CM[0], high_cm=LWIR_CM[1]
    )
    table = folder / f"{known_as.name.replace(' ', '_')}.{spectrum.sha256[:12]}.npz"
    with whole_file(table) as half_done, half_done.open("wb") as stream:
        np.savez_compressed(
            stream,
            wavenumber_cm=spectrum.wavenumber_cm,
            cross_section_cm2=spectrum.cross_section_cm2,
        )
    entry = Entry(
        low_cm=float(spectrum.wavenumber_cm[0]),
        high_cm=float(spectrum.wavenumber_cm[-1]),
        temperature_K=spectrum.temperature_K,
        pressure_hPa=spectrum.pressure_hPa,
        resolution_cm=spectrum.resolution_cm,
        uncertainty=spectrum.uncertainty,
        source=spectrum.source,
        licence=spectrum.licence,
        file=path.name,
        sha256=spectrum.sha256,
        table=table.name,
        table_sha256=hashlib.sha256(table.read_bytes()).hexdigest(),
    )
    return _written(known_as, [entry], folder), entry


def _known(found: Gas) -> Known:
    return Known(
        name=found.name,
        names=found.names,
        formula=found.formula,
        cas=found.cas,
        molar_mass_g_mol=found.molar_mass_g_mol,
        background_ppm=found.background_ppm,
        background_source=found.background_source,
        windows_cm=windows(found.name),
        spectra=found.spectra,
    )


def _reached(spectrum: Spectrum, low_cm: float, high_cm: float) -> tuple[float, float]:
    """The part of a window that a spectrum reaches, in whole wavenumbers where it is cut."""
    low = max(low_cm, float(np.ceil(spectrum.wavenumber_cm[0])))
    high = min(high_cm, float(np.floor(spectrum.wavenumber_cm[-1])))
    if high - low < _LEAST_WINDOW_CM:
        raise NotEnoughInformation(
            f"{spectrum.file}: reaches from {spectrum.wavenumber_cm[0]:.1f} to "
            f"{spectrum.wavenumber_cm[-1]:.1f} cm-1, less than {_LEAST_WINDOW_CM:g} cm-1 of "
            f"{low_cm:g} to {high_cm:g} cm-1; give another --window"
        )
    return low, high


def _written(known_as: Gas, fresh: Iterable[Entry], folder: Path) -> Path:
    """Write a gas file with new entries first; what they stand for in full is left out."""
    new = list(fresh)
    kept = [
        old
        for old in known_as.spectra
        if not any(one.low_cm <= old.low_cm and old.high_cm <= one.high_cm for one in new)
    ]
    if any(old.table and known_as.folder != str(folder) for old in kept):
        raise ReadError(
            str(known_as.folder), f"holds tables of {known_as.name}; name it as --library"
        )
    both = [*sorted(new, key=lambda entry: entry.low_cm), *kept]  # the first that reaches counts
    path = folder / f"{known_as.name.replace(' ', '_')}.toml"
    with whole_file(path) as half_done:
        half_done.write_text(as_file(known_as, both), encoding="utf-8")
    forget()
    return path
