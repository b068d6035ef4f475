"""Is a plume found where it is, and are there as many false ones as were asked for?"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from heat import PLUME_K, SHAPE, black, scene, shape
from scipy.ndimage import gaussian_filter

from sillage.detect import screen
from sillage.detect.contrast import PlumeTemperature
from sillage.detect.identify import identify
from sillage.detect.plumes import standing
from sillage.detect.screen import find_plumes, screened
from sillage.errors import NotEnoughInformation, RecordError
from sillage.records.cube import MemoryCube

TOLD = PlumeTemperature(mean_K=PLUME_K, std_K=1.0)


def test_a_plume_is_found_where_it_is_and_named() -> None:
    seen = scene({"ammonia": 200.0}, seed=1)
    first, *_ = find_plumes(seen.cube, temperature=TOLD, path=seen.path)
    column = shape(1)
    assert first[np.unravel_index(column.argmax(), column.shape)]
    assert (column[first] > 0.05).mean() > 0.9
    answer = identify(seen.cube, first, temperature=TOLD, path=seen.path)
    assert answer.candidates[0].substances == ("ammonia",)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_found_where_there_is_no_gas(seed: int) -> None:
    seen = scene({}, seed=seed)
    assert find_plumes(seen.cube, temperature=TOLD, path=seen.path, false_plumes=0.01) == []


def test_false_plumes_are_as_many_as_asked_for() -> None:
    """Pooled over six scenes without gas; a Poisson count of 30 strays by a fifth."""
    counts = [
        len(screened(scene({}, seed=seed).cube, temperature=TOLD).plumes(5.0).plumes)
        for seed in range(6)
    ]
    assert 15 <= sum(counts) <= 60


def test_ground_of_two_kinds_has_a_tail_that_begins_further_out() -> None:
    """A fifth of each of six maps strays by half as much again; ten false plumes asked for."""
    off = {None: 0, 120: 0}
    total = 0
    for seed in range(6):
        noise = gaussian_filter(np.random.default_rng(seed).standard_normal((600, 200)), 1.0)
        sigmas = noise / noise.std()
        sigmas[:120] *= 1.5
        for most in off:
            found = standing(sigmas, 10.0, apart_px=1.0, most_peaks=most)
            off[most] += abs(len(found.plumes) - 10)
            total += len(found.plumes) if most else 0
    assert off[120] < off[None]
    assert 40 <= total <= 80


def test_asking_for_more_false_plumes_finds_no_less() -> None:
    cube = scene({"ethylene": 60.0}, ground=black(290.0)).cube
    seen = screened(cube, temperature=TOLD)
    strict, loose = seen.plumes(0.1), seen.plumes(5.0)
    assert strict.plumes
    assert strict.height > loose.height
    assert len(loose.plumes) >= len(strict.plumes)
    assert loose.plumes[0].false_alarms < 0.1


def test_a_gas_with_bands_elsewhere_than_those_asked_for_does_not_stand_out() -> None:
    cube = scene({"sulfur hexafluoride": 4.0}, seed=1).cube
    core = shape(1) > 0.5
    own = screened(cube, temperature=TOLD, gases=["SF6"])
    other = screened(cube, temperature=TOLD, gases=["methanol"])
    assert set(own.limits_ppm_m) == {"sulfur hexafluoride"}
    assert any(core[plume.line, plume.sample].any() for plume in own.plumes(0.1).plumes)
    assert not any(core[plume.line, plume.sample].any() for plume in other.plumes(0.1).plumes)


def test_blocks_of_lines_show_what_the_whole_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    cube = scene({"ammonia": 200.0}, seed=1).cube
    whole = screened(cube, temperature=TOLD)
    monkeypatch.setattr(screen, "_BLOCK_PX", 24 * SHAPE[1])
    parts = screened(cube, temperature=TOLD)
    core = shape(1) > 0.5
    assert np.isfinite(parts.sigmas).all()
    assert parts.sigmas[core].mean() > 0.6 * whole.sigmas[core].mean()
    assert parts.limits_ppm_m["ammonia"] == pytest.approx(whole.limits_ppm_m["ammonia"], rel=0.3)


def test_a_block_without_enough_pixels_is_masked_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cube = scene({}, seed=0).cube
    radiance = cube.radiance.copy()
    radiance[:30, 2:] = np.nan
    monkeypatch.setattr(screen, "_BLOCK_PX", 24 * SHAPE[1])
    seen = screened(dataclasses.replace(cube, radiance=radiance), temperature=TOLD)
    assert np.isnan(seen.sigmas[:24]).all()
    assert np.isfinite(seen.sigmas[30:]).all()
    counts = {one.reason.split()[-1]: one.count for one in seen.masked}
    assert counts == {"number": 30 * (SHAPE[1] - 2), "ground": 24 * 2}


def test_a_band_without_numbers_is_named() -> None:
    cube = scene({}, seed=0).cube
    radiance = cube.radiance.copy()
    radiance[:, :, 10] = np.nan
    with pytest.raises(NotEnoughInformation, match=r"none has any at 8233 nm.*windows_nm"):
        screened(dataclasses.replace(cube, radiance=radiance), temperature=TOLD)
    holed = dataclasses.replace(cube, radiance=radiance)
    assert np.isfinite(
        screened(holed, temperature=TOLD, windows_nm=[(8500.0, 12_100.0)]).sigmas
    ).all()


def test_too_few_pixels_are_refused_with_the_number_that_it_takes() -> None:
    cube = scene({}, seed=0).cube
    small = MemoryCube(cube.radiance[:5, :10], cube.wavelength_nm, cube.fwhm_nm)
    with pytest.raises(NotEnoughInformation, match="50 whole pixels are too few for 64 bands"):
        screened(small, temperature=TOLD)


def test_no_false_plumes_at_all_cannot_be_asked_for() -> None:
    seen = screened(scene({}).cube, temperature=TOLD)
    with pytest.raises(RecordError, match="above 0"):
        seen.plumes(0.0)
