"""Is a wind log that is minutes off found out, and one that keeps time left alone?"""

from __future__ import annotations

import math

import localise_scenes as scenes
import numpy as np
import pytest
from localise_scenes import BOUNDS, FRAME, MINUTES, SMALL, TRUTH

from sillage.localise.clocks import Clock, clock_of
from sillage.localise.cloud import Cloud
from sillage.localise.model import Model
from sillage.localise.problem import pose
from sillage.records.arrays import Arrays
from sillage.records.wind import Wind

VALUE = scenes.matched(np.random.default_rng(11))
COLUMNS = ("east_m_s", "north_m_s")


def wind_of(log: Wind, **columns: scenes.Floats) -> Wind:
    table = log.samples
    every = {name: table[name] for name in table.names} | columns
    units = {name: table.unit(name) for name in every}
    samples = Arrays(every, dims="sample", units=units)
    return scenes.wind(samples=samples)


def late(minutes: int) -> Wind:
    """The same wind, written down so many minutes late; before and after, it goes on turning."""
    log = scenes.wind()
    away = math.radians(300.0) * (np.arange(MINUTES) - minutes) / MINUTES
    return wind_of(log, east_m_s=3.0 * np.cos(away), north_m_s=3.0 * np.sin(away))


def told(log: Wind, spread_m: float = 8.0) -> Clock:
    """From draws about the truth; with the wrong wind they lie the farther apart."""
    model = Model(pose([scenes.readings(VALUE)], log, FRAME, BOUNDS, SMALL), SMALL)
    rng = np.random.default_rng(0)
    spread = np.zeros(TRUTH.numbers().size)
    spread[-4:-2] = spread_m
    draws = TRUTH.numbers() + spread * rng.normal(size=(24, spread.size))
    return clock_of(model, Cloud(draws, np.zeros(24), model(draws)), 0.1)


@pytest.mark.parametrize("minutes", [-6, -2, 3, 8])
def test_a_clock_that_is_off_is_told_with_its_sign(minutes: int) -> None:
    clock = told(late(minutes))
    assert clock.offset_s == pytest.approx(-60.0 * minutes, abs=60.0)
    assert clock.log_odds > 3.0


def test_a_clock_that_keeps_time_is_left_alone() -> None:
    assert told(scenes.wind(), 2.0).log_odds < 1.0


def test_a_wind_that_never_turns_tells_nothing_of_its_clock() -> None:
    log = scenes.wind()
    still = {name: np.full(MINUTES, log.samples[name][7]) for name in COLUMNS}
    assert told(wind_of(log, **still)).log_odds == pytest.approx(0.0, abs=1e-9)
