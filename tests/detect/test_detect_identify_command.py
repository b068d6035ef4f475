"""`sillage identify` from the shell: plumes with names, whole or not at all, and helpful words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from heat import BANDS, SHAPE, WAVELENGTH_NM, scene, shape

from sillage.console.main import main
from sillage.records.cube import MemoryCube
from sillage.sense.cubes import open_cube
from sillage.watch.identifications import asked_of, named_plumes

STEP_DEG = 2e-5
NAMED = "ang20190624t230039_rdn"
"""A name that tells time, platform and instrument."""


def written(
    folder: Path,
    radiance: np.ndarray,
    *,
    name: str = "scene",
    placed: bool = False,
    nm: np.ndarray = WAVELENGTH_NM,
    bad: int | None = None,
) -> Path:
    """An ENVI file of a cube."""
    lines, samples, bands = radiance.shape
    (folder / f"{name}.bil").write_bytes(radiance.transpose(0, 2, 1).astype("<f4").tobytes())
    usable = ["0" if band == bad else "1" for band in range(bands)]
    (folder / f"{name}.hdr").write_text(
        f"ENVI\nsamples = {samples}\nlines = {lines}\nbands = {bands}\nheader offset = 0\n"
        "data type = 4\ninterleave = bil\nbyte order = 0\nwavelength units = Nanometers\n"
        f"wavelength = {{{', '.join(f'{one:.2f}' for one in nm)}}}\n"
        f"fwhm = {{{', '.join(['75.0'] * bands)}}}\nbbl = {{{', '.join(usable)}}}\n"
        "data units = W/m^2/sr/um\n"
        + (
            f"map info = {{Geographic Lat/Lon, 1, 1, 7.0, 0.5, {STEP_DEG}, {STEP_DEG}, WGS-84}}\n"
            if placed
            else ""
        ),
        encoding="utf-8",
    )
    return folder / f"{name}.hdr"


@pytest.fixture
def ammonia() -> np.ndarray:
    return scene({"ammonia": 200.0}, seed=1).cube.radiance


def typed(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """Exit code of a command line."""
    monkeypatch.setattr("sys.argv", ["sillage", "identify", *map(str, words)])
    with pytest.raises(SystemExit) as ending:
        main()
    return int(ending.value.code or 0)


def found(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(out.read_text("utf-8"))
    assert content["type"] == "FeatureCollection"
    return content


def test_a_cube_becomes_named_plumes_on_a_map(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ammonia: np.ndarray,
) -> None:
    cube = written(tmp_path, ammonia, name=NAMED, placed=True)
    out = tmp_path / "named.geojson"
    asked: tuple[object, ...] = (cube, "--air", "298,1", "--out", out, "--json")
    assert typed(monkeypatch, *asked, "--set", "platform=Twin Otter") == 0
    told = json.loads(capsys.readouterr().out)
    content = found(out)
    about = content["about"]
    assert about["missing"] == []
    assert (about["asked_false_plumes"], about["air_K"], about["bands"]) == (1.0, 298.0, BANDS)
    assert set(about["limits_ppm_m"]) == set(about["gases"])
    assert any("as warm as each other" in one for one in about["assumptions"])
    first = content["features"][0]
    known = first["properties"]
    assert known == told["plumes"][0]
    assert known["verdict"] == "identified"
    assert known["candidates"][0]["substances"] == ["ammonia"]
    assert sum(one["probability"] for one in known["answer"]) >= 0.9
    assert len(known["id"]) == 64
    (column,) = known["columns"]
    assert column["gas"] == "ammonia"
    assert column["column_ppm_m"] > column["std_ppm_m"] > 0.0
    assert known["confusable"]["ammonia"] == []
    assert known["limits_ppm_m"]["ammonia"] == column["limit_ppm_m"]
    assert known["mass_kg"] > 0.0
    assert known["false_alarms"] > known["clutter_peaks"] * 0.1
    top = np.unravel_index(shape(1).argmax(), SHAPE)
    assert known["line"] == pytest.approx(top[0], abs=4)
    assert known["sample"] == pytest.approx(top[1], abs=4)
    (outline, *_), *_ = first["geometry"]["coordinates"]
    x, y = np.array(outline)[:-1].T
    assert outline[0] == outline[-1]
    assert float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) > 0.0  # anticlockwise
    assert x.min() < known["lon_deg"] < x.max()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_words_say_what_it_is_how_sure_and_how_much(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ammonia: np.ndarray,
) -> None:
    cube, out = written(tmp_path, ammonia), tmp_path / "named.geojson"
    assert typed(monkeypatch, cube, "--air", "298", "--out", out, "--false-plumes", 0.1) == 0
    said = capsys.readouterr().out
    assert "above" in said.splitlines()[0]
    assert "false ones asked for: 0.1" in said
    assert "64 bands from 7.52 to 12.01 um can tell 43 gases" in said
    assert ": identified; ammonia, with probability" in said
    assert "ppm m of ammonia as a mean over its pixels" in said
    assert "no detections are recorded, for the cube lacks a time, a platform" in said
    assert "supposed: plumes, and the air between them and the sensor" in said
    assert said.endswith(f"{out}\n")
    feature = found(out)["features"][0]
    assert feature["geometry"] is None
    assert feature["properties"]["id"] is None
    line, sample = np.array(feature["properties"]["outline_px"][0]).T
    assert line.min() < feature["properties"]["line"] < line.max()
    assert sample.min() < feature["properties"]["sample"] < sample.max()


def test_what_was_written_can_be_asked_again_by_its_outlines_for_other_gases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same plume is named by the library, and a stranger to gases that it is none of."""
    radiance = scene({"sulfur hexafluoride": 4.0}, seed=1).cube.radiance
    cube, out = written(tmp_path, radiance), tmp_path / "named.geojson"
    again = tmp_path / "again.geojson"
    assert typed(monkeypatch, cube, "--air", "298,1", "--out", out, "--false-plumes", 0.1) == 0
    words = [word for gas in ("ethylene", "methanol", "NH3", "furan") for word in ("--gas", gas)]
    words += ["--set", f"outlines={out}"]
    assert typed(monkeypatch, cube, "--air", "298,1", "--out", again, *words) == 0
    assert "1 place outlined" in capsys.readouterr().out
    first, second = (found(path) for path in (out, again))
    assert first["about"]["least_sigmas"] > 0.0
    assert second["about"]["least_sigmas"] is None
    assert second["about"]["gases"] == ["ammonia", "ethylene", "furan", "methanol"]
    one, other = (content["features"][0]["properties"] for content in (first, second))
    assert one["outline_px"] == other["outline_px"]
    assert one["candidates"][0]["substances"] == ["sulfur hexafluoride"]
    assert one["probability"] > 0.5
    assert other["verdict"] == "not in library"
    assert other["candidates"][0]["substances"] == ["not in library"]
    assert other["columns"] == []
    assert other["probability"] < 0.5  # odd ground is called a stranger as often


