"""What did a picture from above show: columns of gas as shades, plumes as outlines?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sillage.console.drawing.colour import SHADES
from sillage.console.drawing.contour import rings
from sillage.console.drawing.labels import Labels
from sillage.console.drawing.layers import corners, local
from sillage.console.drawing.map import BOX, View
from sillage.console.drawing.markup import Markup, join
from sillage.console.drawing.svg import rings_path
from sillage.records.detection import Detection
from sillage.records.enhancement import Enhancement
from sillage.records.place import Area, LocalFrame

Floats = NDArray[np.float64]

MOST_CELLS = 200
"""Along the longer side of a picture; finer ones are averaged."""
_FROM_SIGMA = 3.0  # of the picture as it is drawn: below, it is noise
_BLUR = 1.0  # cells
_BESIDE = 0.45  # of the usual weight: half of it is left at the edge of what was seen


@dataclass(frozen=True)
class Gridded:
    """Columns of a gas on cells of the ground, in local metres."""

    east_m: Floats
    north_m: Floats
    column_ppm_m: Floats
    """(north, east), averaged over neighbours; NaN where nothing was seen."""
    levels_ppm_m: Floats
    """(shade,): where each shade begins; none where nothing stands out."""


def gridded(seen: Enhancement, frame: LocalFrame, view: View) -> Gridded:
    """The part of a picture that a view shows, averaged over neighbours.

    Parameters
    ----------
    seen
        With its arrays.
    frame
        Local frame of the view.
    view
        Ground to show.
    """
    place = frame.to_local(seen.column["lon_deg"], seen.column["lat_deg"])
    east, north = (np.asarray(one, dtype=np.float64).ravel() for one in place)
    column = np.asarray(seen.column["column_ppm_m"], dtype=np.float64).ravel()
    weight = np.asarray(seen.column["std_ppm_m"], dtype=np.float64).ravel() ** -2.0
    (west, south), (far_east, far_north) = view.corners
    inside = (east >= west) & (east <= far_east) & (north >= south) & (north <= far_north)
    inside &= np.isfinite(column) & np.isfinite(weight)
    step = max(max(far_east - west, far_north - south) / MOST_CELLS, seen.ground_sample_m, 1e-3)
    shape = int((far_north - south) / step) + 1, int((far_east - west) / step) + 1
    cell = ((north[inside] - south) / step).astype(int) * shape[1]
    cell += ((east[inside] - west) / step).astype(int)
    held, summed = (
        np.bincount(cell, one[inside], shape[0] * shape[1]).reshape(shape).astype(np.float64)
        for one in (weight, weight * column)
    )
    mean = _averaged(summed, held)
    return Gridded(
        west + step * (np.arange(shape[1]) + 0.5),
        south + step * (np.arange(shape[0]) + 0.5),
        mean,
        _levels(mean),
    )


def _averaged(summed: Floats, held: Floats) -> Floats:
    from scipy.ndimage import gaussian_filter

    weight = gaussian_filter(held, _BLUR)
    column = np.full(held.shape, np.nan)
    seen = held > 0.0
    near = weight > _BESIDE * float(np.median(weight[seen])) if seen.any() else seen
    column[near] = gaussian_filter(summed, _BLUR)[near] / weight[near]
    return column


def _levels(column: Floats) -> Floats:
    """Even steps from what stands above the noise to the highest."""
    finite = column[np.isfinite(column)]
    if not finite.size:
        return np.empty(0)
    sigma = 1.4826 * float(np.median(np.abs(finite - np.median(finite))))
    low, high = _FROM_SIGMA * sigma, float(finite.max())
    if high <= low:
        return np.empty(0)
    return low + (high - low) * np.arange(SHADES) / SHADES


def columns(view: View, gas: Gridded) -> Markup:
    """Columns as nested shades, darker where there is more."""
    return join(
        rings_path(
            [view.paper(ring) for ring in rings(gas.east_m, gas.north_m, gas.column_ppm_m, level)],
            f"column-{shade}",
        )
        for shade, level in enumerate(gas.levels_ppm_m.tolist())
    )


def swath(view: View, outline: Area) -> Markup:
    """The ground that the picture shows."""
    return rings_path([view.paper(corners(outline, view.frame))], "search")


def outlines(view: View, found: Sequence[Detection], labels: Labels, *, first: int = 1) -> Markup:
    """Plumes outlined and numbered from `first`, in the order given."""
    parts = []
    for number, plume in enumerate(found, start=first):
        shapes = [view.paper(corners(area, view.frame)) for area in plume.outline]
        parts += [rings_path(shapes, "region-halo"), rings_path(shapes, "region")]
        x, y = view.paper(at(plume, view.frame))[0].tolist()
        if BOX.left <= x <= BOX.right and BOX.top <= y <= BOX.bottom:
            labels.write(x, y, str(number), "label source-name")
    return join(parts)


def at(plume: Detection, frame: LocalFrame) -> Floats:
    """Place of a plume in local metres, (1, 2)."""
    return local(frame, np.array([plume.place.lon]), np.array([plume.place.lat]))
