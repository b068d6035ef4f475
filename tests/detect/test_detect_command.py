"""`sillage detect` from the shell: plumes on a map, whole or not at all, and words that help."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from detect_grounds import PIXEL_M, WAVELENGTH_NM, blob, ground_cube

from sillage.console.main import main
from sillage.simulate.scenes import implant
from sillage.spectra.swir import kg_per_ppm_m3

SIZE = (90, 110)
GAS = blob(SIZE, (40.0, 60.0), 4000.0, (4.0, 7.0))
WIND = ("--wind", "5,270")


def scene(folder: Path, *, placed: bool = True, name: str = "ang20190624t230039_rdn") -> Path:
    """An ENVI file with methane; its name tells time, platform and instrument."""
    radiance = implant(ground_cube(0), "methane", GAS).cube.radiance
    (folder / f"{name}.bil").write_bytes(radiance.transpose(0, 2, 1).astype("<f4").tobytes())
    east, north = PIXEL_M / 111_319.49, PIXEL_M / 110_574.28
    place = f"map info = {{Geographic Lat/Lon, 1, 1, 7.0, 0.5, {east}, {north}, WGS-84}}\n"
    (folder / f"{name}.hdr").write_text(
        f"ENVI\nsamples = {SIZE[1]}\nlines = {SIZE[0]}\nbands = 50\nheader offset = 0\n"
        "data type = 4\ninterleave = bil\nbyte order = 0\nwavelength units = Nanometers\n"
        f"wavelength = {{{', '.join(f'{one:.2f}' for one in WAVELENGTH_NM)}}}\n"
        "data units = W/m^2/sr/um\n" + (place if placed else ""),
        encoding="utf-8",
    )
    return folder / f"{name}.hdr"


def typed(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """Exit code of a command line."""
    monkeypatch.setattr("sys.argv", ["sillage", "detect", *map(str, words)])
    with pytest.raises(SystemExit) as ending:
        main()
    return int(ending.value.code or 0)


def found(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(out.read_text("utf-8"))
    assert content["type"] == "FeatureCollection"
    return content


def test_a_cube_becomes_plumes_on_a_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "detections.geojson"
    asked: tuple[object, ...] = (scene(tmp_path), "--gas", "CH4", "--out", out, *WIND, "--json")
    asked += ("--set", "platform=Twin Otter")
    assert typed(monkeypatch, *asked) == 0
    told = json.loads(capsys.readouterr().out)
    content = found(out)
    assert content["about"]["asked_false_plumes"] == 1.0
    assert content["about"]["missing"] == []
    first = content["features"][0]
    known = first["properties"]
    assert known == told["plumes"][0]
    assert (known["gas"], len(known["id"])) == ("methane", 64)
    assert known["probability"] > 0.9
    assert known["false_alarms"] < 1.0
    assert set(known["evidence"]) == {"height", "spectrum", "residual", "shape", "wind"}
    true = GAS.sum() * PIXEL_M**2 * kg_per_ppm_m3("methane")
    assert abs(known["mass_kg"] - true) < 2.0 * known["mass_std_kg"]
    rate = 3600.0 * 5.0 * known["mass_kg"] / known["length_m"]
    assert known["rate_kg_h"] == pytest.approx(rate)
    (outline, *_), *_ = first["geometry"]["coordinates"]
    ring = np.array(outline)
    assert (ring[0] == ring[-1]).all()
    x, y = ring[:-1].T
    assert float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) > 0.0  # anticlockwise
    assert x.min() < known["lon_deg"] < x.max()
    assert pytest.approx(known["lon_deg"], abs=1e-3) == 7.0 + 60 * PIXEL_M / 111_319.49
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_cube_without_places_or_a_time_gives_plumes_in_pixels_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plumes.geojson"
    cube = scene(tmp_path, placed=False, name="scene")
    assert typed(monkeypatch, cube, "--gas", "CH4", "--out", out) == 0
    said = capsys.readouterr().out
    assert "no detections are recorded, for the cube lacks a time, a platform" in said
    assert "places of its pixels" in said
    first = found(out)["features"][0]
    assert first["geometry"] is None
    known = first["properties"]
    assert (known["id"], known["mass_kg"], known["rate_kg_h"]) == (None, None, None)
    line, sample = np.array(known["outline_px"][0]).T
    assert line.min() < 40 < line.max()
    assert sample.min() < 60 < sample.max()
    sized: tuple[object, ...] = (cube, "--gas", "CH4", "--out", out, "--set", "pixel_m=20")
    sized += ("--set", "per=km2", *WIND)
    assert typed(monkeypatch, *sized) == 0
    about = found(out)["about"]
    assert about["asked_false_plumes"] == pytest.approx(9900 * 4e-4, rel=0.02)
    assert found(out)["features"][0]["properties"]["rate_kg_h"] > 0.0


def test_words_say_where_how_sure_and_how_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plumes.geojson"
    asked: tuple[object, ...] = (
        scene(tmp_path),
        "--gas",
        "CH4",
        "--out",
        out,
        "--false-plumes",
        0.1,
        *WIND,
    )
    assert typed(monkeypatch, *asked) == 0
    said = capsys.readouterr().out
    assert "false ones to be expected: 0.1" in said
    assert "% probable" in said
    assert " kg/h" in said
    assert "control windows" in said
    assert "degrees off the wind" in said


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--false-plumes", 0), "false_plumes"),
        (("--wind", "4"), "write speed, where from, and error, as 4,270,1"),
        (("--wind", "0,90"), "Leave the wind out to have masses alone"),
        (("--wind=-3,90",), "a speed of -3 m/s"),
        (("--wind", "400,90"), "a speed of 400 m/s"),
        (("--wind", "inf,90"), "--wind inf,90: write speed, where from"),
        (("--wind", "4,west"), "--wind 4,west: write speed, where from"),
        (("--wind", "4,400"), "a direction of 400 degrees; it lies from 0 to 360"),
        (("--wind", "4,90,-1"), "an error of -1 m/s; it is 0 or more"),
        (("--set", "wind_speed_m_s=-4", "--set", "wind_from_deg=90"), "wind_speed_m_s"),
        (("--set", "wind_speed_m_s=4"), "write both, as --wind 4,270"),
        (("--set", "prior=1"), "prior"),
        (("--set", "per=acre"), "acre"),
        (("--set", "per=km2"), "say how large a pixel is, --set pixel_m=20"),
        (("--set", "pixel_m=-1"), "pixel_m"),
        (("--set", "observed_at=noon"), "observed_at"),
        (("--set", "grup=scene"), "Did you mean 'group'?"),
    ],
)
def test_a_wrong_question_is_named_and_nothing_is_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: tuple[object, ...],
    says: str,
) -> None:
    out = tmp_path / "plumes.geojson"
    cube = scene(tmp_path, placed=False)
    before = {path.name for path in tmp_path.iterdir()}
    assert typed(monkeypatch, cube, "--gas", "CH4", "--out", out, *given) == 1
    assert says in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == before


def test_an_average_as_wide_as_the_scene_leaves_nothing_to_tell_clutter_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plumes.geojson"
    wide = ("--gas", "CH4", "--out", out, "--set", "scale_px=60")
    assert typed(monkeypatch, scene(tmp_path), *wide) == 2
    assert "take a smaller scale_px" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("over", ["scene.bil", "scene.hdr"])
def test_the_cube_is_never_written_over(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    over: str,
) -> None:
    cube = scene(tmp_path, name="scene")
    before = (tmp_path / over).read_bytes()
    assert typed(monkeypatch, cube, "--gas", "CH4", "--out", tmp_path / over) == 1
    assert "name a file that ends in .geojson" in capsys.readouterr().err
    assert (tmp_path / over).read_bytes() == before


def test_what_the_user_says_of_the_picture_makes_its_plumes_detections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "plumes.geojson"
    said = ("platform=drone", "instrument=imager", "observed_at=2026-05-09T12:03:00Z")
    words = [word for one in said for word in ("--set", one)]
    assert (
        typed(monkeypatch, scene(tmp_path, name="scene"), "--gas", "CH4", "--out", out, *words) == 0
    )
    content = found(out)
    assert content["about"]["missing"] == []
    assert all(len(one["properties"]["id"]) == 64 for one in content["features"])