def test_air_counts_before_a_plume_that_is_not_as_warm_as_it(
    tmp_path: Path, ammonia: np.ndarray
) -> None:
    """Through 2 km of air that takes a fifth, a hot plume shows less, and there is more of it."""
    range_km = np.array([0.05, 20.0])
    through = np.exp(-0.1 * range_km)[:, None, None, None]
    np.savez(
        tmp_path / "air.npz",
        range_km=range_km,
        temperature_K=np.array([250.0, 320.0]),
        rh_percent=np.array([0.0, 100.0]),
        wavenumber_cm1=np.array([600.0, 3500.0]),
        transmittance=np.broadcast_to(through, (2, 2, 2, 2)),
    )
    cube = MemoryCube(ammonia, WAVELENGTH_NM, np.full(BANDS, 75.0))
    behind = (f"air_table={tmp_path / 'air.npz'}", "range_m=2000")

    def column_ppm_m(*given: str) -> float:
        asked = asked_of(Path("a"), Path("b"), air="298,0", gases=["NH3"], given=given)
        first = named_plumes(cube, asked).plumes[0]
        assert first.answer is not None
        return first.answer.columns[0].column_ppm_m

    assert column_ppm_m(*behind) == pytest.approx(column_ppm_m(), rel=1e-3)
    hot = column_ppm_m("plume_K=315", *behind) / column_ppm_m("plume_K=315")
    assert 1.05 < hot < np.exp(0.2)


