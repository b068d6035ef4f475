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
    flown = paths[:, 3] - paths[:, 0]
    reach_s = 2.0 + SMALL.response_s
    assert flown[3:] == pytest.approx(np.full(flown.size - 3, 5.0 * reach_s), rel=1e-6)
    assert flown[0] == 0.0  # nothing is known of where it came from
    assert np.abs(paths[:, 1] - paths[:, 4]).max() < 1e-6
    assert problem.instant
    assert any("answer within 2 s" in text for text in problem.assumptions)


def test_a_moving_sensor_that_hovers_is_a_point() -> None:
    paths = moving(east_m_s=0.0).observations.paths
    assert paths[:, :3] == pytest.approx(paths[:, 3:])
