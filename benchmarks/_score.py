"""How does one answer stand against the truth?"""

from __future__ import annotations

from typing import Any

from sillage.records.source_estimate import SourceEstimate
from sillage.watch.verbs import KnownSource, inside, off_m


def score(estimate: SourceEstimate, truth: KnownSource) -> dict[str, Any]:
    """The mean, the 90 % region and the rate of the strongest source against the truth."""
    source = estimate.sources[0]
    (region,) = (one for one in source.regions if one.level == 0.9)
    return {
        "verdict": estimate.verdict,
        "off_m": round(off_m(estimate, truth.place), 2),
        "radius_90_m": round(region.equivalent_radius_m, 2),
        "inside_90": inside(estimate, truth.place, region.level),
        "rate_ratio": round(source.rate.median / truth.rate_kg_h, 3),
        "rate_inside_90": source.rate.low <= truth.rate_kg_h <= source.rate.high,
    }
