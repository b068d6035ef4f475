"""How are the columns of one group of pixels found, from radiance to ppm m?

A gas that is part of its own background hides itself: of a line of n pixels a filter of s bands
loses about s / n of what is there. So pixels that are known to hold gas are filtered, but held out of
the background. Then deep absorption is made straight.

Reference: Ayasse et al., Atmos. Meas. Tech. 16, 2023 (the low bias of short lines).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64
from numpy import ndarray

from sillage.retrieve.background import Room
from sillage.retrieve.filters import Filter, Filtered


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
    column = found.column_ppm_m if depth is None else straight(found, depth)
    told[:, clear] = column, found.std_ppm_m, found.sensitivity
    return told


def straight(found: Filtered, depth: Depth) -> Float64[ndarray, " pixel"]:
    """Columns that are there, for columns that a filter has found.

    A filter adds what each band lost, as if losses grew with the column for ever. What it would
    find of a column is known; the finding is turned round. Small and negative columns stay.
    """
    lost = depth.log_transmission if found.logarithmic else np.expm1(depth.log_transmission)
    response = np.maximum.accumulate(lost @ found.gain_ppm_m)  # level
    rising = np.concatenate([[True], np.diff(response) > 0.0])
    there, seen = depth.column_ppm_m[rising], response[rising]
    if there.size < 2:
        return found.column_ppm_m  # the filter does not see the gas; its error says so
    inside = np.interp(found.column_ppm_m, seen, there)
    slope = (there[-1] - there[-2]) / (seen[-1] - seen[-2])
    beyond = there[-1] + slope * (found.column_ppm_m - seen[-1])
    column = np.where(found.column_ppm_m > seen[-1], beyond, inside)
    return np.where(found.column_ppm_m < 0.0, found.column_ppm_m, column)
