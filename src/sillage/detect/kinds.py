"""How probable is a claim in heat, and how often is ground taken for one, by what it was called?

The height of a claim tells little: ground of a kind that no other pixel shows, a small outcrop or
a roof, stands out as far as gas does, follows no tail, and cannot be told from a substance that the
library does not hold. What the spectrum calls it tells more: gas that the library holds is nearly
always named, and ground is rarely named. So a claim is as probable as its name makes it, and false
claims are counted with those that were called alike.

The shares were counted in simulated scenes (`benchmarks/heat_plumes.py`, seeds 4000 to 4029; what
they are worth is told by others). How often a stranger is called one is that of
`benchmarks/identify.py`.
"""

from __future__ import annotations

from typing import Literal

from sillage.detect.hypotheses import STRANGE
from sillage.detect.identify import Verdict

Kind = Literal["named", "stranger", "nothing"]

KIND: dict[Verdict, Kind] = {
    "identified": "named",
    "ambiguous": "named",
    "not in library": "stranger",
    "nothing": "nothing",
    "no contrast": "nothing",
}
OF_GAS: dict[Kind, float] = {"named": 0.887, "stranger": 0.099, "nothing": 0.014}
"""Shares of claims that were gas of the library, by what they were called."""
OF_STRANGERS: dict[Kind, float] = {"named": 0.014, "stranger": 0.982, "nothing": 0.004}
"""The same, of gas that the library does not hold."""
OF_GROUND: dict[Kind, float] = {"named": 0.146, "stranger": 0.381, "nothing": 0.473}
"""The same, of ground."""
ODD_GROUND_PER_PIXEL = 3.6e-4
"""Pieces of ground that stand out as no tail of clutter tells, at any height."""
_LEAST = 1e-6
"""No claim is surer than this, or less sure: the spectrum of one scene cannot say more."""


def chance(spectrum: float, verdict: Verdict, prior: float = 0.5) -> float:
    """Probability that a claim is real.

    Parameters
    ----------
    spectrum
        That the claim's spectrum is something rather than noise and ground of known kinds, as
        `Identification.probability` says.
    verdict
        What it was called.
    prior
        Share of the claims that are real, before they are looked at.
    """
    kind = KIND[verdict]
    real = (1.0 - STRANGE) * OF_GAS[kind] + STRANGE * OF_STRANGERS[kind]
    odds = prior / (1.0 - prior) * real / OF_GROUND[kind]
    return min(max(spectrum * odds / (1.0 + odds), _LEAST), 1.0 - _LEAST)


def false_alarms(peaks: float, verdict: Verdict, pixels: int) -> float:
    """False claims as high that are called alike, to be expected in a scene.

    Parameters
    ----------
    peaks
        Peaks of the scene's clutter as high, as its own tail says.
    verdict
        What the claim was called.
    pixels
        Of the scene that were looked at.
    """
    return (peaks + ODD_GROUND_PER_PIXEL * pixels) * OF_GROUND[KIND[verdict]]
