"""Does a cube of heat enter a survey, with its plumes named in ledger, map and report?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from heat import PLUME_K, scene
from test_detect_identify_command import written

from sillage.console.commands.survey import draw
from sillage.errors import InputError
from sillage.records.detection import Detection
from sillage.records.plume_spectrum import PlumeSpectrum
from sillage.records.scene import Scene
from sillage.watch import verbs

HEAT = f"""\
[survey]
name = "Heat over a yard"
gas = "ammonia"

[[heat]]
file = "heat.hdr"
air_K = {PLUME_K}
air_std_K = 1.0
platform = "drone"
instrument = "imager of heat"
sensor_height_m = 300.0
observed_at = 2026-05-09T12:30:00Z
"""


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A survey of ammonia over a yard, answered and drawn; its folder."""
    folder = tmp_path_factory.mktemp("yard")
    written(folder, scene({"ammonia": 200.0}, seed=1).cube.radiance, name="heat", placed=True)
    path = folder / "SURVEY.toml"
    path.write_text(HEAT, encoding="utf-8")
    with verbs.answer_survey(path, folder / "out", tell=lambda _: None) as answered:
        draw(answered)
    return folder


def test_the_plume_is_named_on_the_map(yard: Path) -> None:
    content = json.loads((yard / "out" / "detections.geojson").read_text("utf-8"))
    told = content["features"][0]["properties"]
    assert told["gas"] == "ammonia"
    assert told["probability"] > 0.8
    assert told["rate_kg_h"] is None
    assert sum(one["probability"] for one in told["candidates"]) == pytest.approx(1.0)


def test_the_claim_leads_back_over_its_spectrum_to_the_picture(yard: Path) -> None:
    from sillage.ledger import Ledger

    ledger_path = yard / "out" / "ledger.sqlite"
    assert verbs.check(ledger_path).whole
    content = json.loads((yard / "out" / "summary.json").read_text("utf-8"))
    with Ledger.open(ledger_path, read_only=True) as ledger:
        back = list(ledger.walk(content["detections"][0]["id"]))
    kinds = [type(record) for record in back]
    assert [kinds.count(k) for k in (Detection, PlumeSpectrum, Scene)] == [1, 1, 1]
    (spectrum,) = (one for one in back if isinstance(one, PlumeSpectrum))
    assert spectrum.gases == ("ammonia",)
    assert spectrum.explained > 0.8


def test_the_report_names_the_gas_and_draws_its_fit(yard: Path) -> None:
    page = (yard / "out" / "report.html").read_text("utf-8")
    for words in (
        "plume of ammonia in one picture from above",
        "fit of ammonia",
        "Seen from above: heat",
    ):
        assert words in page.replace("plumes of", "plume of")
    assert "ppm" in page


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (f"air_K = {PLUME_K}", "air_K = 22.0", "air_K"),
        ("air_std_K = 1.0", 'gases = ["ammonai"]', "ammonai"),
        ('file = "heat.hdr"', 'file = "none.hdr"', "none.hdr"),
        ("air_std_K = 1.0", "air_sdt_K = 1.0", "air_sdt_K"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, yard: Path, old: str, new: str, words: str) -> None:
    for file in yard.glob("heat.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "SURVEY.toml"
    path.write_text(HEAT.replace(old, new), encoding="utf-8")
    with (
        pytest.raises(InputError, match=words),
        verbs.answer_survey(path, tmp_path / "out", tell=lambda _: None),
    ):
        pass
    assert not (tmp_path / "out").exists()


def test_pictures_alone_locate_no_source_and_that_is_said(
    yard: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sillage.console.main import main

    monkeypatch.setattr("sys.argv", ["sillage", "localise", str(yard / "SURVEY.toml")])
    with pytest.raises(SystemExit) as ending:
        main()
    assert ending.value.code == 1
    assert "no [[readings]]" in capsys.readouterr().err


def test_ground_without_gas_is_drawn_and_nothing_sure_is_claimed(tmp_path: Path) -> None:
    written(tmp_path, scene({}, seed=3).cube.radiance, name="heat", placed=True)
    path = tmp_path / "SURVEY.toml"
    path.write_text(HEAT, encoding="utf-8")
    with verbs.answer_survey(path, tmp_path / "out", tell=lambda _: None) as answered:
        draw(answered)
        chances = [one.probability for one in answered.seen.detections]
    assert np.sum(np.array(chances) > 0.8) <= 1
    assert (tmp_path / "out" / "report.html").exists()
