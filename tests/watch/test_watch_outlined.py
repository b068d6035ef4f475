"""Do outlines that somebody drew hold the pixels that lie in them, and no others?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sillage.detect.outlines import rings_px
from sillage.detect.plumes import Plume
from sillage.detect.screen import Screened
from sillage.errors import ReadError
from sillage.records.cube import Geolocation, MemoryCube
from sillage.watch.outlined import drawn_plumes

SIZE = (30, 40)
SEEN = Screened(
    np.abs(np.random.default_rng(0).normal(3.0, 1.0, SIZE)), 5.0, 1.0, {"ammonia": 1.0}, (), ()
)


def cube(*, placed: bool = False) -> MemoryCube:
    line, sample = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    place = Geolocation(7.0 + 1e-4 * sample, 0.5 - 1e-4 * line) if placed else None
    return MemoryCube(np.ones((*SIZE, 3)), np.array([8000.0, 9000.0, 10_000.0]), place=place)


def written(folder: Path, *features: Any, kind: str = "FeatureCollection") -> Path:
    file = folder / "outlines.geojson"
    file.write_text(json.dumps({"type": kind, "features": list(features)}), "utf-8")
    return file


def in_pixels(*rings: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": None, "properties": {"outline_px": list(rings)}}


def polygon(*rings: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "geometry": geometry, "properties": {}}


def square(low: float, high: float) -> list[list[float]]:
    return [[low, low], [low, high], [high, high], [high, low], [low, low]]


def test_a_square_in_pixels_holds_its_pixels_the_highest_first(tmp_path: Path) -> None:
    (plume,) = drawn_plumes(written(tmp_path, in_pixels(square(4.5, 7.5))), cube(), SEEN, 1.0)
    assert set(plume.line.tolist()) == {5, 6, 7}
    assert plume.line.size == 9
    assert plume.sigmas == SEEN.sigmas[5:8, 5:8].max()
    heights = SEEN.sigmas[plume.line, plume.sample]
    assert (np.diff(heights) <= 0.0).all()
    assert plume.false_alarms == SEEN.plumes(1.0).tail.above(plume.sigmas)


@settings(max_examples=20)
@given(
    pixels=st.sets(
        st.tuples(st.integers(0, SIZE[0] - 1), st.integers(0, SIZE[1] - 1)), min_size=1, max_size=12
    )
)
def test_an_outline_that_is_written_reads_back_as_the_same_pixels(
    pixels: set[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    line, sample = np.array(sorted(pixels)).T
    rings = [ring.tolist() for ring in rings_px(Plume(line, sample, 1.0, 1.0))]
    file = written(tmp_path_factory.mktemp("round"), in_pixels(*rings))
    (plume,) = drawn_plumes(file, cube(), SEEN, 1.0)
    found = set(zip(plume.line.tolist(), plume.sample.tolist(), strict=True))
    assert found >= pixels  # what a ring of them encloses is inside, too


def test_a_polygon_on_the_ground_holds_the_pixels_there_and_a_hole_does_not(tmp_path: Path) -> None:
    def ring(low: float, high: float) -> list[list[float]]:
        return [[7.0 + 1e-4 * x, 0.5 - 1e-4 * y] for y, x in square(low, high)]

    (whole,) = drawn_plumes(
        written(tmp_path, polygon(ring(4.5, 9.5))), cube(placed=True), SEEN, 1.0
    )
    (holed,) = drawn_plumes(
        written(tmp_path, polygon(ring(4.5, 9.5), ring(5.5, 8.5))), cube(placed=True), SEEN, 1.0
    )
    assert (whole.line.size, holed.line.size) == (25, 16)


@pytest.mark.parametrize(
    ("features", "says"),
    [
        ((), "holds no features"),
        ((in_pixels(square(100.0, 110.0)),), "feature 1 holds no pixel"),
        (({"type": "Feature", "geometry": None, "properties": {}},), "feature 1 has no polygon"),
        (({"geometry": {"type": "Point", "coordinates": [7.0, 0.5]}},), "has no polygon"),
        (("text",), "has no polygon"),
        ((in_pixels([["a", "b"]]),), "has no polygon"),
        ((polygon(square(0.0, 1.0)),), "the cube has no places"),
    ],
)
def test_what_is_no_outline_is_named(features: tuple[Any, ...], says: str, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=says):
        drawn_plumes(written(tmp_path, *features), cube(), SEEN, 1.0)


def test_a_file_that_is_none_or_no_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be opened"):
        drawn_plumes(tmp_path / "none.geojson", cube(), SEEN, 1.0)
    (tmp_path / "text.geojson").write_text("plume", "utf-8")
    with pytest.raises(ReadError, match="is no JSON"):
        drawn_plumes(tmp_path / "text.geojson", cube(), SEEN, 1.0)
    with pytest.raises(ReadError, match="holds no features"):
        drawn_plumes(written(tmp_path, kind="Topology"), cube(), SEEN, 1.0)
