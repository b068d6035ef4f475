"""Is one log under two names one witness, and two instruments side by side two?"""

from __future__ import annotations

import localise_scenes as scenes
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from localise_scenes import BOUNDS, FRAME, SENSORS, SMALL

from sillage.localise.doubles import repeated
from sillage.localise.lineup import line_up
from sillage.localise.problem import pose
from sillage.records.readings import Readings

VALUE = scenes.matched(np.random.default_rng(11))
MINE = np.arange(VALUE.size) % SENSORS == 3


def copy(noise_ppm: float = 0.0, **changes: object) -> Readings:
    """What the fourth sensor read, under another name."""
    value = VALUE[MINE] + noise_ppm * np.random.default_rng(1).normal(size=MINE.sum())
    columns = {
        "time_ns": scenes.readings(VALUE).samples["time_ns"][MINE],
        "sensor": np.zeros(value.size, dtype=np.int32),
    }
    places = scenes.ring()[MINE]
    return scenes.readings(value, places, columns=columns, sensors=("again",), **changes)


def test_a_copy_is_left_out_and_counted_and_nothing_else_is() -> None:
    once = pose([scenes.readings(VALUE)], scenes.wind(), FRAME, BOUNDS, SMALL)
    twice = pose([scenes.readings(VALUE), copy()], scenes.wind(), FRAME, BOUNDS, SMALL)
    assert np.array_equal(twice.observations.value, once.observations.value)
    assert np.array_equal(twice.observations.sensor, once.observations.sensor)
    (mask,) = twice.masked
    assert "repeat another sensor's" in mask.reason
    assert mask.count == MINE.sum()


def test_a_copy_is_told_though_others_read_the_same_at_times() -> None:
    coarse = np.round(VALUE, 2)
    columns = {"sensor": np.zeros(MINE.sum(), dtype=np.int32)}
    columns["time_ns"] = scenes.readings(VALUE).samples["time_ns"][MINE]
    again = scenes.readings(coarse[MINE], scenes.ring()[MINE], columns=columns, sensors=("again",))
    rows, sensors = line_up([scenes.readings(coarse), again], FRAME, SMALL)
    assert np.array_equal(repeated(rows), rows.sensor == sensors.index("again"))


def test_two_instruments_side_by_side_are_both_kept() -> None:
    beside = pose([scenes.readings(VALUE), copy(1e-6)], scenes.wind(), FRAME, BOUNDS, SMALL)
    assert beside.masked == ()


@given(st.lists(st.sampled_from([2.0, 2.1]), min_size=VALUE.size, max_size=VALUE.size))
def test_coarse_instruments_that_agree_are_not_taken_for_copies(value: list[float]) -> None:
    rows, _ = line_up([scenes.readings(np.array(value))], FRAME, SMALL)
    same_spot = rows._replace(paths=np.ones_like(rows.paths))
    assert not repeated(same_spot).any()
