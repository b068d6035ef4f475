"""How well does a set of gases explain a pooled spectrum, against all other sets, and a stranger?

A spectrum is a sum of signatures, each at least zero, and what strays: noise of variance 1, ground
of a kind that clear pixels do not show, and a free shape. The free shape is what any absorption
could look like, smooth over 6 to 40 cm-1 and seen through the same contrast as the gases. At a few
hundredths of the signal's size it stands for what the library gets wrong; as large as the signal it
stands for a gas that the library does not hold. So all hypotheses are Gaussian in one basis, and
their evidence is exact but for the probability that several columns at once are above zero, which
is taken as a product.

References: Heasler et al., Appl. Opt. 46, 2007, 6041 (Bayesian columns); Raftery, Madigan &
Hoeting, J. Am. Stat. Assoc. 92, 1997, 179 (model averaging, Occam's window); Rasmussen & Williams,
Gaussian Processes for Machine Learning, 2006, ch. 2 (a free shape).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64
from numpy import ndarray
from scipy.special import log_ndtr

SMOOTH_CM = (6.0, 15.0, 40.0)
"""Lengths over which a free shape may vary."""
FINE_CM = (1.5, 3.0)
"""The same, for what the library smoothed away: lines within its 4 cm-1."""
GROUND_SIGMA = 9.0
"""Size of what ground beneath a plume strays by, in one-sigma, along smooth shapes that no clear
ground shows. It cannot be measured where it matters; in scenes of known truth it is 3 to 12."""
LEAST_SIGNAL = 15.0
"""In one-sigma: signals are not supposed to be smaller than this before they are looked for."""


@dataclass(frozen=True, eq=False)
class Basis:
    """Where a free shape, lines that the library lacks, and noise are independent."""

    axis: Float64[ndarray, "band axis"]
    """A spectrum times these has noise and lines of variance 1."""
    share: Float64[ndarray, " axis"]
    """Of a free shape's variance."""
    volume: float
    """Half the log-determinant of noise and lines."""

    def straying(self, free_sigma: float) -> Float64[ndarray, " axis"]:
        """Variance about a model, with a free shape of some size in one-sigma."""
        return np.asarray(1.0 + (GROUND_SIGMA**2 + free_sigma**2) * self.share)


@dataclass(frozen=True, eq=False)
class Weighed:
    """What is needed of a spectrum and a library to weigh any set of gases."""

    gram: Float64[ndarray, "gas gas"]
    score: Float64[ndarray, " gas"]
    empty: float
    """Log-evidence of no gas."""
    signal_sigma: float
    """Prior scale of each gas's signal."""

    def evidence(self, sets: Int64[ndarray, "set size"]) -> Float64[ndarray, " set"]:
        """Log-evidence of sets of gases of one size, whose signals are half-normal beforehand."""
        mean, std, volume = self._posterior(sets)
        fit = 0.5 * np.einsum("sk,sk->s", self.score[sets], mean)
        above = (np.log(2.0) + log_ndtr(mean / std)).sum(axis=1)
        return np.asarray(self.empty + fit - volume + above)

    def signals(
        self, chosen: Int64[ndarray, " size"]
    ) -> tuple[Float64[ndarray, " size"], Float64[ndarray, " size"]]:
        """Signals of the gases of one set, at least zero, and their one-sigma."""
        from scipy.optimize import nnls

        precision = self._precision(chosen[None])[0]
        root = np.linalg.cholesky(precision)
        mean, _ = nnls(root.T, np.linalg.solve(root, self.score[chosen]))
        return mean, np.sqrt(np.diag(np.linalg.inv(precision)))

    def _precision(self, sets: Int64[ndarray, "set size"]) -> Float64[ndarray, "set size size"]:
        among = self.gram[sets[:, :, None], sets[:, None, :]]
        return np.asarray(among + np.eye(sets.shape[1]) / self.signal_sigma**2)

    def _posterior(
        self, sets: Int64[ndarray, "set size"]
    ) -> tuple[
        Float64[ndarray, "set size"], Float64[ndarray, "set size"], Float64[ndarray, " set"]
    ]:
        precision = self._precision(sets)
        inverse = np.linalg.inv(precision)
        mean = np.einsum("skl,sl->sk", inverse, self.score[sets])
        std = np.sqrt(np.diagonal(inverse, axis1=1, axis2=2))
        volume = 0.5 * np.linalg.slogdet(precision * self.signal_sigma**2)[1]
        return mean, std, volume


def free_shapes(
    wavenumber_cm: Float64[ndarray, " band"], lengths_cm: Sequence[float] = SMOOTH_CM
) -> Float64[ndarray, "band band"]:
    """Covariance of what an absorption could look like, smooth over some lengths."""
    apart = wavenumber_cm[:, None] - wavenumber_cm[None, :]
    return np.asarray(np.mean([np.exp(-0.5 * (apart / cm) ** 2) for cm in lengths_cm], axis=0))


def free_basis(
    smooth: Float64[ndarray, "band band"],
    fine: Float64[ndarray, "band band"],
    *,
    fine_sigma: float,
) -> Basis:
    """Basis of covariances, whitened, of any scale.

    Parameters
    ----------
    smooth
        Of a free shape.
    fine
        Of lines that the library smoothed away.
    fine_sigma
        Their size, in one-sigma of the background.
    """
    noisy = np.eye(len(fine)) + fine_sigma**2 * fine / np.trace(fine)
    root = np.linalg.cholesky(noisy)
    half = np.linalg.solve(root, smooth / np.trace(smooth))
    share, axis = np.linalg.eigh(np.linalg.solve(root, half.T))
    volume = float(np.log(np.diag(root)).sum())
    return Basis(np.linalg.solve(root.T, axis), np.maximum(share, 0.0), volume)


def weigh(
    spectrum: Float64[ndarray, " band"],
    signature: Float64[ndarray, "gas band"],
    basis: Basis,
    *,
    free_sigma: float,
    signal_sigma: float,
) -> Weighed:
    """Prepare to weigh sets of gases.

    Parameters
    ----------
    spectrum
        Pooled and whitened.
    signature
        Of each gas, whitened, of norm 1.
    basis
        Of the free shape.
    free_sigma, signal_sigma
        Sizes of the free shape and of a gas's signal beforehand, in one-sigma of the background.
    """
    straying = basis.straying(free_sigma)
    seen, known = spectrum @ basis.axis, signature @ basis.axis
    empty = -0.5 * float((seen**2 / straying).sum() + np.log(straying).sum()) - basis.volume
    return Weighed(
        np.asarray((known / straying) @ known.T),
        np.asarray(known @ (seen / straying)),
        empty,
        signal_sigma,
    )


def signal_size(spectrum: Float64[ndarray, " band"]) -> float:
    """Size of what is in a pooled spectrum beside straying, in one-sigma."""
    return float(np.sqrt(max((spectrum**2).sum() - len(spectrum), LEAST_SIGNAL**2)))
