"""Does a picture from above enter a survey, the ledger and the answer, with or without readings?"""

from __future__ import annotations

import json
import math
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scene_files
import surveys

from sillage.errors import InputError, ReadError
from sillage.records.base import Interval
from sillage.records.detection import Detection
from sillage.records.enhancement import Enhancement
from sillage.records.plume_spectrum import PlumeSpectrum
from sillage.records.scene import Scene
from sillage.sense import WindMap, decode_map, read_wind
from sillage.watch import verbs
from sillage.watch.scenes import breeze_at

WIND = "wind_speed_m_s = 4.0\nwind_from_deg = 270.0\nwind_std_m_s = 1.0\n"


def features(path: Path) -> list[dict[str, Any]]:
    content = json.loads((path.parent / "out" / "detections.geojson").read_text("utf-8"))
    assert content["type"] == "FeatureCollection"
    return list(content["features"])


def test_a_survey_of_a_picture_alone_gives_plumes_and_no_sources(tmp_path: Path) -> None:
    scene_files.write(tmp_path)
    path = scene_files.alone(tmp_path, scene_files.SCENE + WIND)
    seen = surveys.answer(path)
    assert not seen.estimates
    assert not seen.readings
    (scene,), (enhancement,) = seen.scenes, seen.enhancements
    assert enhancement.parents == (scene.id,)
    assert scene.platform == "Twin Otter"
    assert scene.ground_sample_m == pytest.approx(4.0, rel=0.01)
    first, *_ = features(path)
    told = first["properties"]
    assert (told["gas"], told["platform"]) == ("methane", "Twin Otter")
    assert told["probability"] > 0.9
    east, north = surveys.ORIGIN.to_local(told["lon_deg"], told["lat_deg"])
    assert math.hypot(float(east) - 12.0, float(north) + 8.0) < 20.0
    assert told["rate_kg_h"] > 3.0 * told["rate_std_kg_h"] / 2.0 > 0.0
    summary = json.loads((path.parent / "out" / "summary.json").read_text("utf-8"))
    assert summary["detections"][0]["id"] == seen.detections[0].id
    assert summary["estimates"] == []
    assert summary["files"] == [{"name": "scene.bil", "sha256": scene.source.sha256}]
    sources = json.loads((path.parent / "out" / "sources.geojson").read_text("utf-8"))
    assert sources["features"] == []


def test_a_plume_leads_back_to_the_bytes_of_the_cube(tmp_path: Path) -> None:
    scene_files.write(tmp_path)
    path = scene_files.alone(tmp_path)
    seen = surveys.answer(path)
    assert verbs.check(path.parent / "out" / "ledger.sqlite").whole
    strongest = max(seen.detections, key=lambda one: one.strength)
    with surveys.ledger(path) as ledger:
        assert len(ledger) == len(seen.everything())
        back = list(ledger.walk(strongest.id))
    assert strongest.rate is None
    assert any("no wind is known" in said for said in strongest.assumptions)
    kinds = [type(record) for record in back]
    assert [kinds.count(k) for k in (Detection, PlumeSpectrum, Enhancement, Scene)] == [1] * 4
    (spectrum,) = (one for one in seen.spectra if one.id in strongest.parents)
    assert spectrum.gases == ("methane",)
    assert spectrum.explained > 0.5
    dip = spectrum.bands["fitted"][np.argmin(np.abs(spectrum.bands["wavelength_nm"] - 2370.0))]
    assert dip < spectrum.bands["fitted"][0]


def test_the_report_shows_the_plume_its_spectrum_and_the_way_to_the_file(tmp_path: Path) -> None:
    from sillage.console.commands.survey import draw

    scene_files.write(tmp_path)
    path = scene_files.alone(tmp_path, scene_files.SCENE + WIND)
    with verbs.answer_survey(path, tmp_path / "out", tell=lambda _: None) as answered:
        draw(answered)
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    for words in (
        "One plume of methane in one picture from above.",
        "Seen from above: methane",
        "fit of methane",
        "Rates are by a wind of 4.0",
        "sha256sum scene.bil",
    ):
        assert words in page


