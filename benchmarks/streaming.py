"""Does a stream keep up with 500 aircraft at a reading a second, and does it find the place?

A fleet over a square of 2 km and three sources that come and go (`_fleet.py`). It is played ten
minutes at a time; the stream gets what was measured, averages it, and answers window by window.
What is asked of it: more seconds of data than it spends, five times as many if it can; memory that
does not grow; and a final error of the places at most 1.2 times that of the batch answer.

    python benchmarks/streaming.py [--hours 6] [--aircraft 500] [--half-m 1000] [--seeds 0 1 ...]
    python benchmarks/streaming.py --batch --hours 1 --aircraft 9 --half-m 150 --seeds 0 1 2

With --batch everything is kept, and asked once more as a whole, of --batch-rows rows that are
chosen as the stream chooses its own; for few aircraft and an hour or so.

Seconds are those of averaging and answering, without the simulation; `peak_mib` is of the process,
simulation included. One line a window and a seed goes to standard output, all seeds to
results/streaming.json.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from _fleet import FRAME, Fleet, Stretch, drawn_sources, fly
from _gospa import distances, gospa
from _results import spread, write_result

from sillage.air.averaging import block_average
from sillage.air.wind import average
from sillage.localise.found import found_in, learned_in
from sillage.localise.likelihood import Air
from sillage.localise.model import Model
from sillage.localise.number import count_sources
from sillage.localise.prior import of_the_air
from sillage.localise.problem import pose
from sillage.localise.record import Made, record_of
from sillage.localise.settings import Settings
from sillage.localise.stream import Stream, Windows
from sillage.localise.thin import thinned
from sillage.localise.windows import joined
from sillage.records.readings import Readings
from sillage.records.source_estimate import SourceEstimate
from sillage.records.wind import Wind

SOURCES = 3
LIKELY = 0.5
CUTOFF_M = 50.0
AVERAGE_S, WIND_S = 2.0, 60.0


def peak_mib() -> float:
    """Of this process so far."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def averaged(stretch: Stretch) -> tuple[Readings, Wind]:
    """As a feed hands it to the stream."""
    return block_average(stretch.readings, AVERAGE_S), average(stretch.wind, WIND_S)


def errors(estimate: SourceEstimate | None, fleet: Fleet) -> dict[str, Any]:
    """How far the sources of an answer are from the true ones, m; missed, and false ones."""
    listed = [] if estimate is None else [s for s in estimate.sources if s.probability >= LIKELY]
    here = np.array(
        [FRAME.to_local(s.position.lon, s.position.lat) for s in listed], dtype=float
    ).reshape(-1, 2)
    there = np.array([(source.east_m, source.north_m) for source in fleet.sources])
    off = gospa(here, there, CUTOFF_M)
    apart = distances(here, there)
    return {
        "off_m": {fleet.sources[j].name: round(float(apart[i, j]), 2) for i, j in off.pairs},
        "missed": off.missed,
        "false": off.false,
    }


def stream_one(fleet: Fleet, windows: Windows, settings: Settings) -> dict[str, Any]:
    """Fly a fleet, and answer while it flies."""
    stream = Stream(
        FRAME,
        fleet.bounds,
        settings=settings,
        windows=windows,
        rng=np.random.default_rng([fleet.seed, 1]),
    )
    spent_s, cpu_s, peaks = [], [], []
    samples = 0
    for number, stretch in enumerate(fly(fleet), start=1):
        wall, cpu = time.monotonic(), time.process_time()
        readings, wind = averaged(stretch)
        stream.take([readings], wind)
        last = number == fleet.stretches
        estimates = list(stream.close()) if last else [stream.answer()]
        spent_s.append(time.monotonic() - wall)
        cpu_s.append(time.process_time() - cpu)
        peaks.append(peak_mib())
        samples += stretch.readings.samples.sizes["sample"]
        told = [_window(e, fleet) for e in estimates if e is not None]
        print(json.dumps({"stretch": number, "s": round(spent_s[-1], 1), "told": told}), flush=True)
    hour = min(len(peaks), 6) - 1
    return {
        "samples": samples,
        "times_real_time": round(3600.0 * fleet.hours / sum(spent_s), 2),
        "times_real_time_warm": _ratio(spent_s[2:]),
        "wall_s_of_window": spread(spent_s, 1),
        "cpu_s_of_window": spread(cpu_s, 1),
        "peak_mib_after_first": peaks[0],
        "peak_mib_after_an_hour": peaks[hour],
        "peak_mib_at_the_end": peaks[-1],
        "averaged": stream.taken,
        "used": stream.used,
        "unused": stream.unused,
        "stopped": [one.told for one in stream.stopped],
        **errors(stream.estimate, fleet),
    }


