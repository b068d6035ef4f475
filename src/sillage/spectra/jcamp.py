"""What does a JCAMP-DX file say: the quantitative infrared gas spectra of NIST, and others?

Ordinates may be written as AFFN, PAC, SQZ, DIF and DUP, mixed as the standard allows; checks of
abscissa and ordinate are kept. A file that gives transmittance or absorbance without saying of how
much gas is refused: it has the shape of a band and not its strength.

Reference: McDonald & Wilks, Applied Spectroscopy 42, 151, 1988 (JCAMP-DX 4.24). Units of the NIST
quantitative set: Chu et al., J. Res. NIST 104, 59, 1999.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np

from sillage.errors import ReadError
from sillage.spectra.source_file import SourceFile, number
from sillage.spectra.spectrum import STANDARD_HPA, Spectrum, number_density_cm3

MOST_POINTS = 5_000_000

_QUANTITATIVE = re.compile(r"\(micromol/mol\)-1\s*m-1.*base 10", re.IGNORECASE)
_LABEL = re.compile(r"##([^=]*)=(.*)")
_SQUEEZED = {**{c: str(i) for i, c in enumerate("@ABCDEFGHI")}} | {
    c: f"-{i}" for i, c in enumerate("abcdefghi", 1)
}
_DIFFERENCE = {c: str(i) for i, c in enumerate("%JKLMNOPQR")} | {
    c: f"-{i}" for i, c in enumerate("jklmnopqr", 1)
}
_REPEAT = {c: str(i) for i, c in enumerate("STUVWXYZs", 1)}
# Where E or e stands between digits and a signed exponent it is AFFN's, and nowhere else.
_TOKEN = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]\d+)?|[@A-Ia-i]\d*\.?\d*|[%J-Rj-r]\d*|[S-Zs]\d*|\?)|[\s,]+|(.)"
)


def read_jcamp(source: SourceFile) -> Spectrum:
    """Read a quantitative gas spectrum, as the infrared set of NIST gives it.

    The ordinate is a decadic absorption coefficient per ppm and metre, at 296.15 K and one
    atmosphere: the cross section is ln 10 times it over 1e-6 N and 100 cm. Several headers say Pa
    where they mean kPa; a pressure below 200 Pa is read as kPa.

    Raises
    ------
    ReadError
        It is no JCAMP-DX file, breaks its own checks, or tells no amount of gas.
    """
    labels, table = _split(source)
    units = labels.get("YUNITS", "")
    if not _QUANTITATIVE.search(units):
        raise ReadError(
            source.name,
            f"YUNITS is '{units[:40]}': the shape of a band without its strength. Only files in "
            "'(micromol/mol)-1m-1 (base 10)' are quantitative",
        )
    if not re.fullmatch(r"(1/CM|CM-1|CM\^-1)", labels.get("XUNITS", "").strip(), re.IGNORECASE):
        raise ReadError(source.name, f"XUNITS is '{labels.get('XUNITS', '')}'; 1/CM is needed")
    wavenumber_cm, ordinate = _points(source, labels, table)
    temperature_K = _celsius(source, labels) + 273.15
    pressure_hPa = _hectopascal(source, labels)
    per_ppm_m = number_density_cm3(temperature_K, pressure_hPa) * 1e-6 * 100.0
    order = np.argsort(wavenumber_cm)
    stated = re.search(r"([\d.]+)\s*%", labels.get("$UNCERTAINTY IN Y", ""))
    origin = labels.get("ORIGIN", "unknown origin").split(",")[0].strip()
    return Spectrum(
        wavenumber_cm=wavenumber_cm[order],
        cross_section_cm2=(np.log(10.0) * ordinate / per_ppm_m)[order],
        temperature_K=temperature_K,
        pressure_hPa=pressure_hPa,
        resolution_cm=number(labels.get("RESOLUTION", "0"), source, 1, "resolution"),
        uncertainty=float(stated[1]) / 100.0 if stated else None,
        source=f"{labels.get('TITLE', 'untitled')}, {origin} quantitative infrared set (SRD 79)",
        licence="; ".join(filter(None, [labels.get("OWNER"), "only fits of it are passed on"])),
        file=source.name,
        sha256=source.sha256,
    )


def _split(source: SourceFile) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Labels, and the numbered lines of the table."""
    labels: dict[str, str] = {}
    table: list[tuple[int, str]] = []
    within, last = False, ""
    for row, line in enumerate(source.lines(), 1):
        text = line.partition("$$")[0].rstrip()
        found = _LABEL.match(text)
        if found:
            last = found[1].strip().upper()
            within = last == "XYDATA"
            if last in labels and last in {"XYDATA", "TITLE"}:
                raise ReadError(source.name, "holds more than one spectrum; cut it apart", row=row)
            labels[last] = found[2].strip()
        elif within and text:
            table.append((row, text))
        elif last and text.strip() and not within:
            labels[last] += " " + text.strip()
    if "JCAMP-DX" not in labels:
        raise ReadError(source.name, "is no JCAMP-DX file: a line '##JCAMP-DX=' is missing")
    if "XYDATA" not in labels or not table:
        raise ReadError(source.name, "has no table '##XYDATA='; save the spectrum with one")
    return labels, table


