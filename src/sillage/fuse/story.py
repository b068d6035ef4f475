"""What is believed of every site after some looks, and how does one more look change it?

A story is a value: told from the same looks in the same order it is the same, so that it can be
told again from any checkpoint when something comes late.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sillage.fuse.claims import Claim, Look
from sillage.fuse.gate import NAMES, Scan
from sillage.fuse.looked import Centres, area_km2, chances
from sillage.fuse.settings import Settings
from sillage.fuse.state import Bernoullis, Floats, moved, nothing, picked
from sillage.fuse.update import Looked, Updated, updated
from sillage.records.base import RecordId
from sillage.records.place import LocalFrame

LEAST_SHARE = 0.05
"""Probability below which a claim does not speak for a site."""
MAIN = 0.5
"""Probability from which a claim is a site's."""


class Evidence(NamedTuple):
    """A claim that speaks for a site, as probably as `share`."""

    claim: Claim
    share: float
    look: tuple[int, int, str]


class Stay(NamedTuple):
    """Where a site was before it moved."""

    start_ns: int
    end_ns: int
    east_m: float
    north_m: float
    std_m: float


class Life(NamedTuple):
    """The history of one possible site."""

    evidence: tuple[Evidence, ...]
    """In the order of the looks."""
    status: str = ""
    """Empty until it is told."""
    because: str = ""
    since_ns: int = 0
    """When the status last changed or was borne out."""
    best: float = 0.0
    """Highest existence that it had."""
    stays: tuple[Stay, ...] = ()
    of: tuple[int, ...] = ()
    """Keys of the sites that it is made of, or was split from."""
    looks: tuple[RecordId, ...] = ()
    """Coverages that looked there since it was last seen."""
    unseen: float = 1.0
    """Probability that those looks would all have missed it, were it on."""

    @property
    def main(self) -> tuple[Evidence, ...]:
        """Claims that are more probably of this site than not; the best one where none is."""
        sure = tuple(each for each in self.evidence if each.share >= MAIN)
        return sure or (max(self.evidence, key=lambda each: each.share),)

    @property
    def first_ns(self) -> int:
        """When it was first seen."""
        return min(each.claim.start_ns for each in self.main)

    @property
    def last_ns(self) -> int:
        """When it was last seen."""
        return max(each.claim.end_ns for each in self.main)


class Story(NamedTuple):
    """All that is believed at one time."""

    at_ns: int
    key: int
    """The next free one."""
    sites: Bernoullis
    lives: dict[int, Life]
    """By key: of every row of `sites`."""
    gone: dict[int, Life]
    """Told sites that ended or became part of another."""


class World(NamedTuple):
    """What every look is read with."""

    frame: LocalFrame
    settings: Settings
    gases: dict[str, int]
    """Column of each gas."""
    centres: Centres | None


def beginning() -> Story:
    """Nothing is believed."""
    return Story(0, 0, nothing(0), {}, {})


class Heard(NamedTuple):
    """A story with one more look in it, before any turn is read off it."""

    story: Story
    fresh: dict[int, float]
    """Share of the claim that each site had in this look, by key."""
    told_apart: dict[int, int]
    """Keys of new sites, each with that of the site within whose error its claim lay while that
    site had another claim of the same look."""


def heard(story: Story, look: Look, world: World) -> Heard:
    """Filter one look into a story."""
    settings = world.settings
    sites = _widened(story.sites, len(world.gases))
    at_ns = max(look.end_ns, story.at_ns)
    if story.at_ns:
        sites = moved(sites, (at_ns - story.at_ns) / 1e9, settings.motion)
    looked = _looked(sites, story, look, world)
    scan = _scan(look, at_ns, world)
    after = updated(sites, scan, looked, settings.motion, settings.limits, key=story.key)
    lives = {int(key): story.lives[int(key)] for key in sites.key}
    _note_misses(lives, sites, look, looked)
    fresh = _note_claims(lives, sites, look, after, story.key)
    apart = _told_apart(sites, after, story)
    kept = _remembered(after.sites, lives, settings.limits.least)
    alive = {
        int(key): lives[int(key)]._replace(best=max(lives[int(key)].best, float(exists)))
        for key, exists in zip(kept.key, kept.exists, strict=True)
    }
    heard_of = Story(at_ns, story.key + len(look.claims), kept, alive, story.gone)
    return Heard(heard_of, {k: s for k, s in fresh.items() if k in alive}, apart)


def _remembered(sites: Bernoullis, lives: dict[int, Life], least: float) -> Bernoullis:
    """Told sites, and what is probable enough to become one."""
    told = np.array([bool(lives[int(key)].status) for key in sites.key], dtype=bool)
    return picked(sites, np.flatnonzero(told | (sites.exists >= least)))


def _widened(sites: Bernoullis, gases: int) -> Bernoullis:
    """Columns for gases that were not heard of before."""
    missing = gases - sites.gases.shape[1]
    if missing <= 0:
        return sites
    return sites._replace(gases=np.pad(sites.gases, ((0, 0), (0, missing))))


