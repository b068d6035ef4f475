"""Which few bells add up to a cross section, and how far are they from it?

A spectrum seen at 4 cm-1 is written as a sum of Gaussians, each of a centre, a full width and a
height that is not below zero. Bells are put where they take most off what is left, a few at a time;
then heights are settled by non-negative least squares and all three numbers by least squares. It
ends as soon as the fit is good enough, so that an entry holds no more than its gas asks for.

Nothing is drawn by chance: the same source gives the same fit.

Reference: Mallat & Zhang, IEEE Trans. Signal Process. 41, 3397, 1993 (matching pursuit).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from sillage.errors import NotEnoughInformation
from sillage.spectra.spectrum import Spectrum, smoothed

RESOLUTION_CM = 4.0
"""Full width at half maximum at which a source is seen before it is fitted."""

MOST_BANDS = 150
_GRID_CM = 1.0
_WIDTHS_CM = (4.0, 5.0, 6.5, 8.5, 11.0, 15.0, 20.0, 28.0, 40.0, 60.0, 90.0, 140.0)
_NARROWEST_CM = 3.9
_WIDEST_CM = 400.0
_FOUR_LN_2 = 4.0 * np.log(2.0)

# A fit may stop here; the bars that it must clear are 3 % and 5 %.
_INTEGRAL_AIM = 0.01
_PEAK_AIM = 0.015
_RESIDUAL_AIM = 0.02
_STRETCH_AIM = 0.028
_SHARE_OF_A_STRETCH = 0.05
"""Stretches of 100 cm-1 with less of the whole integral are not held to it one by one."""
_IDLE, _IDLE_ROUNDS = 0.98, 3
"""What is left after a round, over what was left before it, that says only noise is; how often."""

Bands = Float[ndarray, "_ 3"]
"""Centre and full width at half maximum in cm-1, height in cm2; in rising order of centre."""


@dataclass(frozen=True)
class FitError:
    """How far a fit is from its source, both seen at 4 cm-1."""

    integral: float
    """Of the integral over the whole window: fit over source, less one."""
    stretch: float
    """The same for the worst stretch of 100 cm-1 that holds a twentieth of the whole or more."""
    peak: float
    """At the largest value of the source: fit over source, less one."""
    residual: float
    """Root mean square of what is left, over that of the source."""

    @property
    def good(self) -> bool:
        """Whether a fit may stop here."""
        return (
            abs(self.integral) <= _INTEGRAL_AIM
            and abs(self.stretch) <= _STRETCH_AIM
            and abs(self.peak) <= _PEAK_AIM
            and self.residual <= _RESIDUAL_AIM
        )


@dataclass(frozen=True)
class Fit:
    """Bells that stand for a spectrum within a window."""

    low_cm: float
    high_cm: float
    bands: Bands
    error: FitError


def evaluate(bands: Bands, wavenumber_cm: Float[ndarray, " at"]) -> Float[ndarray, " at"]:
    """Cross section of a sum of bells, cm2 per molecule."""
    centre, fwhm, height = bands.T
    fitted: Float[ndarray, " at"] = _bells(np.asarray(wavenumber_cm), centre, fwhm) @ height
    return fitted


def fit(spectrum: Spectrum, low_cm: float, high_cm: float) -> Fit:
    """Fit a spectrum within a window.

    Parameters
    ----------
    spectrum
        Resolved to 4 cm-1 or better.
    low_cm, high_cm
        The window, within the spectrum.

    Raises
    ------
    NotEnoughInformation
        The spectrum does not reach over the window, or absorbs nothing in it.
    """
    grid, seen = _seen(spectrum, low_cm, high_cm)
    largest = float(seen.max())
    if largest <= 0.0:
        raise NotEnoughInformation(
            f"{spectrum.file}: absorbs nothing from {low_cm:g} to {high_cm:g} cm-1; take another "
            "window"
        )
    source = seen / largest
    bands = np.empty((0, 3))
    error = FitError(-1.0, -1.0, -1.0, 1.0)
    idle = 0
    while not error.good and len(bands) < MOST_BANDS and idle < _IDLE_ROUNDS:
        count = min(max(3, len(bands) // 4), MOST_BANDS - len(bands))
        more = _where_most_is_left(grid, source - evaluate(bands, grid), count)
        tried = _rounded(_refined(grid, source, np.concatenate([bands, more])))
        reached = fit_error(grid, source, evaluate(tried, grid))
        idle = idle + 1 if reached.residual > _IDLE * error.residual else 0
        if reached.residual >= error.residual:
            break
        bands, error = tried, reached
    bands = bands * [1.0, 1.0, largest]
    bands = bands[np.argsort(bands[:, 0], kind="stable")]
    return Fit(low_cm, high_cm, bands, error)


def error_of(spectrum: Spectrum, low_cm: float, high_cm: float, bands: Bands) -> FitError:
    """How far bells are from the spectrum that they stand for, within a window."""
    grid, seen = _seen(spectrum, low_cm, high_cm)
    return fit_error(grid, seen, evaluate(bands, grid))


def fit_error(
    grid: Float[ndarray, " at"], source: Float[ndarray, " at"], fitted: Float[ndarray, " at"]
) -> FitError:
    """How far a fitted cross section is from its source, on one grid."""
    whole = np.trapezoid(source, grid)
    edges = np.linspace(grid[0], grid[-1], max(1, round((grid[-1] - grid[0]) / 100.0)) + 1)
    stretches = []
    for low, high in pairwise(edges):
        inside = (grid >= low) & (grid <= high)
        part = np.trapezoid(source[inside], grid[inside])
        if part >= _SHARE_OF_A_STRETCH * whole:
            stretches.append(np.trapezoid(fitted[inside], grid[inside]) / part - 1.0)
    top = int(np.argmax(source))
    return FitError(
        integral=float(np.trapezoid(fitted, grid) / whole - 1.0),
        stretch=float(max(stretches, key=abs, default=0.0)),
        peak=float(fitted[top] / source[top] - 1.0),
        residual=float(np.sqrt(np.mean((fitted - source) ** 2) / np.mean(source**2))),
    )


def _seen(
    spectrum: Spectrum, low_cm: float, high_cm: float
) -> tuple[Float[ndarray, " at"], Float[ndarray, " at"]]:
    grid = np.linspace(low_cm, high_cm, max(8, round((high_cm - low_cm) / _GRID_CM) + 1))
    return grid, smoothed(spectrum, grid, RESOLUTION_CM)


def _bells(
    grid: Float[ndarray, " at"], centre: Float[ndarray, " band"], fwhm: Float[ndarray, " band"]
) -> Float[ndarray, "at band"]:
    bells: Float[ndarray, "at band"] = np.exp(-_FOUR_LN_2 * ((grid[:, None] - centre) / fwhm) ** 2)
    return bells


def _where_most_is_left(
    grid: Float[ndarray, " at"], left: Float[ndarray, " at"], count: int
) -> Bands:
    """The bells that take most off a residual, no two within each other's half width."""
    step = grid[1] - grid[0]
    gain = np.empty((len(_WIDTHS_CM), len(grid)))
    height = np.empty_like(gain)
    for row, width in enumerate(_WIDTHS_CM):
        reach = int(min(1.5 * width / step, len(grid) - 1))
        bell = np.exp(-_FOUR_LN_2 * (np.arange(-reach, reach + 1) * step / width) ** 2)
        met = np.convolve(left, bell)[reach : reach + len(grid)]
        # At the ends only part of a bell is seen.
        norm = np.convolve(np.ones(len(grid)), bell**2)[reach : reach + len(grid)]
        height[row] = np.maximum(met, 0.0) / norm
        gain[row] = np.maximum(met, 0.0) / np.sqrt(norm)
    chosen = []
    for _ in range(count):
        row, column = divmod(int(np.argmax(gain)), gain.shape[1])
        if gain[row, column] <= 0.0:
            break
        width = _WIDTHS_CM[row]
        chosen.append((grid[column], width, height[row, column]))
        gain[:, np.abs(grid - grid[column]) < width] = 0.0
    return np.array(chosen).reshape(-1, 3)


