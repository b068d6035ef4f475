"""What can be asked of a cube of heat in one go: its plumes, and what each is made of, as a map.

Plumes are what stands above the clutter of the scene, as many false ones among them as were asked
for, or what somebody outlined. Each is named by its spectrum: a set of gases, something that the
library does not hold, nothing, or that nothing could show. Where the cube lacks what a detection
needs, the file says so and plumes come without an id; without places they come in pixels, with no
geometry.

`identifications` writes the file. `named_plumes` gives the same to a caller that has a cube, with
records and with each plume's spectrum against its fit, to be drawn.

Reference: RFC 7946 (GeoJSON).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

import sillage
from sillage.atomic import whole_file
from sillage.detect.claims import Taken
from sillage.detect.identify import GasColumn, Identification
from sillage.detect.named import Named, Question, detection_of, evidence_of, lacking, named_of
from sillage.detect.outlines import clear_km2
from sillage.detect.screen import Screened, screened
from sillage.detect.view import heat_bands
from sillage.errors import SettingError
from sillage.records.base import Interval
from sillage.records.cube import Cube
from sillage.records.detection import Candidate, Detection
from sillage.records.provenance import Masked
from sillage.spectra.lwir import Path as AirPath
from sillage.watch.columns import opened
from sillage.watch.geojson import collection, plume_feature
from sillage.watch.naming import Asked, Naming, air_before, asked_of
from sillage.watch.outlined import drawn_plumes

__all__ = ["Answered", "Asked", "PlumeTold", "Told", "asked_of", "identifications", "named_plumes"]

Tell = Callable[[str], None]


class Answered(NamedTuple):
    """The plumes of a cube of heat, named.

    Each of `plumes` has its pixels (`plume`), what it may be made of (`answer`), how probable it
    is, and its `spectrum`: wavelength, the mean of its pixels with one sigma, the ground as it
    would be without gas, and the ground with the gases that were named.
    """

    plumes: tuple[Named, ...]
    """The highest first; in the file's order where they were outlined."""
    records: tuple[Detection | None, ...]
    """One for each plume; None where it is no claim, or lacks what a record needs."""
    screened: Screened
    least_sigmas: float | None
    """That a plume's highest pixel must reach; None where they were outlined."""
    false_plumes: float
    """That were asked for, in the whole scene."""
    wavelengths_nm: tuple[float, float]
    bands: int
    missing: tuple[str, ...]
    """What the cube lacks for its plumes to be detections."""
    masked: tuple[Masked, ...]
    assumptions: tuple[str, ...]


class PlumeTold(msgspec.Struct, frozen=True, kw_only=True):
    """One plume, in numbers."""

    id: str | None
    """Of its detection; None where it is no claim, or the cube lacks what one needs."""
    verdict: str
    reason: str
    probability: float | None
    """That it is real."""
    false_alarms: float | None
    """False claims as high, and called alike, that were to be expected in the scene."""
    clutter_peaks: float
    """Peaks of the scene's own clutter as high that were to be expected."""
    sigmas: float
    line: int
    sample: int
    lon_deg: float | None
    lat_deg: float | None
    pixels: int
    contrast_K: float | None
    candidates: tuple[Candidate, ...]
    answer: tuple[Candidate, ...]
    """The fewest candidates that hold the share of the probability that was asked for."""
    confusable: dict[str, tuple[str, ...]]
    """For each gas named, the others that this instrument cannot tell from it."""
    columns: tuple[GasColumn, ...]
    limits_ppm_m: dict[str, float]
    """Limit of detection of every gas in one pixel, at the plume's contrast."""
    mass_kg: float | None
    mass_std_kg: float | None
    evidence: dict[str, float]
    explanations: tuple[str, ...]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    gases: tuple[str, ...]
    """That could be named."""
    bands: int
    wavelengths_nm: tuple[float, float]
    air_K: float
    asked_false_plumes: float
    """In the whole scene."""
    least_sigmas: float | None
    """That a plume's highest pixel must reach for it; None where plumes were outlined."""
    contrast_K: float
    """What half of the scene's pixels have at least before a plume, of either sign."""
    limits_ppm_m: dict[str, float]
    """Limit of detection of every gas in one pixel of that contrast."""
    plumes: tuple[PlumeTold, ...]
    missing: tuple[str, ...]
    """What the cube lacks for its plumes to be detections."""
    masked: tuple[Masked, ...]
    assumptions: tuple[str, ...]
    version: str = sillage.__version__