def batch_one(fleet: Fleet, rows: int, settings: Settings) -> dict[str, Any]:
    """The same flight, asked once as a whole."""
    flown = [averaged(stretch) for stretch in fly(fleet)]
    rng = np.random.default_rng([fleet.seed, 2])
    wind = joined([wind for _, wind in flown])
    batches = [readings for readings, _ in flown]
    problem = pose(batches, wind, FRAME, fleet.bounds, settings)
    mean = of_the_air(problem, settings)
    air = Air(*(mean[name][0] for name in Air._fields))
    problem = thinned(problem, settings, (air, ()), rows, rng).problem
    model = Model(problem, settings)
    wall = time.monotonic()
    counted = count_sources(model, rng)
    made = Made(tuple(batch.id for batch in batches), "batch", learned_in(counted))
    estimate = record_of(problem, settings, found_in(counted, model), made, rng=rng)
    return {"wall_s": round(time.monotonic() - wall, 1), **errors(estimate, fleet)}


def against(stream: dict[str, Any], batch: dict[str, Any]) -> dict[str, Any]:
    """Median errors over the sources that both found, and their ratio."""
    both = sorted(set(stream["off_m"]) & set(batch["off_m"]))
    if not both:
        return {"both_found": 0}
    ours, theirs = (statistics.median(one["off_m"][n] for n in both) for one in (stream, batch))
    return {
        "both_found": len(both),
        "stream_off_m": round(ours, 2),
        "batch_off_m": round(theirs, 2),
        "ratio": round(ours / max(theirs, 1e-9), 3),
    }


def summarise(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of all seeds: the median of the errors of all sources, and of the ratios to batch."""
    off = [value for row in rows for value in row["stream"]["off_m"].values()]
    found: dict[str, Any] = {
        "seeds": len(rows),
        "times_real_time": spread(row["stream"]["times_real_time"] for row in rows),
        "missed": sum(row["stream"]["missed"] for row in rows),
        "false": sum(row["stream"]["false"] for row in rows),
    }
    if off:
        found["off_m"] = spread(off)
    if compared := [row["against"] for row in rows if row.get("against", {}).get("both_found")]:
        ours = statistics.median(one["stream_off_m"] for one in compared)
        theirs = statistics.median(one["batch_off_m"] for one in compared)
        found["ratio_of_medians"] = round(ours / max(theirs, 1e-9), 3)
    return found


def _window(estimate: SourceEstimate, fleet: Fleet) -> dict[str, Any]:
    told = {"verdict": estimate.verdict, "number": int(np.argmax(estimate.number_of_sources))}
    together = estimate.settings["windows_together"]
    return told | {"together": together, "peak_mib": peak_mib()} | errors(estimate, fleet)


def _ratio(spent_s: Sequence[float]) -> float | None:
    """Seconds of data for each second spent, of windows after the cold start."""
    return round(600.0 * len(spent_s) / sum(spent_s), 2) if spent_s else None


def main() -> None:
    """Fly, answer and write the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=6.0)
    parser.add_argument("--aircraft", type=int, default=500)
    parser.add_argument("--half-m", type=float, default=1000.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--particles", type=int, default=64)
    parser.add_argument("--rows", type=int, default=Windows().readings, help="Of a window.")
    parser.add_argument("--batch", action="store_true", help="Ask everything as a whole too.")
    parser.add_argument("--batch-rows", type=int, default=12000)
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    asked = parser.parse_args()
    settings = Settings(particles=asked.particles)
    rows = []
    for seed in asked.seeds:
        sources = drawn_sources(SOURCES, asked.half_m, asked.hours, np.random.default_rng(seed))
        fleet = Fleet(asked.aircraft, asked.half_m, asked.hours, sources, seed)
        row: dict[str, Any] = {"seed": seed}
        row["stream"] = stream_one(fleet, Windows(readings=asked.rows), settings)
        if asked.batch:
            row["batch"] = batch_one(fleet, asked.batch_rows, settings)
            row["against"] = against(row["stream"], row["batch"])
        print(json.dumps(row), flush=True)
        rows.append(row)
    told = {"asked": vars(asked), "summary": summarise(rows), "seeds": rows}
    print(json.dumps(told["summary"]), flush=True)
    if not asked.dry:
        write_result("streaming", told)


if __name__ == "__main__":
    main()