def test_a_caller_gets_records_and_what_to_draw(tmp_path: Path, ammonia: np.ndarray) -> None:
    cube = open_cube(written(tmp_path, ammonia, name=NAMED, placed=True))
    asked = asked_of(Path("a"), Path("b"), air="298,1", given=["platform=Twin Otter"])
    parent = "0" * 64
    answered = named_plumes(cube, asked, parents=(parent,))
    record, named = answered.records[0], answered.plumes[0]
    assert record is not None
    assert record.parents == (parent,)
    assert (record.platform, record.settings["air_K"]) == ("Twin Otter", 298.0)
    assert named.spectrum is not None
    assert named.spectrum.gases == ("ammonia",)
    np.testing.assert_allclose(named.spectrum.wavelength_nm, WAVELENGTH_NM, atol=0.01)
    assert {len(one) for one in named.spectrum[:5]} == {BANDS}


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (("--air", "22"), 1, "22 degrees are 295.15"),
        (("--false-plumes", 0), 1, "--false-plumes 0"),
        (("--gas", "amonia"), 1, "Did you mean 'ammonia'?"),
        (("--gas", "HCN"), 2, "hydrogen cyanide has no band from 7.52 to 12.01 um; it would need"),
        (("--set", "per=km2"), 1, "say how large a pixel is, --set pixel_m=20"),
        (("--set", "windows_nm=8000-8100"), 2, "in the windows that were asked for"),
        (("--set", "outlines=none.geojson"), 1, "none.geojson: cannot be opened"),
        (("--set", "rang_m=4"), 1, "Did you mean 'range_m'?"),
    ],
)
def test_a_wrong_question_is_named_and_nothing_is_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: tuple[object, ...],
    code: int,
    says: str,
) -> None:
    cube, out = written(tmp_path, scene({}).cube.radiance), tmp_path / "named.geojson"
    before = {path.name for path in tmp_path.iterdir()}
    assert typed(monkeypatch, cube, "--air", "298", "--out", out, *given) == code
    assert says in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_cube_that_cannot_be_asked_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "named.geojson"

    def refused(radiance: np.ndarray, nm: np.ndarray = WAVELENGTH_NM) -> str:
        cube = written(tmp_path, radiance, nm=nm)
        assert typed(monkeypatch, cube, "--air", "298", "--out", out) == 2
        assert not out.exists()
        return capsys.readouterr().err

    heat = scene({}).cube.radiance
    short = refused(np.full((20, 20, 3), 5.0), np.array([2000.0, 2200.0, 2400.0]))
    assert "has 0 usable bands that see heat" in short
    assert "what sunlight shows is found by 'sillage detect'" in short
    empty = np.full_like(heat, np.nan)
    assert "no pixel has a number in every one of the 64 bands" in refused(empty)
    one_band = heat.copy()
    one_band[:, :, 10] = np.nan
    assert "none has any at 8233 nm" in refused(one_band)
    dead = heat.copy()
    dead[:, :, 10] = 5.0
    assert "8233 nm" in refused(dead)
    assert "50 whole pixels are too few for 64 bands" in refused(heat[:5, :10])


def test_a_bad_band_of_the_header_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ammonia: np.ndarray
) -> None:
    holed = ammonia.copy()
    holed[:, :, 10] = np.nan
    cube, out = written(tmp_path, holed, bad=10), tmp_path / "named.geojson"
    assert typed(monkeypatch, cube, "--air", "298", "--out", out) == 0
    content = found(out)
    assert content["about"]["bands"] == BANDS - 1
    assert content["features"][0]["properties"]["candidates"][0]["substances"] == ["ammonia"]


def test_ground_alone_says_what_would_have_been_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cube, out = written(tmp_path, scene({}).cube.radiance), tmp_path / "named.geojson"
    assert typed(monkeypatch, cube, "--air", "298", "--out", out, "--false-plumes", 0.01) == 0
    said = capsys.readouterr().out
    assert said.startswith("0 places above")
    assert "ppm m of sulfur hexafluoride" in said
    assert found(out)["features"] == []


def test_the_cube_is_never_written_over(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ammonia: np.ndarray,
) -> None:
    header = written(tmp_path, ammonia)
    before = header.read_bytes()
    assert typed(monkeypatch, header, "--air", "298", "--out", header) == 1
    assert "written as GeoJSON" in capsys.readouterr().err
    disguised = tmp_path / "scene.geojson"
    disguised.write_bytes(before)
    assert typed(monkeypatch, disguised, "--air", "298", "--out", disguised) == 1
    assert "the file that is read" in capsys.readouterr().err
    assert header.read_bytes() == disguised.read_bytes() == before