def identifications(asked: Asked, tell: Tell = lambda _: None) -> Told:
    """Find the plumes of a cube of heat, name them, and write them, whole or not at all.

    Parameters
    ----------
    asked
        Which cube, what is known of the air, and where the answer is written.
    tell
        Told what happens.

    Raises
    ------
    InputError
        The cube, a gas or a setting is wrong.
    NotEnoughInformation
        The instrument sees no heat, or not the gas; or the scene is too small.
    """
    with whole_file(asked.out) as half_done:
        cube = opened(asked.cube, asked.reading, negative="mask")
        answered = named_plumes(cube, asked, tell=tell)
        told = _told(asked, answered)
        half_done.write_bytes(_geojson(answered, told))
    return told


def named_plumes(
    cube: Cube, asked: Asked, *, parents: tuple[str, ...] = (), tell: Tell = lambda _: None
) -> Answered:
    """Find the plumes of a cube of heat and name them; nothing is written.

    Parameters
    ----------
    cube
        At-sensor radiance with bands that see heat; that which `asked` names is not opened.
    asked
        What is known of the air, and what is looked for.
    parents
        Ids of the records that the detections are made from, such as of the cube's `Scene`.
    tell
        Told what happens.

    Raises
    ------
    InputError
        An outline, or the table of clean air, is wrong.
    NotEnoughInformation
        The instrument sees no heat, or not a gas that was asked for; or the scene is too small.
    """
    naming = asked.naming
    bands, _, _ = heat_bands(cube, asked.gases, naming.windows_nm)
    wavelength_nm = cube.wavelength_nm[bands]
    path, supposed = air_before(asked, wavelength_nm)
    tell("looking for plumes")
    seen = screened(
        cube,
        temperature=asked.plume,
        path=path,
        gases=asked.gases,
        windows_nm=naming.windows_nm,
    )
    wanted = _in_scene(naming, cube, seen)
    if naming.outlines is None:
        found = seen.plumes(wanted)
        plumes, least = found.plumes, found.height
    else:
        plumes, least = drawn_plumes(Path(naming.outlines), cube, seen, wanted), None
    named = named_of(cube, plumes, _question(asked, path, seen), tell)
    taken = _taken(cube, asked, seen, (*supposed, *seen.assumptions), parents)
    return Answered(
        plumes=named,
        records=tuple(detection_of(one, taken) for one in named),
        screened=seen,
        least_sigmas=least,
        false_plumes=wanted,
        wavelengths_nm=(float(wavelength_nm[0]), float(wavelength_nm[-1])),
        bands=len(bands),
        missing=lacking(taken, named),
        masked=taken.masked,
        assumptions=taken.assumptions,
    )


def _question(asked: Asked, path: AirPath, seen: Screened) -> Question:
    naming = asked.naming
    return Question(
        asked.plume,
        path,
        asked.gases,
        naming.windows_nm,
        naming.prior,
        naming.pixel_m,
        looked_at=int(np.isfinite(seen.sigmas).sum()),
    )


def _in_scene(naming: Naming, cube: Cube, seen: Screened) -> float:
    """False plumes in the whole scene."""
    if naming.per == "scene":
        return naming.false_plumes
    clear = np.isfinite(seen.sigmas)
    place = cube.geolocation(0, cube.lines)
    if place is not None:
        return naming.false_plumes * clear_km2(place.lon_deg, place.lat_deg, clear)
    if naming.pixel_m is None:
        raise SettingError(
            "per=km2: the cube has no places; say how large a pixel is, --set pixel_m=20"
        )
    return naming.false_plumes * float(clear.sum()) * naming.pixel_m**2 * 1e-6


