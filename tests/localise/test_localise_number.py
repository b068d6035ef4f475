"""Is the number of sources the one that the readings ask for?"""

from __future__ import annotations

import math
from functools import lru_cache

import localise_scenes as scenes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from localise_scenes import BOUNDS, FRAME, LEAK, SENSORS

from sillage.localise.cloud import Cloud, Verdicts
from sillage.localise.estimate import locate
from sillage.localise.number import evidence_at, shares
from sillage.localise.regions import cells_of, holds
from sillage.localise.settings import Settings
from sillage.localise.temper import Cooler
from sillage.records.context import Context, Emission, KnownEmitter
from sillage.records.place import Place
from sillage.records.quantity import Quantity
from sillage.records.source_estimate import SourceEstimate

OTHER = LEAK._replace(east_m=-25.0, north_m=15.0, log_rate_kg_h=math.log(2.0))


def answer(value: scenes.Floats, context: Context | None = None) -> SourceEstimate:
    return locate(
        [scenes.readings(value)],
        scenes.wind(value.size // SENSORS),
        frame=FRAME,
        bounds=BOUNDS,
        context=context,
        settings=Settings(particles=128, harvest=2),
        rng=np.random.default_rng(0),
    )


@lru_cache
def two() -> SourceEstimate:
    return answer(scenes.matched(np.random.default_rng(21), (LEAK, OTHER)))


def test_two_sources_are_found_as_two_each_in_its_place() -> None:
    found = two()
    sure = [source for source in found.sources if source.probability > 0.95]
    assert len(sure) == 2
    at = np.array([FRAME.to_local(s.position.lon, s.position.lat) for s in sure])
    for leak in (LEAK, OTHER):
        off_m = np.hypot(*(at - [leak.east_m, leak.north_m]).T)
        nearest = int(np.argmin(off_m))
        assert off_m[nearest] < 8.0
        assert holds(cells_of(found.grid, nearest), 0.99, leak.east_m, leak.north_m)
        rate = sure[nearest].rate
        assert rate.low / 1.5 < math.exp(leak.log_rate_kg_h) < 1.5 * rate.high


def test_probabilities_of_numbers_and_of_sources_agree() -> None:
    found = two()
    assert sum(found.number_of_sources) == pytest.approx(1.0)
    at_least = [sum(found.number_of_sources[n:]) for n in range(1, len(found.sources) + 1)]
    assert [source.probability for source in found.sources] == pytest.approx(at_least)


@pytest.mark.parametrize("seed", [22, 30])
def test_a_source_is_not_taken_for_two(seed: int) -> None:
    found = answer(scenes.matched(np.random.default_rng(seed)))
    assert len(found.sources) == 1
    assert sum(found.number_of_sources[2:]) < 0.95


def test_a_source_behind_a_known_emitter_is_told_apart_from_it() -> None:
    lon, lat = FRAME.to_lonlat(OTHER.east_m, OTHER.north_m)
    rate = Quantity(mean=2.0, median=2.0, std=0.4, low=1.4, high=2.8, unit="kg/h")
    farm = KnownEmitter(
        facility="Farm",
        kind="dairy",
        place=Place(lon=float(lon), lat=float(lat), height_m=1.0),
        emissions=(Emission(gas="methane", rate=rate),),
    )
    known = Context(observed_at=two().observed_at, name="known", emitters=(farm,))
    both = answer(scenes.matched(np.random.default_rng(21), (LEAK, OTHER)), known)
    assert [source.facility for source in both.sources] == ["", "Farm"]
    unknown = both.sources[0]
    east, north = FRAME.to_local(unknown.position.lon, unknown.position.lat)
    assert math.hypot(float(east) - LEAK.east_m, float(north) - LEAK.north_m) < 8.0
    alone = answer(scenes.matched(np.random.default_rng(23), (OTHER,)), known)
    assert alone.number_of_sources[0] > 0.05
    assert alone.verdict == "cannot tell"


@given(st.lists(st.floats(-50.0, 50.0), min_size=1, max_size=6))
def test_shares_are_probabilities_with_the_odds_that_were_given(log_odds: list[float]) -> None:
    share = shares(log_odds)
    assert sum(share) == pytest.approx(1.0)
    for less, more, odds in zip(share, share[1:], log_odds, strict=False):
        if min(less, more) > 1e-200:
            assert math.log(more / less) == pytest.approx(odds, abs=1e-9)


def test_evidence_beyond_a_clouds_own_power_is_that_of_a_cloud_cooled_there() -> None:
    """A normal likelihood of one number under an even prior has a known integral at any power."""

    def likelihood(draws: scenes.Floats) -> Verdicts:
        one = -0.5 * (draws[:, :1] / 0.5) ** 2
        nothing = np.zeros_like(one)
        return Verdicts(np.hstack([one, one]) / 2.0, nothing, nothing[:, :, None], nothing)

    def prior(draws: scenes.Floats) -> scenes.Floats:
        return np.where(np.abs(draws[:, 0]) <= 10.0, 0.0, -np.inf)

    logs = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        draws = rng.uniform(-10.0, 10.0, (256, 1))
        cooler = Cooler(Cloud(draws, prior(draws), likelihood(draws)), likelihood, prior, rng)
        cooler.reach(0.3)
        logs.append([evidence_at(cooler, 0.3), evidence_at(cooler, 0.9)])
        assert cooler.power == pytest.approx(0.3)
    told = [math.log(math.sqrt(2.0 * math.pi / p) * 0.5 / 20.0) for p in (0.3, 0.9)]
    assert np.mean(logs, axis=0) == pytest.approx(told, abs=0.15)
