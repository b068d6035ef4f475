"""Which part of a cube is looked at when a plume is to be identified?

Bands that see heat, and lines about the plume: enough ground without gas to learn from, and no
more, so that a flight line of any length can be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64
from numpy import ndarray
from scipy.ndimage import binary_dilation

from sillage.detect.signatures import no_band
from sillage.errors import NotEnoughInformation, RecordError
from sillage.records.cube import Cube
from sillage.spectra.gas import gas as find_gas

HEAT_NM = (6500.0, 15400.0)
"""Bands beyond see sunlight, or nothing."""
Windows = Sequence[tuple[float, float]]
"""Ranges of wavelength in nm."""
LEAST_PIXELS = 4
"""Of a plume that is to be identified."""
HALO = 4
"""Pixels about a plume that count neither as plume nor as clear."""
_MOST_PIXELS = 20_000


class View(NamedTuple):
    """Radiance about a plume, and which of its pixels are plume, clear, or neither."""

    radiance: Float64[ndarray, "line sample band"]
    plume: Bool[ndarray, "line sample"]
    clear: Bool[ndarray, "line sample"]
    wavelength_nm: Float64[ndarray, " band"]
    fwhm_nm: Float64[ndarray, " band"]
    assumptions: tuple[str, ...]


def view_of(
    cube: Cube,
    plume: Bool[ndarray, "line sample"],
    *,
    others: Bool[ndarray, "line sample"] | None = None,
    gases: Sequence[str] | None = None,
    windows_nm: Windows = (),
) -> View:
    """Read what is needed to identify a plume.

    Parameters
    ----------
    cube
        At-sensor radiance with bands that see heat.
    plume
        Its pixels.
    others
        Pixels that may hold gas beside it, such as other plumes: they count as no clear ground.
    gases
        That the answer may name; of which a message says what range they need.
    windows_nm
        Bands outside are left out; none are where there is no window.

    Raises
    ------
    NotEnoughInformation
        The cube holds counts, or has no band that sees heat (and which range the first of the gases
        needs), or too few of the plume's pixels are whole.
    RecordError
        The mask has another shape than the cube.
    """
    if plume.shape != (cube.lines, cube.samples):
        raise RecordError(
            f"the mask is {plume.shape}; a cube of {cube.lines} lines and {cube.samples} samples "
            f"needs {(cube.lines, cube.samples)}"
        )
    start, stop = _lines(plume)
    seen = view_of_lines(cube, start, stop, gases=gases, windows_nm=windows_nm)
    asked = plume[start:stop]
    count = int((asked & seen.clear).sum())
    if count < LEAST_PIXELS:
        raise NotEnoughInformation(
            f"the plume has {count} whole pixels (of {int(plume.sum())} in the mask); "
            f"identification needs {LEAST_PIXELS}"
        )
    gassy = asked if others is None else asked | others[start:stop]
    clear = seen.clear & ~binary_dilation(gassy, iterations=HALO)
    return seen._replace(plume=asked & seen.clear, clear=clear)


def view_of_lines(
    cube: Cube,
    start: int,
    stop: int,
    *,
    gases: Sequence[str] | None = None,
    windows_nm: Windows = (),
) -> View:
    """Read lines in which no plume is known yet: every whole pixel counts as clear.

    Raises
    ------
    NotEnoughInformation
        The cube holds counts, or has no band that sees heat.
    """
    if cube.about.quantity == "counts":
        raise NotEnoughInformation(
            f"{cube.about.name}: holds counts, and contrast is a difference of radiances; give "
            "at-sensor radiance in W m-2 sr-1 um-1"
        )
    bands, fwhm_nm, assumptions = heat_bands(cube, gases, windows_nm)
    radiance = cube.read(start, stop, bands).astype(float)
    whole = np.isfinite(radiance).all(axis=-1)
    filled = np.where(whole[..., None], radiance, 0.0)
    return View(
        filled, np.zeros_like(whole), whole, cube.wavelength_nm[bands], fwhm_nm, assumptions
    )


def heat_bands(
    cube: Cube, gases: Sequence[str] | None = None, windows_nm: Windows = ()
) -> tuple[ndarray, Float64[ndarray, " band"], tuple[str, ...]]:
    """Places of the usable bands that see heat, their widths, and what was supposed of them.

    Raises
    ------
    NotEnoughInformation
        There are fewer than three; says which range the first of the gases needs.
    """
    wavelength_nm = cube.wavelength_nm
    inside = (wavelength_nm >= HEAT_NM[0]) & (wavelength_nm <= HEAT_NM[1])
    windowed = np.ones_like(inside) if not windows_nm else np.zeros_like(inside)
    for low, high in windows_nm:
        windowed |= (wavelength_nm >= low) & (wavelength_nm <= high)
    bands = np.flatnonzero(inside & windowed & cube.usable)
    if len(bands) < 3:
        low, high = float(wavelength_nm[0]), float(wavelength_nm[-1])
        if gases and not inside.any():
            raise NotEnoughInformation(no_band(find_gas(gases[0]).name, low, high))
        within = " in the windows that were asked for" if windows_nm else ""
        raise NotEnoughInformation(
            f"{cube.about.name}: reaches from {low:.0f} to {high:.0f} nm and has {len(bands)} "
            f"usable bands that see heat{within}; identification needs some of 7100 to 15400 nm"
            + ("; what sunlight shows is found by 'sillage detect'" if high < HEAT_NM[0] else "")
        )
    if cube.fwhm_nm is not None:
        return bands, cube.fwhm_nm[bands], ()
    spacing = np.gradient(wavelength_nm[bands])
    return bands, spacing, ("bands are as wide as they are apart, since the cube tells no width",)


def _lines(plume: Bool[ndarray, "line sample"]) -> tuple[int, int]:
    """Lines to read: the plume's, and as many on either side as make up the pixels wanted."""
    lines, samples = plume.shape
    held = np.flatnonzero(plume.any(axis=1))
    if not len(held):
        return 0, min(lines, 1)
    wanted = max(_MOST_PIXELS // samples, int(held[-1] - held[0]) + 1 + 8 * HALO)
    start = max(0, min(int(held[0] + held[-1]) // 2 - wanted // 2, lines - wanted))
    return start, min(lines, start + wanted)
