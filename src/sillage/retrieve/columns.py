"""How are the columns of one group of pixels found, from radiance to ppm m?

A gas that is part of its own background hides itself: of a line of n pixels a filter of s bands
loses about s / n of what is there. So pixels that are known to hold gas are filtered, but held out
of the background. Then deep absorption is made straight.

Reference: Ayasse et al., Atmos. Meas. Tech. 16, 2023 (the low bias of short lines).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64
from numpy import ndarray

from sillage.retrieve.background import Room
from sillage.retrieve.filters import Filter, Filtered

_LEAST_LEFT = 0.1  # share of the sensitivity: with less, one column looks like another
_FEWEST_LEVELS = 4


class Depth(NamedTuple):
    """How much light is left below some columns of a gas."""

    column_ppm_m: Float64[ndarray, " level"]
    """Rising from 0."""
    log_transmission: Float64[ndarray, "level band"]


def columns_of(
    radiance: Float[ndarray, "pixel band"],
    unit_absorption: Float[ndarray, " band"],
    use: Filter,
    *,
    clear: Bool[ndarray, " pixel"],
    held: Bool[ndarray, " pixel"],
    depth: Depth | None,
    room: Room | None = None,
) -> Float64[ndarray, "3 pixel"]:
    """Column, its one-sigma error, and sensitivity of every pixel; NaN where it is not clear.

    Parameters
    ----------
    radiance
        In the order of the lines; rows that are not clear may be NaN.
    unit_absorption
        Per ppm m.
    use
        The filter.
    clear
        Pixels that no mask is set on.
    held
        Pixels that hold gas, and are no background; more than half of the clear ones are not
        believed, and none is held.
    depth
        Of the gas, to make columns straight; None leaves them as the filter has them.
    room
        Memory that is used again.

    Raises
    ------
    SingularBackground
        The clear pixels do not span the bands.
    """
    told = np.full((3, clear.size), np.nan)
    seen = radiance if clear.all() else radiance[clear]
    trusted = ~held[clear]
    some = None if trusted.all() or trusted.mean() < 0.5 else trusted
    found = use(seen, unit_absorption, trusted=some, room=room)
    if depth is not None:
        found = straight(found, unit_absorption, depth)
    told[:, clear] = found.column_ppm_m, found.std_ppm_m, found.sensitivity
    return told


def straight(found: Filtered, unit_absorption: Float[ndarray, " band"], depth: Depth) -> Filtered:
    """Columns and sensitivities as they would be, did radiance fall with the column for ever.

    A filter adds what each band lost, and strong bands lose less and less: its response to a column
    is known, and turned round. The sensitivity was read off radiance that the gas itself had
    darkened, by a share that is known too. So the ratio of column to sensitivity tells the column
    that is there, and the column the sensitivity of the bare ground. Columns below 0 stay.
    """
    left = np.exp(depth.log_transmission)  # level band
    if found.logarithmic:
        response, darkened = depth.log_transmission @ found.gain_ppm_m, np.ones(len(left))
    else:
        response = np.expm1(depth.log_transmission) @ found.gain_ppm_m
        darkened = left @ (found.gain_ppm_m * unit_absorption)
    known = np.logical_and.accumulate((darkened > _LEAST_LEFT) & (np.gradient(response) > 0.0))
    if known.sum() < _FEWEST_LEVELS:
        return found  # the filter hardly sees the gas, and its error says so
    seen, there = response[known] / darkened[known], depth.column_ppm_m[known]
    asked = found.column_ppm_m > 0.0
    asked &= found.sensitivity > _LEAST_LEFT
    ratio = np.divide(
        found.column_ppm_m, found.sensitivity, out=np.zeros_like(found.column_ppm_m), where=asked
    )
    truly = np.interp(ratio, seen, there)
    bare = found.sensitivity / np.interp(truly, there, darkened[known])
    return found._replace(
        column_ppm_m=np.where(asked, truly * bare, found.column_ppm_m),
        sensitivity=np.where(asked, bare, found.sensitivity),
    )