def _scan(look: Look, at_ns: int, world: World) -> Scan:
    """Arrays of the claims; the error of one that came too late grows by the time between.

    A claim alone is as probable as it says; where its false alarms by area are known, claims are
    no rarer than these.
    """
    settings, claims = world.settings, look.claims
    gases = np.zeros((len(claims), len(world.gases)))
    for row, claim in enumerate(claims):
        for gas, share, _ in claim.gases:
            gases[row, world.gases[gas]] = share
    late_s = (at_ns - look.end_ns) / 1e9
    lives = np.exp(-late_s / settings.motion.end_s)
    area = area_km2(look.coverages)
    fresh = np.full(len(claims), settings.density_km2 * 1e-6)
    clutter = np.empty(len(claims))
    for row, claim in enumerate(claims):
        known = max(claim.probability * lives, 1e-6)
        if claim.each_km2 or area > 0.0:
            false_m2 = 1e-6 * claim.false_alarms / (1.0 if claim.each_km2 else area)
            fresh[row] = max(fresh[row], false_m2 * known / (1.0 - known))
        clutter[row] = fresh[row] * (1.0 - known) / known
    grown = settings.motion.creep_m2_s * late_s
    return Scan(
        np.array([claim.east_m for claim in claims], dtype=np.float64),
        np.array([claim.north_m for claim in claims], dtype=np.float64),
        np.array([claim.place_m2 + grown for claim in claims], dtype=np.float64),
        gases,
        clutter,
        fresh,
    )


def _looked(sites: Bernoullis, story: Story, look: Look, world: World) -> Looked:
    """Chances of having been found; a gas that a site hardly gives off hardly finds it."""
    count = sites.key.size
    found = np.full(count, world.settings.supposed_chance)
    missed = np.zeros(count)
    if not look.coverages or world.centres is None or look.end_ns < story.at_ns or not count:
        return Looked(found, missed)
    rates = np.array([_rate(story.lives[int(key)]) for key in sites.key])
    for coverage in look.coverages:
        chance = chances(
            coverage, world.frame, world.centres, sites.east_m, sites.north_m, rates
        ) * _gives_off(sites, world.gases.get(coverage.gas))
        missed = 1.0 - (1.0 - missed) * (1.0 - np.clip(chance, 0.0, 1.0))
    return Looked(np.where(missed > 0.0, missed, found), missed)


def _gives_off(sites: Bernoullis, column: int | None) -> Floats:
    had = sites.gases[:, column] if column is not None else np.zeros(sites.key.size)
    return np.asarray((NAMES * had + 1.0) / (NAMES * sites.gases.sum(1) + NAMES))


def _rate(life: Life) -> float:
    rates = [each.claim.rate.median for each in life.main if each.claim.rate is not None]
    return float(np.median(rates)) if rates else float("nan")


def _note_misses(lives: dict[int, Life], sites: Bernoullis, look: Look, looked: Looked) -> None:
    ids = tuple(coverage.id for coverage in look.coverages)
    for row in np.flatnonzero(looked.missed > 0.0):
        life = lives[int(sites.key[row])]
        unseen = life.unseen * (1.0 - float(looked.missed[row]))
        lives[int(sites.key[row])] = life._replace(looks=life.looks + ids, unseen=unseen)


def _note_claims(
    lives: dict[int, Life], sites: Bernoullis, look: Look, after: Updated, key: int
) -> dict[int, float]:
    """Give each claim to the sites that it may be of; gives the share that each site had."""
    named = look.end_ns, look.start_ns, look.who
    fresh: dict[int, float] = {}
    rows = np.repeat(np.arange(sites.key.size), np.diff(after.pairs.first))
    for row, number, share in zip(rows, after.pairs.claim, after.belongs, strict=True):
        if share < LEAST_SHARE:
            continue
        site, life = int(sites.key[row]), lives[int(sites.key[row])]
        evidence = Evidence(look.claims[number], float(share), named)
        changed = life._replace(evidence=(*life.evidence, evidence))
        if share >= MAIN:
            changed = changed._replace(looks=(), unseen=1.0)
        lives[site] = changed
        fresh[site] = max(fresh.get(site, 0.0), float(share))
    for number, claim in enumerate(look.claims):
        share = float(after.free[number])
        lives[key + number] = Life((Evidence(claim, share, named),))
        fresh[key + number] = share
    return fresh


def _told_apart(sites: Bernoullis, after: Updated, story: Story) -> dict[int, int]:
    """New sites whose claim lay within the error of a told one that had another claim."""
    apart: dict[int, int] = {}
    pairs = after.pairs
    for row in range(sites.key.size):
        mine = range(pairs.first[row], pairs.first[row + 1])
        told = story.lives[int(sites.key[row])].status
        if not told or len(mine) < 2 or after.belongs[mine].sum() < MAIN:
            continue
        best = max(mine, key=lambda pair: (after.belongs[pair], -pairs.claim[pair]))
        for pair in mine:
            number = int(pairs.claim[pair])
            unclaimed = after.belongs[pair] + after.free[number] >= MAIN
            if pair != best and unclaimed and story.key + number not in apart:
                apart[story.key + number] = int(sites.key[row])
    return apart
