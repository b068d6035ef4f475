"""Tables of cross sections: what was written is read, and what is broken is named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import aer, source, xsc

from sillage.errors import ReadError, SillageError
from sillage.spectra.source_file import SourceFile
from sillage.spectra.spectrum import Spectrum
from sillage.spectra.tables import read_aer, read_columns, read_xsc

Read = Callable[[SourceFile], Spectrum]
SIGMA = np.geomspace(1e-21, 9e-19, 23)


def columns(sigma: np.ndarray, low: float, high: float, *, kelvin: float, torr: float) -> str:
    nu = np.linspace(low, high, len(sigma))
    told = f"# temperature_K = {kelvin}\n# pressure_hPa = {torr * 1013.25 / 760.0}\n# a remark\n"
    return told + "\n".join(f"{x:.4f}, {y:.3E}" for x, y in zip(nu, sigma, strict=True))


FORMATS = [(xsc, read_xsc), (aer, read_aer), (columns, read_columns)]


@pytest.mark.parametrize(("write", "read"), FORMATS)
@given(
    sigma=st.lists(st.floats(1e-24, 1e-17), min_size=2, max_size=40).map(np.array),
    low=st.floats(400.0, 4000.0).map(lambda v: round(v, 4)),
)
def test_what_was_written_is_read(
    write: Callable[..., str], read: Read, sigma: np.ndarray, low: float
) -> None:
    found = read(source(write(sigma, low, low + 10.0, kelvin=298.1, torr=375.2)))
    assert found.wavenumber_cm[[0, -1]] == pytest.approx([low, low + 10.0], abs=1e-3)
    assert found.cross_section_cm2 == pytest.approx(sigma, rel=6e-4, abs=0.0)
    assert found.temperature_K == pytest.approx(298.1)
    assert found.pressure_hPa == pytest.approx(500.2, abs=0.1)


@pytest.mark.parametrize(("write", "read"), FORMATS[:2])
def test_a_table_that_is_cut_off_says_so(write: Callable[..., str], read: Read) -> None:
    whole = write(SIGMA, 900.0, 950.0, kelvin=296.0, torr=760.0)
    with pytest.raises(ReadError, match=r"holds 20 points, the header says 23; the file is cut"):
        read(source("\n".join(whole.splitlines()[:-1])))
    with pytest.raises(ReadError, match="row 5: more points than the 23"):
        read(source(whole + " 1.0E-19\n"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1000 1e-19\n1001 x\n", "row 2: 'x' is no cross section in cm2"),
        ("1000 1e-19\n1001\n", "row 2: has one column"),
        ("1000 1e-19\n1002 1e-19\n1001 1e-19\n1003 1e-19", "neither rise nor fall"),
        ("# nothing\n", "no two rows"),
        ("# temperature_K = 3\n1000 1e-19\n1001 1e-19", "temperature 3 K"),
        ("1000 nan\n1001 1e-19", "row 1: 'nan' is no cross section"),
    ],
)
def test_broken_columns_name_row_and_reason(text: str, told: str) -> None:
    with pytest.raises(ReadError) as refused:
        read_columns(source(text))
    assert told in str(refused.value)


@pytest.mark.parametrize(("write", "read"), FORMATS)
@given(at=st.integers(0, 400), put=st.text(max_size=6), cut=st.integers(0, 40))
def test_a_damaged_table_is_read_or_refused_and_nothing_else(
    write: Callable[..., str], read: Read, at: int, put: str, cut: int
) -> None:
    whole = write(SIGMA, 900.0, 950.0, kelvin=296.0, torr=760.0)
    damaged = whole[:at] + put.encode("latin-1", "replace").decode("latin-1") + whole[at + cut :]
    try:
        found = read(source(damaged))
    except SillageError as refusal:
        assert "made.txt" in str(refusal)  # noqa: PT017  # both outcomes are lawful
    else:
        assert np.isfinite(found.cross_section_cm2).all()
