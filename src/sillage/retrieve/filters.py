"""How much gas does each pixel hold: filters that are matched to a gas and to the ground below.

Each takes the pixels of one background and gives a column and its one-sigma error for every one.
Twice the absorption gives half the column; twice the radiance changes nothing.

References
----------
Matched filter: Manolakis et al., IEEE Signal Process. Mag. 31, 2014. With albedo and reweighted:
Foote et al., IEEE TGRS 58, 2020. In the logarithm: Pei et al., Remote Sens. Environ. 295, 2023.
Adaptive coherence: Kraut, Scharf & Butler, IEEE Trans. Signal Process. 53, 2005. Sensitivity:
Fahlen et al., IEEE TGRS 62, 2024.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Float64
from numpy import ndarray
from scipy.linalg.lapack import dpotrf, dpotrs, dtrtrs

from sillage.retrieve._reweigh import Scatter, look, reweigh
from sillage.retrieve.background import Background, Room, background_of, root_of
from sillage.retrieve.shrinkage import shrunk

SCALE_PPM_M = 1e5
"""The unit in which the sparse filter's constants are stated."""
ROUNDS = 30
"""Of the sparse filter, as published."""


class Filtered(NamedTuple):
    """What a filter says of each pixel of one background."""

    column_ppm_m: Float64[ndarray, " pixel"]
    std_ppm_m: Float64[ndarray, " pixel"]
    """One sigma of clutter and noise, as they are in this background."""
    sensitivity: Float64[ndarray, " pixel"]
    """Column that is retrieved for each ppm m that is there, by the pixel's own radiance."""
    gain_ppm_m: Float64[ndarray, " band"]
    """Column that is retrieved where each band's radiance alone grows by its own size."""
    logarithmic: bool = False
    """Whether the gain is of the logarithm of radiance."""


@runtime_checkable
class Filter(Protocol):
    """A way from radiance to columns."""

    def __call__(
        self,
        radiance: Float[ndarray, "pixel band"],
        unit_absorption: Float[ndarray, " band"],
        *,
        trusted: Bool[ndarray, " pixel"] | None = None,
        room: Room | None = None,
    ) -> Filtered:
        """Columns of the pixels of one background.

        Parameters
        ----------
        radiance
            At-sensor spectral radiance above 0, any linear unit, one row a pixel.
        unit_absorption
            d ln(radiance) / d(column), per ppm m; below 0 where the gas absorbs.
        trusted
            Pixels that the background is made of; all where None. Columns are given for all.
        room
            Memory that is used again from one background to the next.

        Raises
        ------
        SingularBackground
            The trusted pixels do not span the bands; says how many of each.
        """
        ...


def matched_filter(
    radiance: Float[ndarray, "pixel band"],
    unit_absorption: Float[ndarray, " band"],
    *,
    trusted: Bool[ndarray, " pixel"] | None = None,
    room: Room | None = None,
) -> Filtered:
    """Columns by the matched filter, at the mean brightness; see `Filter`."""
    ground = background_of(radiance, trusted, room)
    return _matched(ground, unit_absorption, ground.solve(unit_absorption * ground.mean))


def shrunk_filter(
    radiance: Float[ndarray, "pixel band"],
    unit_absorption: Float[ndarray, " band"],
    *,
    trusted: Bool[ndarray, " pixel"] | None = None,
    room: Room | None = None,
) -> Filtered:
    """Columns by the matched filter with a covariance that few pixels can bear; see `Filter`.

    The covariance is drawn towards its diagonal as far as pixels that are left out of it say.
    """
    ground = background_of(radiance, trusted, room)
    root, _ = dpotrf(shrunk(ground).covariance)
    shape, _ = dpotrs(root, unit_absorption * ground.mean)
    return _matched(ground, unit_absorption, shape)


def adaptive_filter(
    radiance: Float[ndarray, "pixel band"],
    unit_absorption: Float[ndarray, " band"],
    *,
    trusted: Bool[ndarray, " pixel"] | None = None,
    room: Room | None = None,
) -> Filtered:
    """Columns by the matched filter, with errors by the adaptive coherence estimator; see `Filter`.

    One sigma grows with how far a pixel is from the mean: column / std is the root of the number of
    bands times the cosine between pixel and gas in whitened space.
    """
    ground = background_of(radiance, trusted, room)
    root = root_of(ground.scatter, ground.trusted)
    plain = _matched(ground, unit_absorption, ground.solve(unit_absorption * ground.mean))
    white, _ = dtrtrs(root, ground.above.T, trans=1)  # band pixel
    length2 = ground.trusted * (white**2).sum(axis=0) / len(white)
    return plain._replace(std_ppm_m=plain.std_ppm_m * np.sqrt(ground.back(length2)))


