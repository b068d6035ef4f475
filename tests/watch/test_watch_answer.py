"""Can any map and any machine read the answer, and does it say the same everywhere?"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import surveys

from sillage.ledger import Head
from sillage.records.source_estimate import SourceEstimate
from sillage.watch import answer, verbs


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SourceEstimate]:
    path = surveys.write(tmp_path_factory.mktemp("answer") / "field")
    return path.parent / "out", surveys.answer(path).estimates[0]


def test_geojson_is_as_rfc_7946_wants_it(answered: tuple[Path, SourceEstimate]) -> None:
    folder, estimate = answered
    collection = json.loads((folder / answer.SOURCES).read_text(encoding="utf-8"))
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection
    point, *regions = collection["features"]
    assert point["geometry"]["type"] == "Point"
    lon, lat, height = point["geometry"]["coordinates"]
    (found,) = estimate.sources
    assert (lon, lat) == pytest.approx((found.position.lon, found.position.lat), abs=1e-7)
    assert height == found.position.height_m
    assert {f["properties"]["source"] for f in collection["features"]} == {1}
    assert point["properties"]["probability"] == found.probability
    assert [region["properties"]["level"] for region in regions] == [0.5, 0.9]
    for region in regions:
        assert region["geometry"]["type"] == "MultiPolygon"
        for (ring,) in region["geometry"]["coordinates"]:
            assert ring[0] == ring[-1]
            assert len(ring) >= 4
            assert _twice_area(ring) > 0.0  # anticlockwise
            assert all(abs(x - lon) < 0.01 and abs(y - lat) < 0.01 for x, y in ring)


def test_an_answer_that_cannot_tell_shows_no_point(tmp_path: Path) -> None:
    flat = [row | {"ppm": f"{2 + 0.001 * (n % 7)}"} for n, row in enumerate(surveys.readings())]
    path = surveys.write(tmp_path / "field", read=flat)
    estimate = surveys.answer(path).estimates[0]
    features = json.loads((path.parent / "out" / answer.SOURCES).read_text())["features"]
    assert estimate.verdict == "cannot tell"
    assert {f["geometry"]["type"] for f in features} == {"MultiPolygon"}


def test_the_summary_holds_what_a_machine_acts_on(answered: tuple[Path, SourceEstimate]) -> None:
    folder, estimate = answered
    told = json.loads((folder / answer.SUMMARY).read_text(encoding="utf-8"))
    (one,) = told["estimates"]
    assert one["id"] == estimate.id
    assert one["verdict"] == estimate.verdict
    (source,) = one["sources"]
    assert source["position"]["lon"] == estimate.sources[0].position.lon
    assert source["rate"]["unit"] == "kg/h"
    assert [region["level"] for region in source["regions"]] == [0.5, 0.9]
    assert [file["name"] for file in told["files"]] == ["readings.csv", "wind.csv"]
    assert told["samples_read"] == 8 * surveys.MINUTES
    head = Head.parse(told["ledger_head"])
    assert verbs.check(folder / answer.LEDGER, str(head)).whole


def test_a_summary_has_no_draws_and_no_paths_of_this_machine(
    answered: tuple[Path, SourceEstimate],
) -> None:
    folder, _ = answered
    text = (folder / answer.SUMMARY).read_text(encoding="utf-8")
    assert "posterior" not in json.loads(text)["estimates"][0]
    assert str(folder.parent) not in text


def _twice_area(ring: list[Any]) -> float:
    return float(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)))
