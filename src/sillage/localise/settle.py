"""Which background suits a candidate: by expectation and maximisation over the states of the chain.

The chain says, at one background, how much each reading counts for a background and how much of it
is plume; the background that follows is the next to ask at. Steps nearly twice as long as these
converge too, in about half as many.

References
----------
Dempster, Laird & Rubin, J. R. Statist. Soc. B 39, 1977. Salakhutdinov & Roweis, Proc. ICML 2003
(steps that are longer).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.background import Bins, course_of
from sillage.localise.chain import Chain
from sillage.localise.forward import forward
from sillage.localise.weigh import Residual

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_STEPS = 4
_BOLD = 1.9  # times as far; below twice it converges


@compiled
def settle(
    plumes: Floats,
    readings: Residual,
    start: Floats,
    blocks: tuple[Integers, Integers],
    chain: Chain,
    pace: tuple[float, float],
    bins: Bins,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Background of a candidate, and what the chain says with it.

    Floor: five runs of `forward`, four of which weigh each reading twice.

    Parameters
    ----------
    plumes, chain
        As in `forward`.
    readings
        As a residual, but with values that are not yet less a background.
    start
        (observation,): background to begin with, ppm.
    blocks
        `first` and `session` of `Blocks`.
    pace, bins
        As in `fitted`.

    Returns
    -------
    tuple
        Background, (observation,), ppm; log-likelihood of each block given those before and of the
        background's course there, (block,); expected plume of all sources, (observation,), ppm;
        probability that each source is on, (block, source).
    """
    value, noise, fluctuation, below = readings
    leaning, nothing = np.empty((2, value.shape[0])), np.empty((2, 0))
    background, course = start.copy(), np.empty(0)
    for step in range(_STEPS):
        residual = (value - background, noise, fluctuation, below)
        forward(plumes, residual, blocks[0], blocks[1], chain, leaning)
        new, course = course_of(leaning[0], leaning[0] * value - leaning[1], pace, bins)
        bold = _BOLD if step + 1 < _STEPS else 1.0
        background += bold * (new - background)
    residual = (value - background, noise, fluctuation, below)
    by_block, plume, on = forward(plumes, residual, blocks[0], blocks[1], chain, nothing)
    for i in range(course.shape[0]):
        by_block[bins.block[i]] += course[i]
    return background, by_block, plume, on
