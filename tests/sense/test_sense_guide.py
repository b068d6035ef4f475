"""Do the maps that the guide and the examples print really decode?"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sillage.sense import Elevation, ReadingsMap, TrackMap, WindMap, decode_map

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "how-to" / "bring-your-own-logs.md"
BLOCKS = re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
SURVEYS = sorted((ROOT / "examples").glob("chilbolton*.toml")) + sorted(
    (ROOT / "examples").glob("drone*.toml")
)
KINDS: dict[str, type[msgspec.Struct]] = {
    "readings": ReadingsMap,
    "wind": WindMap,
    "track": TrackMap,
}


def decode(survey: dict[str, Any]) -> int:
    """Decode every complete map in a survey; give their number."""
    maps = [
        decode_map(KINDS[name], table, f"{name}[{index}]")
        for name in KINDS
        for index, table in enumerate(survey.get(name, ()))
    ]
    if "elevation" in survey:
        maps.append(decode_map(Elevation, survey["elevation"], "elevation"))
    return len(maps)


@pytest.mark.parametrize("path", SURVEYS, ids=lambda path: path.stem)
def test_the_maps_of_an_example_decode(path: Path) -> None:
    assert decode(tomllib.loads(path.read_text("utf-8"))) == 2


def test_the_shortest_survey_of_the_guide_decodes() -> None:
    assert decode(tomllib.loads(BLOCKS[0])) == 2


@pytest.mark.parametrize("block", BLOCKS[1:], ids=range(1, len(BLOCKS)))
def test_a_piece_of_the_guide_fits_into_the_shortest_survey(block: str) -> None:
    piece, survey = tomllib.loads(block), tomllib.loads(BLOCKS[0])
    elevation = {"elevation": piece.pop("elevation")} if "elevation" in piece else {}
    track = {"track": piece.pop("track")} if "track" in piece else {}
    inner = piece.pop("readings", {})
    wind = {key: piece.pop(key) for key in ("components", "valid") if key in piece}
    survey["readings"][0] |= inner | piece
    survey["wind"][0] |= wind
    assert decode(survey | elevation | track) == 2 + len(elevation) + len(track)
