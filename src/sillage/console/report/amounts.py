"""How many sources are there, how much does each emit, and when?"""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing.chances import chances_figure
from sillage.console.drawing.density import density_figure
from sillage.console.drawing.markup import Markup, join, tag
from sillage.console.drawing.output import output_figure
from sillage.console.drawing.scales import (
    DASH,
    degrees_for,
    number,
    percent,
    quantity,
    square_metres,
)
from sillage.console.drawing.series import BOX
from sillage.console.drawing.timeline import timeline
from sillage.console.report.answer import Answer
from sillage.console.report.figures import figure
from sillage.console.report.sections import facts, table
from sillage.console.report.sources import name_of, spoken_of, wide_region
from sillage.records.quantity import Quantity
from sillage.records.source_estimate import FoundSource, SourceEstimate


def how_many(estimate: SourceEstimate) -> Markup:
    """How probable each number of sources is, and every source in a line of a table."""
    parts = [_sources_table(estimate)]
    if len(estimate.sources) > 1:
        reasons = [
            tag("li", tag("b", name_of(estimate, k)), f": {one.reason}")
            for k, one in enumerate(estimate.sources)
        ]
        parts.append(tag("ul", *reasons, class_="plain"))
    if not estimate.number_of_sources:
        return join(parts)
    drawing = chances_figure(
        estimate.number_of_sources, title="Number of unknown sources", what="unknown sources"
    )
    return join((tag("div", figure(drawing, "Probability of each number."), class_="half"), *parts))


def rates(answer: Answer, estimate: SourceEstimate) -> Markup:
    """Rate, course of the rate and numbers of every source that something can be said of."""
    parts: list[Markup] = []
    for source in spoken_of(estimate):
        if name := name_of(estimate, source):
            parts.append(tag("h3", name))
        parts.append(_one_rate(answer, estimate, source))
    return join(parts)


def _one_rate(answer: Answer, estimate: SourceEstimate, source: int) -> Markup:
    found = estimate.sources[source]
    told = []
    if estimate.course["time_ns"].size:
        below = "The rate while on, times the probability of being on. "
        strip = "The strip above marks when it was more probably on than off."
        told.append(figure(_output(estimate, source), below, strip if found.schedule else ""))
    told.append(_on_share(found))
    if found.verdict == "cannot tell":
        text = "With no place to tie it to, the rate is only as sure as the prior makes it."
        told.append(tag("p", text))
    else:
        told.append(_rate_facts(found.rate))
    text = "Rate while on. The shaded middle is the stated interval, its line the median."
    drawing = figure(_rate_figure(answer, estimate, source), text)
    return tag("div", drawing, tag("div", *told), class_="pair")


def _rate_figure(answer: Answer, estimate: SourceEstimate, source: int) -> Markup:
    """The posterior of a source's rate."""
    rate = np.asarray(estimate.posterior["rate_kg_h"][:, source], dtype=np.float64)
    truth = answer.truth_of(estimate, source)
    if float(np.ptp(rate)) <= 0.0:
        return tag("p", "Every draw has the same rate, so there is no spread to draw.")
    known = truth.rate_kg_h if truth else None
    summary = estimate.sources[source].rate
    return density_figure(rate, summary, name="Posterior of the rate", truth=known)


def _output(estimate: SourceEstimate, source: int) -> Markup:
    """The rate over time."""
    found = estimate.sources[source]
    starts: NDArray[np.int64] = estimate.course["time_ns"]
    middles = starts + round(float(estimate.settings.get("block_s", 0.0)) * 0.5e9)
    times = timeline(middles, BOX.left, BOX.right)
    return output_figure(
        times,
        middles,
        np.asarray(estimate.course["on"][:, source], dtype=np.float64),
        found.rate,
        spells=[(_ns(spell.start), _ns(spell.end)) for spell in found.schedule],
        title="Rate over time",
    )


def _ns(when: datetime) -> int:
    """Nanoseconds since 1970, as the columns count."""
    return round(when.timestamp()) * 10**9


def _sources_table(estimate: SourceEstimate) -> Markup:
    rows = [_source_row(estimate, k, one) for k, one in enumerate(estimate.sources)]
    names = ("Source", "Verdict", "Latitude, longitude", "Exists", "90 % region", "Rate while on")
    return table(names, rows, numeric=3)


def _source_row(estimate: SourceEstimate, index: int, source: FoundSource) -> tuple[str, ...]:
    wide = wide_region(source)
    decimals = degrees_for(source.position_std_m / 10.0)
    where = f"{source.position.lat:.{decimals}f}, {source.position.lon:.{decimals}f}"
    rate = f"{number(source.rate.low)}{DASH}{quantity(source.rate.high, source.rate.unit)}"
    return (
        name_of(estimate, index) or "1",
        source.verdict,
        where if source.verdict == "located" else "\u2014",
        percent(source.probability),
        square_metres(wide.area_m2) if wide else "\u2014",
        rate if source.verdict != "cannot tell" else "\u2014",
    )


def _on_share(source: FoundSource) -> Markup:
    """Which share of the time the source was on, in words."""
    share = source.on_fraction
    if share is None:
        return tag("p", "Taken as steady over the observed time; no schedule was estimated.")
    told = f"On for {percent(share.median)} of the observed time ({percent(share.level)}: "
    return tag("p", told + f"{percent(share.low)} to {percent(share.high)}).")


def _rate_facts(rate: Quantity) -> Markup:
    """The numbers of the rate's figure."""
    return facts(
        [
            ("Median", quantity(rate.median, rate.unit)),
            ("Mean", f"{quantity(rate.mean, rate.unit)}, standard deviation {number(rate.std)}"),
            (percent(rate.level), f"{number(rate.low)} to {quantity(rate.high, rate.unit)}"),
            ("If on for a day", quantity(rate.median * 24.0, rate.unit.removesuffix("/h"))),
        ]
    )
