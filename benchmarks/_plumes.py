"""How do real scenes and real outlines of plumes come to a benchmark?

Scenes: six cuts of NASA/JPL AVIRIS radiance without a plume, whose last 50 bands have known centres
(`aviris_backgrounds`). Outlines: EMIT's, with verdicts (`emit_plume_outlines`); those of granules
with an even hash are learnt from, the others are put into scenes.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import NamedTuple

import numpy as np
from _releases import file_of_data
from numpy.typing import NDArray

from sillage.records.cube import About, MemoryCube
from sillage.simulate.scenes import plume_column

SCENES = (
    *("abu-airport-1", "abu-airport-2", "abu-beach-1"),
    *("abu-urban-1", "abu-urban-2", "abu-urban-3"),
)
BANDS = 50

Floats = NDArray[np.float64]


class Outline(NamedTuple):
    """One outline on which two reviewers agree."""

    corners: Floats
    """Sample and line."""
    real: bool
    even: bool
    """Whether its granule is one that is learnt from."""


def outlines() -> list[Outline] | None:
    """Outlines with agreeing verdicts; None where no data are named."""
    file = file_of_data("emit_plume_outlines", "emit_plumes.json")
    if file is None:
        return None
    return [
        Outline(np.array(one["poly"], dtype=np.float64), one["r1"], even(one["fid"]))
        for one in json.loads(file.read_text(encoding="utf-8"))
        if one["r1"] == one["r2"] and len(one["poly"]) >= 4
    ]


def even(granule: str) -> bool:
    """Whether a granule's name has an even hash."""
    return hashlib.sha256(granule.encode()).digest()[0] % 2 == 0


def scenes() -> dict[str, MemoryCube] | None:
    """The six scenes by name; None where no data are named."""
    import scipy.io

    table = file_of_data("aviris_backgrounds", "swir2_wavelengths.json")
    if table is None:
        return None
    centres = json.loads(table.read_text(encoding="utf-8"))
    found = {}
    for name in SCENES:
        numbers = scipy.io.loadmat(table.parent / f"{name}.mat", variable_names=["data"])["data"]
        found[name] = MemoryCube(
            numbers[..., -BANDS:].astype(np.float32),
            np.array(centres[f"{name}.mat"]["wl_last50"], dtype=np.float64),
            about=About(name=name, quantity="counts"),
        )
    return found


def plumes_over(
    shape: tuple[int, int],
    known: list[Outline],
    rng: np.random.Generator,
    *,
    count: int,
    core_ppm_m: tuple[float, float],
    length_px: tuple[float, float] = (8.0, 30.0),
) -> list[Floats]:
    """Columns of plumes that lie apart, with real outlines of granules not learnt from.

    Parameters
    ----------
    shape
        Lines and samples.
    known
        Outlines.
    rng
        Chooses, turns and places.
    count
        How many.
    core_ppm_m, length_px
        Ends between which strength and length are drawn, evenly in their logarithms.
    """
    from scipy.ndimage import binary_dilation

    usable = [one.corners for one in known if one.real and not one.even]
    taken = np.zeros(shape, dtype=bool)
    laid: list[Floats] = []
    while len(laid) < count:
        core, length = (
            math.exp(rng.uniform(math.log(ends[0]), math.log(ends[1])))
            for ends in (core_ppm_m, length_px)
        )
        corners = usable[rng.integers(len(usable))]
        one = plume_column(corners, shape, length_px=length, core_ppm_m=core, rng=rng)
        if not (taken & (one > 0.0)).any():
            taken |= np.asarray(binary_dilation(one > 0.0, iterations=5))
            laid.append(one)
    return laid
