"""`sillage retrieve` from the shell: a file appears whole, and wrong input says what to mend."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray

from sillage.console.main import main
from sillage.records.cube import MemoryCube
from sillage.simulate.scenes import implant

LINES, SAMPLES, BANDS = 80, 12, 16
NM = np.linspace(2010.0, 2460.0, BANDS)


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """An ENVI file with methane over lines 38 to 41."""
    rng = np.random.default_rng(0)
    light = np.exp(0.2 * rng.normal(size=(LINES, SAMPLES, 1)))
    slope = 1.0 + 0.05 * rng.normal(size=(LINES, SAMPLES, 1)) * np.linspace(-1.0, 1.0, BANDS)
    noise = 1.0 + 0.002 * rng.normal(size=(LINES, SAMPLES, BANDS))
    bare = MemoryCube(5.0 * (2000.0 / NM) ** 4 * light * slope * noise, NM)
    column = np.zeros((LINES, SAMPLES))
    column[38:42, 5:8] = 5000.0
    radiance = implant(bare, "methane", column).cube.radiance
    (tmp_path / "scene.bil").write_bytes(radiance.transpose(0, 2, 1).astype("<f4").tobytes())
    (tmp_path / "scene.hdr").write_text(
        f"ENVI\nsamples = {SAMPLES}\nlines = {LINES}\nbands = {BANDS}\nheader offset = 0\n"
        "data type = 4\ninterleave = bil\nbyte order = 0\nwavelength units = Nanometers\n"
        f"wavelength = {{{', '.join(f'{one:.2f}' for one in NM)}}}\n"
        "data units = W/m^2/sr/um\n",
        encoding="utf-8",
    )
    return tmp_path / "scene.hdr"


def typed(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """Exit code of a command line."""
    monkeypatch.setattr("sys.argv", ["sillage", "retrieve", *map(str, words)])
    with pytest.raises(SystemExit) as ending:
        main()
    return int(ending.value.code or 0)


def test_a_file_with_columns_and_a_quick_look_appear(
    scene: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, look = scene.with_name("ch4.nc"), scene.with_name("ch4.png")
    asked = (
        scene,
        "--gas",
        "CH4",
        "--out",
        out,
        "--preview",
        look,
        "--set",
        "scale_px=1",
        "--json",
    )
    assert typed(monkeypatch, *asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["gas"] == "methane"
    assert 36 <= told["highest_at"][0] <= 43
    assert told["highest_sigma"] > 6.0
    with xarray.open_dataset(out, engine="h5netcdf") as found:
        assert found["column_ppm_m"].shape == (LINES, SAMPLES)
        assert found["column_ppm_m"].attrs["units"] == "ppm m"
        assert found.attrs["gas"] == "methane"
        assert "air mass 2" in found.attrs["assumptions"]
        plume = found["together_ppm_m"].values[38:42, 5:8]
        assert plume.mean() > 5.0 * found["together_std_ppm_m"].values[38:42, 5:8].mean()
    assert look.read_bytes().startswith(b"\x89PNG")
    assert not [path for path in scene.parent.iterdir() if path.name.startswith(".")]


def test_words_say_what_was_supposed(
    scene: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = scene.with_name("ch4.nc")
    assert typed(monkeypatch, scene, "--gas", "CH4", "--out", out, "--set", "group=scene") == 0
    said = capsys.readouterr().out
    assert "methane in 80 lines of 12 samples" in said
    assert "supposed: the sun and the sensor are taken to be overhead" in said


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--set", "grup=scene"), "Did you mean 'group'?"),
        (("--set", "group=colum"), "one of auto, column"),
        (("--set", "windows_nm=2400"), "such as 2110-2450"),
        (("--set", "workers=0"), "workers"),
        (("--method", "matchd"), "Did you mean 'matched'?"),
        (("--preview", "look.jpg"), "a quick look is a .png"),
        (("--preview", "nowhere/look.png"), "there is no folder nowhere; make it first"),
        (("--preview", "scene.hdr"), "that is the file that is read; name another"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_is_written(
    scene: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: tuple[str, str],
    says: str,
) -> None:
    monkeypatch.chdir(scene.parent)
    out = scene.with_name("ch4.nc")
    assert typed(monkeypatch, scene, "--gas", "CH4", "--out", out, *given) == 1
    assert says in capsys.readouterr().err
    assert not out.exists()


def test_the_cube_is_never_written_over(
    scene: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = scene.with_suffix(".bil").read_bytes()
    assert typed(monkeypatch, scene, "--gas", "CH4", "--out", scene.with_suffix(".bil")) == 1
    assert "columns are written as netCDF; name a file that ends in .nc" in capsys.readouterr().err
    assert scene.with_suffix(".bil").read_bytes() == before
    same = scene.rename(scene.with_suffix(".nc"))
    assert typed(monkeypatch, same, "--gas", "CH4", "--out", same) == 1
    assert "that is the file that is read; name another" in capsys.readouterr().err


def test_a_gas_that_the_instrument_does_not_see_is_said(
    scene: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = scene.with_name("acetone.nc")
    assert typed(monkeypatch, scene, "--gas", "acetone", "--out", out) == 1
    told = capsys.readouterr().err
    assert "the library has 650 to 1400 cm-1 (7143 to 15385 nm)" in told
    assert "take an instrument that sees there" in told