def _points(
    source: SourceFile, labels: Mapping[str, str], table: list[tuple[int, str]]
) -> tuple[np.ndarray, np.ndarray]:
    if not labels["XYDATA"].replace(" ", "").upper().startswith("(X++(Y..Y))"):
        raise ReadError(source.name, f"XYDATA={labels['XYDATA'][:24]}; (X++(Y..Y)) is read")
    try:
        first, last = float(labels["FIRSTX"]), float(labels["LASTX"])
        count = int(labels["NPOINTS"])
        y_factor = float(labels.get("YFACTOR", "1"))
        x_factor = float(labels.get("XFACTOR", "1"))
    except (KeyError, ValueError) as error:
        raise ReadError(
            source.name, f"FIRSTX, LASTX, NPOINTS and YFACTOR are needed as numbers ({error})"
        ) from None
    if not 2 <= count <= MOST_POINTS or not first != last:
        raise ReadError(source.name, f"NPOINTS={count} from {first:g} to {last:g} is no spectrum")
    if not np.isfinite([first, last, x_factor, y_factor]).all():
        raise ReadError(source.name, "FIRSTX, LASTX, XFACTOR or YFACTOR is not finite")
    step = (last - first) / (count - 1)
    ordinate = np.empty(count)
    filled, carried = 0, False
    previous = None
    for row, text in table:
        abscissa, values, ends_in_difference = _row(source, row, text)
        if carried and values:
            # After a line in differences the next begins with the same value again, as a check.
            if values[0] != previous:
                raise ReadError(
                    source.name, f"y check: {values[0]:g} follows {previous:g}", row=row
                )
            values = values[1:]
            filled_before = filled - 1
        else:
            filled_before = filled
        expected = first + filled_before * step
        if abs(abscissa * x_factor - expected) > 1.25 * abs(step):
            raise ReadError(
                source.name,
                f"x check: {abscissa * x_factor:g} stands where {expected:g} should; points are "
                "missing before this row",
                row=row,
            )
        if filled + len(values) > count:
            raise ReadError(source.name, f"more points than NPOINTS={count}", row=row)
        ordinate[filled : filled + len(values)] = values
        filled += len(values)
        carried, previous = ends_in_difference, ordinate[filled - 1] if filled else None
    if filled != count:
        raise ReadError(source.name, f"holds {filled} points, NPOINTS says {count}; it is cut off")
    if not np.isfinite(ordinate).all():
        raise ReadError(source.name, "has ordinates that are missing or not finite")
    return np.linspace(first, last, count), ordinate * y_factor


def _row(source: SourceFile, row: int, text: str) -> tuple[float, list[float], bool]:
    """Abscissa, ordinates, and whether the last of them was written as a difference."""
    tokens = _tokens(source, row, text)
    abscissa = number(next(tokens, ""), source, row, "abscissa")
    values: list[float] = []
    difference: float | None = None
    for token in tokens:
        mark = token[0]
        if mark in _REPEAT:
            times = int(_REPEAT[mark] + token[1:])
            if not values or times + len(values) > MOST_POINTS:
                raise ReadError(source.name, f"'{token}' repeats nothing, or too often", row=row)
            for _ in range(times - 1):
                values.append(values[-1] + (difference or 0.0))
        elif mark in _DIFFERENCE:
            if not values:
                raise ReadError(source.name, f"'{token}' is a difference to nothing", row=row)
            difference = number(_DIFFERENCE[mark] + token[1:], source, row, "difference")
            values.append(values[-1] + difference)
        elif mark == "?":
            raise ReadError(
                source.name, "a value is missing, '?'; cut the range before it", row=row
            )
        else:
            values.append(number(_SQUEEZED.get(mark, mark) + token[1:], source, row, "ordinate"))
            difference = None
    return abscissa, values, difference is not None


def _tokens(source: SourceFile, row: int, text: str) -> Iterator[str]:
    for token, stray in _TOKEN.findall(text):
        if stray:
            raise ReadError(source.name, f"'{stray}' belongs to no number", row=row)
        if token:
            yield token


def _celsius(source: SourceFile, labels: Mapping[str, str]) -> float:
    found = re.match(r"\s*(-?[\d.]+)\s*(?:deg\w*\s*)?C\b", labels.get("TEMPERATURE", ""))
    if not found:
        raise ReadError(source.name, "TEMPERATURE is missing or not in C; add a line with it")
    celsius = number(found[1], source, 1, "temperature")
    if not -150.0 < celsius < 1000.0:
        raise ReadError(source.name, f"TEMPERATURE={celsius:g} C is no laboratory's")
    return celsius


def _hectopascal(source: SourceFile, labels: Mapping[str, str]) -> float:
    found = re.match(r"\s*([\d.]+)\s*(k?Pa)\b", labels.get("PRESSURE", ""))
    if not found:
        return STANDARD_HPA
    value = number(found[1], source, 1, "pressure")
    kilopascal = value if found[2] == "kPa" or value < 200.0 else value / 1000.0
    if not 1.0 <= kilopascal <= 1000.0:
        raise ReadError(source.name, f"PRESSURE={found[0].strip()} is no laboratory's")
    return 10.0 * kilopascal
