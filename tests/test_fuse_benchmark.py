"""Does the benchmark of sites count what it says it counts?"""

from __future__ import annotations

import numpy as np
import pytest
from benchmark_files import load


def test_scores_are_means_over_the_settled_scans() -> None:
    fuse = load("fuse")
    truth = [np.zeros((1, 2))] * 12
    found = [np.zeros((0, 2))] * 10 + [np.zeros((1, 2)), np.array([[3.0, 4.0]])]
    told = fuse.score(found, truth)
    assert told == {"gospa_m": 2.5, "missed": 0.0, "false": 0.0}
    missing = fuse.score([np.zeros((0, 2))] * 12, truth)
    assert missing["missed"] == 1.0
    assert missing["gospa_m"] == pytest.approx(20.0 / 2**0.5)


def test_rows_go_to_their_scans() -> None:
    rows = np.array([[0.0, 1.0, 2.0], [2.0, 3.0, 4.0], [2.0, 5.0, 6.0]])
    told = load("fuse").by_scan(rows, 3)
    assert [len(each) for each in told] == [1, 0, 2]
    np.testing.assert_array_equal(told[2], [[3.0, 4.0], [5.0, 6.0]])


def test_a_scene_is_that_of_its_seed_and_our_filter_finds_most_of_its_targets() -> None:
    fuse = load("fuse")
    scans = fuse.uniform(3, 20, 20, 14)
    again = fuse.uniform(3, 20, 20, 14)
    assert all(np.array_equal(one, other) for one, other in zip(scans, again, strict=True))
    told = fuse.track(scans, 20, 20)
    assert len(told.seconds) == 14
    assert 16 <= len(told.found[-1]) <= 26
