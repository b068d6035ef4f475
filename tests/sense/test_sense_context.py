"""What the user knows of the ground arrives whole, or is refused with the place and the remedy."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sillage.errors import InputError, ReadError, SettingError
from sillage.records.base import Interval
from sillage.records.context import Context
from sillage.records.place import LocalFrame
from sillage.sense import ContextMap, decode_map, read_context

ORIGIN = LocalFrame(lon=-3.9, lat=50.6)
NOON = datetime(2026, 5, 9, 12, tzinfo=UTC)
DURING = Interval(start=NOON, end=NOON)
RING = [[-3.9, 50.6], [-3.899, 50.6], [-3.899, 50.601], [-3.9, 50.6]]


def read(table: dict[str, Any], base: Path, origin: LocalFrame | None = ORIGIN) -> Context:
    return read_context(decode_map(ContextMap, table, "s.toml: context"), base, origin, DURING)


def geojson(path: Path, *features: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def feature(kind: str = "Polygon", coordinates: Any = None, **properties: Any) -> dict[str, Any]:
    named = {"meaning": "exclude", "because": "a lake"} | properties
    drawn = [RING] if coordinates is None else coordinates
    return {"geometry": {"type": kind, "coordinates": drawn}, "properties": named}


def test_zones_come_from_the_table_and_from_a_geojson(tmp_path: Path) -> None:
    geojson(tmp_path / "z.geojson", feature(), feature("MultiPolygon", [[RING], [RING]]))
    corners_m = [[0.0, 0.0], [100.0, 0.0], [100.0, 50.0]]
    known = read(
        {
            "file": "z.geojson",
            "zone": [{"meaning": "search", "because": "the estate", "corners_m": corners_m}],
            "heights_m": [0.0, 12.0],
        },
        tmp_path,
    )
    assert [zone.meaning for zone in known.zones] == ["search", "exclude", "exclude", "exclude"]
    east, north = ORIGIN.to_local(*np.array(known.zones[0].area.ring).T)
    assert np.column_stack([east, north]) == pytest.approx(np.array(corners_m), abs=1e-6)
    assert len(known.zones[1].area.ring) == 3  # the closing corner is left out
    assert known.heights_m == (0.0, 12.0)
    assert known.source is not None
    assert known.source.name == "z.geojson"
    assert known.assumptions == (
        "the source lies in a search zone: the estate",
        "the source is in no excluded zone: a lake",
        "the source is 0 to 12 m above ground",
    )


SQUARE = [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0]]
FAR = [[0.0, 0.0], [1e9, 0.0], [9.0, 9.0]]
NAN = [[math.nan, 0.0], [9.0, 0.0], [9.0, 9.0]]
NOWHERE = [[[0, 99], [1, 99], [1, 98]]]
NAMES = ("geometry", "properties", "type", "coordinates", "meaning", "because")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "context says nothing"),
        ({"heights_m": [5.0, 5.0]}, "the lowest below the highest"),
        ({"heights_m": [0.0, math.inf]}, "the lowest below the highest"),
        ({"zone": [{"meaning": "search", "because": "x", "corners": NAN}]}, "longitude"),
        ({"zone": [{"meaning": "search", "because": "x", "corners_m": NAN}]}, "over 100 km"),
        ({"zone": [{"meaning": "search", "because": "x"}]}, r"zone\[0\]: give its corners"),
        (
            {"zone": [{"meaning": "search", "because": "x", "corners_m": SQUARE, "corners": RING}]},
            r"zone\[0\]: give its corners",
        ),
        (
            {"zone": [{"meaning": "search", "because": "x", "corners": RING[:2]}]},
            "three corners or more",
        ),
        (
            {"zone": [{"meaning": "search", "because": "x", "corners_m": FAR}]},
            "over 100 km",
        ),
    ],
)
def test_a_table_that_cannot_be_is_refused(table: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=said):
        read(table, tmp_path)


def test_corners_in_metres_need_an_origin(tmp_path: Path) -> None:
    table = {"zone": [{"meaning": "search", "because": "x", "corners_m": SQUARE}]}
    with pytest.raises(SettingError, match=r"give survey\.origin too"):
        read(table, tmp_path, None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no FeatureCollection"),
        ('{"features": []}', "no FeatureCollection"),
        (json.dumps({"features": [{"geometry": None}]}), "feature 0: needs a geometry"),
        (json.dumps({"features": [feature(), feature(meaning="no")]}), "feature 1: 'meaning'"),
        (json.dumps({"features": [feature("Point", [0, 0])]}), "'Point' is no polygon"),
        (json.dumps({"features": [feature(coordinates=[RING, RING])]}), "has holes"),
        (
            json.dumps({"features": [feature(coordinates=NOWHERE)]}),
            "longitude",
        ),
        (json.dumps({"features": [feature(coordinates=[[1, 2, 3]])]}), "pairs of numbers"),
    ],
)
def test_a_geojson_that_is_none_is_refused(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "z.geojson").write_text(content, "utf-8")
    with pytest.raises(ReadError, match=f"z.geojson: .*{said}"):
        read({"file": "z.geojson"}, tmp_path)


leaves = st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers()
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@settings(max_examples=150)
@given(st.lists(trees, max_size=4), trees)
def test_no_geojson_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, features: list[Any], coordinates: Any
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    geojson(folder / "z.geojson", feature(coordinates=coordinates), *features)
    try:
        known = read({"file": "z.geojson"}, folder)
    except InputError:
        return
    assert known.zones


def test_an_emitter_comes_with_its_place_and_its_rate(tmp_path: Path) -> None:
    known = read(
        {
            "emitter": [
                {
                    "facility": "Farm",
                    "gas": "methane",
                    "position_m": [30.0, -20.0],
                    "height_m": 2.0,
                    "rate_kg_h": [0.5, 2.0],
                },
                {"facility": "Plant", "gas": "methane", "position": [-3.9, 50.601]},
            ]
        },
        tmp_path,
    )
    farm, plant = known.emitters
    assert ORIGIN.to_local(farm.place.lon, farm.place.lat) == pytest.approx((30.0, -20.0), abs=1e-3)
    assert (farm.facility, farm.place.height_m) == ("Farm", 2.0)
    (emission,) = farm.emissions
    assert emission.rate is not None
    assert (emission.rate.low, emission.rate.high) == (0.5, 2.0)
    assert emission.rate.median == pytest.approx(1.0)
    assert emission.rate.mean > emission.rate.median
    assert plant.emissions[0].rate is None
    assert any("Farm emits methane" in text for text in known.assumptions)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"position": None}, "position in degrees or position_m"),
        ({"position_m": [0.0, 0.0]}, "position in degrees or position_m"),
        ({"position": None, "position_m": [1e9, 0.0]}, "km from the origin"),
        ({"rate_kg_h": [2.0, 0.5]}, "lower one first"),
        ({"position": [200.0, 50.0]}, r"emitter\[0\]"),
    ],
)
def test_an_emitter_that_cannot_be_is_refused(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    table = {"facility": "Farm", "gas": "methane", "position": [-3.9, 50.6]} | changes
    table = {key: value for key, value in table.items() if value is not None}
    with pytest.raises(SettingError, match=said):
        read({"emitter": [table]}, tmp_path)
