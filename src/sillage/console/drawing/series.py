"""How did measured and modelled values run over time, sensor by sensor?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing.markup import Markup, join
from sillage.console.drawing.scales import DASH, Scale, nice_bounds, number, tick_labels
from sillage.console.drawing.svg import (
    PANEL_WIDTH,
    Box,
    band,
    bars,
    clipped,
    dots,
    line,
    panel,
    polyline,
    readout,
    rectangle,
    time_axis,
    value_axis,
    words,
)
from sillage.console.drawing.timeline import SECOND, Timeline

HEIGHT = 196.0
BOX = Box(48.0, 40.0, PANEL_WIDTH - 12.0, HEIGHT - 38.0)
MOST_POINTS = 240
"""More than this in one panel and a series is drawn by its extremes."""

DIRECTIONS = 600
"""Most dots in a figure of directions, which have no extremes to draw."""

Column = NDArray[np.float64]


@dataclass(frozen=True)
class Envelope:
    """A series cut into equal numbers of samples: the extremes and the mean of each piece."""

    time_ns: NDArray[np.int64]
    low: Column
    mean: Column
    high: Column


@dataclass(frozen=True)
class Fit:
    """Measured against modelled at one sensor (block), in ppm, in order of time."""

    sensor: str
    time_ns: NDArray[np.int64]
    measured: Column
    measured_std: Column
    modelled: Column
    modelled_low: Column
    modelled_high: Column
    background: Column
    used: NDArray[np.bool_]


def envelope(time_ns: NDArray[np.int64], value: Column, most: int = MOST_POINTS) -> Envelope:
    """At most `most` pieces of a series (sample); masked samples are left out of each."""
    keep = np.isfinite(value)
    time_ns, value = time_ns[keep], value[keep]
    order = np.argsort(time_ns, kind="stable")
    time_ns, value = time_ns[order], value[order]
    if not value.size:
        empty = np.empty(0)
        return Envelope(np.empty(0, dtype=np.int64), empty, empty, empty)
    starts = np.linspace(0, value.size, min(most, value.size), endpoint=False).astype(np.intp)
    counts = np.diff(np.append(starts, value.size))
    return Envelope(
        time_ns[starts + counts // 2],
        np.minimum.reduceat(value, starts),
        np.add.reduceat(value, starts) / counts,
        np.maximum.reduceat(value, starts),
    )


def coarse(fit: Fit, most: int = MOST_POINTS) -> Fit:
    """A fit in at most `most` pieces of time: means, with the widest band of each piece."""
    if fit.time_ns.size <= most:
        return fit
    starts = np.linspace(0, fit.time_ns.size, most, endpoint=False).astype(np.intp)
    counts = np.diff(np.append(starts, fit.time_ns.size))

    def mean(column: Column) -> Column:
        finite = np.isfinite(column)
        total = np.add.reduceat(np.where(finite, column, 0.0), starts)
        count = np.add.reduceat(finite.astype(np.float64), starts)
        return np.asarray(np.divide(total, count, out=np.full(most, np.nan), where=count > 0))

    return Fit(
        sensor=fit.sensor,
        time_ns=fit.time_ns[starts + counts // 2],
        measured=mean(np.where(fit.used, fit.measured, np.nan)),
        measured_std=mean(fit.measured_std),
        modelled=mean(fit.modelled),
        modelled_low=np.fmin.reduceat(fit.modelled_low, starts),
        modelled_high=np.fmax.reduceat(fit.modelled_high, starts),
        background=mean(fit.background),
        used=np.logical_or.reduceat(fit.used, starts),
    )


def moment(time_ns: int) -> str:
    """A time of day for reading, UTC."""
    return f"{datetime.fromtimestamp(time_ns / SECOND, UTC):%H:%M:%S}"


def shown_name(sensor: str) -> str:
    """A sensor's name as it is written above its panel; a bare number is told what it counts."""
    return f"sensor {sensor}" if sensor.isdigit() else sensor


def with_gaps(time_ns: NDArray[np.int64], x: Column) -> Column:
    """Coordinates with NaN where a line would bridge more than three usual steps."""
    if time_ns.size < 3:
        return x
    step = np.diff(time_ns)
    broken = np.flatnonzero(step > 3 * np.median(step)) + 1
    gapped = x.copy()
    gapped[broken] = np.nan
    return gapped


