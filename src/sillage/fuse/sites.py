"""Which sites are there: what any sensor claims and what was looked at in, states of sites out.

Facts may come late, twice and in any order. Those of a window are kept as looks with checkpoints of
the story; when a fact arrives the looks are made again, and the story is told again from the first
that differs. So what is believed depends on what happened and not on when it was learned; what was
told stays told, and a new state follows it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sillage.errors import InputError
from sillage.fuse.claims import Fact, Look, claims_of, looks_of
from sillage.fuse.kinds import known_of
from sillage.fuse.looked import Centres
from sillage.fuse.settings import Settings, checked
from sillage.fuse.story import Life, Story, World, beginning
from sillage.fuse.telling import Standing, Telling, Told, site_of
from sillage.fuse.turns import told
from sillage.records.base import Record, RecordId
from sillage.records.context import Context
from sillage.records.coverage import Coverage
from sillage.records.detection import Detection
from sillage.records.place import LocalFrame
from sillage.records.site import Site
from sillage.records.source_estimate import SourceEstimate
from sillage.records.times import nanoseconds, utc

_EACH = 16  # looks between two checkpoints
ClaimId = tuple[RecordId, int]


class _Published(NamedTuple):
    """What was last told of a site, and of which claims."""

    site: Site
    claims: frozenset[ClaimId]
    east_m: float
    north_m: float


class Sites:
    """Sites of a region, kept up to date.

    Parameters
    ----------
    frame
        Metres are counted in it; sites lie within 500 km of its origin.
    contexts
        Lawful emitters that the user knows of.
    settings
        Priors and thresholds.
    centres
        Gives longitude and latitude of H3 cells; needed once a `Coverage` comes.
    """

    def __init__(
        self,
        frame: LocalFrame,
        *,
        contexts: Sequence[Context] = (),
        settings: Settings | None = None,
        centres: Centres | None = None,
    ) -> None:
        chosen = checked(settings or Settings())
        self._world = World(frame, chosen, {}, centres)
        context_ids = tuple(sorted(context.id for context in contexts))
        self._by = Telling(frame, chosen, known_of(contexts, frame), context_ids)
        self._facts: dict[RecordId, Fact] = {}
        self._ends_ns: dict[RecordId, int] = {}
        self._looks: list[Look] = []
        self._checkpoints: list[tuple[int, Story]] = [(0, beginning())]
        self._published: dict[str, _Published] = {}
        self._story = beginning()
        self._told = 0  # looks that the story is of
        self._learned_at: datetime | None = None

    def observe(self, facts: Iterable[Record], *, learned_at: datetime) -> tuple[Site, ...]:
        """Learn facts; gives the new states of the sites that they change, by code.

        Parameters
        ----------
        facts
            Detections, source estimates and coverages, in any order; those known already are
            passed over.
        learned_at
            When they were learned, in UTC; never before they happened, and never running back.

        Raises
        ------
        InputError
            A record of another kind, a coverage without `centres` or without its values, a place
            too far from the frame's origin, or a clock that runs back. Nothing is learned then.
        """
        given = [self._accepted(fact, learned_at) for fact in facts]
        new = {fact.id: fact for fact in given if fact.id not in self._ends_ns}
        if not new:
            return ()
        late = self._late(new.values())
        looks = looks_of([*self._facts.values(), *new.values()], self._world.frame)
        self._facts |= new
        self._ends_ns |= {name: nanoseconds(new[name].observed_at.end) for name in new}
        self._learned_at = learned_at
        self._tell(looks)
        states = self._publish(learned_at, late)
        self._fold()
        return states

    def sites(self) -> tuple[Site, ...]:
        """The last state of every site that was told, by code; ended and merged ones too."""
        return tuple(self._published[code].site for code in sorted(self._published))

    def _accepted(self, fact: Record, learned_at: datetime) -> Fact:
        if not isinstance(fact, Detection | SourceEstimate | Coverage):
            raise InputError(
                f"{type(fact).__name__}: no fact about sites; give Detection, SourceEstimate or "
                "Coverage records"
            )
        named = f"{type(fact).__name__} {fact.id[:12]}"
        if learned_at.tzinfo is None:
            raise InputError(f"learned_at: {learned_at} has no zone; give an aware time, in UTC")
        if learned_at < fact.observed_at.end:
            raise InputError(
                f"{named}: it ended at {fact.observed_at.end.isoformat()}, after it was learned "
                f"({learned_at.isoformat()}); mend the clock of the one or the other"
            )
        if self._learned_at is not None and learned_at < self._learned_at:
            raise InputError(
                f"learned_at: {learned_at.isoformat()} is before {self._learned_at.isoformat()}, "
                "when the last facts were learned; what was told cannot be learned again earlier"
            )
        if isinstance(fact, Coverage):
            if self._world.centres is None:
                raise InputError(f"{named}: no centres of H3 cells; give `centres` to Sites")
            _ = fact.surface["cell"]
        else:
            claims_of(fact, self._world.frame)
        return fact

    def _late(self, new: Iterable[Fact]) -> dict[RecordId, str]:
        """A sentence for each fact that comes after what was already told."""
        at_ns, before_ns = self._story.at_ns, self._checkpoints[0][1].at_ns
        late = {}
        for fact in new:
            end_ns = nanoseconds(fact.observed_at.end)
            after = _long((at_ns - end_ns) / 1e9)
            if end_ns < before_ns:
                late[fact.id] = (
                    f"A record of {utc(end_ns):%d %B %H:%M} UTC came {after} late, after the "
                    "window for late data, and counts as if it were of the window's beginning."
                )
            elif end_ns < at_ns:
                late[fact.id] = (
                    f"A record of {utc(end_ns):%d %B %H:%M} UTC came {after} late and was put in "
                    "its place."
                )
        return late

    def _tell(self, looks: list[Look]) -> None:
        """Tell the story again from the first look that differs."""
        for fact in self._facts.values():
            for gas in _gases_of(fact):
                self._world.gases.setdefault(gas, len(self._world.gases))
        same = 0
        for old, new in zip(self._looks, looks, strict=False):
            if _named(old) != _named(new):
                break
            same += 1
        self._looks = looks
        self._checkpoints = [each for each in self._checkpoints if each[0] <= same]
        number, story = self._checkpoints[-1]
        if self._told <= same:
            number, story = self._told, self._story
        for place in range(number, len(looks)):
            story = told(story, looks[place], self._world)
            if place + 1 - self._checkpoints[-1][0] >= _EACH:
                self._checkpoints.append((place + 1, story))
        self._story, self._told = story, len(looks)

    def _fold(self) -> None:
        """Forget looks older than the window, as far as a checkpoint stands for them."""
        edge_ns = self._story.at_ns - int(self._world.settings.window_s * 1e9)
        old = 0
        while old < len(self._looks) and self._looks[old].end_ns < edge_ns:
            old += 1
        passed = [each for each in self._checkpoints if each[0] <= old]
        count = passed[-1][0]
        if count == 0:
            return
        for look in self._looks[:count]:
            for claim in look.claims:
                for name in (claim.record, *claim.also):
                    self._facts.pop(name, None)
            for coverage in look.coverages:
                self._facts.pop(coverage.id, None)
        self._looks = self._looks[count:]
        self._told -= count
        self._checkpoints = [(n - count, story) for n, story in self._checkpoints if n >= count]

    def _publish(self, learned_at: datetime, late: dict[RecordId, str]) -> tuple[Site, ...]:
        """New states of all sites that differ from what was last told of them."""
        standing = standing_of(self._story)
        codes = self._coded(standing)
        before = {code: each.site for code, each in self._published.items()}
        states = []
        for now in standing:
            code = codes[now.key]
            last = before.get(code)
            claims = frozenset(_claim_ids(now.life))
            if last is not None and not self._changed(now, self._published[code], claims):
                continue
            others = {codes[key] for key in now.life.of if key in codes} - {code}
            previous = [before[other].id for other in sorted(others) if other in before]
            said = [late[name] for name in sorted(late) if name in {each for each, _ in claims}]
            taken = Told(
                code=code,
                previous=(*((last.id,) if last is not None else ()), *previous),
                basis=last.basis if last is not None else (),
                learned_at=learned_at,
                late=said[0] if said else "",
            )
            site = site_of(now, taken, self._by, self._ends_ns)
            self._published[code] = _Published(site, claims, now.east_m, now.north_m)
            states.append(site)
        states += self._withdrawn(set(codes.values()), learned_at)
        return tuple(sorted(states, key=lambda site: site.code))

    def _changed(self, now: Standing, last: _Published, claims: frozenset[ClaimId]) -> bool:
        site = last.site
        return (
            site.status != now.life.status
            or last.claims != claims
            or len(site.track) != len(now.life.stays) + 1
            or abs(site.existence - now.exists) >= self._world.settings.told_change
        )

    def _coded(self, standing: Sequence[Standing]) -> dict[int, str]:
        """Code of each site: that under which its claims were told, or a new one."""
        owners: dict[RecordId, set[str]] = {}
        for code, each in self._published.items():
            for record, _ in each.claims:
                owners.setdefault(record, set()).add(code)
        wishes: list[tuple[float, float, int, str]] = []
        for now in standing:
            claims = set(_claim_ids(now.life))
            olds = {old for each in now.life.evidence for old in each.claim.also}
            records = olds | {record for record, _ in claims}
            for code in {code for record in records for code in owners.get(record, ())}:
                had = self._published[code]
                # An estimate that was made again tells its sources by place alone.
                shared = len(claims & had.claims) + 0.5 * len(olds & {old for old, _ in had.claims})
                way_m = math.hypot(now.east_m - had.east_m, now.north_m - had.north_m)
                if shared:
                    wishes.append((-shared / len(claims | had.claims), way_m, now.key, code))
        codes: dict[int, str] = {}
        for _, _, key, code in sorted(wishes):
            if key not in codes and code not in codes.values():
                codes[key] = code
        for now in standing:
            if now.key not in codes:
                codes[now.key] = self._new_code(now.life, {*codes.values(), *self._published})
        return codes

    @staticmethod
    def _new_code(life: Life, taken: set[str]) -> str:
        claim = life.main[0].claim
        ending = f"-{claim.number + 1}" if claim.number else ""
        for digits in range(8, 65):
            code = f"S-{claim.record[:digits].upper()}{ending}"
            if code not in taken:
                return code
        return f"S-{claim.record.upper()}{ending}-{len(taken)}"

    def _withdrawn(self, codes: set[str], learned_at: datetime) -> list[Site]:
        """End sites that the story, told again, knows no more."""
        states = []
        for code, each in self._published.items():
            site = each.site
            if code in codes or site.status in ("ended", "merged"):
                continue
            because = "What came late explains its claims by other sites, or as false."
            ended = Site(
                observed_at=site.observed_at, parents=(*site.parents, site.id), code=code,
                previous=(site.id,), status="ended", because=because, existence=0.0,
                track=site.track, substances=site.substances, hypotheses=site.hypotheses,
                first_seen=site.first_seen, last_seen=site.last_seen, learned_at=learned_at,
                basis=site.basis,
            )  # fmt: skip
            self._published[code] = each._replace(site=ended)
            states.append(ended)
        return states


def standing_of(story: Story) -> list[Standing]:
    """All told sites of a story, those that are gone included, in the order of their keys."""
    sites = story.sites
    here = [
        Standing(
            int(key), story.lives[int(key)], float(sites.exists[row]),
            float(sites.east_m[row]), float(sites.north_m[row]), float(sites.place_m2[row]),
        )
        for row, key in enumerate(sites.key)
        if story.lives[int(key)].status
    ]  # fmt: skip
    gone = []
    for key, life in story.gone.items():
        claim = life.main[-1].claim
        gone.append(Standing(key, life, 0.0, claim.east_m, claim.north_m, claim.place_m2))
    return sorted([*here, *gone], key=lambda each: each.key)


def _claim_ids(life: Life) -> list[ClaimId]:
    return [(each.claim.record, each.claim.number) for each in life.evidence]


def _gases_of(fact: Fact) -> list[str]:
    if isinstance(fact, Detection):
        return sorted({gas for each in fact.candidates for gas in each.substances})
    return [fact.gas]


def _named(look: Look) -> tuple[object, ...]:
    """What a look is known by."""
    claims = tuple((claim.record, claim.number, claim.also) for claim in look.claims)
    return look.end_ns, look.start_ns, look.who, claims, tuple(c.id for c in look.coverages)


def _long(seconds: float) -> str:
    if seconds < 7200.0:
        return f"{seconds / 60.0:.0f} min"
    if seconds < 2 * 86400.0:
        return f"{seconds / 3600.0:.0f} h"
    return f"{timedelta(seconds=seconds).days} days"
