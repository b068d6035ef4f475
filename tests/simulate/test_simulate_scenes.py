"""Laws of plumes that are put over scenes."""

from __future__ import annotations

import numpy as np
import pytest

from sillage.errors import RecordError
from sillage.records.cube import MemoryCube
from sillage.simulate.scenes import implant, plume_column
from sillage.spectra import swir

NM = np.linspace(2000.0, 2480.0, 24)
SQUARE = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 2.0], [0.0, 2.0]])


def scene() -> MemoryCube:
    """A scene of one bright ground."""
    return MemoryCube(np.full((30, 40, 24), 5.0, dtype=np.float32), NM, fwhm_nm=np.full(24, 20.0))


def test_radiance_is_multiplied_by_the_transmission() -> None:
    column = np.zeros((30, 40))
    column[3, 4], column[5, 6] = 700.0, 50_000.0
    seen = implant(scene(), "methane", column).cube.read(0, 30)
    for line, sample in ((3, 4), (5, 6)):
        left = swir.transmission(
            "methane", column[line, [sample]], NM, np.full(24, 20.0), air_mass=2.0
        )[0]
        np.testing.assert_allclose(
            seen[line, sample], 5.0 * np.nan_to_num(left, nan=1.0), rtol=1e-4
        )
    seen[3, 4] = seen[5, 6] = 5.0
    assert (seen == 5.0).all()


def test_a_plume_lies_inside_and_has_its_core() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        column = plume_column(SQUARE, (30, 40), length_px=15.0, core_ppm_m=900.0, rng=rng)
        assert column.max() == pytest.approx(900.0)
        assert 20 < (column > 0.0).sum() < 260
        again = plume_column(
            SQUARE, (30, 40), length_px=15.0, core_ppm_m=900.0, rng=np.random.default_rng(seed)
        )
        np.testing.assert_array_equal(column, again)


def test_columns_of_another_scene_or_below_nought_are_refused() -> None:
    with pytest.raises(RecordError, match="30, 40"):
        implant(scene(), "methane", np.zeros((3, 3)))
    with pytest.raises(RecordError, match="0 or more"):
        implant(scene(), "methane", np.full((30, 40), -1.0))