def _taken(
    cube: Cube,
    asked: Asked,
    seen: Screened,
    supposed: tuple[str, ...],
    parents: tuple[str, ...],
) -> Taken:
    about, naming = cube.about, asked.naming
    when = naming.observed_at
    plume = asked.plume
    settings: dict[str, float | int | str] = {
        "false_plumes": naming.false_plumes,
        "per": naming.per,
        "prior": naming.prior,
        "air_K": asked.air.mean_K,
        "plume_K": plume.mean_K,
        "plume_std_K": plume.std_K,
        "gases": ", ".join(asked.gases or ()) or "all",
    }
    for name in ("range_m", "height_m", "humidity_percent", "outlines"):
        value = getattr(naming, name)
        settings |= {} if value is None else {name: value}
    for at, (low, high) in enumerate(naming.windows_nm):
        settings[f"window_{at + 1}_nm"] = f"{low:g}-{high:g}"
    return Taken(
        platform=about.platform or naming.platform,
        instrument=about.instrument or naming.instrument,
        observed_at=about.observed_at or (None if when is None else Interval(start=when, end=when)),
        settings=settings,
        parents=parents,
        masked=(*cube.masked, *seen.masked),
        assumptions=(*cube.assumptions, *supposed),
    )


def _told(asked: Asked, answered: Answered) -> Told:
    seen = answered.screened
    return Told(
        gases=tuple(seen.limits_ppm_m),
        bands=answered.bands,
        wavelengths_nm=answered.wavelengths_nm,
        air_K=asked.air.mean_K,
        asked_false_plumes=answered.false_plumes,
        least_sigmas=answered.least_sigmas,
        contrast_K=seen.contrast_K,
        limits_ppm_m=dict(seen.limits_ppm_m),
        plumes=tuple(
            _plume_told(named, record, asked.naming.share)
            for named, record in zip(answered.plumes, answered.records, strict=True)
        ),
        missing=answered.missing,
        masked=answered.masked,
        assumptions=tuple(
            dict.fromkeys(
                (
                    *answered.assumptions,
                    *(one for named in answered.plumes for one in _supposed(named.answer)),
                )
            )
        ),
    )


def _supposed(answer: Identification | None) -> tuple[str, ...]:
    return () if answer is None else answer.assumptions


def _plume_told(named: Named, record: Detection | None, share: float) -> PlumeTold:
    plume, answer, ground, mass = named.plume, named.answer, named.footprint, named.mass_kg
    evidence = () if answer is None else evidence_of(plume, answer)
    alike = {} if answer is None else answer.confusable
    return PlumeTold(
        id=record.id if record is not None else None,
        verdict="cannot tell" if answer is None else answer.verdict,
        reason=named.refusal if answer is None else answer.reason,
        probability=named.probability,
        false_alarms=named.false_alarms,
        clutter_peaks=plume.false_alarms,
        sigmas=plume.sigmas,
        line=int(plume.line[0]),
        sample=int(plume.sample[0]),
        lon_deg=ground.place.lon if ground is not None else None,
        lat_deg=ground.place.lat if ground is not None else None,
        pixels=plume.line.size,
        contrast_K=None if answer is None else answer.contrast_K,
        candidates=() if answer is None else answer.candidates,
        answer=() if answer is None else answer.answer(share),
        confusable={gas: tuple(sorted(others - {gas})) for gas, others in alike.items()},
        columns=() if answer is None else answer.columns,
        limits_ppm_m={} if answer is None else dict(answer.limits_ppm_m),
        mass_kg=mass.value if mass is not None else None,
        mass_std_kg=mass.std if mass is not None else None,
        evidence={one.test: one.score for one in evidence},
        explanations=tuple(one.explanation for one in evidence),
    )


def _geojson(answered: Answered, told: Told) -> bytes:
    features = [
        plume_feature(named.plume, named.footprint, msgspec.to_builtins(plume))
        for named, plume in zip(answered.plumes, told.plumes, strict=True)
    ]
    about: dict[str, Any] = msgspec.to_builtins(told)
    del about["plumes"]
    return collection(features, about)