def logarithmic_filter(
    radiance: Float[ndarray, "pixel band"],
    unit_absorption: Float[ndarray, " band"],
    *,
    trusted: Bool[ndarray, " pixel"] | None = None,
    room: Room | None = None,
) -> Filtered:
    """Columns by the matched filter in the logarithm of radiance; see `Filter`.

    There Beer and Lambert's law is linear, whatever the pixel's brightness and however deep the
    absorption. Noise about a dark band's nought has no logarithm: it is held at a thousandth of the
    band's mean.
    """
    least = np.maximum(1e-3 * np.abs(radiance.mean(axis=0)), np.finfo(np.float32).tiny)
    ground = background_of(np.log(np.maximum(radiance, least)), trusted, room)
    shape = ground.solve(np.asarray(unit_absorption, dtype=np.float64))
    power = float(unit_absorption @ shape)
    column = ground.back(ground.above @ shape / power)
    same = np.ones_like(column)
    return Filtered(column, same * power**-0.5, same, shape / power, logarithmic=True)


def albedo_filter(
    radiance: Float[ndarray, "pixel band"],
    unit_absorption: Float[ndarray, " band"],
    *,
    trusted: Bool[ndarray, " pixel"] | None = None,
    room: Room | None = None,
) -> Filtered:
    """Columns by the matched filter at each pixel's own brightness; see `Filter`."""
    ground = background_of(radiance, trusted, room)
    shape = ground.solve(unit_absorption * ground.mean)
    plain = _matched(ground, unit_absorption, shape)
    albedo = ground.back(_albedo(ground))
    return plain._replace(
        column_ppm_m=plain.column_ppm_m / albedo,
        std_ppm_m=plain.std_ppm_m / np.abs(albedo),
        sensitivity=plain.sensitivity / albedo,
    )


def sparse_filter(
    radiance: Float[ndarray, "pixel band"],
    unit_absorption: Float[ndarray, " band"],
    *,
    trusted: Bool[ndarray, " pixel"] | None = None,
    room: Room | None = None,
) -> Filtered:
    """Columns by the reweighted filter with albedo, which holds gas to be rare; see `Filter`.

    The numbers are those of Foote et al.'s algorithm with its thirty rounds, at a fraction of the
    cost. No column is below 0, and real columns come out low where clutter is strong.
    """
    ground = background_of(radiance, trusted, room)
    unit = np.asarray(unit_absorption, dtype=np.float64) * SCALE_PPM_M
    pixels = len(ground.above)
    scatter = Scatter(ground.mean, ground.inverse(), float(ground.trusted), float(pixels))
    first = look(ground.above, scatter, unit)
    column, shape, power = reweigh(ground.above, first, scatter, unit, ROUNDS)
    return Filtered(
        ground.back(column * SCALE_PPM_M),
        ground.back(SCALE_PPM_M / (np.abs(first.albedo) * power**0.5)),
        ground.back(first.sensitivity),
        SCALE_PPM_M * ground.mean * shape / power,
    )


def _matched(
    ground: Background, unit: Float[ndarray, " band"], shape: Float64[ndarray, " band"]
) -> Filtered:
    """What a filter of a given shape says; the shape is C^-1 t in any scale of C."""
    power = float((unit * ground.mean) @ shape)
    column, slant = (ground.above @ (np.stack([shape, unit * shape], axis=1) / power)).T
    return Filtered(
        ground.back(column),
        np.full(column.size, power**-0.5),
        ground.back(1.0 + slant),
        ground.mean * shape / power,
    )


def _albedo(ground: Background) -> Float64[ndarray, " pixel"]:
    """Brightness of each pixel of the block, as a part of the mean's."""
    return np.asarray(1.0 + ground.above @ _brightness(ground))


def _brightness(ground: Background) -> Float64[ndarray, " band"]:
    return np.asarray(ground.mean / (ground.mean @ ground.mean))
