"""Metres and degrees agree with geodesy, and areas are areas."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sillage.errors import RecordError
from sillage.records.place import Area, LocalFrame, Place

ORIGINS = st.builds(LocalFrame, lon=st.floats(-180, 180), lat=st.floats(-85, 85))
METRES = st.floats(-14_142, 14_142)  # within 20 km of the origin
WGS84 = pyproj.Geod(ellps="WGS84")
SNAPS_DEG = 1e-8  # 1e-10 rad, 0.6 mm: what lies as near to an axis or the origin PROJ takes for it


def off_the_axes(frame: LocalFrame) -> bool:
    """Whether an origin is on the equator or Greenwich, or farther off than PROJ can tell."""
    return all(at == 0.0 or abs(at) > SNAPS_DEG for at in (frame.lon, frame.lat))


@given(frame=ORIGINS, east_m=METRES, north_m=METRES)
def test_there_and_back_within_a_micrometre(
    frame: LocalFrame, east_m: float, north_m: float
) -> None:
    """PROJ takes what lies within 1e-10 rad of the origin for the origin."""
    assume(off_the_axes(frame))
    east, north = frame.to_local(*frame.to_lonlat(east_m, north_m))
    assert np.hypot(east - east_m, north - north_m) < (
        1e-6 if np.hypot(east_m, north_m) > 1e-3 else 1e-3
    )


@given(frame=ORIGINS, east_m=METRES, north_m=METRES)
def test_distance_and_bearing_from_the_origin_are_geodesic(
    frame: LocalFrame, east_m: float, north_m: float
) -> None:
    assume(off_the_axes(frame))
    lon, lat = frame.to_lonlat(east_m, north_m)
    bearing_deg, _, distance_m = WGS84.inv(frame.lon, frame.lat, float(lon), float(lat))
    toward = distance_m * np.exp(1j * np.radians(90 - bearing_deg))
    # PROJ takes what lies within 1e-10 rad of the origin for the origin
    near = np.hypot(east_m, north_m) < 1e-3
    assert abs(toward - (east_m + 1j * north_m)) < (1e-3 if near else 1e-5)


@given(frame=ORIGINS, here=st.tuples(METRES, METRES), there=st.tuples(METRES, METRES))
def test_distance_between_any_two_points_errs_by_less_than_stated(
    frame: LocalFrame, here: tuple[float, float], there: tuple[float, float]
) -> None:
    east_m, north_m = np.array([here, there]).T
    lon, lat = frame.to_lonlat(east_m, north_m)
    _, _, distance_m = WGS84.inv(lon[0], lat[0], lon[1], lat[1])
    near = min(np.hypot(*here), np.hypot(*there)) < 1e-3  # of the origin, as above
    assert np.hypot(*(np.subtract(there, here))) == pytest.approx(
        distance_m, rel=2e-6, abs=1e-3 if near else 1e-5
    )


def test_shapes_are_kept() -> None:
    east, north = LocalFrame(lon=7, lat=51).to_local(np.full((2, 3), 7.0), np.full((2, 3), 51.0))
    assert east.shape == north.shape == (2, 3)


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (-180.1, 0), (0, -90.1)])
def test_a_place_lies_on_the_earth(lon: float, lat: float) -> None:
    with pytest.raises(RecordError, match=r"Place\.(lon|lat): .* is (above|below)"):
        Place(lon=lon, lat=lat)


def test_an_area_has_at_least_three_corners() -> None:
    with pytest.raises(RecordError, match="2 given, at least 3 needed"):
        Area(ring=((0, 0), (1, 1)))
    assert Area(ring=np.eye(3)[:, :2]).ring == ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0))  # type: ignore[arg-type]  # arrays are taken as well
