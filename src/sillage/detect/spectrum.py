"""Does the light of a plume lack what the gas takes, more than the ground beside it does?

The plume's mean spectrum is set against control windows: its own outline, laid over clear ground
all round it. Then

    ln(plume / controls) = straight line + column x unit absorption + ground,

where the line takes up brightness and slope, and the ground varies from place to place as the
spectra of the surroundings do, over patches as wide as the map's average. So roofs, roads and sand
that differ from their neighbours in a way that the surroundings know are not mistaken for gas, and
what they do not know is left over. Two numbers come of it:

- the column, in the error that the same fit has where there is no plume: at each control window
  against the others;
- the share of the plume's difference, weighed by the ground, that the gas explains. What is left is
  residual structure: of another gas, or of ground that is like nothing near it.

References
----------
Thorpe et al., Atmos. Meas. Tech. 10, 2017 (fits of plume spectra). Xiang et al., as in the EMIT
plume vetting (ratio of plume to background). Kraut, Scharf & Butler, IEEE Trans. Signal Process.
53, 2005 (the share explained: the squared cosine in whitened space).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64
from numpy import ndarray

from sillage.detect.plumes import Plume

Reader = Callable[[slice, slice], Float[ndarray, "line sample band"]]
"""Radiance of some lines and samples, in the bands that the gas is looked for in."""

_AROUND_PX = 64  # how far the surroundings reach from the plume's box
_ANGLES = 12
_RINGS = (1.0, 1.6)  # distances of the control windows, in lengths of the plume
_GAP_PX = 5
_WHOLE = 0.6  # share of a control window that must lie on clear ground
_FEWEST_WINDOWS = 4
_FEWEST_IN_PLUME = 8  # pixels that a part of a plume must have
_FEWEST_PIXELS = 4  # for each band
_RIDGE = 1e-5  # of the mean variance, added to each band
_DARKEST = 1e-3  # of the mean radiance: darker has no logarithm

Pixels = tuple[ndarray, ndarray]
"""Lines and samples, as many of each."""


class SpectralFit(NamedTuple):
    """What the spectrum of a plume says of a gas."""

    column_ppm_m: float
    std_ppm_m: float
    """One sigma, as the same fit errs on control windows."""
    explained: float
    """Share of the difference from the ground that the gas explains; below 0 if it brightens."""
    windows: int
    pixels: int
    """Of the plume, that were averaged."""
    log_ratio: Float64[ndarray, " band"]
    """Of the plume's mean radiance over that of the controls."""
    fitted: Float64[ndarray, " band"]
    """Line and gas."""
    ground: Float64[ndarray, " band"]
    """What is left that the ground about the plume varies by, as it is expected to be."""


def spectral_fit(
    read: Reader,
    plume: Plume,
    clear: Bool[ndarray, "line sample"],
    unit_absorption: Float64[ndarray, " band"],
    *,
    scale_px: float,
) -> SpectralFit | None:
    """Fit a gas to the spectrum of a plume; None where too little clear ground lies about it.

    Of a plume that is too long for its outline to be laid over clear ground, the half nearest to
    its highest pixel is taken, or half of that.

    Parameters
    ----------
    read
        Gives radiance, any linear unit; NaN where there is none.
    plume
        Its pixels.
    clear
        Pixels of the scene that are neither masked nor in any plume.
    unit_absorption
        d ln(radiance) / d(column), per ppm m.
    scale_px
        Width of the average that the plume was found with.
    """
    while (fit := _fit(read, plume, clear, unit_absorption, scale_px)) is None:
        if plume.line.size < 2 * _FEWEST_IN_PLUME:
            return None
        plume = _nearer_half(plume)
    return fit


