"""Which of nine releases do eight fixed sensors find, from which unit, and of what rate?

METEC, Colorado, 9 to 12 May 2022: minute means of methane, one release at a time from one of five
units, half a kilogram to five an hour. The localiser is asked every half hour of the four days by
itself, with its default priors; it is told where the units stand, and nothing of when or how much.
Not known are turbulence, pressure and temperature (`_metec.py`).

Half an hour is the peer's interval, and the time in which the localiser takes backgrounds and
turbulence to change. What one answer gives a probability of 0.95 or more emits for as long as it
more probably does than not; answers of the same unit are joined to one event over pauses of up to
half an hour, and an event of less than a quarter is dropped, both as the peer does. Windows err
alike in what the air does, so the rate of an event is the mixture of its windows' draws and not
their product.

Scored as the peer's: a release is detected if any event overlaps it, its unit right if all of those
are of its unit; an event that overlaps no release is false. Its rate is that of the event that
overlaps it longest. Releases are those that were listed; from 02:40 to 15:00 on 11 May the sensors
read up to 70 ppm, and none is.

Peer, over 85 other releases: 100 % detected, unit right in 82.4 %, 5.5 % of events false, rate
within a factor of two in 75.6 %, interval with the rate in 61.5 %, 82.4 % of minutes right.
Daniels, Jia & Hammerling, Elementa 12, 2024; recomputed from the output published with it.

    SILLAGE_DATA=DIR python benchmarks/metec.py [--seeds 0]

One line a window and a run goes to standard output; the runs to results/metec.json.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import numpy as np
from _metec import (
    FRAME,
    HALF_UNIT_M,
    HEIGHTS_M,
    PRESSURE_PA,
    TEMPERATURE_K,
    Release,
    Site,
    Unit,
    read_releases,
    read_site,
    units_at,
)
from _releases import ask_seeds, file_of_data
from _results import spread, write_result
from numpy.typing import NDArray

from sillage.errors import NotEnoughInformation
from sillage.localise.estimate import locate
from sillage.localise.settings import Settings
from sillage.localise.verdict import SURE
from sillage.localise.windows import by_window
from sillage.records.source_estimate import SourceEstimate

Floats = NDArray[np.float64]

DATA_SET = "metec_aded2022"
WINDOW_S = 1800.0
GAP = timedelta(minutes=30)
"""Pauses up to this are part of an event."""
LEAST = timedelta(minutes=15)
"""What lasts less is no event."""
FACTOR = 2.0
COUNTED = ("detected", "unit_right", "unit_right_once", "within_factor_2", "rate_inside_90")


class Event(NamedTuple):
    """A stretch of time in which a unit is told to emit."""

    unit: str
    start: datetime
    end: datetime
    rates_kg_h: Floats
    """Draws."""

    @property
    def rate_kg_h(self) -> tuple[float, float, float]:
        """Median, and the ends of the 90 % interval."""
        median, low, high = np.quantile(self.rates_kg_h, (0.5, 0.05, 0.95)).tolist()
        return median, low, high


def ask(site: Site, seed: int) -> Iterator[SourceEstimate | None]:
    """The answer of every window; None where one allows none."""
    windows = sorted(by_window(site.readings, round(WINDOW_S * 1e9)).items())
    for number, readings in windows:
        try:
            yield locate(
                [readings],
                site.wind,
                frame=FRAME,
                bounds=site.fence,
                context=site.context,
                rng=np.random.default_rng([seed, number]),
            )
        except NotEnoughInformation:
            yield None


def told_in(estimate: SourceEstimate, units: Sequence[Unit]) -> list[Event]:
    """When each unit emits by one answer; sources that are told of one unit add up."""
    told: dict[str, Event] = {}
    for number, source in enumerate(estimate.sources):
        if source.probability < SURE or not source.schedule:
            continue
        table = {name: estimate.posterior[name][:, number] for name in estimate.posterior.names}
        held = units_at(np.column_stack([table["east_m"], table["north_m"]]), units)
        unit = units[int(np.bincount(held).argmax())].name
        one = Event(unit, source.schedule[0].start, source.schedule[-1].end, table["rate_kg_h"])
        if unit in told:
            one = one._replace(
                start=min(one.start, told[unit].start),
                end=max(one.end, told[unit].end),
                rates_kg_h=one.rates_kg_h + told[unit].rates_kg_h,
            )
        told[unit] = one
    return list(told.values())


def joined(told: Iterable[Event]) -> list[Event]:
    """What windows tell of one unit as one event, over short pauses."""
    by_unit: dict[str, list[Event]] = {}
    for one in sorted(told, key=_start):
        events = by_unit.setdefault(one.unit, [])
        if events and one.start - events[-1].end <= GAP:
            last = events[-1]
            rates = np.concatenate([last.rates_kg_h, one.rates_kg_h])
            events[-1] = last._replace(end=max(last.end, one.end), rates_kg_h=rates)
        else:
            events.append(one)
    listed = [event for events in by_unit.values() for event in events]
    return sorted((one for one in listed if one.end - one.start >= LEAST), key=_start)


def _start(event: Event) -> datetime:
    return event.start


def overlap(event: Event, release: Release) -> timedelta:
    """How long an event and a release lasted together."""
    together = min(event.end, release.end) - max(event.start, release.start)
    return max(together, timedelta())


def score(release: Release, events: Sequence[Event]) -> dict[str, Any]:
    """One release against the events that overlap it."""
    own = [event for event in events if overlap(event, release)]
    scored: dict[str, Any] = {
        "unit": release.unit,
        "start": _minute(release.start),
        "end": _minute(release.end),
        "rate_kg_h": round(release.rate_kg_h, 3),
        "detected": bool(own),
        "units_told": [event.unit for event in own],
        "unit_right": bool(own) and all(event.unit == release.unit for event in own),
        "unit_right_once": any(event.unit == release.unit for event in own),
        "within_factor_2": False,
        "rate_inside_90": False,
    }
    if not own:
        return scored
    chief = max(own, key=lambda event: overlap(event, release))
    ratio, low, high = (rate / release.rate_kg_h for rate in chief.rate_kg_h)
    return scored | {
        "told_from": _minute(min(event.start for event in own)),
        "told_to": _minute(max(event.end for event in own)),
        "rate_ratio": round(ratio, 3),
        "rate_ratio_90": [round(low, 3), round(high, 3)],
        "within_factor_2": 1.0 / FACTOR <= ratio <= FACTOR,
        "rate_inside_90": low <= 1.0 <= high,
    }


def minutes_right(site: Site, releases: Sequence[Release], events: Sequence[Event]) -> float:
    """Share of the minutes in which it is told rightly whether anything is released."""
    during = site.readings.observed_at
    count = round((during.end - during.start) / timedelta(minutes=1))
    middles = [during.start + timedelta(minutes=k + 0.5) for k in range(count)]
    agreed = [
        any(r.start <= at < r.end for r in releases) == any(e.start <= at < e.end for e in events)
        for at in middles
    ]
    return round(sum(agreed) / count, 3)


def watch(site: Site, releases: Sequence[Release], seed: int) -> dict[str, Any]:
    """All four days with one seed; gives every release, every event, and the cost."""
    wall, cpu = time.monotonic(), time.process_time()
    told: list[Event] = []
    unanswered = 0
    for estimate in ask(site, seed):
        unanswered += estimate is None
        if estimate is None:
            continue
        own = told_in(estimate, site.units)
        told += own
        line = {
            "seed": seed,
            "until": _minute(estimate.observed_at.end),
            "probability": [round(one.probability, 3) for one in estimate.sources],
            "told": [_told(one) for one in own],
            "wall_s": round(time.monotonic() - wall, 1),
        }
        print(json.dumps(line), flush=True)
    return scored_run(site, releases, joined(told)) | {
        "seed": seed,
        "windows_unanswered": unanswered,
        "wall_s": round(time.monotonic() - wall, 1),
        "cpu_s": round(time.process_time() - cpu, 1),
    }


def scored_run(site: Site, releases: Sequence[Release], events: Sequence[Event]) -> dict[str, Any]:
    """Every release and every event of a run, and how many are right."""
    scores = [score(release, events) for release in releases]
    false = [not any(overlap(event, release) for release in releases) for event in events]
    return {
        "releases": len(releases),
        **{key: sum(one[key] for one in scores) for key in COUNTED},
        "events": len(events),
        "false_events": sum(false),
        "minutes_right": minutes_right(site, releases, events),
        "each": scores,
        "each_event": [
            _told(one) | {"false": not_one} for one, not_one in zip(events, false, strict=True)
        ],
    }


def _told(event: Event) -> dict[str, Any]:
    median, low, high = (round(rate, 3) for rate in event.rate_kg_h)
    return {
        "unit": event.unit,
        "start": _minute(event.start),
        "end": _minute(event.end),
        "rate_kg_h": median,
        "rate_90_kg_h": [low, high],
    }


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"


def summarise(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Least, middle and greatest of every count over the seeds."""
    figures = (*COUNTED, "events", "false_events", "minutes_right", "wall_s", "cpu_s")
    known: dict[str, Any] = {"releases": runs[0]["releases"], "seeds": len(runs)}
    return known | {key: spread(run[key] for run in runs) for key in figures}


def main() -> None:
    """Watch the four days with every seed and write the runs."""
    asked = ask_seeds(__doc__, (0,))
    minutes = file_of_data(DATA_SET, "cms_minute.csv.gz")
    if minutes is None:
        print(f"skipped: set SILLAGE_DATA to the folder that holds the data set {DATA_SET}")
        return
    site = read_site(minutes.parent)
    releases = read_releases(minutes.parent, site)
    runs = []
    for seed in asked.seeds:
        runs.append(watch(site, releases, seed))
        print(json.dumps(runs[-1]), flush=True)
    summary = summarise(runs)
    print(json.dumps(summary))
    told = {
        "half_unit_m": HALF_UNIT_M,
        "heights_m": HEIGHTS_M,
        "temperature_K": TEMPERATURE_K,
        "pressure_Pa": PRESSURE_PA,
        "window_s": WINDOW_S,
        "localise": msgspec.to_builtins(Settings()),
    }
    if not asked.dry:
        write_result("metec", {"told": told, "summary": summary, "runs": runs})


if __name__ == "__main__":
    main()
