"""Where and how strongly does each source leak at a given time?"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from sillage.simulate.world import Source, World

SECONDS_PER_HOUR = 3600.0


def is_on(source: Source, seconds: Float[ndarray, " step"]) -> Bool[ndarray, " step"]:
    """Whether the source leaks at times after the start, s; negative times are before it."""
    if source.intervals_s is not None:
        on = np.zeros(len(seconds), dtype=bool)
        for begin, end in source.intervals_s:
            on |= (seconds >= begin) & (seconds < end)
        return on
    if source.on_s is None or source.off_s is None:
        return np.ones(len(seconds), dtype=bool)
    return np.asarray((seconds - source.first_on_s) % (source.on_s + source.off_s) < source.on_s)


def on_intervals(source: Source, world: World) -> list[tuple[float, float]]:
    """Stretches (begin, end) in which the source leaks, in s after the start."""
    seconds = np.arange(round(world.duration_s / world.step_s)) * world.step_s
    on = np.concatenate([[False], is_on(source, seconds), [False]])
    edges = np.flatnonzero(on[1:] != on[:-1]) * world.step_s
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def whereabouts(source: Source, seconds: Float[ndarray, " step"]) -> Float[ndarray, "step 2"]:
    """East and north of the source's centre, m; before the start it waits at its first place."""
    corners = np.array([(source.east_m, source.north_m), *source.path_m])
    return walk(corners, source.speed_m_s * np.maximum(seconds, 0.0))


def release(
    source: Source, world: World, seconds: Float[ndarray, " step"], rng: np.random.Generator
) -> Float[ndarray, "step 4"]:
    """East, north, height (m) and mass (kg) of the puff that leaves at each step."""
    place = whereabouts(source, seconds)
    place = place + source.side_m * (rng.random((len(seconds), 2)) - 0.5)
    mass = source.rate_kg_h / SECONDS_PER_HOUR * world.step_s * is_on(source, seconds)
    return np.column_stack([place, np.full(len(seconds), source.height_m), mass])


def walk(
    corners: Float[ndarray, "corner axis"], gone_m: Float[ndarray, " step"]
) -> Float[ndarray, "step axis"]:
    """Place on a polyline after going `gone_m` along it, there and back again without end."""
    legs = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    reached = np.concatenate([[0.0], np.cumsum(legs)])
    length = reached[-1]
    if length == 0.0:
        return np.broadcast_to(corners[0], (len(gone_m), corners.shape[1])).copy()
    folded = length - np.abs(length - gone_m % (2.0 * length))
    return np.stack([np.interp(folded, reached, axis) for axis in corners.T], axis=1)
