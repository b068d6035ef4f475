"""Is a gas named for what it is, a stranger left without a name, and nothing called nothing?"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from heat import (
    AIR,
    BANDS,
    GROUND_K,
    PLUME_K,
    SHAPE,
    SOME,
    WAVELENGTH_NM,
    ask,
    black,
    scene,
    shape,
)

from sillage.detect.background import learn_background
from sillage.detect.columns import columns_alone, limit_ppm_m, mass_g
from sillage.detect.contrast import PlumeTemperature, opaque
from sillage.detect.hypotheses import Plume, explain
from sillage.detect.identify import identify, identify_in, prepare
from sillage.detect.search import shares
from sillage.detect.signatures import Signatures, signatures
from sillage.detect.view import view_of
from sillage.errors import NotEnoughInformation, RecordError
from sillage.records.cube import About, MemoryCube
from sillage.records.detection import NOT_IN_LIBRARY
from sillage.spectra.lwir import Path

FWHM = np.full(BANDS, 75.0)
TOLD = PlumeTemperature(mean_K=PLUME_K, std_K=1.0)


@pytest.mark.parametrize(
    ("gas", "peak_ppm_m"), [("ammonia", 60.0), ("sulfur hexafluoride", 2.0), ("methanol", 80.0)]
)
def test_a_gas_is_named_with_its_column(gas: str, peak_ppm_m: float) -> None:
    answer = ask(scene({gas: peak_ppm_m}))
    assert answer.verdict == "identified"
    assert answer.candidates[0].substances == (gas,)
    (told,) = answer.columns
    truth = peak_ppm_m * float(shape()[shape() > 0.3].mean())
    assert told.column_ppm_m == pytest.approx(truth, rel=0.25)
    assert gas in answer.confusable[gas]


def test_probabilities_add_up_to_one_and_fall() -> None:
    answer = ask(scene({"ethylene": 150.0}))
    told = [one.probability for one in answer.candidates]
    assert sum(told) == pytest.approx(1.0, abs=1e-9)
    assert told == sorted(told, reverse=True)
    assert sum(one.probability for one in answer.answer(0.9)) >= 0.9 - 1e-6
    assert len(answer.answer(1e-6)) == 1


@pytest.mark.parametrize("seed", range(3))
def test_no_gas_is_nothing_and_has_no_name(seed: int) -> None:
    answer = ask(scene({}, seed=seed), seed)
    assert answer.verdict == "nothing"
    assert answer.candidates == ()
    assert answer.columns == ()
    assert answer.probability < 0.5


def test_two_gases_at_high_columns_are_a_mixture() -> None:
    answer = ask(scene({"ammonia": 150.0, "sulfur hexafluoride": 4.0}))
    assert set(answer.candidates[0].substances) == {"ammonia", "sulfur hexafluoride"}
    assert {one.gas for one in answer.columns} == {"ammonia", "sulfur hexafluoride"}


def test_a_gas_that_the_library_lacks_is_a_stranger() -> None:
    seen = scene({"sulfur hexafluoride": 4.0})
    others = tuple(gas for gas in SOME if gas != "sulfur hexafluoride")
    answer = ask(seen, gases=others)
    assert answer.verdict == "not in library"
    assert answer.candidates[0].substances == (NOT_IN_LIBRARY,)
    assert answer.columns == ()


def test_a_plume_as_warm_as_its_ground_cannot_be_told_and_says_so() -> None:
    seen = scene({"ammonia": 500.0}, ground=black(PLUME_K), plume_K=PLUME_K)
    answer = identify(
        seen.cube,
        shape() > 0.3,
        temperature=PlumeTemperature(mean_K=PLUME_K, std_K=0.0),
        path=seen.path,
    )
    assert answer.verdict == "no contrast"
    assert answer.candidates == ()
    assert "as warm as its background" in answer.reason


def test_the_order_of_the_library_changes_nothing() -> None:
    seen = scene({"ammonia": 40.0, "ethylene": 30.0})
    assert ask(seen, gases=SOME) == ask(seen, gases=SOME[::-1])
    library = signatures(WAVELENGTH_NM, FWHM, SOME)
    order = np.random.default_rng(0).permutation(len(library.gases))
    mixed = Signatures(
        tuple(library.gases[at] for at in order),
        library.cross_section_cm2[order],
        library.wavelength_nm,
    )
    view = view_of(seen.cube, shape() > 0.3)
    ways = [
        identify_in(view, one, temperature=TOLD, path=seen.path).candidates
        for one in (library, mixed)
    ]
    sets = [
        {frozenset(one.substances): one.probability for one in answer if one.probability > 1e-3}
        for answer in ways
    ]
    assert sets[0] == pytest.approx(sets[1], rel=1e-6)


def test_the_unit_of_radiance_changes_nothing() -> None:
    """Spectra and contrast in another unit: the same probabilities."""
    seen = scene({"methanol": 60.0})
    view = view_of(seen.cube, shape() > 0.3)
    library = signatures(WAVELENGTH_NM, FWHM, SOME)
    first = prepare(
        view,
        learn_background(view.radiance, view.clear),
        library,
        temperature=TOLD,
        path=seen.path,
    )
    scaled = view._replace(radiance=view.radiance * 0.1)
    background = learn_background(scaled.radiance, scaled.clear)
    pooling = dataclasses.replace(first.pooling, background=background)
    again = Plume(
        pooling,
        pooling.pool(scaled.radiance[view.plume] - background.mean),
        first.contrast * 0.1,
        first.node_share,
        first.profile,
        library,
    )
    told, same = shares(explain(first)), shares(explain(again))
    likely = [one for one in told if told[one] > 1e-4]
    assert [same[one] for one in likely] == pytest.approx([told[o] for o in likely], rel=1e-3)


def test_gas_in_one_pixel_raises_only_that_pixel() -> None:
    library = signatures(WAVELENGTH_NM, FWHM, SOME)
    seen = scene({})
    radiance = seen.cube.radiance.astype(float)
    background = learn_background(radiance, np.ones(SHAPE, dtype=bool))
    contrast = opaque(WAVELENGTH_NM, PLUME_K, seen.path) - background.beneath(radiance[20])
    place = library.gases.index("ammonia")
    gassy = radiance[20].copy()
    gassy[7] += 2e-3 * contrast[7] * library.cross_section_cm2[place] / 1e-20
    before, std = columns_alone(background, radiance[20], contrast, library)
    after, _ = columns_alone(background, gassy, contrast, library)
    others = np.arange(SHAPE[1]) != 7
    assert (after[others] == before[others]).all()
    assert after[7, place] > before[7, place]
    assert std.shape == before.shape


def test_the_limit_falls_as_contrast_rises_and_mass_goes_as_the_area_of_a_pixel() -> None:
    library = signatures(WAVELENGTH_NM, FWHM, SOME)
    seen = scene({})
    radiance = seen.cube.radiance.astype(float)
    background = learn_background(radiance, np.ones(SHAPE, dtype=bool))
    contrast = opaque(WAVELENGTH_NM, PLUME_K, seen.path) - background.mean
    limits = limit_ppm_m(background, contrast, library)
    assert limit_ppm_m(background, 2.0 * contrast, library) == pytest.approx(0.5 * limits)
    _, std = columns_alone(background, background.mean[None], contrast[None], library)
    assert 4.0 * std[0] == pytest.approx(limits)
    assert mass_g(100.0, 17.031, 2.0) == pytest.approx(4.0 * mass_g(100.0, 17.031, 1.0))
    assert mass_g(1e6, 17.031, 1.0) == pytest.approx(17.031 * 41.17, rel=2e-3)  # mol m-3 of gas


def test_a_mask_with_too_few_pixels_says_so() -> None:
    seen = scene({"ammonia": 60.0})
    few = np.zeros(SHAPE, dtype=bool)
    few[5, 5:8] = True
    with pytest.raises(NotEnoughInformation, match=r"3 whole pixels.*needs 4"):
        identify(seen.cube, few, temperature=TOLD)
    with pytest.raises(NotEnoughInformation, match="0 whole pixels"):
        identify(seen.cube, np.zeros(SHAPE, dtype=bool), temperature=TOLD)


def test_a_plume_that_fills_the_scene_leaves_nothing_to_compare_with() -> None:
    seen = scene({"ammonia": 60.0})
    with pytest.raises(NotEnoughInformation, match="clear pixels off the plume are too few"):
        identify(seen.cube, np.ones(SHAPE, dtype=bool), temperature=TOLD)


def test_a_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(RecordError, match="the mask is"):
        identify(scene({}).cube, np.ones((3, 3), dtype=bool), temperature=TOLD)


def test_counts_have_no_contrast() -> None:
    seen = scene({})
    counts = dataclasses.replace(seen.cube, about=About(name="raw.hdr", quantity="counts"))
    with pytest.raises(NotEnoughInformation, match=r"raw\.hdr: holds counts"):
        identify(counts, shape() > 0.3, temperature=TOLD)


def test_a_range_that_sees_no_heat_says_which_range_the_gas_needs() -> None:
    short = MemoryCube(np.ones((48, 48, 50)), np.linspace(1400.0, 2500.0, 50))
    with pytest.raises(NotEnoughInformation, match="needs some of 7100 to 15400 nm"):
        identify(short, shape() > 0.3, temperature=TOLD)
    with pytest.raises(NotEnoughInformation, match=r"sulfur hexafluoride.*sees 10\.\d\d to"):
        identify(short, shape() > 0.3, temperature=TOLD, gases=["SF6"])
    with pytest.raises(NotEnoughInformation, match=r"hydrogen cyanide.*would need.*13\.\d\d to"):
        ask(scene({}), gases=("hydrogen cyanide", "ammonia"))
    with pytest.raises(NotEnoughInformation, match=r"water vapour.*sillage gas import"):
        ask(scene({}), gases=("water vapour",))


def test_pixels_without_numbers_are_left_out() -> None:
    seen = scene({"ammonia": 60.0})
    radiance = seen.cube.radiance.copy()
    radiance[40:, :5] = np.nan
    holed = dataclasses.replace(seen, cube=dataclasses.replace(seen.cube, radiance=radiance))
    answer = ask(holed)
    assert answer.candidates[0].substances == ("ammonia",)


def test_a_cube_without_widths_says_what_it_supposes() -> None:
    seen = scene({"ammonia": 60.0})
    bare = dataclasses.replace(seen, cube=dataclasses.replace(seen.cube, fwhm_nm=None))
    answer = ask(bare)
    assert "tells no width" in answer.assumptions[0]
    assert answer.candidates[0].substances == ("ammonia",)


def test_without_a_path_the_air_is_clear() -> None:
    seen = scene({"sulfur hexafluoride": 2.0})
    answer = identify(seen.cube, shape() > 0.3, temperature=TOLD, path=None)
    again = identify(seen.cube, shape() > 0.3, temperature=TOLD, path=Path())
    assert answer == again
    assert AIR.temperature_K > GROUND_K
    assert answer.contrast_K > 0.0
