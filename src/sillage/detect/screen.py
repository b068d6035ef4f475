"""Where in a cube of heat does any gas of the library show, when nobody has said where to look?

A plain screen: the column of each gas in each pixel, in one-sigma, smoothed over neighbours and
scaled by how it strays over the scene; of all gases the largest counts. What stands out in one
piece is a mask for `identify`. A large plume is itself a direction in which the scene varies; so a
direction is no ground to a gas if most of what is left of the gas's signature, beside the stronger
directions, lies along it.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64
from numpy import ndarray
from scipy.ndimage import gaussian_filter, label

from sillage.detect.background import Background, learn_background
from sillage.detect.columns import columns_alone
from sillage.detect.contrast import PlumeTemperature, opaque
from sillage.detect.signatures import Signatures, signatures
from sillage.detect.view import LEAST_PIXELS, View, view_of_lines
from sillage.records.cube import Cube
from sillage.spectra.lwir import Path

THRESHOLD = 7.0
"""In one-sigma of the smoothed statistic. A plain screen: its rate of false claims is unknown."""
_SMOOTH = 1.0
_MOSTLY = 0.5


def find_plumes(
    cube: Cube,
    *,
    temperature: PlumeTemperature,
    path: Path | None = None,
    threshold: float = THRESHOLD,
) -> list[Bool[ndarray, "line sample"]]:
    """Masks of what stands out, the strongest first; none where nothing does.

    Parameters
    ----------
    cube
        At-sensor radiance with bands that see heat; it is read whole.
    temperature
        Of a plume, as known beforehand.
    path
        Air between plume and sensor, at the cube's usable heat bands; clear where None.
    threshold
        In one-sigma of the smoothed statistic.

    Raises
    ------
    NotEnoughInformation
        The cube holds no radiance of heat, or too few pixels.
    """
    view = view_of_lines(cube, 0, cube.lines)
    library = signatures(view.wavelength_nm, view.fwhm_nm)
    glow = opaque(view.wavelength_nm, temperature.mean_K, path or Path())
    strength = _strength(view, glow, library)
    standing = strength > threshold
    pieces, count = label(standing, structure=np.ones((3, 3)))
    masks = [pieces == number for number in range(1, count + 1)]
    large = [mask for mask in masks if mask.sum() >= LEAST_PIXELS]
    return sorted(large, key=lambda mask: -float(strength[mask].max()))


def _strength(
    view: View, glow: Float64[ndarray, " band"], library: Signatures
) -> Float64[ndarray, "line sample"]:
    """Largest statistic of all gases in each pixel, of either sign of contrast."""
    clear = view.clear
    background = learn_background(view.radiance, clear)
    spectra = view.radiance.reshape(-1, view.radiance.shape[-1])
    contrast = glow - background.beneath(spectra)
    trusted = _trusted(background, contrast.mean(axis=0), library)
    column, std = columns_alone(background, spectra, contrast, library, trusted=trusted)
    sigma = np.where(clear[..., None], (column / std).reshape(*clear.shape, -1), 0.0)
    smooth = gaussian_filter(sigma, (_SMOOTH, _SMOOTH, 0.0))
    # Gas strays to one side only, so the quieter side tells of ground.
    low, middle, high = np.quantile(smooth[clear], (0.1587, 0.5, 0.8413), axis=0)
    spread = np.minimum(middle - low, high - middle)
    return np.asarray(np.abs((smooth - middle) / spread).max(axis=-1))


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
