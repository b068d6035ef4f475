"""How do all parts of the report become one file?"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from sillage.atomic import whole_file
from sillage.console.drawing.colour import shade_rules, variables
from sillage.console.drawing.markup import Markup, join, tag
from sillage.console.drawing.scales import DASH
from sillage.console.report import amounts, figures, pictures, sections
from sillage.console.report.answer import Answer
from sillage.console.report.usefulness import one_more
from sillage.console.report.verdict import verdict


def draw_report(answer: Answer, path: Path) -> None:
    """Write the report of an answer; the file appears whole or not at all.

    Parameters
    ----------
    answer
        What was found and everything it rests on, arrays attached.
    path
        The HTML file; one that is there is replaced.

    Raises
    ------
    SettingError
        There is no such folder, or the path is a folder.
    OSError
        The folder cannot be written to.
    """
    content = page(answer)
    with whole_file(path) as half_done:
        half_done.write_text(content, encoding="utf-8", newline="\n")


def page(answer: Answer) -> str:
    """The report as one HTML document."""
    style = _style()
    script = _asset("report.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{answer.survey} {DASH} Sillage"),
        tag("style", Markup(style)),
    )
    body = tag(
        "body",
        _top(answer),
        tag("main", *_parts(answer)),
        _foot(answer),
        tag("div", class_="saying-box", hidden=True),
        tag("script", Markup(script)),
    )
    return "<!doctype html>\n" + tag("html", head, body, lang="en") + "\n"


def _parts(answer: Answer) -> list[Markup]:
    several = len(answer.estimates) > 1
    searched = _searched_m2(answer)
    parts = [verdict(answer, one, searched) for one in answer.estimates]
    if answer.scenes and not answer.estimates:
        parts.append(pictures.saying(answer))
    for index, one in enumerate(answer.estimates):
        name = f": {one.gas}, {index + 1}" if several else ""
        parts.append(_section(f"Where{name}", figures.map_figures(answer, one)))
        parts.append(_section(f"How many{name}", amounts.how_many(one)))
        parts.append(_section(f"How much{name}", amounts.rates(answer, one)))
        parts.append(
            _section(f"Where one more reading would tell most{name}", one_more(answer, one))
        )
    for index, seen in enumerate(pictures.taken(answer)):
        number = f", {index + 1}" if len(answer.scenes) > 1 else ""
        title = f"Seen from above: {seen.gas}{number}"
        parts.append(_section(title, pictures.picture_section(answer, seen)))
    if answer.wind:
        parts.append(_section("The wind", figures.wind_figures(answer)))
    for index, one in enumerate(answer.estimates):
        name = f": {one.gas}, {index + 1}" if several else ""
        parts.append(
            _section(f"Measured against modelled{name}", sections.fit_section(answer, one))
        )
        parts.append(_section(f"How it was worked out{name}", sections.method_section(one)))
    parts.append(_section("Left out and supposed", sections.left_out_section(answer)))
    parts.append(_section("From the answer back to the bytes", sections.path_section(answer)))
    return parts


def _section(title: str, *content: object) -> Markup:
    return tag("section", tag("h2", title), *content)


def _top(answer: Answer) -> Markup:
    named = [one.gas for one in answer.estimates] + [one.gas for one in pictures.taken(answer)]
    gases = ", ".join(dict.fromkeys(named))
    spans = [one.observed_at for one in answer.estimates]
    spans += [one.observed_at for one in answer.scenes]
    observed = ""
    if spans:
        observed = _span(min(s.start for s in spans), max(s.end for s in spans))
    return tag(
        "header",
        tag("p", "Sillage", class_="brand"),
        tag("h1", answer.survey),
        tag("p", join((text for text in (gases, observed) if text), " \u00b7 "), class_="quiet"),
    )


def _foot(answer: Answer) -> Markup:
    made = (
        f"Made by Sillage {answer.version} on {_day(answer.made_at)} at {answer.made_at:%H:%M} UTC"
    )
    if answer.run_time_s is not None:
        made += f" in {answer.run_time_s:.1f} s"
    return tag(
        "footer",
        tag("p", made, " with ", tag("code", answer.command), "."),
        tag("p", "It finds chemicals and sites, never people. Apache-2.0."),
    )


def _span(start: datetime, end: datetime) -> str:
    if start.date() == end.date():
        return f"{_day(start)}, {start:%H:%M} to {end:%H:%M} UTC"
    return f"{_day(start)}, {start:%H:%M} to {_day(end)}, {end:%H:%M} UTC"


def _day(when: datetime) -> str:
    return f"{when.day} {when:%b %Y}"


def _searched_m2(answer: Answer) -> float | None:
    """What the localiser says that it searched, if it does."""
    told = answer.estimates[0].settings.get("searched_m2") if answer.estimates else None
    return None if told is None else float(told)


def _style() -> str:
    return (
        f":root{{color-scheme:light dark;{variables()}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{variables(night=True)}}}}}"
        f"@media print{{:root{{color-scheme:light;{variables()}--paper:#fff}}}}"
        f"{shade_rules()}{_asset('report.css')}"
    )


def _asset(name: str) -> str:
    return files("sillage.console.report").joinpath(name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
