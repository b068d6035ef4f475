"""What happened to a site in this look: new, seen again, silent, moved, merged, split or ended?

Each turn is read off the story after a look, and says why in one sentence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from sillage.fuse.claims import Look
from sillage.fuse.gate import NAMES
from sillage.fuse.settings import Settings
from sillage.fuse.state import Bernoullis, Floats, picked
from sillage.fuse.story import MAIN, Evidence, Heard, Life, Stay, Story, World, heard
from sillage.records.times import utc


def told(story: Story, look: Look, world: World) -> Story:
    """The story after one more look, every turn of it told."""
    news = heard(story, look, world)
    after = _appear(news, world.settings)
    after = _merge(after, world.settings)
    return _fade(after, news.fresh, look, world.settings)


def spread_of(sites: Bernoullis, row: int) -> float:
    """Root of the summed variances of east and north."""
    return math.sqrt(2.0 * float(sites.place_m2[row]))


def _rows(story: Story) -> dict[int, int]:
    return {int(key): row for row, key in enumerate(story.sites.key)}


def _appear(news: Heard, settings: Settings) -> Story:
    """Tell those that have become probable: as new, as moved, or as split from another."""
    story = news.story
    probable = news.story.sites.exists >= settings.appears
    for key in news.story.sites.key[probable].tolist():
        life = story.lives.get(key)
        if life is None or life.status:
            continue
        parent = news.told_apart.get(key, life.of[0] if life.of else None)
        if parent is not None and parent in story.lives:
            story = _split(story, key, parent)
            continue
        before = _moved_from(story, key, settings)
        if before is not None:
            story = _move(story, before, key)
            continue
        twin = next((one for one, two in _close(story, settings, key) if two == key), None)
        if twin is not None:
            story = _absorb(story, twin, key)
            continue
        claim = life.main[0].claim
        because = f"{_claims(life)} by {claim.says} that no site known before explains."
        story = _with(story, key, status="appeared", because=because, since_ns=story.at_ns)
    apart = {key: of for key, of in news.told_apart.items() if key in story.lives}
    for key, parent in apart.items():
        if not story.lives[key].status:
            story = _with(story, key, of=(parent,))
    return story


def _claims(life: Life) -> str:
    count = len(life.main)
    return "A claim" if count == 1 else f"{count} claims, the first"


def _with(story: Story, key: int, **changes: object) -> Story:
    life = story.lives[key]._replace(**changes)  # type: ignore[arg-type]  # fields of a Life
    return story._replace(lives=story.lives | {key: life})


def _split(story: Story, key: int, parent: int) -> Story:
    rows = _rows(story)
    apart = _apart_m(story.sites, rows[key], rows[parent])
    because = f"One look claims two places {apart:.0f} m apart where one site was thought."
    story = _with(story, key, status="split", because=because, since_ns=story.at_ns, of=(parent,))
    return _with(story, parent, status="split", because=because, since_ns=story.at_ns)


def _apart_m(sites: Bernoullis, one: int, two: int) -> float:
    east = float(sites.east_m[one] - sites.east_m[two])
    return math.hypot(east, float(sites.north_m[one] - sites.north_m[two]))


def _moved_from(story: Story, key: int, settings: Settings) -> int | None:
    """The told site that a new one most probably is, where that is likelier than a new one."""
    rows, sites = _rows(story), story.sites
    new = story.lives[key]
    best, chosen = settings.density_km2 * 1e-6, None
    for other, life in story.lives.items():
        if not life.status or life.last_ns >= new.first_ns:
            continue
        row = rows[other]
        gone = max(life.best - float(sites.exists[row]), 0.0)
        way_m = _apart_m(sites, rows[key], row)
        near = math.exp(-way_m / settings.moves_m) / (2.0 * math.pi * settings.moves_m**2)
        alike = likeness(sites.gases[row], sites.gases[rows[key]])
        weight = gone * settings.moves_share * near * alike
        if weight > best:
            best, chosen = weight, other
    return chosen


def likeness(one: Floats, other: Floats) -> float:
    """How much likelier some gases are for a site that had others than for any site."""
    shares = other / max(float(other.sum()), 1e-300)
    return float((shares * (NAMES * one + 1.0)).sum() / (one.sum() + 1.0))


def _move(story: Story, key: int, new: int) -> Story:
    """The site goes on at the new one's place, under its own key."""
    rows, sites = _rows(story), story.sites
    old, now = story.lives[key], story.lives[new]
    row = rows[key]
    stay = Stay(
        old.stays[-1].end_ns if old.stays else old.first_ns,
        old.last_ns,
        float(sites.east_m[row]),
        float(sites.north_m[row]),
        spread_of(sites, row),
    )
    way_m = _apart_m(sites, row, rows[new])
    because = (
        f"It was gone from its place of {utc(old.last_ns):%d %B}, and a claim of the same gases "
        f"{way_m:.0f} m away is likelier the same site than a new one."
    )
    life = now._replace(
        evidence=old.evidence + now.evidence, status="moved", because=because,
        since_ns=story.at_ns, stays=(*old.stays, stay), of=old.of,
        best=float(sites.exists[rows[new]]),
    )  # fmt: skip
    keys, gases = sites.key.copy(), sites.gases.copy()
    keys[rows[new]] = key
    gases[rows[new]] += gases[row]
    kept = np.delete(np.arange(keys.size), row)
    lives = {other: each for other, each in story.lives.items() if other != new} | {key: life}
    return story._replace(
        sites=picked(sites._replace(key=keys, gases=gases), kept),
        lives={int(each): lives[int(each)] for each in keys[kept]},
    )


