"""How fast does a plume drift, where the wind is known at one height and the gas is at others?

Gas that comes out near the ground starts in slow air and rises into faster as it spreads. A plume
that is L long was therefore filled over a time longer than L over the wind of a mast,

    T = integral of dx / u(x) from 0 to L,

where u(x) is the wind at the mean height of a plume that has come x far, by the logarithmic profile
of neutral air over open country. The plume's own wind is L / T. Neither the height of the source,
nor the roughness of the ground, nor the stability of the air is known of a picture: the error is
half of the correction, and a tenth. A source on a stack or over a flare wants the wind at its own
height instead.

References
----------
Pasquill & Smith, Atmospheric Diffusion, 1983, ch. 4 (a plume near the ground travels with the wind
at its mean height). Varon et al., Atmos. Meas. Tech. 11, 2018, sec. 3 (an effective wind stands in
for that at 10 m). Growth of the plume: `sillage.air.surface_layer`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sillage.air.surface_layer import Layer, friction_at, travel

ROUGHNESS_M = 0.1
"""Of open country with hedges and single buildings."""
CORRECTION_STD = 0.5
"""Share of the correction that may be wrong, one sigma: the source may stand higher."""
STABILITY_STD = 0.1
"""The same of the plume's wind itself, by the stability of the air."""

_PARTS = 24  # of the plume's length, over which its speed is averaged


class Share(NamedTuple):
    """The wind of a plume over that of a mast."""

    value: float
    std: float


def share_of_wind(length_m: float, height_m: float) -> Share:
    """Speed at which a plume from the ground was filled, over the wind at a height.

    Parameters
    ----------
    length_m
        Of the plume, above 0.
    height_m
        Above ground that the wind was measured at.
    """
    far = length_m * (np.arange(_PARTS) + 0.5) / _PARTS
    air = Layer(
        speed_m_s=1.0,  # in neutral air speeds are in proportion
        height_m=height_m,
        tan_gamma_y=0.0,  # spread across the wind does not matter here
        friction_m_s=0.0,
        obukhov_m=np.inf,
        roughness_m=ROUGHNESS_M,
    )
    speed, _ = travel(air._replace(friction_m_s=friction_at(air)), far, 0.0)
    share = 1.0 / float(np.mean(1.0 / speed))
    return Share(share, math.hypot(CORRECTION_STD * (1.0 - share), STABILITY_STD * share))
