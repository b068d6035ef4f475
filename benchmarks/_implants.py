"""What is found of plumes that were put over real scenes, and what beside them?"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _grounds import Floats
from _plumes import Outline, plumes_over

from sillage.detect.claims import Seen
from sillage.detect.mass import covariance_of, mass_of
from sillage.detect.plumes import ColumnMap, Found, Plume, outside, plumes_of, with_rims
from sillage.detect.spectrum import spectral_fit
from sillage.detect.vetting import Signs, signs_of
from sillage.records.cube import MemoryCube
from sillage.retrieve.run import retrieve
from sillage.simulate.scenes import implant
from sillage.spectra.swir import kg_per_ppm_m3

GAS = "methane"
MANY = 20.0
"""False plumes a scene among which claims are judged: enough of them to learn from."""
STRONGEST = (2000.0, 15_000.0)
"""Ends between which the strongest column of a plume is drawn, ppm m."""
PLUMES = 2
"""In each scene."""
_HELD = 0.3  # share of a claim's pixels that must hold gas for it to be real


class Judged(NamedTuple):
    """A claim of which the truth is known."""

    scene: str
    real: bool
    signs: Signs


class Weighed(NamedTuple):
    """Mass of a plume that was found, against the truth."""

    true_kg: float
    kg: float
    std_kg: float


class Scored(NamedTuple):
    """One scene with plumes put over it."""

    there: int
    found: int
    false: int
    weighed: tuple[Weighed, ...]


def seen_of(cube: MemoryCube) -> Seen:
    """Retrieve a cube in memory."""
    with tempfile.TemporaryDirectory() as folder:
        got = retrieve(cube, GAS, Path(folder))
    together = got.together
    columns = ColumnMap(
        together.column_ppm_m, together.std_ppm_m, got.settings.scale_px, together.sigmas
    )
    radiance = np.maximum(cube.radiance[..., got.target.bands], 0.0)
    return Seen(
        GAS, columns, got.target.unit_absorption, lambda lines, samples: radiance[lines, samples]
    )


def judged(
    name: str, cube: MemoryCube, known: list[Outline], seeds: range, place: int
) -> list[Judged]:
    """Claims of a scene: what clutter raises, and plumes that were put there, seed by seed."""
    bare = seen_of(cube)
    rows = [Judged(name, False, signs) for _, signs in _signs(bare, plumes_of(bare.columns, MANY))]
    for seed in seeds:
        rng = np.random.default_rng([seed, place])
        size = cube.lines, cube.samples
        laid = plumes_over(size, known, rng, count=PLUMES, core_ppm_m=STRONGEST)
        seen = seen_of(implant(cube, GAS, np.sum(laid, axis=0)).cube)
        gas = np.sum(laid, axis=0) > 0.0
        for plume, signs in _signs(seen, plumes_of(seen.columns, MANY)):
            if plume.of(gas).mean() > _HELD:
                rows.append(Judged(name, True, signs))
    return rows


def _signs(seen: Seen, found: Found) -> list[tuple[Plume, Signs]]:
    clear = np.isfinite(outside(found.plumes, seen.columns.column_ppm_m))
    pixels = int(np.isfinite(seen.columns.column_ppm_m).sum())
    told = []
    for plume in found.plumes:
        fit = spectral_fit(
            seen.read, plume, clear, seen.unit_absorption, scale_px=seen.columns.scale_px
        )
        told.append((plume, signs_of(plume, fit, pixels)))
    return told


def scored(cube: MemoryCube, laid: list[Floats], false_plumes: float) -> Scored:
    """Put plumes over a scene, look for them, and weigh what is found.

    A plume is found where a claim reaches half its strongest column. A claim that reaches none of
    any is false; one that touches the rim alone is neither. A mass is set against all of the plumes
    that its claim reaches.
    """
    seen = seen_of(implant(cube, GAS, np.sum(laid, axis=0)).cube)
    found = plumes_of(seen.columns, false_plumes)
    whole = with_rims(seen.columns, found.plumes)
    covariance = covariance_of(seen.columns, whole)
    reached: set[int] = set()
    false, weighed = 0, []
    for plume, rimmed in zip(found.plumes, whole, strict=True):
        here = [k for k, one in enumerate(laid) if plume.of(one).max() > 0.5 * one.max()]
        false += not any((plume.of(one) > 0.0).any() for one in laid)
        reached |= set(here)
        if here:
            mass = mass_of(seen.columns, rimmed, GAS, area_m2=1.0, covariance=covariance)
            true = sum(float(laid[k].sum()) for k in here) * kg_per_ppm_m3(GAS)
            weighed.append(Weighed(true, *mass))
    return Scored(len(laid), len(reached), false, tuple(weighed))
