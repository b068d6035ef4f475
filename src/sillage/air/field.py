"""Which wind carries the air at a place and a time: where terrain and obstacles plug in.

Flat ground needs `WindSeries` alone, a log that is taken to hold everywhere. Whoever has a wind
field of a hill, a street or a quarry gives an object with the same one method.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class WindField(Protocol):
    """Velocity of the air, wherever and whenever it is asked for."""

    def velocity(
        self, east_m: Floats, north_m: Floats, height_m: Floats, time_s: Floats, /
    ) -> tuple[Floats, Floats]:
        """East and north speed of travel in m/s; arrays of one shape, NaN where unknown."""
        ...


class WindSeries(NamedTuple):
    """A wind log that holds everywhere, linear between its rows and unknown outside them."""

    time_s: Floats
    """(row,): rising."""
    east_m_s: Floats
    north_m_s: Floats

    @classmethod
    def of(cls, time_s: ArrayLike, east_m_s: ArrayLike, north_m_s: ArrayLike) -> WindSeries:
        """Check three columns.

        Raises
        ------
        ValueError
            Columns of different length, fewer than two rows, or times that do not rise.
        """
        columns = tuple(np.asarray(c, dtype=np.float64) for c in (time_s, east_m_s, north_m_s))
        shapes = [column.shape for column in columns]
        if len(set(shapes)) > 1 or columns[0].ndim != 1 or columns[0].size < 2:
            raise ValueError(f"columns of shapes {shapes}; three of one length, two rows at least")
        if not (np.diff(columns[0]) > 0.0).all():
            row = int(np.argmax(~(np.diff(columns[0]) > 0.0))) + 1
            raise ValueError(f"row {row} is not later than the one before; sort the log by time")
        return cls(*columns)

    def velocity(
        self, _east_m: Floats, _north_m: Floats, _height_m: Floats, time_s: Floats, /
    ) -> tuple[Floats, Floats]:
        """As `WindField.velocity`; the place does not matter."""
        east, north = (
            np.interp(time_s, self.time_s, column, left=np.nan, right=np.nan)
            for column in (self.east_m_s, self.north_m_s)
        )
        return np.asarray(east, dtype=np.float64), np.asarray(north, dtype=np.float64)
