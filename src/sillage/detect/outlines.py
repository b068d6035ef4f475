"""Where on the ground does a plume lie: rings of longitude and latitude, areas, distances?

Pixel centres have places; corners lie half a pixel on. Places between and just beyond centres are
linear in line and sample.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64
from numpy import ndarray

from sillage.detect.plumes import Plume
from sillage.records.place import Area, LocalFrame, Place

_FEWEST = 4
"""Places about a plume, that the others follow from."""


class Footprint(NamedTuple):
    """A plume on the ground."""

    place: Place
    """Of its highest pixel."""
    outline: tuple[Area, ...]
    """Outer rings; pixels that touch at a corner only have rings of their own."""
    east_m: Float64[ndarray, " pixel"]
    north_m: Float64[ndarray, " pixel"]
    """Of its pixels, from the highest."""
    pixel_m: float
    """Side of a square as large as its middle pixel."""


def rings_px(plume: Plume) -> tuple[Float64[ndarray, "corner 2"], ...]:
    """Outer rings as (line, sample), closed; a pixel reaches half to each side of its number."""
    from rasterio.features import shapes

    line0, sample0 = int(plume.line.min()), int(plume.sample.min())
    size = int(np.ptp(plume.line)) + 1, int(np.ptp(plume.sample)) + 1
    mask = np.zeros(size, dtype=np.uint8)
    mask[plume.line - line0, plume.sample - sample0] = 1
    rings = []
    for shape, _ in shapes(mask, mask=mask.astype(bool), connectivity=4):
        outer = np.array(shape["coordinates"][0], dtype=np.float64)[:, ::-1]
        rings.append(outer + np.array([line0 - 0.5, sample0 - 0.5]))
    return tuple(rings)


def footprint_of(
    plume: Plume,
    lon_deg: Float64[ndarray, "line sample"],
    lat_deg: Float64[ndarray, "line sample"],
) -> Footprint | None:
    """A plume on the ground; None where a place that it needs is not known.

    Parameters
    ----------
    plume
        Its pixels.
    lon_deg, lat_deg
        Pixel centres of the whole scene.
    """
    if min(lon_deg.shape) < 2:
        return None
    box = tuple(
        slice(max(int(at.min()) - 1, 0), min(int(at.max()) + 2, size))
        for at, size in zip((plume.line, plume.sample), lon_deg.shape, strict=True)
    )
    lon0, lat0 = (
        float(lon_deg[plume.line[0], plume.sample[0]]),
        float(lat_deg[plume.line[0], plume.sample[0]]),
    )
    known = np.isfinite(lon_deg[box]) & np.isfinite(lat_deg[box])
    if not np.isfinite([lon0, lat0]).all() or known.sum() < _FEWEST:
        return None
    frame = LocalFrame(lon=lon0, lat=lat0)
    there = frame.to_local(np.where(known, lon_deg[box], lon0), np.where(known, lat_deg[box], lat0))
    east, north = (_extended(_straight_on(one, known)) for one in there)
    origin = np.array([box[0].start - 1.0, box[1].start - 1.0])

    def at(
        line: Float64[ndarray, " point"], sample: Float64[ndarray, " point"]
    ) -> tuple[ndarray, ndarray]:
        from scipy.ndimage import map_coordinates

        where = np.stack([line - origin[0], sample - origin[1]])
        return tuple(map_coordinates(one, where, order=1) for one in (east, north))  # type: ignore[return-value]

    outline = []
    for ring in rings_px(plume):
        lon, lat = frame.to_lonlat(*at(*ring[:-1].T))
        outline.append(Area(ring=tuple(zip(lon.tolist(), lat.tolist(), strict=True))))
    own = at(plume.line.astype(np.float64), plume.sample.astype(np.float64))
    corners = np.array([[-0.5, -0.5], [-0.5, 0.5], [0.5, 0.5], [0.5, -0.5]])
    x, y = at(*(corners + np.array([plume.line[0], plume.sample[0]])).T)
    area = 0.5 * abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1)))
    return Footprint(Place(lon=lon0, lat=lat0), tuple(outline), *own, pixel_m=area**0.5)


def clear_km2(
    lon_deg: Float64[ndarray, "line sample"],
    lat_deg: Float64[ndarray, "line sample"],
    clear: Bool[ndarray, "line sample"],
) -> float:
    """Ground that the clear pixels of a scene cover."""
    middle = tuple(size // 2 for size in lon_deg.shape)
    frame = LocalFrame(lon=float(lon_deg[middle]), lat=float(lat_deg[middle]))
    east, north = frame.to_local(lon_deg, lat_deg)
    (down_e, right_e), (down_n, right_n) = np.gradient(east), np.gradient(north)
    return float(
        np.nansum(np.where(clear, np.abs(down_e * right_n - down_n * right_e), 0.0)) * 1e-6
    )


def _straight_on(
    values: Float64[ndarray, "line sample"], known: Bool[ndarray, "line sample"]
) -> Float64[ndarray, "line sample"]:
    """Places where none are told, beside those that are: on the plane that fits them best."""
    if known.all():
        return values
    line, sample = np.indices(values.shape)
    terms = np.stack([np.ones_like(line), line, sample], axis=-1).astype(np.float64)
    plane = np.linalg.lstsq(terms[known], values[known], rcond=None)[0]
    return np.where(known, values, terms @ plane)


def _extended(values: Float64[ndarray, "line sample"]) -> Float64[ndarray, "line_2 sample_2"]:
    """One row and column more on each side, in a straight line with the last two."""
    tall = np.concatenate([2 * values[:1] - values[1:2], values, 2 * values[-1:] - values[-2:-1]])
    first, last = 2 * tall[:, :1] - tall[:, 1:2], 2 * tall[:, -1:] - tall[:, -2:-1]
    return np.concatenate([first, tall, last], axis=1)
