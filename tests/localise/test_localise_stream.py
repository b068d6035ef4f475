"""Does a survey that goes on give the answers of one that is over, and lose no reading unseen?"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import localise_scenes as scenes
import msgspec
import numpy as np
import pytest
from localise_scenes import BOUNDS, FRAME, LEAK, SENSORS, START_NS

import sillage.localise.stream as stream_module
from sillage.errors import NotEnoughInformation
from sillage.localise.estimate import locate
from sillage.localise.settings import Settings
from sillage.localise.stream import BEHIND, LATE, UNANSWERED, Stream, Windows
from sillage.records.readings import Readings
from sillage.records.source_estimate import SourceEstimate

OTHER = LEAK._replace(east_m=-25.0, north_m=15.0, log_rate_kg_h=math.log(2.0))
SETTINGS = Settings(particles=48, harvest=2, most_sources=2)
HALF = Windows(window_s=1200.0, stopped_s=600.0, most_open=1)
"""Two windows in the scene; what is silent in one of them has stopped, and none stays open."""
MINUTE_NS = 60_000_000_000


class Told(NamedTuple):
    """A stream that has ended, and what it said."""

    stream: Stream
    estimates: tuple[SourceEstimate, ...]
    batch: Readings


def stream(windows: Windows = HALF) -> Stream:
    rng = np.random.default_rng(1)
    return Stream(FRAME, BOUNDS, settings=SETTINGS, windows=windows, rng=rng)


def minutes(batch: Readings, start: int, end: int) -> Readings:
    """A part of a batch, by minutes since the start."""
    rows = slice(start * SENSORS, end * SENSORS)
    table = batch.samples
    value = table["value"][rows]
    places = scenes.ring(end)[rows]
    columns = {name: table[name][rows] for name in ("time_ns", "sensor")}
    return scenes.readings(value, places, columns=columns)


def off_m(estimate: SourceEstimate, source: int = 0) -> float:
    """From the leak."""
    place = estimate.sources[source].position
    east, north = FRAME.to_local(place.lon, place.lat)
    return math.hypot(float(east) - LEAK.east_m, float(north) - LEAK.north_m)


@lru_cache
def measured() -> Readings:
    return scenes.readings(scenes.matched(np.random.default_rng(21)))


@lru_cache
def told() -> Told:
    asked = stream()
    return Told(asked, tuple(asked.replay([measured()], scenes.wind())), measured())


@lru_cache
def changing() -> Told:
    """The leak is on in the first half, another one in the second."""
    first = scenes.matched(np.random.default_rng(21))
    second = scenes.matched(np.random.default_rng(22), (OTHER,))
    half = first.size // 2
    batch = scenes.readings(np.concatenate([first[:half], second[half:]]))
    asked = stream()
    return Told(asked, tuple(asked.replay([batch], scenes.wind())), batch)


def test_windows_place_a_source_as_the_whole_survey_does() -> None:
    whole = locate(
        [measured()],
        scenes.wind(),
        frame=FRAME,
        bounds=BOUNDS,
        settings=SETTINGS,
        rng=np.random.default_rng(1),
    )
    last = told().estimates[-1]
    assert off_m(last) <= max(1.2 * off_m(whole), 3.0)
    assert last.sources[0].probability > 0.95
    rate = last.sources[0].rate
    assert rate.low / 1.5 < math.exp(LEAK.log_rate_kg_h) < 1.5 * rate.high


def test_a_window_knows_what_the_one_before_found() -> None:
    first, last = told().estimates
    assert last.sources[0].position_std_m < first.sources[0].position_std_m
    assert first.id in last.parents
    assert told().batch.id in first.parents
    assert last.sources[0].reason.startswith("Source 1: ")
    assert first.sources[0].reason.startswith("Source 1: ")
    assert sum(last.number_of_sources) == pytest.approx(1.0)


def test_sources_appear_and_stop_and_it_is_said_when() -> None:
    first, last = changing().estimates
    assert off_m(first) < 15.0
    (gone,) = changing().stream.stopped
    stop_ns = START_NS + 20 * MINUTE_NS
    assert abs(gone.source.last_on_ns - stop_ns) <= 5 * MINUTE_NS
    assert gone.told in last.reason
    new = next(s for s in last.sources if s.reason.startswith("Source 2: "))
    east, north = FRAME.to_local(new.position.lon, new.position.lat)
    assert math.hypot(float(east) - OTHER.east_m, float(north) - OTHER.north_m) < 8.0
    assert len(changing().stream.sources) == 1


@pytest.mark.parametrize("which", [told, changing])
def test_every_reading_is_used_or_counted(which: Callable[[], Told]) -> None:
    asked = which().stream
    assert asked.taken == which().batch.samples.sizes["sample"]
    assert asked.used + sum(asked.unused.values()) == asked.taken


def test_more_readings_than_the_cap_are_counted_on_the_record() -> None:
    asked = stream(msgspec.structs.replace(HALF, window_s=2400.0, readings=200))
    (estimate,) = asked.replay([measured()], scenes.wind())
    left_out = sum(m.count for m in estimate.masked)
    assert estimate.settings["readings_used"] == 200
    assert left_out == sum(asked.unused.values())
    assert asked.used + left_out == asked.taken == SENSORS * scenes.MINUTES
    assert off_m(estimate) < 10.0


def test_a_stream_that_is_full_lets_its_readings_go() -> None:
    asked = stream()
    batch, wind = measured(), scenes.wind()
    asked.take([minutes(batch, 0, 20)], wind)
    assert asked.answer() is None
    asked.take([minutes(batch, 20, 21)])
    assert asked.answer() is not None
    assert not asked.is_full
    asked.take([minutes(batch, 19, 20)])
    assert asked.unused[LATE] == SENSORS
    assert asked.used == 20 * SENSORS


def test_a_window_in_doubt_is_asked_again_with_the_next_and_counts_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream_module, "_doubtful", lambda _: True)
    asked = stream(Windows(window_s=600.0, most_open=2))
    first, last = asked.replay([minutes(measured(), 0, 20)], scenes.wind())
    assert first.id not in last.parents
    assert last.settings["windows_together"] == 2
    assert last.settings["readings_used"] == 20 * SENSORS
    assert asked.used == asked.taken == 20 * SENSORS


def test_windows_that_wait_too_long_are_given_up_and_counted() -> None:
    asked = stream(Windows(window_s=600.0, most_waiting=1))
    asked.take([minutes(measured(), 0, 31)], scenes.wind())
    assert asked.unused == {BEHIND: 20 * SENSORS}
    assert asked.taken == 31 * SENSORS


def test_a_window_without_wind_is_counted_and_the_next_one_is_answered() -> None:
    asked = stream(Windows(window_s=600.0))
    calm = scenes.wind(speed_m_s=np.full(scenes.MINUTES, 0.1))
    assert list(asked.replay([measured()], calm)) == []
    assert asked.unused == {UNANSWERED: asked.taken}


def test_raw_channels_are_refused_with_the_remedy() -> None:
    raw = scenes.readings(measured().samples["value"], unit="raw")
    with pytest.raises(NotEnoughInformation, match=r"leave \[stream\] out"):
        stream().take([raw])
