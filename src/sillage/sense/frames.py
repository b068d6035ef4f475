"""Where on the earth are these coordinates, and can they be meant so?"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sillage.errors import ReadError, SettingError
from sillage.records.place import LocalFrame
from sillage.records.readings import Readings
from sillage.records.track import Track

FARTHEST_M = 100_000.0
"""A plume survey does not reach farther than this from its origin, or from its own middle."""
STRAY_FRACTION = 0.01
"""Fewer stray positions than this are glitches of a receiver, more are a wrong frame."""

Degrees = tuple[NDArray[np.float64], NDArray[np.float64]]
ToLonLat = Callable[[NDArray[np.float64], NDArray[np.float64]], Degrees]


def to_lonlat(frame: str | None, origin: LocalFrame | None, key: str) -> ToLonLat:
    """How coordinates of a frame become longitude and latitude in degrees.

    Parameters
    ----------
    frame
        `lonlat`, `local` or `EPSG:nnnn`.
    origin
        Where x = y = 0 is in the local frame.
    key
        Key of the position table, for messages.

    Raises
    ------
    SettingError
        The frame is not declared or not known, or local metres have no origin.
    """
    if frame == "lonlat":
        return lambda x, y: (x, y)
    if frame == "local":
        if origin is None:
            raise SettingError(
                f"{key}.frame = 'local' needs survey.origin = {{ lon = ..., lat = ... }}: "
                "where x = y = 0"
            )
        return origin.to_lonlat
    found = re.fullmatch(r"(?i)epsg:(\d{4,6})", frame or "")
    if not found:
        given = f" = '{frame}'" if frame else " is missing"
        raise SettingError(f"{key}.frame{given}; choose 'lonlat', 'local' or 'EPSG:nnnn'")
    return _projected(int(found[1]), key)


def _projected(code: int, key: str) -> ToLonLat:
    import pyproj

    try:
        transformer = pyproj.Transformer.from_crs(code, 4326, always_xy=True)
    except pyproj.exceptions.CRSError:
        raise SettingError(f"{key}.frame: there is no coordinate system EPSG:{code}") from None

    def lonlat(x: NDArray[np.float64], y: NDArray[np.float64]) -> Degrees:
        lon, lat = transformer.transform(x, y)
        lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        outside = ~np.isfinite(lon) & np.isfinite(x)
        lon[outside], lat[outside] = np.inf, np.inf
        return lon, lat

    return lonlat


def check_range(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    rows: NDArray[np.int64],
    file: str,
    key: str,
) -> None:
    """See that longitudes and latitudes are such; NaN passes.

    Raises
    ------
    ReadError
        One is out of range; names the row, and whether the two look swapped.
    """
    wrong = np.flatnonzero((np.abs(lat) > 90.0) | (np.abs(lon) > 180.0))
    if not len(wrong):
        return
    first = int(wrong[0])
    x, y = float(lon[first]), float(lat[first])
    if abs(y) <= 180.0 and np.nanmax(np.abs(lon)) <= 90.0:
        problem = (
            f"latitude {y} is out of range: x and y look swapped; exchange {key}.x and {key}.y"
        )
    elif np.isinf(x):
        problem = f"the position lies outside the area of {key}.frame; is the EPSG code right?"
    else:
        problem = (
            f"({x}, {y}) is no longitude and latitude in degrees; if the columns are metres, set "
            f"{key}.frame to 'EPSG:nnnn' or 'local'"
        )
    raise ReadError(file, problem, row=int(rows[first]))


def strays(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    origin: LocalFrame | None,
    file: str,
    key: str,
) -> NDArray[np.bool_]:
    """Which positions are glitches, more than 100 km away from where the survey is.

    Raises
    ------
    ReadError
        So many are that the frame must be wrong, or x and y are swapped; names both extents.
    """
    middle = LocalFrame(lon=float(np.nanmedian(lon)), lat=float(np.nanmedian(lat)))
    here = origin or middle
    far = _distance_m(here, lon, lat) > FARTHEST_M
    if np.count_nonzero(far) <= STRAY_FRACTION * len(far):
        return far
    if origin and np.nanmax(np.abs(lon)) <= 90.0:
        swapped = _distance_m(here, lat, lon) > FARTHEST_M
        if np.count_nonzero(swapped) <= STRAY_FRACTION * len(far):
            raise ReadError(
                file,
                f"positions lie near survey.origin only when x and y are swapped; exchange {key}.x "
                f"and {key}.y",
            )
    if origin:
        against = f"survey.origin is lon {origin.lon:.4f}, lat {origin.lat:.4f}"
    else:
        against = f"the middle is lon {middle.lon:.4f}, lat {middle.lat:.4f}"
    raise ReadError(
        file,
        f"positions span {_span(lon, lat)} but {against}, more than {FARTHEST_M / 1000:.0f} km "
        f"away; do the two disagree in coordinate system? Check {key}.frame",
    )


def check_same_place(batches: Sequence[Readings | Track]) -> None:
    """See that several files speak of one place.

    Raises
    ------
    ReadError
        Two of them lie more than 100 km apart; names both with their extents.
    """
    for one, other in pairwise(batches):
        ends = [(batch.samples["lon_deg"], batch.samples["lat_deg"]) for batch in (one, other)]
        if not all(np.isfinite(lon).any() for lon, _ in ends):
            continue
        here = LocalFrame(lon=float(np.nanmedian(ends[0][0])), lat=float(np.nanmedian(ends[0][1])))
        if float(np.median(_distance_m(here, *ends[1]))) > FARTHEST_M:
            raise ReadError(
                other.source.name,
                f"positions span {_span(*ends[1])}, those of {one.source.name} "
                f"{_span(*ends[0])}; do the two files disagree in coordinate system?",
            )


def _distance_m(
    here: LocalFrame, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Rough distance on the ground, good to a percent: enough to tell 100 km; NaN is 0."""
    north = np.radians(lat - here.lat)
    east = np.radians((lon - here.lon + 180.0) % 360.0 - 180.0) * np.cos(np.radians(here.lat))
    distance_m: NDArray[np.float64] = np.nan_to_num(6_371_000.0 * np.hypot(east, north))
    return distance_m


def _span(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> str:
    return (
        f"lon {np.nanmin(lon):.4f} to {np.nanmax(lon):.4f}, "
        f"lat {np.nanmin(lat):.4f} to {np.nanmax(lat):.4f}"
    )
