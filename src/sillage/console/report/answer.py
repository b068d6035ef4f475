"""What does a report need to know?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing.series import Fit
from sillage.records.base import Record
from sillage.records.context import Zone
from sillage.records.detection import Detection
from sillage.records.enhancement import Enhancement
from sillage.records.place import Area, Place
from sillage.records.plume_spectrum import PlumeSpectrum
from sillage.records.provenance import Masked, SourceFile
from sillage.records.readings import Readings
from sillage.records.scene import Scene
from sillage.records.source_estimate import SourceEstimate
from sillage.records.track import Track
from sillage.records.wind import Wind


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What is known to be so, in a simulated world or a controlled release."""

    place: Place
    rate_kg_h: float | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One record, or one file, on the way from the answer back to the input."""

    kind: str
    """Type of the record, or `file`."""
    id: str
    """Id of the record, or SHA-256 of the file."""
    what: str
    """What it is, in a few words."""
    depth: int = 0
    """How many steps from the answer."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A survey's answer with everything that it rests on, ready to be drawn."""

    survey: str
    estimates: tuple[SourceEstimate, ...]
    readings: tuple[Readings, ...]
    """As they came in; only drawn behind the averages, and on the map."""
    wind: tuple[Wind, ...]
    tracks: tuple[Track, ...] = ()
    scenes: tuple[Scene, ...] = ()
    enhancements: tuple[Enhancement, ...] = ()
    """What was retrieved in each picture from above; arrays attached."""
    spectra: tuple[PlumeSpectrum, ...] = ()
    detections: tuple[Detection, ...] = ()
    search_area: Area | None = None
    zones: tuple[Zone, ...] = ()
    """Ground that the user knows of."""
    steps: tuple[Step, ...] = ()
    version: str
    command: str
    made_at: datetime
    run_time_s: float | None = None
    truths: tuple[Truth, ...] = ()
    """All sources that are known to be there; empty where nothing is known."""
    ledger: str = "ledger.sqlite"

    def truth_of(self, estimate: SourceEstimate, source: int) -> Truth | None:
        """The known truth that stands for a source: of those nearest to it, the nearest."""
        near: list[tuple[float, Truth]] = []
        for truth in self.truths:
            there = estimate.frame.to_local(truth.place.lon, truth.place.lat)
            away = [
                math.dist(estimate.frame.to_local(one.position.lon, one.position.lat), there)
                for one in estimate.sources
            ]
            if away[source] == min(away):
                near.append((away[source], truth))
        return min(near, key=lambda pair: pair[0])[1] if near else None

    def masked(self) -> list[tuple[str, Masked]]:
        """What was left out anywhere, with the name of the record that says so."""
        found: list[tuple[str, Masked]] = []
        batches: tuple[Readings | Wind | Track | Scene, ...]
        batches = (*self.readings, *self.wind, *self.tracks, *self.scenes)
        for batch in batches:
            found += [(f"{type(batch).__name__}, {batch.source.name}", m) for m in batch.masked]
        for seen in self.enhancements:
            found += [(f"Enhancement, {seen.gas}", m) for m in seen.masked]
        for estimate in self.estimates:
            found += [(f"SourceEstimate, {estimate.gas}", m) for m in estimate.masked]
        # A record repeats what was left out of those it was made from: each is told once.
        once = {(one.reason, one.count, one.total): (where, one) for where, one in reversed(found)}
        return list(reversed(once.values()))

    def assumptions(self) -> list[str]:
        """What had to be supposed anywhere, each once."""
        pictures: tuple[Scene | Enhancement | Detection, ...]
        pictures = (*self.scenes, *self.enhancements, *self.detections)
        everyone: tuple[SourceEstimate | Readings | Wind | Track, ...]
        everyone = (*self.estimates, *self.readings, *self.wind, *self.tracks)
        return list(
            dict.fromkeys(text for one in (*everyone, *pictures) for text in one.assumptions)
        )


def walk_back(answer: Record, known: Iterable[Record]) -> tuple[Step, ...]:
    """The steps from a record over its parents to the files they were read from.

    Parameters
    ----------
    answer
        Where the walk starts.
    known
        Records among which parents are looked up by id; one that is missing is named as such.
    """
    by_id = {record.id: record for record in known}
    steps: dict[tuple[str, str], Step] = {}
    _walk(answer, 0, by_id, steps)
    return tuple(steps.values())


def fits_of(estimate: SourceEstimate) -> list[Fit]:
    """Measured against modelled, sensor by sensor in the estimate's order, sorted by time."""
    table = estimate.fit
    fits: list[Fit] = []
    for index, name in enumerate(estimate.sensors):
        mine = np.flatnonzero(table["sensor"] == index)
        if not mine.size:
            continue
        mine = mine[np.argsort(table["time_ns"][mine], kind="stable")]
        columns = {column: _floats(table[column][mine]) for column in _FIT_COLUMNS}
        fits.append(
            Fit(
                sensor=name,
                time_ns=np.asarray(table["time_ns"][mine], dtype=np.int64),
                used=np.asarray(table["used"][mine] > 0),
                **columns,
            )
        )
    return fits


_FIT_COLUMNS = (
    *("measured", "measured_std", "modelled", "modelled_low", "modelled_high"),
    "background",
)


def _floats(values: NDArray[np.generic]) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


def _walk(
    record: Record, depth: int, by_id: Mapping[str, Record], steps: dict[tuple[str, str], Step]
) -> None:
    kind = type(record).__name__
    if (kind, record.id) in steps:
        return
    steps[kind, record.id] = Step(kind=kind, id=record.id, what=_told(record), depth=depth)
    for parent in record.parents:
        if parent in by_id:
            _walk(by_id[parent], depth + 1, by_id, steps)
        else:
            missing = Step(kind="record", id=parent, what="in the ledger", depth=depth + 1)
            steps.setdefault(("record", parent), missing)
    source = getattr(record, "source", None)
    if isinstance(source, SourceFile):
        what = f"{source.name}, {source.size_bytes:,} bytes"
        file = Step(kind="file", id=source.sha256, what=what, depth=depth + 1)
        steps.setdefault(("file", source.sha256), file)


def _told(record: Record) -> str:  # noqa: PLR0911 - a line for each kind
    """A record in a few words."""
    match record:
        case SourceEstimate():
            return f"{record.gas}: {record.verdict}"
        case Readings():
            count = record.samples.sizes.get("sample", 0)
            return f"{count:,} {record.gas} samples of {len(record.sensors)} sensors"
        case Wind():
            count = record.samples.sizes.get("sample", 0)
            every = f", each over {record.interval_s:g} s" if record.interval_s else ""
            return f"{count:,} wind samples{every}"
        case Detection():
            return f"{record.probability:.0%} probable, {record.strength:.1f} sigma"
        case PlumeSpectrum():
            return f"spectrum of {record.pixels:,} pixels, fitted with {' + '.join(record.gases)}"
        case Enhancement():
            lines, samples = (record.column.sizes[axis] for axis in ("y", "x"))
            return f"columns of {record.gas} in {lines:,} by {samples:,} pixels"
        case Scene():
            return f"picture by {record.instrument} on {record.platform}"
        case Track():
            return f"flight of {record.platform}"
    return "a record of the ledger"
