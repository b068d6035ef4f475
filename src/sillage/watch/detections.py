"""What can be asked of a radiance cube in one go: the plumes of a gas, as a map.

The columns are retrieved first, and forgotten; the plumes are written as GeoJSON. Each feature is a
plume with its outline on the ground, how probable it is and why, its mass and, with a wind, its
rate. Where the cube lacks what a detection needs, the file says so and plumes come without an id;
without places they come in pixels, with no geometry.

Reference: RFC 7946 (GeoJSON).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from jaxtyping import Float
from numpy import ndarray

import sillage
from sillage.atomic import whole_file
from sillage.detect.claims import Claim, Claims, Seen, Taken, claims_of, detections_of, missing
from sillage.detect.mass import Breeze
from sillage.detect.outlines import clear_km2
from sillage.detect.plumes import ColumnMap
from sillage.errors import SettingError
from sillage.records.base import Interval, UtcTime
from sillage.records.cube import Cube
from sillage.records.detection import Detection
from sillage.records.provenance import Masked
from sillage.records.quantity import NonNegative
from sillage.retrieve.run import Retrieved
from sillage.spectra.gas import gas as gas_named
from sillage.watch.columns import Asked, asked_of, retrieved
from sillage.watch.geojson import collection, plume_feature

__all__ = [
    "Looking",
    "PlumeTold",
    "Told",
    "breeze_of",
    "check_wind",
    "detections",
    "in_scene",
    "question_of",
    "seen_in",
    "taken_from",
]

_WIND_STD = 0.3  # of the speed, where nobody says how well it is known
_WIND = ("wind_speed_m_s", "wind_from_deg", "wind_std_m_s")


class Looking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked for, and what is known beside the cube."""

    false_plumes: Annotated[float, msgspec.Meta(gt=0.0)] = 1.0
    """How many may be among the plumes."""
    per: Literal["scene", "km2"] = "scene"
    """What the false plumes are counted in."""
    wind_speed_m_s: Annotated[float, msgspec.Meta(gt=0.0)] | None = None
    """Mean wind at the height of the plumes, while they were filled."""
    wind_from_deg: float | None = None
    """Where it comes from, clockwise from north."""
    wind_std_m_s: NonNegative | None = None
    """One sigma of each component; three tenths of the speed unless said."""
    wind_height_m: Annotated[float, msgspec.Meta(gt=0.0)] | None = None
    """Above ground, where the speed was measured; that of the plume itself unless said. Near the
    ground gas drifts slower than a wind at 10 m."""
    pixel_m: Annotated[float, msgspec.Meta(gt=0.0)] | None = None
    """Side of a pixel, where the cube has no places."""
    prior: Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)] = 0.5
    """Share of the claims that are real, before they are looked at."""
    platform: str | None = None
    """Who carried the instrument, where the cube does not say."""
    instrument: str | None = None
    """What took the cube, where it does not say."""
    observed_at: UtcTime | None = None
    """When it was taken, where it does not say."""


def question_of(
    cube: Path,
    gas: str,
    out: Path,
    *,
    given: Sequence[str] = (),
    false_plumes: float = 1.0,
    wind: str | None = None,
) -> tuple[Asked, Looking]:
    """A question from what was typed.

    Parameters
    ----------
    cube, gas, out
        Which gas in which cube, and where the plumes are written.
    given
        Settings as `key=value`, of `Looking` and of a retrieval.
    false_plumes
        How many may be among the plumes.
    wind
        Speed, direction that it comes from, and error, with commas between.

    Raises
    ------
    SettingError
        A setting is not known, or its value is wrong; names it.
    """
    told: dict[str, Any] = {"false_plumes": false_plumes}
    others = []
    for one in given:
        key, _, value = (part.strip() for part in one.partition("="))
        if key in Looking.__struct_fields__:
            told[key] = value
        else:
            others.append(one)
    if wind is not None:
        parts = wind.split(",")
        if not 2 <= len(parts) <= 3:
            raise SettingError(f"--wind {wind}: write speed, where from, and error, as 4,270,1")
        told |= dict(zip(_WIND, parts, strict=False))
    try:
        looking = msgspec.convert(told, Looking, strict=False)
    except msgspec.ValidationError as error:
        raise SettingError(f"sillage detect: {error}") from None
    check_wind(looking, "sillage detect")
    return asked_of(cube, gas, out, given=others), looking


class PlumeTold(msgspec.Struct, frozen=True, kw_only=True):
    """One plume, in numbers."""

    id: str | None
    """Of its detection; None where the cube lacks what one needs."""
    gas: str
    probability: float
    false_alarms: float
    sigmas: float
    line: int
    sample: int
    lon_deg: float | None
    lat_deg: float | None
    pixels: int
    mass_kg: float | None
    mass_std_kg: float | None
    length_m: float | None
    rate_kg_h: float | None
    rate_std_kg_h: float | None
    evidence: dict[str, float]
    explanations: tuple[str, ...]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    gas: str
    asked_false_plumes: float
    """In the whole scene."""
    least_sigmas: float
    """That a plume's highest pixel must reach for it."""
    plumes: tuple[PlumeTold, ...]
    missing: tuple[str, ...]
    """What the cube lacks for its plumes to be detections."""
    masked: tuple[Masked, ...]
    assumptions: tuple[str, ...]
    version: str = sillage.__version__


