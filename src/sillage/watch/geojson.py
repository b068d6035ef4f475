"""How is a plume handed on as GeoJSON: rings on the ground, or corners in pixels without a place?

Reference: RFC 7946 (GeoJSON): WGS 84, longitude first, rings closed and anticlockwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from sillage.detect.outlines import Footprint, rings_px
from sillage.detect.plumes import Plume
from sillage.records.place import Area


def collection(features: Sequence[dict[str, Any]], about: dict[str, Any] | None = None) -> bytes:
    """A feature collection as a file has it."""
    content: dict[str, Any] = {"type": "FeatureCollection", "features": list(features)}
    if about is not None:
        content["about"] = about
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def plume_feature(
    plume: Plume, footprint: Footprint | None, properties: dict[str, Any]
) -> dict[str, Any]:
    """A plume; one that has no place has no geometry, and its outline in (line, sample)."""
    if footprint is None:
        in_pixels = {"outline_px": [ring.tolist() for ring in rings_px(plume)]}
        return {"type": "Feature", "geometry": None, "properties": properties | in_pixels}
    return {
        "type": "Feature",
        "geometry": multipolygon(footprint.outline),
        "properties": properties,
    }


def multipolygon(outline: Sequence[Area]) -> dict[str, Any]:
    """Outer rings."""
    rings = []
    for area in outline:
        ring = [[round(lon, 8), round(lat, 8)] for lon, lat in area.ring]
        x, y = np.array(area.ring).T
        if float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) < 0.0:
            ring.reverse()
        rings.append([[*ring, ring[0]]])
    return {"type": "MultiPolygon", "coordinates": rings}
