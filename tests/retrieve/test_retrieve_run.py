"""Laws of a whole retrieval: pieces change nothing, plumes come back, masks are told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from retrieve_grounds import ground

from sillage.errors import NoSpectrum, NotEnoughInformation, UnknownName
from sillage.records.cube import MemoryCube
from sillage.retrieve import groups, masks, run
from sillage.retrieve.run import retrieve
from sillage.retrieve.settings import Group, Settings
from sillage.retrieve.work import Here, Processes, resumed
from sillage.simulate.scenes import implant

NM = np.linspace(2000.0, 2470.0, 20)
LINES, SAMPLES = 120, 24


def scene(seed: int = 0, *, grid: str = "sensor") -> MemoryCube:
    """A ground of few materials in sunlight, as an instrument of twenty bands sees it."""
    bare = ground(np.random.default_rng(seed), pixels=LINES * SAMPLES, bands=20)
    return MemoryCube(
        0.2 * bare.radiance.reshape(LINES, SAMPLES, 20).astype(np.float32),
        NM,
        fwhm_nm=np.full(20, 25.0),
        grid=grid,  # type: ignore[arg-type]
    )


def plume(core_ppm_m: float = 30_000.0) -> np.ndarray:
    """A smooth plume in the middle."""
    line, sample = np.mgrid[:LINES, :SAMPLES]
    return np.asarray(core_ppm_m * np.exp(-((line - 60) ** 2) / 50.0 - (sample - 12) ** 2 / 12.0))


@pytest.mark.parametrize("group", ["column", "window", "scene", "cluster"])
def test_a_plume_comes_back_with_its_mass(group: Group, tmp_path: Path) -> None:
    there = plume()
    cube = implant(scene(), "methane", there).cube
    settings = Settings(group=group, window_lines=100, scale_px=1.0)
    found = retrieve(cube, "CH4", tmp_path, settings=settings)
    truth = there > 0.1 * there.max()
    column = found.together.column_ppm_m
    assert np.nansum(column[truth]) / there[truth].sum() == pytest.approx(1.0, abs=0.05)
    line, sample = np.unravel_index(np.nanargmax(found.together.sigmas), column.shape)
    assert abs(int(line) - 60) <= 3
    assert abs(int(sample) - 12) <= 3
    assert np.nanmax(found.together.sigmas) > 8.0


def test_without_a_plume_sigmas_are_sigmas(tmp_path: Path) -> None:
    sigmas = retrieve(scene(3), "CH4", tmp_path).together.sigmas
    assert 0.8 < np.nanstd(sigmas) < 1.25
    assert np.nanmax(sigmas) < 6.0


def test_pieces_and_processes_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cube = implant(scene(1), "methane", plume()).cube
    settings = Settings(group="column")
    folders = [tmp_path / name for name in ("whole", "pieces", "processes")]
    for folder in folders:
        folder.mkdir()
    whole = retrieve(cube, "CH4", folders[0], settings=settings)
    monkeypatch.setattr(run, "_BLOCK_BYTES", 4 * LINES * 20 * 5)
    pieces = retrieve(cube, "CH4", folders[1], settings=settings)
    shared = retrieve(cube, "CH4", folders[2], settings=settings, executor=Processes(2))
    for other in (pieces, shared):
        np.testing.assert_array_equal(other.column_ppm_m, whole.column_ppm_m)
        np.testing.assert_array_equal(other.std_ppm_m, whole.std_ppm_m)


def test_a_retrieval_that_broke_off_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_BLOCK_BYTES", 4 * LINES * 20 * 6)
    cube = scene(2)
    settings = Settings(group="column", held_out=0.0)
    filtered = groups.by_column
    calls: list[int] = []

    def breaks(block: groups.Block, work: groups.Work) -> np.ndarray:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return filtered(block, work)

    monkeypatch.setattr(groups, "by_column", breaks)
    with pytest.raises(KeyboardInterrupt):
        retrieve(cube, "CH4", tmp_path, settings=settings)
    found = retrieve(cube, "CH4", tmp_path, settings=settings)
    assert len(calls) == 3 + 2  # two of four were kept, the third broke off
    monkeypatch.setattr(groups, "by_column", filtered)
    (tmp_path / "anew").mkdir()
    anew = retrieve(cube, "CH4", tmp_path / "anew", settings=settings)
    np.testing.assert_array_equal(found.column_ppm_m, anew.column_ppm_m)


def test_what_is_masked_is_counted_and_spoils_no_other_pixel(tmp_path: Path) -> None:
    cube = scene(4)
    radiance = cube.radiance.copy()
    radiance[:, 7] = 3.0  # dead: it does not vary
    radiance[50:53, 3] = np.nan
    spoilt = MemoryCube(radiance, NM, fwhm_nm=np.full(20, 25.0))
    settings = Settings(group="column", held_out=0.0)
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    found = retrieve(spoilt, "CH4", tmp_path / "one", settings=settings)
    bare = retrieve(cube, "CH4", tmp_path / "other", settings=settings)
    counts = {one.reason: one.count for one in found.masked}
    assert counts["not measured"] == 3
    assert counts["dead column"] == LINES
    assert np.isnan(found.column_ppm_m[:, 7]).all()
    others = [sample for sample in range(SAMPLES) if sample not in {3, 7}]
    np.testing.assert_array_equal(found.column_ppm_m[:, others], bare.column_ppm_m[:, others])


def test_a_detector_that_is_full_is_told_by_what_it_repeats(tmp_path: Path) -> None:
    cube = scene(5)
    top = np.quantile(cube.radiance, 0.97, axis=(0, 1))
    full = (cube.radiance >= top).any(axis=-1)
    spoilt = MemoryCube(np.minimum(cube.radiance, top), NM, fwhm_nm=np.full(20, 25.0))
    (tmp_path / "bare").mkdir()
    bare = retrieve(cube, "CH4", tmp_path / "bare", settings=Settings(group="scene"))
    assert "saturated" not in {one.reason for one in bare.masked}
    found = retrieve(spoilt, "CH4", tmp_path, settings=Settings(group="scene"))
    counts = {one.reason: one.count for one in found.masked}
    assert counts["saturated"] == full.sum()
    assert np.isnan(found.column_ppm_m[full]).all()


def test_radiance_below_nothing_is_dark_and_no_flare(tmp_path: Path) -> None:
    nm = np.append(NM[NM < 2430.0], 2430.0)
    cube = scene(6)
    radiance = cube.radiance[..., : nm.size].copy()
    radiance[40:60] *= -1.0
    radiance[70:72, :, :] = 1.0
    radiance[70:72, :, -1] = 5.0  # brighter at 2430 nm than at 2060: it burns
    spoilt = MemoryCube(radiance, nm, fwhm_nm=np.full(nm.size, 25.0))
    found = retrieve(spoilt, "CH4", tmp_path, settings=Settings(group="scene"))
    counts = {one.reason: one.count for one in found.masked}
    assert counts["too dark"] >= 20 * SAMPLES
    assert counts["flare"] == 2 * SAMPLES


def test_what_cannot_be_answered_says_why(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="matched"):
        retrieve(scene(), "CH4", tmp_path, method="matchd")
    few = MemoryCube(scene().radiance[:10], NM, fwhm_nm=np.full(20, 25.0))
    with pytest.raises(NotEnoughInformation, match="no pixel has a background"):
        retrieve(few, "CH4", tmp_path, settings=Settings(group="column"))
    dark = MemoryCube(np.full((LINES, SAMPLES, 20), np.nan, dtype=np.float32), NM)
    with pytest.raises(NotEnoughInformation, match="not measured"):
        retrieve(dark, "CH4", tmp_path)
    visible = MemoryCube(scene().radiance, NM - 1400.0, fwhm_nm=np.full(20, 25.0))
    with pytest.raises(NoSpectrum, match="no cross section of methane"):
        retrieve(visible, "CH4", tmp_path)


def test_finished_work_is_not_done_again(tmp_path: Path) -> None:
    done: list[int] = []

    def square(task: int) -> np.ndarray:
        done.append(task)
        return np.full(3, task**2, dtype=np.float32)

    first = dict(resumed(Here(), square, [2, 3], tmp_path))
    (tmp_path / "000001.npy").unlink()
    again = dict(resumed(Here(), square, [2, 3], tmp_path))
    assert done == [2, 3, 3]
    for place, result in first.items():
        np.testing.assert_array_equal(result, again[place])


def test_a_top_that_many_pixels_share_is_a_full_detector_and_a_tail_is_not() -> None:
    rng = np.random.default_rng(0)
    natural = np.exp(rng.normal(size=5000))
    counts = np.round(40.0 * natural)
    for values in (natural, counts, np.full(5000, 3.0), np.full(5000, np.nan)):
        assert not masks.stands_at_top(values, float(np.nanmax(np.append(values, 0.0)))).any()
    clipped = np.minimum(natural, np.quantile(natural, 0.98))
    np.testing.assert_array_equal(
        masks.stands_at_top(clipped, float(clipped.max())), natural >= clipped.max()
    )