def _merge(story: Story, settings: Settings) -> Story:
    """Join told sites that one place explains better than two."""
    joined = True
    while joined:
        joined = False
        for one, two in _close(story, settings):
            if one in story.lives and two in story.lives:
                story, joined = _join(story, one, two), True
    return story


def _close(story: Story, settings: Settings, also: int = -1) -> Iterator[tuple[int, int]]:
    """Keys of told sites, and one more, that are probably one; the older first."""
    from scipy.spatial import cKDTree

    sites = story.sites
    rows = [
        row for row, key in enumerate(sites.key.tolist()) if story.lives[key].status or key == also
    ]
    if len(rows) < 2:
        return
    places = np.column_stack([sites.east_m[rows], sites.north_m[rows]])
    reach = 6.0 * math.sqrt(2.0 * float(sites.place_m2[rows].max()))
    for a, b in sorted(cKDTree(places).query_pairs(reach)):
        one, two = rows[a], rows[b]
        variance = float(sites.place_m2[one] + sites.place_m2[two])
        apart = _apart_m(sites, one, two)
        fits = math.exp(-0.5 * apart**2 / variance) / (2.0 * math.pi * variance)
        fits *= likeness(sites.gases[one], sites.gases[two])
        if fits < settings.one_place_odds * settings.density_km2 * 1e-6:
            continue
        pair = sorted((int(sites.key[one]), int(sites.key[two])))
        if not _seen_apart(story.lives[pair[0]], story.lives[pair[1]]):
            yield pair[0], pair[1]


def _seen_apart(one: Life, two: Life) -> bool:
    """Whether one look had a claim of each, as it has one claim of a site at most."""
    claims = {each.look: _claim_id(each) for each in one.main}
    return any(claims.get(each.look, _claim_id(each)) != _claim_id(each) for each in two.main)


def _claim_id(evidence: Evidence) -> tuple[str, int]:
    return evidence.claim.record, evidence.claim.number


def _together(one: Life, two: Life) -> tuple[Evidence, ...]:
    """All claims of two, in the order of the looks; shares of the same claim add up."""
    joined = {_claim_id(each): each for each in one.evidence}
    for each in two.evidence:
        before = joined.get(_claim_id(each))
        share = each.share + (before.share if before is not None else 0.0)
        joined[_claim_id(each)] = each._replace(share=min(share, 1.0))
    return tuple(sorted(joined.values(), key=lambda each: (each.look, *_claim_id(each))))


