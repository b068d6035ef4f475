"""Is the localiser that a survey names the one that is asked?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sillage import registry
from sillage.errors import UnknownName
from sillage.localise.estimate import Localiser, locate
from sillage.watch import verbs

TEMPERED: Localiser = locate  # fails the type check if the two signatures part


def test_the_localiser_that_is_named_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    find = registry.find

    def watched(group: str, name: str) -> Any:
        found = find(group, "tempered" if name == "mine" else name)
        if group != "localisers":
            return found

        def localiser(readings: Any, wind: Any, **rest: Any) -> Any:
            asked.append(name)
            return found(readings, wind, **rest)

        return localiser

    monkeypatch.setattr(registry, "find", watched)
    survey = verbs.play("farmyard", tmp_path / "world", duration_s=600.0)
    text = survey.read_text(encoding="utf-8")
    text = text.replace("[survey]\n", '[survey]\nlocaliser = "mine"\n', 1)
    survey.write_text(text + "\n[localise]\nparticles = 32\nharvest = 1\n", encoding="utf-8")
    with verbs.answer_survey(survey, tmp_path / "out", tell=lambda _: None) as answered:
        assert answered.seen.estimates
    assert asked == ["mine"]


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
