"""Are both Chilbolton sources found as the survey files of the examples stand, untuned?

Reference: data of PI D. Weidmann, STFC RAL Space; published positions are 3.0 m and 0.7-1.1 m off
(arXiv 2408.01298). Both surveys share every prior and setting.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from sillage.records.place import LocalFrame, Place
from sillage.watch import verbs
from sillage.watch.survey import load_survey

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.data
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("source", "within_m"), [("S1", 4.0), ("S2", 2.0)])
def test_a_source_at_chilbolton_is_found(
    source: str, within_m: float, sillage_data: Path, tmp_path: Path
) -> None:
    with (sillage_data / "chilbolton2017" / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["source"]: row for row in csv.DictReader(file)}[source]
    survey = EXAMPLES / f"chilbolton_{source.lower()}.toml"
    with verbs.answer_survey(survey, tmp_path / "out", tell=lambda _: None) as answered:
        estimate = answered.seen.estimates[0]
    origin = answered.survey.heading.origin
    assert isinstance(origin, LocalFrame)
    found = estimate.sources[0]
    east, north = origin.to_local(found.position.lon, found.position.lat)
    assert np.hypot(east - float(truth["x_m"]), north - float(truth["y_m"])) < within_m
    rate_kg_h = 3600.0 * float(truth["rate_kg_s"])
    assert rate_kg_h / 1.5 < found.rate.mean < rate_kg_h * 1.5
    region = found.regions[-1]
    assert (region.level, estimate.verdict) == (0.9, "located")
    assert region.equivalent_radius_m <= 12.0
    lon, lat = origin.to_lonlat(float(truth["x_m"]), float(truth["y_m"]))
    place = Place(lon=float(lon), lat=float(lat))
    assert verbs.inside(estimate, place, region.level)


def test_both_surveys_share_every_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SILLAGE_DATA", str(tmp_path))
    one, two = (load_survey(EXAMPLES / f"chilbolton_s{n}.toml") for n in (1, 2))
    assert one.localise == two.localise
    assert one.heading.area == two.heading.area
    assert one.heading.average_s == two.heading.average_s
    assert one.heading.seed == two.heading.seed