def fit_figure(
    fit: Fit,
    times: Timeline,
    bounds: tuple[float, float],
    *,
    raw: Envelope | None = None,
    unit: str = "ppm",
) -> Markup:
    """One sensor: what it measured, what the model says it should, and what was left out."""
    scale = Scale(*bounds, BOX.bottom, BOX.top)
    told = coarse(fit)
    x = times(told.time_ns)
    gapped = with_gaps(told.time_ns, x)
    layers = [masked_stretches(told, x)]
    if raw is not None:
        xr = times(raw.time_ns)
        layers.append(bars(xr, scale(raw.low), scale(raw.high) - 0.5, "raw-bars"))
    layers += [
        band(gapped, scale(told.modelled_low), scale(told.modelled_high), "model-band"),
        polyline(gapped, scale(told.modelled), "model-line"),
        polyline(gapped, scale(told.background), "background-line"),
        *_measured(fit, times, scale),
    ]
    notes = [
        f"{moment(int(t))} UTC  measured {number(m)} {unit}, modelled {number(c)}"
        f" ({number(lo)}{DASH}{number(hi)})" + ("" if kept else ", left out")
        for t, m, c, lo, hi, kept in zip(
            told.time_ns.tolist(),
            told.measured.tolist(),
            told.modelled.tolist(),
            told.modelled_low.tolist(),
            told.modelled_high.tolist(),
            told.used.tolist(),
            strict=True,
        )
    ]
    used = int(fit.used.sum())
    described = f"{used} of {fit.used.size} averages used; {unit} over UTC time."
    return panel(
        HEIGHT,
        value_axis(BOX, scale, unit=unit),
        clipped(BOX, *layers),
        time_axis(BOX, times),
        words(BOX.left, 18, shown_name(fit.sensor), look="name"),
        words(BOX.right, 18, f"{used} of {fit.used.size} used", anchor="end", look="unit"),
        readout(BOX, x, scale(told.measured), notes),
        title=f"Measured against modelled, {shown_name(fit.sensor)}",
        described=described,
        kind="fit",
    )


def masked_stretches(fit: Fit, x: Column) -> Markup:
    """Shade behind the times whose readings were left out."""
    if fit.used.all() or not x.size:
        return Markup("")
    half = float(np.nanmedian(np.diff(x))) / 2.0 if x.size > 1 else 3.0
    half = min(max(half, 1.0), 12.0)
    joined = ~fit.used[1:] & ~fit.used[:-1] & np.isfinite(with_gaps(fit.time_ns, x)[1:])
    runs = np.split(np.arange(x.size), np.flatnonzero(~joined) + 1)
    return join(
        rectangle(Box(x[run[0]] - half, BOX.top, x[run[-1]] + half, BOX.bottom), "masked")
        for run in runs
        if not fit.used[run[0]] and np.isfinite(x[run]).all()
    )


def line_figure(
    times: Timeline,
    series: Envelope,
    *,
    title: str,
    unit: str,
    zero: bool = True,
) -> Markup:
    """One series over time: its mean as a line inside its extremes."""
    low, high = nice_bounds(np.concatenate([series.low, series.high]), zero=zero)
    scale = Scale(low, high, BOX.bottom, BOX.top)
    x = times(series.time_ns)
    gapped = with_gaps(series.time_ns, x)
    notes = [
        f"{moment(int(t))} UTC  {number(m)} {unit}" + ("" if lo == hi else f" ({lo:.3g}-{hi:.3g})")
        for t, lo, m, hi in zip(
            series.time_ns.tolist(),
            series.low.tolist(),
            series.mean.tolist(),
            series.high.tolist(),
            strict=True,
        )
    ]
    return panel(
        HEIGHT,
        value_axis(BOX, scale, unit=unit),
        clipped(
            BOX,
            band(gapped, scale(series.low), scale(series.high), "raw-band"),
            polyline(gapped, scale(series.mean), "measured-line"),
        ),
        time_axis(BOX, times),
        words(BOX.left, 18, title, look="name"),
        readout(BOX, x, scale(series.mean), notes),
        title=title,
        described=f"{title} in {unit} over UTC time, from {low:.3g} to {high:.3g}.",
        kind="line-figure",
    )


