"""How are the draws of one quantity spread, and which part holds most of them?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing.markup import Markup
from sillage.console.drawing.scales import Scale, nice_bounds, nice_ticks, percent, quantity
from sillage.console.drawing.svg import (
    PANEL_WIDTH,
    Box,
    band,
    bottom_axis,
    line,
    panel,
    polyline,
    readout,
    words,
)
from sillage.records.quantity import Quantity

HEIGHT = 244.0
_BOX = Box(16.0, 54.0, PANEL_WIDTH - 16.0, HEIGHT - 40.0)
_POINTS = 200


def smooth(
    draws: NDArray[np.float64], at: NDArray[np.float64], *, floor: float = 0.0
) -> NDArray[np.float64]:
    """Kernel density of draws (draw) at points (point), reflected at a floor they cannot pass.

    Silverman's rule with the smaller of the standard deviation and the scaled quartile range.
    """
    quarter, three = np.quantile(draws, [0.25, 0.75])
    spread = min(float(draws.std()), float(three - quarter) / 1.34) or float(draws.std())
    width = max(0.9 * spread * draws.size**-0.2, 1e-9 * max(abs(float(draws.max())), 1.0))
    step = max(width / 4.0, float(at[-1] - at[0]) / 4000.0)
    edges = np.arange(floor, float(at[-1]) + 5 * width + 2 * step, step)
    count, _ = np.histogram(draws, bins=edges)
    reach = int(np.ceil(4 * width / step))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    kernel /= kernel.sum() * step * draws.size
    mirrored = np.concatenate([count[:reach][::-1], count, np.zeros(reach)])
    density = np.convolve(mirrored, kernel, mode="same")[reach : reach + count.size]
    return np.interp(at, (edges[:-1] + edges[1:]) / 2.0, density)


def density_figure(
    draws: NDArray[np.float64], summary: Quantity, *, name: str, truth: float | None = None
) -> Markup:
    """The posterior of a quantity that cannot be negative, with its central interval.

    Parameters
    ----------
    draws
        Equally weighted draws (draw), at least two different ones.
    summary
        Median, interval and unit.
    name
        What the quantity is, in words.
    truth
        Its true value in a simulated world or a controlled release.
    """
    edge = [float(np.quantile(draws, 0.001)), float(np.quantile(draws, 0.997)), summary.high]
    edge += [] if truth is None else [truth]
    low, high = nice_bounds([min(edge), max(edge)], about=6)
    scale = Scale(max(low, 0.0), high, _BOX.left, _BOX.right)
    at = np.linspace(scale.low, scale.high, _POINTS)
    density = smooth(draws, at)
    height = Scale(0.0, float(density.max()) * 1.04, _BOX.bottom, _BOX.top)
    x, y = scale(at), height(density)
    within = (at >= summary.low) & (at <= summary.high)
    base = np.full_like(x, _BOX.bottom)
    middle = scale.at(summary.median)
    interval = f"{percent(summary.level)} between {quantity(summary.low, summary.unit)}"
    interval += f" and {quantity(summary.high, summary.unit)}"
    layers = [
        bottom_axis(_BOX, scale, about=len(nice_ticks(low, high, 6)), unit=summary.unit),
        band(x, base, y, "density"),
        band(x[within], base[within], y[within], "density held"),
        polyline(x, y, "density edge"),
        line(middle, _BOX.bottom, middle, height.at(float(np.interp(middle, x, density))), "mean"),
        words(_BOX.left, 16, f"median {quantity(summary.median, summary.unit)}", look="label"),
        words(_BOX.right, 16, interval, anchor="end", look="unit"),
    ]
    if truth is not None:
        x_true = scale.at(truth)
        side = "end" if x_true > PANEL_WIDTH / 2 else "start"
        shift = -6 if side == "end" else 6
        note = f"true {quantity(truth, summary.unit)}"
        layers.append(line(x_true, _BOX.bottom, x_true, _BOX.top - 14, "truth-line"))
        layers.append(words(x_true + shift, _BOX.top - 7, note, anchor=side, look="truth-word"))
    held = [float(np.mean(draws <= value)) for value in at]
    notes = [
        f"{percent(share)} below {quantity(float(value), summary.unit)}"
        for value, share in zip(at, held, strict=True)
    ]
    layers.append(readout(_BOX, x, y, notes))
    described = f"{name}: median {quantity(summary.median, summary.unit)}, {interval}."
    return panel(HEIGHT, *layers, title=name, described=described, kind="density-figure")
