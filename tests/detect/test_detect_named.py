"""Does a plume of heat become a claim that says no more than its spectrum and its height do?"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from heat import AIR, PLUME_K, SHAPE, ask, scene, shape

from sillage.detect.claims import Taken
from sillage.detect.columns import mass_g
from sillage.detect.contrast import PlumeTemperature
from sillage.detect.kinds import false_alarms
from sillage.detect.named import (
    Named,
    Question,
    detection_of,
    evidence_of,
    lacking,
    mass_of,
    named_of,
)
from sillage.detect.plumes import Plume
from sillage.records.base import Interval
from sillage.records.cube import Geolocation, MemoryCube
from sillage.records.detection import NOT_IN_LIBRARY
from sillage.simulate.lwir_scenes import LwirScene

TOLD = PlumeTemperature(mean_K=PLUME_K, std_K=1.0)
STEP_DEG = 2e-5
NOON = datetime(2026, 5, 9, 12, tzinfo=UTC)
TAKEN = Taken(
    platform="Twin Otter",
    instrument="imager",
    observed_at=Interval(start=NOON, end=NOON),
    settings={"prior": 0.5},
)


def placed(seen: LwirScene) -> MemoryCube:
    """The scene near the equator, pixels of two metres."""
    line, sample = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    place = Geolocation(7.0 + STEP_DEG * sample, 0.5 - STEP_DEG * line)
    cube = seen.cube
    return MemoryCube(cube.radiance, cube.wavelength_nm, cube.fwhm_nm, place=place)


def drawn(mask: np.ndarray, sigmas: float = 12.0, false_alarms: float = 1e-3) -> Plume:
    line, sample = np.nonzero(mask)
    order = np.argsort(-shape()[line, sample])
    return Plume(line[order], sample[order], sigmas, false_alarms)


def named(
    seen: LwirScene, *plumes: Plume, gases: tuple[str, ...] | None = None
) -> tuple[Named, ...]:
    question = Question(TOLD, seen.path, gases)
    return named_of(placed(seen), plumes or (drawn(shape() > 0.3),), question)


def test_a_named_plume_is_a_detection_with_its_candidates_and_its_mass() -> None:
    (one,) = named(scene({"ammonia": 60.0}))
    record = detection_of(one, TAKEN)
    assert record is not None
    assert record.candidates[0].substances == ("ammonia",)
    assert record.candidates == one.answer.candidates if one.answer else False
    assert (record.strength, record.looked_at) == (12.0, "scene")
    assert record.false_alarms == false_alarms(1e-3, "identified", SHAPE[0] * SHAPE[1])
    assert record.probability == one.probability
    assert 0.5 < record.probability < 1.0
    top = np.unravel_index(shape().argmax(), SHAPE)
    assert record.place.lon == pytest.approx(7.0 + STEP_DEG * top[1])
    assert record.place.lat == pytest.approx(0.5 - STEP_DEG * top[0])
    assert record.mass is not None
    pixel_m = STEP_DEG * 110_900.0
    true_kg = 1e-3 * mass_g(60.0 * float(shape()[shape() > 0.3].sum()), 17.03, pixel_m)
    assert record.mass.mean == pytest.approx(true_kg, rel=0.25)
    assert record.rate is None
    tests = [part.test for part in record.evidence]
    assert tests == ["height", "spectrum", "contrast", "column of ammonia"]


def test_ground_alone_is_no_claim_and_says_so() -> None:
    (one,) = named(scene({}))
    assert one.answer is not None
    assert one.answer.verdict == "nothing"
    assert one.probability is not None
    assert one.probability < 0.5
    assert one.mass_kg is None
    assert detection_of(one, TAKEN) is None


def test_a_stranger_is_a_detection_without_a_name() -> None:
    others = ("ethylene", "methanol", "furan", "propene")
    (one,) = named(scene({"sulfur hexafluoride": 4.0}), gases=others)
    record = detection_of(one, TAKEN)
    assert record is not None
    assert record.candidates[0].substances == (NOT_IN_LIBRARY,)
    assert record.mass is None
    assert record.evidence[-1].test == "stranger"


def test_gases_of_a_plume_leave_nothing_of_its_spectrum_unexplained() -> None:
    """Against the ground alone the plume stands out; against ground and gas it does not."""
    (one,) = named(scene({"ammonia": 60.0}))
    told = one.spectrum
    assert told is not None
    assert told.gases == ("ammonia",)
    over_ground = (told.plume - told.ground) / told.std
    over_fit = (told.plume - told.fitted) / told.std
    assert np.sqrt((over_ground**2).mean()) > 5.0
    assert np.sqrt((over_fit**2).mean()) < 2.0
    truth = scene({}).radiance_without_gas[shape() > 0.3].mean(axis=0)
    assert np.abs(told.ground - truth).max() < 0.25 * np.abs(told.plume - truth).max()


def test_a_stranger_is_drawn_against_the_ground_alone() -> None:
    others = ("ethylene", "methanol", "furan", "propene")
    (one,) = named(scene({"sulfur hexafluoride": 4.0}), gases=others)
    assert one.spectrum is not None
    assert one.spectrum.gases == ()
    assert (one.spectrum.fitted == one.spectrum.ground).all()


def test_a_plume_that_leaves_no_ground_is_told_and_the_others_are_named() -> None:
    seen = scene({"ammonia": 60.0})
    whole = np.ones(SHAPE, dtype=bool)
    (refused,) = named(seen, drawn(whole))
    assert refused.answer is None
    assert "clear pixels off the plume are too few" in refused.refusal
    assert refused.probability is None
    assert detection_of(refused, TAKEN) is None


def test_another_plume_is_no_clear_ground() -> None:
    """What is learned of the ground does not depend on gas in a plume that is known beside it."""
    mask = shape() > 0.3
    half = mask.copy()
    half[:, : int(np.median(np.nonzero(mask)[1]))] = False
    rest = mask & ~half
    first, second = named(scene({"ammonia": 60.0}), drawn(half), drawn(rest))
    assert first.answer is not None
    assert second.answer is not None
    assert first.answer.candidates[0].substances == ("ammonia",)
    assert second.answer.candidates[0].substances == ("ammonia",)
    assert first.answer.control_windows > 0


def test_a_plume_of_few_pixels_takes_its_neighbours() -> None:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[np.unravel_index(shape().argmax(), SHAPE)] = True
    (one,) = named(scene({"ammonia": 200.0}), drawn(mask))
    assert one.plume.line.size == 9
    assert one.answer is not None
    assert one.answer.pixels == 9


def test_what_a_picture_lacks_is_listed() -> None:
    (one,) = named(scene({"ammonia": 60.0}))
    bare = TAKEN._replace(platform=None, observed_at=None)
    assert lacking(TAKEN, [one]) == ()
    assert lacking(bare, [one]) == ("a time", "a platform")
    nowhere = one._replace(footprint=None)
    assert lacking(TAKEN, [nowhere]) == ("places of its pixels",)
    assert detection_of(nowhere, TAKEN) is None
    assert detection_of(one, bare) is None


def test_the_same_claim_has_the_same_id() -> None:
    first, again = (detection_of(named(scene({"ammonia": 60.0}))[0], TAKEN) for _ in range(2))
    assert first is not None
    assert again is not None
    assert first.id == again.id


def test_a_mixture_has_no_mass_of_one_gas() -> None:
    answer = ask(scene({"ammonia": 150.0, "sulfur hexafluoride": 4.0}))
    assert len(answer.columns) == 2
    assert mass_of(answer, 2.0) is None


def test_gases_that_look_alike_are_told_with_the_column() -> None:
    answer = ask(scene({"propene": 400.0}))
    assert answer.candidates[0].substances == ("propene",)
    said = {one.test: one.explanation for one in evidence_of(drawn(shape() > 0.3), answer)}
    for other in answer.confusable["propene"] - {"propene"}:
        assert other in said["column of propene"]
    assert ("cannot tell it from" in said["column of propene"]) == (
        len(answer.confusable["propene"]) > 1
    )
    assert AIR.temperature_K == PLUME_K
