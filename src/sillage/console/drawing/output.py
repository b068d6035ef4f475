"""How much did a source emit over time?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing.markup import Markup
from sillage.console.drawing.scales import DASH, Scale, nice_bounds, number, percent
from sillage.console.drawing.series import BOX, HEIGHT, Column, envelope, moment, with_gaps
from sillage.console.drawing.svg import (
    Box,
    band,
    clipped,
    panel,
    polyline,
    readout,
    rectangle,
    time_axis,
    value_axis,
    words,
)
from sillage.console.drawing.timeline import Timeline
from sillage.records.quantity import Quantity

_STRIP = 5.0  # height of the strip that shows when the source was on


def output_figure(
    times: Timeline,
    time_ns: NDArray[np.int64],
    on: Column,
    rate: Quantity,
    *,
    spells: Sequence[tuple[int, int]],
    title: str,
) -> Markup:
    """The rate while on times the probability of being on, with the rate's interval as a band.

    Parameters
    ----------
    times
        The axis.
    time_ns, on
        (time,): middles of the blocks of wind, and the probability that the source was on.
    rate
        While on.
    spells
        Start and end of each time in which the source was more probably on than off.
    title
        Which source.
    """
    pieces = envelope(time_ns, on)
    x = times(pieces.time_ns)
    gapped = with_gaps(pieces.time_ns, x)
    low, middle, high = (pieces.mean * r for r in (rate.low, rate.median, rate.high))
    scale = Scale(*nice_bounds([0.0, rate.high], zero=True), BOX.bottom, BOX.top)
    notes = [
        f"{moment(int(t))} UTC  {number(m)} {rate.unit} ({number(lo)}{DASH}{number(hi)}),"
        f" on with {percent(p)}"
        for t, (lo, m, hi, p) in zip(
            pieces.time_ns.tolist(),
            np.stack([low, middle, high, pieces.mean], axis=1).tolist(),
            strict=True,
        )
    ]
    counted = f"{len(spells)} {'spell' if len(spells) == 1 else 'spells'}"
    return panel(
        HEIGHT,
        value_axis(BOX, scale, unit=rate.unit),
        clipped(
            BOX,
            band(gapped, scale(low), scale(high), "model-band"),
            polyline(gapped, scale(middle), "model-line"),
        ),
        *_strip(times, spells),
        time_axis(BOX, times),
        words(BOX.left, 18, title, look="name"),
        words(BOX.right, 18, counted, anchor="end", look="unit"),
        readout(BOX, x, scale(middle), notes),
        title=title,
        described=(
            f"Rate in {rate.unit} times the probability of being on, over UTC time; "
            f"{counted} more probably on than off."
        ),
        kind="output",
    )


def _strip(times: Timeline, spells: Sequence[tuple[int, int]]) -> list[Markup]:
    """A bar above the axes for each spell."""
    ends = np.array([times.stretches[0].first_ns, times.stretches[-1].last_ns])
    top = BOX.top - _STRIP - 3
    spans = [times(np.clip(np.array(spell), *ends)).tolist() for spell in spells]
    return [rectangle(Box(left, top, right, top + _STRIP), "on") for left, right in spans]
