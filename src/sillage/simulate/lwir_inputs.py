"""What are scenes of heat made from: emissivities, and the channels and noise of an imager?

Readers of three files that the caller names: a library of surface reflectance in ENVI form, the
channels of HyTES as MODTRAN is given them, and the noise of HyTES as ISOFIT is given it.

References: Hulley et al., Remote Sens. 8, 2016, 2 (HyTES); Meerdink et al., Remote Sens. Environ.
230, 2019, 111196 (ECOSTRESS library); Thompson et al., Remote Sens. Environ. 216, 2018, 355
(ISOFIT, whose radiance is in uW cm-2 nm-1 sr-1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.errors import ReadError

_HEAT_NM = 5000.0
"""Below it a band sees the sun."""
_TO_W_M2_UM = 10.0
"""W m-2 sr-1 um-1 in one uW cm-2 nm-1 sr-1."""
_CHANNEL = re.compile(r"CENTER:\s*([\d.]+)\s*NM\s+FWHM:\s*([\d.]+)\s*NM")


@dataclass(frozen=True, eq=False)
class Imager:
    """Channels of an imaging spectrometer of heat, and the noise of one reading of each."""

    wavelength_nm: Float[ndarray, " band"]
    fwhm_nm: Float[ndarray, " band"]
    noise: Float[ndarray, " band"]
    """One sigma, W m-2 sr-1 um-1."""


def read_imager(channels: Path, noise: Path) -> Imager:
    """Channels of a MODTRAN filter file, with the noise of a parametric table.

    Raises
    ------
    ReadError
        A file is missing or is not of that form, or the noise grows with radiance, which that of
        an imager of heat is not told to do.
    """
    found = np.array(_CHANNEL.findall(_text(channels)), dtype=float).reshape(-1, 2)
    if len(found) < 2 or (np.diff(found[:, 0]) <= 0.0).any():
        raise ReadError(str(channels), "holds no lines 'CENTER: .. NM  FWHM: .. NM' that rise")
    table = _numbers(noise)  # wavelength_nm a b c rmse, of noise = a sqrt(b + radiance) + c
    heat = table[table[:, 0] > _HEAT_NM]
    if len(heat) < 2 or heat[:, 1].any():
        raise ReadError(str(noise), "holds no constant noise of bands beyond 5000 nm")
    std = _TO_W_M2_UM * np.interp(found[:, 0], heat[:, 0], np.abs(heat[:, 3]))
    return Imager(found[:, 0], found[:, 1], std)


def read_emissivity(
    header: Path, wavelength_nm: Float[ndarray, " band"]
) -> Float[ndarray, "surface band"]:
    """Emissivities of a reflectance library, one less reflectance, at the bands of an imager.

    Raises
    ------
    ReadError
        The files are missing or cut short, or do not reach over the bands.
    """
    text = _text(header)
    listed = re.search(r"wavelength = \{([^}]*)\}", text)
    count = re.search(r"lines = (\d+)", text)
    if listed is None or count is None or "data type = 4" not in text:
        raise ReadError(str(header), "is no header of a library of float32 spectra")
    centre_nm = np.array(listed[1].split(","), dtype=float)
    values = np.fromfile(header.with_suffix(""), dtype="<f4")
    if values.size != int(count[1]) * len(centre_nm):
        raise ReadError(str(header.with_suffix("")), f"does not hold {count[1]} spectra; copy anew")
    heat = centre_nm > _HEAT_NM
    ends = (wavelength_nm[0] - 1.0, wavelength_nm[-1] + 1.0)
    if not heat.any() or centre_nm[heat][0] > ends[0] + 2.0 or centre_nm[heat][-1] < ends[1] - 2.0:
        raise ReadError(str(header), f"does not reach from {ends[0]:.0f} to {ends[1]:.0f} nm")
    reflectance = values.reshape(-1, len(centre_nm))[:, heat].astype(float)
    seen = np.stack([np.interp(wavelength_nm, centre_nm[heat], row) for row in reflectance])
    return np.asarray(np.clip(1.0 - seen, 0.0, 1.0))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(str(file), f"cannot be read as text ({error})") from error


def _numbers(file: Path) -> Float[ndarray, "row column"]:
    try:
        table = np.array(
            [line.split() for line in _text(file).splitlines() if line and line[0] != "#"],
            dtype=float,
        )
    except ValueError:
        table = np.empty((0, 0))
    if table.ndim != 2 or table.shape[1] < 4:
        raise ReadError(str(file), "is no table of wavelength, a, b, c")
    return table
