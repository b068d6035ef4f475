"""How is a state of a site written down: its place, gases, rates, kinds and basis as a record."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sillage.fuse.kinds import Known, hypotheses
from sillage.fuse.settings import Settings
from sillage.fuse.story import Life, Stay
from sillage.records.base import Interval, RecordId
from sillage.records.place import LocalFrame, Place
from sillage.records.quantity import Quantity
from sillage.records.site import Fix, Site, Substance
from sillage.records.times import utc

_NORMAL_90 = 1.645


class Standing(NamedTuple):
    """A site in a story: its history, and what is believed of it now."""

    key: int
    life: Life
    exists: float
    east_m: float
    north_m: float
    place_m2: float


class Told(NamedTuple):
    """What a record of a site takes from what was told before."""

    code: str
    previous: tuple[RecordId, ...]
    basis: tuple[RecordId, ...]
    """Of the states before; they stay."""
    learned_at: datetime
    late: str
    """A sentence about what came late; empty where nothing did."""


class Telling(NamedTuple):
    """What all sites are told with."""

    frame: LocalFrame
    settings: Settings
    known: tuple[Known, ...]
    contexts: tuple[RecordId, ...]


def site_of(now: Standing, told: Told, by: Telling, ends_ns: Mapping[RecordId, int]) -> Site:
    """The state of a site as a record; `ends_ns` says of each record when it ended."""
    life = now.life
    first, last = utc(life.first_ns), utc(life.last_ns)
    records = {each.claim.record for each in life.evidence}
    records.update(old for each in life.evidence for old in each.claim.also)
    basis = tuple(sorted(records | set(told.basis), key=lambda each: (ends_ns[each], each)))
    parents = dict.fromkeys((*basis, *life.looks, *told.previous, *by.contexts))
    place = now.east_m, now.north_m, now.place_m2
    return Site(
        observed_at=Interval(start=first, end=max(utc(life.since_ns), last)),
        parents=tuple(parents),
        code=told.code,
        previous=told.previous,
        status=life.status,  # type: ignore[arg-type]  # one of those that a turn gives
        because=" ".join(filter(None, (life.because, told.late))),
        existence=min(max(now.exists, 0.0), 1.0),
        track=(
            *(_fix(stay, by.frame) for stay in life.stays),
            _fix(_stay(now), by.frame),
        ),
        substances=substances(life),
        hypotheses=hypotheses(life, place, by.known, by.settings.density_km2),
        first_seen=first,
        last_seen=last,
        learned_at=told.learned_at,
        basis=basis,
    )


def _stay(now: Standing) -> Stay:
    life = now.life
    start = max([life.first_ns] + [stay.end_ns for stay in life.stays])
    std_m = math.sqrt(2.0 * now.place_m2)
    return Stay(min(start, life.last_ns), life.last_ns, now.east_m, now.north_m, std_m)


def _fix(stay: Stay, frame: LocalFrame) -> Fix:
    lon, lat = frame.to_lonlat(stay.east_m, stay.north_m)
    return Fix(
        during=Interval(start=utc(min(stay.start_ns, stay.end_ns)), end=utc(stay.end_ns)),
        place=Place(lon=float(lon), lat=float(lat)),
        position_std_m=stay.std_m,
    )


def substances(life: Life) -> tuple[Substance, ...]:
    """Gases of a site: at least one of its claims is of each, as probably as is said."""
    gases = {gas for each in life.evidence for gas, _, _ in each.claim.gases}
    told = [
        Substance(gas=gas, probability=_there(life, gas), rate=_rate_of(life, gas))
        for gas in sorted(gases)
    ]
    return tuple(sorted(told, key=lambda each: -each.probability))


def _there(life: Life, gas: str) -> float:
    missing = 1.0
    for each in life.evidence:
        there = sum(there for name, _, there in each.claim.gases if name == gas)
        missing *= 1.0 - min(each.share * each.claim.probability * there, 1.0)
    return min(max(1.0 - missing, 0.0), 1.0)


def _rate_of(life: Life, gas: str) -> Quantity | None:
    """Rate while it is on: the mixture of what its claims say, weighed by how surely they are."""
    parts: list[tuple[float, Quantity]] = []
    for each in life.evidence:
        share = each.share * sum(share for name, share, _ in each.claim.gases if name == gas)
        if each.claim.rate is not None and share > 0.0:
            parts.append((share, each.claim.rate))
    if not parts:
        return None
    total = sum(share for share, _ in parts)
    mean = sum(share * rate.mean for share, rate in parts) / total
    square = sum(share * (rate.std**2 + (rate.mean - mean) ** 2) for share, rate in parts) / total
    std, median = math.sqrt(square), _median(parts)
    return Quantity(
        mean=mean,
        median=median,
        std=std,
        low=max(mean - _NORMAL_90 * std, min(rate.low for _, rate in parts)),
        high=min(mean + _NORMAL_90 * std, max(rate.high for _, rate in parts)),
        unit="kg/h",
    )


def _median(parts: Sequence[tuple[float, Quantity]]) -> float:
    half = 0.5 * sum(share for share, _ in parts)
    below = 0.0
    for share, rate in sorted(parts, key=lambda part: part[1].median):
        below += share
        if below >= half:
            return rate.median
    return parts[-1][1].median
