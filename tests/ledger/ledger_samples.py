"""Small records of a survey to fill ledgers with, and ways to tamper with a file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from sillage.ledger import Ledger
from sillage.records.arrays import Arrays
from sillage.records.base import Interval, Record
from sillage.records.provenance import SourceFile
from sillage.records.review import Review
from sillage.records.risk_map import RiskMap
from sillage.records.track import Track

NOON = datetime(2026, 5, 9, 12, tzinfo=UTC)


def at(second: int) -> Interval:
    moment = NOON + timedelta(seconds=second)
    return Interval(start=moment, end=moment)


def track(second: int = 0) -> Track:
    units = {"time_ns": "ns", "lon_deg": "deg", "lat_deg": "deg", "height_m": "m"}
    samples = Arrays(
        {
            name: np.full(3, second, np.int64 if unit == "ns" else float)
            for name, unit in units.items()
        },
        dims="sample",
        units=units,
    )
    file = SourceFile(name="flight.gpx", sha256="ab" * 32, size_bytes=1)
    return Track(
        observed_at=at(second),
        made_at=NOON,
        platform="drone-1",
        samples=samples,
        height_above="ground",
        source=file,
    )


def risk_map(second: int = 0, *parents: Record) -> RiskMap:
    """A record whose arrays the ledger keeps."""
    surface = Arrays(
        {
            "probability": [[0.25, second]],
            "std": [[0.1, 0.1]],
            "cell": [1, 2],
            "starts_ns": [0],
            "ends_ns": [1],
        },
        dims={
            "probability": ("period", "cell"),
            "std": ("period", "cell"),
            "cell": ("cell",),
            "starts_ns": ("period",),
            "ends_ns": ("period",),
        },
        units={"probability": "1", "std": "1", "cell": "1", "starts_ns": "ns", "ends_ns": "ns"},
    )
    return RiskMap(
        observed_at=at(second),
        made_at=NOON,
        parents=tuple(parent.id for parent in parents),
        gases=("methane",),
        horizon=at(second + 60),
        resolution=9,
        surface=surface,
        method="counting",
        settings={"rate": 1.0},
    )


def review(second: int, *parents: Record, because: str = "seen twice") -> Review:
    return Review(
        observed_at=at(second),
        made_at=NOON,
        parents=tuple(parent.id for parent in parents),
        of=parents[0].id if parents else "ab" * 32,
        reviewer="r-17",
        verdict="confirmed",
        because=because,
        confidence=0.9,
        blind=True,
        evidence=(),
    )


def survey() -> list[Record]:
    """Seven records, each made from some before it."""
    first, second = track(0), track(1)
    risk = risk_map(2, first, second)
    reviews = [review(second, risk) for second in range(3, 6)]
    return [first, second, risk, *reviews, review(6, *reviews)]


def written(path: Path, *records: Record) -> Path:
    with Ledger.create(path) as ledger:
        ledger.append(*(records or survey()))
    return path


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def tamper(path: Path, statement: str, *values: Any) -> None:
    """Change the file as an intruder would: past the triggers, which stand again afterwards."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement, values).rowcount
        for _, sql in triggers:
            connection.execute(sql)
