"""What do tables of cross sections say: HITRAN `.xsc`, AER's `xs`, and plain columns of text?

References: HITRAN cross sections, Kochanov et al., J. Quant. Spectrosc. Radiat. Transfer 230, 172,
2019. AER tables: those that LBLRTM reads, with their index `FSCDXS`.
"""

from __future__ import annotations

import re

import numpy as np

from sillage.errors import ReadError
from sillage.spectra.source_file import SourceFile, number
from sillage.spectra.spectrum import STANDARD_HPA, Spectrum

MOST_POINTS = 20_000_000
_HPA_PER_TORR = STANDARD_HPA / 760.0
# Columns of a HITRAN header: name 20, two wavenumbers of 10, points 7, T 7, p 6, largest 10,
# resolution 5, common name 15, broadener 3, reference 3.
_XSC = (20, 10, 10, 7, 7, 6, 10, 5, 15)


def read_xsc(source: SourceFile) -> Spectrum:
    """Read one HITRAN `.xsc` table: a header of fixed columns, then ten values a line.

    Raises
    ------
    ReadError
        The header holds no numbers where they belong, or the table another number of points.
    """
    lines = source.lines()
    fields, start = [], 0
    for width in _XSC:
        fields.append(lines[0][start : start + width].strip())
        start += width
    formula, low, high, count, kelvin, torr, _, resolution, name = fields
    sigma = _values(source, lines, number(count, source, 1, "number of points in columns 41-47"))
    pressure = number(torr, source, 1, "pressure in columns 55-60") * _HPA_PER_TORR
    return Spectrum(
        wavenumber_cm=np.linspace(
            number(low, source, 1, "wavenumber in columns 21-30"),
            _above(number(high, source, 1, "wavenumber in columns 31-40"), low, source),
            len(sigma),
        ),
        cross_section_cm2=sigma,
        temperature_K=_kelvin(number(kelvin, source, 1, "temperature in columns 48-54"), source),
        pressure_hPa=pressure,
        resolution_cm=_resolution(resolution),
        uncertainty=None,
        source=f"HITRAN cross sections, {name or formula}",
        licence="free of charge with citation; only fits of it are passed on",
        file=source.name,
        sha256=source.sha256,
    )


def read_aer(source: SourceFile) -> Spectrum:
    """Read one table of AER's `xs` folder; its header is of words or, where they touch, of columns.

    Raises
    ------
    ReadError
        The header holds no numbers where they belong, or the table another number of points.
    """
    lines = source.lines()
    header = _aer_words(lines[0]) or _aer_columns(lines[0])
    if header is None:
        raise ReadError(
            source.name,
            "is no AER header: name, two wavenumbers, count, temperature, pressure, largest",
            row=1,
        )
    low, high, count, kelvin, torr = (number(part, source, 1, "number") for part in header[1:6])
    sigma = _values(source, lines, count)
    # PNNL measured at one atmosphere; these headers hold another number where others have Torr.
    pressure_hPa = STANDARD_HPA if header[6] == "PNNL" else torr * _HPA_PER_TORR
    return Spectrum(
        wavenumber_cm=np.linspace(low, _above(high, str(low), source), len(sigma)),
        cross_section_cm2=sigma,
        temperature_K=_kelvin(kelvin, source),
        pressure_hPa=pressure_hPa,
        resolution_cm=0.0,
        uncertainty=None,
        source=f"AER cross sections for LBLRTM, {header[0]} ({header[6]})",
        licence="no licence stated; only fits of it are passed on",
        file=source.name,
        sha256=source.sha256,
    )


