"""Does a survey file say exactly one thing, and is every mistake in it named by table and key?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from surveys import SURVEY

from sillage.errors import InputError
from sillage.localise.ground import Bounds
from sillage.watch.survey import load_survey

READINGS = SURVEY[SURVEY.index("[[readings]]") : SURVEY.index("[[wind]]")]
AREA = SURVEY[SURVEY.index("[survey.area]") : SURVEY.index("[[readings]]")]

WRONG = {
    "no TOML": (('"Test field"', "Test field"), "is no TOML: Invalid value (at line 2"),
    "no survey table": (("[survey]", "[field]"), "table 'field' is unknown; there are survey"),
    "no name": (('name = "Test field"', ""), "survey.name is missing; add it"),
    "no gas": (('gas = "methane"', ""), "survey.gas is missing; add it"),
    "a key nearly right": (("[survey]", "[survey]\naverages = 3"), "did you mean 'average_s'?"),
    "one bracket": (("[[wind]]", "[wind]"), "write [[wind]] with two brackets"),
    "no readings": ((READINGS, ""), "no [[readings]] and no [[scenes]] or [[heat]]"),
    "a block of no length": (("[survey]", "[survey]\naverage_s = 0"), "survey.average_s: expected"),
    "a negative seed": (("[survey]", "[survey]\nseed = -1"), "survey.seed: expected `int` >= 0"),
    "an area without an origin": (
        ("origin = { lon = -3.9, lat = 50.6 }", ""),
        "survey.area is in metres; give survey.origin too",
    ),
    "an area inside out": (("west_m = -80.0", "west_m = 90.0"), "west_m must be below east_m"),
    "half an area": (("north_m = 80.0", ""), "survey.area.north_m is missing"),
    "a country": (("west_m = -80.0", "west_m = -80e3"), "is 80 km wide; one survey covers 20 km"),
    "an origin off the earth": (("lat = 50.6", "lat = 95.0"), "survey.origin.lat: expected"),
    "a table misspelt": (("[localise]", "[localize]"), "table 'localize' is unknown"),
    "a setting misspelt": (("particles", "particle"), "localise.particle: no such key; did you"),
    "no particles": (("particles = 32", "particles = 0"), "localise.particles is 0; give a number"),
    "few particles": (("particles = 32", "particles = 2"), "at least 16 are needed"),
    "rates inside out": (
        ("harvest = 1", "harvest = 1\nrate_low_kg_h = 5e4"),
        "localise.rate_low_kg_h must be below rate_high_kg_h",
    ),
    "a setting of NaN": (
        ("harvest = 1", "harvest = 1\ncalm_m_s = nan"),
        "localise.calm_m_s is nan; give a number of at least zero",
    ),
    "a forest of masts": (
        ("harvest = 1", "harvest = 1\nroughness_m = 5.0"),
        "localise.roughness_m is 5 m, above 1 m",
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_is_named_with_the_table_the_key_and_the_remedy(
    tmp_path: Path, mistake: str
) -> None:
    (old, new), words = WRONG[mistake]
    assert old in SURVEY
    path = tmp_path / "field.toml"
    path.write_text(SURVEY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_survey(path)
    assert words in str(caught.value)
    assert str(caught.value).startswith(("field.toml: ", str(path)))


def test_a_file_that_is_not_there_or_not_text_or_far_too_long_is_named(tmp_path: Path) -> None:
    path = tmp_path / "field.toml"
    with pytest.raises(InputError, match=r"field.toml: cannot be read: No such file"):
        load_survey(path)
    path.write_bytes(b'[survey]\nname = "\xff"')
    with pytest.raises(InputError, match="is not UTF-8 at byte 17; save it as UTF-8"):
        load_survey(path)
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(InputError, match="1000001 bytes are too many"):
        load_survey(path)


def test_a_byte_order_mark_is_no_part_of_a_survey(tmp_path: Path) -> None:
    path = tmp_path / "field.toml"
    path.write_text(SURVEY, encoding="utf-8-sig")
    assert load_survey(path).heading.name == "Test field"


def test_the_search_area_is_the_same_in_metres_and_on_the_map(tmp_path: Path) -> None:
    path = tmp_path / "field.toml"
    path.write_text(SURVEY, encoding="utf-8")
    survey = load_survey(path)
    area, origin = survey.area_on_map(), survey.heading.origin
    assert survey.bounds == Bounds(-80.0, 80.0, -80.0, 80.0)
    assert area is not None
    assert origin is not None
    east, north = origin.to_local(*np.transpose(area.ring))
    assert east.tolist() == pytest.approx([-80.0, 80.0, 80.0, -80.0], abs=1e-6)
    assert north.tolist() == pytest.approx([-80.0, -80.0, 80.0, 80.0], abs=1e-6)


def test_a_survey_without_an_area_leaves_it_open(tmp_path: Path) -> None:
    path = tmp_path / "field.toml"
    path.write_text(SURVEY.replace(AREA, ""), encoding="utf-8")
    assert load_survey(path).bounds is None
    assert load_survey(path).area_on_map() is None
