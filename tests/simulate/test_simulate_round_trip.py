"""Does the reader of users' files find in a world's files what the world wrote?"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from worlds import small_world

import sillage.simulate
from sillage.records.place import LocalFrame
from sillage.sense import (
    ReadingsMap,
    TrackMap,
    WindMap,
    decode_map,
    read_readings,
    read_track,
    read_wind,
)
from sillage.simulate import generate, load_world, write_world

EXAMPLES = sorted((Path(sillage.simulate.__file__).parent / "worlds").glob("*.toml"))


def test_readings_wind_and_track_come_back(tmp_path: Path) -> None:
    world = small_world()
    survey_file = write_world(world, tmp_path / "w")
    survey: dict[str, Any] = tomllib.loads(survey_file.read_text("utf-8"))
    origin = LocalFrame(**survey["survey"]["origin"])
    happening = generate(world, np.random.default_rng(world.seed))

    batches = [
        batch
        for table in survey["readings"]
        for batch in read_readings(
            decode_map(ReadingsMap, table, "SURVEY.toml"), tmp_path / "w", origin, gas="methane"
        )
    ]
    assert [batch.kind for batch in batches] == ["point", "path", "point"]
    assert [batch.platform for batch in batches] == ["fixed", "fixed", "moving"]
    written = np.concatenate([answer.value_ppm for answer in happening.answers])
    read = np.concatenate([batch.samples["value"] for batch in batches])
    np.testing.assert_allclose(np.sort(read), np.sort(written), atol=0.01)
    assert all(not batch.masked for batch in batches)
    east, north = origin.to_local(batches[2].samples["lon_deg"], batches[2].samples["lat_deg"])
    np.testing.assert_allclose(east, happening.places[3][:, 0], atol=0.02)
    np.testing.assert_allclose(north, happening.places[3][:, 1], atol=0.02)

    wind = read_wind(decode_map(WindMap, survey["wind"][0], "SURVEY.toml"), tmp_path / "w")
    speed, from_deg = happening.wind
    np.testing.assert_allclose(
        wind.samples["east_m_s"], -speed * np.sin(np.radians(from_deg)), atol=1e-6
    )
    track = read_track(decode_map(TrackMap, survey["track"][0], "SURVEY.toml"), tmp_path / "w")
    assert track.platform == "d1"
    np.testing.assert_allclose(track.samples["height_m"], happening.places[3][:, 2], atol=0.01)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_no_row_of_an_example_is_masked(path: Path, tmp_path: Path) -> None:
    world = load_world(path)
    survey_file = write_world(world, tmp_path / "w")
    survey: dict[str, Any] = tomllib.loads(survey_file.read_text("utf-8"))
    for table in survey["readings"]:
        mapping = decode_map(ReadingsMap, table, "SURVEY.toml")
        for batch in read_readings(mapping, tmp_path / "w", world.origin, gas=world.gas):
            assert not batch.masked
            assert np.isfinite(batch.samples["value"]).all()