def read_columns(source: SourceFile) -> Spectrum:
    """Read wavenumber in cm-1 and cross section in cm2 from the first two columns of a text.

    Lines that begin with `#` are remarks; of these, `# temperature_K = 296` and likewise
    `pressure_hPa`, `resolution_cm`, `uncertainty`, `source` and `licence` are understood.

    Raises
    ------
    ReadError
        A row has no two numbers, or wavenumbers neither rise nor fall throughout.
    """
    told: dict[str, str] = {}
    rows: list[tuple[float, float]] = []
    for row, line in enumerate(source.lines(), 1):
        text = line.strip()
        if text.startswith("#"):
            key, found, value = text.lstrip("# ").partition("=")
            if found:
                told[key.strip()] = value.strip()
            continue
        cells = re.split(r"[\s,;]+", text) if text else []
        if not cells:
            continue
        if len(cells) < 2:
            raise ReadError(source.name, "has one column; two are needed", row=row)
        if len(rows) == MOST_POINTS:
            raise ReadError(source.name, f"more than {MOST_POINTS} points; cut it", row=row)
        rows.append(
            (
                number(cells[0], source, row, "wavenumber in cm-1"),
                number(cells[1], source, row, "cross section in cm2"),
            )
        )
    if len(rows) < 2:
        raise ReadError(source.name, "holds no two rows of numbers: wavenumber, cross section")
    table = np.array(rows[:: 1 if rows[0][0] < rows[-1][0] else -1])
    if (np.diff(table[:, 0]) <= 0.0).any():
        raise ReadError(source.name, "wavenumbers neither rise nor fall throughout; sort the rows")
    uncertainty = told.get("uncertainty")
    return Spectrum(
        wavenumber_cm=table[:, 0].copy(),
        cross_section_cm2=table[:, 1].copy(),
        temperature_K=_kelvin(_told(told, "temperature_K", 296.0, source), source),
        pressure_hPa=_told(told, "pressure_hPa", STANDARD_HPA, source),
        resolution_cm=_told(told, "resolution_cm", 0.0, source),
        uncertainty=number(uncertainty, source, 1, "uncertainty") if uncertainty else None,
        source=told.get("source", "two columns of text, origin not stated"),
        licence=told.get("licence", "not stated"),
        file=source.name,
        sha256=source.sha256,
    )


def looks_like_aer(line: str) -> bool:
    """Whether a line is the header of a table of AER's."""
    return (_aer_words(line) or _aer_columns(line)) is not None


def looks_like_columns(line: str) -> bool:
    """Whether a line that is no remark begins with two numbers and holds not many more."""
    cells = re.split(r"[\s,;]+", line.strip())
    return 2 <= len(cells) <= 4 and all(re.fullmatch(r"[-+\d.eE]+", cell) for cell in cells[:2])


def _told(told: dict[str, str], key: str, otherwise: float, source: SourceFile) -> float:
    return number(told[key], source, 1, key) if key in told else otherwise


def _aer_words(line: str) -> list[str] | None:
    words = line.split()
    plain = len(words) >= 7 and all(re.fullmatch(r"[\d.]+", word) for word in words[1:6])
    if not plain or "." in words[3]:
        return None
    origins = [word for word in words[6:] if re.fullmatch(r"[A-Z]{4,}", word)]
    return [*words[:6], (origins or ["origin not stated"])[0]]


def _aer_columns(line: str) -> list[str] | None:
    """As AER's own Fortran reads it: name 10, wavenumbers of 10, points, T and p of 10 each."""
    found = re.match(
        r"(?P<name>.{10})(?P<low>.{10})(?P<high>.{10})\s*(?P<count>\d+)\s+(?P<kelvin>[\d.]+)\s+"
        r"(?P<torr>[\d.]+)\s+(?:[\d.]+[Ee][+-]?\d\d)\s*(?P<origin>\S*)",
        line,
    )
    return [part.strip() or "origin not stated" for part in found.groups()] if found else None


def _values(source: SourceFile, lines: list[str], count: float) -> np.ndarray:
    if not 2 <= count <= MOST_POINTS or count != int(count):
        raise ReadError(
            source.name, f"the header says {count:g} points; 2 to {MOST_POINTS} are read", row=1
        )
    wanted = int(count)
    values: list[float] = []
    for row, line in enumerate(lines[1:], 2):
        for cell in line.split():
            if len(values) == wanted:
                # Some tables fill their last line up with zeros.
                if float(number(cell, source, row, "cross section")) != 0.0:
                    raise ReadError(
                        source.name, f"more points than the {wanted} of the header", row=row
                    )
                continue
            values.append(number(cell, source, row, "cross section in cm2"))
    if len(values) < wanted:
        raise ReadError(
            source.name,
            f"holds {len(values)} points, the header says {wanted}; the file is cut off",
        )
    return np.array(values)


def _above(high: float, low: str, source: SourceFile) -> float:
    if not high > float(low):
        raise ReadError(source.name, f"the range {low} to {high:g} cm-1 does not rise", row=1)
    return high


def _kelvin(value: float, source: SourceFile) -> float:
    if not 50.0 <= value <= 3000.0:
        raise ReadError(source.name, f"temperature {value:g} K is no laboratory's", row=1)
    return value


def _resolution(text: str) -> float:
    """In cm-1; some headers give millikaysers or a spectrometer's path, which say nothing here."""
    try:
        return float(text)
    except ValueError:
        return 0.0
