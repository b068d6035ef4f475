"""Which shapes do plumes have? The weights of `sillage.detect.shape`, and what they are worth.

Outlines of plumes in EMIT's scenes with the verdicts of two reviewers: those that both called a
plume against those that neither did; where they differ, none is used. Granules are split in halves
by the checksum of their name: one is learnt from, the other tells the area under the curve. Both
verdicts weigh the same in all; the logistic regression has a ridge of one.

emit-sds/plume-vetting (NASA/JPL), Apache-2.0.

    SILLAGE_DATA=DIR python benchmarks/plume_shapes.py [--dry]

The weights and the areas go to standard output and to results/plume_shapes.json.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from _chances import area_under_curve, balanced, logistic
from _plumes import Outline, outlines
from _results import write_result

from sillage.detect.shape import Shape, pixels_of, shape_of

FEWEST_PX = 8


def learn(known: list[Outline]) -> dict[str, Any]:
    """Weights from one half of the granules, and areas under the curve of both halves."""
    shapes, verdict, first = [], [], []
    for one in known:
        line, sample = pixels_of(one.corners)
        if line.size >= FEWEST_PX:
            shapes.append((1.0, *shape_of(line, sample)))
            verdict.append(one.real)
            first.append(one.learnt_from)
    design, real, learnt = np.array(shapes), np.array(verdict), np.array(first)
    weights = logistic(design[learnt], real[learnt], balanced(real[learnt]))
    score = design @ weights
    return {
        "outlines": len(real),
        "real": int(real.sum()),
        "learnt_from": int(learnt.sum()),
        "weights": dict(zip(("constant", *Shape._fields), weights.round(3).tolist(), strict=True)),
        "auc_learnt": round(area_under_curve(score[learnt], real[learnt]), 3),
        "auc_tested": round(area_under_curve(score[~learnt], real[~learnt]), 3),
        "auc_each_tested": {
            name: round(area_under_curve(design[~learnt, place], real[~learnt]), 3)
            for place, name in enumerate(Shape._fields, 1)
        },
    }


def main() -> None:
    """Learn, print, and keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dry", action="store_true", help="Print only; leave the result file.")
    asked = parser.parse_args()
    known = outlines()
    if known is None:
        print("no real data: set SILLAGE_DATA to the folder that holds the data sets")
        return
    figures = learn(known)
    print(json.dumps(figures, indent=2))
    if not asked.dry:
        print(Path(write_result("plume_shapes", figures)).name)


if __name__ == "__main__":
    main()
