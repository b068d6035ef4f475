"""Does a plume that was seen from above tell of its source what it should, and no more?"""

from __future__ import annotations

import math
from typing import Any

import localise_scenes as scenes
import numpy as np
import pytest
from localise_scenes import BOUNDS, FRAME, GROUND, LEAK, SMALL

from sillage.localise.estimate import locate
from sillage.localise.imaged import Imaged, closeness, imaged_of, log_gain, log_likelihood
from sillage.records.detection import NOT_IN_LIBRARY, Candidate, Detection
from sillage.records.place import Area, Place
from sillage.records.quantity import Quantity
from sillage.records.source_estimate import SourceEstimate

SOURCES = np.array([[*LEAK], [-30.0, 20.0, 1.0, math.log(3.0)]])
NOBODY = np.empty((0, 4))


def seen(
    east_m: float = LEAK.east_m,
    north_m: float = LEAK.north_m,
    *,
    rate_kg_h: float | None = 1.0,
    share: float = 0.15,
    **changes: Any,
) -> Detection:
    lon, lat = FRAME.to_lonlat(east_m, north_m)
    rate = None
    if rate_kg_h is not None:
        std = share * rate_kg_h
        spread = {"std": std, "low": rate_kg_h - 1.64 * std, "high": rate_kg_h + 1.64 * std}
        rate = Quantity(mean=rate_kg_h, median=rate_kg_h, unit="kg/h", **spread)
    likely = changes.pop("probability", 0.95)
    gas = changes.pop("gas", "methane")
    made: dict[str, Any] = {
        "observed_at": scenes.readings(np.full(80, 2.0)).observed_at,
        "platform": "aircraft",
        "instrument": "spectrometer",
        "place": Place(lon=float(lon), lat=float(lat)),
        "position_std_m": 6.0,
        "candidates": (
            Candidate(substances=(gas,), probability=likely),
            Candidate(substances=(NOT_IN_LIBRARY,), probability=1.0 - likely),
        ),
        "probability": likely,
        "false_alarms": 0.1,
        "looked_at": "scene",
        "strength": 12.0,
        "rate": rate,
        "method": "by hand",
        "settings": {},
    }
    return Detection(**(made | changes))


def told(plume: Imaged, sources: scenes.Floats) -> float:
    return float(log_likelihood(plume, sources[None])[0])


def imaged(detection: Detection) -> Imaged:
    (one,) = imaged_of([detection], "CH4", FRAME, GROUND, SMALL)
    return one


