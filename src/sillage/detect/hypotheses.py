"""What are all explanations of one plume worth: nothing, sets of gases, a stranger, both?

Each is weighed at every temperature that the plume may have. Gas that is dense saturates: more of
it changes less. Sets that are worth it are weighed again with the contrast that is left where the
gas that they tell of stands, pixel by pixel.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from sillage.detect.columns import MOLECULES
from sillage.detect.pooling import Pooling
from sillage.detect.search import log_prior, search
from sillage.detect.signatures import Signatures
from sillage.detect.weighing import (
    FINE_CM,
    Basis,
    free_basis,
    free_shapes,
    signal_size,
    weigh,
)

MISFIT = 0.04
"""Size of what the library gets wrong over several cm-1, as a share of the signal."""
FINE = 0.2
"""Size of what it smoothed away, as a share of the signal."""
STRANGE = 0.2
"""Prior that a plume holds something that the library does not."""
STRANGE_SIZES = (0.5, 1.0, 2.0)
"""Sizes of a stranger, as shares of the signal, equally probable."""

_REFINED = 6
"""Sets of each size that are weighed again."""
_LEAST_DEPTH = 1e-9


class Hypothesis(NamedTuple):
    """An explanation: gases by their places in the library, and whether a stranger is with them."""

    gases: frozenset[int]
    strange: bool


NOTHING = Hypothesis(frozenset(), False)


@dataclass(frozen=True, eq=False)
class Plume:
    """A plume before its background, ready to be explained."""

    pooling: Pooling
    spectrum: Float64[ndarray, " band"]
    """Pooled and whitened."""
    contrast: Float64[ndarray, "node pixel band"]
    """Change of radiance with optical depth, for each temperature."""
    node_share: Float64[ndarray, " node"]
    profile: Float64[ndarray, " pixel"]
    """Column of each pixel over the plume's mean."""
    library: Signatures

    def signature(
        self,
        node: int,
        gases: list[int] | slice = slice(None),
        depth: Float64[ndarray, "pixel band"] | None = None,
    ) -> Float64[ndarray, "gas band"]:
        """Whitened sum of the plume's pixels, for each ppm m of the plume's mean column."""
        contrast = self._pooled(node, depth)
        absorbed = MOLECULES * self.library.cross_section_cm2[gases]
        return self.pooling.whitened(absorbed * contrast)

    def basis(self, node: int, size: float) -> Basis:
        """Where all that may stray is independent, for a signal of some size."""
        wavenumber_cm = 1e7 / self.library.wavelength_nm
        seen = self.pooling.whitened(np.diag(self._pooled(node, None)))
        smooth, fine = free_shapes(wavenumber_cm), free_shapes(wavenumber_cm, FINE_CM)
        return free_basis(seen.T @ smooth @ seen, seen.T @ fine @ seen, fine_sigma=FINE * size)

    def _pooled(
        self, node: int, depth: Float64[ndarray, "pixel band"] | None
    ) -> Float64[ndarray, " band"]:
        contrast = self.contrast[node]
        if depth is not None:
            contrast = contrast * -np.expm1(-depth) / depth
        return np.asarray((self.pooling.weight * self.profile) @ contrast)


def explain(plume: Plume) -> dict[Hypothesis, float]:
    """Logarithm of evidence and prior of each hypothesis that is worth naming."""
    size = signal_size(plume.spectrum)
    worth: defaultdict[Hypothesis, list[float]] = defaultdict(list)
    for node, share in enumerate(plume.node_share):
        for hypothesis, value in _at_temperature(plume, node, size).items():
            worth[hypothesis].append(value + float(np.log(share)))
    return {hypothesis: float(np.logaddexp.reduce(values)) for hypothesis, values in worth.items()}


def _at_temperature(plume: Plume, node: int, size: float) -> dict[Hypothesis, float]:
    signature = plume.signature(node)
    norm = np.linalg.norm(signature, axis=1)
    unit = signature / norm[:, None]
    basis = plume.basis(node, size)
    known = weigh(plume.spectrum, unit, basis, free_sigma=MISFIT * size, signal_sigma=size)
    told = _saturated(plume, node, search(known), size, basis)
    own = float(np.log1p(-STRANGE))
    worth = {Hypothesis(gases, False): value + own for gases, value in told.items()}
    nothing = weigh(plume.spectrum, unit, basis, free_sigma=0.0, signal_sigma=size)
    worth[NOTHING] = nothing.empty
    strange: defaultdict[Hypothesis, list[float]] = defaultdict(list)
    for share in STRANGE_SIZES:
        free = weigh(plume.spectrum, unit, basis, free_sigma=share * size, signal_sigma=size)
        other = float(np.log(STRANGE / len(STRANGE_SIZES) / 2.0))
        strange[Hypothesis(frozenset(), True)].append(free.empty + other)
        for gases, value in search(free, most=1).items():
            strange[Hypothesis(gases, True)].append(value + other)
    return worth | {
        hypothesis: float(np.logaddexp.reduce(each)) for hypothesis, each in strange.items()
    }


