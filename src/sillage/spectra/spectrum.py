"""What absorbs how much at each wavenumber, and how is it seen at a coarser resolution?

A spectrum is a full one, as it came from a laboratory or a line list. What the library keeps of it
is a fit (`sillage.spectra.fit`), never the numbers themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.errors import NotEnoughInformation, RecordError

LOSCHMIDT_CM3 = 2.686780111e19
"""Molecules in a cubic centimetre at 273.15 K and 1013.25 hPa (CODATA 2018)."""

STANDARD_HPA = 1013.25

_NORMAL_FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))
_REACH = 3.0
"""Full widths at half maximum on either side that a Gaussian is cut at: what is lost is 2e-12."""


def number_density_cm3(temperature_K: float, pressure_hPa: float = STANDARD_HPA) -> float:
    """Molecules of an ideal gas in a cubic centimetre."""
    return LOSCHMIDT_CM3 * (273.15 / temperature_K) * (pressure_hPa / STANDARD_HPA)


@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """Absorption cross section of one gas in air, at one temperature and pressure."""

    wavenumber_cm: Float[ndarray, " point"]
    """Strictly rising."""
    cross_section_cm2: Float[ndarray, " point"]
    """Per molecule; below zero where the measurement is noise about zero."""
    temperature_K: float
    pressure_hPa: float
    resolution_cm: float
    """Full width at half maximum of what the laboratory smoothed with; 0 where nothing did."""
    uncertainty: float | None
    """One-sigma share of the cross section, where the source states it."""
    source: str
    """Who measured it, in words that can be cited."""
    licence: str
    """What the source allows, in one line."""
    file: str
    """Name of the file that it was read from."""
    sha256: str
    """Of that file's bytes, unpacked where they were packed with gzip."""

    def __post_init__(self) -> None:
        nu, sigma = self.wavenumber_cm, self.cross_section_cm2
        if len(nu) < 2:
            raise RecordError(f"{self.file}: a spectrum has two points or more, this has {len(nu)}")
        if not (np.isfinite(nu).all() and np.isfinite(sigma).all()):
            raise RecordError(f"{self.file}: a spectrum is finite at every point")
        if not (np.diff(nu) > 0.0).all():
            raise RecordError(f"{self.file}: wavenumbers rise from each point to the next")


def band_integral_cm(spectrum: Spectrum, low_cm: float, high_cm: float) -> float:
    """Integral of a cross section between two wavenumbers, cm per molecule; cut bins count in part.

    Raises
    ------
    NotEnoughInformation
        The spectrum does not reach over the whole interval.
    """
    nu, sigma = spectrum.wavenumber_cm, spectrum.cross_section_cm2
    _within(spectrum, low_cm, high_cm)
    inside = (nu > low_cm) & (nu < high_cm)
    ends = np.interp([low_cm, high_cm], nu, sigma)
    grid = np.concatenate([[low_cm], nu[inside], [high_cm]])
    return float(np.trapezoid(np.concatenate([ends[:1], sigma[inside], ends[1:]]), grid))


def smoothed(
    spectrum: Spectrum, wavenumber_cm: Float[ndarray, " at"], fwhm_cm: float
) -> Float[ndarray, " at"]:
    """Cross section as an instrument of Gaussian response sees it in the limit of little gas, cm2.

    What the source was smoothed with already is taken off the width in quadrature. Beyond its ends
    a source says nothing, so the response is cut there and normalised over what is left.

    Parameters
    ----------
    spectrum
        Of any spacing, even or not.
    wavenumber_cm
        Where it is asked for, within the spectrum.
    fwhm_cm
        Resolution to see it at, full width at half maximum.

    Raises
    ------
    NotEnoughInformation
        A wavenumber lies outside the spectrum, or the source is coarser than `fwhm_cm`.
    """
    if spectrum.resolution_cm > fwhm_cm:
        raise NotEnoughInformation(
            f"{spectrum.file}: resolved to {spectrum.resolution_cm:g} cm-1 only, so that it cannot "
            f"be seen at {fwhm_cm:g} cm-1; ask for a coarser resolution"
        )
    _within(spectrum, float(np.min(wavenumber_cm)), float(np.max(wavenumber_cm)))
    nu, sigma = spectrum.wavenumber_cm, spectrum.cross_section_cm2
    width = np.sqrt(fwhm_cm**2 - spectrum.resolution_cm**2) / _NORMAL_FWHM
    first, after = np.searchsorted(
        nu,
        [
            np.asarray(wavenumber_cm) - _REACH * fwhm_cm,
            np.asarray(wavenumber_cm) + _REACH * fwhm_cm,
        ],
    )
    # Trapezoids: each point stands for half of the way to either neighbour.
    share = np.gradient(nu)
    seen = np.empty(len(wavenumber_cm))
    for index, (centre, a, b) in enumerate(zip(wavenumber_cm, first, after, strict=True)):
        weight = share[a:b] * np.exp(-0.5 * ((nu[a:b] - centre) / max(width, 1e-9)) ** 2)
        total = weight.sum()
        seen[index] = weight @ sigma[a:b] / total if total > 0.0 else np.interp(centre, nu, sigma)
    return seen


def _within(spectrum: Spectrum, low_cm: float, high_cm: float) -> None:
    nu = spectrum.wavenumber_cm
    if low_cm < nu[0] or high_cm > nu[-1]:
        raise NotEnoughInformation(
            f"{spectrum.file}: reaches from {nu[0]:.1f} to {nu[-1]:.1f} cm-1, not over all of "
            f"{low_cm:.1f} to {high_cm:.1f} cm-1"
        )
