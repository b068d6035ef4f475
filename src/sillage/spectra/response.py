"""What do the channels of an instrument make of a spectrum?

A response is a centre and a width for each channel, or for each detector where a spectrometer
smiles, and one shape for all. Grating instruments live in wavelength, Fourier instruments in
wavenumber. What comes out is a weighed mean, so a constant stays what it is, to the last bit but
rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.errors import NotEnoughInformation, RecordError
from sillage.spectra import line_shape
from sillage.spectra.line_shape import LineShape, Strength

_LEAST_POINTS = 3.0
"""Points of the grid within a full width; with fewer a bell is summed badly."""
_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Response:
    """Centres, widths and the shape of the channels of an instrument."""

    centre: Float[ndarray, "*detector band"]
    fwhm: Float[ndarray, "*detector band"]
    shape: LineShape
    axis: Literal["nm", "cm-1"]
    """What centre and width are given in."""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.centre).all() and np.isfinite(self.fwhm).all()):
            raise RecordError("centres and widths of a response are finite")
        if (self.centre <= 0.0).any() or (self.fwhm <= 0.0).any():
            raise RecordError("centres and widths of a response are above zero")

    @classmethod
    def gaussian(
        cls, centre_nm: Float[ndarray, "*detector band"], fwhm_nm: Float[ndarray, "..."] | float
    ) -> Response:
        """A grating spectrometer; centres may be given for each sample of a smiling one."""
        return cls(*_alike(centre_nm, fwhm_nm), line_shape.gaussian(), "nm")

    @classmethod
    def triangular(
        cls, centre_nm: Float[ndarray, "*detector band"], fwhm_nm: Float[ndarray, "..."] | float
    ) -> Response:
        """A spectrometer whose two slits are alike."""
        return cls(*_alike(centre_nm, fwhm_nm), line_shape.triangular(), "nm")

    @classmethod
    def tabulated(
        cls,
        centre_nm: Float[ndarray, "*detector band"],
        offset_nm: Float[ndarray, " point"],
        weight: Float[ndarray, " point"],
    ) -> Response:
        """A spectrometer whose shape was measured, the same in every channel."""
        shape, fwhm_nm = line_shape.tabulated(offset_nm, weight)
        return cls(*_alike(centre_nm, fwhm_nm), shape, "nm")

    @classmethod
    def sinc(
        cls, centre_cm: Float[ndarray, "*detector band"], fwhm_cm: Float[ndarray, "..."] | float
    ) -> Response:
        """A Fourier spectrometer without apodisation."""
        return cls(*_alike(centre_cm, fwhm_cm), line_shape.sinc(), "cm-1")

    @classmethod
    def hamming(
        cls, centre_cm: Float[ndarray, "*detector band"], fwhm_cm: Float[ndarray, "..."] | float
    ) -> Response:
        """A Fourier spectrometer with Hamming's apodisation."""
        return cls(*_alike(centre_cm, fwhm_cm), line_shape.hamming(), "cm-1")

    @classmethod
    def norton_beer(
        cls,
        centre_cm: Float[ndarray, "*detector band"],
        fwhm_cm: Float[ndarray, "..."] | float,
        strength: Strength = "medium",
    ) -> Response:
        """A Fourier spectrometer with an apodisation of Norton and Beer."""
        return cls(*_alike(centre_cm, fwhm_cm), line_shape.norton_beer(strength), "cm-1")

    def apply(
        self, wavenumber_cm: Float[ndarray, " point"], spectrum: Float[ndarray, "*row point"]
    ) -> Float[ndarray, "*row *detector band"]:
        """See spectra that are given by wavenumber.

        Parameters
        ----------
        wavenumber_cm
            Rising or falling, of any spacing that puts three points or more into a full width.
        spectrum
            One row for each spectrum; a grid that ends within a shape cuts it there.

        Raises
        ------
        NotEnoughInformation
            The grid does not reach half a width on both sides of a centre, or is too coarse.
        """
        grid = np.asarray(wavenumber_cm)
        return self._seen(1e7 / grid if self.axis == "nm" else grid, np.asarray(spectrum))

    def apply_by_wavelength(
        self, wavelength_nm: Float[ndarray, " point"], spectrum: Float[ndarray, "*row point"]
    ) -> Float[ndarray, "*row *detector band"]:
        """See spectra that are given by wavelength; otherwise as `apply`."""
        grid = np.asarray(wavelength_nm)
        return self._seen(1e7 / grid if self.axis == "cm-1" else grid, np.asarray(spectrum))

    def _seen(self, grid: ndarray, spectrum: ndarray) -> ndarray:
        if grid[0] > grid[-1]:
            grid, spectrum = grid[::-1], spectrum[..., ::-1]
        rows = spectrum.reshape(-1, spectrum.shape[-1])
        centre, fwhm = self.centre.reshape(-1), self.fwhm.reshape(-1)
        share = np.gradient(grid)
        self._within(grid, centre, fwhm)
        first, after = np.searchsorted(
            grid, [centre - self.shape.reach * fwhm, centre + self.shape.reach * fwhm]
        )
        seen = np.empty((len(rows), len(centre)))
        for some in _portions(after - first):
            column = first[some, None] + np.arange((after - first)[some].max())
            inside = column < after[some, None]
            column = np.minimum(column, len(grid) - 1)
            away = (grid[column] - centre[some, None]) / fwhm[some, None]
            weight = np.where(inside, self.shape.weight(away) * share[column], 0.0)
            weight /= weight.sum(axis=1, keepdims=True)
            for row, values in enumerate(rows):
                seen[row, some] = np.einsum("dw,dw->d", weight, values[column])
        return seen.reshape(*spectrum.shape[:-1], *self.centre.shape)

    def _within(self, grid: ndarray, centre: ndarray, fwhm: ndarray) -> None:
        short = (centre - 0.5 * fwhm < grid[0]) | (centre + 0.5 * fwhm > grid[-1])
        if short.any():
            raise NotEnoughInformation(
                f"a spectrum from {grid[0]:g} to {grid[-1]:g} {self.axis} is asked for at "
                f"{centre[short][0]:g} {self.axis}; make it reach farther, or leave that band out"
            )
        spacing = np.interp(centre, grid, np.gradient(grid))
        coarse = spacing * _LEAST_POINTS > fwhm
        if coarse.any():
            raise NotEnoughInformation(
                f"a spectrum every {spacing[coarse][0]:g} {self.axis} is too coarse for a band "
                f"{fwhm[coarse][0]:g} {self.axis} wide; give three points or more to a width"
            )


def _alike(
    centre: ndarray, fwhm: ndarray | float
) -> tuple[Float[ndarray, "*detector band"], Float[ndarray, "*detector band"]]:
    centres = np.atleast_1d(np.asarray(centre, dtype=float))
    return centres, np.broadcast_to(np.asarray(fwhm, dtype=float), centres.shape)


def _portions(widths: ndarray) -> Iterator[slice]:
    """Slices of detectors whose weights fit into memory at once."""
    step = max(1, _AT_ONCE // max(1, int(widths.max())))
    for start in range(0, len(widths), step):
        yield slice(start, start + step)
