"""Is the expected information of a reading what its definition says, whatever the hypotheses?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sillage.air.information import expected_gain

Floats = NDArray[np.float64]

ACCURACY = 1e-4  # as the docstring states it


@st.composite
def hypotheses(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Values (draw, place) over three powers of ten, and a noise that grows with them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    draws, places = draw(st.integers(2, 30)), draw(st.integers(1, 4))
    value = rng.lognormal(0.0, draw(st.floats(0.1, 3.0)), (draws, places))
    value *= rng.random((draws, places)) < draw(st.floats(0.1, 1.0))
    noise = draw(st.floats(0.01, 3.0))
    return value, np.sqrt(noise**2 + (draw(st.floats(0.0, 0.6)) * value) ** 2)


def integrated(value: Floats, std: Floats) -> float:
    """The mutual information at one place by brute force: a grid as fine as the narrowest."""
    edges = np.concatenate([value + side * std for side in np.arange(-9.0, 9.01, 0.02)])
    at = np.unique(edges)
    density = np.zeros_like(at)
    own = 0.0
    for middle, sigma in zip(value, std, strict=True):
        density += np.exp(-0.5 * ((at - middle) / sigma) ** 2) / sigma
        own += math.log(sigma) + 0.5 + 0.5 * math.log(2.0 * math.pi)
    density /= value.size * math.sqrt(2.0 * math.pi)
    surprise = np.where(density > 0.0, -density * np.log(np.maximum(density, 1e-300)), 0.0)
    return float(np.trapezoid(surprise, at)) - own / value.size


@given(hypotheses())
def test_it_is_the_entropy_of_the_mixture_less_that_of_its_parts(
    made: tuple[Floats, Floats],
) -> None:
    value, std = made
    said = [integrated(v, s) for v, s in zip(value.T, std.T, strict=True)]
    assert expected_gain(value, std) == pytest.approx(said, abs=ACCURACY)


@given(hypotheses(), st.floats(0.01, 100.0))
def test_nothing_is_learned_where_all_expect_the_same(
    made: tuple[Floats, Floats], noise: float
) -> None:
    value, _ = made
    assert (expected_gain(np.ones_like(value) * value[0], noise) == 0.0).all()


@given(hypotheses())
def test_it_lies_between_nothing_and_which_draw_it_is(made: tuple[Floats, Floats]) -> None:
    gain = expected_gain(*made)
    assert (gain >= 0.0).all()
    assert (gain <= math.log(len(made[0]))).all()


@given(hypotheses(), st.floats(1.0, 20.0), st.floats(0.01, 3.0))
def test_it_grows_when_noise_falls(made: tuple[Floats, Floats], times: float, noise: float) -> None:
    value, _ = made
    more, less = expected_gain(value, noise), expected_gain(value, noise * times)
    assert (more >= less - ACCURACY).all()


@given(hypotheses(), st.integers(0, 100), st.floats(-1e3, 1e3))
def test_neither_order_nor_a_common_offset_matters(
    made: tuple[Floats, Floats], seed: int, offset: float
) -> None:
    value, std = made
    order = np.random.default_rng(seed).permutation(len(value))
    gain = expected_gain(value, std)
    assert expected_gain(value[order], std[order]) == pytest.approx(gain, abs=1e-9)
    assert expected_gain(value + offset, std) == pytest.approx(gain, abs=1e-6)


@given(st.integers(1, 40), st.floats(20.0, 1e6))
def test_two_well_separated_halves_give_log_two(half: int, apart: float) -> None:
    value = np.repeat([[0.0], [apart]], half, axis=0)
    assert expected_gain(value, 1.0) == pytest.approx([math.log(2.0)], abs=ACCURACY)


def test_draws_that_all_differ_give_the_logarithm_of_their_number() -> None:
    value = 1e3 * np.arange(50.0)[:, None]
    assert expected_gain(value, 1.0) == pytest.approx([math.log(50.0)], abs=ACCURACY)


def test_a_weak_signal_gives_half_its_power_against_the_noise() -> None:
    """Shannon 1948, in the limit of little signal: half the logarithm of one plus the ratio."""
    value = np.random.default_rng(0).normal(0.0, 0.1, (400, 1))
    assert expected_gain(value, 1.0)[0] == pytest.approx(0.5 * np.log1p(value.var()), rel=0.02)


@pytest.mark.parametrize(
    ("value", "noise"),
    [
        (np.zeros(3), 1.0),
        (np.zeros((0, 3)), 1.0),
        (np.full((2, 3), np.nan), 1.0),
        (np.zeros((2, 3)), 0.0),
        (np.zeros((2, 3)), np.nan),
        (np.zeros((2, 3)), np.ones(4)),
    ],
)
def test_what_is_no_table_of_hypotheses_is_refused(value: Floats, noise: Floats | float) -> None:
    with pytest.raises(ValueError, match=r"."):
        expected_gain(value, noise)
