"""What stands in the parts of the report that are read when an answer is questioned?"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing.markup import Markup, join, tag
from sillage.console.drawing.scales import nice_bounds, number, percent
from sillage.console.drawing.series import (
    BOX,
    MOST_POINTS,
    Envelope,
    Fit,
    envelope,
    fit_figure,
    scatter_figure,
    shown_name,
)
from sillage.console.drawing.timeline import Timeline, timeline
from sillage.console.report.answer import Answer, Step, fits_of
from sillage.console.report.figures import figure, legend
from sillage.records.source_estimate import SourceEstimate

MOST_PANELS = 12
MOST_FILES = 6
SHORT_ID = 12


def table(names: Sequence[str], rows: Iterable[Sequence[object]], *, numeric: int = 0) -> Markup:
    """A table whose last `numeric` columns are numbers."""
    count = len(names)
    looks = ["n" if index >= count - numeric else None for index in range(count)]
    head = [
        tag("th", name, scope="col", class_=look) for name, look in zip(names, looks, strict=True)
    ]
    body = [
        tag("tr", *(tag("td", cell, class_=look) for cell, look in zip(row, looks, strict=True)))
        for row in rows
    ]
    inner = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body))
    return tag("div", inner, class_="sheet-table", tabindex=0)


def facts(pairs: Iterable[tuple[str, str]]) -> Markup:
    """Names and what they stand for."""
    return tag("dl", *(join((tag("dt", k), tag("dd", v))) for k, v in pairs), class_="facts")


def fold(title: str, *content: object) -> Markup:
    """Content that is there when asked for."""
    return tag("details", tag("summary", title), *content)


def fit_section(answer: Answer, estimate: SourceEstimate) -> Markup:
    """Small multiples of measured and modelled values, and one over the other."""
    fits = fits_of(estimate)
    if not fits:
        return tag("p", "No reading was compared with a model.", class_="quiet")
    shown = sorted(fits, key=lambda fit: -_liveliness(fit))[:MOST_PANELS]
    shown = [fit for fit in fits if any(fit is one for one in shown)]
    times = timeline(np.concatenate([fit.time_ns for fit in fits]), BOX.left, BOX.right)
    shared = _shared_bounds(shown)
    raw = _raw_envelopes(answer, estimate, times)
    bounds = [shared or nice_bounds(_values(fit)) for fit in shown]
    panels = [
        fit_figure(fit, times, own, raw=raw.get(fit.sensor))
        for fit, own in zip(shown, bounds, strict=True)
    ]
    said = ["Times are UTC", ", long pauses folded away (//). " if times.breaks() else ". "]
    if len(shown) > 1:
        said.append("All panels have one scale. " if shared else "Each panel has its own scale. ")
    if any(fit.used.size > MOST_POINTS for fit in shown):
        said.append(f"Long series are drawn by mean and extremes of {MOST_POINTS} pieces. ")
    if raw:
        said.append(
            "Grey: extremes of the readings before averaging, in equal pieces, cut at the edge. "
        )
    if len(shown) < len(fits):
        said.append(f"The {len(shown)} sensors with most to tell of {len(fits)} are drawn. ")
    grid = tag("div", *(tag("div", one) for one in panels), class_="multiples")
    scatter = figure(scatter_figure(fits), "Averages that were used; agreement is the line.")
    values = _fit_table(fits)
    if len(fits) > MOST_PANELS:
        values = fold("The numbers, sensor by sensor", values)
    below = tag("p", *said, class_="quiet")
    beside = tag("div", scatter, tag("div", values), class_="pair")
    return join((_fit_legend(bool(raw)), grid, below, beside))


def left_out_section(answer: Answer) -> Markup:
    """What was masked and what was supposed."""
    masked = answer.masked()
    rows = [
        (
            where,
            one.reason,
            f"{one.count:,} of {one.total:,}",
            percent(one.count / one.total if one.total else 0.0),
        )
        for where, one in masked
    ]
    names = ("Where", "Why", "Left out", "Share")
    nothing = tag("p", "Nothing was left out.", class_="quiet")
    supposed = [tag("li", text) for text in answer.assumptions()]
    none = tag("p", "Nothing had to be supposed.", class_="quiet")
    return join(
        (
            tag("h3", "Left out"),
            table(names, rows, numeric=2) if rows else nothing,
            tag("h3", "Supposed"),
            tag("ul", *supposed, class_="plain") if supposed else none,
        )
    )


def method_section(estimate: SourceEstimate) -> Markup:
    """How the estimate was made: method, evidence and every prior and setting."""
    draw_count = estimate.posterior.sizes.get("draw", 0)
    told: list[tuple[str, str]] = [
        ("Method", estimate.method),
        ("Posterior draws", f"{draw_count:,}"),
        ("Effective sample size", number(estimate.effective_sample_size)),
    ]
    if estimate.log_evidence is not None:
        against = f"{number(estimate.log_evidence)} (natural logarithm, against no source)"
        told.append(("Log evidence", against))
    if estimate.number_of_sources:
        counts = enumerate(estimate.number_of_sources)
        shares = ", ".join(f"{count}: {percent(share)}" for count, share in counts)
        told.append(("Number of sources", shares))
    rows = [
        (name.replace("_", " "), number(value, 4) if isinstance(value, float) else str(value))
        for name, value in sorted(estimate.settings.items())
    ]
    settings = table(("Setting or prior", "Value"), rows, numeric=1)
    return join((facts(told), fold(f"All {len(rows)} settings and priors", settings)))


def path_section(answer: Answer) -> Markup:
    """From the answer to the bytes it was made from, and how to check each step."""
    if not answer.steps:
        return tag(
            "p", "The records that this answer was made from were not given.", class_="quiet"
        )
    steps = [_step(step) for step in answer.steps]
    files = [step for step in answer.steps if step.kind == "file"]
    check = [f"sillage verify {answer.ledger}"]
    check += [f"sha256sum {_quoted(step.what)}" for step in files[:MOST_FILES]]
    return join(
        (
            tag(
                "p",
                "Each record is named by the SHA-256 of its content and names the records it was "
                "made from, down to the files. Any change to any of them changes every name above.",
            ),
            tag("ol", *steps, class_="chain"),
            tag("p", "To check:", class_="quiet"),
            tag("pre", "\n".join(check), tabindex=0),
        )
    )


def _quoted(what: str) -> str:
    """The name in `NAME, n bytes` as a shell takes it; only `$SILLAGE_DATA` is left to expand."""
    name = re.sub(r", [\d,]+ bytes$", "", what)
    variable = "$SILLAGE_DATA/"
    if name.startswith(variable):
        return f'"$SILLAGE_DATA"/{shlex.quote(name.removeprefix(variable))}'
    return shlex.quote(name)


def _step(step: Step) -> Markup:
    short = tag("code", step.id[:SHORT_ID], title=step.id, class_="id")
    button = tag("button", "copy", type="button", class_="copier", data_copy=step.id, hidden=True)
    kind = tag("b", "file" if step.kind == "file" else step.kind)
    full = tag("code", step.id, class_="full")
    look = f"depth-{min(step.depth, 6)}" + (" file" if step.kind == "file" else "")
    told = tag("details", tag("summary", kind, " ", short), full, " ", button)
    return tag("li", told, tag("span", step.what), class_=look)


def _liveliness(fit: Fit) -> float:
    """How much a sensor's used readings vary against their own error."""
    used = fit.measured[fit.used & np.isfinite(fit.measured)]
    return float(np.ptp(used)) if used.size else 0.0


