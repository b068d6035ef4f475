"""`sillage gas`: the library can be listed, shown, fitted anew and added to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sillage.console.main import app
from sillage.errors import SillageError
from sillage.spectra.cross_section import cross_section
from sillage.spectra.gas import forget


def run(*words: str) -> str:
    """What a command prints; its error is raised as the command line would tell it."""
    ended = CliRunner().invoke(app, ["gas", *words])
    if ended.exception and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended.output


@pytest.fixture
def spectrum_file(tmp_path: Path) -> Path:
    """Two columns of a gas with one band."""
    nu = np.arange(800.0, 1000.0, 0.5)
    sigma = 1e-18 * np.exp(-(((nu - 900.0) / 12.0) ** 2))
    told = "# temperature_K = 298\n# uncertainty = 0.03\n# source = a laboratory\n"
    rows = "\n".join(f"{x:.2f} {y:.4e}" for x, y in zip(nu, sigma, strict=True))
    path = tmp_path / "measured.txt"
    path.write_text(told + rows)
    return path


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of gases."""
    folder = tmp_path / "gases"
    folder.mkdir()
    monkeypatch.setenv("SILLAGE_GASES", str(folder))
    forget()
    return folder


def test_the_list_names_windows_stated_uncertainty_and_fit() -> None:
    (row,) = [line for line in run("list").splitlines() if line.startswith("acetone ")]
    assert "67-64-1" in row
    assert "650-1400" in row
    assert "2.3 %" in row
    told = {one["name"]: one for one in json.loads(run("list", "--json"))}
    assert len(told) >= 59
    assert told["methane"]["windows_cm"] == [[4005.0, 5120.0], [5790.0, 6300.0]]
    assert told["acetone"]["spectra"][0]["sha256"]


def test_a_gas_is_shown_with_source_state_and_errors() -> None:
    told = run("show", "NH3")
    assert "ammonia (NH3, CAS 7664-41-7)" in told
    assert told.count("HITRAN2020 lines") == 4
    assert "residual" in told
    assert "no spectrum" in run("show", "ozone")
    assert json.loads(run("show", "NH3", "--json"))["formula"] == "NH3"


def test_a_fit_of_ones_own_stands_in_for_ours(own: Path, spectrum_file: Path) -> None:
    before = cross_section("acetone", np.array([900.0]))
    told = run("fit", str(spectrum_file), "--gas", "acetone", "--window", "700-1100")
    assert "800 to 999 cm-1" in told
    assert "a laboratory" in told
    assert (own / "acetone.toml").is_file()
    after = cross_section("acetone", np.array([900.0]))
    assert after == pytest.approx(1e-18, rel=0.06, abs=0.0)
    assert after > 20.0 * before
    assert cross_section("acetone", np.array([1217.0])) > 1e-19  # what was not fitted stays


def test_an_import_is_used_in_full_and_for_a_new_gas_too(own: Path, spectrum_file: Path) -> None:
    told = json.loads(run("import", str(spectrum_file), "--name", "ozone", "--json"))
    (entry,) = told["spectra"]
    assert Path(told["file"]).parent == own
    assert (own / entry["table"]).is_file()
    assert cross_section("ozone", np.array([900.0])) == pytest.approx(1e-18, rel=1e-4, abs=0.0)
    assert "full spectrum" in run("show", "ozone")
    run("import", str(spectrum_file), "--name", "ozone")
    assert len(json.loads(run("show", "ozone", "--json"))["spectra"]) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("fit", "FILE", "--gas", "acetone", "--window", "wide"), "write LWIR, SWIR, or two"),
        (("fit", "FILE", "--gas", "acetone", "--window", "SWIR"), "give another --window"),
        (("fit", "FILE", "--gas", "aceton"), "Did you mean 'acetone'"),
        (("import", "nothing.txt", "--name", "acetone"), "there is no such file"),
        (("import", "FILE", "--name", "acetone", "--library", "nowhere"), "is no folder"),
    ],
)
@pytest.mark.usefixtures("own")
def test_wrong_words_say_what_to_mend(
    spectrum_file: Path, words: tuple[str, ...], told: str
) -> None:
    with pytest.raises(SillageError) as refused:
        run(*(str(spectrum_file) if word == "FILE" else word for word in words))
    assert told in str(refused.value)


def test_without_a_folder_of_ones_own_nothing_is_written(
    spectrum_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SILLAGE_GASES", raising=False)
    with pytest.raises(SillageError, match="give --library DIR, or set SILLAGE_GASES"):
        run("fit", str(spectrum_file), "--gas", "acetone")
