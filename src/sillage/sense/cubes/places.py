"""Where does each pixel of a cube lie: from a map's corner and step, or from arrays of places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.records.cube import Geolocation
from sillage.sense.cubes.hints import Store

NAMES = tuple(name for name in Geolocation._fields if name != "time_ns")
"""What may be known of each pixel."""


@dataclass(frozen=True)
class MapPlaces:
    """Pixels of a map: an affine step in a projection."""

    samples: int
    affine: tuple[float, float, float, float, float, float]
    """x = a + b * sample + c * line and y = d + e * sample + f * line, of pixel corners (GDAL)."""
    crs: str
    """What pyproj reads: WKT or EPSG."""
    sun_zenith_deg: float | None = None
    """One for the whole picture, where it is told."""

    def lines(self, start: int, stop: int) -> Geolocation:
        """Pixel centres of some lines."""
        a, b, c, d, e, f = self.affine
        row, column = np.mgrid[start:stop, 0 : self.samples] + 0.5  # line sample
        lon, lat = to_lonlat(a + b * column + c * row, d + e * column + f * row, self.crs)
        if self.sun_zenith_deg is None:
            return Geolocation(lon, lat)
        sun = np.full(lon.shape, self.sun_zenith_deg, dtype=np.float32)
        return Geolocation(lon, lat, sun_zenith_deg=sun)


@dataclass(frozen=True)
class ArrayPlaces:
    """Pixels whose places and angles stand in arrays of the cube's own lines and samples."""

    stores: Mapping[str, tuple[Store, int]]
    """Name of a field of `Geolocation` to a store and the band that holds it."""
    crs: str | None = None
    """Projection of lon and lat, where they are metres."""
    ignore: float = -9999.0
    """Number that stands for no value."""

    def lines(self, start: int, stop: int) -> Geolocation:
        """Places and angles of some lines."""
        found: dict[str, Any] = {}
        for name, (store, band) in self.stores.items():
            piece = store.piece(start, stop, np.array([band]))[..., 0]  # line sample
            values = piece.astype(np.float64)
            values[~np.isfinite(values) | (values == self.ignore)] = np.nan
            found[name] = values if name in {"lon_deg", "lat_deg"} else values.astype(np.float32)
        if self.crs is not None:
            found["lon_deg"], found["lat_deg"] = to_lonlat(
                found["lon_deg"], found["lat_deg"], self.crs
            )
        off = ~((abs(found["lon_deg"]) <= 360.0) & (abs(found["lat_deg"]) <= 90.0))
        found["lon_deg"][off] = found["lat_deg"][off] = np.nan
        found["lon_deg"] = (found["lon_deg"] + 180.0) % 360.0 - 180.0
        return Geolocation(**found)


def to_lonlat(
    x: NDArray[np.float64], y: NDArray[np.float64], crs: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Degrees of points in a projection; NaN where it does not reach."""
    import pyproj

    transformer = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lon, lat = transformer.transform(x, y)
    return (
        np.where(np.isfinite(lon), lon, np.nan).astype(np.float64),
        np.where(np.isfinite(lat), lat, np.nan).astype(np.float64),
    )


def is_crs(text: str) -> bool:
    """Whether it names a projection that is known here."""
    import pyproj

    try:
        pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        return False
    return True
