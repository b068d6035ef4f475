"""A JCAMP-DX file gives back what was written, in every form, or says what is wrong with it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import jcamp, source

from sillage.errors import ReadError, SillageError
from sillage.spectra.jcamp import read_jcamp
from sillage.spectra.spectrum import number_density_cm3

SQUEEZED = "@ABCDEFGHI"
MINUS = "?abcdefghi"
DIFFERENCE = "%JKLMNOPQR"
MINUS_DIFFERENCE = "?jklmnopqr"
REPEAT = "?STUVWXYZs"

ordinates = st.lists(st.integers(-99_999, 99_999), min_size=2, max_size=60)


def first_digit(value: int, plus: str, minus: str) -> str:
    digits = str(abs(value))
    return (minus if value < 0 else plus)[int(digits[0])] + digits[1:]


def in_affn(values: list[int]) -> list[str]:
    return [
        f"{1000 + at} " + " ".join(map(str, values[at : at + 7])) for at in range(0, len(values), 7)
    ]


def in_pac(values: list[int]) -> list[str]:
    return [
        f"{1000 + at}" + "".join(f"{v:+d}" for v in values[at : at + 7])
        for at in range(0, len(values), 7)
    ]


def in_sqz(values: list[int]) -> list[str]:
    return [
        f"{1000 + at}" + "".join(first_digit(v, SQUEEZED, MINUS) for v in values[at : at + 7])
        for at in range(0, len(values), 7)
    ]


def in_difdup(values: list[int]) -> list[str]:
    """Differences with repeats; each line after the first begins with the last value again."""
    rows, at = [], 0
    while at < len(values) - 1 or at == 0:
        part = values[at : at + 8]
        text = f"{1000 + at}" + first_digit(part[0], SQUEEZED, MINUS)
        steps = [b - a for a, b in pairwise(part)]
        index = 0
        while index < len(steps):
            same = 1
            while index + same < len(steps) and steps[index + same] == steps[index]:
                same += 1
            text += first_digit(steps[index], DIFFERENCE, MINUS_DIFFERENCE)
            text += REPEAT[same] if same > 1 else ""
            index += same
        rows.append(text)
        at += len(part) - 1
    return rows


@pytest.mark.parametrize("form", [in_affn, in_pac, in_sqz, in_difdup])
@given(values=ordinates)
def test_every_form_gives_back_what_was_written(form: object, values: list[int]) -> None:
    assert callable(form)
    read = read_jcamp(source(jcamp(form(values), count=len(values))))
    unit = math.log(10.0) * 1e-9 / (number_density_cm3(296.15) * 1e-4)
    assert read.wavenumber_cm == pytest.approx(1000.0 + np.arange(len(values)))
    assert read.cross_section_cm2 == pytest.approx(unit * np.array(values), abs=1e-32)


def test_the_unit_is_a_decadic_coefficient_of_a_ppm_and_a_metre_at_296_k() -> None:
    read = read_jcamp(source(jcamp(["1000 1 1"], count=2, factor=1.0)))
    assert read.cross_section_cm2[0] == pytest.approx(math.log(10.0) / 2.478e19 / 1e-4, rel=1e-3)
    assert read.uncertainty == 0.023


@pytest.mark.parametrize("pressure", ["101.325 kPa", "101.325 Pa", "101325 Pa"])
def test_a_header_that_says_pa_for_kpa_is_understood(pressure: str) -> None:
    read = read_jcamp(source(jcamp(["1000 1 1"], count=2, pressure=pressure)))
    assert read.pressure_hPa == pytest.approx(1013.25)


def test_falling_wavenumbers_are_turned_round() -> None:
    read = read_jcamp(source(jcamp(["1000 1 2 3"], count=3, step=-1.0)))
    assert (np.diff(read.wavenumber_cm) > 0).all()
    assert read.cross_section_cm2[0] > read.cross_section_cm2[-1]


WHOLE = jcamp(["1000 1 2 3", "1003 4 5 6"], count=6)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("1003 4 5 6\n", "", "holds 3 points, NPOINTS says 6"),
        ("1003 4 5 6", "1004.9 4 5 6", "row 18: x check"),
        ("1003 4 5 6", "1003 4 5 6 7", "more points than NPOINTS=6"),
        ("1003 4 5 6", "1003 4 ! 6", "row 18: '!' belongs to no number"),
        ("1003 4 5 6", "1003 4 ? 6", "a value is missing"),
        ("1003 4 5 6", "1003 S4 5 6", "repeats nothing"),
        ("1003 4 5 6", "1003 J4 5 6", "difference to nothing"),
        ("(micromol/mol)-1m-1 (base 10)", "TRANSMITTANCE", "shape of a band without its strength"),
        ("##XUNITS=cm-1", "##XUNITS=MICROMETERS", "1/CM is needed"),
        ("##JCAMP-DX=4.24", "##X=1", "no JCAMP-DX file"),
        ("##NPOINTS=6", "##NPOINTS=six", "needed as numbers"),
        ("##NPOINTS=6", "##NPOINTS=99999999999", "no spectrum"),
        ("##TEMPERATURE=23 C", "##TEMPERATURE=warm", "TEMPERATURE"),
        ("##PRESSURE=101.325 kPa", "##PRESSURE=0.1 Pa", "PRESSURE"),
        ("##END=", "##TITLE=another\n##END=", "more than one spectrum"),
        ("(X++(Y..Y))", "(XY..XY)", "XYDATA"),
    ],
)
def test_a_broken_file_says_what_is_wrong_with_it(old: str, new: str, told: str) -> None:
    assert old in WHOLE
    with pytest.raises(ReadError, match=r"made\.txt") as refused:
        read_jcamp(source(WHOLE.replace(old, new)))
    assert told in str(refused.value)


@given(st.integers(0, len(WHOLE)), st.text(max_size=6), st.integers(0, 12))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(at: int, put: str, cut: int) -> None:
    damaged = WHOLE[:at] + put.encode("latin-1", "replace").decode("latin-1") + WHOLE[at + cut :]
    try:
        read = read_jcamp(source(damaged))
    except SillageError as refusal:
        assert "made.txt" in str(refusal)  # noqa: PT017  # both outcomes are lawful
    else:
        assert np.isfinite(read.cross_section_cm2).all()