def _absorb(story: Story, key: int, twin: int) -> Story:
    """A site that was never told is one that was: its claims go there, and it is no more."""
    rows, sites = _rows(story), story.sites
    exists = sites.exists.copy()
    exists[rows[key]] = min(exists[rows[key]] + exists[rows[twin]], 1.0)
    evidence = _together(story.lives[key], story.lives[twin])
    kept = np.delete(np.arange(exists.size), rows[twin])
    lives = {each: life for each, life in story.lives.items() if each != twin}
    lives[key] = lives[key]._replace(evidence=evidence)
    return story._replace(sites=picked(sites._replace(exists=exists), kept), lives=lives)


def _join(story: Story, key: int, other: int) -> Story:
    """One site of two; the place is the mean of both, weighed by their errors."""
    rows, sites = _rows(story), story.sites
    one, two = rows[key], rows[other]
    old, young = story.lives[key], story.lives[other]
    apart = _apart_m(sites, one, two)
    weight = sites.place_m2[two] / (sites.place_m2[one] + sites.place_m2[two])
    arrays = {name: getattr(sites, name).copy() for name in sites._fields}
    for name in ("east_m", "north_m", "east_m_s", "north_m_s"):
        arrays[name][one] = weight * arrays[name][one] + (1.0 - weight) * arrays[name][two]
    for name in ("place_m2", "both_m2_s", "speed_m2_s2"):
        arrays[name][one] *= weight
    for name in ("exists", "on"):
        arrays[name][one] = 1.0 - (1.0 - arrays[name][one]) * (1.0 - arrays[name][two])
    arrays["gases"][one] += arrays["gases"][two]
    because = f"Two sites {apart:.0f} m apart lie within each other's error and are one."
    life = old._replace(
        evidence=_together(old, young), status="merged", because=because, since_ns=story.at_ns,
        of=(key, other), best=max(old.best, young.best), stays=old.stays + young.stays,
    )  # fmt: skip
    lost = young._replace(status="merged", because=because, since_ns=story.at_ns, of=(key, other))
    kept = np.delete(np.arange(sites.key.size), two)
    lives = {each: life for each, life in story.lives.items() if each != other} | {key: life}
    return story._replace(
        sites=picked(Bernoullis(**arrays), kept), lives=lives, gone=story.gone | {other: lost}
    )


def _fade(story: Story, fresh: dict[int, float], look: Look, settings: Settings) -> Story:
    """Tell those that were seen again, that are silent, and that have ended."""
    sites, lives, gone = story.sites, dict(story.lives), dict(story.gone)
    kept = []
    for row, (key, exists) in enumerate(zip(sites.key.tolist(), sites.exists, strict=True)):
        life = lives[key]
        if life.status and life.since_ns != story.at_ns and fresh.get(key, 0.0) >= MAIN:
            because = f"{len(life.main)} claims so far, the last by {life.main[-1].claim.says}."
            life = life._replace(status="persists", because=because, since_ns=story.at_ns)
        elif life.status and exists < settings.ends:
            gone[key] = ended(life, story.at_ns)
            del lives[key]
            continue
        elif _falls_silent(life, float(sites.on[row]), settings):
            because = (
                f"{look.who} looked there and found nothing, after {utc(life.last_ns):%d %B %H:%M} "
                f"UTC; all looks since would have missed it with a chance of {life.unseen:.2g}."
            )
            life = life._replace(status="silent", because=because, since_ns=story.at_ns)
        lives[key] = life
        kept.append(row)
    return story._replace(sites=picked(sites, np.array(kept, np.int64)), lives=lives, gone=gone)


def _falls_silent(life: Life, on: float, settings: Settings) -> bool:
    looked = life.status not in ("", "silent") and life.unseen < 1.0
    return looked and on < settings.silent


def ended(life: Life, at_ns: int) -> Life:
    """A site whose existence has become improbable."""
    because = f"Nobody saw it since {utc(life.last_ns):%d %B %H:%M} UTC"
    if life.unseen < 1.0:
        because += f", and looks that would all have missed it with a chance of {life.unseen:.2g}"
        because += " found nothing"
    return life._replace(status="ended", because=f"{because}.", since_ns=at_ns)
