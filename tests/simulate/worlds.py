"""Which small worlds do the tests of this room play in?"""

from __future__ import annotations

from typing import Any

from sillage.simulate import World, world_from

TABLES: dict[str, Any] = {
    "name": "A small world",
    "gas": "methane",
    "start": "2026-05-09T09:00:00Z",
    "duration_s": 600.0,
    "seed": 5,
    "origin": {"lon": -3.94, "lat": 50.6},
    "area": {"west_m": -40.0, "east_m": 40.0, "south_m": -40.0, "north_m": 40.0},
    "wind": {"speed_m_s": 3.0, "from_deg": 270.0, "direction_drift_deg": 5.0},
    "sources": [{"name": "vent", "east_m": -10.0, "north_m": 0.0, "rate_kg_h": 2.0}],
    "instruments": {"exact": {"noise_ppm": 0.0}, "laser": {"every_s": 3.0}},
    "sensors": [
        {"kind": "point", "name": "p1", "instrument": "exact", "east_m": 30.0, "north_m": 0.0},
        {"kind": "point", "name": "p2", "instrument": "exact", "east_m": 30.0, "north_m": 9.0},
        {
            "kind": "path",
            "name": "b1",
            "instrument": "laser",
            "begin_m": [20.0, -30.0, 1.5],
            "end_m": [20.0, 30.0, 1.5],
        },
        {
            "kind": "lawnmower",
            "name": "d1",
            "instrument": "exact",
            "box": {"west_m": 0.0, "east_m": 50.0, "south_m": -30.0, "north_m": 30.0},
            "spacing_m": 10.0,
            "heights_m": [2.0, 4.0],
            "along": "north",
        },
    ],
}


def small_world(**changes: Any) -> World:
    """Make the small world with some of its tables replaced."""
    return world_from(TABLES | changes)


def leaking(**changes: Any) -> World:
    """Make the small world with its source changed."""
    return small_world(sources=[TABLES["sources"][0] | changes])
