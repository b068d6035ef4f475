"""Which wavelength does each band have, in nanometres and in rising order?

A unit that is written is taken; one that is not is decided by magnitude and said. Wavelengths
that do not match the bands are never stretched to fit them.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float64
from numpy import ndarray

from sillage.errors import ReadError
from sillage.records.cube import Indices
from sillage.records.provenance import Masked
from sillage.sense.cubes.hints import Hints, Spectrum

_NM = {
    "nm": 1.0, "nanometer": 1.0, "nanometre": 1.0,
    "um": 1e3, "µm": 1e3, "μm": 1e3, "micron": 1e3, "micrometer": 1e3, "micrometre": 1e3,
    "mm": 1e6, "millimeter": 1e6, "m": 1e9, "meter": 1e9, "metre": 1e9,
    "angstrom": 0.1, "a": 0.1, "å": 0.1,
}  # fmt: skip
_PER_CM = {"cm-1", "1/cm", "cm^-1", "wavenumber", "per cm", "inverse centimeter"}
_UNKNOWN = {"", "unknown", "none", "n/a", "index"}
_MAGNITUDES = ((1e-7, 5e-5, 1e9, "metres"), (0.15, 50.0, 1e3, "micrometres"),
               (150.0, 50_000.0, 1.0, "nanometres"))  # fmt: skip
"""From, to, nanometres, name: ranges that do not overlap."""
_NO_TABLE = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, csv.Error)
_LARGEST_TABLE_BYTES = 16_000_000
_HEADERS = {"wavelength": "centre", "wavelengths": "centre", "center": "centre",
            "centre": "centre", "fwhm": "fwhm", "bandwidth": "fwhm"}  # fmt: skip


class Bands(NamedTuple):
    """Bands of a cube in rising order of wavelength."""

    order: Indices
    """Band of the file for each."""
    wavelength_nm: Float64[ndarray, " band"]
    fwhm_nm: Float64[ndarray, " band"] | None
    usable: Bool[ndarray, " band"]
    by_sample_nm: Float64[ndarray, "sample band"] | None
    masked: tuple[Masked, ...]
    assumptions: tuple[str, ...]


def settle_bands(spectrum: Spectrum | None, bands: int, hints: Hints) -> Bands:
    """Bands of a cube, from what the user gives, else from what the file says.

    Raises
    ------
    ReadError
        There are no wavelengths, not as many as bands, or they are none; says what to give.
    """
    if hints.wavelengths is not None:
        given = spectrum_of(hints.wavelengths)
        same = spectrum is not None and len(given.centre) == bands
        spectrum = given._replace(bad=spectrum.bad) if same and spectrum else given
    if spectrum is None:
        raise ReadError(
            hints.name,
            f"has no wavelengths for its {bands} bands; give them: wavelengths='bands.csv' "
            "with the columns wavelength_nm and fwhm_nm, one row a band",
        )
    count = len(spectrum.centre)
    stop = spectrum.first_band + count
    whole = spectrum.first_band == 0 and count == bands
    if not (whole or (spectrum.first_band > 0 and stop <= bands)):
        raise ReadError(
            hints.name,
            f"has {bands} bands, but {spectrum.said_by} has {count} wavelengths"
            + (f" from band {spectrum.first_band} on" if spectrum.first_band else "")
            + "; give those of these bands: wavelengths='bands.csv', one row a band, or JSON with "
            "first_band for some in a row",
        )
    _see_sound(spectrum, hints.name)
    return _in_order(spectrum, bands, hints.name)


def _see_sound(spectrum: Spectrum, name: str) -> None:
    wrong = np.flatnonzero(~(np.isfinite(spectrum.centre) & (spectrum.centre > 0.0)))
    if wrong.size:
        band = int(wrong[0])
        raise ReadError(
            name, f"band {band} has the wavelength {spectrum.centre[band]:g}; it must be above 0"
        )
    for what, array in (("widths", spectrum.fwhm), ("marks of bad bands", spectrum.bad)):
        if array is not None and len(array) != len(spectrum.centre):
            raise ReadError(
                name, f"has {len(spectrum.centre)} wavelengths but {len(array)} {what}; mend them"
            )


def _in_order(spectrum: Spectrum, bands: int, name: str) -> Bands:
    assumptions: list[str] = []
    masked: list[Masked] = []
    centre, fwhm, by_sample = spectrum.centre, spectrum.fwhm, spectrum.by_sample
    unit = " ".join((spectrum.unit or "").lower().split()).strip("()[]")
    if unit in _PER_CM or unit.removesuffix("s") in _PER_CM:
        # nu = 1e7 / lambda for nm, so a width is d(lambda) = lambda^2 / 1e7 d(nu)
        nm = 1e7 / centre
        fwhm = None if fwhm is None else fwhm * nm**2 / 1e7
        by_sample = None if by_sample is None else 1e7 / by_sample
    else:
        written = size = _NM.get(unit) or _NM.get(unit.removesuffix("s"))
        if size is None:
            size, note = _by_magnitude(centre, spectrum, name, unit)
            assumptions.append(note)
        nm = centre * size
        if written is not None:
            _see_light(nm, spectrum, name, unit)
        fwhm = None if fwhm is None else fwhm * size
        by_sample = None if by_sample is None else by_sample * size
    if fwhm is not None and not (np.isfinite(fwhm) & (fwhm > 0.0)).all():
        assumptions.append("some widths of bands are not above 0: all are taken as unknown")
        fwhm = None
    order = np.argsort(nm, kind="stable")
    if (np.diff(nm) < 0.0).any():
        fall = "fall" if (np.diff(nm) <= 0.0).all() else "do not rise everywhere"
        assumptions.append(f"wavelengths {fall} in the file: its bands are put in order")
    bad = np.zeros(len(nm), dtype=bool) if spectrum.bad is None else spectrum.bad
    if bad.any():
        masked.append(Masked(reason="bad band", count=int(bad.sum()), total=len(bad)))
    if len(nm) < bands:
        masked.append(Masked(reason="band without wavelength", count=bands - len(nm), total=bands))
    return Bands(
        order=order + spectrum.first_band,
        wavelength_nm=nm[order],
        fwhm_nm=None if fwhm is None else fwhm[order],
        usable=~bad[order],
        by_sample_nm=None if by_sample is None else by_sample[:, order],
        masked=tuple(masked),
        assumptions=tuple(assumptions),
    )


def _see_light(nm: Float64[ndarray, " band"], spectrum: Spectrum, name: str, unit: str) -> None:
    """Refuse a unit that is written and makes no sense of the numbers."""
    shortest, longest, *_ = _MAGNITUDES[-1]
    low, high = float(nm.min()), float(nm.max())
    if shortest <= low and high <= longest:
        return
    raise ReadError(
        name,
        f"{spectrum.said_by} has wavelengths of {spectrum.centre.min():g} to "
        f"{spectrum.centre.max():g} in '{unit}', which is {low:.4g} to {high:.4g} nm: no imaging "
        "spectrometer sees there. Mend the unit in the file, or give a table: "
        "wavelengths='bands.csv' with the columns wavelength_nm and fwhm_nm",
    )


def _by_magnitude(
    centre: Float64[ndarray, " band"], spectrum: Spectrum, name: str, unit: str
) -> tuple[float, str]:
    said = "no unit of wavelength is written" if unit in _UNKNOWN else f"'{unit}' is no known unit"
    low, high = float(centre.min()), float(centre.max())
    for start, stop, size, words in _MAGNITUDES:
        if unit != "index" and start <= low and high <= stop:
            return size, f"{said}: wavelengths of {low:g} to {high:g} are taken as {words}"
    raise ReadError(
        name,
        f"{said}, and {low:g} to {high:g} in {spectrum.said_by} are no wavelengths in "
        "nanometres or micrometres; give a table: wavelengths='bands.csv'",
    )


def spectrum_of(given: object) -> Spectrum:
    """Band centres as the user gives them: numbers, or the path of a table.

    | table | |
    |---|---|
    | `.csv` | columns `wavelength_nm` (or `_um`), and `fwhm_nm` where it is known |
    | `.json` | a list of numbers, or an object with such names, and `first_band` |
    | `.hdr` | header of an ENVI file |
    | other text | rows of centre; of centre and width; of number, centre and width |

    Raises
    ------
    ReadError
        The table cannot be read so.
    """
    if not isinstance(given, str | Path):
        centre = np.asarray(given, dtype=np.float64).reshape(-1)
        return Spectrum(centre, None, said_by="the list that was given")
    path = Path(given)
    text = _text(path)
    try:
        if text.startswith("ENVI"):
            from sillage.sense.cubes.envi_header import parse_header, spectrum_in

            found = spectrum_in(parse_header(text, str(path)))
            if found is None:
                raise ReadError(str(path), "is an ENVI header without wavelengths")
            return found._replace(said_by=f"'{path.name}'")
        if text.lstrip()[:1] in {"{", "["}:
            return _from_json(json.loads(text), path)
        return _from_rows(text, path)
    except (
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
        RecursionError,
        csv.Error,
    ) as error:
        raise ReadError(
            str(path),
            f"is no table of wavelengths ({str(error)[:80]}); write CSV with the columns "
            "wavelength_nm and fwhm_nm, one row a band",
        ) from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST_TABLE_BYTES + 1)
    except OSError as error:
        problem = f"the table of wavelengths cannot be opened: {error.strerror or error}"
        raise ReadError(str(path), problem) from None
    if len(raw) > _LARGEST_TABLE_BYTES:
        raise ReadError(str(path), "is too large for a table of wavelengths (over 16 MB)")
    return raw.decode("utf-8-sig", "replace")


def _from_json(content: Any, path: Path) -> Spectrum:
    if isinstance(content, list):
        content = {"wavelength": content}
    columns: dict[str, Any] = {}
    units = []
    for key, value in content.items():
        name, _, suffix = key.lower().partition("_")
        if name in _HEADERS and isinstance(value, list):
            columns[_HEADERS[name]] = value
            units.append(suffix or content.get("unit"))
    first = int(content.get("first_band", 0))
    return _of_columns(columns, units, path)._replace(first_band=first)


def _from_rows(text: str, path: Path) -> Spectrum:
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "#;"]
    if not lines:
        raise ValueError("it is empty")
    mark = "," if "," in lines[0] else ";" if ";" in lines[0] else None
    rows = list(csv.reader(lines, delimiter=mark)) if mark else [line.split() for line in lines]
    rows = [[cell.strip() for cell in row] for row in rows]
    names = ["centre", "fwhm"] if len(rows[0]) < 3 else ["band", "centre", "fwhm"]
    units: list[Any] = []
    if headed := not _is_number(rows[0][0]):
        names = []
        for cell in rows.pop(0):
            name, _, suffix = re.sub(r"[\s(\[]+", "_", cell.lower()).strip("_)]").partition("_")
            names.append(_HEADERS.get(name, name))
            units += [suffix or None] if names[-1] in {"centre", "fwhm"} else []
    table = np.array([[float(cell or "nan") for cell in row] for row in rows])  # band column
    if table.ndim != 2:
        raise ValueError("it has no rows")
    columns = {name: table[:, place] for place, name in enumerate(names[: table.shape[1]])}
    if not headed and table.shape[1] == 2 and _counts(columns["centre"]):
        columns = {"centre": table[:, 1]}  # number of the band, and its centre
    return _of_columns(columns, units, path)


def _of_columns(columns: dict[str, Any], units: list[Any], path: Path) -> Spectrum:
    if "centre" not in columns:
        raise ValueError("no column called wavelength_nm")
    if len(set(units)) > 1:
        raise ValueError("centres and widths are in different units")
    centre = np.array(columns["centre"], dtype=np.float64)
    fwhm = np.array(columns["fwhm"], dtype=np.float64) if "fwhm" in columns else None
    if centre.ndim != 1 or not centre.size:
        raise ValueError("centres are no list of numbers")
    if fwhm is not None and not fwhm.any():
        fwhm = None  # a column of zeros says that they are not known
    return Spectrum(
        centre, str(units[0]) if units and units[0] else None, fwhm, said_by=f"'{path.name}'"
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _counts(column: Float64[ndarray, " band"]) -> bool:
    """Whether a column is 0, 1, 2 ... or 1, 2, 3 ..."""
    return len(column) > 1 and column[0] in {0.0, 1.0} and bool((np.diff(column) == 1.0).all())
