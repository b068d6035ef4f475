"""Does a moving sensor follow its own flight rather than the gas.

A metal-oxide nose in the propellers' wash reads high or low with air speed and attitude. Such a
sensor reads one place differently on opposite courses, which no plume does, so readings are held
against the direction of flight, some seconds late.
"""

from __future__ import annotations

import numpy as np

from sillage.localise.lineup import Floats, Observations

_LATEST_BLOCKS = 5
_FEWEST = 30  # readings in flight below which nothing is said


def course_share(rows: Observations, above_ppm: Floats) -> tuple[float, int]:
    """Share of the variance that the direction of flight explains, at its best delay; and turns.

    Parameters
    ----------
    rows
        The readings; a moving one's path points along its flight.
    above_ppm
        (observation,): readings less background.
    """
    best, turns = 0.0, 0
    for sensor in np.unique(rows.sensor[rows.is_moving]):
        mine = np.flatnonzero(rows.is_moving & (rows.sensor == sensor))
        flown = rows.paths[mine, 3:5] - rows.paths[mine, :2]  # reading east-north
        distance = np.hypot(flown[:, 0], flown[:, 1])
        in_flight = distance > 1.0
        if in_flight.sum() < _FEWEST:
            continue
        course = np.where(in_flight[:, None], flown / np.maximum(distance, 1e-9)[:, None], 0.0)
        for late in range(_LATEST_BLOCKS + 1):
            cause, effect = course[: mine.size - late], above_ppm[mine][late:]
            use = in_flight[: mine.size - late]
            best = max(best, _explained(cause[use], effect[use]))
        heading = np.unwrap(np.arctan2(course[in_flight, 1], course[in_flight, 0]))
        turns += int(np.abs(np.diff(heading)).sum() / (0.5 * np.pi))
    return best, turns


def _explained(cause: Floats, effect: Floats) -> float:
    """R squared of a linear fit with a constant."""
    design = np.column_stack([np.ones(effect.size), cause])
    total = float(((effect - effect.mean()) ** 2).sum())
    if total <= 0.0:
        return 0.0
    fit = design @ np.linalg.lstsq(design, effect, rcond=None)[0]
    return 1.0 - float(((effect - fit) ** 2).sum()) / total
