"""How probably would a look have found a site: read off the coverage, and nothing where none is.

A coverage lists H3 cells. A place belongs to the cell with the nearest centre, as cells are nearly
the regions nearest to their centres, and to none where that is farther than a cell reaches.

Reference: H3 documentation, "Tables of cell statistics across resolutions" (average edge lengths).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from sillage.errors import InputError
from sillage.records.coverage import Coverage
from sillage.records.place import LocalFrame

Centres = Callable[[Int[ndarray, " cell"]], tuple[Float[ndarray, " cell"], Float[ndarray, " cell"]]]
"""Longitude and latitude, degrees, of the centres of H3 cells."""

_EDGE_M = 1281256.011  # of resolution 0; each next one is smaller by the square root of seven
_ROUND = 1.25  # cells are up to that much larger than the average


def chances(
    coverage: Coverage,
    frame: LocalFrame,
    centres: Centres,
    east_m: Float[ndarray, " site"],
    north_m: Float[ndarray, " site"],
    rate_kg_h: Float[ndarray, " site"],
) -> Float[ndarray, " site"]:
    """Probability that each site would have been found, were it on; zero where nobody looked.

    Parameters
    ----------
    coverage
        What was looked at; its arrays attached.
    rate_kg_h
        What each site emits while on; NaN where not known: then the mean over the rates listed.
    """
    from scipy.spatial import cKDTree

    surface = coverage.surface
    cells = surface["cell"]
    if cells.size == 0:
        return np.zeros(east_m.size)
    lon, lat = centres(cells)
    if np.shape(lon) != cells.shape or np.shape(lat) != cells.shape:
        raise InputError(
            f"Coverage {coverage.id[:12]}: {cells.size} cells, but centres of {np.size(lon)}; "
            "give one longitude and one latitude for each cell"
        )
    edge_m = _EDGE_M / 7.0 ** (0.5 * coverage.resolution)
    tree = cKDTree(np.column_stack(frame.to_local(lon, lat)))
    apart, nearest = tree.query(np.column_stack([east_m, north_m]))
    told = surface["probability"][nearest]  # site rate
    rates = surface["rate_kg_h"]
    order = np.argsort(rates)
    known = np.isfinite(rate_kg_h)
    by_rate = [
        float(np.interp(rate, rates[order], row[order])) if knows else float(row.mean())
        for rate, knows, row in zip(rate_kg_h, known, told, strict=True)
    ]
    return np.where(apart <= edge_m * _ROUND, np.array(by_rate), 0.0)


def area_km2(coverages: Sequence[Coverage]) -> float:
    """Ground that was looked at: cells times the average area of one, the largest coverage's."""
    areas = [
        1.5 * 3.0**0.5 * (_EDGE_M / 7.0 ** (0.5 * coverage.resolution) / 1e3) ** 2
        * coverage.surface.sizes["cell"]
        for coverage in coverages
    ]  # fmt: skip
    return max(areas, default=0.0)
