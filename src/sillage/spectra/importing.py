"""Which kind of file is this, and what spectrum does it hold?

A kind is told by what stands in the file where that is enough, and by its name where it is not.
"""

from __future__ import annotations

import re
from pathlib import Path

from sillage.errors import ReadError
from sillage.spectra.hitran_lines import line_spectrum, read_marfa, read_par
from sillage.spectra.jcamp import read_jcamp
from sillage.spectra.mag1c_table import read_mag1c
from sillage.spectra.source_file import SourceFile, open_source
from sillage.spectra.spectrum import Spectrum
from sillage.spectra.tables import (
    looks_like_aer,
    looks_like_columns,
    read_aer,
    read_columns,
    read_xsc,
)

_MARGIN_CM = 12.0
"""What a spectrum from lines reaches beyond a window, so that it can be smoothed up to its ends."""


def read_spectrum(
    path: Path, *, molar_mass_g_mol: float, low_cm: float, high_cm: float
) -> Spectrum:
    """Read the spectrum of one gas from any file that is understood.

    Parameters
    ----------
    path
        JCAMP-DX, HITRAN `.par` or `.xsc`, a list of MARFA's (`.bin`), a table of AER's, the table
        of mag1c (`.lut`, its header beside it) or two columns of text; gzip or not.
    molar_mass_g_mol
        Of the gas; lines are as wide as it makes them.
    low_cm, high_cm
        Range that is wanted. Spectra from lines are computed there; tables are read whole.

    Raises
    ------
    ReadError
        The file is of no kind that is understood, or is damaged.
    """
    source = open_source(path)
    name = path.name.casefold().removesuffix(".gz")
    if name.endswith(".lut"):
        return read_mag1c(source, open_source(path.with_suffix(".hdr")), low_cm, high_cm)
    if name.endswith((".par", ".bin")):
        lines = read_par(source) if name.endswith(".par") else read_marfa(source)
        return line_spectrum(
            source,
            lines,
            molar_mass_g_mol,
            low_cm=max(low_cm - _MARGIN_CM, 1.0),
            high_cm=high_cm + _MARGIN_CM,
            edition=_edition(name),
        )
    if name.endswith(".xsc"):
        return read_xsc(source)
    return _read_text(source)


def _read_text(source: SourceFile) -> Spectrum:
    first = next((line for line in source.lines() if line.strip()), "")
    if first.startswith("##"):
        return read_jcamp(source)
    if looks_like_aer(first):
        return read_aer(source)
    if looks_like_columns(first) or first.startswith("#"):
        return read_columns(source)
    raise ReadError(
        source.name,
        "is no spectrum that is understood: JCAMP-DX, HITRAN .par or .xsc, AER's tables, two "
        "columns of wavenumber in cm-1 and cross section in cm2",
        row=1,
    )


def _edition(name: str) -> str:
    year = re.search(r"hit(?:ran)?_?(\d{4}|\d{2})", name)
    return f"HITRAN{year[1] if len(year[1]) == 4 else '20' + year[1]}" if year else "HITRAN"
