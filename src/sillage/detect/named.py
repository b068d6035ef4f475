"""What is each plume of a cube of heat made of, and how does that become a detection?

What a sensor claims is that something stands above the ground, and which substances it may be. How
probable it is that the claim is real is told by its spectrum and by what it was called
(`sillage.detect.kinds`); how often ground alone would claim as much, by the height of the screen's
peak, the scene's own clutter, and how often ground is called the same.

A plume that the spectrum calls nothing, or that has no contrast, is no claim and gives no record.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool
from numpy import ndarray

from sillage.detect.claims import Taken, quantity
from sillage.detect.columns import mass_g
from sillage.detect.contrast import PlumeTemperature
from sillage.detect.fit import HeatSpectrum, spectrum_of
from sillage.detect.identify import Identification, answer_of, looked_at
from sillage.detect.kinds import chance, false_alarms
from sillage.detect.mass import Amount
from sillage.detect.outlines import Footprint, footprint_of
from sillage.detect.plumes import Plume
from sillage.detect.screen import SMOOTH_PX, mask_of
from sillage.detect.signatures import signatures
from sillage.detect.view import LEAST_PIXELS, Windows, view_of
from sillage.errors import NotEnoughInformation
from sillage.records.cube import Cube
from sillage.records.detection import NOT_IN_LIBRARY, Detection, Evidence
from sillage.spectra.gas import gas as gas_named
from sillage.spectra.lwir import Path

METHOD = "evidence of sets of gases before heat"


class Question(NamedTuple):
    """What is known of the plumes of a cube, and what may be named."""

    temperature: PlumeTemperature
    path: Path = Path()
    """Air between plume and sensor, at the bands of `heat_bands`."""
    gases: tuple[str, ...] | None = None
    """That may be named; all that the instrument could tell where None."""
    windows_nm: Windows = ()
    """Bands outside are left out."""
    prior: float = 0.5
    """Share of the claims that are real, before they are looked at."""
    pixel_m: float | None = None
    """Side of a pixel, where the cube has no places."""
    looked_at: int | None = None
    """Pixels of the scene that were looked at; all of the cube where None."""


class Named(NamedTuple):
    """A plume, and what it may be made of."""

    plume: Plume
    """Its pixels, the highest first, its height, and how often clutter is as high."""
    answer: Identification | None
    """None where none could be given."""
    refusal: str
    """Why not; empty where there is an answer."""
    probability: float | None
    """That it is real, among claims of which the prior share is."""
    false_alarms: float | None
    """False claims as high, and called alike, that were to be expected in the scene."""
    footprint: Footprint | None
    """None where the scene has no places."""
    mass_kg: Amount | None
    """In its pixels; None where they have no size, or no single gas is named."""
    spectrum: HeatSpectrum | None


def named_of(
    cube: Cube,
    plumes: Sequence[Plume],
    question: Question,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Named, ...]:
    """Name what each plume of a cube is made of, in the order given.

    Parameters
    ----------
    cube
        At-sensor radiance with bands that see heat.
    plumes
        Of the cube, as the screen found them or a person drew them.
    question
        What is known, and what may be named.
    tell
        Told which plume comes next.

    Raises
    ------
    NotEnoughInformation
        The cube holds no radiance of heat, or a gas has no band in its range.
    """
    shape = (cube.lines, cube.samples)
    grown = [_grown(plume, shape) for plume in plumes]
    everything = np.zeros(shape, dtype=bool)
    question = question._replace(looked_at=question.looked_at or cube.lines * cube.samples)
    for plume in grown:
        everything |= mask_of(plume, shape)
    named = []
    for number, plume in enumerate(grown, 1):
        tell(f"naming plume {number} of {len(grown)}")
        named.append(_named(cube, plume, everything, question))
    return tuple(named)


def _named(
    cube: Cube, plume: Plume, everything: Bool[ndarray, "line sample"], question: Question
) -> Named:
    shape = everything.shape
    footprint = _footprint(cube, plume)
    try:
        view = view_of(
            cube,
            mask_of(plume, shape),
            others=everything,
            gases=question.gases,
            windows_nm=question.windows_nm,
        )
        library = signatures(view.wavelength_nm, view.fwhm_nm, question.gases)
        looked = looked_at(view, library, temperature=question.temperature, path=question.path)
    except NotEnoughInformation as error:
        return Named(plume, None, str(error), None, None, footprint, None, None)
    answer = answer_of(looked)
    pixel_m = footprint.pixel_m if footprint is not None else question.pixel_m
    mass = mass_of(answer, pixel_m) if pixel_m is not None else None
    return Named(
        plume=plume,
        answer=answer,
        refusal="",
        probability=chance(answer.probability, answer.verdict, question.prior),
        false_alarms=false_alarms(plume.false_alarms, answer.verdict, question.looked_at or 0),
        footprint=footprint,
        mass_kg=mass,
        spectrum=spectrum_of(looked, answer),
    )


def _grown(plume: Plume, shape: tuple[int, int]) -> Plume:
    """A plume too small to be named, with the neighbours that its height is a mean over."""
    from scipy.ndimage import binary_dilation

    if plume.line.size >= LEAST_PIXELS:
        return plume
    mask = mask_of(plume, shape)
    line, sample = np.nonzero(binary_dilation(mask, np.ones((3, 3), dtype=bool)) & ~mask)
    return plume._replace(
        line=np.concatenate([plume.line, line]), sample=np.concatenate([plume.sample, sample])
    )


def _footprint(cube: Cube, plume: Plume) -> Footprint | None:
    """A plume on the ground, from the places of its own lines and those beside them."""
    start, stop = max(int(plume.line.min()) - 1, 0), min(int(plume.line.max()) + 2, cube.lines)
    place = cube.geolocation(start, stop)
    if place is None:
        return None
    moved_up = plume._replace(line=plume.line - start)
    return footprint_of(moved_up, place.lon_deg, place.lat_deg)


def mass_of(answer: Identification, pixel_m: float) -> Amount | None:
    """Gas in a plume's pixels, kg, where a single gas is named."""
    if len(answer.columns) != 1:
        return None
    (column,) = answer.columns
    molar = gas_named(column.gas).molar_mass_g_mol
    unit_kg = 1e-3 * answer.pixels * mass_g(1.0, molar, pixel_m)
    return Amount(unit_kg * column.column_ppm_m, unit_kg * column.std_ppm_m)