def _saturated(
    plume: Plume, node: int, found: dict[frozenset[int], float], size: float, basis: Basis
) -> dict[frozenset[int], float]:
    """The best sets of each size, weighed with the contrast that their own gas leaves."""
    told: dict[frozenset[int], float] = {}
    count = len(plume.library.gases)
    for gases in {len(gases) for gases in found}:
        ranked = sorted((each for each in found if len(each) == gases), key=lambda g: -found[g])
        for each in ranked[:_REFINED]:
            fit = _fit(plume, node, sorted(each), size, basis)
            told[each] = fit.evidence + log_prior(gases, count)
    return told


class _Fit(NamedTuple):
    """A set of gases at one temperature, with the contrast that it leaves itself."""

    evidence: float
    column_ppm_m: Float64[ndarray, " gas"]
    std_ppm_m: Float64[ndarray, " gas"]


def _fit(plume: Plume, node: int, gases: list[int], size: float, basis: Basis) -> _Fit:
    thin = _fit_once(plume, plume.signature(node, gases), size, basis)
    depth = depth_of(plume, gases, thin.column_ppm_m)
    return _fit_once(plume, plume.signature(node, gases, depth), size, basis)


def _fit_once(
    plume: Plume, signature: Float64[ndarray, "gas band"], size: float, basis: Basis
) -> _Fit:
    norm = np.linalg.norm(signature, axis=1)
    unit = signature / norm[:, None]
    known = weigh(plume.spectrum, unit, basis, free_sigma=MISFIT * size, signal_sigma=size)
    every = np.arange(len(norm))
    signal, std = known.signals(every)
    return _Fit(float(known.evidence(every[None])[0]), signal / norm, std / norm)


def depth_of(
    plume: Plume, gases: list[int], column_ppm_m: Float64[ndarray, " gas"]
) -> Float64[ndarray, "pixel band"]:
    """Optical depth of the plume's pixels, were its gases these."""
    mean = MOLECULES * column_ppm_m @ plume.library.cross_section_cm2[gases]
    return np.maximum(np.outer(plume.profile, mean), _LEAST_DEPTH)


def columns_of(
    plume: Plume, gases: list[int]
) -> tuple[Float64[ndarray, " gas"], Float64[ndarray, " gas"]]:
    """Mean columns of a set of gases, ppm m, and one-sigma over all temperatures of the plume."""
    size = signal_size(plume.spectrum)
    nodes = range(len(plume.node_share))
    fits = [_fit(plume, node, gases, size, plume.basis(node, size)) for node in nodes]
    worth = np.array([fit.evidence for fit in fits]) + np.log(plume.node_share)
    share = np.exp(worth - np.logaddexp.reduce(worth))
    column = np.stack([fit.column_ppm_m for fit in fits])  # node gas
    within = share @ np.stack([fit.std_ppm_m**2 for fit in fits])
    mean = share @ column
    return np.asarray(mean), np.sqrt(within + share @ (column - mean) ** 2)


def likeliest(plume: Plume, gases: list[int]) -> tuple[int, Float64[ndarray, " gas"]]:
    """The temperature of a plume that suits a set of gases best, and their columns then, ppm m.

    Parameters
    ----------
    plume
        Before its background.
    gases
        Their places in the library; at least one.
    """
    size = signal_size(plume.spectrum)
    nodes = range(len(plume.node_share))
    if not gases:
        return len(plume.node_share) // 2, np.zeros(0)
    fits = [_fit(plume, node, gases, size, plume.basis(node, size)) for node in nodes]
    worth = [
        fit.evidence + np.log(share) for fit, share in zip(fits, plume.node_share, strict=True)
    ]
    best = int(np.argmax(worth))
    return best, fits[best].column_ppm_m
