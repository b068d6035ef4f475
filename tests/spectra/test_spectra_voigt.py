"""Lines: the profile against scipy's, and laws that sums of lines obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import par_line, source
from scipy.special import wofz

from sillage.errors import ReadError, SillageError
from sillage.spectra.hitran_lines import line_spectrum, read_marfa, read_par
from sillage.spectra.voigt import Lines, absorption, faddeeva_real

GRID = np.linspace(990.0, 1010.0, 4001)


def lines(*centres: float, strength: float = 1e-20, width: float = 0.07) -> Lines:
    count = len(centres)
    return Lines(
        centre_cm=np.array(centres),
        strength_cm=np.full(count, strength),
        air_width_cm=np.full(count, width),
        air_shift_cm=np.zeros(count),
        strength_uncertainty=np.full(count, np.nan),
    )


@pytest.mark.parametrize("y", np.geomspace(1e-3, 1e4, 29))
def test_the_profile_is_scipys_within_1e_4(y: float) -> None:
    x = np.concatenate([np.linspace(0.0, 30.0, 301), np.geomspace(30.0, 1e6, 40)])
    ours = np.array([faddeeva_real(at, y) for at in x])
    assert ours == pytest.approx(wofz(x + 1j * y).real, rel=1e-4, abs=0.0)
    assert ours == pytest.approx(wofz(x + 1j * y).real, rel=1e-7, abs=0.0)


@given(st.floats(300.0, 1100.0), st.floats(995.0, 1005.0))
def test_a_line_keeps_its_strength_at_every_pressure(pressure_hPa: float, centre: float) -> None:
    grid = np.linspace(centre - 40.0, centre + 40.0, 16001)
    seen = absorption(lines(centre), grid, 30.0, pressure_hPa, wing_cm=40.0)
    # What lies beyond the wing of a Lorentzian of width 0.07 is 2 * 0.07 / (pi * 40).
    assert np.trapezoid(seen, grid) == pytest.approx(1e-20, rel=2e-3, abs=0.0)


@given(st.floats(992.0, 1000.0), st.floats(1000.0, 1008.0))
def test_lines_add(first: float, second: float) -> None:
    both = absorption(lines(first, second), GRID, 30.0)
    alone = absorption(lines(first), GRID, 30.0) + absorption(lines(second), GRID, 30.0)
    assert both == pytest.approx(alone, rel=1e-12, abs=0.0)


def test_a_line_is_symmetric_and_ends_at_its_wing() -> None:
    seen = absorption(lines(1000.0), GRID, 30.0, wing_cm=5.0)
    assert seen == pytest.approx(seen[::-1], rel=1e-9, abs=0.0)
    assert (seen[np.abs(GRID - 1000.0) > 5.001] == 0.0).all()


def test_a_list_is_read_by_its_columns() -> None:
    found = read_par(source("\n".join(par_line(1000.0 + at, 1e-21 * at) for at in range(1, 5))))
    assert found.centre_cm == pytest.approx([1001.0, 1002.0, 1003.0, 1004.0])
    assert found.strength_cm == pytest.approx([1e-21, 2e-21, 3e-21, 4e-21], abs=0.0)
    assert found.air_width_cm == pytest.approx(0.07)
    assert found.air_shift_cm == pytest.approx(-0.001)
    assert found.strength_uncertainty == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (par_line(1000.0, 1e-20)[:100], "row 1: has 100 columns where a HITRAN line has 160"),
        (par_line(1000.0, 1e-20) + "\n" + par_line(1.0, 1e-20, molecule=5), "row 2: a line of mol"),
        (par_line(1000.0, 1e-20).replace("E-20", "E-zz"), "row 1: '1.000E-zz' is no line strength"),
        (par_line(1000.0, -1e-20), "below zero or not finite"),
        ("\n\n", "holds 0 lines"),
    ],
)
def test_a_broken_list_says_what_is_wrong_with_it(text: str, told: str) -> None:
    with pytest.raises(ReadError) as refused:
        read_par(source(text))
    assert told in str(refused.value)


def test_a_window_without_lines_says_where_the_lines_are() -> None:
    list_of_one = read_par(source(par_line(1000.0, 1e-20)))
    with pytest.raises(ReadError, match=r"lie from 1000.0 to 1000.0 cm-1"):
        line_spectrum(source("x"), list_of_one, 30.0, low_cm=700.0, high_cm=800.0, edition="HITRAN")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_binary_list_or_refused(content: bytes) -> None:
    try:
        found = read_marfa(source(content))
    except SillageError as refusal:
        assert "made.txt" in str(refusal)  # noqa: PT017  # both outcomes are lawful
    else:
        assert np.isfinite(found.strength_cm).all()


@given(st.integers(0, 330), st.text(max_size=4), st.integers(0, 8))
def test_a_damaged_list_is_read_or_refused(at: int, put: str, cut: int) -> None:
    whole = par_line(1000.0, 1e-20) + "\n" + par_line(1001.0, 1e-20)
    damaged = whole[:at] + put.encode("latin-1", "replace").decode("latin-1") + whole[at + cut :]
    try:
        found = read_par(source(damaged))
    except SillageError as refusal:
        assert "made.txt" in str(refusal)  # noqa: PT017  # both outcomes are lawful
    else:
        assert np.isfinite(found.centre_cm).all()