def _nearer_half(plume: Plume) -> Plume:
    """The pixels nearest to the highest, which stays the first."""
    away = np.hypot(plume.line - plume.line[0], plume.sample - plume.sample[0])
    near = np.sort(np.argsort(away, kind="stable")[: plume.line.size // 2])
    return plume._replace(line=plume.line[near], sample=plume.sample[near])


def _fit(
    read: Reader,
    plume: Plume,
    clear: Bool[ndarray, "line sample"],
    unit_absorption: Float64[ndarray, " band"],
    scale_px: float,
) -> SpectralFit | None:
    """The fit to all of a plume; None where it is too long or the ground too small."""
    box = tuple(
        slice(max(int(at.min()) - _AROUND_PX, 0), min(int(at.max()) + _AROUND_PX + 1, size))
        for at, size in zip((plume.line, plume.sample), clear.shape, strict=True)
    )
    radiance = np.asarray(read(box[0], box[1]), dtype=np.float64)  # line sample band
    good = clear[box] & np.isfinite(radiance).all(axis=-1)
    mine = plume.line - box[0].start, plume.sample - box[1].start
    controls = control_windows(mine, good)
    if len(controls) < _FEWEST_WINDOWS or good.sum() < _FEWEST_PIXELS * radiance.shape[-1]:
        return None
    ground = _whitener(radiance, good, scale_px)
    least = _DARKEST * radiance[good].mean(axis=0)

    def spectrum(pixels: Pixels) -> Float64[ndarray, " band"]:
        return np.asarray(np.log(np.maximum(np.nanmean(radiance[pixels], axis=0), least)))

    beside = np.stack([spectrum(one) for one in controls])  # window band
    band = np.linspace(-1.0, 1.0, unit_absorption.size)
    design = np.stack([np.ones_like(band), band, unit_absorption], axis=1)  # band term
    ratio = spectrum(mine) - beside.mean(axis=0)
    left = [one - np.delete(beside, place, 0).mean(0) for place, one in enumerate(beside)]
    errs = np.array([_solve(ground, design, one)[0][-1] for one in left])
    terms, explained = _solve(ground, design, ratio)
    fitted = design @ terms
    return SpectralFit(
        column_ppm_m=float(terms[-1]),
        std_ppm_m=float(np.sqrt(np.mean(errs**2))),
        explained=explained,
        windows=len(controls),
        pixels=plume.line.size,
        log_ratio=ratio,
        fitted=fitted,
        ground=_of_ground(ground, ratio - fitted),
    )


def control_windows(pixels: Pixels, good: Bool[ndarray, "line sample"]) -> list[Pixels]:
    """The same outline over clear ground about a plume, in two rings of twelve."""
    line, sample = pixels
    length = max(int(np.ptp(line)), int(np.ptp(sample))) + 1
    windows = []
    for ring, times in enumerate(_RINGS):
        away = times * length + _GAP_PX
        for step in range(_ANGLES):
            angle = 2.0 * np.pi * (step + 0.5 * ring) / _ANGLES
            down, right = round(away * np.sin(angle)), round(away * np.cos(angle))
            lines, samples = line + down, sample + right
            inside = (lines >= 0) & (lines < good.shape[0])
            inside &= (samples >= 0) & (samples < good.shape[1])
            lines, samples = lines[inside], samples[inside]
            kept = good[lines, samples]
            if kept.sum() >= max(_WHOLE * line.size, 1.0):
                windows.append((lines[kept], samples[kept]))
    return windows


def _whitener(
    radiance: Float64[ndarray, "line sample band"],
    good: Bool[ndarray, "line sample"],
    scale_px: float,
) -> Float64[ndarray, "band band"]:
    """Matrix that makes the ground's differences between patches white."""
    from scipy.ndimage import gaussian_filter

    weight = np.maximum(gaussian_filter(good.astype(np.float64), scale_px), 1e-9)
    spectra = []
    for band in np.moveaxis(radiance, -1, 0):
        patch = gaussian_filter(np.where(good, band, 0.0), scale_px) / weight
        mean = band[good].mean()
        spectra.append(np.log(np.maximum(patch[good], _DARKEST * mean)))
    covariance = np.cov(np.stack(spectra))
    covariance += _RIDGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    return np.asarray(np.linalg.inv(np.linalg.cholesky(covariance)))


def _of_ground(
    ground: Float64[ndarray, "band band"], left: Float64[ndarray, " band"]
) -> Float64[ndarray, " band"]:
    """The part of what is left over that is ground and not noise, by their variances.

    Noise is as large as the quieter half of the directions in which the surroundings vary.
    """
    precision = ground.T @ ground
    known = np.linalg.eigvalsh(precision)  # rising: the quiet directions come last
    noise = 1.0 / float(np.median(known[known.size // 2 :]))
    return np.asarray(left - noise * (precision @ left))


def _solve(
    ground: Float64[ndarray, "band band"],
    design: Float64[ndarray, "band term"],
    ratio: Float64[ndarray, " band"],
) -> tuple[Float64[ndarray, " term"], float]:
    """Generalised least squares, and the share that the last term explains, with its sign."""
    white, seen = ground @ design, ground @ ratio
    terms = np.linalg.lstsq(white, seen, rcond=None)[0]
    rest = seen - white @ terms
    line, *_ = np.linalg.lstsq(white[:, :-1], seen, rcond=None)
    without = seen - white[:, :-1] @ line
    total = float(without @ without)
    share = 1.0 - float(rest @ rest) / total if total > 0.0 else 0.0
    return terms, float(np.sign(terms[-1])) * max(share, 0.0)
