"""What did pictures from above show: which plumes, how sure, how much, and why that gas?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sillage.console.drawing import plumes as drawn
from sillage.console.drawing.labels import Labels
from sillage.console.drawing.layers import corners
from sillage.console.drawing.map import BOX, View, map_figure, view_of
from sillage.console.drawing.markup import Markup, join, tag
from sillage.console.drawing.scales import (
    DASH,
    compass,
    degrees_for,
    metres,
    number,
    percent,
    quantity,
)
from sillage.console.drawing.spectrum import spectrum_figure
from sillage.console.report.answer import Answer
from sillage.console.report.figures import figure, legend, mean_wind
from sillage.console.report.sections import fold, table
from sillage.console.report.verdict import copyable
from sillage.records.detection import NOT_IN_LIBRARY, Detection
from sillage.records.enhancement import Enhancement
from sillage.records.place import LocalFrame
from sillage.records.plume_spectrum import PlumeSpectrum
from sillage.records.scene import Scene
from sillage.records.words import in_words

MOST_CLOSE_UPS = 6
HEAT = "heat"
_LEAST_TOLD = 0.005  # probability of candidates that are told of
_LIKELY = 0.5
_PLUS_MINUS = "\N{PLUS-MINUS SIGN}"


class Taken(NamedTuple):
    """A picture, and the columns that were retrieved in it."""

    scene: Scene
    columns: Enhancement | None
    """None of a picture of heat, in which several gases are looked for."""
    gas: str
    """That was looked for; `heat` where it was any gas of the library."""


def taken(answer: Answer) -> list[Taken]:
    """All pictures of an answer, in the order of the survey."""
    return [_taken_as(one, answer) for one in answer.scenes]


def _taken_as(scene: Scene, answer: Answer) -> Taken:
    columns = next((one for one in answer.enhancements if scene.id in one.parents), None)
    return Taken(scene, columns, columns.gas if columns is not None else HEAT)


def plumes_in(answer: Answer, seen: Taken) -> list[Detection]:
    """Claims that rest on a picture, the most probable first."""
    rests = {seen.scene.id} | ({seen.columns.id} if seen.columns is not None else set())
    found = [one for one in answer.detections if rests & set(one.parents)]
    return sorted(found, key=lambda one: (-one.probability, one.false_alarms))


def saying(answer: Answer) -> Markup:
    """The head of a page about pictures alone: what is claimed, in one sentence."""
    likely = [one for one in answer.detections if one.probability >= _LIKELY]
    count = in_words(len(likely)) if likely else "no"
    pictures_ = taken(answer)
    looked_for = ", ".join(dict.fromkeys(one.gas for one in pictures_))
    gases = ", ".join(dict.fromkeys(named(one) for one in likely)) or looked_for
    plural = "plume" if len(likely) == 1 else "plumes"
    words = f"{count.capitalize()} {plural} of {gases}"
    pictures = "picture" if len(pictures_) == 1 else "pictures"
    words += f" in {in_words(len(pictures_))} {pictures} from above."
    less = len(answer.detections) - len(likely)
    rates = [one.rate for one in likely if one.rate is not None]
    reason = "A plume counts here that is more probably real than not"
    reason += (
        f"; {in_words(less)} less probable {'is' if less == 1 else 'are'} listed." if less else "."
    )
    if rates:
        total, std = sum(r.median for r in rates), np.sqrt(sum(r.std**2 for r in rates))
        reason += f" Together {number(total)} {_PLUS_MINUS} {quantity(float(std), 'kg/h', 2)}."
    elif any(one.settings.get("retriever") is not None for one in likely):
        reason += " No rate is told: it needs the wind at the time of the picture."
    look = "located" if likely else "cannot"
    parts = [tag("div", tag("h2", words), class_="saying"), tag("p", reason, class_="reason")]
    return tag("section", *parts, class_=f"verdict {look}", aria_label="Verdict")


def picture_section(answer: Answer, seen: Taken) -> Markup:
    """One picture: the ground with its columns and plumes, and what is claimed of each."""
    found = plumes_in(answer, seen)
    frame = _middle(seen)
    view = view_of(corners(seen.scene.outline, frame), frame)
    whole = _map(answer, seen, found, view, "The picture")
    said = f"{_told(seen)}."
    said += _wind_told(found)
    if not found:
        nothing = tag(
            "p", "Nothing stands out by as much as the asked number of false plumes sets."
        )
        return join((tag("p", said, class_="quiet"), whole, nothing))
    parts = [tag("p", said, class_="quiet"), tag("div", whole, _table(found), class_="pair")]
    spectra = {one.id: one for one in answer.spectra}
    for number_, plume in enumerate(found[:MOST_CLOSE_UPS], start=1):
        spectrum = next((spectra[p] for p in plume.parents if p in spectra), None)
        parts.append(_close_up(answer, seen, plume, number_, spectrum))
    if len(found) > MOST_CLOSE_UPS:
        parts.append(
            tag(
                "p",
                f"The {MOST_CLOSE_UPS} most probable of {len(found)} are drawn.",
                class_="quiet",
            )
        )
    return join(parts)


def _wind_told(found: Sequence[Detection]) -> str:
    """The wind that rates were worked out with, where there was one."""
    told = found[0].settings if found else {}
    if "wind_m_s" not in told:
        return ""
    speed, std = number(float(told["wind_m_s"]), 2), float(told["wind_std_m_s"])
    source = compass((float(told["wind_towards_deg"]) + 180.0) % 360.0)
    return f" Rates are by a wind of {speed} {_PLUS_MINUS} {quantity(std, 'm/s', 2)} from {source}."


def named(plume: Detection) -> str:
    """The gas that was looked for, or the likeliest of several."""
    first = plume.candidates[0].substances
    if plume.settings.get("retriever") is not None and first == (NOT_IN_LIBRARY,):
        first = plume.candidates[-1].substances  # the one gas that was looked for
    return "no gas of the library" if first == (NOT_IN_LIBRARY,) else " + ".join(first)


def _map(
    answer: Answer,
    seen: Taken,
    found: Sequence[Detection],
    view: View,
    title: str,
    *,
    first: int = 1,
) -> Markup:
    labels = Labels(BOX)
    gas = None if seen.columns is None else drawn.gridded(seen.columns, view.frame, view)
    layers = [
        Markup("") if gas is None else drawn.columns(view, gas),
        drawn.swath(view, seen.scene.outline),
        drawn.outlines(view, found, labels, first=first),
    ]
    drawing = map_figure(
        view,
        layers,
        [labels.drawn()],
        wind=mean_wind(answer),
        title=title,
        described=f"{len(found)} plumes of {seen.gas} outlined.",
    )
    below: list[object] = [tag("b", title), ". Outlines are plumes, numbered as in the table."]
    if gas is not None and gas.levels_ppm_m.size:
        low, high = gas.levels_ppm_m[0], float(np.nanmax(gas.column_ppm_m))
        below[1] = (
            f". Shades from {number(float(low), 2)} to {number(high, 2)} ppm\N{NO-BREAK SPACE}m of "
            f"{seen.gas}, averaged over neighbours."
        )
    return figure(drawing, *below)


def _table(found: Sequence[Detection]) -> Markup:
    rows = []
    for number_, plume in enumerate(found, start=1):
        decimals = degrees_for(max(plume.position_std_m, 1.0) / 3.0)
        where = f"{plume.place.lat:.{decimals}f}, {plume.place.lon:.{decimals}f}"
        mass, rate = plume.mass, plume.rate
        rows.append(
            (
                str(number_),
                copyable(where),
                percent(plume.probability),
                number(plume.false_alarms, 2),
                f"{number(mass.median, 2)} {_PLUS_MINUS} {number(mass.std, 2)}" if mass else DASH,
                f"{number(rate.median, 2)} {_PLUS_MINUS} {number(rate.std, 2)}" if rate else DASH,
            )
        )
    names = ("", "Highest pixel (lat, lon)", "Probability", "False expected", "kg", "kg/h")
    return table(names, rows, numeric=4)


def _close_up(
    answer: Answer,
    seen: Taken,
    plume: Detection,
    number_: int,
    spectrum: PlumeSpectrum | None,
) -> Markup:
    frame = LocalFrame(lon=plume.place.lon, lat=plume.place.lat)
    points = [drawn.at(plume, frame), *(corners(area, frame) for area in plume.outline)]
    view = view_of(
        np.concatenate(points), frame, margin=0.6, least_m=8.0 * seen.scene.ground_sample_m
    )
    near = _map(answer, seen, [plume], view, f"Plume {number_}", first=number_)
    legend_items = [
        (
            '<path d="M13 7h0" class="measured-dots"/>',
            "plume over ground, less what the ground about it explains",
        ),
        ('<path d="M0 7H26" class="model-line"/>', f"{named(plume)}, fitted"),
    ]
    beside: object = tag(
        "p", "Too little clear ground lies about it for its spectrum to be told.", class_="quiet"
    )
    if spectrum is not None:
        told = _column(spectrum)
        beside = join(
            (
                figure(spectrum_figure(spectrum, f"Plume {number_}"), told),
                legend(legend_items),
            )
        )
    evidence = [tag("li", one.explanation) for one in plume.evidence]
    why = fold("What speaks for it and against it", tag("ul", *evidence, class_="plain"))
    may_be: object = _candidates(plume) if seen.columns is None else Markup("")
    heading = tag("h3", f"Plume {number_}: {named(plume)}, {percent(plume.probability)} probable")
    return join((heading, tag("div", near, tag("div", beside, may_be, why), class_="pair")))


def _candidates(plume: Detection) -> Markup:
    """What it may be made of, the likeliest first."""
    told = [one for one in plume.candidates if one.probability >= _LEAST_TOLD]
    rows = [(" + ".join(one.substances), percent(one.probability)) for one in told]
    rest = 1.0 - sum(one.probability for one in told)
    if rest >= _LEAST_TOLD:
        rows.append((f"{len(plume.candidates) - len(told)} others together", percent(rest)))
    return table(("If it is real, it is", "Probability"), rows, numeric=1)


def _column(spectrum: PlumeSpectrum) -> str:
    told = f"Mean of {spectrum.pixels} pixels"
    if spectrum.controls:
        told += f" against {spectrum.controls} windows of ground"
    if spectrum.column is not None:
        column = spectrum.column
        told += f": {number(column.median, 2)} {_PLUS_MINUS} {number(column.std, 2)}"
        told += " ppm\N{NO-BREAK SPACE}m"
    return f"{told}. The fit explains {percent(max(spectrum.explained, 0.0))} of the difference."


def _told(seen: Taken) -> str:
    """What a picture is, in a few words."""
    scene, columns = seen.scene, seen.columns
    told = f"By {scene.instrument} on {scene.platform} at {scene.observed_at.start:%H:%M} UTC, "
    told += f"pixels of {metres(scene.ground_sample_m)}"
    if columns is None:
        return f"{told}; any gas of the library may be named"
    low, high = columns.wavelengths_nm[0][0], columns.wavelengths_nm[-1][1]
    noise = quantity(columns.noise_ppm_m, "ppm\N{NO-BREAK SPACE}m", 2)
    return f"{told}, bands from {low:.0f} to {high:.0f} nm; one sigma of a pixel is {noise}"


def _middle(seen: Taken) -> LocalFrame:
    lon, lat = np.array(seen.scene.outline.ring).T
    return LocalFrame(lon=float(lon.mean()), lat=float(lat.mean()))
