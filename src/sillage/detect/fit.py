"""What does a plume look like over wavelength, beside what the answer says it should look like?

For a person who reviews an answer: the mean spectrum of the plume's pixels; the ground that would
be seen had there been no gas; and the ground with the gases that were named. What is left between
the first and the last is what the answer does not explain. Nothing here changes the answer.

The ground is what remains of the spectrum once the gas that was told is taken away, laid onto the
directions along which clear pixels vary.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from sillage.detect.hypotheses import depth_of, likeliest
from sillage.detect.identify import Identification, Looked
from sillage.records.detection import NOT_IN_LIBRARY


class HeatSpectrum(NamedTuple):
    """A plume against its fit: means over its pixels, W m-2 sr-1 um-1."""

    wavelength_nm: Float64[ndarray, " band"]
    plume: Float64[ndarray, " band"]
    """As it was seen."""
    std: Float64[ndarray, " band"]
    """One sigma of that mean by noise alone."""
    ground: Float64[ndarray, " band"]
    """As it would have been seen without gas."""
    fitted: Float64[ndarray, " band"]
    """Ground with the gases of the first candidate; the ground alone where none is named."""
    gases: tuple[str, ...]
    """Those gases."""


def spectrum_of(looked: Looked, answer: Identification) -> HeatSpectrum:
    """A plume against what an answer says of it.

    Parameters
    ----------
    looked
        The plume, as `looked_at` gives it.
    answer
        To the same.
    """
    view, background, plume, _ = looked
    named = answer.candidates[0].substances if answer.candidates else ()
    gases = tuple(gas for gas in named if gas != NOT_IN_LIBRARY)
    places = [plume.library.gases.index(gas) for gas in gases]
    seen = view.radiance[view.plume].mean(axis=0)  # band
    gas = np.zeros_like(seen)
    if places:
        node, column_ppm_m = likeliest(plume, places)
        depth = depth_of(plume, places, column_ppm_m)  # pixel band
        gas = (plume.contrast[node] * -np.expm1(-depth)).mean(axis=0)
    ground = background.beneath((seen - gas)[None])[0]
    std = background.noise / np.sqrt(view.plume.sum())
    return HeatSpectrum(view.wavelength_nm, seen, std, ground, ground + gas, gases)
