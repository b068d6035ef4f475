"""What is the answer, in one sentence, and what does it rest on?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
from sillage.console.report.answer import Answer, Truth
from sillage.console.report.sources import (
    Piece,
    claimed,
    mean_point,
    name_of,
    pieces,
    reach_90_m,
    wide_region,
)
from sillage.records.place import Place
from sillage.records.quantity import Quantity
from sillage.records.source_estimate import FoundSource, SourceEstimate
from sillage.records.words import in_words

PLUS_MINUS = "\N{PLUS-MINUS SIGN}"
LOOKS = {"located": "located", "ambiguous": "ambiguous", "cannot tell": "cannot"}
_MARKS = {
    "located": '<circle cx="24" cy="24" r="21"/><circle cx="24" cy="24" r="11"/>'
    '<circle cx="24" cy="24" r="3.5" class="solid"/>',
    "ambiguous": '<circle cx="17" cy="24" r="13" stroke-dasharray="4 4"/>'
    '<circle cx="31" cy="24" r="13" stroke-dasharray="4 4"/>',
    "cannot": '<circle cx="24" cy="24" r="21" stroke-dasharray="2 6"/><path d="M14 24h20"/>',
}


def sentence(estimate: SourceEstimate) -> str:
    """The verdict in one plain sentence."""
    said = claimed(estimate)
    if estimate.verdict != "cannot tell" and len(said) > 1:
        return _of_several(estimate, said)
    one, source = estimate.sources[said[0]], f"{estimate.gas} source"
    if estimate.verdict == "located":
        where = _where(one.position, one.position_std_m)
        spread = f"{PLUS_MINUS} {metres(one.position_std_m)}"
        within = f"90{chr(0x202F)}% within {metres(reach_90_m(estimate, said[0]))}"
        return f"Located: {source} at {where} {spread} ({within}), {_rate(one.rate)}."
    if estimate.verdict == "ambiguous":
        places = pieces(estimate, said[0])
        if len(places) > 1:
            return f"Ambiguous: the {source} is most likely in one of {len(places)} places."
        wide = wide_region(one)
        ground = f" of {square_metres(wide.area_m2)}" if wide else ""
        return f"Ambiguous: the {source} is somewhere in a wide region{ground}."
    none = estimate.number_of_sources[0] if estimate.number_of_sources else 1.0
    doubt = ", or whether there is one" if none > 0.05 else ""
    return f"Cannot tell where the {source} is{doubt}."


def _of_several(estimate: SourceEstimate, said: Sequence[int]) -> str:
    sources = f"{in_words(len(said))} {estimate.gas} sources"
    if estimate.verdict == "located":
        return f"Located: {sources}, {_rate(_together(estimate, said))} in all."
    located = sum(estimate.sources[k].verdict == "located" for k in said)
    which = f"{in_words(located)} {'is' if located == 1 else 'are'} located"
    return f"Ambiguous: {sources}, of which {which}."


def _together(estimate: SourceEstimate, said: Sequence[int]) -> Quantity:
    """The summed rate of several sources, while all are on."""
    rate = np.asarray(estimate.posterior["rate_kg_h"], dtype=np.float64)[:, list(said)].sum(axis=1)
    low, median, high = np.quantile(rate, (0.05, 0.5, 0.95)).tolist()
    mean, std = float(rate.mean()), float(rate.std())
    return Quantity(mean=mean, median=median, std=std, low=low, high=high, unit="kg/h")


def verdict(answer: Answer, estimate: SourceEstimate, searched_m2: float | None) -> Markup:
    """The head of the page: the sentence, the reason, the figures and what they mean."""
    look = LOOKS[estimate.verdict]
    mark = tag("svg", Markup(_MARKS[look]), viewBox="0 0 48 48", class_="mark", aria_hidden="true")
    said = claimed(estimate)
    numbers = _figures(estimate, said[0]) if len(said) == 1 else _figures_of_several(estimate, said)
    parts = [
        tag("div", mark, tag("h2", sentence(estimate)), class_="saying"),
        tag("p", estimate.reason, class_="reason"),
        tag("div", *numbers, class_="figures"),
    ]
    for source in said:
        places = pieces(estimate, source)
        if estimate.sources[source].verdict == "ambiguous" and len(places) > 1:
            if name := name_of(estimate, source):
                parts.append(tag("h3", f"{name}: where it may be"))
            parts.append(_places_table(places))
    notes = _notes(estimate, said, searched_m2, answer.truths)
    if notes:
        parts.append(tag("ul", *(tag("li", note) for note in notes), class_="notes"))
    return tag("section", *parts, class_=f"verdict {look}", aria_label="Verdict")


def _where(place: Place, error_m: float) -> str:
    decimals = degrees_for(error_m)
    return f"{latitude(place.lat, decimals)}, {longitude(place.lon, decimals)}"


def _rate(rate: Quantity) -> str:
    level = f"{rate.level * 100:.0f}{chr(0x202F)}%"
    interval = f"{number(rate.low)}{DASH}{number(rate.high)}"
    return f"{quantity(rate.median, rate.unit)} ({level}: {interval})"


def _figures(estimate: SourceEstimate, source: int) -> list[Markup]:
    """The few numbers of one source that people copy."""
    one = estimate.sources[source]
    wide = wide_region(one)
    found: list[Markup] = []
    if estimate.verdict == "located":
        found.append(_position(one, "Posterior mean"))
    if wide is not None:
        note = f"{percent(wide.level)} region, as a circle of radius"
        note += f" {metres(wide.equivalent_radius_m)}"
        found.append(_figure("Ground to look at", square_metres(wide.area_m2), note))
    if estimate.verdict != "cannot tell":
        found.append(_figure("Rate", quantity(one.rate.median, one.rate.unit), _interval(one.rate)))
    else:
        most = quantity(one.rate.high, one.rate.unit)
        below = percent((1.0 + one.rate.level) / 2.0)
        note = f"{below} of the posterior lies below, where the model holds"
        found.append(_figure("Rate at most", most, note))
    if estimate.number_of_sources and estimate.verdict != "located":
        none = estimate.number_of_sources[0]
        found.append(_figure("No source at all", percent(none), "probability"))
    return found


def _figures_of_several(estimate: SourceEstimate, said: Sequence[int]) -> list[Markup]:
    """Where each located source is, and what all of them come to."""
    found = [
        _position(estimate.sources[k], f"{name_of(estimate, k)}, posterior mean")
        for k in said
        if estimate.sources[k].verdict == "located"
    ]
    grounds = [wide for k in said if (wide := wide_region(estimate.sources[k])) is not None]
    if grounds:
        note = f"{percent(grounds[0].level)} regions of {in_words(len(grounds))} sources together"
        looked = square_metres(sum(wide.area_m2 for wide in grounds))
        found.append(_figure("Ground to look at", looked, note))
    total = _together(estimate, said)
    note = f"{_interval(total)}, all together"
    found.append(_figure("Rate in all", quantity(total.median, total.unit), note))
    return found


def _position(source: FoundSource, label: str) -> Markup:
    decimals = degrees_for(source.position_std_m / 10.0)
    plain = f"{source.position.lat:.{decimals}f}, {source.position.lon:.{decimals}f}"
    spread = f"latitude, longitude (WGS{chr(0x202F)}84), {PLUS_MINUS}"
    spread += f" {metres(source.position_std_m)}"
    return _figure(label, copyable(plain), spread, wide=True)


def _interval(rate: Quantity) -> str:
    interval = f"{percent(rate.level)}: {number(rate.low)}{DASH}"
    return f"{interval}{quantity(rate.high, rate.unit)}, while on"


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
    estimate: SourceEstimate,
    said: Sequence[int],
    searched_m2: float | None,
    truths: Sequence[Truth],
) -> list[Markup]:
    """What the numbers mean on the ground: information, never an instruction."""
    notes: list[Markup] = []
    grounds = [wide for k in said if (wide := wide_region(estimate.sources[k])) is not None]
    if grounds and searched_m2:
        share = percent(min(sum(wide.area_m2 for wide in grounds) / searched_m2, 1.0))
        searched = square_metres(searched_m2)
        regions = "region is" if len(grounds) == 1 else "regions together are"
        text = f"The {percent(grounds[0].level)} {regions} {share} of the {searched} searched."
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
    notes += [tag("span", _score(estimate, truth), class_="truth-word") for truth in truths]
    return notes


def _score(estimate: SourceEstimate, truth: Truth) -> str:
    """How far the nearest source of the answer is from a known truth."""
    east, north = estimate.frame.to_local(truth.place.lon, truth.place.lat)
    there = np.array([[float(east), float(north)]])
    offs = [
        float(np.hypot(*(there[0] - np.array(mean_point(estimate, k)))))
        for k in range(len(estimate.sources))
    ]
    nearest = offs.index(min(offs))
    source = estimate.sources[nearest]
    name = name_of(estimate, nearest)
    mean = f"the posterior mean of {name[0].lower()}{name[1:]}" if name else "the posterior mean"
    told = [f"The truth is known here: {metres(min(offs))} from {mean}"]
    wide = wide_region(source)
    if wide is not None:
        held = any(inside(corners(area, estimate.frame), there)[0] for area in wide.areas)
        told.append(f"{'inside' if held else 'outside'} the {percent(wide.level)} region")
    if truth.rate_kg_h is not None:
        held = source.rate.low <= truth.rate_kg_h <= source.rate.high
        text = f"true rate {quantity(truth.rate_kg_h, 'kg/h')}, "
        told.append(text + f"{'inside' if held else 'outside'} the stated interval")
    return "; ".join(told) + "."
