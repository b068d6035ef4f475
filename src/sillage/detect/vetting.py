"""How probable is it that a claim is a plume, by everything that is known of it?

Each question has its own number, which goes with the claim: how rarely clutter is as high, whether
the gas is in its spectrum and explains it, whether its shape is a plume's, whether it lies along
the wind. A logistic regression joins them. It was learnt where plumes were put over real scenes, so
that what is real is known, with real and false claims weighed the same: what it gives is a
likelihood ratio, which a prior turns into a probability. The wind, of which real scenes with known
truth have none, comes in by its own ratio. No sign may count against what it says; the shape, which
on maps of blurred columns told nothing, is given with the claim and has no weight.

Measured by `benchmarks/detect.py`, each scene by what the others taught; docs/explain/detection.md
has the figures, docs/decisions/0019-false-plumes.md the reasons.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sillage.detect.downwind import Along
from sillage.detect.plumes import Plume
from sillage.detect.shape import log_odds, shape_of
from sillage.detect.spectrum import SpectralFit
from sillage.records.detection import Evidence

WEIGHTS = {
    "constant": -1.87,
    "rare": 0.541,
    "explained": 3.294,
    "spectral_sigmas": 0.492,
    "shape": 0.0,
}
"""Of the numbers in `Signs`: `python benchmarks/detect.py --learn`, seeds below 100."""
NO_FIT = {"constant": -0.027, "rare": 1.201, "shape": 0.0}
"""The same where no spectrum could be fitted."""

PER_PIXELS = 10_000.0
"""Clear pixels among which false alarms are counted, so that a scene's size says nothing."""
_ONE_IN_A_MILLION = 1e-6
_RAREST = 1e-3  # false alarms: beyond it the tail is a guess
_SUREST = math.log(199.0)  # odds of 0.995: no surer than the two hundred claims it was learnt from
_CLEAREST = 0.95  # share explained beyond which more says nothing


class Signs(NamedTuple):
    """What speaks for a plume, in the form that the regression takes."""

    rare: float
    """-log10 of the false alarms as high among so many pixels."""
    explained: float | None
    """Inverse hyperbolic tangent of the share that the gas explains; None without a spectrum."""
    spectral_sigmas: float | None
    """Inverse hyperbolic sine of the fitted column in its error."""
    shape: float
    """ln odds of the outline."""


class Vetted(NamedTuple):
    """A verdict, and what it rests on."""

    probability: float
    evidence: tuple[Evidence, ...]


def signs_of(plume: Plume, fit: SpectralFit | None, clear_pixels: int) -> Signs:
    """Signs of a claim.

    Parameters
    ----------
    plume
        The claim.
    fit
        Of its spectrum.
    clear_pixels
        Of the scene that it was found in.
    """
    dense = plume.false_alarms * PER_PIXELS / clear_pixels
    rare = -math.log10(max(dense, _RAREST))
    shape = log_odds(shape_of(plume.line, plume.sample))
    if fit is None:
        return Signs(rare, None, None, shape)
    sigmas = fit.column_ppm_m / max(fit.std_ppm_m, 1e-30)
    share = math.atanh(float(np.clip(fit.explained, -_CLEAREST, _CLEAREST)))
    return Signs(rare, share, math.asinh(sigmas), shape)


def vet(
    plume: Plume,
    signs: Signs,
    *,
    fit: SpectralFit | None,
    along: Along | None = None,
    prior: float = 0.5,
) -> Vetted:
    """Probability that a claim is a plume, and the evidence.

    Parameters
    ----------
    plume
        The claim.
    signs
        Of it, as `signs_of` gives them.
    fit
        Of its spectrum; None where there was too little clear ground beside it.
    along
        How it lies to the wind; None without one.
    prior
        Share of such claims that are plumes, before one looks at any: 0.5 where as many plumes are
        expected as false ones were asked for.
    """
    weights = WEIGHTS if fit is not None else NO_FIT
    odds = weights["constant"] + math.log(prior / (1.0 - prior))
    odds += sum(weights[name] * value for name, value in signs._asdict().items() if name in weights)
    odds += along.log_ratio if along is not None else 0.0
    probability = 1.0 / (1.0 + math.exp(-min(max(odds, -_SUREST), _SUREST)))
    evidence = [_height(plume)]
    evidence += _spectrum(fit) if fit is not None else []
    evidence.append(_shape(signs))
    evidence += [_wind(along)] if along is not None else []
    return Vetted(probability, tuple(evidence))


def _height(plume: Plume) -> Evidence:
    often = f"{plume.false_alarms:.2g} times"
    if plume.false_alarms < _ONE_IN_A_MILLION:
        often = "less than once in a million such scenes"
    return Evidence(
        test="height",
        score=plume.sigmas,
        unit="sigma",
        explanation=(
            f"the highest pixel stands {plume.sigmas:.1f} sigma above the ground; clutter of this "
            f"scene is as high {often}"
        ),
    )


def _spectrum(fit: SpectralFit) -> list[Evidence]:
    sigmas = fit.column_ppm_m / max(fit.std_ppm_m, 1e-30)
    return [
        Evidence(
            test="spectrum",
            score=sigmas,
            unit="sigma",
            explanation=(
                f"its mean spectrum against {fit.windows} control windows asks for "
                f"{fit.column_ppm_m:.0f} ppm m of the gas, with an error of {fit.std_ppm_m:.0f}"
            ),
        ),
        Evidence(
            test="residual",
            score=fit.explained,
            unit="1",
            explanation=(
                f"the gas explains {abs(fit.explained):.0%} of how it differs from the ground"
                + ("" if fit.explained >= 0.0 else ", with the wrong sign: it is brighter there")
            ),
        ),
    ]


def _shape(signs: Signs) -> Evidence:
    likely = math.exp(abs(signs.shape))
    than = (
        "a reviewed plume's than a false one's"
        if signs.shape >= 0.0
        else ("a false plume's than a real one's")
    )
    return Evidence(
        test="shape",
        score=signs.shape,
        unit="ln odds",
        explanation=f"its outline is {likely:.1f} times as often {than}; a weak sign, told only",
    )


def _wind(along: Along) -> Evidence:
    return Evidence(
        test="wind",
        score=along.log_ratio,
        unit="ln odds",
        explanation=(
            f"it lies {abs(along.off_deg):.0f} degrees off the wind, where {along.std_deg:.0f} are "
            "the error"
        ),
    )
