"""Where would one more reading tell most, and which readings did tell most?"""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing import layers as on_ground
from sillage.console.drawing.labels import Labels
from sillage.console.drawing.map import BOX, MeanWind, diamond, map_figure, view_of
from sillage.console.drawing.markup import Markup, join, tag
from sillage.console.drawing.rose import wind_from_deg
from sillage.console.drawing.scales import metres, number, percent
from sillage.console.drawing.series import shown_name
from sillage.console.report.answer import Answer
from sillage.console.report.figures import figure, legend, shade_bar, wind_columns
from sillage.console.report.sections import table
from sillage.console.report.verdict import copyable
from sillage.records.source_estimate import SourceEstimate

Floats = NDArray[np.float64]

MOST_READINGS = 8
LEAST_GAIN = 0.01
"""Nats below which no place is named: a percent of what is still possible."""
_DECIMALS = 5


def one_more(answer: Answer, estimate: SourceEstimate) -> Markup:
    """The map of what one more reading would tell, its best place, and what told most so far."""
    gain = np.asarray(estimate.advice["gain"], dtype=np.float64)
    best = float(gain.max(initial=0.0))
    parts = [tag("p", *_sentence(estimate, best))]
    if best >= LEAST_GAIN and min(gain.shape) > 1:
        parts.append(_map(answer, estimate, best))
    if rows := _told_most(estimate):
        parts += [tag("h3", "The readings that mattered most"), *rows]
    return join(parts)


def best_place(estimate: SourceEstimate) -> tuple[float, float]:
    """Where one more reading would tell most: east and north in local metres."""
    gain = estimate.advice["gain"]
    row, column = np.unravel_index(int(np.argmax(gain)), gain.shape)
    return float(estimate.advice["east_m"][column]), float(estimate.advice["north_m"][row])


def _sentence(estimate: SourceEstimate, best: float) -> tuple[object, ...]:
    if best < LEAST_GAIN:
        return (f"Nowhere would a single reading tell more than {LEAST_GAIN:g} nats.",)
    lon, lat = estimate.frame.to_lonlat(*best_place(estimate))
    height = estimate.settings.get("advice_height_m")
    at_height = "" if height is None else f", {metres(float(height))} above ground"
    told = f"{at_height}: {number(best, 2)} nats are expected, about as much as ruling out "
    told += f"{percent(-math.expm1(-best))} of what is still possible."
    return (
        "One more reading would tell most at ",
        copyable(f"{float(lat):.{_DECIMALS}f}, {float(lon):.{_DECIMALS}f}"),
        told,
    )


def _map(answer: Answer, estimate: SourceEstimate, best: float) -> Markup:
    fixed = on_ground.stations(answer.readings, estimate.frame)
    east, north = estimate.advice["east_m"], estimate.advice["north_m"]
    ends = [np.array([[east[0], north[0]], [east[-1], north[-1]]], dtype=np.float64)]
    ends += [np.array([one.at, one.end or one.at]) for one in fixed]
    view = view_of(np.concatenate(ends), estimate.frame)
    labels = Labels(BOX)
    place = best_place(estimate)
    labels.keep_free([tuple(view.paper(np.array([place]))[0].tolist())], radius=8.0)
    drawing = map_figure(
        view,
        [
            on_ground.gain(view, estimate.advice),
            on_ground.regions(view, estimate),
            on_ground.sensors(view, fixed, labels),
            diamond(view, place),
        ],
        [labels.drawn()],
        wind=_wind_at_the_end(answer, estimate),
        title="Where one more reading would tell most",
        described=f"Best {place[0]:.0f} m east and {place[1]:.0f} m north of the map's origin, "
        f"with {best:.2g} nats.",
    )
    items = [('<path d="M13 1L19 7L13 13L7 7Z" class="best"/>', "tells most")]
    if any(one.regions for one in estimate.sources):
        items.append(('<path d="M2 7H24" class="region wide"/>', "where the sources may be"))
    if fixed:
        items.append(('<circle cx="13" cy="7" r="4" class="sensor"/>', "sensor"))
    text = (
        "Expected information about place, rate and number of the sources from one averaged "
        "reading, taken in the wind below while they are on. It says where to look, not what "
        "will be found."
    )
    beside = (legend(items), shade_bar("likely", "less", f"{number(best, 2)} nats"))
    drawn = figure(drawing, tag("b", "One more reading"), ". Darker ground tells more.")
    return tag("div", drawn, tag("div", tag("p", text), *beside, class_="beside"), class_="pair")


def _wind_at_the_end(answer: Answer, estimate: SourceEstimate) -> MeanWind | None:
    """The mean wind that the further reading is supposed in."""
    if not answer.wind:
        return None
    time_ns, east, north = wind_columns(answer)
    span_s = float(estimate.settings.get("advice_wind_s", math.inf))
    end_ns = estimate.observed_at.end.timestamp() * 1e9
    late = (time_ns >= end_ns - span_s * 1e9) & (time_ns <= end_ns)
    if not late.any():
        return None
    from_deg = wind_from_deg(np.array([east[late].mean()]), np.array([north[late].mean()]))
    return MeanWind(float(np.hypot(east[late], north[late]).mean()), float(from_deg[0]))


def _told_most(estimate: SourceEstimate) -> list[Markup]:
    """A sentence on how few readings carry the answer, and those in a table."""
    fit = estimate.fit
    used = np.flatnonzero((fit["used"] > 0) & (np.nan_to_num(fit["influence"]) > 0.0))
    if not used.size:
        return []
    falling = used[np.argsort(-fit["influence"][used], kind="stable")]
    held = np.cumsum(fit["influence"][falling])
    half = int(np.searchsorted(held, 0.5 * held[-1])) + 1
    rows = [
        (
            _when(int(fit["time_ns"][k])),
            shown_name(estimate.sensors[int(fit["sensor"][k])]),
            number(float(fit["measured"][k])),
            number(float(fit["modelled"][k])),
            number(float(fit["influence"][k]), 2),
        )
        for k in falling[:MOST_READINGS]
    ]
    told = f"{half:,} of {used.size:,} readings hold half of all influence. Influence is how far "
    told += "the answer would move without the reading alone; look at these first when in doubt."
    names = ("Time, UTC", "Sensor", "Measured, ppm", "Modelled, ppm", "Influence, nats")
    return [tag("p", told), table(names, rows, numeric=3)]


def _when(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns // 10**9, UTC):%Y-%m-%d %H:%M:%S}"
