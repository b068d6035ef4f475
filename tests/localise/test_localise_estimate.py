"""Is a source found where it is, with a posterior that knows what it does not know?"""

from __future__ import annotations

import math
from functools import lru_cache

import localise_scenes as scenes
import numpy as np
import pytest
from localise_scenes import BOUNDS, FRAME, LEAK, MINUTES, SENSORS, SMALL

from sillage.localise.estimate import locate
from sillage.localise.regions import cells_of, holds
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
    return answer(with_gaps(seed), seed, Settings())


@pytest.mark.parametrize("seed", [0, 1])
def test_a_source_in_air_that_the_model_knows_is_located(seed: int) -> None:
    found = found_in_gaps(seed)
    assert found.verdict == "located", found.reason
    (source,) = found.sources
    assert holds(cells_of(found.grid, 0), 0.99, LEAK.east_m, LEAK.north_m)
    east, north = FRAME.to_local(source.position.lon, source.position.lat)
    assert math.hypot(float(east) - LEAK.east_m, float(north) - LEAK.north_m) < 8.0
    assert source.rate.low / 1.5 < math.exp(LEAK.log_rate_kg_h) < 1.5 * source.rate.high
    assert (
        1.0 - found.number_of_sources[0]
        == pytest.approx(source.probability)
        == pytest.approx(1.0, abs=0.01)
    )
    assert found.log_evidence is not None
    assert found.log_evidence > 5.0


def test_a_region_of_90_percent_misses_the_truth_at_most_once_in_two() -> None:
    """A calibrated one misses twice once in a hundred pairs."""
    grids = [cells_of(found_in_gaps(seed).grid, 0) for seed in (0, 1)]
    assert any(holds(cells, 0.9, LEAK.east_m, LEAK.north_m) for cells in grids)


def test_readings_without_a_source_are_not_given_one() -> None:
    found = answer(scenes.matched(np.random.default_rng(5), ()))
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
    assert draws.sizes["draw"] == Settings().particles * Settings().harvest
    assert 1.0 < found.effective_sample_size <= draws.sizes["draw"]
    assert 0.0 < float(found.settings["weight_of_data"]) <= 1.0
    assert found.settings["particles"] == Settings().particles
    assert (draws["rate_kg_h"] > 0.0).all()
    assert np.abs(draws["east_m"]).max() <= 60.0
    (source,) = found.sources
    assert [region.level for region in source.regions] == [0.5, 0.9]
    assert source.regions[0].area_m2 < source.regions[1].area_m2
    assert (found.fit["modelled_low"] <= found.fit["modelled_high"]).all()
    assert source.rate.low < source.rate.median < source.rate.high
    assert found.course.sizes == {"time": MINUTES, "source": 1}
    assert (np.diff(found.course["time_ns"]) == 1e9 * float(found.settings["block_s"])).all()


def test_a_source_that_is_on_half_of_the_time_is_told_so() -> None:
    on, off = (scenes.matched(np.random.default_rng(1), sources) for sources in ((LEAK,), ()))
    late = np.arange(MINUTES * SENSORS) // SENSORS >= MINUTES // 2
    found = answer(np.where(late, off, on))
    always = found_in_gaps(1)
    half, whole = (one.sources[0].on_fraction for one in (found, always))
    assert half is not None
    assert whole is not None
    assert half.median < whole.median - 0.1
    on = found.course["on"][:, 0]
    assert on[: MINUTES // 2].mean() > on[MINUTES // 2 :].mean() + 0.1
