"""Is a source found where it is, with a posterior that knows what it does not know?"""

from __future__ import annotations

import math
from functools import lru_cache

import localise_scenes as scenes
import numpy as np
import pytest
from localise_scenes import BOUNDS, FRAME, MINUTES, SENSORS, SMALL, TRUTH

from sillage.localise.estimate import locate
from sillage.localise.regions import holds
from sillage.localise.settings import Settings
from sillage.records.source_estimate import SourceEstimate


def answer(value: scenes.Floats, seed: int = 0, settings: Settings = SMALL) -> SourceEstimate:
    return locate(
        [scenes.readings(value)],
        scenes.wind(value.size // SENSORS),
        frame=FRAME,
        bounds=BOUNDS,
        settings=settings,
        rng=np.random.default_rng(seed),
    )


def with_gaps(seed: int) -> scenes.Floats:
    value = scenes.matched(np.random.default_rng(seed))
    value[::50] = np.nan
    return value


@lru_cache
def found_in_gaps(seed: int) -> SourceEstimate:
    return answer(with_gaps(seed), seed)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_source_in_air_that_the_model_knows_is_located(seed: int) -> None:
    found = found_in_gaps(seed)
    assert found.verdict == "located", found.reason
    assert holds(found.grid, 0.99, TRUTH.east_m, TRUTH.north_m)
    east, north = FRAME.to_local(found.position.lon, found.position.lat)
    assert math.hypot(float(east) - TRUTH.east_m, float(north) - TRUTH.north_m) < 8.0
    assert found.rate.low / 1.5 < math.exp(TRUTH.log_rate_kg_h) < 1.5 * found.rate.high
    assert found.number_of_sources[1] > 0.99
    assert found.log_evidence is not None
    assert found.log_evidence > 5.0


def test_a_region_of_90_percent_misses_the_truth_at_most_once_in_two() -> None:
    """A calibrated one misses twice once in a hundred pairs."""
    assert any(holds(found_in_gaps(seed).grid, 0.9, TRUTH.east_m, TRUTH.north_m) for seed in (0, 1))


def test_readings_without_a_source_are_not_given_one() -> None:
    found = answer(scenes.matched(np.random.default_rng(5), scenes.NO_SOURCE))
    assert found.verdict == "cannot tell", found.reason
    assert any(character.isdigit() for character in found.reason)


def test_the_same_seed_gives_the_same_record_and_another_gives_another() -> None:
    value = scenes.matched(np.random.default_rng(0))[: 15 * SENSORS]
    few = Settings(particles=32, harvest=1)
    one, same, other = (answer(value, seed, few) for seed in (3, 3, 4))
    assert one.id == same.id != other.id
    assert one.posterior == same.posterior != other.posterior


def test_the_record_says_what_it_rests_on() -> None:
    value, found = with_gaps(0), found_in_gaps(0)
    left_out = int(np.isnan(value).sum())
    assert [mask.count for mask in found.masked] == [left_out]
    assert found.fit.sizes["block"] == value.size - left_out == found.settings["readings_used"]
    draws = found.posterior
    assert draws.sizes["draw"] == SMALL.particles * SMALL.harvest
    assert 1.0 < found.effective_sample_size <= draws.sizes["draw"]
    assert 0.0 < float(found.settings["weight_of_data"]) <= 1.0
    assert found.settings["particles"] == SMALL.particles
    assert (draws["rate_kg_h"] > 0.0).all()
    assert np.abs(draws["east_m"]).max() <= 60.0
    assert [region.level for region in found.regions] == [0.5, 0.9]
    assert found.regions[0].area_m2 < found.regions[1].area_m2
    assert (found.fit["modelled_low"] <= found.fit["modelled_high"]).all()
    assert found.rate.low < found.rate.median < found.rate.high


def test_a_source_that_is_on_half_of_the_time_is_told_so() -> None:
    on, off = (
        scenes.matched(np.random.default_rng(1), source) for source in (TRUTH, scenes.NO_SOURCE)
    )
    late = np.arange(MINUTES * SENSORS) // SENSORS >= MINUTES // 2
    found = answer(np.where(late, off, on))
    always = found_in_gaps(1)
    assert found.on_fraction is not None
    assert always.on_fraction is not None
    assert found.on_fraction.median < always.on_fraction.median - 0.1
