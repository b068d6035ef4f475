"""What is true in a world: what `truth.json` tells, and no survey reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from sillage.simulate.leaks import is_on, on_intervals, whereabouts
from sillage.simulate.world import Source, World


def truth_of(world: World) -> dict[str, Any]:
    """Sources with place, rate and hours of leaking, and what the world was made of."""
    return {
        "world": world.name,
        "family": world.family,
        "gas": world.gas,
        "seed": world.seed,
        "start": world.start.isoformat().replace("+00:00", "Z"),
        "duration_s": world.duration_s,
        "origin": {"lon_deg": world.origin.lon, "lat_deg": world.origin.lat},
        "wind": {"speed_m_s": world.wind.speed_m_s, "from_deg": world.wind.from_deg},
        "sources": [_source(world, source) for source in world.sources],
    }


def _source(world: World, source: Source) -> dict[str, Any]:
    seconds = np.arange(round(world.duration_s / world.step_s)) * world.step_s
    on = is_on(source, seconds)
    place = whereabouts(source, seconds)
    # a moving source is told by where it was on average while it leaked
    east_m, north_m = (place[on] if on.any() else place).mean(axis=0).tolist()
    lon, lat = world.origin.to_lonlat(east_m, north_m)
    return {
        "name": source.name,
        "lon_deg": round(float(lon), 8),
        "lat_deg": round(float(lat), 8),
        "east_m": round(east_m, 3),
        "north_m": round(north_m, 3),
        "height_m": source.height_m,
        "side_m": source.side_m,
        "path_m": [[source.east_m, source.north_m], *map(list, source.path_m)],
        "rate_kg_h": source.rate_kg_h,
        "mean_rate_kg_h": source.rate_kg_h * float(on.mean()),
        "on": [
            {"begin_s": begin, "end_s": end, "rate_kg_h": source.rate_kg_h}
            for begin, end in on_intervals(source, world)
        ],
    }
