"""Are two sources found from a cold start, beside pyELQ on the problem of its own tutorial?

Seven sensors, 168 medians of ten minutes, two true sources 11 m apart (`_tutorial.py`); each seed
draws its own wind and noise. The localiser is told the site, the heights that the tutorial tells
pyELQ, the wind with its turbulence, and nothing of the noise or of the number of sources. What is
asked of it: both found and no third in 18 of 20 seeds, median error at most 3 m, 10 s each on two
cores. A source counts as found when the answer gives it one half or more and it lies within the
cutoff of a true one; the cutoff is the GOSPA distance's too, and shorter than the sources' gap.

    python benchmarks/two_sources.py [--seeds 0 1 ...] [--peer PYTHON [--peer-seeds 0 1 ...]]

PYTHON is the interpreter of an environment with pyelq 1.2.7. Its chain starts from sources that it
draws, not from the truth as in the tutorial. It says how many sources its last 1,000 iterations
have; errors are medians over those, of the sources that match the true ones best, whatever others
there are. Seconds of both are those of the search, without imports and compilation.

One line a run goes to standard output, all of them to results/two_sources.json; without --peer the
peer's figures in that file stay.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import _results
import _tutorial
import numpy as np
from _gospa import distances, gospa, matched
from _results import describe, spread, write_result
from numpy.typing import NDArray

from sillage.localise.estimate import locate
from sillage.localise.settings import Settings
from sillage.records.source_estimate import SourceEstimate

Floats = NDArray[np.float64]

NAME = "two_sources"
PEER = Path(__file__).with_name("_peer_pyelq.py")
CUTOFF_M = 10.0
LIKELY = 0.5
ITERATIONS = 5000
WARM = Settings(particles=32, harvest=1)


def claims(estimate: SourceEstimate) -> Floats:
    """(claim, 4): probability, east and north in metres, rate in kg/h of each source it names."""
    named = [(one.probability, one.position, one.rate) for one in estimate.sources]
    return np.array(
        [
            (probability, *estimate.frame.to_local(place.lon, place.lat), rate.median)
            for probability, place, rate in named
        ]
    ).reshape(-1, 4)


def ask(seed: int, settings: Settings | None = None) -> SourceEstimate:
    """Locate the sources of one realisation."""
    readings, wind, context = _tutorial.records(_tutorial.medians(_tutorial.draw(seed)))
    return locate(
        readings,
        wind,
        frame=_tutorial.FRAME,
        bounds=_tutorial.SITE,
        context=context,
        settings=settings,
        rng=np.random.default_rng([seed, 1]),
    )


def measure(seed: int, settings: Settings | None = None) -> dict[str, Any]:
    """Score and cost of one realisation."""
    wall, cpu = time.monotonic(), time.process_time()
    estimate = ask(seed, settings)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    return (
        {"seed": seed, "verdict": estimate.verdict}
        | score(claims(estimate))
        | {"number_of_sources": [round(one, 3) for one in estimate.number_of_sources]}
        | {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2)}
    )


def score(claimed: Floats) -> dict[str, Any]:
    """Likely sources of an answer against the true ones; nothing where a true one has no match."""
    likely = claimed[claimed[:, 0] >= LIKELY]
    true = _tutorial.TRUTH
    apart = gospa(likely[:, 1:3], true[:, :2], CUTOFF_M)
    off_m: list[float | None] = [None] * len(true)
    rate_ratio = list(off_m)
    for found, source in matched(distances(likely[:, 1:3], true[:, :2])):
        off_m[source] = round(float(np.hypot(*(likely[found, 1:3] - true[source, :2]))), 2)
        rate_ratio[source] = round(float(likely[found, 3] / true[source, 3]), 3)
    return {
        "number": len(likely),
        "both_found": apart.missed == apart.false == 0,
        "off_m": off_m,
        "rate_ratio": rate_ratio,
        "gospa_m": round(apart.distance_m, 2),
        "missed": apart.missed,
        "false": apart.false,
    }


def measure_peer(seed: int, python: str, iterations: int) -> dict[str, Any]:
    """Score and cost of the peer on one realisation."""
    raw = _tutorial.draw(seed)
    with tempfile.TemporaryDirectory() as folder:
        problem, answer = Path(folder) / "problem.npz", Path(folder) / "answer.npz"
        np.savez(
            problem,
            **raw._asdict(),
            sensors=_tutorial.sensors(),
            truth=_tutorial.TRUTH,
            site=np.array([*np.reshape(_tutorial.SITE, (2, 2)), _tutorial.HEIGHTS_M]),
            turbulence_deg=_tutorial.TURBULENCE_DEG,
            temperature_K=_tutorial.TEMPERATURE_K,
            pressure_Pa=_tutorial.PRESSURE_PA,
            start_ns=_tutorial.START_NS,
            edges_s=np.arange(0.0, _tutorial.DURATION_S + 1.0, _tutorial.BLOCK_S),
            iterations=iterations,
            seed=seed,
        )
        # the interpreter is the one that the user named
        subprocess.run([python, str(PEER), str(problem), str(answer)], check=True)  # noqa: S603
        with np.load(answer) as told:
            chain = {name: told[name] for name in told.files}
    return {"seed": seed, "iterations": iterations} | score_peer(chain, raw)


def score_peer(chain: dict[str, Any], raw: _tutorial.Raw) -> dict[str, Any]:
    """What the last iterations of a chain say, each matched to the true sources on its own."""
    true = _tutorial.TRUTH
    off, ratio = np.full((2, chain["number"].size, len(true)), np.nan)
    apart = []
    for k in range(chain["number"].size):
        there = np.isfinite(chain["rate_kg_h"][:, k])
        place = np.column_stack([chain["east_m"][there, k], chain["north_m"][there, k]])
        apart.append(gospa(place, true[:, :2], CUTOFF_M))
        between = distances(place, true[:, :2])
        for found, source in matched(between):
            off[k, source] = between[found, source]
            ratio[k, source] = chain["rate_kg_h"][there, k][found] / true[source, 3]
    counts = Counter(int(one) for one in chain["number"])
    return {
        "version": str(chain["version"]),
        "number": counts.most_common(1)[0][0],
        "iterations_by_number": {str(n): counts[n] for n in sorted(counts)},
        "share_both_found": round(
            statistics.fmean(one.missed == one.false == 0 for one in apart), 3
        ),
        "off_m": _medians(off, 2),
        "rate_ratio": _medians(ratio, 3),
        "gospa_m": round(statistics.median(one.distance_m for one in apart), 2),
        "missed": statistics.median_high(one.missed for one in apart),
        "false": statistics.median_high(one.false for one in apart),
        "wall_s": round(float(chain["wall_s"]), 1),
        "cpu_s": round(float(chain["cpu_s"]), 1),
        "coupling_off": float(f"{chain['coupling_off']:.2g}"),
        "medians_off_ppm": float(np.abs(chain["medians"] - _tutorial.medians(raw).ppm).max()),
    }


def summarise(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How often both were found and nothing else, and the spread of the figures."""
    numbers = Counter(run["number"] for run in runs)
    both = [run.get("both_found", run.get("share_both_found", 0.0) > 0.5) for run in runs]
    summary: dict[str, Any] = {
        "runs": len(runs),
        "both_found": sum(both),
        "runs_by_number": {str(n): numbers[n] for n in sorted(numbers)},
    }
    for key in ("off_m", "rate_ratio"):
        pairs = [one for run in runs for one in run[key] if one is not None]
        summary[key] = {"of": len(pairs)} | (spread(pairs) if pairs else {})
    return summary | {
        key: spread(run[key] for run in runs) for key in ("gospa_m", "wall_s", "cpu_s")
    }


