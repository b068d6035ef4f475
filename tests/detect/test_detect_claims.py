"""Laws of claims and detections, from a scene to a record."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from benchmark_files import load
from detect_grounds import ABOUT, PIXEL_M, blob, ground_cube, places, seen_in

from sillage.detect.claims import Taken, claims_of, detections_of, missing
from sillage.detect.mass import Breeze
from sillage.detect.outlines import clear_km2, footprint_of, rings_px
from sillage.detect.plumes import Plume
from sillage.records.detection import NOT_IN_LIBRARY
from sillage.records.place import LocalFrame
from sillage.simulate.scenes import implant
from sillage.spectra.swir import kg_per_ppm_m3

SIZE = (90, 110)
EASTWARD = Breeze(5.0, 1.0, 90.0, 12.0)
TAKEN = Taken(ABOUT.platform, ABOUT.instrument, ABOUT.observed_at, {"false_plumes": 1.0})


@pytest.mark.parametrize("seed", range(4))
def test_a_strong_plume_is_found_where_it_is_and_weighed_within_its_error(seed: int) -> None:
    gas = blob(SIZE, (40.0, 60.0), 4000.0, (4.0, 7.0))
    seen = seen_in(implant(ground_cube(seed), "methane", gas).cube)
    claims = claims_of(seen, 1.0)
    first = claims.claims[0]
    assert first.footprint is not None
    assert first.mass_kg is not None
    assert first.rate_kg_h is None
    line, sample = first.plume.line[0], first.plume.sample[0]
    assert abs(line - 40) <= 3
    assert abs(sample - 60) <= 4
    assert first.vetted.probability > 0.9
    true = gas.sum() * PIXEL_M**2 * kg_per_ppm_m3("methane")
    assert abs(first.mass_kg.value - true) < 2.0 * first.mass_kg.std
    assert 0.6 < first.mass_kg.value / true < 1.4


def test_with_a_wind_there_is_a_rate_and_without_one_none() -> None:
    gas = blob(SIZE, (40.0, 60.0), 4000.0, (4.0, 7.0))
    seen = seen_in(implant(ground_cube(0), "methane", gas).cube)
    still, windy = claims_of(seen, 1.0), claims_of(seen, 1.0, wind=EASTWARD)
    assert all(one.rate_kg_h is None for one in still.claims)
    first = windy.claims[0]
    assert first.rate_kg_h is not None
    assert first.mass_kg is not None
    assert first.length_m is not None
    wanted = 3600.0 * 5.0 * first.mass_kg.value / first.length_m.value
    assert first.rate_kg_h.value == pytest.approx(wanted)
    assert [one.test for one in first.vetted.evidence] == [
        *("height", "spectrum", "residual", "shape", "wind")
    ]


def test_a_claim_becomes_a_detection_with_all_it_knows() -> None:
    gas = blob(SIZE, (40.0, 60.0), 4000.0, 5.0)
    seen = seen_in(implant(ground_cube(1), "methane", gas).cube)
    claims = claims_of(seen, 2.0, wind=EASTWARD)
    records = detections_of(claims, TAKEN)
    assert missing(claims, TAKEN) == ()
    assert len(records) == len(claims.claims)
    record, claim = records[0], claims.claims[0]
    assert record is not None
    assert record.strength == claim.plume.sigmas
    assert record.candidates[0].substances == ("methane",)
    assert record.candidates[1].substances == (NOT_IN_LIBRARY,)
    assert record.mass is not None
    assert record.rate is not None
    assert (record.mass.unit, record.rate.unit) == ("kg", "kg/h")
    assert record.mass.high - record.mass.low == pytest.approx(
        2.0 * 1.645 * record.mass.std, rel=1e-3
    )
    # the source lies about as far from the strongest pixel as neighbours were averaged
    assert record.position_std_m == pytest.approx(2.0**0.5 * 2.0 * PIXEL_M, rel=0.05)
    assert record.place == claim.footprint.place  # type: ignore[union-attr]
    assert detections_of(claims, TAKEN)[0].id == record.id  # type: ignore[union-attr]


def test_what_a_scene_lacks_is_said_and_its_plumes_come_in_pixels() -> None:
    gas = blob(SIZE, (40.0, 60.0), 4000.0, 5.0)
    bare = implant(ground_cube(2, placed=False), "methane", gas).cube
    claims = claims_of(seen_in(bare), 1.0, wind=EASTWARD)
    first = claims.claims[0]
    assert (first.footprint, first.mass_kg, first.rate_kg_h) == (None, None, None)
    assert missing(claims, TAKEN) == ("places of its pixels",)
    assert set(detections_of(claims, TAKEN)) == {None}
    nameless = Taken(None, None, None, {})
    assert missing(claims, nameless)[:3] == ("a time", "a platform", "an instrument")
    sized = claims_of(seen_in(bare)._replace(pixel_m=PIXEL_M), 1.0, wind=EASTWARD).claims[0]
    placed = claims_of(
        seen_in(implant(ground_cube(2), "methane", gas).cube), 1.0, wind=EASTWARD
    ).claims[0]
    assert sized.mass_kg is not None
    assert placed.mass_kg is not None
    assert sized.mass_kg.value == pytest.approx(placed.mass_kg.value, rel=1e-3)


def test_an_outline_encloses_as_much_ground_as_its_pixels() -> None:
    line, sample = (np.array(one) for one in zip(*[(4, 5), (4, 6), (5, 6), (6, 7)], strict=True))
    plume = Plume(line, sample, 5.0, 0.1)
    place = places((20, 30))
    ground = footprint_of(plume, place.lon_deg, place.lat_deg)
    assert ground is not None
    assert len(ground.outline) == 2  # the last pixel touches at a corner only
    frame = LocalFrame(lon=ground.place.lon, lat=ground.place.lat)
    area = 0.0
    for one in ground.outline:
        x, y = frame.to_local(*np.array(one.ring).T)
        area += 0.5 * abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1)))
    assert area == pytest.approx(4.0 * PIXEL_M**2, rel=1e-3)
    assert ground.pixel_m == pytest.approx(PIXEL_M, rel=1e-3)
    assert (ground.east_m[0], ground.north_m[0]) == pytest.approx((0.0, 0.0), abs=1e-6)
    assert (ground.east_m[3], ground.north_m[3]) == pytest.approx((40.0, -40.0), rel=1e-2)
    assert sum(len(ring) - 1 for ring in rings_px(plume)) == 8 + 4 - 2
    whole = clear_km2(place.lon_deg, place.lat_deg, np.ones((20, 30), dtype=bool))
    assert whole == pytest.approx(600 * PIXEL_M**2 * 1e-6, rel=1e-2)


def test_a_plume_at_the_edge_and_over_the_date_line_has_an_outline() -> None:
    place = places((20, 30))
    lon = (place.lon_deg - 7.0 + 179.999 + 180.0) % 360.0 - 180.0
    plume = Plume(np.array([0, 0, 1]), np.array([5, 6, 5]), 5.0, 0.1)
    ground = footprint_of(plume, lon, place.lat_deg)
    assert ground is not None
    assert all(abs(corner[0]) <= 180.0 for one in ground.outline for corner in one.ring)
    assert ground.pixel_m == pytest.approx(PIXEL_M, rel=1e-3)


def test_a_plume_whose_highest_pixel_lies_nowhere_has_no_outline() -> None:
    place = places((20, 30))
    lon = place.lon_deg.copy()
    lon[4, 5] = math.nan
    plume = Plume(np.array([4, 4]), np.array([5, 6]), 5.0, 0.1)
    assert footprint_of(plume, lon, place.lat_deg) is None
    lost = np.full_like(lon, math.nan)
    lost[4, 5:7] = place.lon_deg[4, 5:7]
    assert footprint_of(plume, lost, place.lat_deg) is None


def test_places_beside_a_plume_that_are_not_known_follow_from_the_others() -> None:
    place = places((20, 30))
    plume = Plume(np.array([4, 4]), np.array([5, 6]), 5.0, 0.1)
    whole = footprint_of(plume, place.lon_deg, place.lat_deg)
    lon = place.lon_deg.copy()
    lon[:4] = lon[:, 7:] = math.nan
    rest = footprint_of(plume, lon, place.lat_deg)
    assert whole is not None
    assert rest is not None
    assert rest.pixel_m == pytest.approx(whole.pixel_m, rel=1e-6)
    assert np.array(rest.outline[0].ring) == pytest.approx(np.array(whole.outline[0].ring))


@pytest.mark.data
def test_a_plume_over_a_real_scene_is_told_from_its_clutter(sillage_data: Path) -> None:
    """AVIRIS (NASA/JPL), an airport, with 12,000 ppm m of methane put over it."""
    cube = load("_grounds").aviris(sillage_data, "abu-airport-1")
    gas = blob((cube.lines, cube.samples), (50.0, 45.0), 12_000.0, (4.0, 8.0))
    seen = seen_in(implant(cube, "methane", gas).cube)._replace(pixel_m=7.0)
    claims = claims_of(seen, 5.0)
    assert 1 <= len(claims.claims) <= 12
    first, *others = claims.claims
    assert first.plume.of(gas).max() > 0.8 * gas.max()
    assert first.vetted.probability > 0.8
    assert all(one.vetted.probability < first.vetted.probability for one in others)
    assert first.mass_kg is not None
    true = gas.sum() * 49.0 * kg_per_ppm_m3("methane")
    assert abs(first.mass_kg.value - true) < 2.0 * first.mass_kg.std
