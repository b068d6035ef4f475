"""What do the tests of the page share: a small field with a known source, as a user's files."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sillage.ledger import Ledger
from sillage.records.place import LocalFrame
from sillage.watch import verbs
from sillage.watch.picture import Picture

Rows = list[dict[str, str]]

ORIGIN = LocalFrame(lon=-3.9, lat=50.6)
SOURCE_M = (12.0, -8.0)
RATE_KG_H = 2.0
START = datetime(2026, 5, 9, 12, 0, tzinfo=UTC)
MINUTES = 40
RING_M = 45.0

SURVEY = """\
[survey]
name = "Test field"
gas = "methane"
origin = { lon = -3.9, lat = 50.6 }
[survey.area]
west_m = -80.0
east_m = 80.0
south_m = -80.0
north_m = 80.0

[[readings]]
file = "readings.csv"
time = { column = "time" }
sensor = { column = "sensor" }
value = { column = "ppm", unit = "ppm", std_value = 0.02 }
integration_s = 60.0
platform = "fixed"
[readings.position]
frame = "local"
height_above = "ground"
x = "x"
y = "y"
height = "z"

[[wind]]
file = "wind.csv"
time = { column = "time" }
speed = { column = "speed", unit = "m/s" }
direction = { column = "from", unit = "deg", points = "from", turns = "clockwise from north" }
height_m = 3.0
height_above = "ground"

[localise]
particles = 32
harvest = 1
"""


def stamp(second: float) -> str:
    return (START + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")


def readings(turned_deg: float = 0.0) -> Rows:
    """Eight fixed sensors on a ring around the source, a reading a minute."""
    rows: Rows = []
    for minute in range(MINUTES):
        for sensor in range(8):
            x, y = turn(*_ring(sensor), turned_deg)
            rows.append(
                {
                    "time": stamp(60.0 * minute),
                    "sensor": f"s{sensor}",
                    "x": f"{x:.3f}",
                    "y": f"{y:.3f}",
                    "z": "1.5",
                    "ppm": f"{_ppm(minute, sensor):.4f}",
                }
            )
    return rows


def wind(turned_deg: float = 0.0) -> Rows:
    """A mast's log every ten seconds; the wind goes round by 250 degrees."""
    return [
        {
            "time": stamp(10.0 * step),
            "speed": f"{3.0 + 0.4 * math.sin(step):.3f}",
            "from": f"{(_from_deg(step / 6.0) + _gust_deg(step) - turned_deg) % 360:.2f}",
        }
        for step in range(6 * MINUTES)
    ]


def write(
    folder: Path,
    *,
    survey: str = SURVEY,
    read: Iterable[dict[str, str]] | None = None,
    blown: Iterable[dict[str, str]] | None = None,
) -> Path:
    """The three files of a survey; gives the path of its SURVEY.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder / "readings.csv", readings() if read is None else read)
    write_table(folder / "wind.csv", wind() if blown is None else blown)
    path = folder / "SURVEY.toml"
    path.write_text(survey, encoding="utf-8")
    return path


def write_table(path: Path, rows: Iterable[dict[str, str]]) -> None:
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def answer(path: Path, tell: Callable[[str], None] = lambda _: None) -> Picture:
    """Answer a survey into `out` beside it."""
    with verbs.answer_survey(path, path.parent / "out", tell=tell) as answered:
        return answered.seen


def ledger(path: Path) -> Ledger:
    """The ledger that `answer` wrote."""
    return Ledger.open(path.parent / "out" / "ledger.sqlite", read_only=True)


def _from_deg(minute: float) -> float:
    return 170.0 + 250.0 * minute / MINUTES


def _gust_deg(step: int) -> float:
    return 9.0 * math.sin(2.3 * step)


def _ring(sensor: int) -> tuple[float, float]:
    angle = math.radians(45.0 * sensor)
    return RING_M * math.cos(angle), RING_M * math.sin(angle)


def _ppm(minute: int, sensor: int) -> float:
    """A plume by hand, as wide as a seventh of the distance, on a background with a ripple."""
    x, y = _ring(sensor)
    away = math.radians(270.0 - _from_deg(minute + 0.5))
    along = (x - SOURCE_M[0]) * math.cos(away) + (y - SOURCE_M[1]) * math.sin(away)
    across = -(x - SOURCE_M[0]) * math.sin(away) + (y - SOURCE_M[1]) * math.cos(away)
    ripple = 0.02 * math.sin(12.9898 * minute + 78.233 * sensor)
    if along <= 1.0:
        return 2.0 + ripple
    wide, tall = 0.16 * along, 0.08 * along
    kg_m3 = (RATE_KG_H / 3600.0) / (math.pi * wide * tall * 3.0)
    kg_m3 *= math.exp(-0.5 * (across / wide) ** 2 - 0.5 * (1.0 / tall) ** 2)
    return 2.0 + ripple + 1.5e6 * kg_m3


def turn(x: float, y: float, degrees: float) -> tuple[float, float]:
    """Anticlockwise about the origin."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return c * x - s * y, s * x + c * y