def _medians(values: Floats, digits: int) -> list[float | None]:
    """Of each column, over the rows that have a value; nothing where none has."""
    columns = (column[np.isfinite(column)] for column in values.T)
    return [round(float(np.median(known)), digits) if known.size else None for known in columns]


def kept_peer() -> dict[str, Any]:
    """The peer's part of the result file, with the machine that it was measured on."""
    result = _results.RESULTS / f"{NAME}.json"
    if not result.is_file():
        return {}
    kept: dict[str, Any] = json.loads(result.read_text("utf-8")).get("peer", {})
    return kept


def main() -> None:
    """Ask every realisation of the localiser, and of the peer if named; write the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(20)))
    parser.add_argument("--peer", metavar="PYTHON", help="Interpreter that has pyelq.")
    parser.add_argument("--peer-seeds", type=int, nargs="+", help="Those of --seeds if not given.")
    parser.add_argument("--iterations", type=int, default=ITERATIONS, help="Of the peer.")
    parser.add_argument("--particles", type=int, help="Fewer for a trial; the default is the rule.")
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    asked = parser.parse_args()
    settings = None if asked.particles is None else Settings(particles=asked.particles, harvest=1)
    ask(asked.seeds[0], WARM)  # compiles the kernels, or loads them
    runs = []
    for seed in asked.seeds:
        runs.append(measure(seed, settings))
        print(json.dumps(runs[-1]), flush=True)
    own = {"summary": summarise(runs), "runs": runs}
    print(json.dumps(own["summary"]))
    peer = kept_peer()
    if asked.peer:
        runs = []
        for seed in asked.peer_seeds or asked.seeds:
            runs.append(measure_peer(seed, asked.peer, asked.iterations))
            print(json.dumps(runs[-1]), flush=True)
        peer = {"machine": describe(), "summary": summarise(runs), "runs": runs}
        print(json.dumps(peer["summary"]))
    if not asked.dry:
        write_result(NAME, {"cutoff_m": CUTOFF_M, "own": own} | ({"peer": peer} if peer else {}))


if __name__ == "__main__":
    main()
