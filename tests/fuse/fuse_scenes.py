"""Claims, coverages and known emitters for the tests of sites, in metres about one origin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from sillage.fuse.sites import Sites
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.context import Context, Emission, KnownEmitter
from sillage.records.coverage import Coverage
from sillage.records.detection import Candidate, Detection
from sillage.records.place import LocalFrame, Place
from sillage.records.quantity import Quantity

FRAME = LocalFrame(lon=5.0, lat=52.0)
START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def place_of(east_m: float, north_m: float) -> Place:
    lon, lat = FRAME.to_lonlat(east_m, north_m)
    return Place(lon=float(lon), lat=float(lat))


def rate_of(kg_h: float) -> Quantity:
    return Quantity(
        mean=kg_h, median=kg_h, std=0.2 * kg_h, low=0.7 * kg_h, high=1.4 * kg_h, unit="kg/h"
    )


def claim(
    after: timedelta,
    at: tuple[float, float] = (0.0, 0.0),
    *,
    std_m: float = 20.0,
    p: float = 0.9,
    gas: str = "toluene",
    kg_h: float | None = None,
    who: str = "drone-1",
) -> Detection:
    """A detection of one place; those of one time and platform are of one look."""
    return Detection(
        observed_at=Interval(start=START + after, end=START + after + HOUR / 6),
        platform=who, instrument="imager", place=place_of(*at), position_std_m=std_m,
        candidates=(Candidate(substances=(gas,), probability=1.0),), probability=p,
        false_alarms=0.1, looked_at="scene", strength=6.0,
        rate=None if kg_h is None else rate_of(kg_h), method="test", settings={},
    )  # fmt: skip


def look(
    after: timedelta,
    places: Sequence[tuple[float, float]] = ((0.0, 0.0),),
    *,
    chance: float = 0.95,
    gas: str = "toluene",
    who: str = "drone-1",
) -> Coverage:
    """A coverage of cells of some 170 m about places, numbered by their hundreds of metres."""
    cells = np.array([_cell(*at) for at in places], dtype=np.int64)
    values = {
        "probability": np.full((cells.size, 1), chance), "cell": cells,
        "looked_s": np.full(cells.size, 10.0), "rate_kg_h": np.array([1.0]),
    }  # fmt: skip
    dims = {"probability": ("cell", "rate"), "cell": ("cell",), "looked_s": ("cell",)}
    return Coverage(
        observed_at=Interval(start=START + after, end=START + after + HOUR / 6),
        gas=gas, platform=who, instrument="imager", resolution=9,
        surface=Arrays(
            values, dims=dims | {"rate_kg_h": ("rate",)},
            units={"probability": "1", "cell": "1", "looked_s": "s", "rate_kg_h": "kg/h"},
        ),
        method="test", settings={},
    )  # fmt: skip


def _cell(east_m: float, north_m: float) -> int:
    return int(round(east_m / 100.0) + 5000) * 10000 + int(round(north_m / 100.0) + 5000)


def centres(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stands for H3: longitude and latitude of the tests' own cells."""
    return FRAME.to_lonlat(100.0 * (cells // 10000 - 5000), 100.0 * (cells % 10000 - 5000))


def farm(*emissions: Emission, kind: str = "pig farm") -> Context:
    emitter = KnownEmitter(
        facility="Hoeve Zonzicht", kind=kind, place=place_of(10.0, 0.0), emissions=emissions
    )
    return Context(
        observed_at=Interval(start=START, end=START), name="register", emitters=(emitter,)
    )


def watching(*contexts: Context) -> Sites:
    return Sites(FRAME, contexts=contexts, centres=centres)
