"""Laws of the filters, and that the fast ones give the numbers of those they replace."""

from __future__ import annotations

import numpy as np
import pytest
from jaxtyping import Bool, Float64
from numpy import ndarray
from retrieve_grounds import ground

from sillage.retrieve import filters
from sillage.retrieve.background import Room, SingularBackground, background_of
from sillage.retrieve.filters import Filter
from sillage.retrieve.shrinkage import STRENGTHS, shrunk

LINEAR = (
    filters.matched_filter,
    filters.shrunk_filter,
    filters.adaptive_filter,
    filters.logarithmic_filter,
    filters.albedo_filter,
)
EVERY = (*LINEAR, filters.sparse_filter)


def reference(
    x: Float64[ndarray, "pixel band"],
    unit: Float64[ndarray, " band"],
    trusted: Bool[ndarray, " pixel"],
) -> Float64[ndarray, " pixel"]:
    """Algorithm 1 of Foote et al. 2020 as it is written, with everything computed anew."""
    template = unit * 1e5
    count = len(x)
    mu = x[trusted].mean(axis=0)
    albedo = x @ mu / (mu @ mu)
    target = template * mu
    above = x[trusted] - mu
    solved = np.linalg.solve(above.T @ above / count, target)
    column = np.maximum((x - mu) @ solved / (albedo * (target @ solved)), 0.0)
    for _ in range(30):
        penalty = 1.0 / (albedo * (column + 1e-9))
        rest = x[trusted] - np.outer((albedo * column)[trusted], target)
        mu = rest.mean(axis=0)
        target = template * mu
        above = rest - mu
        solved = np.linalg.solve(above.T @ above / count, target)
        power = max(1.0, float(target @ solved))
        column = np.maximum(((x - mu) @ solved - penalty) / (albedo * power), 0.0)
    return np.asarray(column * 1e5)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share", [1.0, 0.8])
@pytest.mark.parametrize(("pixels", "bands"), [(600, 20), (601, 21)])
def test_the_sparse_filter_gives_the_published_numbers(
    seed: int, share: float, pixels: int, bands: int
) -> None:
    rng = np.random.default_rng(seed)
    bare = ground(rng, pixels, bands)
    column = np.where(rng.random(pixels) < 0.1, 20_000.0 * rng.random(pixels), 0.0)
    seen = bare.under(column)
    trusted = rng.random(pixels) < share
    found = filters.sparse_filter(seen, bare.unit, trusted=trusted).column_ppm_m
    wanted = reference(seen, bare.unit, trusted)
    assert wanted.max() > 1000.0
    np.testing.assert_allclose(found, wanted, rtol=0.0, atol=1e-3)


def test_the_inverse_undoes_the_scatter_in_any_unit_of_a_band() -> None:
    bare = ground(np.random.default_rng(5)).radiance
    plain = background_of(bare).inverse()
    above = bare - bare.mean(axis=0)
    np.testing.assert_allclose(plain @ (above.T @ above), np.eye(20), rtol=0.0, atol=1e-9)
    np.testing.assert_allclose(plain, plain.T, rtol=0.0, atol=1e-13)
    units = 2.0 ** np.arange(-30, 30, 3)  # powers of two round nothing
    scaled = background_of(bare * units).inverse()
    np.testing.assert_allclose(scaled * np.outer(units, units), plain, rtol=1e-12)


def test_the_matched_filter_is_its_formula() -> None:
    bare = ground(np.random.default_rng(1))
    mu = bare.radiance.mean(axis=0)
    covariance = np.cov(bare.radiance.T, bias=True)
    target = bare.unit * mu
    solved = np.linalg.solve(covariance, target)
    wanted = (bare.radiance - mu) @ solved / (target @ solved)
    found = filters.matched_filter(bare.radiance, bare.unit)
    np.testing.assert_allclose(found.column_ppm_m, wanted, rtol=1e-8, atol=1e-6)
    np.testing.assert_allclose(found.std_ppm_m, wanted.std(), rtol=1e-8)


@pytest.mark.parametrize("use", EVERY)
def test_the_unit_of_radiance_changes_nothing(use: Filter) -> None:
    bare = ground(np.random.default_rng(2))
    one = use(bare.radiance, bare.unit)
    other = use(1e-3 * bare.radiance, bare.unit)
    for before, after in zip(one[:4], other[:4], strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-6, atol=1e-6 * np.abs(before).max())


@pytest.mark.parametrize("use", LINEAR)
def test_twice_the_absorption_is_half_the_column(use: Filter) -> None:
    bare = ground(np.random.default_rng(3))
    one, other = use(bare.radiance, bare.unit), use(bare.radiance, 2.0 * bare.unit)
    np.testing.assert_allclose(other.column_ppm_m, one.column_ppm_m / 2.0, rtol=1e-7, atol=1e-6)
    np.testing.assert_allclose(other.std_ppm_m, one.std_ppm_m / 2.0, rtol=1e-7)


@pytest.mark.parametrize("use", EVERY)
def test_pixels_may_come_in_any_order(use: Filter) -> None:
    rng = np.random.default_rng(4)
    bare = ground(rng)
    trusted = rng.random(600) < 0.7
    order = rng.permutation(600)
    one = use(bare.radiance, bare.unit, trusted=trusted)
    other = use(bare.radiance[order], bare.unit, trusted=trusted[order])
    scale = np.abs(one.column_ppm_m).max()
    np.testing.assert_allclose(other.column_ppm_m, one.column_ppm_m[order], atol=1e-6 * scale)
    np.testing.assert_allclose(other.std_ppm_m, one.std_ppm_m[order], rtol=1e-6)


