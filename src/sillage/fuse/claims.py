"""What do records say about sites: claims of places, and looks that found something or nothing.

All that one instrument says of one stretch of time is one look; a coverage takes in what its
instrument claimed within its time. An estimate that was made again from mostly the same data, or
from a detection, stands in for what it was made from, so that nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sillage.errors import InputError
from sillage.records.base import RecordId
from sillage.records.coverage import Coverage
from sillage.records.detection import Candidate, Detection
from sillage.records.place import LocalFrame, Place
from sillage.records.quantity import Quantity
from sillage.records.source_estimate import SourceEstimate
from sillage.records.times import nanoseconds

Fact = Detection | SourceEstimate | Coverage
"""Records that speak of sites."""

FARTHEST_M = 500e3
"""From the origin of the frame; scales err by a thousandth there."""
_SUREST = 0.999  # no claim is beyond doubt
_LEAST_M2 = 1.0  # nor is any place
_AGAIN = 0.5  # share of the same parents beyond which an estimate was made again


class Claim(NamedTuple):
    """One place that one record speaks of."""

    record: RecordId
    number: int
    """In its record."""
    also: tuple[RecordId, ...]
    """Records that this one stands in for."""
    start_ns: int
    end_ns: int
    east_m: float
    north_m: float
    place_m2: float
    """Variance of the place, each way."""
    probability: float
    false_alarms: float
    """False claims at least as strong that were to be expected; 0 where not said."""
    each_km2: bool
    """On a square kilometre, and not in the whole look."""
    gases: tuple[tuple[str, float, float], ...]
    """Each gas, its share of the claim, and the probability that it is there."""
    rate: Quantity | None
    says: str
    """Who claims, for a sentence."""


class Look(NamedTuple):
    """What one instrument says of one stretch of time."""

    start_ns: int
    end_ns: int
    who: str
    claims: tuple[Claim, ...]
    coverages: tuple[Coverage, ...]


def looks_of(facts: Iterable[Fact], frame: LocalFrame) -> list[Look]:
    """All looks that some facts make, in order of time; the order of the facts does not matter.

    Raises
    ------
    InputError
        A record speaks of a place too far from the frame's origin.
    """
    ordered = sorted(facts, key=lambda fact: (_ends(fact), _starts(fact), fact.id))
    stands_for = superseded(ordered)
    replaced = {old for olds in stands_for.values() for old in olds}
    groups: dict[tuple[str, int, int], list[Fact]] = {}
    frames = [
        (_who(fact), _starts(fact), _ends(fact)) for fact in ordered if isinstance(fact, Coverage)
    ]
    for fact in ordered:
        if fact.id not in replaced:
            groups.setdefault(_group(fact, frames), []).append(fact)
    looks = []
    for (who, start_ns, end_ns), members in groups.items():
        claims = [
            claim
            for fact in members
            if not isinstance(fact, Coverage)
            for claim in claims_of(fact, frame, also=stands_for.get(fact.id, ()))
        ]
        coverages = tuple(fact for fact in members if isinstance(fact, Coverage))
        looks.append(Look(start_ns, end_ns, who, tuple(claims), coverages))
    return sorted(looks, key=lambda look: (look.end_ns, look.start_ns, look.who))


def superseded(ordered: Sequence[Fact]) -> dict[RecordId, tuple[RecordId, ...]]:
    """For each fact that stands in for others: which, oldest first."""
    taken: set[RecordId] = set()
    stands_for: dict[RecordId, tuple[RecordId, ...]] = {}
    for place in range(len(ordered) - 1, -1, -1):
        later = ordered[place]
        if not isinstance(later, SourceEstimate) or later.id in taken:
            continue
        olds = [
            earlier.id
            for earlier in ordered[:place]
            if earlier.id not in taken and _made_again(earlier, later)
        ]
        if olds:
            taken.update(olds)
            stands_for[later.id] = tuple(olds)
    return stands_for


def _made_again(earlier: Fact, later: SourceEstimate) -> bool:
    if earlier.id in later.parents:
        return not isinstance(earlier, Coverage)
    if not isinstance(earlier, SourceEstimate) or earlier.gas != later.gas:
        return False
    shared = set(earlier.parents) & set(later.parents)
    return len(shared) > _AGAIN * min(len(earlier.parents), len(later.parents))


def _who(fact: Fact) -> str:
    if isinstance(fact, SourceEstimate):
        return f"estimate {fact.id}"
    return f"{fact.platform} with {fact.instrument}"


def _starts(fact: Fact) -> int:
    return nanoseconds(fact.observed_at.start)


def _ends(fact: Fact) -> int:
    return nanoseconds(fact.observed_at.end)


def _group(fact: Fact, frames: Sequence[tuple[str, int, int]]) -> tuple[str, int, int]:
    """The first coverage that takes a fact in, or its own stretch of time."""
    own = (_who(fact), _starts(fact), _ends(fact))
    if isinstance(fact, Detection):
        for frame in frames:
            if frame[0] == own[0] and frame[1] <= own[1] and own[2] <= frame[2]:
                return frame
    return own


def claims_of(
    fact: Detection | SourceEstimate, frame: LocalFrame, *, also: tuple[RecordId, ...] = ()
) -> list[Claim]:
    """What a record claims, place by place, in metres of the frame."""
    when = _starts(fact), _ends(fact)
    if isinstance(fact, Detection):
        east_m, north_m = _local(fact.place, frame, f"Detection {fact.id[:12]}")
        claim = Claim(
            fact.id, 0, also, *when, east_m, north_m, _variance(fact.position_std_m),
            min(fact.probability, _SUREST),
            fact.false_alarms if fact.looked_at != "hour" else 0.0,
            fact.looked_at == "km2",
            _shares(fact.candidates), fact.rate, _who(fact),
        )  # fmt: skip
        return [claim]
    told = []
    for number, source in enumerate(fact.sources):
        east_m, north_m = _local(source.position, frame, f"SourceEstimate {fact.id[:12]}")
        claim = Claim(
            fact.id, number, also, *when, east_m, north_m, _variance(source.position_std_m),
            min(source.probability, _SUREST), 0.0, False, ((fact.gas, 1.0, 1.0),), source.rate,
            f"an estimate of {fact.gas}",
        )  # fmt: skip
        told.append(claim)
    return told


def _variance(position_std_m: float) -> float:
    return max(0.5 * position_std_m**2, _LEAST_M2)


def _local(place: Place, frame: LocalFrame, whose: str) -> tuple[float, float]:
    east, north = frame.to_local(place.lon, place.lat)
    if not (float(east) ** 2 + float(north) ** 2) ** 0.5 <= FARTHEST_M:
        raise InputError(
            f"{whose}: its place {place.lon:.4f}, {place.lat:.4f} is more than "
            f"{FARTHEST_M / 1e3:.0f} km from the frame's origin {frame.lon:.4f}, {frame.lat:.4f}; "
            "keep sites of that region with a frame of its own"
        )
    return float(east), float(north)


def _shares(candidates: Iterable[Candidate]) -> tuple[tuple[str, float, float], ...]:
    shares: dict[str, tuple[float, float]] = {}
    for candidate in candidates:
        for gas in dict.fromkeys(candidate.substances):
            share, there = shares.get(gas, (0.0, 0.0))
            each = candidate.probability / len(dict.fromkeys(candidate.substances))
            shares[gas] = share + each, min(there + candidate.probability, 1.0)
    return tuple((gas, *told) for gas, told in sorted(shares.items()))