def _values(fit: Fit) -> NDArray[np.float64]:
    """Everything that a sensor's panel must have room for."""
    return np.concatenate((fit.measured, fit.modelled_high, fit.modelled_low, fit.background))


def _shared_bounds(fits: Sequence[Fit]) -> tuple[float, float] | None:
    """One scale for all panels, unless it would flatten the quieter half of them."""
    bounds = nice_bounds(np.concatenate([_values(fit) for fit in fits]))
    usual = float(np.median([np.ptp(nice_bounds(_values(fit))) for fit in fits]))
    return bounds if bounds[1] - bounds[0] <= 6 * usual else None


def _raw_envelopes(
    answer: Answer, estimate: SourceEstimate, times: Timeline
) -> dict[str, Envelope]:
    """Extremes of the readings as they came in, by sensor, where they lie on the time axis."""
    found: dict[str, Envelope] = {}
    for batch in answer.readings:
        if batch.unit != "ppm" or batch.gas != estimate.gas:
            continue
        for index, name in enumerate(batch.sensors):
            mine = np.flatnonzero(batch.samples["sensor"] == index)
            time_ns = batch.samples["time_ns"][mine]
            value = np.where(np.isfinite(times(time_ns)), batch.samples["value"][mine], np.nan)
            pieces = envelope(time_ns, value, 240)
            if name in estimate.sensors and name not in found and pieces.time_ns.size > 1:
                found[name] = pieces
    return found


def _fit_table(fits: Sequence[Fit]) -> Markup:
    rows = []
    for fit in fits:
        used = fit.used & np.isfinite(fit.measured) & np.isfinite(fit.modelled)
        away = fit.measured[used] - fit.modelled[used]
        spread = number(float(np.sqrt(np.mean(away**2)))) if used.any() else "\u2014"
        highest = number(float(fit.measured[used].max())) if used.any() else "\u2014"
        rows.append((shown_name(fit.sensor), f"{int(used.sum())} of {used.size}", highest, spread))
    names = ("Sensor", "Used", "Highest, ppm", "rms difference, ppm")
    return table(names, rows, numeric=3)


def _fit_legend(raw: bool) -> Markup:
    model = '<path d="M0 7H26" class="model-line"/>'
    rim, core = (f'<path d="M13 7h0" class="left-out-{part}"/>' for part in ("rim", "core"))
    hollow = rim + core
    items = [
        ('<path d="M13 7h0" class="measured-dots"/>', "measured, averaged, with one sigma"),
        (
            f'<rect y="2" width="26" height="10" class="model-band"/>{model}',
            "modelled, with its band",
        ),
        ('<path d="M0 7H26" class="background-line"/>', "modelled background"),
        (
            f'<rect width="26" height="14" class="masked"/>{hollow}',
            "left out",
        ),
    ]
    if raw:
        grey = '<path d="M4 3V11M10 5V12M16 2V9M22 4V11" class="raw-bars"/>'
        items.append((grey, "readings before averaging"))
    return legend(items)
