"""A fit finds what it was made of, is never negative, and states its own errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_spectra_spectrum import NU, bell, spectrum

from sillage.errors import NotEnoughInformation, RecordError
from sillage.spectra.entry import Entry, as_toml, bands_of, entry_of
from sillage.spectra.fit import error_of, evaluate, fit
from sillage.spectra.gas import read_gas

bells = st.lists(
    st.tuples(st.floats(920.0, 1080.0), st.floats(2.0, 30.0), st.floats(0.1, 1.0)),
    min_size=1,
    max_size=6,
)


def made_of(parts: list[tuple[float, float, float]]) -> np.ndarray:
    return np.asarray(sum(height * bell(NU, centre, fwhm) for centre, fwhm, height in parts))


@given(bells)
@settings(max_examples=12)
def test_bells_are_found_again(parts: list[tuple[float, float, float]]) -> None:
    made = spectrum(1e-18 * made_of(parts))
    found = fit(made, 900.0, 1100.0)
    assert found.error.good
    assert (evaluate(found.bands, NU) >= 0.0).all()
    assert len(found.bands) <= 12 * len(parts)


def test_a_fit_is_the_same_twice_and_scales_with_its_source() -> None:
    shape = made_of([(950.0, 10.0, 1.0), (1000.0, 20.0, 0.5), (1050.0, 3.0, 0.2)])
    one, again = fit(spectrum(shape), 900.0, 1100.0), fit(spectrum(shape), 900.0, 1100.0)
    assert np.array_equal(one.bands, again.bands)
    tenfold = fit(spectrum(8.0 * shape), 900.0, 1100.0)
    assert tenfold.bands == pytest.approx(one.bands * [1.0, 1.0, 8.0], abs=0.0)


def test_nothing_to_fit_says_so() -> None:
    with pytest.raises(NotEnoughInformation, match="absorbs nothing"):
        fit(spectrum(np.zeros(len(NU))), 900.0, 1100.0)


def test_an_entry_comes_back_from_its_own_text_and_states_its_own_errors() -> None:
    made = spectrum(1e-18 * made_of([(950.0, 10.0, 1.0), (1000.0, 20.0, 0.5)]))
    entry = entry_of(made, fit(made, 900.0, 1100.0), file="made.txt")
    head = 'name = "x"\nnames = []\nformula = "CH4"\ncas = "74-82-8"\n\n'
    (back,) = read_gas((head + as_toml([entry])).encode()).spectra
    assert bands_of(back.bands) == pytest.approx(bands_of(entry.bands), abs=0.0)
    error = error_of(made, 900.0, 1100.0, bands_of(back.bands))
    assert (back.integral_error, back.peak_error, back.residual) == pytest.approx(
        (error.integral, error.peak, error.residual), abs=6e-5
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"low_cm": 1200.0}, "a window rises"),
        ({"bands": ""}, "holds bands, or names a table"),
        ({"bands": "", "table": "a/b.npz", "table_sha256": "0"}, "stands beside"),
        ({"bands": "", "table": "b.npz"}, "stands beside"),
    ],
)
def test_an_entry_is_lawful_or_refused(change: dict[str, object], told: str) -> None:
    fields: dict[str, object] = {
        "low_cm": 900.0,
        "high_cm": 1100.0,
        "temperature_K": 296.0,
        "pressure_hPa": 1013.25,
        "resolution_cm": 4.0,
        "source": "made",
        "licence": "none",
        "file": "made.txt",
        "sha256": "0",
        "bands": "1000 10 1",
    }
    with pytest.raises(RecordError, match=told):
        Entry(**{**fields, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize("bands", ["1000 10", "1000 ten 1", "1000 -1 1", "1000 10 nan"])
def test_bands_are_three_numbers_or_refused(bands: str) -> None:
    with pytest.raises(RecordError):
        bands_of(bands)
