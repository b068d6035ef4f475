"""How high above the ground is a position, when its height counts from somewhere else?

A user's elevation model is sampled bilinearly between the centres of its cells.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.errors import ReadError, SettingError
from sillage.records.place import HeightAbove
from sillage.sense.files import resolve
from sillage.sense.maps import Elevation

DEEPEST_M = 20.0
"""Half of the samples deeper than this under ground: the datum is wrong, not the receiver."""
LARGEST_WINDOW = 100_000_000
"""Cells of the elevation model that are held at once (800 MB)."""

GroundHeight = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


class ElevationModel:
    """Ground heights from a GeoTIFF.

    Parameters
    ----------
    elevation
        The `[elevation]` table.
    base
        Directory of the survey file.
    """

    def __init__(self, elevation: Elevation, base: Path) -> None:
        self.elevation = elevation
        self.path = resolve(elevation.file, base)

    def ground_m(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], counted_from: HeightAbove
    ) -> NDArray[np.float64]:
        """Height of the ground above ellipsoid or geoid; NaN where the model is blank.

        Raises
        ------
        SettingError
            The model counts from the other one and `geoid_height_m` is not given.
        ReadError
            The file is no GeoTIFF with a coordinate system, or lies elsewhere.
        """
        shift = 0.0
        if counted_from != self.elevation.height_above:
            if self.elevation.geoid_height_m is None:
                raise SettingError(
                    f"heights count from the {counted_from}, elevation.file from the "
                    f"{self.elevation.height_above}: set elevation.geoid_height_m to the height of "
                    "the geoid above the ellipsoid here"
                )
            shift = self.elevation.geoid_height_m
            shift = shift if counted_from == "ellipsoid" else -shift
        return self._sample(lon, lat) + shift

    def _sample(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        import rasterio
        from rasterio.errors import RasterioError

        file = self.elevation.file
        try:
            with rasterio.open(self.path) as raster:
                if raster.crs is None:
                    raise ReadError(file, "has no coordinate system; give the GeoTIFF one")
                column, row = _cell_coordinates(raster, lon, lat)
                inside = (
                    (column > -0.5)
                    & (column < raster.width - 0.5)
                    & (row > -0.5)
                    & (row < raster.height - 0.5)
                )
                if not inside.any():
                    raise ReadError(
                        file,
                        f"covers {_extent(raster)}, no position lies in it; do the two files "
                        "disagree in coordinate system?",
                    )
                ground = np.full(lon.shape, np.nan)
                ground[inside] = _bilinear(raster, column[inside], row[inside], file)
                return ground
        except (RasterioError, OSError, ValueError) as error:
            raise ReadError(file, f"is no readable GeoTIFF: {error}") from error


def above_ground(
    height: NDArray[np.float64],
    counted_from: HeightAbove | None,
    ground: Callable[[], NDArray[np.float64]] | None,
    key: str,
) -> NDArray[np.float64]:
    """Heights above ground.

    Parameters
    ----------
    height
        As the file says, m.
    counted_from
        What the map declares.
    ground
        Gives the ground at the same positions, counted from the same; None where unknown.
    key
        Key of the position table, for messages.

    Raises
    ------
    SettingError
        It is not declared what heights count from, or the ground is not known.
    """
    if counted_from is None:
        raise SettingError(
            f"{key}.height_above is missing; choose 'ground' or 'ellipsoid' or 'geoid'"
        )
    if counted_from == "ground":
        return height
    if ground is None:
        raise SettingError(
            f"{key}.height_above = '{counted_from}' needs the ground: add [elevation] with file = "
            f"'dem.tif', or set {key}.ground_m to the height of flat ground over the {counted_from}"
        )
    return height - ground()


def on_or_above(height: NDArray[np.float64], file: str, key: str) -> tuple[str, ...]:
    """Lift samples that lie a little under ground to it, in place, and say so.

    Raises
    ------
    ReadError
        Half of them lie deep under ground.
    """
    under = height < 0.0
    if not under.any():
        return ()
    middle, deepest = float(np.nanmedian(height)), float(np.nanmin(height))
    if middle < -DEEPEST_M:
        raise ReadError(
            file,
            f"half of the positions lie more than {-middle:.0f} m under ground; is "
            f"{key}.height_above right, and the elevation model of this place?",
        )
    height[under] = 0.0
    note = (
        f"{np.count_nonzero(under)} positions up to {-deepest:.1f} m under ground were taken as at "
        "the ground"
    )
    return (note,)


def _cell_coordinates(
    raster: Any, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Column and row counted from the centre of the first cell; any shape."""
    import pyproj

    to_raster = pyproj.Transformer.from_crs(4326, raster.crs.to_wkt(), always_xy=True)
    x, y = to_raster.transform(lon, lat)
    column, row = ~raster.transform @ (np.asarray(x), np.asarray(y))
    return np.asarray(column) - 0.5, np.asarray(row) - 0.5


def _bilinear(
    raster: Any, column: NDArray[np.float64], row: NDArray[np.float64], file: str
) -> NDArray[np.float64]:
    """Mean of the four cells around, weighted by nearness; blank cells carry no weight."""
    from rasterio.windows import Window

    left, top = np.floor([column.min(), row.min()]).astype(int).clip(0)
    right = min(int(np.ceil(column.max())), raster.width - 1)
    bottom = min(int(np.ceil(row.max())), raster.height - 1)
    if (right - left + 1) * (bottom - top + 1) > LARGEST_WINDOW:
        raise ReadError(file, "is too fine for this area; resample it to coarser cells")
    window = Window(left, top, right - left + 1, bottom - top + 1)
    cells = raster.read(1, window=window, masked=True).astype(np.float64).filled(np.nan)
    column, row = column - left, row - top
    first_column = np.clip(np.floor(column).astype(int), 0, max(cells.shape[1] - 2, 0))
    first_row = np.clip(np.floor(row).astype(int), 0, max(cells.shape[0] - 2, 0))
    along = np.clip(column - first_column, 0.0, 1.0)
    down = np.clip(row - first_row, 0.0, 1.0)
    total, weight = np.zeros(column.shape), np.zeros(column.shape)
    for step_row, row_share in ((0, 1.0 - down), (1, down)):
        for step_column, column_share in ((0, 1.0 - along), (1, along)):
            value = cells[
                np.minimum(first_row + step_row, cells.shape[0] - 1),
                np.minimum(first_column + step_column, cells.shape[1] - 1),
            ]
            share = np.where(np.isnan(value), 0.0, row_share * column_share)
            total += np.where(share > 0.0, share * np.nan_to_num(value), 0.0)
            weight += share
    ground = np.full(column.shape, np.nan)
    np.divide(total, weight, out=ground, where=weight > 0.0)
    return ground


def _extent(raster: Any) -> str:
    from rasterio.warp import transform_bounds

    west, south, east, north = transform_bounds(raster.crs, "EPSG:4326", *raster.bounds)
    return f"lon {west:.4f} to {east:.4f}, lat {south:.4f} to {north:.4f}"
