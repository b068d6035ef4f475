"""How is gas found in flight: lines in, lines out, in bounded time and memory?

Every detector column keeps a mean and a scatter of what it has seen, which fade with distance
flown, so that ground long past does not count. A line is filtered by what was known before it
came, and joins the background after it, its gas held out: so a pixel never hides itself, and the
first lines wait until there is a background to compare them with.

Floor of a line of k samples and s bands: 2 k s^2 operations to join the scatter, 4 k s to be
filtered, and once in `refresh` lines k s^3 / 3 for the filters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64
from numpy import ndarray

from sillage.errors import RecordError


class Line(NamedTuple):
    """What is known of one line of the ground."""

    number: int
    """Of the lines that came in, from 0."""
    column_ppm_m: Float64[ndarray, " sample"]
    std_ppm_m: Float64[ndarray, " sample"]
    sensitivity: Float64[ndarray, " sample"]


class PushBroom:
    """The filter of an instrument in flight.

    Parameters
    ----------
    unit_absorption
        Per ppm m, one row a detector column where they differ (smile).
    samples
        Detector columns.
    memory_lines
        Over how many lines the background fades by e.
    refresh
        Lines between two inversions of the covariance.
    held_out
        Pixels so many sigma above their background do not join it.
    first
        Lines that must have come before any is answered: twice as many as bands if None.
    """

    def __init__(
        self,
        unit_absorption: Float[ndarray, "... band"],
        samples: int,
        *,
        memory_lines: float = 500.0,
        refresh: int = 8,
        held_out: float = 3.0,
        first: int | None = None,
    ) -> None:
        bands = unit_absorption.shape[-1]
        self._unit = np.broadcast_to(unit_absorption, (samples, bands)).astype(np.float64)
        self._fade = float(np.exp(-1.0 / memory_lines))
        self._refresh, self._held_out = refresh, held_out
        self._first = 2 * bands if first is None else max(first, bands + 2)
        self._weight = np.zeros(samples)
        self._mean = np.zeros((samples, bands))
        self._scatter = np.zeros((samples, bands, bands))
        self._shape = np.full((samples, bands), np.nan)
        self._power = np.full(samples, np.nan)
        self._came, self._waiting = 0, list[Float64[ndarray, "sample band"]]()

    @property
    def memory_bytes(self) -> int:
        """What it holds, whatever has come in."""
        held = (self._mean, self._scatter, self._shape, self._unit)
        return int(sum(array.nbytes for array in held) + self._first * self._mean.nbytes)

    def take(
        self,
        radiance: Float[ndarray, "sample band"],
        clear: Bool[ndarray, " sample"] | None = None,
    ) -> Iterator[Line]:
        """Take one line; gives the lines that can be answered now, mostly this one.

        Parameters
        ----------
        radiance
            Of the bands of the unit absorption; NaN where there is none.
        clear
            Pixels that no mask is set on.

        Raises
        ------
        RecordError
            The line is not of the instrument's samples and bands.
        """
        if radiance.shape != self._mean.shape:
            raise RecordError(f"a line is {self._mean.shape}, sample by band; not {radiance.shape}")
        line = radiance.astype(np.float64)
        known = np.isfinite(line).all(axis=1)
        line[~(known if clear is None else known & clear)] = np.nan
        self._came += 1
        if self._came <= self._first:
            self._waiting.append(line)
            self._join(line, np.isfinite(line[:, 0]))
            if self._came == self._first:
                yield from self.finish()
            return
        if (self._came - self._first) % self._refresh == 1 or self._refresh == 1:
            self._invert()
        yield self._answer(line, self._came - 1)

    def finish(self) -> Iterator[Line]:
        """Answer the lines that wait, which no other will follow."""
        if not self._waiting:
            return
        self._invert()
        waiting, self._waiting = self._waiting, []
        for number, line in enumerate(waiting, self._came - len(waiting)):
            yield self._answer(line, number, joins=False)

    def _answer(
        self, line: Float64[ndarray, "sample band"], number: int, *, joins: bool = True
    ) -> Line:
        above = line - self._mean
        column = (above * self._shape).sum(axis=1) / self._power
        slant = (above * self._shape * self._unit).sum(axis=1) / self._power
        std = self._power**-0.5
        if joins:
            with np.errstate(invalid="ignore"):
                self._join(line, np.isfinite(line[:, 0]) & ~(column > self._held_out * std))
        return Line(number, column, std, 1.0 + slant)

    def _join(self, line: Float64[ndarray, "sample band"], joins: Bool[ndarray, " sample"]) -> None:
        """Let pixels of a line belong to their background: West's update, fading."""
        self._weight *= self._fade
        self._scatter *= self._fade
        before = line - self._mean  # sample band
        before[~joins] = 0.0
        weight = np.where(joins, self._weight + 1.0, 1.0)
        share = np.where(joins, self._weight / weight, 0.0)
        self._mean += before / weight[:, None]
        self._scatter += share[:, None, None] * before[:, :, None] * before[:, None, :]
        self._weight = np.where(joins, weight, self._weight)

    def _invert(self) -> None:
        """Make every column's filter anew; one whose background does not span the bands is NaN."""
        bands = self._mean.shape[1]
        target = self._unit * self._mean
        covariance = self._scatter / np.maximum(self._weight, 1.0)[:, None, None]
        spread = np.diagonal(covariance, axis1=1, axis2=2)
        ready = (self._weight > bands) & (spread > 0.0).all(axis=1)
        self._shape[:], self._power[:] = np.nan, np.nan
        for sample in np.flatnonzero(ready):
            try:
                self._shape[sample] = np.linalg.solve(covariance[sample], target[sample])
            except np.linalg.LinAlgError:
                continue
        power = (self._shape * target).sum(axis=1)
        self._power = np.where(power > 0.0, power, np.nan)
