"""Laws of masses and rates."""

from __future__ import annotations

import numpy as np
import pytest
from detect_grounds import blob, noise_map

from sillage.detect import mass
from sillage.detect.mass import Amount, Breeze, covariance_of, length_of, mass_of
from sillage.detect.plumes import ColumnMap, Plume, plumes_of, with_rims
from sillage.errors import RecordError
from sillage.spectra.swir import kg_per_ppm_m3


def plume_at(line: range, sample: range) -> Plume:
    lines, samples = (one.ravel() for one in np.meshgrid(line, sample, indexing="ij"))
    return Plume(lines, samples, 5.0, 0.1)


def test_a_ppm_m_of_methane_over_a_square_metre_weighs_0_66_mg() -> None:
    """41.17 mol of air in a cubic metre at 296 K and 1013.25 hPa, 16.04 g of methane to a mole."""
    assert kg_per_ppm_m3("methane") == pytest.approx(
        101325 / (8.314463 * 296) * 16.043e-9, rel=1e-3
    )


def test_masses_add_over_plumes_that_share_no_pixel() -> None:
    seen = noise_map(0)
    covariance = covariance_of(seen, ())
    first, second = plume_at(range(10, 20), range(30, 40)), plume_at(range(20, 28), range(30, 40))
    both = plume_at(range(10, 28), range(30, 40))
    parts, whole = (
        [mass_of(seen, one, "methane", area_m2=9.0, covariance=covariance) for one in some]
        for some in ((first, second), (both,))
    )
    assert sum(part.value for part in parts) == pytest.approx(whole[0].value)
    assert whole[0].std < sum(part.std for part in parts)


def test_twice_the_area_or_the_column_is_twice_the_mass_and_its_error() -> None:
    seen = noise_map(1)
    plume, covariance = plume_at(range(5, 15), range(5, 30)), covariance_of(seen, ())
    one = mass_of(seen, plume, "methane", area_m2=4.0, covariance=covariance)
    wide = mass_of(seen, plume, "methane", area_m2=8.0, covariance=covariance)
    assert np.array(wide) == pytest.approx(2.0 * np.array(one))
    deep = ColumnMap(2.0 * seen.column_ppm_m, 2.0 * seen.std_ppm_m, seen.scale_px)
    twice = mass_of(deep, plume, "methane", area_m2=4.0, covariance=covariance_of(deep, ()))
    assert np.array(twice) == pytest.approx(2.0 * np.array(one))


@pytest.mark.parametrize("size", [(4, 4), (6, 25), (20, 20)])
def test_the_error_is_the_spread_of_sums_over_noise_that_errs_together(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mass, "RETRIEVED_STD", 0.0)
    plume = plume_at(range(30, 30 + size[0]), range(40, 40 + size[1]))
    sums, told = [], []
    for seed in range(150):
        seen = noise_map(seed)
        amount = mass_of(seen, plume, "methane", area_m2=1.0, covariance=covariance_of(seen, ()))
        sums.append(amount.value)
        told.append(amount.std)
    assert np.median(told) == pytest.approx(np.std(sums), rel=0.2)
    alone = 100.0 * kg_per_ppm_m3("methane") * plume.line.size**0.5
    assert np.median(told) > 2.0 * alone  # neighbours err together


def test_plumes_are_no_part_of_the_error() -> None:
    seen = noise_map(2)
    gas = blob(seen.sigmas.shape, (50.0, 50.0), 5000.0, 4.0)
    full = seen._replace(column_ppm_m=seen.column_ppm_m + gas)
    plumes = plumes_of(full, 1.0).plumes
    middle = covariance_of(seen, ()).shape[0] // 2
    bare, held, spoilt = (
        covariance_of(*asked)[middle, middle] for asked in ((seen, ()), (full, plumes), (full, ()))
    )
    assert held == pytest.approx(bare, rel=0.15)
    assert spoilt > 2.0 * bare


def test_a_map_smaller_than_the_reach_has_an_error_too() -> None:
    seen = noise_map(3, (18, 25))
    plume = plume_at(range(3, 9), range(2, 20))
    amount = mass_of(seen, plume, "methane", area_m2=1.0, covariance=covariance_of(seen, ()))
    assert amount.std > 0.0


def test_a_length_is_the_longest_way_through_a_plume_and_a_pixel_more() -> None:
    row, square = plume_at(range(5, 6), range(10, 30)), plume_at(range(4), range(4))
    assert length_of(row, pixel_m=3.0, scale_px=2.5).value == pytest.approx(60.0)
    assert length_of(square, pixel_m=1.0, scale_px=2.5).value == pytest.approx(1.0 + 18.0**0.5)
    one = plume_at(range(1), range(1))
    assert length_of(one, pixel_m=7.0, scale_px=2.5).value == pytest.approx(7.0)


def test_a_steady_plume_tells_the_rate_it_was_made_with() -> None:
    """A column of Q / (U w) over a width w: mass over length is Q / U wherever it is cut."""
    seen = noise_map(4)
    rate_kg_s, wind, pixel = 0.5, 5.0, 10.0
    line, sample = np.mgrid[:100, :100]
    across = np.exp(-0.5 * ((line - 50.0) / 4.0) ** 2) / (4.0 * (2.0 * np.pi) ** 0.5)
    inside = (sample >= 20) & (sample < 80)
    kg_m = rate_kg_s / wind * across * inside / pixel  # kg to a square metre, times metres across
    column = kg_m / kg_per_ppm_m3("methane")
    full = seen._replace(column_ppm_m=seen.column_ppm_m + column)
    plume = plumes_of(full, 1.0).plumes[0]
    (rimmed,) = with_rims(full, (plume,))
    weight = mass_of(full, rimmed, "methane", area_m2=pixel**2, covariance=covariance_of(seen, ()))
    length = length_of(plume, pixel_m=pixel, scale_px=2.5)
    told = mass.rate_of(weight, length, Breeze(wind, 0.5, 90.0, 10.0))
    assert told.value == pytest.approx(3600.0 * rate_kg_s, rel=0.15)
    assert abs(told.value - 3600.0 * rate_kg_s) < 2.0 * told.std


def test_a_rate_grows_with_the_wind_and_carries_the_error_of_each_part() -> None:
    kg, metres = Amount(10.0, 1.0), Amount(200.0, 20.0)
    one = mass.rate_of(kg, metres, Breeze(4.0, 0.4, 0.0, 10.0))
    assert one.value == pytest.approx(3600.0 * 4.0 * 10.0 / 200.0)
    assert one.std / one.value == pytest.approx(0.03**0.5)
    assert mass.rate_of(kg, metres, Breeze(8.0, 0.8, 0.0, 10.0)).value == 2.0 * one.value
    with pytest.raises(RecordError, match="above 0 m/s"):
        mass.rate_of(kg, metres, Breeze(0.0, 0.4, 0.0, 10.0))