def test_nothing_half_done_stays_beside_the_answer(tmp_path: Path) -> None:
    scene_files.write(tmp_path)
    path = scene_files.alone(tmp_path)
    surveys.answer(path)
    names = {one.name for one in (tmp_path / "out").iterdir()}
    assert names == {
        ".sillage",
        "detections.geojson",
        "ledger.sqlite",
        "sources.geojson",
        "summary.json",
    }
    assert {one.name for one in tmp_path.iterdir()} == {
        "SURVEY.toml",
        "out",
        "scene.bil",
        "scene.hdr",
    }


def test_a_picture_without_gas_claims_no_more_than_the_asked_false_plumes(tmp_path: Path) -> None:
    scene_files.write(tmp_path, core_ppm_m=0.0)
    seen = surveys.answer(scene_files.alone(tmp_path, scene_files.SCENE + "false_plumes = 0.1\n"))
    assert len(seen.detections) <= 2
    assert all(one.probability < 0.9 for one in seen.detections)


def test_a_picture_beside_readings_is_a_reading_of_the_source(tmp_path: Path) -> None:
    scene_files.write(tmp_path)
    path = surveys.write(tmp_path, survey=surveys.SURVEY + scene_files.SCENE)
    seen = surveys.answer(path)
    plume = max(seen.detections, key=lambda one: one.strength)
    assert plume.rate is not None
    (estimate,) = seen.estimates
    assert plume.id in estimate.parents
    assert int(estimate.settings["imaged_plumes_used"]) >= 1
    assert plume.settings["wind_m_s"] == pytest.approx(3.0, abs=0.4)


def breeze_log(tmp_path: Path) -> tuple[Any, Interval]:
    surveys.write(tmp_path)
    mapping = decode_map(
        WindMap,
        {
            "file": "wind.csv",
            "time": {"column": "time"},
            "speed": {"column": "speed", "unit": "m/s"},
            "direction": {
                "column": "from",
                "unit": "deg",
                "points": "from",
                "turns": "clockwise from north",
            },
            "height_m": 3.0,
            "height_above": "ground",
        },
        "wind",
    )
    noon = surveys.START + timedelta(minutes=30)
    return read_wind(mapping, tmp_path), Interval(start=noon, end=noon)


def test_the_wind_of_a_picture_is_that_of_the_ten_minutes_before_it(tmp_path: Path) -> None:
    log, at = breeze_log(tmp_path)
    breeze = breeze_at(log, at)
    assert breeze is not None
    assert breeze.speed_m_s == pytest.approx(3.0, abs=0.4)
    # from 295 to 357 degrees in those minutes, so towards 146
    assert breeze.towards_deg == pytest.approx(146.0, abs=12.0)
    assert breeze.speed_std_m_s > 0.3 * breeze.speed_m_s
    late = at.end + timedelta(hours=3)
    assert breeze_at(log, Interval(start=late, end=late)) is None
    assert breeze_at(None, at) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no [[readings]] and no [[scenes]]"),
        ('\n[[scenes]]\nfile = "no.hdr"\n', "no.hdr"),
        (scene_files.SCENE + 'gas = "unobtainium"\n', "unobtainium"),
        (scene_files.SCENE + "wind_speed_m_s = 4.0\n", "a speed and a direction"),
        (scene_files.SCENE + "false_plums = 1\n", "false_plums"),
        (scene_files.SCENE + "retrieve = { scale_px = -1.0 }\n", "scale_px"),
        (scene_files.SCENE + 'read = { wavelengths = "none.csv" }\n', "none.csv"),
        (scene_files.SCENE.replace("observed_at", "# "), "observed_at"),
        (scene_files.SCENE.replace("sensor_height_m", "# "), "sensor_height_m"),
        (scene_files.SCENE + "\n[context]\nheights_m = [0.0, 2.0]\n", "[context]"),
        (scene_files.SCENE + "\n[stream]\n", "[stream]"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_left(tmp_path: Path, text: str, words: str) -> None:
    scene_files.write(tmp_path)
    path = scene_files.alone(tmp_path, text)
    with pytest.raises(InputError, match=re.escape(words)):
        surveys.answer(path)
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))


def test_a_cube_without_places_is_no_scene_and_says_what_it_lacks(tmp_path: Path) -> None:
    scene_files.write(tmp_path, placed=False)
    with pytest.raises(ReadError, match="where its pixels lie"):
        surveys.answer(scene_files.alone(tmp_path))
