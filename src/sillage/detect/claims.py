"""What does a scene claim: plumes with a probability, a mass and a rate, handed on as detections?

    columns over neighbours -> plumes above clutter -> spectrum, shape, wind -> probability
                                       '-> mass -> rate

A `Detection` says where and when. A scene without places gives plumes in pixels; one without a time
gives them on the ground; neither gives detections, and `missing` says what they would need.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from sillage.detect.downwind import Along, along_wind
from sillage.detect.mass import Amount, Breeze, covariance_of, length_of, mass_of, rate_of
from sillage.detect.outlines import Footprint, footprint_of
from sillage.detect.plumes import ColumnMap, Found, Plume, outside, plumes_of, with_rims
from sillage.detect.spectrum import Reader, SpectralFit, spectral_fit
from sillage.detect.vetting import Vetted, signs_of, vet
from sillage.records.base import Interval
from sillage.records.detection import NOT_IN_LIBRARY, Candidate, Detection
from sillage.records.provenance import Masked
from sillage.records.quantity import Quantity

METHOD = "plumes above clutter"
_NORMAL_90 = 1.6448536269514722


class Seen(NamedTuple):
    """A scene in which a gas was retrieved."""

    gas: str
    columns: ColumnMap
    unit_absorption: Float64[ndarray, " band"]
    """d ln(radiance) / d(column) of the bands that `read` gives, per ppm m."""
    read: Reader
    lon_deg: Float64[ndarray, "line sample"] | None = None
    lat_deg: Float64[ndarray, "line sample"] | None = None
    """Pixel centres; None where the scene has no places."""
    pixel_m: float | None = None
    """Side of a pixel, for a scene without places."""


class Claim(NamedTuple):
    """One plume, and everything that is known of it."""

    plume: Plume
    vetted: Vetted
    fit: SpectralFit | None
    footprint: Footprint | None
    """None where the scene has no places."""
    mass_kg: Amount | None
    """None where the size of a pixel is not known."""
    length_m: Amount | None
    rate_kg_h: Amount | None
    """None without a wind."""


class Claims(NamedTuple):
    """All claims of a scene, the highest first."""

    gas: str
    scale_px: float
    found: Found
    claims: tuple[Claim, ...]


class Taken(NamedTuple):
    """What detections say of the picture that they come from; None where it is not known."""

    platform: str | None
    instrument: str | None
    observed_at: Interval | None
    settings: dict[str, float | int | str]
    parents: tuple[str, ...] = ()
    masked: tuple[Masked, ...] = ()
    assumptions: tuple[str, ...] = ()


def claims_of(
    seen: Seen, false_plumes: float, *, wind: Breeze | None = None, prior: float = 0.5
) -> Claims:
    """Plumes of a scene, vetted and weighed.

    Parameters
    ----------
    seen
        The scene.
    false_plumes
        That may be expected in it.
    wind
        While the plumes were filled; None where it is not known.
    prior
        Share of the claims that are real, before they are looked at.

    Raises
    ------
    RecordError
        A number that was asked for cannot be.
    NotEnoughInformation
        The scene is too small for its clutter to be known.
    """
    found = plumes_of(seen.columns, false_plumes)
    clear = np.isfinite(outside(found.plumes, seen.columns.column_ppm_m))
    pixels = int(np.isfinite(seen.columns.column_ppm_m).sum())
    whole = with_rims(seen.columns, found.plumes)
    covariance = covariance_of(seen.columns, whole)
    claims = []
    for plume, rimmed in zip(found.plumes, whole, strict=True):
        fit = spectral_fit(
            seen.read, plume, clear, seen.unit_absorption, scale_px=seen.columns.scale_px
        )
        footprint = _footprint(seen, plume)
        pixel_m = footprint.pixel_m if footprint is not None else seen.pixel_m
        along = _along(seen, plume, footprint, wind)
        vetted = vet(plume, signs_of(plume, fit, pixels), fit=fit, along=along, prior=prior)
        mass = length = rate = None
        if pixel_m is not None:
            mass = mass_of(
                seen.columns, rimmed, seen.gas, area_m2=pixel_m**2, covariance=covariance
            )
            length = length_of(plume, pixel_m=pixel_m, scale_px=seen.columns.scale_px)
            rate = rate_of(mass, length, wind) if wind is not None else None
        claims.append(Claim(plume, vetted, fit, footprint, mass, length, rate))
    return Claims(seen.gas, seen.columns.scale_px, found, tuple(claims))


def _footprint(seen: Seen, plume: Plume) -> Footprint | None:
    if seen.lon_deg is None or seen.lat_deg is None:
        return None
    return footprint_of(plume, seen.lon_deg, seen.lat_deg)


def _along(
    seen: Seen, plume: Plume, footprint: Footprint | None, wind: Breeze | None
) -> Along | None:
    if footprint is None or wind is None:
        return None
    return along_wind(
        footprint.east_m,
        footprint.north_m,
        plume.of(seen.columns.column_ppm_m),
        blur_m=seen.columns.scale_px * footprint.pixel_m,
        towards_deg=wind.towards_deg,
        towards_std_deg=wind.towards_std_deg,
    )


def missing(claims: Claims, taken: Taken) -> tuple[str, ...]:
    """What the picture lacks for its claims to be detections, in words."""
    lacking = [
        word
        for word, there in (
            ("a time", taken.observed_at),
            ("a platform", taken.platform),
            ("an instrument", taken.instrument),
        )
        if there is None
    ]
    if any(claim.footprint is None for claim in claims.claims):
        lacking.append("places of its pixels")
    return tuple(lacking)


def detections_of(claims: Claims, taken: Taken) -> tuple[Detection | None, ...]:
    """Claims as records, in their order; None for one that lacks what a record needs.

    Parameters
    ----------
    claims
        Of one scene.
    taken
        What is known of the picture.
    """
    return tuple(_detection(one, claims, taken) for one in claims.claims)


def _detection(claim: Claim, claims: Claims, taken: Taken) -> Detection | None:
    ground = claim.footprint
    if (
        ground is None
        or taken.observed_at is None
        or taken.platform is None
        or taken.instrument is None
    ):
        return None
    chance = claim.vetted.probability
    named = (
        Candidate(substances=(claims.gas,), probability=chance),
        Candidate(substances=(NOT_IN_LIBRARY,), probability=1.0 - chance),
    )
    return Detection(
        observed_at=taken.observed_at,
        parents=taken.parents,
        platform=taken.platform,
        instrument=taken.instrument,
        place=ground.place,
        position_std_m=position_std_px(claims.scale_px) * ground.pixel_m,
        outline=ground.outline,
        candidates=tuple(sorted(named, key=lambda one: -one.probability)),
        probability=chance,
        false_alarms=claim.plume.false_alarms,
        looked_at="scene",
        strength=claim.plume.sigmas,
        evidence=claim.vetted.evidence,
        mass=quantity(claim.mass_kg, "kg"),
        rate=quantity(claim.rate_kg_h, "kg/h"),
        method=METHOD,
        settings=taken.settings,
        masked=taken.masked,
        assumptions=(*taken.assumptions, f"no other gas than {claims.gas} was looked for"),
    )


def position_std_px(scale_px: float) -> float:
    """Error of the strongest pixel's place as that of the source, both axes together, in pixels.

    Eddies gather gas away from where it comes out, by about the width of the average however high
    the plume stands: `benchmarks/rates.py` measures how far.

    Parameters
    ----------
    scale_px
        Width of the average that the plume was found with.
    """
    return math.sqrt(2.0) * math.hypot(scale_px, 12.0**-0.5)


def quantity(amount: Amount | None, unit: str) -> Quantity | None:
    """A number with a normal error as a quantity."""
    if amount is None:
        return None
    reach = _NORMAL_90 * amount.std
    return Quantity(
        mean=amount.value,
        median=amount.value,
        std=amount.std,
        low=amount.value - reach,
        high=amount.value + reach,
        unit=unit,
    )
