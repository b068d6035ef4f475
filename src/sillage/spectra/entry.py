"""What does the library keep of a spectrum: bells, what they were fitted to, and how well?

An entry is a table `[[spectra]]` of a gas file. Its bands are lines of text, read when they are
asked for and not before; an entry that a user imported names a file of numbers instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from sillage.errors import RecordError

if TYPE_CHECKING:
    from sillage.spectra.fit import Bands, Fit
    from sillage.spectra.spectrum import Spectrum

LWIR_CM = (650.0, 1400.0)
"""7.1 to 15.4 um: where gases glow at the temperature of the ground."""
SWIR_CM = (4000.0, 7143.0)
"""1.4 to 2.5 um: where they take from sunlight."""

_HEADING = "# centre cm-1, full width cm-1, height 1e-20 cm2"
_HEIGHT_CM2 = 1e-20


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cross section of a gas within a window."""

    low_cm: float
    high_cm: float
    """Ends of the window; beyond it the source says nothing."""
    temperature_K: float
    pressure_hPa: float
    """Of the source; 0 is a trace in a vacuum."""
    resolution_cm: float
    """Full width at half maximum that it is smoothed with."""
    uncertainty: float | None = None
    """One-sigma share, as the source states it; absent where it states none."""
    integral_error: float = 0.0
    """Fit over source in the integral of the window, less one."""
    stretch_error: float = 0.0
    """The same in the worst stretch of 100 cm-1 with a twentieth of the whole, or more."""
    peak_error: float = 0.0
    """Fit over source at the source's largest value, less one."""
    residual: float = 0.0
    """Root mean square of source less fit, over that of the source."""
    source: str
    licence: str
    file: str
    """Name of the file that was fitted."""
    sha256: str
    """Sum of that file, unpacked."""
    bands: str = ""
    """One bell a line: centre and full width at half maximum in cm-1, height in 1e-20 cm2."""
    table: str | None = None
    """Instead of bands, a file beside this one: the full spectrum that a user imported."""
    table_sha256: str | None = None

    def __post_init__(self) -> None:
        numbers = (self.low_cm, self.high_cm, self.temperature_K, self.pressure_hPa)
        if not all(map(math.isfinite, numbers)) or not 0.0 < self.low_cm < self.high_cm:
            raise RecordError(
                f"{self.file}: a window rises between two numbers above zero, not from "
                f"{self.low_cm:g} to {self.high_cm:g} cm-1"
            )
        if (self.table is None) == (not self.bands.strip()):
            raise RecordError(f"{self.file}: an entry holds bands, or names a table; one of them")
        if self.table is not None and ("/" in self.table or self.table_sha256 is None):
            raise RecordError(f"{self.file}: a table stands beside its gas file, with its SHA-256")

    @property
    def region(self) -> str:
        """`LWIR`, `SWIR`, or the window itself where it lies in neither."""
        for name, (low, high) in (("LWIR", LWIR_CM), ("SWIR", SWIR_CM)):
            if low <= 0.5 * (self.low_cm + self.high_cm) <= high:
                return name
        return f"{self.low_cm:g}-{self.high_cm:g}"


@cache
def bands_of(bands: str) -> Bands:
    """The bells of an entry, as numbers.

    Raises
    ------
    RecordError
        A line does not hold three numbers of which width and height are above zero.
    """
    import numpy as np

    rows = [line.split() for line in bands.splitlines() if line.strip() and line[0] != "#"]
    try:
        table = np.array(rows, dtype=float).reshape(len(rows), 3)
    except ValueError:
        raise RecordError(
            "a line of bands holds three numbers: centre, full width, height"
        ) from None
    if not np.isfinite(table).all() or (table[:, 1:] <= 0.0).any():
        raise RecordError("a band is wider and higher than zero, and finite")
    table[:, 2] *= _HEIGHT_CM2
    table.setflags(write=False)
    return table


def entry_of(spectrum: Spectrum, fitted: Fit, *, file: str) -> Entry:
    """The entry of a fit, whose errors are those of the numbers as they are written."""
    import numpy as np

    from sillage.spectra.fit import RESOLUTION_CM, error_of

    lines = [_HEADING]
    lines += [
        f"{centre:8.2f} {width:7.2f} {float(f'{height / _HEIGHT_CM2:.4g}'):.10g}"
        for centre, width, height in np.asarray(fitted.bands)
    ]
    text = "\n".join(lines) + "\n"
    error = error_of(spectrum, fitted.low_cm, fitted.high_cm, bands_of(text))
    return Entry(
        low_cm=fitted.low_cm,
        high_cm=fitted.high_cm,
        temperature_K=round(spectrum.temperature_K, 2),
        pressure_hPa=round(spectrum.pressure_hPa, 2),
        resolution_cm=RESOLUTION_CM,
        uncertainty=None if spectrum.uncertainty is None else round(spectrum.uncertainty, 3),
        integral_error=round(error.integral, 4),
        stretch_error=round(error.stretch, 4),
        peak_error=round(error.peak, 4),
        residual=round(error.residual, 4),
        source=spectrum.source,
        licence=spectrum.licence,
        file=file,
        sha256=spectrum.sha256,
        bands=text,
    )


def as_toml(entries: Sequence[Entry]) -> str:
    """Tables `[[spectra]]`, as a gas file holds them."""
    return "\n".join(_table(entry) for entry in entries)


def _table(entry: Entry) -> str:
    lines = ["[[spectra]]"]
    for field in msgspec.structs.fields(Entry):
        value = getattr(entry, field.name)
        if field.name == "bands" or value is None:
            continue
        lines.append(f"{field.name} = {_value(value)}")
    if entry.bands:
        lines.append(f"bands = '''\n{entry.bands.strip(chr(10))}\n'''")
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    # A JSON string of plain text is a TOML string too, and so is a float.
    return msgspec.json.encode(value).decode()