def lacking(taken: Taken, named: Sequence[Named]) -> tuple[str, ...]:
    """What a picture lacks for its claims to be detections, in words."""
    known = {
        "a time": taken.observed_at,
        "a platform": taken.platform,
        "an instrument": taken.instrument,
    }
    words = [word for word, there in known.items() if there is None]
    if any(one.footprint is None for one in named):
        words.append("places of its pixels")
    return tuple(words)


def detection_of(named: Named, taken: Taken) -> Detection | None:
    """A named plume as a record; None where it is no claim, or lacks what a record needs.

    Parameters
    ----------
    named
        The plume.
    taken
        What is known of the picture.
    """
    ground, answer = named.footprint, named.answer
    if (
        ground is None
        or answer is None
        or named.probability is None
        or named.false_alarms is None
        or taken.observed_at is None
        or taken.platform is None
        or taken.instrument is None
        or not answer.candidates
    ):
        return None
    blur_px = math.hypot(SMOOTH_PX / max(named.plume.sigmas, 1.0), 12.0**-0.5)
    return Detection(
        observed_at=taken.observed_at,
        parents=taken.parents,
        platform=taken.platform,
        instrument=taken.instrument,
        place=ground.place,
        position_std_m=math.sqrt(2.0) * blur_px * ground.pixel_m,
        outline=ground.outline,
        candidates=answer.candidates,
        probability=named.probability,
        false_alarms=named.false_alarms,
        looked_at="scene",
        strength=named.plume.sigmas,
        evidence=evidence_of(named.plume, answer),
        mass=quantity(named.mass_kg, "kg"),
        method=METHOD,
        settings=taken.settings,
        masked=taken.masked,
        assumptions=tuple(dict.fromkeys((*taken.assumptions, *answer.assumptions))),
    )


def evidence_of(plume: Plume, answer: Identification) -> tuple[Evidence, ...]:
    """What a plume was asked, and what each answer says."""
    often = (
        "less than once in a million such scenes"
        if plume.false_alarms < 1e-6
        else f"{plume.false_alarms:.2g} times in such a scene"
    )
    told = [
        Evidence(
            test="height",
            score=plume.sigmas,
            unit="sigma",
            explanation=f"its highest pixel stands {plume.sigmas:.1f} sigma above the ground; "
            f"peaks of this scene's clutter are as high {often}",
        ),
        Evidence(
            test="spectrum",
            score=answer.probability,
            unit="1",
            explanation=f"its spectrum, against {answer.control_windows} control windows, is more "
            f"than ground about it strays by with probability {answer.probability:.3f} at even "
            "odds; ground of a rare kind is, too",
        ),
        Evidence(
            test="contrast",
            score=answer.contrast_K,
            unit="K",
            explanation=f"it is {abs(answer.contrast_K):.1f} K "
            f"{'warmer' if answer.contrast_K > 0 else 'colder'} than what lies behind it",
        ),
    ]
    for column in answer.columns:
        others = sorted(answer.confusable.get(column.gas, frozenset()) - {column.gas})
        alike = f"; this instrument cannot tell it from {', '.join(others)}" if others else ""
        told.append(
            Evidence(
                test=f"column of {column.gas}",
                score=column.column_ppm_m,
                unit="ppm m",
                explanation=f"{column.column_ppm_m:.3g} +- {column.std_ppm_m:.2g} ppm m of "
                f"{column.gas} as a mean over its pixels; one pixel shows {column.limit_ppm_m:.2g} "
                f"or more{alike}",
            )
        )
    if answer.candidates and answer.candidates[0].substances == (NOT_IN_LIBRARY,):
        told.append(
            Evidence(
                test="stranger",
                score=answer.candidates[0].probability,
                unit="1",
                explanation=answer.reason,
            )
        )
    return tuple(told)