def direction_figure(times: Timeline, time_ns: NDArray[np.int64], from_deg: Column) -> Markup:
    """Where the wind came from over time, as dots, since a direction has no up or down."""
    scale = Scale(0.0, 360.0, BOX.bottom, BOX.top)
    run = max(-(-time_ns.size // DIRECTIONS), 1)
    x, y = times(time_ns[::run]), scale(from_deg[::run])
    parts: list[Markup] = []
    for bearing, name in ((0, "N"), (90, "E"), (180, "S"), (270, "W"), (360, "N")):
        at = scale.at(bearing)
        parts.append(line(BOX.left, at, BOX.right, at, "grid"))
        parts.append(words(BOX.left - 6, at + 4, name, anchor="end", look="tick"))
    notes = [
        f"{moment(int(t))} UTC  from {angle:.0f}\N{DEGREE SIGN}"
        for t, angle in zip(time_ns[::run].tolist(), from_deg[::run].tolist(), strict=True)
    ]
    return panel(
        HEIGHT,
        *parts,
        dots(x, y, "measured-dots small"),
        time_axis(BOX, times),
        words(BOX.left, 18, "Direction the wind comes from", look="name"),
        readout(BOX, x, y, notes),
        title="Wind direction",
        described="Direction the wind comes from, degrees clockwise from north, over UTC time.",
        kind="direction",
    )


def scatter_figure(fits: Sequence[Fit], *, unit: str = "ppm") -> Markup:
    """Measured over modelled for all used readings, with the line where they agree."""
    measured = np.concatenate([fit.measured[fit.used] for fit in fits])
    modelled = np.concatenate([fit.modelled[fit.used] for fit in fits])
    low, high = nice_bounds(np.concatenate([measured, modelled]), about=5)
    box = Box(56.0, 40.0, 56.0 + 340.0, 380.0)
    across = Scale(low, high, box.left, box.right)
    up = Scale(low, high, box.bottom, box.top)
    run = max(-(-measured.size // (4 * MOST_POINTS)), 1)
    axis = [words(box.right, box.bottom + 33, f"modelled, {unit}", anchor="end", look="unit")]
    ticks = across.ticks(5)
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        axis.append(line(across.at(tick), box.top, across.at(tick), box.bottom, "grid"))
        axis.append(words(across.at(tick), box.bottom + 17, label, anchor="middle", look="tick"))
    finite = np.isfinite(measured) & np.isfinite(modelled)
    away = measured[finite] - modelled[finite]
    spread = float(np.sqrt(np.mean(away**2))) if away.size else np.nan
    return panel(
        424.0,
        value_axis(box, up, about=5),
        words(box.left, 18, f"measured, {unit}", look="unit"),
        words(box.right, 18, f"rms difference {number(spread)} {unit}", anchor="end", look="unit"),
        *axis,
        line(box.left, box.bottom, box.right, box.top, "agree"),
        dots(across(modelled[::run]), up(measured[::run]), "measured-dots faint"),
        title="Measured over modelled",
        described=f"Root mean square difference {number(spread)} {unit}.",
        kind="scatter",
    )


def _measured(fit: Fit, times: Timeline, scale: Scale) -> list[Markup]:
    """Each average with its error; of a long series the extremes of what was used."""
    if fit.time_ns.size > MOST_POINTS:
        pieces = envelope(fit.time_ns, np.where(fit.used, fit.measured, np.nan))
        x = times(pieces.time_ns)
        return [bars(x, scale(pieces.low), scale(pieces.high) - 0.8, "measured-bars")]
    x, y = times(fit.time_ns), scale(fit.measured)
    low, high = scale(fit.measured - fit.measured_std), scale(fit.measured + fit.measured_std)
    kept = np.where(fit.used, x, np.nan)
    left_out = np.where(fit.used, np.nan, x)
    return [
        bars(kept, low, high, "measured-bars"),
        dots(kept, y, "measured-dots"),
        dots(left_out, y, "left-out-rim"),
        dots(left_out, y, "left-out-core"),
    ]
