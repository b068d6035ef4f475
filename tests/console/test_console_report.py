"""The report is one safe, whole, honest page, whatever the answer."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
import stat
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import made_answers as made
import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_two_sources import two_sources_answer

from sillage.console.report import Answer, Step, draw_report, page, walk_back
from sillage.console.report.sources import pieces, reach_90_m
from sillage.console.report.verdict import sentence
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.context import Zone
from sillage.records.place import Area
from sillage.records.quantity import Quantity
from sillage.records.source_estimate import SourceEstimate

VOID = {"meta", "br", "hr", "wbr", "col"}
ANSWERS = {
    "located": made.answer,
    "ambiguous": made.ambiguous_answer,
    "cannot tell": made.drone_answer,
    "located: two": two_sources_answer,
}


class Nesting(HTMLParser):
    """Follows start and end tags, and remembers what was not closed in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(html: str) -> Nesting:
    reader = Nesting()
    reader.feed(html)
    reader.close()
    return reader


@pytest.fixture(scope="module", params=ANSWERS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def answer(kind: str) -> Answer:
    return ANSWERS[kind]()


@pytest.fixture(scope="module")
def html(answer: Answer) -> str:
    return page(answer)


def test_every_element_closes_in_order(html: str) -> None:
    reader = parsed(html)
    assert not reader.wrong
    assert not reader.open


def test_every_drawing_is_xml_with_a_title_and_a_description(html: str) -> None:
    end = "</svg>(?=<(?:figcaption|/div|svg|/figure))"
    drawings = re.findall(f"<svg xmlns=.*?{end}", html, re.DOTALL)
    assert len(drawings) >= 6
    for drawing in drawings:
        root = ET.fromstring(drawing)  # noqa: S314 - our own drawing, no foreign XML
        names = [child.tag.rsplit("}", 1)[-1] for child in root][:2]
        assert names == ["title", "desc"]
        assert root.get("role") == "img"
        assert root.get("aria-label")


def test_nothing_is_loaded_from_anywhere(html: str) -> None:
    without_namespace = html.replace("http://www.w3.org/2000/svg", "")
    assert "http:" not in without_namespace
    assert "https:" not in without_namespace
    assert "url(" not in html
    assert "@import" not in html
    for name, attributes in parsed(html).seen:
        assert name not in {"link", "iframe", "object", "embed", "img", "base", "form"}
        assert not {"src", "href", "srcset", "style"} & attributes.keys()
        assert not any(attribute.startswith("on") for attribute in attributes)


def test_the_policy_allows_only_this_style_and_this_script(html: str) -> None:
    policies = [
        attributes["content"]
        for name, attributes in parsed(html).seen
        if name == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    policy = str(policies[0])
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for element in ("style", "script"):
        content = re.search(f"<{element}>(.*?)</{element}>", html, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy


def test_the_verdict_comes_first_with_its_reason(kind: str, answer: Answer, html: str) -> None:
    text = "".join(parsed(html).text)
    estimate = answer.estimates[0]
    said = sentence(estimate)
    assert said.lower().startswith(kind.partition(":")[0])
    assert text.index(said) < text.index(estimate.reason) < text.index("Where")


def test_only_a_located_source_is_given_coordinates(kind: str, answer: Answer) -> None:
    said = sentence(answer.estimates[0])
    assert ("°" in said) == (kind == "located")
    assert ("kg/h" in said) == kind.startswith("located")


def test_an_ambiguous_answer_lists_every_place_with_its_probability() -> None:
    answer = made.ambiguous_answer()
    places = pieces(answer.estimates[0], 0)
    assert len(places) == 2
    assert 0.8 < sum(place.share for place in places) <= 1.0
    html = page(answer)
    for place in places:
        assert f"{place.place.lat:.4f}"[:-1] in html


def test_nine_draws_of_ten_lie_within_the_stated_distance() -> None:
    estimate = made.answer().estimates[0]
    reach = reach_90_m(estimate, 0)
    place = estimate.sources[0].position
    east, north = estimate.frame.to_local(place.lon, place.lat)
    table = estimate.posterior
    away = np.hypot(table["east_m"][:, 0] - east, table["north_m"][:, 0] - north)
    assert np.mean(away <= reach) == pytest.approx(0.9, abs=0.001)


def test_what_was_left_out_and_supposed_is_told(answer: Answer, html: str) -> None:
    text = "".join(parsed(html).text)
    for _, masked in answer.masked():
        assert masked.reason in text
        assert f"{masked.count:,} of {masked.total:,}" in text
    for supposed in answer.assumptions():
        assert supposed in text


def test_every_prior_and_setting_is_told(answer: Answer, html: str) -> None:
    text = "".join(parsed(html).text)
    for name in answer.estimates[0].settings:
        assert name.replace("_", " ") in text


def test_the_way_back_ends_at_the_files(answer: Answer, html: str) -> None:
    files = {batch.source.sha256 for batch in answer.readings}
    files |= {air.source.sha256 for air in answer.wind}
    files |= {track.source.sha256 for track in answer.tracks}
    assert answer.steps[0].id == answer.estimates[0].id
    assert {step.id for step in answer.steps if step.kind == "file"} == files
    for step in answer.steps:
        assert step.id in html
    assert "sillage verify ledger.sqlite" in html


def test_a_parent_that_was_not_given_is_still_named() -> None:
    estimate = made.answer().estimates[0]
    steps = walk_back(estimate, [])
    assert [step.id for step in steps] == [estimate.id, *estimate.parents]


def test_truth_is_drawn_only_where_it_is_known() -> None:
    answer = made.answer()
    assert "The truth is known here" in page(answer)
    without = dataclasses.replace(answer, truths=())
    assert "truth is known" not in page(without)


def test_a_schedule_is_drawn_where_one_was_estimated() -> None:
    answer = made.answer()
    share = Quantity(mean=0.4, median=0.4, std=0.05, low=0.3, high=0.5, unit="1")
    spell = Interval(start=made.START, end=made.START + timedelta(minutes=20))
    scheduled = with_source(answer.estimates[0], on_fraction=share, schedule=(spell,))
    html = page(dataclasses.replace(answer, estimates=(scheduled,)))
    assert "On for 40" in html
    assert 'class="on"' in html


def test_several_estimates_stand_on_one_page() -> None:
    answer = made.answer()
    both = dataclasses.replace(answer, estimates=answer.estimates * 2, truths=())
    assert "".join(parsed(page(both)).text).count("Located:") == 2


def test_ten_thousand_readings_stay_under_the_limit() -> None:
    names = tuple(f"sensor-{index}" for index in range(8))
    rng = np.random.default_rng(5)
    many = made.readings(rng, names=names, kind="point", count=10_000)
    answer = made.answer(5, made.Case(sensors=names))
    busy = msgspec.structs.replace(
        answer.estimates[0], fit=made.fit_of(rng, len(names), blocks=1500), id=""
    )
    full = dataclasses.replace(answer, estimates=(busy,), readings=(many,))
    assert len(page(full).encode()) < 1_500_000
    drone = made.drone_answer()
    batch, track = made.moving(rng, count=10_000)
    flown = dataclasses.replace(drone, readings=(batch,), tracks=(track,))
    assert len(page(flown).encode()) < 1_500_000


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("flight 3.csv", "'flight 3.csv'"),
        ("$SILLAGE_DATA/a b/c.parquet", "\"$SILLAGE_DATA\"/'a b/c.parquet'"),
        ("$(rm -rf .).csv", "'$(rm -rf .).csv'"),
        ("a, 3 bytes, b.csv", "'a, 3 bytes, b.csv'"),
    ],
)
def test_a_file_is_checked_by_a_command_that_a_shell_takes_as_meant(name: str, typed: str) -> None:
    answer = made.answer()
    step = Step(kind="file", id="5e" * 32, what=f"{name}, 1,234 bytes")
    text = "".join(parsed(page(dataclasses.replace(answer, steps=(step,)))).text)
    assert f"sha256sum {typed}Made by" in text


def with_source(estimate: SourceEstimate, **changed: Any) -> SourceEstimate:
    """The same estimate with a changed first source."""
    first, *others = estimate.sources
    sources = (msgspec.structs.replace(first, **changed), *others)
    return msgspec.structs.replace(estimate, sources=sources, id="")


def blanked(arrays: Arrays, **columns: float) -> Arrays:
    """The same table with whole columns set to one value."""
    values = {name: np.array(arrays[name]) for name in arrays.names}
    for name, value in columns.items():
        values[name] = np.full_like(values[name], value)
    units = {name: arrays.unit(name) for name in arrays.names}
    dims = {variable.name: variable.dims for variable in arrays.variables}
    return Arrays(values, dims=dims, units=units)


@pytest.mark.parametrize("make", ANSWERS.values(), ids=ANSWERS)
def test_a_page_is_drawn_when_almost_nothing_is_known(make: Callable[[], Answer]) -> None:
    nan = float("nan")
    answer = make()
    estimate = msgspec.structs.replace(
        answer.estimates[0],
        fit=blanked(answer.estimates[0].fit, used=0, measured=nan, measured_std=nan),
        posterior=blanked(answer.estimates[0].posterior, rate_kg_h=0.0),
        sources=tuple(
            msgspec.structs.replace(one, regions=()) for one in answer.estimates[0].sources
        ),
        course=blanked(answer.estimates[0].course, on=0.0),
        number_of_sources=(),
        settings={},
        id="",
    )
    air = answer.wind[0]
    calm = msgspec.structs.replace(
        air, samples=blanked(air.samples, east_m_s=nan, north_m_s=nan), id=""
    )
    batch = answer.readings[0]
    unread = msgspec.structs.replace(batch, samples=blanked(batch.samples, value=nan), id="")
    bare = dataclasses.replace(
        answer,
        estimates=(estimate,),
        wind=(calm,),
        readings=(unread,),
        search_area=None,
        steps=(),
        truths=(),
    )
    for one in (bare, dataclasses.replace(bare, wind=(), readings=())):
        reader = parsed(page(one))
        assert not reader.wrong
        assert estimate.reason in "".join(reader.text)
        assert "nan" not in " ".join(str(a.get("d")) for _, a in reader.seen if "d" in a)


def test_ground_that_was_searched_and_ruled_out_is_drawn_and_told() -> None:
    answer = made.answer()
    estimate = answer.estimates[0]
    searched = {**estimate.settings, "searched_m2": 12_345.0}
    lon, lat = estimate.sources[0].position.lon, estimate.sources[0].position.lat
    corner = Area(ring=((lon, lat), (lon + 1e-4, lat), (lon, lat + 1e-4)))
    known = (
        Zone(meaning="search", because="the estate", area=corner),
        Zone(meaning="exclude", because="the pond", area=corner),
    )
    zoned = dataclasses.replace(
        answer,
        estimates=(msgspec.structs.replace(estimate, settings=searched, id=""),),
        zones=known,
        truths=(),
    )
    plain, told = parsed(page(answer)), parsed(page(zoned))
    assert not told.wrong
    assert "ruled out" in "".join(told.text)
    assert "ruled out" not in "".join(plain.text)
    assert "searched." in "".join(told.text)
    assert "searched." not in "".join(plain.text)
    drawn = [kind for kind, marks in told.seen if marks.get("class") == "excluded"]
    assert drawn.count("path") >= 1
    assert "rect" in drawn  # the legend


nasty = st.text(max_size=60) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "'\"><b>",
        "</title><i>",
        "&lt;",
        "a]]>b",
        "\u202egpj.exe",
        "\x00",
    ]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(survey=nasty, command=nasty, what=nasty, name=nasty)
def test_no_name_ever_becomes_markup(survey: str, command: str, what: str, name: str) -> None:
    base = BASE
    step = dataclasses.replace(base.steps[0], what=what)
    batch = msgspec.structs.replace(BASE.readings[0], sensors=(name,) * 6, id="")
    tainted = dataclasses.replace(
        base, survey=survey, command=command, steps=(step,), readings=(batch,)
    )
    html = page(tainted)
    reader = parsed(html)
    assert not reader.wrong
    assert not reader.open
    assert reader.seen.count(("script", {})) == 1
    assert {tag for tag, _ in reader.seen} <= TAGS
    html.encode()


BASE = made.answer()
TAGS = {tag for answer in ANSWERS.values() for tag, _ in parsed(page(answer())).seen}


def test_the_file_appears_whole_and_readable(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")
    draw_report(made.answer(), target)
    assert target.read_text(encoding="utf-8").endswith("</html>\n")
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [target]


def test_the_same_answer_draws_the_same_bytes() -> None:
    assert page(made.answer()) == page(made.answer())
