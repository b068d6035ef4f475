"""Is a plume found where it is, and none where there is none?"""

from __future__ import annotations

import numpy as np
import pytest
from heat import PLUME_K, black, scene, shape

from sillage.detect.contrast import PlumeTemperature
from sillage.detect.identify import identify
from sillage.detect.screen import find_plumes

TOLD = PlumeTemperature(mean_K=PLUME_K, std_K=1.0)


def test_a_plume_is_found_where_it_is_and_named() -> None:
    seen = scene({"ammonia": 200.0}, seed=1)
    first, *_ = find_plumes(seen.cube, temperature=TOLD, path=seen.path)
    column = shape(1)
    assert first[np.unravel_index(column.argmax(), column.shape)]
    assert (column[first] > 0.05).mean() > 0.9
    answer = identify(seen.cube, first, temperature=TOLD, path=seen.path)
    assert answer.candidates[0].substances == ("ammonia",)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_found_where_there_is_no_gas(seed: int) -> None:
    seen = scene({}, seed=seed)
    assert find_plumes(seen.cube, temperature=TOLD, path=seen.path) == []


def test_a_threshold_that_is_lowered_finds_no_less() -> None:
    seen = scene({"ethylene": 60.0}, ground=black(290.0))
    strict = find_plumes(seen.cube, temperature=TOLD, path=seen.path, threshold=8.0)
    loose = find_plumes(seen.cube, temperature=TOLD, path=seen.path, threshold=5.0)
    assert strict
    assert sum(mask.sum() for mask in loose) >= sum(mask.sum() for mask in strict)
