"""How fast and how right is the filter of sites beside a published tracker, on its scenes?

    python benchmarks/fuse.py [--peer PYTHON] [--seeds N] [--dry]

speed: a scan of 500 targets in 500 false claims, on uniform scenes of our own, one core. With
PYTHON, the interpreter of an environment that has Stone Soup 1.9.1 (`_peer_sites.py`): scenes that
it simulates, tracked by it and by us; the seconds of both, and GOSPA of both with a cutoff of 20 m,
averaged over the scans from the tenth on. The peer begins its tracks with two or three detections:
both are told. One line a scene goes to standard output, and all to results/fuse.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from _gospa import gospa
from _results import spread, write_result
from numpy.typing import NDArray

from sillage.fuse.gate import Scan
from sillage.fuse.state import Bernoullis, Motion, moved, nothing
from sillage.fuse.update import Limits, Looked, forgotten, updated

Floats = NDArray[np.float64]

FIRST_SEED = 1000
"""Seeds below 100 were used while choosing."""
PEER = Path(__file__).with_name("_peer_sites.py")
FOUND, NOISE_STD, DRIVE, SPEED_STD, DIES = 0.9, 1.0, 0.1, 3.0, 0.02
CUTOFF_M = 20.0
SETTLED = 10  # scans before which no tracker can know


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", help="Interpreter that has Stone Soup.")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="The first seed.")
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    asked = parser.parse_args()
    figures: dict[str, Any] = {"speed": speed(range(asked.first, asked.first + 3))}
    print(json.dumps(figures), flush=True)
    if asked.peer:
        seeds = range(asked.first, asked.first + asked.seeds)
        for name, targets, clutter, scans, runs in (
            ("crowd", 500, 500, 16, seeds[:1]),
            ("group", 40, 40, 30, seeds),
        ):
            rows = []
            for seed in runs:
                row = beside(asked.peer, seed, targets, clutter, scans)
                print(json.dumps({"scene": name, "seed": seed} | row), flush=True)
                rows.append(row)
            figures[name] = {
                "targets": targets, "clutter": clutter, "scans": scans, "scenes": len(rows),
            } | {key: spread([row[key] for row in rows]) for key in rows[0]}  # fmt: skip
            figures[name]["no_worse"] = sum(
                row["ours_gospa_m"] <= row["peer_gospa_m"] for row in rows
            )
    if not asked.dry:
        write_result("fuse", figures)


def speed(seeds: range, targets: int = 500, clutter: int = 500, scans: int = 30) -> dict[str, Any]:
    """Milliseconds of each scan from the third on, over some uniform scenes."""
    track(uniform(seeds[0], 20, 20, 4), 20, 20)  # compiled
    taken: list[float] = []
    kept = 0
    for seed in seeds:
        told = track(uniform(seed, targets, clutter, scans), targets, clutter)
        taken += [1e3 * seconds for seconds in told.seconds[2:]]
        kept = max(kept, told.most)
    ranked = sorted(taken)
    return {
        "targets": targets, "clutter": clutter, "scans": len(ranked),
        "ms": spread(ranked), "ms_95": round(ranked[int(0.95 * len(ranked))], 3),
        "most_possible_sites": kept,
    }  # fmt: skip


def uniform(seed: int, targets: int, clutter: int, scans: int) -> list[Floats]:
    """Claims of each scan, (claim, 2) in metres."""
    rng = np.random.default_rng(seed)
    side = 100.0 * targets**0.5
    place = rng.uniform(-0.5 * side, 0.5 * side, (targets, 2))
    speed_m_s = rng.normal(0.0, SPEED_STD, (targets, 2))
    told = []
    for _ in range(scans):
        push = rng.normal(0.0, DRIVE**0.5, (targets, 2))
        place = place + speed_m_s + 0.5 * push
        speed_m_s = speed_m_s + push
        seen = place[rng.random(targets) < FOUND]
        false = rng.uniform(-0.5 * side, 0.5 * side, (rng.poisson(clutter), 2))
        told.append(np.concatenate([seen + rng.normal(0.0, NOISE_STD, seen.shape), false]))
    return told


class Tracked:
    """What our filter made of the scans: estimates, seconds, and the most possible sites."""

    def __init__(self) -> None:
        self.found: list[Floats] = []
        self.seconds: list[float] = []
        self.most = 0


def track(scans: list[Floats], targets: int, clutter: int) -> Tracked:
    """Follow targets of nearly constant velocity; all that exist with more than a half."""
    area = 1e4 * targets
    motion = Motion(
        creep_m2_s=0.0, drive_m2_s3=DRIVE, start_m2_s2=SPEED_STD**2, end_s=1.0 / DIES,
        on_share=1.0, switch_s=0.0,
    )  # fmt: skip
    sites, limits, told, key = nothing(0), Limits(), Tracked(), 0
    for number, claims in enumerate(scans):
        born = targets * (DIES if number else 1.0)
        scan = scan_of(claims, clutter / area, FOUND * born / area)
        began = time.process_time()
        sites = step(sites, scan, motion, limits, key)
        told.seconds.append(time.process_time() - began)
        key += len(claims)
        told.most = max(told.most, sites.key.size)
        real = sites.exists > 0.5
        told.found.append(np.column_stack([sites.east_m[real], sites.north_m[real]]))
    return told


def scan_of(claims: Floats, clutter_m2: float, fresh_m2: float) -> Scan:
    """Claims as the filter takes them."""
    count = len(claims)
    return Scan(
        np.ascontiguousarray(claims[:, 0]),
        np.ascontiguousarray(claims[:, 1]),
        np.full(count, NOISE_STD**2),
        np.zeros((count, 0)),
        np.full(count, clutter_m2),
        np.full(count, fresh_m2),
    )


def step(sites: Bernoullis, scan: Scan, motion: Motion, limits: Limits, key: int) -> Bernoullis:
    """One second and one scan."""
    sites = moved(sites, 1.0, motion)
    chance = np.full(sites.key.size, FOUND)
    after = updated(sites, scan, Looked(chance, chance), motion, limits, key=key)
    return forgotten(after.sites, limits.least)[0]


def beside(python: str, seed: int, targets: int, clutter: int, scans: int) -> dict[str, float]:
    """Seconds a scan and GOSPA of both, the peer's better setting as its figure."""
    peers = [peer_of(python, seed, targets, clutter, scans, points) for points in (2, 3)]
    claims = by_scan(peers[0]["claims"], scans)
    truth = by_scan(peers[0]["truth"], scans)
    ours = track(claims, targets, clutter)
    scores = [score(by_scan(peer["found"], scans), truth) for peer in peers]
    best = int(np.argmin([told["gospa_m"] for told in scores]))
    mine = score(ours.found, truth)
    told = {f"ours_{name}": value for name, value in mine.items()}
    told |= {f"peer_{name}": value for name, value in scores[best].items()}
    told["peer_points"] = (2, 3)[best]
    told["ours_ms"] = 1e3 * statistics.median(ours.seconds[2:])
    told["peer_ms"] = 1e3 * statistics.median(peers[best]["seconds"][2:].tolist())
    return told


