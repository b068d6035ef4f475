"""How many records a second are durable, how long is one waited for, and does a crash lose any?

Asked of it: 50,000 records a second with FULL sync, grouped, and acknowledgements within 50 ms for
99 in a hundred; 0 acknowledged records lost when the writer is killed 200 times, when unsynced
writes are lost 200 times, and when pages are torn 200 times.

    python benchmarks/ledger.py [--records 200000] [--repeats 3] [--crashes 200] [--dry]

Records are reviews of some 420 bytes. `seal` is what a caller pays before the queue: canonical
bytes and two hashes. `append` takes sealed records in groups of 1,000, one after the other.
`saturated` is four threads that hand over ten sealed records at a time as fast as they are let;
`paced` is the same at 50,000 a second together, where an acknowledgement is timed from when the
records were due; `records` is `saturated` with records that are sealed as they are handed over;
`lone` is one record at a time, each waited for.

The floor: an entry's bytes are hashed once for its id and once for its entry, with 33 and 65 bytes
more for leaf and node; they are synced once with id and leaf hash, in the WAL, and written once
more from there into the file. `written_bytes` is what the process wrote for each record, as the
system counts it. `load_1_min` says how busy the machine was, with other work too, before and after.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import queue
import random
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from _ledger_crash import Left, cuts_of, kill, noted_life, review, survive
from _results import spread, write_result

from sillage.ledger import Ledger, Receipt, Recorder, prove, verify
from sillage.ledger.sealed import Sealed, leaf_of, seal
from sillage.records.base import Record, canonical

TOGETHER, GROUP, THREADS = 10, 1000, 4
PACE = 50_000.0
PROOFS = 200
NOTED_GROUPS = 40


def sealed_records(count: int) -> list[Sealed]:
    """Distinct sealed records, made without the cost of making records."""
    like = review(1)
    said, whole = canonical(like, identity=True), canonical(like)
    found = []
    for number in range(count):
        because = b"seen %010d" % number
        name = hashlib.sha256(said.replace(b"seen twice", because)).digest()
        content = whole.replace(b"seen twice", because).replace(
            like.id.encode(), name.hex().encode()
        )
        found.append(Sealed(name, "Review", content, leaf_of(content), (), ()))
    return found


def written_bytes() -> int:
    """What this process has written so far, as the system counts it; 0 where it does not."""
    try:
        lines = Path("/proc/self/io").read_text("utf-8").splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def encoding(count: int) -> dict[str, float]:
    """Microseconds of a processor for each record, before the queue."""
    begun = time.process_time()
    records = [review(number) for number in range(count)]
    made = time.process_time()
    for record in records:
        seal(record)
    sealed = time.process_time()
    return {
        "make_us": round(1e6 * (made - begun) / count, 2),
        "seal_us": round(1e6 * (sealed - made) / count, 2),
    }


def appended(path: Path, records: Sequence[Sealed]) -> dict[str, float]:
    """One caller, group after group."""
    waits = []
    with Ledger.create(path) as ledger:
        wrote, cpu, begun = written_bytes(), time.process_time(), time.perf_counter()
        for first in range(0, len(records), GROUP):
            start = time.perf_counter()
            ledger.append(*records[first : first + GROUP])
            waits.append(time.perf_counter() - start)
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
        wrote = written_bytes() - wrote
    return measured(len(records), wall, cpu, waits) | {
        "written_bytes": round(wrote / len(records), 1),
        "file_bytes": round(path.stat().st_size / len(records), 1),
    }


def recorded(path: Path, records: Sequence[Record | Sealed], pace: float) -> dict[str, float]:
    """Several callers at once; at a pace if there is one, else as fast as they are let."""
    waits: list[float] = []

    def feed(mine: Sequence[Record | Sealed]) -> None:
        told: queue.SimpleQueue[tuple[float, Receipt] | None] = queue.SimpleQueue()
        waiter = threading.Thread(target=wait, args=(told,))
        waiter.start()
        begun = time.perf_counter()
        for first in range(0, len(mine), TOGETHER):
            due = begun + first * THREADS / pace if pace else time.perf_counter()
            time.sleep(max(0.0, due - time.perf_counter()))
            told.put((due, recorder.submit(*mine[first : first + TOGETHER])))
        told.put(None)
        waiter.join()

    def wait(told: queue.SimpleQueue[tuple[float, Receipt] | None]) -> None:
        mine = []
        while (one := told.get()) is not None:
            one[1].entries()
            mine.append(time.perf_counter() - one[0])
        waits.extend(mine)

    with Recorder(path) as recorder:
        cpu, begun = time.process_time(), time.perf_counter()
        run([partial(feed, records[k::THREADS]) for k in range(THREADS)])
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    return measured(len(records), wall, cpu, waits)


def run(tasks: Sequence[Callable[[], None]]) -> None:
    """All at once, to their end."""
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measured(count: int, wall_s: float, cpu_s: float, waits_s: list[float]) -> dict[str, float]:
    """Figures of one run."""
    ranked = sorted(waits_s)
    return {
        "records_per_s": round(count / wall_s),
        "cpu_us": round(1e6 * cpu_s / count, 2),
        "wait_p50_ms": round(1e3 * ranked[len(ranked) // 2], 2),
        "wait_p99_ms": round(1e3 * ranked[int(len(ranked) * 0.99)], 2),
    }


def read_back(path: Path, records: Sequence[Sealed]) -> dict[str, float]:
    """Verifying all of a ledger, and proving single records of it."""
    begun = time.perf_counter()
    if not verify(path).whole:
        raise SystemExit(f"{path}: the ledger of the benchmark is not whole")
    verified = time.perf_counter()
    for one in random.Random(1).sample(list(records), PROOFS):  # noqa: S311 - not a secret
        prove(path, one.id.hex())
    proved = time.perf_counter()
    return {
        "verified_per_s": round(len(records) / (verified - begun)),
        "proof_ms": round(1e3 * (proved - verified) / PROOFS, 2),
    }


def timings(records: Sequence[Sealed], plain: Sequence[Record], folder: Path) -> dict[str, Any]:
    """One repeat of everything that is timed."""
    told: dict[str, Any] = {"load_1_min": [round(os.getloadavg()[0], 2)]}
    told["append"] = appended(folder / "append.sqlite", records)
    told["saturated"] = recorded(folder / "saturated.sqlite", records, 0.0)
    told["paced"] = recorded(folder / "paced.sqlite", records, PACE)
    told["records"] = recorded(folder / "records.sqlite", plain, 0.0)
    told["lone"] = lone(folder / "lone.sqlite", records[:200])
    told["load_1_min"].append(round(os.getloadavg()[0], 2))
    return told


def lone(path: Path, records: Sequence[Sealed]) -> dict[str, float]:
    """One record at a time, each waited for."""
    waits = []
    with Recorder(path) as recorder:
        cpu, begun = time.process_time(), time.perf_counter()
        for one in records:
            start = time.perf_counter()
            recorder.submit(one).entries()
            waits.append(time.perf_counter() - start)
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    return measured(len(records), wall, cpu, waits)


def crashes(count: int, folder: Path) -> dict[str, Any]:
    """Kills and power cuts, and what they lost."""
    draw = random.Random(7)  # noqa: S311 - not a secret
    killed = [
        kill(folder / f"killed-{number // 10}.sqlite", draw.choice((1, 20, 100)), draw)
        for number in range(count)
    ]
    notes = noted_life(folder / "ledger.sqlite", NOTED_GROUPS)
    told = {"killed": summary(killed)}
    for name, rng in (("unsynced_lost", None), ("torn", draw)):
        left = []
        for until in cuts_of(notes, count, draw):
            with tempfile.TemporaryDirectory(dir=folder) as place:
                left.append(survive(notes, until, Path(place), rng))
        told[name] = summary(left)
    return told


def summary(left: Sequence[Left]) -> dict[str, int]:
    """Of many crashes."""
    return {
        "crashes": len(left),
        "acknowledged": sum(one.acknowledged for one in left),
        "lost": sum(one.lost for one in left),
        "not_whole": sum(not one.whole for one in left),
    }


def together(repeats: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Spread of each figure over the repeats."""
    found: dict[str, Any] = {"load_1_min": [one["load_1_min"] for one in repeats]}
    for part, figures in repeats[0].items():
        if part != "load_1_min":
            found[part] = {
                name: spread((one[part][name] for one in repeats), 2) for name in figures
            }
    return found


def main() -> None:
    """Measure, crash and write the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--crashes", type=int, default=200)
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    asked = parser.parse_args()
    records = sealed_records(asked.records)
    plain = [review(number) for number in range(min(asked.records, 50_000))]
    size = len(records[0].content)
    told: dict[str, Any] = {
        "asked": vars(asked),
        "record_bytes": size,
        "floor": {"hashed_bytes": 2 * size + 33 + 65, "synced_bytes": size + 32 + 32},
        "encoding": encoding(min(asked.records, 20_000)),
    }
    repeats = []
    for number in range(asked.repeats):
        with tempfile.TemporaryDirectory() as place:
            repeats.append(timings(records, plain, Path(place)))
            print(json.dumps(repeats[-1]), flush=True)
            if number + 1 == asked.repeats:
                told["reading"] = read_back(Path(place) / "append.sqlite", records)
    told["timings"] = together(repeats)
    with tempfile.TemporaryDirectory() as place:
        told["crashes"] = crashes(asked.crashes, Path(place))
    print(json.dumps(told), flush=True)
    if not asked.dry:
        write_result("ledger", told)


if __name__ == "__main__":
    main()
