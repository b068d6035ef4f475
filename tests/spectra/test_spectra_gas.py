"""A gas is a file: found by any of its names, weighed by its formula."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sillage.errors import RecordError, UnknownName
from sillage.spectra.gas import gas, library, molar_mass_g_mol

EVERY_GAS = sorted(library())


@pytest.mark.parametrize("name", EVERY_GAS)
def test_every_name_finds_the_same_gas(name: str) -> None:
    found = library()[name]
    for alias in (found.name, *found.names):
        assert gas(alias) is found
        assert gas(f" {alias.upper()} ") is found


@pytest.mark.parametrize("name", EVERY_GAS)
def test_cas_numbers_carry_their_check_digit(name: str) -> None:
    cas = library()[name].cas
    assert re.fullmatch(r"\d{2,7}-\d{2}-\d", cas)
    digits = [int(digit) for digit in reversed(cas.replace("-", ""))]
    assert sum(place * digit for place, digit in enumerate(digits)) % 10 == digits[0]


@pytest.mark.parametrize("name", EVERY_GAS)
def test_a_background_has_a_source(name: str) -> None:
    found = library()[name]
    assert (found.background_ppm is None) == (found.background_source is None)


@pytest.mark.parametrize(
    ("formula", "grams"), [("CH4", 16.043), ("CO2", 44.009), ("SF6", 146.05), ("C7H8", 92.141)]
)
def test_molar_mass_is_the_sum_of_the_atoms(formula: str, grams: float) -> None:
    assert molar_mass_g_mol(formula) == pytest.approx(grams, abs=2e-3)


def test_an_unknown_gas_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'methane'"):
        gas("metane")


@given(st.text(max_size=12))
def test_a_formula_is_weighed_or_refused(formula: str) -> None:
    try:
        assert molar_mass_g_mol(formula) > 0.0
    except RecordError as refusal:
        assert formula in str(refusal)  # noqa: PT017  # both outcomes are lawful
