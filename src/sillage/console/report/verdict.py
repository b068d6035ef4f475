"""What is the answer, in one sentence, and what does it rest on?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing.contour import inside
from sillage.console.drawing.layers import corners
from sillage.console.drawing.markup import Markup, join, tag
from sillage.console.drawing.scales import (
    DASH,
    degrees_for,
    latitude,
    longitude,
    metres,
    number,
    percent,
    quantity,
    square_metres,
)
from sillage.console.report.answer import Truth
from sillage.records.place import Place
from sillage.records.quantity import Quantity
from sillage.records.source_estimate import CredibleRegion, SourceEstimate

PLUS_MINUS = "\N{PLUS-MINUS SIGN}"
LOOKS = {"located": "located", "ambiguous": "ambiguous", "cannot tell": "cannot"}
_MARKS = {
    "located": '<circle cx="24" cy="24" r="21"/><circle cx="24" cy="24" r="11"/>'
    '<circle cx="24" cy="24" r="3.5" class="solid"/>',
    "ambiguous": '<circle cx="17" cy="24" r="13" stroke-dasharray="4 4"/>'
    '<circle cx="31" cy="24" r="13" stroke-dasharray="4 4"/>',
    "cannot": '<circle cx="24" cy="24" r="21" stroke-dasharray="2 6"/><path d="M14 24h20"/>',
}


@dataclass(frozen=True)
class Piece:
    """One of several places where the source may be."""

    place: Place
    share: float
    reach_m: float


def sentence(estimate: SourceEstimate) -> str:
    """The verdict in one plain sentence."""
    source = f"{estimate.gas} source"
    if estimate.verdict == "located":
        where = _where(estimate.position, estimate.position_std_m)
        spread = f"{PLUS_MINUS} {metres(estimate.position_std_m)}"
        within = f"90{chr(0x202F)}% within {metres(reach_90_m(estimate))}"
        return f"Located: {source} at {where} {spread} ({within}), {_rate(estimate.rate)}."
    if estimate.verdict == "ambiguous":
        places = pieces(estimate)
        if len(places) > 1:
            return f"Ambiguous: the {source} is most likely in one of {len(places)} places."
        wide = wide_region(estimate)
        ground = f" of {square_metres(wide.area_m2)}" if wide else ""
        return f"Ambiguous: the {source} is somewhere in a wide region{ground}."
    none = estimate.number_of_sources[0] if estimate.number_of_sources else 1.0
    doubt = ", or whether there is one" if none > 0.05 else ""
    return f"Cannot tell where the {source} is{doubt}."


def verdict(estimate: SourceEstimate, searched_m2: float | None, truth: Truth | None) -> Markup:
    """The head of the page: the sentence, the reason, the figures and what they mean."""
    look = LOOKS[estimate.verdict]
    mark = tag("svg", Markup(_MARKS[look]), viewBox="0 0 48 48", class_="mark", aria_hidden="true")
    parts = [
        tag("div", mark, tag("h2", sentence(estimate)), class_="saying"),
        tag("p", estimate.reason, class_="reason"),
        tag("div", *_figures(estimate), class_="figures"),
    ]
    places = pieces(estimate)
    if estimate.verdict == "ambiguous" and len(places) > 1:
        parts.append(_places_table(places))
    notes = _notes(estimate, searched_m2, truth)
    if notes:
        parts.append(tag("ul", *(tag("li", note) for note in notes), class_="notes"))
    return tag("section", *parts, class_=f"verdict {look}", aria_label="Verdict")


def draws(estimate: SourceEstimate) -> NDArray[np.float64]:
    """Posterior draws of east and north in metres (draw, 2)."""
    table = estimate.posterior
    return np.stack([table["east_m"], table["north_m"]], axis=1).astype(np.float64)


def mean_point(estimate: SourceEstimate) -> tuple[float, float]:
    """The posterior mean in local metres."""
    east, north = estimate.frame.to_local(estimate.position.lon, estimate.position.lat)
    return float(east), float(north)


def reach_90_m(estimate: SourceEstimate) -> float:
    """Distance from the posterior mean within which nine draws of ten lie."""
    away = np.hypot(*(draws(estimate) - np.array(mean_point(estimate))).T)
    return float(np.quantile(away, 0.9))


def wide_region(estimate: SourceEstimate) -> CredibleRegion | None:
    """The largest credible region that the estimate states."""
    return max(estimate.regions, key=lambda region: region.level, default=None)


def pieces(estimate: SourceEstimate) -> list[Piece]:
    """The separate parts of the wide region, the likeliest first, slivers left out."""
    wide = wide_region(estimate)
    if wide is None:
        return []
    points = draws(estimate)
    found: list[Piece] = []
    for area in wide.areas:
        held = points[inside(corners(area, estimate.frame), points)]
        share = len(held) / max(len(points), 1)
        if share < 0.02:
            continue
        middle = held.mean(axis=0)
        lon, lat = estimate.frame.to_lonlat(middle[0], middle[1])
        reach = float(np.quantile(np.hypot(*(held - middle).T), 0.9))
        found.append(Piece(Place(lon=float(lon), lat=float(lat)), share, reach))
    return sorted(found, key=lambda piece: -piece.share)


def _where(place: Place, error_m: float) -> str:
    decimals = degrees_for(error_m)
    return f"{latitude(place.lat, decimals)}, {longitude(place.lon, decimals)}"


def _rate(rate: Quantity) -> str:
    level = f"{rate.level * 100:.0f}{chr(0x202F)}%"
    interval = f"{number(rate.low)}{DASH}{number(rate.high)}"
    return f"{quantity(rate.median, rate.unit)} ({level}: {interval})"


def _figures(estimate: SourceEstimate) -> list[Markup]:
    """The few numbers that people copy."""
    wide = wide_region(estimate)
    found: list[Markup] = []
    if estimate.verdict == "located":
        decimals = degrees_for(estimate.position_std_m / 10.0)
        plain = f"{estimate.position.lat:.{decimals}f}, {estimate.position.lon:.{decimals}f}"
        spread = f"latitude, longitude (WGS{chr(0x202F)}84), {PLUS_MINUS}"
        spread += f" {metres(estimate.position_std_m)}"
        found.append(_figure("Posterior mean", copyable(plain), spread, wide=True))
    if wide is not None:
        note = f"{percent(wide.level)} region, as a circle of radius"
        note += f" {metres(wide.equivalent_radius_m)}"
        found.append(_figure("Ground to look at", square_metres(wide.area_m2), note))
    if estimate.verdict != "cannot tell":
        interval = f"{percent(estimate.rate.level)}: {number(estimate.rate.low)}{DASH}"
        interval += f"{quantity(estimate.rate.high, estimate.rate.unit)}, while on"
        rate = quantity(estimate.rate.median, estimate.rate.unit)
        found.append(_figure("Rate", rate, interval))
    else:
        most = quantity(estimate.rate.high, estimate.rate.unit)
        below = percent((1.0 + estimate.rate.level) / 2.0)
        note = f"{below} of the posterior lies below, where the model holds"
        found.append(_figure("Rate at most", most, note))
    if estimate.number_of_sources and estimate.verdict != "located":
        none = estimate.number_of_sources[0]
        found.append(_figure("No source at all", percent(none), "probability"))
    return found


def copyable(text: str) -> Markup:
    """Text that one click selects, with a button to copy it where scripts run."""
    code = tag("code", text, class_="copy")
    button = tag("button", "copy", type="button", class_="copier", data_copy=text, hidden=True)
    return join((code, " ", button))


def _figure(label: str, value: object, note: str, *, wide: bool = False) -> Markup:
    parts = (
        tag("p", label, class_="label"),
        tag("p", value, class_="value"),
        tag("p", note, class_="note"),
    )
    return tag("div", *parts, class_="figure wide" if wide else "figure")


def _places_table(places: list[Piece]) -> Markup:
    rows = []
    for piece in places:
        decimals = degrees_for(piece.reach_m / 10.0)
        where = f"{piece.place.lat:.{decimals}f}, {piece.place.lon:.{decimals}f}"
        cells = (
            tag("td", percent(piece.share), class_="n"),
            tag("td", copyable(where)),
            tag("td", metres(piece.reach_m), class_="n"),
        )
        rows.append(tag("tr", *cells))
    names = ("Probability", "Middle (lat, lon)", "90 % of it within")
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    table = tag("table", tag("thead", head), tag("tbody", *rows))
    return tag("div", table, class_="sheet-table")


def _notes(
    estimate: SourceEstimate, searched_m2: float | None, truth: Truth | None
) -> list[Markup]:
    """What the numbers mean on the ground: information, never an instruction."""
    notes: list[Markup] = []
    wide = wide_region(estimate)
    if wide is not None and searched_m2:
        share = percent(min(wide.area_m2 / searched_m2, 1.0))
        searched = square_metres(searched_m2)
        text = f"The {percent(wide.level)} region is {share} of the {searched} searched."
        notes.append(tag("span", text))
    if estimate.verdict == "cannot tell":
        text = (
            "The map below shows what the numbers leave possible. Readings from the downwind side "
            "of it, in steadier wind or for longer, are what would narrow it most."
        )
        notes.append(tag("span", text))
    if estimate.verdict == "ambiguous":
        text = "Readings downwind of one place but not of the other would tell them apart."
        notes.append(tag("span", text))
    if truth is not None:
        notes.append(tag("span", _score(estimate, truth), class_="truth-word"))
    return notes


def _score(estimate: SourceEstimate, truth: Truth) -> str:
    """How far the answer is from a known truth."""
    east, north = estimate.frame.to_local(truth.place.lon, truth.place.lat)
    there = np.array([[float(east), float(north)]])
    away = float(np.hypot(*(there[0] - np.array(mean_point(estimate)))))
    told = [f"The truth is known here: {metres(away)} from the posterior mean"]
    wide = wide_region(estimate)
    if wide is not None:
        held = any(inside(corners(area, estimate.frame), there)[0] for area in wide.areas)
        told.append(f"{'inside' if held else 'outside'} the {percent(wide.level)} region")
    if truth.rate_kg_h is not None:
        held = estimate.rate.low <= truth.rate_kg_h <= estimate.rate.high
        text = f"true rate {quantity(truth.rate_kg_h, 'kg/h')}, "
        told.append(text + f"{'inside' if held else 'outside'} the stated interval")
    return "; ".join(told) + "."