def answer(value: scenes.Floats, *plumes: Detection) -> SourceEstimate:
    return locate(
        [scenes.readings(value), *plumes],
        scenes.wind(value.size // scenes.SENSORS),
        frame=FRAME,
        bounds=BOUNDS,
        settings=SMALL,
        rng=np.random.default_rng(0),
    )


def test_places_and_rates_of_a_plume_of_one_source_have_a_density_that_sums_to_one() -> None:
    one = imaged(seen())
    edges = [np.linspace(low, high, 161) for low, high in ((-60, 84), (-80, 64), (-1.0, 1.0))]
    east, north, rate = ((axis[1:] + axis[:-1]) / 2.0 for axis in edges)
    cell = math.prod(float(axis[1] - axis[0]) for axis in edges)
    # a plume seen in each cell, and the one source that it is of
    density = 0.0
    for log_rate in rate:
        shifted = one._replace(log_rate_kg_h=float(log_rate), log_anywhere=0.0)
        away = one.east_m + LEAK.east_m - east[:, None], one.north_m + LEAK.north_m - north
        density += float(np.exp(closeness(shifted, *away, np.array(0.0))).sum())
    assert density * cell == pytest.approx(1.0, abs=0.02)


def test_a_plume_at_a_source_of_its_rate_speaks_for_it_and_any_other_is_let_pass() -> None:
    one = imaged(seen())
    at_it = told(one, SOURCES[:1])
    assert at_it > 5.0
    assert told(one, NOBODY) == 0.0
    far = SOURCES[:1] + np.array([[500.0, 0.0, 0.0, 0.0]])
    assert told(one, far) == pytest.approx(0.0, abs=1e-6)
    strong = SOURCES[:1] + np.array([[0.0, 0.0, 0.0, math.log(4.0)]])
    assert told(one, strong) < 0.01
    assert at_it - math.log(2.0) == pytest.approx(told(one, SOURCES), abs=0.01)


def test_a_doubtful_plume_speaks_less() -> None:
    sure, doubtful = (imaged(seen(probability=p)) for p in (0.95, 0.55))
    assert told(doubtful, SOURCES[:1]) < told(sure, SOURCES[:1]) - 2.0
    certain = imaged(seen(probability=1.0))
    assert told(certain, SOURCES[:1]) < told(sure, SOURCES[:1]) + math.log(999.0 / 19.0) + 0.1


def test_what_a_source_more_would_add_is_what_it_adds() -> None:
    one = imaged(seen())
    cells = np.array([LEAK.east_m, 40.0]), np.array([LEAK.north_m, 0.0])
    rates = np.array([0.3, 1.0])
    for before in (NOBODY, SOURCES[1:]):
        gain = log_gain(one, before, cells, 0.0, rates)
        for cell in range(2):
            for n, kg_h in enumerate(rates):
                more = [cells[0][cell], cells[1][cell], 1.0, math.log(kg_h)]
                added = told(one, np.vstack([before, more]))
                assert gain[cell, n] == pytest.approx(added - told(one, before))
    blurred = log_gain(one, NOBODY, cells, 40.0, rates)
    assert 0.0 < blurred[0, 1] < log_gain(one, NOBODY, cells, 0.0, rates)[0, 1]


@pytest.mark.parametrize(
    "other",
    [seen(rate_kg_h=None), seen(gas="ammonia"), seen(east_m=900.0)],
    ids=["no rate", "another gas", "off the ground"],
)
def test_plumes_that_say_nothing_of_the_question_are_left_aside(other: Detection) -> None:
    assert imaged_of([other], "methane", FRAME, GROUND, SMALL) == ()


def test_a_picture_that_claims_to_know_all_is_not_believed() -> None:
    perfect = imaged(seen(share=0.0, position_std_m=0.0))
    assert (perfect.off_m, perfect.log_rate_std) == (1.0, 0.1)
    assert math.isfinite(told(perfect, SOURCES[:1]))


def ring() -> Area:
    """A plume of five pixels of 8 m in a row, from west to east."""
    east = [*np.arange(0.0, 41.0, 8.0), *np.arange(40.0, -1.0, -8.0)]
    lon, lat = FRAME.to_lonlat(east, [0.0] * 6 + [8.0] * 6)
    return Area(ring=tuple(zip(lon.tolist(), lat.tolist(), strict=True)))


@pytest.mark.parametrize(("towards_deg", "east_m"), [(90.0, 12.0), (270.0, 28.0)])
def test_the_source_is_near_the_end_of_the_outline_up_the_wind(
    towards_deg: float, east_m: float
) -> None:
    blown = imaged(seen(outline=(ring(),), settings={"wind_towards_deg": towards_deg}))
    assert blown.east_m == pytest.approx(east_m, abs=0.1)
    assert -0.1 < blown.north_m < 8.1
    assert blown.off_m == pytest.approx(12.0, abs=0.1)


def test_the_longer_a_plume_the_less_its_highest_pixel_says_where_the_source_is() -> None:
    long = imaged(seen(outline=(ring(),)))
    assert long.off_m == pytest.approx(math.hypot(6.0 / math.sqrt(2.0), 10.0), rel=0.01)
    assert long.off_m > imaged(seen()).off_m


def test_a_plume_tells_the_rate_that_readings_leave_open() -> None:
    value = scenes.matched(np.random.default_rng(3))
    plume = seen(share=0.1)
    alone, both = answer(value), answer(value, plume)
    assert plume.id in both.parents
    assert both.settings["imaged_plumes_used"] == 1
    assert alone.settings["imaged_plumes_used"] == 0
    assert both.sources[0].rate.std < 0.6 * alone.sources[0].rate.std
    assert both.sources[0].rate.low < 1.0 < both.sources[0].rate.high


def test_a_false_plume_does_not_move_what_readings_locate() -> None:
    value = scenes.matched(np.random.default_rng(3))
    false = seen(-40.0, 45.0, rate_kg_h=6.0, probability=0.6)
    alone, both = answer(value), answer(value, false)
    places = [
        FRAME.to_local(one.sources[0].position.lon, one.sources[0].position.lat)
        for one in (alone, both)
    ]
    assert math.dist(*places) < 6.0


def test_a_source_that_only_the_picture_shows_is_located_all_the_same() -> None:
    rng = np.random.default_rng(0)
    value = scenes.BACKGROUND_PPM + scenes.NOISE_PPM * rng.standard_normal(320)
    # where no sensor lies downwind: the wind of these tests never blows from there to the ring
    plume = seen(-4.0, 52.0, rate_kg_h=0.02, probability=0.995, position_std_m=4.0)
    alone, both = answer(value), answer(value, plume)
    assert alone.verdict == "cannot tell"
    assert both.verdict == "located", both.reason
    assert "seen from above" in both.reason
    place = both.sources[0].position
    assert math.dist(FRAME.to_local(place.lon, place.lat), (-4.0, 52.0)) < 6.0
