"""Laws of alarms and plumes: what is asked for is what comes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from detect_grounds import blob, noise_map
from hypothesis import given
from hypothesis import strategies as st

from sillage.detect.alarms import Tail, peaks_of, tail_of
from sillage.detect.plumes import ColumnMap, Plume, outside, plumes_of, with_rims
from sillage.errors import NotEnoughInformation, RecordError


def pixels(plume: Plume) -> set[tuple[int, int]]:
    return set(zip(plume.line.tolist(), plume.sample.tolist(), strict=True))


def with_plumes(seed: int, count: int, sigmas: float = 12.0) -> ColumnMap:
    """Noise with a few plumes in it, in its quarters."""
    bare = noise_map(seed)
    size = bare.sigmas.shape
    spots = [(25.0, 25.0), (75.0, 75.0), (25.0, 75.0), (75.0, 25.0)][:count]
    gas = sum(blob(size, at, 100.0 * sigmas, 3.0) for at in spots)
    return bare._replace(column_ppm_m=bare.column_ppm_m + gas)


@pytest.mark.parametrize(("asked", "seeds"), [(10.0, 40), (5.0, 40), (1.0, 80)])
@pytest.mark.parametrize("size", [(100, 100), (160, 160)])
def test_a_scene_without_structure_raises_as_many_as_asked(
    asked: float, seeds: int, size: tuple[int, int]
) -> None:
    counts = [len(plumes_of(noise_map(seed, size), asked).plumes) for seed in range(seeds)]
    error = np.std(counts) / np.sqrt(seeds)
    assert np.mean(counts) == pytest.approx(asked, abs=3.0 * error + 0.15 * asked)


@pytest.mark.parametrize("seed", range(3))
def test_more_false_plumes_asked_is_a_lower_threshold_and_plumes_that_hold_the_others(
    seed: int,
) -> None:
    seen = with_plumes(seed, 2)
    found = [plumes_of(seen, asked) for asked in (0.1, 1.0, 5.0, 15.0, 40.0)]
    for fewer, more in itertools.pairwise(found):
        assert more.height < fewer.height
        assert len(more.plumes) >= len(fewer.plumes)
        held = [pixels(one) for one in more.plumes]
        assert all(any(pixels(one) <= other for other in held) for one in fewer.plumes)


@given(factor=st.floats(1e-3, 1e3))
def test_columns_and_errors_together_may_have_any_unit(factor: float) -> None:
    seen = with_plumes(0, 1)
    scaled = seen._replace(
        column_ppm_m=factor * seen.column_ppm_m, std_ppm_m=factor * seen.std_ppm_m
    )
    one, other = plumes_of(seen, 3.0), plumes_of(scaled, 3.0)
    assert other.height == pytest.approx(one.height)
    assert [pixels(p) for p in other.plumes] == [pixels(p) for p in one.plumes]


@pytest.mark.parametrize("turn", [lambda m: m[::-1], lambda m: m[:, ::-1], np.transpose])
def test_a_mirrored_scene_has_mirrored_plumes(turn) -> None:  # type: ignore[no-untyped-def]
    seen = with_plumes(1, 2)
    mirrored = ColumnMap(turn(seen.column_ppm_m), turn(seen.std_ppm_m), seen.scale_px)
    where = turn(np.arange(seen.sigmas.size).reshape(seen.sigmas.shape))
    straight = [
        set((p.line * seen.sigmas.shape[1] + p.sample).tolist())
        for p in plumes_of(seen, 5.0).plumes
    ]
    back = [set(where[p.line, p.sample].tolist()) for p in plumes_of(mirrored, 5.0).plumes]
    assert back == straight


@pytest.mark.parametrize("asked", [5.0, 10.0])
def test_plumes_among_the_peaks_do_not_move_the_threshold_much(asked: float) -> None:
    """A few plumes, however strong: no fewer than half as many false ones as without."""
    for sigmas in (12.0, 200.0):
        false = []
        for seed in range(20):
            seen = with_plumes(seed, 4, sigmas)
            gas = seen.column_ppm_m - noise_map(seed).column_ppm_m
            plumes = plumes_of(seen, asked).plumes
            real = [one for one in plumes if one.of(gas).max() > 300.0]
            assert len(real) >= 4
            false.append(len(plumes) - len(real))
        assert 0.5 * asked < np.mean(false) < 1.3 * asked


def test_false_alarms_of_a_plume_are_what_its_height_was_asked_for() -> None:
    seen = with_plumes(2, 3)
    for plume in plumes_of(seen, 10.0).plumes:
        height = plumes_of(seen, plume.false_alarms).height if plume.false_alarms > 0.0 else np.inf
        assert height == pytest.approx(plume.sigmas, rel=1e-6) or plume.false_alarms == 0.0
        assert plume.false_alarms <= 10.0 * (1.0 + 1e-9)


@given(
    shape=st.floats(-0.3, 0.5), scale=st.floats(0.5, 10.0), count=st.floats(20.0, 500.0),
    asked=st.floats(0.01, 19.0),
)  # fmt: skip
def test_a_tail_is_its_own_inverse(shape: float, scale: float, count: float, asked: float) -> None:
    tail = Tail(1.5, count, scale, shape)
    assert tail.above(tail.height(asked)) == pytest.approx(asked, rel=1e-6)
    assert tail.height(asked) >= tail.height(2.0 * asked)


def test_a_plume_that_hangs_together_is_one_and_its_highest_pixel_comes_first() -> None:
    seen = noise_map(3)
    size = seen.sigmas.shape
    gas = blob(size, (40.0, 40.0), 2000.0, 3.0) + blob(size, (40.0, 52.0), 1500.0, 3.0)
    found = plumes_of(seen._replace(column_ppm_m=seen.column_ppm_m + gas), 0.5)
    plume = found.plumes[0]
    assert {(40, 40), (40, 46), (40, 52)} <= pixels(plume)
    assert abs(plume.line[0] - 40) + abs(plume.sample[0] - 40) <= 3
    assert len([one for one in found.plumes if one.of(gas).max() > 500.0]) == 1


def test_a_rim_lies_about_its_plume_is_clear_and_is_shared_with_none() -> None:
    seen = with_plumes(7, 4)
    column = seen.column_ppm_m.copy()
    column[:24] = np.nan
    seen = seen._replace(column_ppm_m=column)
    plumes = plumes_of(seen, 20.0).plumes
    grown = with_rims(seen, plumes)
    taken: set[tuple[int, int]] = set()
    for plume, rimmed in zip(plumes, grown, strict=True):
        rim = pixels(rimmed) - pixels(plume)
        assert pixels(plume) < pixels(rimmed)
        assert len(rimmed.line) == len(pixels(rimmed))
        assert not taken & pixels(rimmed)
        assert np.isfinite(rimmed.of(column)).all()
        apart = np.abs(np.array(sorted(rim))[:, None] - np.array(sorted(pixels(plume)))[None])
        assert apart.sum(axis=-1).min(axis=1).max() <= 2
        taken |= pixels(rimmed)


def test_masked_pixels_are_in_no_plume() -> None:
    seen = with_plumes(4, 3)
    column = seen.column_ppm_m.copy()
    column[23:27] = np.nan
    found = plumes_of(seen._replace(column_ppm_m=column), 10.0)
    assert found.plumes
    assert all(np.isfinite(one.of(column)).all() for one in found.plumes)
    bare = outside(found.plumes, column)
    assert np.isnan(bare).sum() == np.isnan(column).sum() + sum(p.line.size for p in found.plumes)


def test_a_scene_too_small_to_know_its_clutter_is_refused() -> None:
    with pytest.raises(NotEnoughInformation, match=r"\d+ peaks .* 20 are needed: take a larger"):
        plumes_of(noise_map(5, (30, 30)), 1.0)
    with pytest.raises(NotEnoughInformation, match="0 peaks"):
        tail_of(peaks_of(np.full((50, 50), np.nan), apart_px=2.5).height)


def test_no_false_plume_at_all_is_not_to_be_had() -> None:
    for asked in (0.0, -1.0, float("nan")):
        with pytest.raises(RecordError, match="above 0"):
            plumes_of(noise_map(6), asked)


def test_a_single_pixel_that_was_put_back_raises_no_plume_but_tells_where_gas_is_thickest() -> None:
    seen = noise_map(7)
    gas = blob(seen.sigmas.shape, (50.0, 50.0), 1500.0, 4.0)
    average = seen._replace(column_ppm_m=seen.column_ppm_m + gas)
    detailed = average.column_ppm_m.copy()
    detailed[20, 20] += 3000.0  # an odd pixel of clutter
    detailed[52, 48] += 3000.0  # where gas comes out
    both = average._replace(column_ppm_m=detailed, average_sigmas=average.sigmas)
    plain, found = plumes_of(average, 1.0), plumes_of(both, 1.0)
    assert found.height == plain.height
    assert [one.sigmas for one in found.plumes] == [one.sigmas for one in plain.plumes]
    assert (found.plumes[0].line[0], found.plumes[0].sample[0]) == (52, 48)
    assert not any(((one.line == 20) & (one.sample == 20)).any() for one in found.plumes)
