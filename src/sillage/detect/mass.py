"""How much gas does a plume hold, and how fast does it come out, each with its error?

Mass (integrated mass enhancement): the columns of the plume's pixels, and of a rim about them as
wide as the average, into which it carries gas (`plumes.with_rims`). Its error is that of neighbours
who err together: the covariance of the map is measured on the map, where no plume is, and summed
over every pair of pixels. What the retrieval gives for each ppm m that is there varies from ground
to ground besides, by a share that was measured. Of plumes that are barely seen, those are found
that clutter makes stronger: their masses come out high, and `benchmarks/detect.py` says how much.

Rate: Q = U M / L. A plume that is L long was filled in the time that the wind needs for L.

- L is the plume's length: the largest distance between two of its pixels, and one pixel more. It
  is known to the width of the average at either end.
- U is the mean wind at the height of the plume, over the time L / U before the picture, and the
  caller states its error. Of a wind that was measured at another height, `drift.py` tells what of
  it moves a plume that rose from the ground.

Varon et al. take the square root of the area for L and make up for it with an effective wind that
is fitted to one instrument's plumes by simulation; Duren et al. take the length and the wind
itself, as here.

References
----------
Frankenberg et al., PNAS 113, 2016 (integrated mass enhancement). Varon et al., Atmos. Meas. Tech.
11, 2018, eq. 9. Duren et al., Nature 575, 2019, methods.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64
from numpy import ndarray

from sillage.detect.drift import Share, share_of_wind
from sillage.detect.plumes import ColumnMap, Plume, outside
from sillage.errors import RecordError
from sillage.spectra.swir import kg_per_ppm_m3

RETRIEVED_STD = 0.25
"""Share of a plume's mass by which ground moves it: `benchmarks/detect.py`, seeds below 100."""

_REACH = 8.0  # widths of the average within which neighbours are asked whether they err together
_LINES = 1024  # of a map that are transformed at a time
_HOUR_S = 3600.0


class Amount(NamedTuple):
    """A number and its one-sigma error."""

    value: float
    std: float


class Breeze(NamedTuple):
    """The mean wind at a plume, while it was filled."""

    speed_m_s: float
    speed_std_m_s: float
    towards_deg: float
    """Where the air goes, clockwise from north."""
    towards_std_deg: float
    height_m: float | None = None
    """Above ground that the speed is of; None where it is that of the plume."""


def covariance_of(
    seen: ColumnMap, plumes: tuple[Plume, ...]
) -> Float64[ndarray, "line_lag sample_lag"]:
    """How neighbours err together, by how far they lie apart, in squared sigmas.

    Parameters
    ----------
    seen
        The map.
    plumes
        That are left out of it.

    Returns
    -------
    line_lag sample_lag
        The middle is no lag at all.
    """
    from scipy.signal import fftconvolve

    reach = math.ceil(_REACH * seen.scale_px)
    sigmas = outside(plumes, seen.sigmas)
    sigmas -= np.nanmedian(sigmas)
    products = pairs = np.zeros((2 * reach + 1, 2 * reach + 1))
    for start in range(0, len(sigmas), _LINES):
        block = sigmas[start : start + _LINES]
        known = np.isfinite(block).astype(np.float64)
        value = np.where(known > 0.0, block, 0.0)
        both = []
        for one in (value, known):
            every = fftconvolve(one, one[::-1, ::-1])
            both.append(_middle(every, reach))
        products, pairs = products + both[0], pairs + both[1]
    return np.where(pairs > 0.5, products / np.maximum(pairs, 0.5), 0.0)


def _middle(
    lags: Float64[ndarray, "every_line every_sample"], reach: int
) -> Float64[ndarray, "line_lag sample_lag"]:
    """The lags up to a reach, with nought for those that a small map does not have."""
    out = np.zeros((2 * reach + 1, 2 * reach + 1))
    half = [size // 2 for size in lags.shape]
    some = [min(reach, one) for one in half]
    there = tuple(slice(h - s, h + s + 1) for h, s in zip(half, some, strict=True))
    here = tuple(slice(reach - s, reach + s + 1) for s in some)
    out[here] = lags[there]
    return out


def mass_of(
    seen: ColumnMap,
    plume: Plume,
    gas: str,
    *,
    area_m2: Float[ndarray, "line sample"] | float,
    covariance: Float64[ndarray, "line_lag sample_lag"],
) -> Amount:
    """Mass of a gas in a plume, in kg.

    Parameters
    ----------
    seen
        The map that the plume is on.
    plume
        Its pixels, with its rim.
    gas
        Of the library.
    area_m2
        Ground that a pixel covers.
    covariance
        As `covariance_of` gives it.
    """
    area = np.broadcast_to(np.asarray(area_m2, dtype=np.float64), seen.column_ppm_m.shape)
    each = plume.of(area) * kg_per_ppm_m3(gas)  # kg for each ppm m
    kg = float((each * plume.of(seen.column_ppm_m)).sum())
    variance = _summed(plume, each * plume.of(seen.std_ppm_m), covariance)
    return Amount(kg, math.hypot(math.sqrt(variance), RETRIEVED_STD * kg))


def _summed(
    plume: Plume,
    std: Float64[ndarray, " pixel"],
    covariance: Float64[ndarray, "line_lag sample_lag"],
) -> float:
    """Variance of a sum over pixels that err together; never below that of strangers."""
    from scipy.signal import fftconvolve

    line, sample = plume.line - plume.line.min(), plume.sample - plume.sample.min()
    box = np.zeros((int(line.max()) + 1, int(sample.max()) + 1))
    box[line, sample] = std
    pairs = _middle(fftconvolve(box, box[::-1, ::-1]), len(covariance) // 2)
    alone = covariance[len(covariance) // 2, len(covariance) // 2] * float((std**2).sum())
    return float(max((pairs * covariance).sum(), alone))


def length_of(plume: Plume, *, pixel_m: float, scale_px: float) -> Amount:
    """Largest distance between two of a plume's pixels, and one pixel more, in metres."""
    from scipy.spatial import ConvexHull, QhullError
    from scipy.spatial.distance import pdist

    corner = np.stack([plume.line, plume.sample], axis=1).astype(np.float64)
    if len(corner) > 8:
        try:
            corner = corner[ConvexHull(corner).vertices]
        except QhullError:  # all in one row, which is its own hull
            corner = corner[np.lexsort(corner.T)][[0, -1]]
    longest = float(pdist(corner).max()) if len(corner) > 1 else 0.0
    return Amount((longest + 1.0) * pixel_m, math.sqrt(2.0) * scale_px * pixel_m)


def rate_of(mass_kg: Amount, length_m: Amount, wind: Breeze) -> Amount:
    """Emission rate in kg/h.

    Parameters
    ----------
    mass_kg, length_m
        Of the plume.
    wind
        At the plume; one of another height is brought to that of a plume from the ground.

    Raises
    ------
    RecordError
        The wind does not blow: then a picture of the plume says nothing of its rate.
    """
    if not wind.speed_m_s > 0.0:
        raise RecordError(
            "a rate needs a wind above 0 m/s; leave the wind out to have masses alone"
        )
    own = Share(1.0, 0.0)
    if wind.height_m is not None:
        own = share_of_wind(length_m.value, wind.height_m)
    per_hour = _HOUR_S * own.value * wind.speed_m_s / length_m.value
    shares = (
        wind.speed_std_m_s / wind.speed_m_s,
        own.std / own.value,
        length_m.std / length_m.value,
    )
    spread = math.hypot(mass_kg.std, *(mass_kg.value * share for share in shares))
    return Amount(mass_kg.value * per_hour, spread * per_hour)
