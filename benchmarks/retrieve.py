"""How fast, how exact and how frugal is a retrieval, beside those that are published?

    SILLAGE_DATA=DIR python benchmarks/retrieve.py [--parts speed accuracy memory] [--peer PYTHON]

speed: our filters beside mag1c, mag1c_sas and spectral on the same pixels (`_retrieval_speed.py`);
PYTHON is the interpreter of an environment that has them. accuracy: plumes over real scenes
(`_retrieval_accuracy.py`). memory: what a cube of 14 GB takes (`_retrieval_memory.py`), written
into a folder of its own and taken away. One line a run goes to standard output; each part is
written to results/retrieve.json as soon as it is done, and parts that are not asked for stay
there.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import _retrieval_accuracy
import _retrieval_memory
import _retrieval_speed
from _results import RESULTS, write_result

FIRST_SEED = 3000
"""Seeds below were used while choosing."""


def main() -> None:
    """Measure the parts that are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = ("speed", "accuracy", "memory")
    parser.add_argument("--parts", nargs="+", choices=parts, default=list(parts))
    parser.add_argument("--peer", help="Interpreter that has the peers.")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="Seed of the first plume.")
    parser.add_argument("--gigabytes", type=float, default=14.0)
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    asked = parser.parse_args()
    data = Path(os.environ["SILLAGE_DATA"])
    for part in asked.parts:
        if part == "speed":
            told = _retrieval_speed.measure(data, asked.peer, asked.repeats)
        elif part == "accuracy":
            rows = []
            for row in _retrieval_accuracy.runs(
                data, range(asked.first, asked.first + asked.seeds)
            ):
                print(json.dumps(row), flush=True)
                rows.append(row)
            told = {"seeds": asked.seeds} | _retrieval_accuracy.summary(rows)
        else:
            told = _retrieval_memory.measure(asked.gigabytes)
        print(json.dumps({part: told}), flush=True)
        if not asked.dry:
            keep(part, told)


def keep(part: str, figures: dict[str, Any]) -> None:
    """Put a part beside those that were measured before."""
    path = RESULTS / "retrieve.json"
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    others = {name: told for name, told in before.items() if name not in {"machine", part}}
    write_result("retrieve", others | {part: figures})


if __name__ == "__main__":
    main()
