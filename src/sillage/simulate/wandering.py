"""How does a quantity wander about its mean with a memory of its own?

The exact discrete Ornstein-Uhlenbeck process (Gillespie, Phys. Rev. E 54, 1996, 2084).
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.signal import lfilter, lfiltic


def wander(
    steps: int, std: float, scale_steps: float, rng: np.random.Generator
) -> Float[ndarray, " step"]:
    """Stationary Gaussian series of standard deviation `std`.

    Parameters
    ----------
    steps
        Length of the series.
    std
        Standard deviation at any step, in the unit of the answer.
    scale_steps
        Integral time scale, in steps; the correlation falls by e over it.
    """
    memory = math.exp(-1.0 / scale_steps)
    kicks = rng.standard_normal(steps)
    kicks[1:] *= math.sqrt(1.0 - memory * memory)
    return np.asarray(std * lfilter([1.0], [1.0, -memory], kicks))


def lag(series: Float[ndarray, " step"], scale_steps: float) -> Float[ndarray, " step"]:
    """First-order response to `series`, settled at its first value when it begins."""
    if scale_steps <= 0.0:
        return series
    memory = math.exp(-1.0 / scale_steps)
    gain = [1.0 - memory]
    settled = lfiltic(gain, [1.0, -memory], y=series[:1])
    answer, _ = lfilter(gain, [1.0, -memory], series, zi=settled)
    return np.asarray(answer)
