"""Laws of the filter in flight."""

from __future__ import annotations

import numpy as np
import pytest
from retrieve_grounds import ground

from sillage.errors import RecordError
from sillage.retrieve.filters import matched_filter
from sillage.retrieve.push_broom import PushBroom


def flown(lines: int, samples: int, seed: int):  # type: ignore[no-untyped-def]
    """Radiance of a flight (line, sample, band), and the unit absorption."""
    bare = ground(np.random.default_rng(seed), pixels=lines * samples)
    return bare.radiance.reshape(lines, samples, -1), bare.unit


def test_every_line_is_answered_once_and_in_order() -> None:
    radiance, unit = flown(200, 3, 0)
    broom = PushBroom(unit, 3)
    told = [line.number for row in radiance for line in broom.take(row)]
    told += [line.number for line in broom.finish()]
    assert told == list(range(200))


def test_without_fading_a_line_is_filtered_by_all_before_it() -> None:
    radiance, unit = flown(300, 2, 1)
    broom = PushBroom(unit, 2, memory_lines=1e12, refresh=1, held_out=np.inf)
    lines = [line for row in radiance for line in broom.take(row)]
    for sample in range(2):
        column = radiance[:, sample]
        trusted = np.arange(300) < 299
        wanted = matched_filter(column, unit, trusted=trusted)
        assert lines[299].column_ppm_m[sample] == pytest.approx(wanted.column_ppm_m[299], rel=1e-6)
        assert lines[299].std_ppm_m[sample] == pytest.approx(wanted.std_ppm_m[299], rel=1e-2)


def test_gas_is_retrieved_in_full_though_the_line_is_short() -> None:
    """A filter that has its own pixel in its background loses bands / lines of it."""
    radiance, unit = flown(120, 40, 2)
    column = np.zeros((120, 40))
    column[100] = 4000.0
    seen = radiance * np.exp(column[..., None] * unit)
    broom, bare = PushBroom(unit, 40), PushBroom(unit, 40)
    with_gas = [line for row in seen for line in broom.take(row)][100]
    without = [line for row in radiance for line in bare.take(row)][100]
    change = with_gas.column_ppm_m - without.column_ppm_m
    assert np.median(change / with_gas.sensitivity) == pytest.approx(4000.0, rel=0.15)


def test_memory_stays_and_a_dead_column_stays_silent() -> None:
    radiance, unit = flown(400, 4, 3)
    radiance = radiance.copy()
    radiance[:, 2] = 1.0
    broom = PushBroom(unit, 4)
    before = broom.memory_bytes
    lines = [line for row in radiance for line in broom.take(row)]
    assert broom.memory_bytes == before
    assert np.isnan(lines[-1].column_ppm_m[2])
    assert np.isfinite(lines[-1].column_ppm_m[[0, 1, 3]]).all()


def test_masked_pixels_have_no_column_and_do_not_join() -> None:
    radiance, unit = flown(200, 2, 4)
    spoilt = radiance.copy()
    spoilt[150, 0] *= 50.0
    clear = np.array([False, True])
    one, other = PushBroom(unit, 2, refresh=1), PushBroom(unit, 2, refresh=1)
    last = None
    for number, (row, bare) in enumerate(zip(spoilt, radiance, strict=True)):
        mask = clear if number == 150 else None
        with_mask = list(one.take(row, mask))
        plain = list(other.take(bare, mask))
        if number == 150:
            assert np.isnan(with_mask[0].column_ppm_m[0])
        last = with_mask[-1:] and (with_mask[-1], plain[-1])
    assert last
    np.testing.assert_array_equal(last[0].column_ppm_m, last[1].column_ppm_m)


def test_a_line_of_another_instrument_is_refused() -> None:
    _, unit = flown(10, 2, 5)
    with pytest.raises(RecordError, match=r"a line is \(2, 20\)"):
        list(PushBroom(unit, 2).take(np.ones((3, 20))))
