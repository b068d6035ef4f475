"""How far must a covariance be drawn towards its diagonal to be worth inverting?

As far as the pixels that were left out of it say: with the covariance S of n pixels, its diagonal
T and a strength a, each pixel's likelihood under (1 - a) S + a T made without it is known in closed
form, and the strength with the highest mean is taken.

All strengths share the eigenvectors of T^-1/2 S T^-1/2: one decomposition, and the distances of all
pixels at all strengths are one matrix product. Floor: 2 n s m operations for m strengths, against
2 n s^2 m when each strength is inverted by itself.

Reference: Theiler, Proc. SPIE 8391, 2012, eqs. 21-27 (leave-one-out, Mahalanobis form).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from sillage.retrieve.background import Background, SingularBackground, mirrored

STRENGTHS: Float64[ndarray, " strength"] = 10.0 ** np.linspace(-10.0, 0.0, 201)
"""Strengths that are tried."""

_TOGETHER = 16  # factors that are multiplied before their logarithm is taken: none is below 1e-16
_BLOCK = 256  # pixels whose distances at all strengths are held at a time


class Shrunk(NamedTuple):
    """A covariance that is drawn towards its diagonal."""

    strength: float
    """From 0, the covariance as it is, to 1, its diagonal."""
    covariance: Float64[ndarray, "band band"]
    nll: Float64[ndarray, " strength"]
    """Mean negative log-likelihood of a pixel that is left out, at each strength."""


def shrunk(ground: Background, strengths: Float64[ndarray, " strength"] = STRENGTHS) -> Shrunk:
    """Draw a background's covariance towards its diagonal, as far as pixels left out of it say.

    Raises
    ------
    SingularBackground
        A band does not vary at all, or there are fewer than three trusted pixels.
    """
    count = ground.trusted
    variance = np.diag(ground.scatter) / max(count, 1)
    if count < 3 or not (variance > 0.0).all():
        raise SingularBackground(
            f"{int((variance <= 0.0).sum())} bands do not vary over {count} clean pixels: leave "
            f"the dead bands out, or take more lines"
        )
    root = np.sqrt(variance)
    scatter = mirrored(ground.scatter)
    correlation = scatter / count / np.outer(root, root)
    values, vectors = np.linalg.eigh(correlation)
    beta = (1.0 - strengths) / (count - 1.0)  # weight of one pixel's outer product
    scale = count * beta * np.maximum(values, 0.0)[:, None] + strengths  # band strength
    whitener = vectors / root[:, None]
    told = _left_out(ground.above[:count], whitener, 1.0 / scale, beta)
    bands = variance.size
    determinant = np.log(scale).sum(axis=0) + np.log(variance).sum()
    nll = 0.5 * (bands * np.log(2.0 * np.pi) + determinant) + told / (2.0 * count)
    strength = float(strengths[np.argmin(np.where(np.isfinite(nll), nll, np.inf))])
    covariance = (1.0 - strength) * scatter / (count - 1.0) + strength * np.diag(variance)
    return Shrunk(strength, covariance, nll)


def _left_out(
    above: Float64[ndarray, "pixel band"],
    whitener: Float64[ndarray, "band band"],
    inverse: Float64[ndarray, "band strength"],
    beta: Float64[ndarray, " strength"],
) -> Float64[ndarray, " strength"]:
    """Sum over pixels of log(1 - beta r) + r / (1 - beta r), r their squared distance."""
    told = np.zeros(beta.size)
    for start in range(0, len(above), _BLOCK):
        squared = (above[start : start + _BLOCK] @ whitener) ** 2  # pixel band
        distance = squared @ inverse  # pixel strength
        rest = 1.0 - beta * distance
        with np.errstate(divide="ignore", invalid="ignore"):
            told += (distance / rest).sum(axis=0)
            for first in range(0, len(rest), _TOGETHER):
                told += np.log(rest[first : first + _TOGETHER].prod(axis=0))
        told[(rest <= 0.0).any(axis=0)] = np.inf  # at rounding, a pixel's own distance is all
    return told
