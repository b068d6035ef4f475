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
from sillage.localise.chain import WITHIN, Chain
from sillage.localise.forward import forward
from sillage.localise.lean import expected, lean
from sillage.localise.seen import Seen
from sillage.localise.weigh import Residual, weigh

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_STEPS = 4
_BOLD = 1.9  # times as far; below twice it converges


@compiled
def settle(
    seen: Seen,
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
    seen, chain
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
    value, noise, below = readings
    leaning, count = np.empty((2, value.shape[0])), blocks[0].shape[0] - 1
    likely = np.empty((count, 1 << seen.sources, chain.veer_start.shape[0] * WITHIN))
    on, background, course = np.empty((count, seen.sources)), start.copy(), np.empty(0)
    for step in range(_STEPS):
        residual = (value - background, noise, below)
        weigh(seen, residual, blocks[0], likely)
        forward(likely, blocks[1], chain, on)
        lean(seen, residual, blocks[0], likely, leaning)
        new, course = course_of(leaning[0], leaning[0] * value - leaning[1], pace, bins)
        bold = _BOLD if step + 1 < _STEPS else 1.0
        background += bold * (new - background)
    by_block = weigh(seen, (value - background, noise, below), blocks[0], likely)
    by_block += forward(likely, blocks[1], chain, on)
    for i in range(course.shape[0]):
        by_block[bins.block[i]] += course[i]
    return background, by_block, expected(seen, noise, blocks[0], likely), on