@pytest.mark.parametrize("use", LINEAR)
def test_gas_in_a_pixel_that_is_held_out_raises_that_pixel_alone(use: Filter) -> None:
    bare = ground(np.random.default_rng(5))
    column = np.zeros(600)
    column[17] = 5000.0
    clean = use(bare.radiance, bare.unit, trusted=column == 0.0)
    gassy = use(bare.under(column), bare.unit, trusted=column == 0.0)
    change = gassy.column_ppm_m - clean.column_ppm_m
    assert change[17] > 1000.0
    np.testing.assert_allclose(np.delete(change, 17), 0.0, atol=1e-7)


@pytest.mark.parametrize("use", LINEAR)
def test_sensitivity_is_the_share_of_a_trace_that_is_retrieved(use: Filter) -> None:
    bare = ground(np.random.default_rng(6))
    trace = np.zeros(600)
    trace[5:50] = 1.0  # ppm m: too little to bend anything
    clean = use(bare.radiance, bare.unit, trusted=trace == 0.0)
    gassy = use(bare.under(trace), bare.unit, trusted=trace == 0.0)
    change = (gassy.column_ppm_m - clean.column_ppm_m)[5:50]
    np.testing.assert_allclose(change, clean.sensitivity[5:50], rtol=3e-3)


@pytest.mark.parametrize("use", LINEAR)
def test_gain_tells_what_a_change_of_one_band_does(use: Filter) -> None:
    bare = ground(np.random.default_rng(7))
    mean = background_of(bare.radiance).mean
    found = use(bare.radiance, bare.unit)
    if found.logarithmic:
        assert found.gain_ppm_m @ bare.unit == pytest.approx(1.0)
    else:
        assert found.gain_ppm_m @ bare.unit == pytest.approx(1.0)
        changed = np.vstack([bare.radiance, mean, mean * (1.0 + 0.01 * (np.arange(20) == 3))])
        trusted = np.arange(602) < 600
        pair = use(changed, bare.unit, trusted=trusted).column_ppm_m[600:]
        if use is not filters.albedo_filter:
            assert pair[1] - pair[0] == pytest.approx(0.01 * found.gain_ppm_m[3], rel=1e-6)


def test_shrinkage_is_that_of_every_strength_inverted_by_itself() -> None:
    rng = np.random.default_rng(8)
    bare = ground(rng, pixels=60)
    above = bare.radiance - bare.radiance.mean(axis=0)
    count, bands = above.shape
    scatter = above.T @ above / count
    wanted = np.empty(STRENGTHS.size)
    for index, strength in enumerate(STRENGTHS):
        beta = (1.0 - strength) / (count - 1.0)
        drawn = count * beta * scatter + strength * np.diag(np.diag(scatter))
        distance = (above @ np.linalg.inv(drawn) * above).sum(axis=1)
        rest = 1.0 - beta * distance
        wanted[index] = 0.5 * (bands * np.log(2.0 * np.pi) + np.linalg.slogdet(drawn)[1]) + (
            np.log(rest) + distance / rest
        ).sum() / (2.0 * count)
    found = shrunk(background_of(bare.radiance))
    np.testing.assert_allclose(found.nll, wanted, rtol=1e-6)
    assert found.strength == STRENGTHS[wanted.argmin()]
    assert 1e-9 < found.strength < 1.0


def test_shrinkage_bears_fewer_pixels_than_bands() -> None:
    bare = ground(np.random.default_rng(9), pixels=15)
    found = filters.shrunk_filter(bare.radiance, bare.unit)
    assert np.isfinite(found.column_ppm_m).all()
    with pytest.raises(SingularBackground, match=r"15 clean pixels of 20 bands .* shrinkage"):
        filters.matched_filter(bare.radiance, bare.unit)


@pytest.mark.parametrize("use", EVERY)
def test_a_background_without_pixels_or_with_a_copied_band_is_refused(use: Filter) -> None:
    bare = ground(np.random.default_rng(10))
    with pytest.raises(SingularBackground, match="no clean pixel"):
        use(bare.radiance, bare.unit, trusted=np.zeros(600, dtype=bool))
    if use is not filters.shrunk_filter:
        twice = bare.radiance.copy()
        twice[:, 4] = twice[:, 3]
        with pytest.raises(SingularBackground, match="inverse covariance"):
            use(twice, bare.unit)


@pytest.mark.parametrize("use", EVERY)
def test_memory_is_used_again_without_a_trace_of_what_it_held(use: Filter) -> None:
    rng = np.random.default_rng(11)
    room = Room()
    first, second = ground(rng, pixels=700), ground(rng, pixels=300)
    alone = use(second.radiance, second.unit)
    use(first.radiance, first.unit, room=room)
    shared = use(second.radiance, second.unit, room=room)
    for one, other in zip(alone[:4], shared[:4], strict=True):
        np.testing.assert_array_equal(one, other)


def test_single_precision_radiance_is_read_as_it_is() -> None:
    bare = ground(np.random.default_rng(12))
    single = bare.radiance.astype(np.float32)
    one = filters.sparse_filter(single, bare.unit).column_ppm_m
    other = filters.sparse_filter(single.astype(np.float64), bare.unit).column_ppm_m
    np.testing.assert_array_equal(one, other)
