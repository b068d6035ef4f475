"""Which pixels of a cube lie in the outlines that somebody drew?

A GeoJSON of polygons in longitude and latitude, drawn in any GIS; or, for a cube without places,
what `sillage detect` and `sillage identify` write then: features with `outline_px`, rings of
(line, sample). A pixel counts if its centre lies inside.

Reference: RFC 7946 (GeoJSON).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from jaxtyping import Bool, Float64
from numpy import ndarray

from sillage.detect.plumes import Plume
from sillage.detect.screen import Screened
from sillage.errors import ReadError
from sillage.records.cube import Cube

Ring = Float64[ndarray, "corner 2"]


def drawn_plumes(file: Path, cube: Cube, seen: Screened, false_plumes: float) -> tuple[Plume, ...]:
    """The plumes that a file outlines, each with its height on the screened map.

    Parameters
    ----------
    file
        GeoJSON.
    cube
        In which they lie.
    seen
        The same cube, screened: its clutter tells how often ground is as high.
    false_plumes
        Any number above 0; the tail of the clutter does not depend on it.

    Raises
    ------
    ReadError
        It is no GeoJSON with outlines, or one of them holds no pixel of the cube.
    NotEnoughInformation
        The scene is too small for its clutter to be known.
    """
    tail = seen.plumes(false_plumes).tail
    plumes = []
    for number, feature in enumerate(_features(file)):
        mask = _inside(file, number, feature, cube)
        height = np.where(np.isfinite(seen.sigmas), seen.sigmas, -np.inf)[mask]
        if not len(height) or not np.isfinite(height).any():
            raise ReadError(
                str(file), f"feature {number + 1} holds no pixel of the cube that can be looked at"
            )
        order = np.argsort(-height, kind="stable")
        line, sample = np.nonzero(mask)
        top = float(height.max())
        plumes.append(Plume(line[order], sample[order], top, tail.above(top)))
    return tuple(plumes)


def _features(file: Path) -> list[Any]:
    try:
        content = msgspec.json.decode(file.read_bytes())
    except OSError as error:
        raise ReadError(str(file), f"cannot be opened: {error.strerror or error}") from None
    except msgspec.DecodeError as error:
        raise ReadError(str(file), f"is no JSON ({error}); give outlines as GeoJSON") from None
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "Feature":
        return [content]
    features = content.get("features") if kind == "FeatureCollection" else None
    if not isinstance(features, list) or not features:
        raise ReadError(
            str(file), "holds no features; give a GeoJSON FeatureCollection of outlines"
        )
    return features


def _inside(file: Path, number: int, feature: Any, cube: Cube) -> Bool[ndarray, "line sample"]:
    """Pixels of one feature."""
    where = f"feature {number + 1}"
    try:
        geometry = feature.get("geometry")
        rings = _rings(geometry, feature.get("properties"))
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        raise ReadError(
            str(file), f"{where} has no polygon, and no outline_px among its properties"
        ) from None
    if geometry is None:
        line, sample = np.mgrid[: cube.lines, : cube.samples].astype(float)
        return _within(line, sample, rings)
    place = cube.geolocation(0, cube.lines)
    if place is None:
        raise ReadError(
            str(file),
            f"{where} lies at longitudes and latitudes, and the cube has no places; outline it in "
            'pixels, "outline_px": [[[line, sample], ...]]',
        )
    return _within(place.lon_deg, place.lat_deg, rings)


def _rings(geometry: Any, properties: Any) -> list[Ring]:
    """All rings of a feature; whatever is not as it should be raises what Python raises then."""
    polygons = {"Polygon": lambda found: [found], "MultiPolygon": list}
    found = (
        [properties["outline_px"]]
        if geometry is None
        else polygons[geometry["type"]](geometry["coordinates"])
    )
    return [np.array(ring, dtype=float)[:, :2] for polygon in found for ring in polygon]


def _within(
    x: Float64[ndarray, "line sample"], y: Float64[ndarray, "line sample"], rings: list[Ring]
) -> Bool[ndarray, "line sample"]:
    """Points inside rings by how often a ray crosses them; a ring within another is a hole."""
    inside = np.zeros(x.shape, dtype=bool)
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            if y0 != y1:
                crossed = (y0 > y) != (y1 > y)
                inside ^= crossed & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return inside
