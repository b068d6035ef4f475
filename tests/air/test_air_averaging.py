"""Averages are linear, know no order and no compass, and show what they left out."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sillage.air.averaging import block_average
from sillage.air.wind import average, integral_time_s, rows_at, surface_stress
from sillage.errors import NotEnoughInformation, SettingError
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.provenance import SourceFile
from sillage.records.readings import Readings
from sillage.records.wind import Wind

START_NS = 1_494_329_160 * 10**9
HOUR = Interval(
    start=datetime(2017, 5, 9, 11, 26, tzinfo=UTC), end=datetime(2017, 5, 9, 12, 26, tzinfo=UTC)
)
FILE = SourceFile(name="log.csv", sha256="0" * 64, size_bytes=1)
seeds = st.integers(0, 2**32 - 1)

Column = NDArray[np.float64]


def seconds(values: Column) -> NDArray[np.int64]:
    return START_NS + np.round(values * 1e9).astype(np.int64)


def readings(
    time_s: Column, sensor: NDArray[np.int32], value: Column, std: Column, lon: Column | None = None
) -> Readings:
    place = np.full(value.size, -1.4) if lon is None else lon
    return Readings(
        observed_at=HOUR,
        kind="point",
        gas="methane",
        unit="ppm",
        samples=Arrays(
            {
                "time_ns": seconds(time_s),
                "sensor": sensor,
                "lon_deg": place,
                "lat_deg": np.full(value.size, 51.1),
                "height_m": np.full(value.size, 2.0),
                "value": value,
                "std": std,
            },
            dims="sample",
            units={
                "time_ns": "ns",
                "sensor": "1",
                "lon_deg": "deg",
                "lat_deg": "deg",
                "height_m": "m",
                "value": "ppm",
                "std": "ppm",
            },
        ),
        sensors=("a", "b"),
        integration_s=1.0,
        platform="moving",
        height_above="ground",
        temperature_K=288.0,
        pressure_Pa=101325.0,
        source=FILE,
    )


def wind(time_s: Column, east: Column, north: Column, up: Column) -> Wind:
    return Wind(
        observed_at=HOUR,
        samples=Arrays(
            {"time_ns": seconds(time_s), "east_m_s": east, "north_m_s": north, "up_m_s": up},
            dims="sample",
            units={"time_ns": "ns", "east_m_s": "m/s", "north_m_s": "m/s", "up_m_s": "m/s"},
        ),
        interval_s=0.0,
        height_m=3.0,
        height_above="ground",
        source=FILE,
    )


def some_readings(seed: int, size: int = 400) -> Readings:
    rng = np.random.default_rng(seed)
    return readings(
        np.sort(rng.uniform(0.0, 1800.0, size)),
        rng.integers(0, 2, size).astype(np.int32),
        np.where(rng.random(size) < 0.1, np.nan, rng.normal(2.0, 0.3, size)),
        np.full(size, 0.05),
    )


def some_wind(seed: int, size: int = 600) -> Wind:
    rng = np.random.default_rng(seed)
    return wind(
        np.arange(float(size)) * 3.0,
        rng.normal(2.0, 0.7, size),
        rng.normal(-1.0, 0.5, size),
        rng.normal(0.0, 0.2, size),
    )


def with_rows(record: Readings, rows: NDArray[np.int64], gain: float = 1.0) -> Readings:
    s = record.samples
    return readings(
        (s["time_ns"][rows] - START_NS) * 1e-9,
        s["sensor"][rows],
        gain * s["value"][rows],
        s["std"][rows],
    )


@given(seeds)
def test_the_order_of_samples_does_not_matter(seed: int) -> None:
    record = some_readings(seed)
    shuffled = with_rows(record, np.random.default_rng(seed).permutation(400))
    one, other = block_average(record, 60.0).samples, block_average(shuffled, 60.0).samples
    for name in one.names:
        assert other[name] == pytest.approx(one[name], rel=1e-9, nan_ok=True)


@given(seeds, st.floats(0.1, 10.0))
def test_the_mean_is_linear(seed: int, gain: float) -> None:
    record = some_readings(seed)
    plain = block_average(record, 60.0).samples
    scaled = block_average(with_rows(record, np.arange(400), gain), 60.0).samples
    assert scaled["value"] == pytest.approx(gain * plain["value"])


def test_each_block_is_the_mean_of_its_valid_samples() -> None:
    record = some_readings(3)
    out = block_average(record, 60.0)
    s, valid = record.samples, np.isfinite(record.samples["value"])
    for row in range(out.samples.sizes["sample"]):
        begin = out.samples["time_ns"][row]
        assert begin % (60 * 10**9) == 0
        inside = (s["time_ns"] >= begin) & (s["time_ns"] < begin + 60 * 10**9)
        inside &= valid & (s["sensor"] == out.samples["sensor"][row])
        assert out.samples["value"][row] == pytest.approx(s["value"][inside].mean())
    assert out.parents == (record.id,)
    assert out.integration_s == 60.0


def test_blocks_left_out_are_counted() -> None:
    time, nothing = np.array([1.0, 2.0, 70.0, 71.0]), np.array([np.nan] * 2)
    value = np.concatenate([[2.0, 2.1], nothing])
    out = block_average(readings(time, np.zeros(4, np.int32), value, np.full(4, 0.1)), 60.0)
    assert out.samples["value"].tolist() == pytest.approx([2.05])
    assert [(m.count, m.total) for m in out.masked] == [(1, 2)]
    assert out.samples["std"][0] == pytest.approx(0.1 / np.sqrt(2.0))


def limited(value: Column, limit: float | None) -> Readings:
    """Half a minute each of two blocks of one sensor, with a limit of detection."""
    size = value.size // 2
    time = np.concatenate([np.arange(size) * 1.0, 60.0 + np.arange(size)])
    batch = readings(time, np.zeros(value.size, np.int32), value, np.full(value.size, 0.1))
    return block_average(msgspec.structs.replace(batch, id="", limit_of_detection=limit), 60.0)


def test_a_block_below_the_limit_stays_below_it_and_one_above_is_as_ever() -> None:
    value = np.concatenate([np.linspace(0.0, 0.9, 20), np.linspace(1.0, 3.0, 20)])
    out, plain = limited(value, 1.0), limited(value, None)
    for name in ("value", "std"):
        assert np.array_equal(out.samples[name], plain.samples[name])
    assert (out.samples["value"] < 1.0).tolist() == [True, False]
    assert out.limit_of_detection == 1.0
    assert out.assumptions == plain.assumptions


@given(st.integers(1, 19), st.floats(1.0, 50.0), st.floats(0.0, 0.99))
def test_the_mean_of_a_block_partly_below_the_limit_holds_all_that_it_may_be(
    above: int, high: float, written: float
) -> None:
    value = np.where(np.arange(40) % 20 < above, high, written)
    out = limited(value, 1.0)
    lowest, highest = above * high / 20.0, (above * high + (20 - above) * 1.0) / 20.0
    mean, std = out.samples["value"], out.samples["std"]
    assert mean == pytest.approx(np.full(2, 0.5 * (lowest + highest)))
    assert (std >= (highest - lowest) / np.sqrt(12.0) - 1e-12).all()
    assert "2 blocks of 60 s hold samples below the limit" in out.assumptions[-1]


def test_a_platform_that_crosses_180_degrees_stays_there() -> None:
    lon = np.array([179.999, -179.999, -179.997])
    out = block_average(
        readings(np.arange(3.0), np.zeros(3, np.int32), np.ones(3), np.ones(3), lon), 60.0
    )
    assert abs(out.samples["lon_deg"][0]) == pytest.approx(179.999, abs=1e-9)


def test_the_error_of_a_mean_knows_about_correlation() -> None:
    rng = np.random.default_rng(0)
    noise, series = rng.normal(size=60_000), np.empty(60_000)
    series[0] = noise[0]
    for i in range(1, noise.size):
        series[i] = 0.8 * series[i - 1] + 0.6 * noise[i]
    out = block_average(
        readings(np.arange(60_000.0) * 0.5, np.zeros(60_000, np.int32), series, noise * np.nan),
        60.0,
    ).samples
    true_std = float(np.std(out["value"]))
    assert float(np.median(out["std"])) == pytest.approx(true_std, rel=0.15)
    assert true_std > 2.5 / np.sqrt(120.0)


@given(seeds, st.floats(0.0, 6.28))
def test_turning_the_compass_turns_the_mean_wind_and_nothing_else(seed: int, angle: float) -> None:
    record = some_wind(seed)
    s, c, d = record.samples, np.cos(angle), np.sin(angle)
    east, north = s["east_m_s"], s["north_m_s"]
    time_s = (s["time_ns"] - START_NS) * 1e-9
    turned = average(wind(time_s, c * east - d * north, d * east + c * north, s["up_m_s"]), 60.0)
    plain = average(record, 60.0).samples
    assert turned.samples["east_m_s"] == pytest.approx(
        c * plain["east_m_s"] - d * plain["north_m_s"]
    )
    for name in ("sigma_v_m_s", "sigma_w_m_s", "speed_std_m_s", "direction_std_deg"):
        assert turned.samples[name] == pytest.approx(plain[name])


def test_turbulence_is_what_was_put_in() -> None:
    rng = np.random.default_rng(5)
    size = 72_000
    record = wind(
        np.arange(float(size)) * 0.1,
        rng.normal(3.0, 0.9, size),
        rng.normal(0.0, 0.5, size),
        rng.normal(0.0, 0.2, size),
    )
    out = average(record, 600.0).samples
    assert out["sigma_v_m_s"] == pytest.approx(0.5, rel=0.05)
    assert out["sigma_w_m_s"] == pytest.approx(0.2, rel=0.05)
    assert out["speed_std_m_s"][1:-1] == pytest.approx(0.9 / np.sqrt(6000.0), rel=0.1)
    assert out["direction_std_deg"][1:-1] == pytest.approx(
        np.degrees(0.5 / 3.0 / np.sqrt(6000.0)), rel=0.1
    )


def test_averaging_averages_keeps_the_turbulence() -> None:
    record = some_wind(2, 6000)
    once, twice = average(record, 600.0).samples, average(average(record, 60.0), 600.0).samples
    assert twice["sigma_v_m_s"][1:-1] == pytest.approx(once["sigma_v_m_s"][1:-1], rel=0.05)


def test_missing_wind_is_shown_and_never_filled() -> None:
    time = np.concatenate([np.arange(0.0, 60.0, 3.0), np.arange(240.0, 300.0, 3.0)])
    east = np.where(time >= 240.0, np.nan, 2.0)
    out = average(wind(time, east, np.ones(40), np.zeros(40)), 60.0)
    assert np.isnan(out.samples["east_m_s"]).tolist() == [False, True]
    assert sum(m.count for m in out.masked) == 4
    row = rows_at(out, seconds(np.array([-1.0, 0.0, 59.0, 61.0, 250.0, 301.0])))
    assert row.tolist() == [-1, 0, 0, -1, 1, -1]


def test_an_interval_of_nothing_is_refused() -> None:
    with pytest.raises(SettingError, match="averaging interval"):
        block_average(some_readings(0), 0.0)


def test_the_time_scale_of_a_first_order_process() -> None:
    rng = np.random.default_rng(1)
    noise, series = rng.normal(size=200_000), np.zeros(200_000)
    for i in range(1, noise.size):
        series[i] = 0.9 * series[i - 1] + noise[i]
    assert integral_time_s(series, 1.0) == pytest.approx(-1.0 / np.log(0.9), rel=0.15)
    with pytest.raises(NotEnoughInformation, match="at least eight"):
        integral_time_s(np.ones(3), 1.0)


@given(st.floats(0.1, 0.8), st.floats(-0.2, 0.2).filter(lambda flux: abs(flux) > 1e-3))
def test_friction_and_heat_come_back_from_their_fluxes(friction: float, flux: float) -> None:
    up = np.tile([1.0, -1.0], 500)
    u_star, obukhov = surface_stress(3.0 - friction**2 * up, 0.0 * up, up, 290.0 + flux * up)
    assert u_star == pytest.approx(friction)
    assert obukhov == pytest.approx(-(friction**3) * 290.0 / (0.4 * 9.80665 * flux))
    with pytest.raises(NotEnoughInformation, match="30 are needed"):
        surface_stress(up[:5], up[:5], up[:5], 290.0)


def test_friction_and_obukhov_length_are_those_of_the_mean_fluxes() -> None:
    record = wind(np.arange(0.0, 600.0, 60.0), np.full(10, 3.0), np.zeros(10), np.zeros(10))
    table = {name: record.samples[name] for name in record.samples.names}
    friction, length = np.linspace(0.1, 0.3, 10), np.geomspace(-5.0, -80.0, 10)
    length[7] = 200.0
    known = {"friction_velocity_m_s": friction, "obukhov_m": length}
    units = {variable.name: variable.unit for variable in record.samples.variables}
    units |= {"friction_velocity_m_s": "m/s", "obukhov_m": "m"}
    told = msgspec.structs.replace(
        record, id="", samples=Arrays(table | known, dims="sample", units=units)
    )
    out = average(told, 86_400.0, fewest=1).samples
    stress, flux = (friction**2).mean(), (friction**3 / length).mean()
    assert out["friction_velocity_m_s"] == pytest.approx([np.sqrt(stress)])
    assert out["obukhov_m"] == pytest.approx([stress**1.5 / flux])
    assert "obukhov_m" not in average(record, 86_400.0, fewest=1).samples
