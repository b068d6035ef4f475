"""How do real scenes and real outlines of plumes come to a benchmark of detection?

Scenes: the six of `_grounds`, which hold no plume. Outlines: EMIT's, with the verdicts of two
reviewers; one half of the granules is learnt from, outlines of the other are put into scenes.
"""

from __future__ import annotations

import json
import math
from typing import NamedTuple

import numpy as np
from _grounds import SCENES, Floats, aviris, half_of
from _releases import file_of_data

from sillage.records.cube import MemoryCube
from sillage.simulate.scenes import plume_column


class Outline(NamedTuple):
    """One outline on which two reviewers agree."""

    corners: Floats
    """Sample and line."""
    real: bool
    learnt_from: bool
    """Whether its granule is of the half that shapes are learnt from."""


def outlines() -> list[Outline] | None:
    """Outlines with agreeing verdicts; None where no data are named."""
    file = file_of_data("emit_plume_outlines", "emit_plumes.json")
    if file is None:
        return None
    return [
        Outline(np.array(one["poly"], dtype=np.float64), one["r1"], half_of(one["fid"]) == 0)
        for one in json.loads(file.read_text(encoding="utf-8"))
        if one["r1"] == one["r2"] and len(one["poly"]) > 4
    ]


def scenes() -> dict[str, MemoryCube] | None:
    """The six scenes by name; None where no data are named."""
    table = file_of_data("aviris_backgrounds", "swir2_wavelengths.json")
    if table is None:
        return None
    return {name: aviris(table.parents[1], name) for name in SCENES}


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

    usable = [one.corners for one in known if one.real and not one.learnt_from]
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
