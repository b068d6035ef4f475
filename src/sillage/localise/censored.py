"""What does a reading below the limit of detection say: that it lies below, and nothing more.

Its likelihood is the probability of lying there, the integral of the Student-t density that it
would have had as a reading. With four degrees of freedom that is
F(t) = 1/2 + 3/4 y (1 - y^2 / 3) with y = t / sqrt(4 + t^2), written here as
(1 + y)^2 (2 - y) / 4, which loses no figures where it is small.

References
----------
Tobin, Econometrica 26, 1958, 24-36 (readings that are only known to lie below a limit). Shaw, J.
Comput. Finance 9, 2006, 37-73 (the closed form). Currie, Anal. Chem. 40, 1968, 586-593 (a limit
of detection is some three sigma of a blank).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.lineup import Floats, Observations
from sillage.localise.seen import Seen

_FREEDOM = 4.0  # as in `forward`; the closed form is of four and of no other
_PEAK = 0.375  # of the density
_BEND = 4.0 / 3.0  # makes the curvature of log F go on smoothly where it would change its sign
_FAR = 1e8  # standard deviations: farther off, powers of ten run out


@compiled
def rarity(t: float) -> float:
    """One over the square of the probability of lying below t."""
    root = math.sqrt(_FREEDOM + t * t)
    rest = 1.0 + t / root if t > 0.0 else _FREEDOM / (root * (root - t))  # 1 + y
    root_of_chance = rest * rest * (3.0 - rest) * 0.25
    return 1.0 / (root_of_chance * root_of_chance)


@compiled
def chances_below(risen: float, seen: Seen, n: int, b: int, likely: Floats, chance: Floats) -> None:
    """Multiply by the probability of lying there in each set and state, in a block's row.

    As `weigh` in `sillage.localise.weigh` does with the readings of others; `risen` is the limit
    less the background, over the noise.
    """
    reaching, at, states = seen.which[n], seen.start[n], likely.shape[2]
    alone = 1.0 / math.sqrt(rarity(risen))
    likely[b, 0, 0] *= alone
    for number in range(1, likely.shape[1]):
        met = number & reaching
        if met == number:
            for q in range(states):
                plume = seen.plume[at + q]
                wide = math.sqrt(1.0 + seen.scatter * plume * plume)
                chance[number, q] = 1.0 / math.sqrt(rarity((risen - plume) / wide))
            at += states
        for q in range(states):
            likely[b, number, q] *= chance[met, q] if met else alone


@compiled
def stand_in(t: float) -> tuple[float, float]:
    """Weight of the reading that says what lying below t says, and how far off zero it lies.

    In standard deviations; see `stand_ins`.
    """
    slope = _PEAK * (1.0 + t * t / _FREEDOM) ** (-0.5 * (_FREEDOM + 1.0)) * math.sqrt(rarity(t))
    weight = slope / (_BEND - min(t, 0.0))
    if t > 0.0:
        weight = slope * (slope + (_FREEDOM + 1.0) * t / (_FREEDOM + t * t))
    return weight, slope / weight


@compiled
def lean_below(
    risen: float, seen: Seen, at: int, number: int, share: Floats
) -> tuple[float, float]:
    """As `lean` in `sillage.localise.weigh`, for one reading and set: its weight, and its pull."""
    heavy, pull = 0.0, 0.0
    for q in range(share.shape[1]):
        plume = seen.plume[at + q]
        wide = math.sqrt(1.0 + seen.scatter * plume * plume)
        weight, off = stand_in((risen - plume) / wide)
        weight *= share[number, q] / (wide * wide)
        heavy += weight
        pull += weight * (risen + off * wide)
    return heavy, pull


def log_chance(t: Floats) -> Floats:
    """Logarithm of the probability of lying below t."""
    root = np.sqrt(_FREEDOM + t * t)
    rest = np.where(t > 0.0, 1.0 + t / root, _FREEDOM / (root * (root - np.minimum(t, 0.0))))
    return np.asarray(2.0 * np.log(rest) + np.log((3.0 - rest) * 0.25), dtype=np.float64)


def residual(rows: Observations, expected_ppm: Floats) -> Floats:
    """Readings less what is expected; none where the expected lies below the limit as well.

    Of (observation,), or of several candidates in the last axis.
    """
    away = rows.value - expected_ppm
    return np.where(rows.below, np.minimum(away, 0.0), away) if rows.below.any() else away


def stand_ins(
    left_over: Floats, before: Floats, variance: Floats, below: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Readings that say of a background, near one, what lying below a limit says of it.

    The parabola that follows the log-probability is that of a reading: its slope and its curvature
    make a value and a weight, and so the background is the most probable one and as unsure as it
    is. A limit far above the background has next to no weight. Where the background lies above the
    limit the curvature changes its sign, and the weight goes on as that of an outlier does.

    Parameters
    ----------
    left_over
        (observation,): reading or limit, less expected plume, ppm.
    before, variance
        As in `sillage.localise.background.fitted`, for which these are made.
    below
        (observation,): which are limits.

    Returns
    -------
    tuple
        `left_over` and `variance`, with the others as they were.
    """
    if not below.any():
        return left_over, variance
    here = np.flatnonzero(below)
    std = np.sqrt(variance[here])
    t = np.clip((left_over[here] - before[here]) / std, -_FAR, _FAR)
    density = _PEAK * (1.0 + t * t / _FREEDOM) ** (-0.5 * (_FREEDOM + 1.0))
    slope = density * np.exp(-log_chance(t))  # of log F
    curved = slope + (_FREEDOM + 1.0) * t / (_FREEDOM + t * t)
    weight = slope * np.where(t > 0.0, curved, 1.0 / (_BEND + np.abs(t)))
    off = slope / weight  # standard deviations below the background before
    left_over, variance = left_over.copy(), variance.copy()
    left_over[here] = before[here] - off * std
    # `fitted` weighs a reading by 5 / (4 v + off^2)
    variance[here] *= ((_FREEDOM + 1.0) / weight - off * off) / _FREEDOM
    return left_over, variance