def _refined(grid: Float[ndarray, " at"], source: Float[ndarray, " at"], bands: Bands) -> Bands:
    """Settle all heights, drop what is not needed, and move centres and widths downhill."""
    from scipy.optimize import least_squares, nnls

    centre, fwhm = bands[:, 0], bands[:, 1]
    height, _ = nnls(_bells(grid, centre, fwhm), source)
    needed = height > 1e-5
    start = np.concatenate([centre[needed], np.log(fwhm[needed]), height[needed]])
    count = int(needed.sum())

    def left(numbers: Float[ndarray, " number"]) -> Float[ndarray, " at"]:
        fwhm = np.exp(numbers[count:-count])
        over: Float[ndarray, " at"] = (
            _bells(grid, numbers[:count], fwhm) @ numbers[-count:] - source
        )
        return over

    def slopes(numbers: Float[ndarray, " number"]) -> Float[ndarray, "at number"]:
        centre, fwhm, height = numbers[:count], np.exp(numbers[count:-count]), numbers[-count:]
        bell = _bells(grid, centre, fwhm)
        away = (grid[:, None] - centre) / fwhm
        tall = bell * height * (2.0 * _FOUR_LN_2)
        return np.concatenate([tall * away / fwhm, tall * away**2, bell], axis=1)

    low = np.repeat([grid[0] - 20.0, np.log(_NARROWEST_CM), 0.0], count)
    high = np.repeat([grid[-1] + 20.0, np.log(_WIDEST_CM), np.inf], count)
    settled = least_squares(
        left,
        np.clip(start, low + 1e-9, high),
        slopes,
        bounds=(low, high),
        max_nfev=12,
        method="trf",
        x_scale=np.repeat([2.0, 0.3, 0.1], count),
    ).x
    return np.stack([settled[:count], np.exp(settled[count:-count]), settled[-count:]], axis=1)


def _rounded(bands: Bands) -> Bands:
    """As an entry of the library writes them, so that its stated errors are its own."""
    kept = bands[bands[:, 2] >= 5e-5]
    return np.stack(
        [np.round(kept[:, 0], 2), np.round(kept[:, 1], 2), np.round(kept[:, 2], 5)], axis=1
    )