def peer_of(
    python: str, seed: int, targets: int, clutter: int, scans: int, points: int
) -> dict[str, Any]:
    """The peer's scene and tracks."""
    asked = {"seed": seed, "targets": targets, "clutter": clutter, "scans": scans, "points": points}
    with tempfile.TemporaryDirectory() as folder:
        scene, answer = Path(folder) / "scene.json", Path(folder) / "answer.npz"
        scene.write_text(json.dumps(asked), encoding="utf-8")
        subprocess.run([python, str(PEER), str(scene), str(answer)], check=True)  # noqa: S603  # the interpreter that was asked for
        with np.load(answer) as arrays:
            return {name: arrays[name] for name in arrays.files}


def by_scan(rows: Floats, scans: int) -> list[Floats]:
    """Places of each scan, (place, 2)."""
    return [np.ascontiguousarray(rows[rows[:, 0] == scan, 1:]) for scan in range(scans)]


def score(found: list[Floats], truth: list[Floats]) -> dict[str, float]:
    """Means over the scans from the tenth on."""
    told = [
        gospa(one, other, CUTOFF_M) for one, other in zip(found, truth, strict=True)
    ][SETTLED:]  # fmt: skip
    return {
        "gospa_m": statistics.fmean(each.distance_m for each in told),
        "missed": statistics.fmean(each.missed for each in told),
        "false": statistics.fmean(each.false for each in told),
    }


if __name__ == "__main__":
    main()
