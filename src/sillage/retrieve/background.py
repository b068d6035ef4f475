"""What does the ground look like where there is no gas: the mean spectrum, and how it varies.

Pixels that share a background are held as one block of memory, the trusted ones first: so the
scatter matrix is one product of the block with itself, and every filter after it is one more.

Floor: n pixels of s bands cost n s^2 operations (a symmetric product) and one read of n s
radiances.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from jaxtyping import Bool, Float, Float64, Int
from numpy import ndarray
from scipy.linalg.blas import dsyrk
from scipy.linalg.lapack import dpotrf, dpotrs

from sillage.errors import NotEnoughInformation

_EPSILON = float(np.finfo(np.float64).eps)


class SingularBackground(NotEnoughInformation):
    """The clean pixels do not span the bands; says how many of each there are."""


class Background(NamedTuple):
    """Pixels of one group above their mean, and the scatter of those that are trusted."""

    mean: Float64[ndarray, " band"]
    """Radiance of the trusted pixels."""
    above: Float64[ndarray, "pixel band"]
    """Radiance less the mean; trusted pixels first."""
    trusted: int
    """How many of the pixels belong to the statistics."""
    order: Int[ndarray, " pixel"]
    """Where each pixel of the block stood in the group."""
    scatter: Float64[ndarray, "band band"]
    """Sum of outer products over the trusted pixels; only its upper triangle is written."""

    def solve(self, target: Float64[ndarray, " band"]) -> Float64[ndarray, " band"]:
        """Inverse of the covariance of the trusted pixels, times a spectrum.

        Raises
        ------
        SingularBackground
            The trusted pixels do not span the bands.
        """
        solved, _ = dpotrs(root_of(self.scatter, self.trusted), target)
        return np.asarray(solved * self.trusted)

    def inverse(self) -> Float64[ndarray, "band band"]:
        """Inverse of the scatter matrix.

        Raises
        ------
        SingularBackground
            The trusted pixels do not span the bands.
        """
        inverse, whole = _swept(self.scatter)
        if not whole or self.trusted <= len(self.mean):
            raise _singular(self.trusted, len(self.mean))
        return np.asarray(inverse)

    def back(self, values: Float64[ndarray, " pixel"]) -> Float64[ndarray, " pixel"]:
        """Values of the block's pixels in the order of the group."""
        if self.trusted == self.order.size:
            return values
        placed = np.empty_like(values)
        placed[self.order] = values
        return placed


class Room:
    """Memory for one group after another, so that none is asked of the system anew."""

    def __init__(self) -> None:
        self._memory = np.empty(0)

    def block(self, pixels: int, bands: int) -> Float64[ndarray, "pixel band"]:
        """A block that holds nothing in particular; the one before it is gone."""
        if self._memory.size < pixels * bands:
            self._memory = np.empty(pixels * bands)
        return self._memory[: pixels * bands].reshape(pixels, bands)


def background_of(
    radiance: Float[ndarray, "pixel band"],
    trusted: Bool[ndarray, " pixel"] | None = None,
    room: Room | None = None,
) -> Background:
    """Mean and scatter of pixels that share a background.

    Parameters
    ----------
    radiance
        Finite, in any unit.
    trusted
        Pixels that the statistics are made of; all where None.
    room
        Memory that is used again; the background is good until its next use.

    Raises
    ------
    SingularBackground
        Not one pixel is trusted.
    """
    pixels, bands = radiance.shape
    order, count = np.arange(pixels), pixels
    if trusted is not None:
        order = np.concatenate([np.flatnonzero(trusted), np.flatnonzero(~trusted)])
        count = int(trusted.sum())
    if not count:
        raise SingularBackground("no clean pixel: everything is masked; ease a mask")
    above = (room or Room()).block(pixels, bands)
    mean = _lifted(np.ascontiguousarray(radiance), order, count, above)
    return Background(mean, above, count, order, dsyrk(1.0, above[:count].T))


def root_of(scatter: Float64[ndarray, "band band"], pixels: int) -> Float64[ndarray, "band band"]:
    """Upper Cholesky root of a scatter matrix of so many pixels; below the diagonal is anything.

    Raises
    ------
    SingularBackground
        It has none.
    """
    root, failed = dpotrf(scatter, clean=False)
    if failed or pixels <= scatter.shape[0] or _rounded_away(scatter, root):
        raise _singular(pixels, scatter.shape[0])
    return np.asarray(root)


def _singular(pixels: int, bands: int) -> SingularBackground:
    return SingularBackground(
        f"{pixels} clean pixels of {bands} bands have no inverse covariance: take fewer bands "
        f"(a narrower window), more lines, or the filter with shrinkage"
    )


@numba.njit(cache=True, nogil=True)
def _rounded_away(
    scatter: Float64[ndarray, "band band"], root: Float64[ndarray, "band band"]
) -> bool:
    """Whether a band is, to rounding, a combination of others: its pivot has no digit left."""
    for band in range(scatter.shape[0]):
        if root[band, band] ** 2 <= scatter.shape[0] * _EPSILON * scatter[band, band]:
            return True
    return False


@numba.njit(cache=True, nogil=True)
def mirrored(upper: Float64[ndarray, "band band"]) -> Float64[ndarray, "band band"]:
    """A symmetric matrix, of which the upper triangle is given."""
    whole = np.empty(upper.shape)
    for row in range(upper.shape[0]):
        for column in range(row, upper.shape[0]):
            whole[row, column] = whole[column, row] = upper[row, column]
    return whole


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def _swept(scatter: Float64[ndarray, "band band"]) -> tuple[Float64[ndarray, "band band"], bool]:
    """Inverse of a scatter matrix, band after band, and whether every pivot has a digit left.

    The pivots are those of Cholesky's root. Reference: Goodnight, Am. Stat. 33, 1979.
    """
    bands = scatter.shape[0]
    swept, kept = mirrored(scatter), np.empty(bands)
    for pivot in range(bands):
        size = swept[pivot, pivot]
        if not size > bands * _EPSILON * scatter[pivot, pivot]:
            return swept, False
        kept[:] = swept[pivot]
        for row in range(bands):
            share = kept[row] / size
            for band in range(bands):
                swept[row, band] -= share * kept[band]
            swept[row, pivot] = share
        swept[pivot] = kept / size
        swept[pivot, pivot] = -1.0 / size
    return -swept, True


@numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz"})
def _lifted(
    radiance: Float[ndarray, "pixel band"],
    order: Int[ndarray, " pixel"],
    trusted: int,
    above: Float64[ndarray, "pixel band"],
) -> Float64[ndarray, " band"]:
    """The mean of the first so many pixels in an order; all less that mean go into `above`."""
    pixels, bands = above.shape
    mean = np.zeros(bands)
    for place in range(trusted):
        row = radiance[order[place]]
        for band in range(bands):
            mean[band] += row[band]
    mean /= trusted
    for place in range(pixels):
        row = radiance[order[place]]
        for band in range(bands):
            above[place, band] = row[band] - mean[band]
    return mean
