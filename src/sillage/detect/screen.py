"""Where in a cube of heat does any gas of the library show, when nobody has said where to look?

The column of each gas in each pixel, in one-sigma, smoothed over neighbours and scaled by how it
strays over the scene; of all gases the largest counts, of either sign, since a plume may be colder
or warmer than the ground. How high a piece of ground without gas may reach on such a map is told by
its own peaks (`sillage.detect.alarms`). A large plume is itself a direction in which the scene
varies; so a direction is no ground to a gas if most of what is left of the gas's signature, beside
the stronger directions, lies along it.

A long flight line is screened in blocks of lines, each with a background of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64
from numpy import ndarray
from scipy.ndimage import gaussian_filter

from sillage.detect.background import Background, learn_background, least_pixels
from sillage.detect.columns import columns_alone, limit_ppm_m
from sillage.detect.contrast import PlumeTemperature, kelvins, opaque
from sillage.detect.plumes import Found, Plume, standing
from sillage.detect.signatures import Signatures, signatures
from sillage.detect.view import View, Windows, view_of_lines
from sillage.errors import NotEnoughInformation
from sillage.records.cube import Cube
from sillage.records.provenance import Masked
from sillage.spectra.lwir import Path

SMOOTH_PX = 1.0
"""Width of the Gaussian that neighbours are averaged with."""
_MOSTLY = 0.5
_FOLLOWED = 3.0
"""A plume is followed down to the median of the map and so many times its lower spread; one to
thirteen in a hundred pixels of bare ground lie above (`benchmarks/heat_plumes.py`)."""
_BLOCK_PX = 20_000
"""Pixels that are screened at once: with 256 bands some 300 MB."""
_MOST_PEAKS = 120
"""Of a scene of 64 by 64 pixels that is the upper quarter. A flight line has thousands of peaks, of
ground of many kinds, and a tail that begins further out."""
_OVERLAP = 5
"""Lines that a block reads beside its own, for neighbours."""


class Screened(NamedTuple):
    """How much any gas stands out, pixel by pixel."""

    sigmas: Float64[ndarray, "line sample"]
    """Largest statistic of all gases; NaN where it is not known."""
    followed: float
    """Sigmas down to which a plume is followed from its peak."""
    contrast_K: float
    """What half of the pixels have at least before a plume, of either sign."""
    limits_ppm_m: Mapping[str, float]
    """Limit of detection of each gas in one pixel of that contrast; the median of all blocks."""
    masked: tuple[Masked, ...]
    """Pixels that could not be looked at, and why."""
    assumptions: tuple[str, ...]
    """Of the bands."""

    def plumes(self, false_plumes: float) -> Found:
        """Plumes, as many false ones among them as asked for; see `plumes.plumes_of`."""
        return standing(
            self.sigmas,
            false_plumes,
            apart_px=SMOOTH_PX,
            followed=self.followed,
            most_peaks=_MOST_PEAKS,
        )


def find_plumes(
    cube: Cube,
    *,
    temperature: PlumeTemperature,
    path: Path | None = None,
    gases: Sequence[str] | None = None,
    false_plumes: float = 1.0,
) -> list[Bool[ndarray, "line sample"]]:
    """Masks of what stands out, the strongest first; none where nothing does.

    Parameters
    ----------
    cube
        At-sensor radiance with bands that see heat.
    temperature
        Of a plume, as known beforehand.
    path
        Air between plume and sensor, at the cube's usable heat bands; clear where None.
    gases
        That are looked for; all that the instrument could tell where None.
    false_plumes
        That may be expected among them, in the whole scene.

    Raises
    ------
    NotEnoughInformation
        The cube holds no radiance of heat, or too few pixels.
    """
    seen = screened(cube, temperature=temperature, path=path, gases=gases)
    found = seen.plumes(false_plumes)
    return [mask_of(plume, seen.sigmas.shape) for plume in found.plumes]


def mask_of(plume: Plume, shape: tuple[int, ...]) -> Bool[ndarray, "line sample"]:
    """The pixels of a plume, as a mask of the scene."""
    mask = np.zeros(shape, dtype=bool)
    mask[plume.line, plume.sample] = True
    return mask


def screened(
    cube: Cube,
    *,
    temperature: PlumeTemperature,
    path: Path | None = None,
    gases: Sequence[str] | None = None,
    windows_nm: Windows = (),
) -> Screened:
    """Screen a cube for any gas.

    Parameters
    ----------
    cube
        At-sensor radiance with bands that see heat; it is read in blocks of lines.
    temperature
        Of a plume, as known beforehand.
    path
        Air between plume and sensor, at the bands of `heat_bands`; clear where None.
    gases
        That are looked for; all that the instrument could tell where None.
    windows_nm
        Bands outside are left out; none are where there is no window.

    Raises
    ------
    NotEnoughInformation
        The cube holds no radiance of heat, a gas has no band in it, or no block of lines has
        enough whole pixels.
    """
    sigmas = np.full((cube.lines, cube.samples), np.nan)
    missing = few = 0
    refused: NotEnoughInformation | None = None
    blocks: list[_Block] = []
    for start, stop in _blocks(cube):
        low, high = max(0, start - _OVERLAP), min(cube.lines, stop + _OVERLAP)
        view = view_of_lines(cube, low, high, gases=gases, windows_nm=windows_nm)
        library = signatures(view.wavelength_nm, view.fwhm_nm, gases)
        own = slice(start - low, stop - low)
        missing += int((~view.clear[own]).sum())
        glow = opaque(view.wavelength_nm, temperature.mean_K, path or Path())
        try:
            _check(cube, view)
            blocks.append(_screened(view, glow, library, temperature.mean_K))
        except NotEnoughInformation as error:
            refused, few = error, few + int(view.clear[own].sum())
            continue
        sigmas[start:stop] = blocks[-1].sigmas[own]
    if refused is not None and not blocks:
        raise refused
    lost = {
        "pixels with a band that is not a number": missing,
        "pixels of lines with too few whole pixels to know the ground": few,
    }
    return _joined(sigmas, blocks, lost)


def _joined(
    sigmas: Float64[ndarray, "line sample"], blocks: list[_Block], lost: Mapping[str, int]
) -> Screened:
    lower, middle = np.nanquantile(sigmas, (0.1587, 0.5))
    limits = np.median([block.limits_ppm_m for block in blocks], axis=0)
    return Screened(
        sigmas,
        float(middle + _FOLLOWED * (middle - lower)),
        float(np.median([block.contrast_K for block in blocks])),
        dict(zip(blocks[0].gases, limits.tolist(), strict=True)),
        tuple(
            Masked(reason=reason, count=count, total=sigmas.size)
            for reason, count in lost.items()
            if count
        ),
        blocks[0].assumptions,
    )


class _Block(NamedTuple):
    """Some lines, screened with one background."""

    sigmas: Float64[ndarray, "line sample"]
    contrast_K: float
    limits_ppm_m: Float64[ndarray, " gas"]
    gases: tuple[str, ...]
    assumptions: tuple[str, ...]


def _blocks(cube: Cube) -> Iterator[tuple[int, int]]:
    count = min(max(1, round(cube.lines * cube.samples / _BLOCK_PX)), cube.lines)
    ends = np.linspace(0, cube.lines, count + 1).round().astype(int).tolist()
    yield from pairwise(ends)


def _check(cube: Cube, view: View) -> None:
    whole, bands = int(view.clear.sum()), len(view.wavelength_nm)
    dead = np.ptp(view.radiance[view.clear], axis=0) == 0.0 if whole > 1 else np.zeros(bands, bool)
    if dead.any():
        raise NotEnoughInformation(
            f"{cube.about.name}: the band at {view.wavelength_nm[dead][0]:.0f} nm has one value in "
            "all pixels; mark it as bad in the header, or look at others with windows_nm"
        )
    if not whole:
        lost = ~np.isfinite(cube.read(0, min(cube.lines, 1))).any(axis=(0, 1))
        raise NotEnoughInformation(
            f"{cube.about.name}: no pixel has a number in every one of the {bands} bands from "
            f"{view.wavelength_nm[0]:.0f} to {view.wavelength_nm[-1]:.0f} nm"
            + _where(cube.wavelength_nm[lost])
            + "; mark bad bands in the header, or look at others with windows_nm"
        )
    if whole < least_pixels(bands):
        raise NotEnoughInformation(
            f"{cube.about.name}: {whole} whole pixels are too few for {bands} bands; give a scene "
            f"with {least_pixels(bands)} or more, or fewer bands with windows_nm"
        )


def _where(lost_nm: Float64[ndarray, " band"]) -> str:
    if not len(lost_nm):
        return ""
    listed = ", ".join(f"{one:.0f}" for one in lost_nm[:4]) + (" ..." if len(lost_nm) > 4 else "")
    return f" (of its first line none has any at {listed} nm)"


def _screened(
    view: View, glow: Float64[ndarray, " band"], library: Signatures, plume_K: float
) -> _Block:
    clear = view.clear
    background = learn_background(view.radiance, clear)
    spectra = view.radiance.reshape(-1, view.radiance.shape[-1])
    contrast = glow - background.beneath(spectra)  # pixel band
    shown_K = np.abs(kelvins(view.wavelength_nm, contrast, plume_K))
    whole = np.flatnonzero(clear.ravel())
    typical = whole[np.argsort(shown_K[whole])[len(whole) // 2]]
    limits = limit_ppm_m(background, contrast[typical], library)
    trusted = _trusted(background, contrast[whole].mean(axis=0), library)
    column, std = columns_alone(background, spectra, contrast, library, trusted=trusted)
    sigma = np.where(clear[..., None], (column / std).reshape(*clear.shape, -1), 0.0)
    return _Block(
        _strength(sigma, clear), float(shown_K[typical]), limits, library.gases, view.assumptions
    )


def _strength(
    sigma: Float64[ndarray, "line sample gas"], clear: Bool[ndarray, "line sample"]
) -> Float64[ndarray, "line sample"]:
    """Largest statistic of all gases in each pixel, of either sign of contrast."""
    smooth = gaussian_filter(sigma, (SMOOTH_PX, SMOOTH_PX, 0.0))
    # Gas strays to one side only, so the quieter side tells of ground.
    low, middle, high = np.quantile(smooth[clear], (0.1587, 0.5, 0.8413), axis=0)
    spread = np.minimum(middle - low, high - middle)
    return np.where(clear, np.abs((smooth - middle) / spread).max(axis=-1), np.nan)


def _trusted(
    background: Background, contrast: Float64[ndarray, " band"], library: Signatures
) -> Bool[ndarray, "direction gas"]:
    """Directions that are not the gas itself."""
    left = library.cross_section_cm2 * contrast / background.noise  # gas band
    told = np.empty((background.direction.shape[1], len(left)), dtype=bool)
    for at, one in enumerate(background.direction.T):
        along = left @ one
        told[at] = along**2 < _MOSTLY * (left**2).sum(axis=1)
        left = left - along[:, None] * one
    return told
