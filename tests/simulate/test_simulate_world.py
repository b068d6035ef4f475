"""Does a WORLD.toml that is wrong say what, where and what to do?"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from worlds import TABLES, small_world

import sillage.simulate
from sillage.errors import SettingError
from sillage.simulate import load_world, world_from

EXAMPLES = sorted((Path(sillage.simulate.__file__).parent / "worlds").glob("*.toml"))
SOURCE, POINT = TABLES["sources"][0], TABLES["sensors"][0]
CYCLE = {"on_s": 10.0, "off_s": 10.0}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sauces": []}, ["sauces", "no such key", "'sources'"]),
        ({"sources": [SOURCE | {"rate": 1.0}]}, ["sources[0].rate", "'rate_kg_h'"]),
        ({"sources": [SOURCE | {"rate_kg_h": -1.0}]}, ["sources[0].rate_kg_h", ">= 0"]),
        ({"sources": [SOURCE, SOURCE]}, ["sources", "'vent'", "twice"]),
        ({"sources": [SOURCE | {"on_s": 5.0}]}, ["'vent'", "off_s"]),
        ({"sources": [SOURCE | CYCLE | {"intervals_s": [[0, 9]]}]}, ["'vent'", "not both"]),
        ({"sources": [SOURCE | {"intervals_s": [[9, 0]]}]}, ["'vent'.intervals_s", "swap"]),
        ({"start": "2026-05-09T09:00:00"}, ["start", "timezone"]),
        ({"duration_s": "long"}, ["duration_s", "float"]),
        ({"duration_s": 10.5}, ["duration_s", "step_s"]),
        ({"origin": {"lon": 500.0, "lat": 0.0}}, ["origin.lon", "180"]),
        ({"wind": {"speed_m_s": float("nan")}}, ["speed_m_s"]),
        ({"sensors": []}, ["sensors"]),
        ({"sensors": [POINT | {"instrument": "nose"}]}, ["'p1'.instrument", "exact, laser"]),
        ({"sensors": [POINT | {"name": "path"}]}, ["'path'", "kind"]),
        ({"sensors": [POINT | {"name": "../up"}]}, ["sensors[0].name", "letters"]),
        ({"sensors": [POINT | {"kind": "camera"}]}, ["sensors[0].kind", "camera"]),
        ({"instruments": {"exact": {"every_s": 1.5}}}, ["exact.every_s", "multiple"]),
        ({"instruments": {"exact": {"every_s": 6000.0}}}, ["exact.every_s", "shorten"]),
        ({"area": TABLES["area"] | {"west_m": 90.0}}, ["area", "west_m < east_m"]),
        ({"family": "perfect"}, ["family", "perfect"]),
    ],
)
def test_a_wrong_key_is_named_with_a_remedy(changes: dict[str, Any], words: list[str]) -> None:
    only = {"sensors": [POINT]} if "instruments" in changes else {}
    with pytest.raises(SettingError) as refused:
        small_world(**(only | changes))
    for word in words:
        assert word in str(refused.value)


@pytest.mark.parametrize("key", ["gas", "start", "origin", "area", "sources", "sensors"])
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(SettingError, match=key):
        world_from({name: table for name, table in TABLES.items() if name != key})


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe", b""])
def test_a_file_that_is_no_world_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "world.toml"
    path.write_bytes(content)
    with pytest.raises(SettingError, match=r"world\.toml: "):
        load_world(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"nowhere\.toml: there is no such file"):
        load_world(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_source_of_each_example_lies_in_its_area(path: Path) -> None:
    world = load_world(path)
    for source in world.sources:
        assert world.area.west_m < source.east_m < world.area.east_m
        assert world.area.south_m < source.north_m < world.area.north_m


def test_the_world_that_the_documentation_shows_is_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explain" / "worlds.md").read_text("utf-8")
    shown = page.split("```toml\n")[1].split("```")[0]
    assert world_from(tomllib.loads(shown)).sources[0].rate_kg_h == 2.6


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 4
