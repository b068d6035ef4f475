"""Does a sensor that moves read the stretch that it flew, and one that hovers a point?"""

from __future__ import annotations

import localise_scenes as scenes
import numpy as np
import pytest
from localise_scenes import BOUNDS, FRAME, SMALL

from sillage.localise.problem import Problem, pose


def moving(seconds: int = 200, east_m_s: float = 5.0) -> Problem:
    """One sensor that flies east, a reading every two seconds."""
    number = np.arange(seconds // 2)
    places = np.stack(
        [east_m_s * 2.0 * number - 200.0, np.zeros(number.size), np.full(number.size, 3.0)], axis=1
    )
    batch = scenes.readings(
        np.random.default_rng(0).normal(2.0, 0.01, number.size),
        places,
        columns={
            "time_ns": scenes.START_NS + number * 2_000_000_000,
            "sensor": np.zeros(number.size, dtype=np.int32),
        },
        sensors=("nose",),
        integration_s=2.0,
        platform="moving",
    )
    return pose([batch], scenes.wind(), FRAME, BOUNDS, SMALL)


def test_a_moving_sensor_reads_the_stretch_that_it_flew_while_it_answered() -> None:
    problem = moving()
    paths = problem.observations.paths
    middle = np.stack([paths[:, 0], paths[:, 3]]).mean(axis=0)
    behind = 5.0 * 2.0 * np.arange(middle.size) - 200.0 - middle
    assert behind[2:-2] == pytest.approx(np.full(middle.size - 4, 5.0 * SMALL.response_s), abs=0.01)
    flown = paths[2:-2, 3] - paths[2:-2, 0]
    variance = 2.0**2 / 12.0 + SMALL.response_s**2  # of the block, and of what answers late
    assert flown == pytest.approx(np.full(flown.size, 5.0 * np.sqrt(12.0 * variance)), rel=1e-3)
    assert np.abs(paths[:, 1] - paths[:, 4]).max() < 1e-6
    assert problem.instant
    assert any("time constant of 0.9 s" in text for text in problem.assumptions)


def test_a_moving_sensor_that_hovers_is_a_point() -> None:
    paths = moving(east_m_s=0.0).observations.paths
    assert paths[:, :3] == pytest.approx(paths[:, 3:])
