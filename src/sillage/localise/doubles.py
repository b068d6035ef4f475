"""Which sensors are in the readings twice: one log under two names is one witness, not two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sillage.localise.lineup import Observations

_NEAR_M = 0.01
_FEWEST = 8  # different values; fewer may agree by chance, or because an instrument is coarse


def repeated(rows: Observations) -> NDArray[np.bool_]:
    """(observation,): whether its sensor repeats another, time by time and value by value.

    All that it detected must be what one sensor before it read at the same place and time.
    """
    detected = np.flatnonzero(np.isfinite(rows.value) & ~rows.below)
    spot = np.round(rows.paths[detected] / _NEAR_M)
    time_ns, value, sensor = (
        column[detected] for column in (rows.time_ns, rows.value, rows.sensor)
    )
    order = detected[np.lexsort((sensor, *spot.T, value, time_ns))]
    one, other = order[:-1], order[1:]
    alike = (rows.time_ns[one] == rows.time_ns[other]) & (rows.value[one] == rows.value[other])
    alike &= (np.abs(rows.paths[one] - rows.paths[other]) < _NEAR_M).all(axis=1)
    alike &= rows.sensor[one] != rows.sensor[other]
    copies = np.zeros(rows.value.size, dtype=np.bool_)
    for number in np.unique(rows.sensor[other[alike]]):
        mine = alike & (rows.sensor[other] == number)
        if (
            int((sensor == number).sum()) == int(mine.sum())
            and np.unique(rows.value[other[mine]]).size >= _FEWEST
        ):
            copies |= rows.sensor == number
    return copies