def detections(
    asked: Asked, looking: Looking, tell: Callable[[str], None] = lambda _: None
) -> Told:
    """Find the plumes of a gas in a cube, and write them; the file appears whole or not at all.

    Parameters
    ----------
    asked
        Which gas in which cube, and where the plumes are written.
    looking
        How many false ones there may be, and the wind.
    tell
        Told what happens.

    Raises
    ------
    InputError
        The cube, the gas or a setting is wrong.
    NotEnoughInformation
        The instrument does not see the gas, or the scene is too small to know its clutter.
    """
    wind = breeze_of(looking)
    with whole_file(asked.out) as half_done:
        cube, got = retrieved(asked, half_done.parent, tell)
        tell("looking for plumes")
        seen = seen_in(cube, got, looking.pixel_m)
        wanted = in_scene(looking, seen)
        claims = claims_of(seen, wanted, wind=wind, prior=looking.prior)
        taken = taken_from(cube, got, looking)
        records = detections_of(claims, taken)
        told = Told(
            gas=seen.gas,
            asked_false_plumes=wanted,
            least_sigmas=claims.found.height,
            plumes=tuple(
                _told(claim, record, seen.gas)
                for claim, record in zip(claims.claims, records, strict=True)
            ),
            missing=missing(claims, taken),
            masked=got.masked,
            assumptions=taken.assumptions,
        )
        half_done.write_bytes(_geojson(claims, told))
    return told


def check_wind(looking: Looking, where: str) -> None:
    """Refuse half a wind.

    Raises
    ------
    SettingError
        It has a speed and no direction, or the other way round.
    """
    if (looking.wind_speed_m_s is None) != (looking.wind_from_deg is None):
        raise SettingError(
            f"{where}: a wind has a speed and a direction: write both, as --wind 4,270 or as "
            "wind_speed_m_s and wind_from_deg"
        )


def breeze_of(looking: Looking) -> Breeze | None:
    """The wind that was told; None where none was."""
    speed, origin, std = looking.wind_speed_m_s, looking.wind_from_deg, looking.wind_std_m_s
    if speed is None or origin is None:
        return None
    std = _WIND_STD * speed if std is None else std
    towards, off_deg = (origin + 180.0) % 360.0, min(math.degrees(std / speed), 180.0)
    return Breeze(speed, std, towards, off_deg, looking.wind_height_m)


def seen_in(cube: Cube, got: Retrieved, pixel_m: float | None) -> Seen:
    """A cube in which a gas was retrieved, as plumes are looked for in it."""

    def read(lines: slice, samples: slice) -> Float[ndarray, "line sample band"]:
        return cube.read(lines.start, lines.stop, got.target.bands)[:, samples]

    place = cube.geolocation(0, cube.lines)
    return Seen(
        gas=gas_named(got.target.gas).name,
        columns=ColumnMap(
            got.together.column_ppm_m,
            got.together.std_ppm_m,
            got.settings.scale_px,
            got.together.sigmas,
        ),
        unit_absorption=got.target.unit_absorption,
        read=read,
        lon_deg=place.lon_deg if place is not None else None,
        lat_deg=place.lat_deg if place is not None else None,
        pixel_m=pixel_m,
    )


def in_scene(looking: Looking, seen: Seen) -> float:
    """False plumes in the whole scene."""
    if looking.per == "scene":
        return looking.false_plumes
    clear = np.isfinite(seen.columns.column_ppm_m)
    if seen.lon_deg is not None and seen.lat_deg is not None:
        return looking.false_plumes * clear_km2(seen.lon_deg, seen.lat_deg, clear)
    if seen.pixel_m is None:
        raise SettingError(
            "per=km2: the cube has no places; say how large a pixel is, --set pixel_m=20"
        )
    return looking.false_plumes * float(clear.sum()) * seen.pixel_m**2 * 1e-6


def taken_from(cube: Cube, got: Retrieved, looking: Looking) -> Taken:
    """What detections in a cube say of it."""
    about, when = cube.about, looking.observed_at
    told = None if when is None else Interval(start=when, end=when)
    return Taken(
        platform=about.platform or looking.platform,
        instrument=about.instrument or looking.instrument,
        observed_at=about.observed_at or told,
        settings={
            "false_plumes": looking.false_plumes,
            "per": looking.per,
            "prior": looking.prior,
            "retriever": got.method,
            "group": got.settings.group,
            "scale_px": got.settings.scale_px,
            "air_mass": got.target.air_mass,
        },
        masked=got.masked,
        assumptions=got.assumptions,
    )


def _told(claim: Claim, record: Detection | None, gas: str) -> PlumeTold:
    mass, rate, length = claim.mass_kg, claim.rate_kg_h, claim.length_m
    ground = claim.footprint
    return PlumeTold(
        id=record.id if record is not None else None,
        gas=gas,
        probability=claim.vetted.probability,
        false_alarms=claim.plume.false_alarms,
        sigmas=claim.plume.sigmas,
        line=int(claim.plume.line[0]),
        sample=int(claim.plume.sample[0]),
        lon_deg=ground.place.lon if ground is not None else None,
        lat_deg=ground.place.lat if ground is not None else None,
        pixels=claim.plume.line.size,
        mass_kg=mass.value if mass is not None else None,
        mass_std_kg=mass.std if mass is not None else None,
        length_m=length.value if length is not None else None,
        rate_kg_h=rate.value if rate is not None else None,
        rate_std_kg_h=rate.std if rate is not None else None,
        evidence={one.test: one.score for one in claim.vetted.evidence},
        explanations=tuple(one.explanation for one in claim.vetted.evidence),
    )


def _geojson(claims: Claims, told: Told) -> bytes:
    features = [
        plume_feature(claim.plume, claim.footprint, msgspec.to_builtins(plume))
        for claim, plume in zip(claims.claims, told.plumes, strict=True)
    ]
    about: dict[str, Any] = msgspec.to_builtins(told)
    del about["plumes"]
    return collection(features, about)
