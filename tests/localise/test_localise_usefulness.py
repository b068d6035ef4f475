"""Does advice point where readings would tell, and influence at the readings that told?"""

from __future__ import annotations

import math

import localise_scenes as scenes
import numpy as np
from localise_scenes import BOUNDS, LEAK, SENSORS, SMALL, TRUTH

from sillage.localise.cloud import Cloud
from sillage.localise.likelihood import AIR, Source
from sillage.localise.model import Model
from sillage.localise.usefulness import Advice, advise, influence_of

DRAWS = 50


def model_of(value: scenes.Floats) -> Model:
    return Model(scenes.posed(value), SMALL)


def advice(sources: scenes.Floats, probability: list[float], unknown: int | None = None) -> Advice:
    """Of sources (draw, source, 4) in the air of the scene, whose wind ends towards north-east."""
    model = model_of(scenes.matched(np.random.default_rng(0)))
    air = np.tile(np.array(TRUTH.air), (len(sources), 1))
    count = sources.shape[1] if unknown is None else unknown
    return advise(model, air, sources, np.array(probability), count)


def draws(*sources: Source) -> scenes.Floats:
    return np.tile(np.array(sources), (DRAWS, 1, 1))


def test_nothing_is_told_where_no_draw_sends_its_plume() -> None:
    leak = draws(LEAK)
    leak[:, 0, 0] += np.linspace(-10.0, 10.0, DRAWS)
    found = advice(leak, [1.0])
    assert found.gain.shape == (32, 32)
    assert found.gain.max() > 0.5
    assert found.gain.max() <= math.log(DRAWS)
    wind = scenes.posed(scenes.matched(np.random.default_rng(0))).blocks.direction_rad[-30:]
    mean = np.arctan2(np.sin(wind).mean(), np.cos(wind).mean())
    north, east = np.meshgrid(found.north_m, found.east_m, indexing="ij")
    along = (east - LEAK.east_m) * math.cos(mean) + (north - LEAK.north_m) * math.sin(mean)
    assert (found.gain[along < -15.0] == 0.0).all()
    assert along.ravel()[found.gain.argmax()] > 0.0


def test_draws_that_agree_leave_nothing_to_ask() -> None:
    assert (advice(draws(LEAK), [1.0]).gain == 0.0).all()


def test_whether_there_is_a_source_is_asked_downwind_of_it() -> None:
    """A strong plume tells with certainty which half of the draws is true: log 2."""
    found = advice(draws(LEAK._replace(log_rate_kg_h=math.log(100.0))), [0.5])
    assert 0.9 * math.log(2.0) < found.gain.max() <= math.log(2.0) + 1e-4


def test_a_further_source_exists_only_with_the_one_before() -> None:
    """Two that are equally probable come and go together, and are no more than one question."""
    strong = LEAK._replace(log_rate_kg_h=math.log(100.0))
    both = draws(strong, strong._replace(east_m=-20.0))
    together, apart = advice(both, [0.5, 0.5]), advice(both, [0.5, 0.5], unknown=1)
    assert together.gain.max() <= math.log(2.0) + 1e-4
    assert apart.gain.max() > together.gain.max()


def test_the_grid_lies_over_the_search_area() -> None:
    found = advice(draws(LEAK), [1.0])
    step = (BOUNDS.east - BOUNDS.west) / found.east_m.size
    assert found.east_m[0] == BOUNDS.west + 0.5 * step
    assert found.north_m[-1] == BOUNDS.north - 0.5 * step


def cloud_of(model: Model) -> Cloud:
    """Candidates about the truth, none of them better supported beforehand."""
    rng = np.random.default_rng(1)
    candidates = np.tile(TRUTH.numbers(), (DRAWS, 1))
    candidates[:, AIR : AIR + 2] += rng.normal(0.0, 4.0, (DRAWS, 2))
    return Cloud(candidates, np.zeros(DRAWS), model(candidates))


def test_readings_in_the_plume_matter_more_than_those_in_clean_air() -> None:
    model = model_of(scenes.matched(np.random.default_rng(0)))
    cloud = cloud_of(model)
    influence = influence_of(model, cloud, 1.0)
    plume = cloud.verdicts.plume_ppm.mean(axis=0)
    assert influence.shape == (scenes.MINUTES * SENSORS,)
    assert ((influence >= 0.0) & (influence <= math.log(DRAWS))).all()
    inside, outside = plume > 10.0 * scenes.NOISE_PPM, plume < 0.01 * scenes.NOISE_PPM
    assert inside.sum() > 10
    assert outside.sum() > 10
    assert influence[inside].mean() > 10.0 * influence[outside].mean()


def test_data_without_weight_have_no_influence_and_less_weight_means_less() -> None:
    model = model_of(scenes.matched(np.random.default_rng(0)))
    cloud = cloud_of(model)
    none, half, whole = (influence_of(model, cloud, power) for power in (0.0, 0.5, 1.0))
    assert np.allclose(none, 0.0, atol=1e-12)
    assert (half <= whole + 1e-12).all()
    assert half.sum() < whole.sum()


def test_candidates_that_are_one_give_no_reading_influence() -> None:
    model = model_of(scenes.matched(np.random.default_rng(0)))
    same = np.tile(TRUTH.numbers(), (4, 1))
    cloud = Cloud(same, np.zeros(4), model(same))
    assert np.allclose(influence_of(model, cloud, 1.0), 0.0, atol=1e-12)
