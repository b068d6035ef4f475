"""What can be asked from the shell: each room on its own, and whole surveys.

The console calls these and nothing below. Each one writes all of its outputs or none.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import msgspec
import numpy as np

from sillage import simulate
from sillage.atomic import whole_folder
from sillage.errors import SettingError, UnknownName
from sillage.ledger import Head, Ledger
from sillage.localise.regions import cells_of, holds
from sillage.records.place import Place
from sillage.records.source_estimate import SourceEstimate
from sillage.watch import answer
from sillage.watch.evidence import Verification, check
from sillage.watch.picture import Picture
from sillage.watch.pipeline import Tell, run
from sillage.watch.survey import Survey, load_survey

__all__ = [
    "Answered",
    "KnownSource",
    "Verification",
    "answer_survey",
    "check",
    "inside",
    "off_m",
    "play",
    "truth_of",
]

DEMO_WORLDS = ("quarry", "farmyard", "warehouse")
"""Worlds of the demo: fixed samplers, laser beams, a drone."""
WORLDS = (*DEMO_WORLDS, "wellpad")
"""Worlds that come with the package; of the last there is a picture from above, too."""


@dataclass(frozen=True)
class Answered:
    """A survey that was answered, while its outputs are still hidden."""

    survey: Survey
    seen: Picture
    folder: Path
    """Where the outputs are being written; `target` once the block ends."""
    target: Path
    head: Head
    run_time_s: float


@dataclass(frozen=True)
class KnownSource:
    """One source of a simulated world."""

    place: Place
    east_m: float
    north_m: float
    rate_kg_h: float


@contextmanager
def answer_survey(
    path: Path, out: Path, *, seed: int | None = None, tell: Tell
) -> Iterator[Answered]:
    """Answer a survey into a folder that appears when the block ends well.

    Parameters
    ----------
    path
        The SURVEY.toml.
    out
        Folder to write; one that an earlier survey wrote is replaced.
    seed
        Instead of the survey's own.
    tell
        Told what happens next.
    """
    started = time.monotonic()
    survey = load_survey(path)
    if seed is not None:
        if seed < 0:
            raise SettingError(f"--seed {seed}: a seed is a whole number from 0 on")
        heading = msgspec.structs.replace(survey.heading, seed=seed)
        survey = msgspec.structs.replace(survey, heading=heading)
    with whole_folder(out) as folder:
        with Ledger.create(folder / answer.LEDGER) as ledger:
            seen = asyncio.run(run(survey, ledger, tell, folder))
            head = ledger.head
        run_time_s = time.monotonic() - started
        answer.write_sources(seen.estimates, folder / answer.SOURCES)
        if survey.pictures:
            answer.write_detections(seen.detections, folder / answer.DETECTIONS)
        answer.write_summary(survey.heading.name, seen, head, run_time_s, folder / answer.SUMMARY)
        yield Answered(survey, seen, folder, out, head, run_time_s)


def play(
    world: str, out: Path, *, seed: int | None = None, duration_s: float | None = None
) -> Path:
    """Play a world, from a file or by the name of one that comes along; gives its SURVEY.toml."""
    with _world_file(world) as path:
        loaded = simulate.load_world(path)
    changes: dict[str, float | int] = {}
    if seed is not None:
        changes["seed"] = seed
    if duration_s is not None:
        changes["duration_s"] = duration_s
    loaded = msgspec.structs.replace(loaded, **changes)
    return simulate.write_world(loaded, out, np.random.default_rng(loaded.seed))


def truth_of(survey_file: Path) -> tuple[KnownSource, ...]:
    """Sources of the simulated world that a survey came from."""
    truth = json.loads((survey_file.parent / "truth.json").read_text(encoding="utf-8"))
    return tuple(
        KnownSource(
            place=Place(lon=one["lon_deg"], lat=one["lat_deg"], height_m=one["height_m"]),
            east_m=one["east_m"],
            north_m=one["north_m"],
            rate_kg_h=one["rate_kg_h"],
        )
        for one in truth["sources"]
    )


def inside(estimate: SourceEstimate, place: Place, level: float = 0.9, *, source: int = 0) -> bool:
    """Whether a place lies within a source's credible region of a level.

    Parameters
    ----------
    estimate
        With its grid attached.
    place
        Anywhere.
    level
        Probability that the region holds.
    source
        Which of `estimate.sources`; the first has the strongest evidence.
    """
    east, north = estimate.frame.to_local(place.lon, place.lat)
    return holds(cells_of(estimate.grid, source), level, float(east), float(north))


def off_m(estimate: SourceEstimate, place: Place, *, source: int = 0) -> float:
    """How far a place lies from a source's mean position, on the ground, in metres."""
    found = estimate.sources[source].position
    estimated = estimate.frame.to_local(found.lon, found.lat)
    east, north = np.subtract(estimated, estimate.frame.to_local(place.lon, place.lat))
    return math.hypot(float(east), float(north))


@contextmanager
def _world_file(world: str) -> Iterator[Path]:
    path = Path(world)
    if path.suffix == ".toml" or path.exists():
        yield path
        return
    if world not in WORLDS:
        raise UnknownName("world or WORLD.toml", world, WORLDS)
    with resources.as_file(
        resources.files("sillage.simulate") / "worlds" / f"{world}.toml"
    ) as found:
        yield found
