"""Is the localiser that a survey names the one that is asked?"""

from __future__ import annotations

from pathlib import Path

import pytest

from sillage.errors import UnknownName
from sillage.watch import verbs


def test_an_unknown_localiser_stops_before_any_file_is_read(tmp_path: Path) -> None:
    survey = tmp_path / "SURVEY.toml"
    survey.write_text(
        """
[survey]
name = "x"
gas = "methane"
localiser = "temperd"

[[readings]]
file = "missing.csv"
time = { column = "t", zone = "UTC" }
value = { column = "v", unit = "ppm" }
position = { frame = "lonlat", height_above = "ground", x = "lon", y = "lat", height = "h" }

[[wind]]
file = "missing.csv"
time = { column = "t", zone = "UTC" }
components = { east = "u", north = "v", unit = "m/s", points = "towards" }
height_m = 3.0
height_above = "ground"
""",
        encoding="utf-8",
    )
    with (
        pytest.raises(UnknownName, match="Did you mean 'tempered'"),
        verbs.answer_survey(survey, tmp_path / "out", tell=lambda _: None),
    ):
        pass
    assert not (tmp_path / "out").exists()
