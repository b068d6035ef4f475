"""Small files in each format, made of a spectrum that is known."""

from __future__ import annotations

import numpy as np

from sillage.spectra.source_file import SourceFile


def source(text: str | bytes, name: str = "made.txt") -> SourceFile:
    """A file that was never on a disk."""
    return SourceFile(name, text.encode("latin-1") if isinstance(text, str) else text)


JCAMP_HEADER = """\
##TITLE=made
##JCAMP-DX=4.24
##ORIGIN=NIST, a laboratory
##OWNER=nobody
##$UNCERTAINTY IN Y=2.3 % relative (B=1E-04)
##PRESSURE={pressure}
##TEMPERATURE=23 C
##RESOLUTION=0.5
##XUNITS=cm-1
##YUNITS=(micromol/mol)-1m-1 (base 10)
##XFACTOR=1
##YFACTOR={factor}
##FIRSTX={first}
##LASTX={last}
##NPOINTS={count}
##XYDATA=(X++(Y..Y))
"""


def jcamp(
    rows: list[str],
    *,
    count: int,
    first: float = 1000.0,
    step: float = 1.0,
    factor: float = 1e-9,
    pressure: str = "101.325 kPa",
) -> str:
    """A JCAMP-DX file of given rows of its table."""
    header = JCAMP_HEADER.format(
        pressure=pressure, factor=factor, first=first, last=first + step * (count - 1), count=count
    )
    return header + "\n".join(rows) + "\n##END=\n"


def par_line(centre: float, strength: float, *, width: float = 0.07, molecule: int = 26) -> str:
    """A line of 160 columns."""
    head = f"{molecule:2d}1{centre:12.6f}{strength:10.3E} 1.000E-02"
    head += f"{width:.4f}"[1:].rjust(5) + f"{0.1:.3f}" + f"{100.0:10.4f}" + "0.75" + "-.001000"
    return head.ljust(127) + "466666" + "".ljust(27)


def xsc(sigma: np.ndarray, low: float, high: float, *, kelvin: float, torr: float) -> str:
    """A HITRAN cross section file."""
    head = f"{'C3H6O':>20}{low:10.4f}{high:10.4f}{len(sigma):7d}{kelvin:7.2f}{torr:6.1f}"
    head += f"{sigma.max():10.3E}{0.1:5.3f}{'Made':>15}    air  1"
    return head + "\n" + ten_a_line(sigma)


def aer(sigma: np.ndarray, low: float, high: float, *, kelvin: float, torr: float) -> str:
    """A table as LBLRTM reads it."""
    head = f"{'MADE':>10}{low:10.4f}{high:10.4f}{len(sigma):10d}{kelvin:10.1f}{torr:10.1f}"
    return head + f"{sigma.max():10.3E}  HITRAN        MADE\n" + ten_a_line(sigma)


def ten_a_line(sigma: np.ndarray) -> str:
    """Values as the tables have them, the last line filled up with zeros."""
    filled = np.concatenate([sigma, np.zeros(-len(sigma) % 10)])
    return "\n".join("".join(f" {v:9.3E}" for v in row) for row in filled.reshape(-1, 10)) + "\n"
