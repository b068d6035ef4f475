"""From where are further sources drawn: a density of places and rates, cell by cell."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.weigh import FREEDOM

Floats = NDArray[np.float64]

_EVEN = 0.1  # share of the draws that nothing guides
_ANY_RATE = 0.4  # share whose place alone is guided: errors of direction make a rate look low
_UNSEEN = 1e-4  # of the noise, squared
_AT_ONCE = 8  # readings, whose product no power of ten is too large for


class Cells(NamedTuple):
    """A grid of places, and rates between which it is looked."""

    east_m: Floats
    """(cell,): middles."""
    north_m: Floats
    side_m: tuple[float, float]
    """Of a cell, east and north."""
    log_rate: Floats
    """(rate + 1,): edges of the rates, logarithms of kg/h, evenly spaced."""


class Guide(NamedTuple):
    """The density: even within each cell and each step of the logarithm of the rate."""

    cells: Cells
    share: Floats
    """(cell rate,): probability of each cell and rate, the rate running fastest; sums to one."""

    @classmethod
    def of(cls, cells: Cells, gain: Floats, power: float, beside: Floats | float = 0.0) -> Guide:
        """Take the mean over candidates of what a gain of log-likelihood makes of it at a power.

        Parameters
        ----------
        cells
            The grid.
        gain
            (candidate, cell, rate): what a source there adds to the log-likelihood.
        power
            At which the candidates stand.
        beside
            As `gain`, of what counts in full at any power.
        """
        flat = gain.reshape(gain.shape[0], -1)
        told = power * (flat - flat.max(axis=1, keepdims=True))
        told += np.broadcast_to(beside, gain.shape).reshape(flat.shape)
        share = np.exp(told - told.max(axis=1, keepdims=True))
        share = (share / share.sum(axis=1, keepdims=True)).mean(axis=0)
        rates = gain.shape[2]
        any_rate = np.repeat(share.reshape(-1, rates).mean(axis=1), rates)
        share = (1.0 - _ANY_RATE) * share + _ANY_RATE * any_rate
        return cls(cells, (1.0 - _EVEN) * share / share.sum() + _EVEN / share.size)

    def draw(self, count: int, rng: Generator) -> Floats:
        """(count, 3) draws: east and north in m, logarithm of the rate in kg/h."""
        cells = self.cells
        ladder = np.cumsum(self.share)
        chosen = np.searchsorted(ladder, rng.random(count) * ladder[-1])
        cell, rate = np.divmod(np.minimum(chosen, self.share.size - 1), cells.log_rate.size - 1)
        off = rng.random((3, count))
        east = cells.east_m[cell] + cells.side_m[0] * (off[0] - 0.5)
        north = cells.north_m[cell] + cells.side_m[1] * (off[1] - 0.5)
        step = cells.log_rate[1] - cells.log_rate[0]
        return np.column_stack([east, north, cells.log_rate[rate] + step * off[2]])

    def log_density(self, sources: Floats) -> Floats:
        """(source,): log density at (source, 3) places and rates; -inf off the grid."""
        cells = self.cells
        step = cells.log_rate[1] - cells.log_rate[0]
        away = np.abs(sources[:, :1] - cells.east_m) / cells.side_m[0]  # source cell
        away = np.maximum(away, np.abs(sources[:, 1:2] - cells.north_m) / cells.side_m[1])
        cell = away.argmin(axis=1)
        rate = np.floor((sources[:, 2] - cells.log_rate[0]) / step).astype(np.int64)
        rates = cells.log_rate.size - 1
        inside = (away.min(axis=1) <= 0.5 + 1e-9) & (rate >= 0) & (rate < rates)
        share = self.share[cell * rates + np.clip(rate, 0, rates - 1)]
        held = math.log(cells.side_m[0] * cells.side_m[1] * step)
        return np.where(inside, np.log(share) - held, -np.inf)


@compiled
def gains(residual: tuple[Floats, Floats], plume: Floats, unsure: Floats, rates: Floats) -> Floats:
    """What a source in each cell, of each rate, adds to a candidate's log-likelihood.

    Of Student-t residuals, reading by reading; their ratios are multiplied, rates side by side, and
    the logarithm is taken of eight at a time.

    Floor: 10 operations, a division and a quarter of a logarithm for each cell, rate and reading
    that the cell's plume reaches.

    Parameters
    ----------
    residual
        Readings less all that the candidate explains, ppm, and their squared scale, (reading,).
    plume, unsure
        (cell, reading): of 1 kg/h, and one sigma of it, ppm.
    rates
        (rate,): kg/h, rising.

    Returns
    -------
    numpy.ndarray
        (cell, rate).
    """
    left, noise2 = residual
    most2 = rates[-1] * rates[-1]
    out = np.zeros((plume.shape[0], rates.shape[0]))
    ratio, width = np.ones(rates.shape[0]), np.ones(rates.shape[0])
    for cell in range(plume.shape[0]):
        held = 0
        for i in range(left.shape[0]):
            sent, spread = plume[cell, i], unsure[cell, i]
            if most2 * max(sent * sent, spread * spread) < _UNSEEN * noise2[i]:
                continue
            scale = FREEDOM * noise2[i]
            before = scale + left[i] * left[i]
            per_noise2 = spread * spread / noise2[i]
            for k in range(rates.shape[0]):
                wide = 1.0 + rates[k] * rates[k] * per_noise2
                away = left[i] - rates[k] * sent
                ratio[k] *= before * wide / (scale * wide + away * away)
                width[k] *= wide
            held += 1
            if held % _AT_ONCE == 0:
                _take_logarithms(ratio, width, out, cell)
        _take_logarithms(ratio, width, out, cell)
    return out


@compiled
def _take_logarithms(ratio: Floats, width: Floats, out: Floats, cell: int) -> None:
    """Add what some readings say, and begin anew."""
    for k in range(ratio.shape[0]):
        out[cell, k] += 0.5 * ((FREEDOM + 1.0) * math.log(ratio[k]) - math.log(width[k]))
        ratio[k], width[k] = 1.0, 1.0
