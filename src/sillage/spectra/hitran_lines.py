"""Which lines does a HITRAN list hold: 160 columns a line, or the binary copy that MARFA keeps?

Both give strengths at 296 K, weighed by the natural share of each isotopologue.

Reference: Rothman et al., J. Quant. Spectrosc. Radiat. Transfer 96, 139, 2005, table 1 (format).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.errors import ReadError
from sillage.spectra.source_file import SourceFile, number
from sillage.spectra.spectrum import STANDARD_HPA, Spectrum
from sillage.spectra.voigt import REFERENCE_K, WING_CM, Lines, absorption

COLUMNS = 160
MOST_LINES = 3_000_000
# Upper bound of each class of uncertainty; 0 to 2 say nothing that can be counted with.
_STRENGTH_CLASS = {"4": 0.20, "5": 0.10, "6": 0.05, "7": 0.02, "8": 0.01}
GRID_CM = 0.01
"""Spacing of a spectrum from lines: a tenth of the width of a line at sea level."""

_MARFA = np.dtype(
    [
        ("centre_cm", "<f8"),
        ("strength_cm", "<f4"),
        ("air_width_cm", "<f4"),
        ("self_width_cm", "<f4"),
        ("lower_energy_cm", "<f4"),
        ("temperature_power", "<f4"),
        ("isotopologue", "<i4"),
        ("air_shift_cm", "<f4"),
    ]
)


def read_par(source: SourceFile) -> Lines:
    """Read a `.par` file of one gas.

    Raises
    ------
    ReadError
        A line is shorter than 160 columns or holds no number where one belongs, or there are lines
        of two gases.
    """
    rows = [(row, line) for row, line in enumerate(source.lines(), 1) if line.strip()]
    if not 1 <= len(rows) <= MOST_LINES:
        raise ReadError(source.name, f"holds {len(rows)} lines; 1 to {MOST_LINES} are read")
    table = np.empty((5, len(rows)))
    gas = rows[0][1][:2]
    for column, (row, line) in enumerate(rows):
        if len(line) < COLUMNS:
            raise ReadError(
                source.name,
                f"has {len(line)} columns where a HITRAN line has {COLUMNS}; take the 160-column "
                "format",
                row=row,
            )
        if line[:2] != gas:
            raise ReadError(
                source.name,
                f"a line of molecule {line[:2].strip()} among those of {gas.strip()}; cut the file "
                "so that it holds one gas",
                row=row,
            )
        table[0, column] = number(line[3:15], source, row, "wavenumber in columns 4-15")
        table[1, column] = number(line[15:25], source, row, "line strength in columns 16-25")
        table[2, column] = number(line[35:40], source, row, "width by air in columns 36-40")
        table[3, column] = number(line[59:67], source, row, "shift by air in columns 60-67")
        table[4, column] = _STRENGTH_CLASS.get(line[128], np.nan)
    return _checked(source, table)


def read_marfa(source: SourceFile) -> Lines:
    """Read a binary list of one gas, 36 bytes a line, as MARFA keeps HITRAN 2020.

    Raises
    ------
    ReadError
        The bytes are no whole records of lines in rising order.
    """
    count, rest = divmod(len(source.content), _MARFA.itemsize)
    if rest or not 1 <= count <= MOST_LINES:
        raise ReadError(
            source.name,
            f"has {len(source.content)} bytes: records of {_MARFA.itemsize} were expected, "
            f"{MOST_LINES} at most",
        )
    table = np.frombuffer(source.content, _MARFA)
    if (np.diff(table["centre_cm"]) < 0.0).any():
        raise ReadError(source.name, "lines do not rise in wavenumber: no list of MARFA's")
    names = ("centre_cm", "strength_cm", "air_width_cm", "air_shift_cm")
    columns = np.stack([*(table[name].astype(float) for name in names), np.full(count, np.nan)])
    return _checked(source, columns)


def line_spectrum(
    source: SourceFile,
    lines: Lines,
    molar_mass_g_mol: float,
    *,
    low_cm: float,
    high_cm: float,
    edition: str,
) -> Spectrum:
    """Spectrum of a trace of a gas in air at 296 K and one atmosphere, from its lines.

    Raises
    ------
    ReadError
        No line lies between the two wavenumbers.
    """
    inside = (lines.centre_cm > low_cm) & (lines.centre_cm < high_cm)
    if not inside.any():
        raise ReadError(
            source.name,
            f"has no line from {low_cm:g} to {high_cm:g} cm-1; its lines lie from "
            f"{lines.centre_cm.min():.1f} to {lines.centre_cm.max():.1f} cm-1",
        )
    stated = lines.strength_uncertainty[inside]
    said = np.isfinite(stated)
    strength = lines.strength_cm[inside]
    mostly = strength[said].sum() > 0.5 * strength.sum()
    wavenumber_cm = np.linspace(low_cm, high_cm, round((high_cm - low_cm) / GRID_CM) + 1)
    return Spectrum(
        wavenumber_cm=wavenumber_cm,
        cross_section_cm2=absorption(lines, wavenumber_cm, molar_mass_g_mol, STANDARD_HPA),
        temperature_K=REFERENCE_K,
        pressure_hPa=STANDARD_HPA,
        resolution_cm=0.0,
        uncertainty=float(np.average(stated[said], weights=strength[said])) if mostly else None,
        source=f"{edition} lines, {np.count_nonzero(inside):,} within the range, Voigt profiles "
        f"cut at {WING_CM:g} cm-1",
        licence="free of charge with citation; only fits of it are passed on",
        file=source.name,
        sha256=source.sha256,
    )


def _checked(source: SourceFile, columns: Float[ndarray, "5 line"]) -> Lines:
    """Lines from rows of centre, strength, width, shift and uncertainty, if they make sense."""
    centre_cm, strength_cm, air_width_cm, air_shift_cm, strength_uncertainty = columns
    whole = np.isfinite(columns[:4]).all()
    if not whole or (centre_cm <= 0).any() or (strength_cm < 0).any() or (air_width_cm < 0).any():
        raise ReadError(
            source.name, "has lines whose centre, strength or width is below zero or not finite"
        )
    return Lines(
        centre_cm=centre_cm,
        strength_cm=strength_cm,
        air_width_cm=np.maximum(air_width_cm, 1e-5),
        air_shift_cm=air_shift_cm,
        strength_uncertainty=strength_uncertainty,
    )
