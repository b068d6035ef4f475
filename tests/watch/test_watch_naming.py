"""Is a question to a cube of heat what was typed, and is what cannot be meant refused?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from sillage.errors import NotEnoughInformation, ReadError, SettingError, UnknownName
from sillage.watch.naming import Asked, air_before, asked_of

NM = np.linspace(8000.0, 12_000.0, 5)


def asked(*given: str, air: str = "296,1", gases: tuple[str, ...] = ()) -> Asked:
    return asked_of(Path("a.hdr"), Path("a.geojson"), air=air, gases=gases, given=given)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Clean air whose depth is 0.1 at a kilometre, and twice that at 100 % humidity."""
    range_km = np.array([0.05, 20.0])
    humidity = np.array([0.0, 100.0])
    depth = 0.1 * range_km[:, None, None, None] * (1.0 + humidity / 100.0)[None, None, :, None]
    path = tmp_path / "air.npz"
    np.savez(
        path,
        range_km=range_km,
        temperature_K=np.array([250.0, 320.0]),
        rh_percent=humidity,
        wavenumber_cm1=np.array([600.0, 3500.0]),
        transmittance=np.exp(-np.broadcast_to(depth, (2, 2, 2, 2))),
    )
    return path


def test_what_is_typed_is_what_is_asked() -> None:
    told = asked(
        "false_plumes=3",
        "per=km2",
        "windows_nm=8000-9400,10000-12000",
        "observed_at=2026-05-09T12:03:00Z",
        "unit=uW cm-2 sr-1 nm-1",
        gases=("NH3", "SF6", "ammonia"),
    )
    assert (told.air.mean_K, told.air.std_K) == (296.0, 1.0)
    assert told.gases == ("ammonia", "sulfur hexafluoride")
    assert told.naming.false_plumes == 3.0
    assert told.naming.windows_nm == ((8000.0, 9400.0), (10_000.0, 12_000.0))
    assert told.naming.observed_at == datetime(2026, 5, 9, 12, 3, tzinfo=UTC)
    assert told.reading.unit == "uW cm-2 sr-1 nm-1"


def test_a_plume_is_as_warm_as_the_air_unless_it_is_told() -> None:
    assert asked(air="296").plume == asked(air="296,1.5").air
    hot = asked("plume_K=350")
    assert (hot.plume.mean_K, hot.plume.std_K) == (350.0, 1.0)
    assert asked("plume_K=350", "plume_std_K=10").plume.std_K == 10.0
    assert hot.air.mean_K == 296.0


@pytest.mark.parametrize(
    ("air", "says"),
    [
        ("22", r"no air is 22 K.*22 degrees are 295\.15"),
        ("-5", r"no air is -5 K.*-5 degrees are 268\.15"),
        ("72.5", "no air is 72.5 K.*22 degrees are"),
        ("450", "plume_K"),
        ("warm", "write kelvin"),
        ("296,hot", "write kelvin"),
        ("nan", "no air is nan K"),
        ("296,-1", "an error of -1 K cannot be"),
        ("296,nan", "an error of nan K cannot be"),
    ],
)
def test_air_that_cannot_be_says_what_to_write(air: str, says: str) -> None:
    with pytest.raises(SettingError, match=says):
        asked(air=air)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("per=acre", "one of scene, km2"),
        ("prior=1", "--set prior=1"),
        ("share=0", "--set share=0"),
        ("pixel_m=-1", "--set pixel_m=-1"),
        ("range=500", "Did you mean 'range_m'"),
        ("workers=2", "write key=value, with a key of air_table"),
        ("range_m", "write key=value"),
        ("windows_nm=12000-8000", "write wavelengths in nm, such as 8000-12000"),
        ("windows_nm=8-x", "write wavelengths in nm"),
        ("observed_at=noon", "--set observed_at=noon"),
        ("humidity_percent=140", "--set humidity_percent=140"),
        ("off_nadir_deg=88", "--set off_nadir_deg=88"),
        ("false_plumes=0", "--set false_plumes=0"),
    ],
)
def test_a_wrong_setting_is_named(given: str, says: str) -> None:
    with pytest.raises(SettingError, match=says):
        asked(given)


def test_two_ways_to_say_the_same_air_are_refused() -> None:
    with pytest.raises(SettingError, match="give one of them"):
        asked("range_m=100", "height_m=100")


def test_a_gas_of_no_known_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="ammonia"):
        asked(gases=("amonia",))


def test_without_a_range_the_air_is_clear_and_that_is_said() -> None:
    path, supposed = air_before(asked(), NM)
    assert path.transmission == 1.0
    assert "as warm as each other" in supposed[0]
    path, supposed = air_before(asked("plume_K=350"), NM)
    assert path.transmission == 1.0
    assert "taken to be clear" in supposed[0]


def test_more_air_lets_less_through(table: Path) -> None:
    given = f"air_table={table}"
    near, said = air_before(asked(given, "range_m=1000"), NM)
    assert "50 % relative humidity" in said[0]
    np.testing.assert_allclose(near.transmission, np.exp(-0.1 * 1.5), rtol=0.02)
    dry, said = air_before(asked(given, "range_m=1000", "humidity_percent=0"), NM)
    assert said == ()
    np.testing.assert_allclose(dry.transmission, np.exp(-0.1), rtol=0.02)
    assert dry.temperature_K == 296.0


def test_air_thins_with_height(table: Path) -> None:
    given = (f"air_table={table}", "humidity_percent=0")
    along = np.asarray(air_before(asked(*given, "range_m=4000"), NM)[0].transmission)
    up = np.asarray(air_before(asked(*given, "height_m=4000"), NM)[0].transmission)
    aslant = air_before(asked(*given, "height_m=4000", "off_nadir_deg=60"), NM)[0].transmission
    assert (up > along).all()
    np.testing.assert_allclose(np.log(aslant), 2.0 * np.log(up), rtol=0.02)


def test_air_beyond_the_table_is_refused(table: Path) -> None:
    with pytest.raises(NotEnoughInformation, match="goes from 250 to 320 K"):
        air_before(asked(f"air_table={table}", "range_m=100", air="330"), NM)


def test_no_table_says_where_it_comes_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SILLAGE_DATA", raising=False)
    with pytest.raises(SettingError, match="sillage data get atmosphere"):
        air_before(asked("range_m=100"), NM)
    monkeypatch.setenv("SILLAGE_DATA", str(tmp_path))
    with pytest.raises(ReadError, match="there is no such file"):
        air_before(asked("range_m=100"), NM)


@pytest.mark.data
def test_the_table_of_the_data_set_is_found_by_itself(
    sillage_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (sillage_data / "atmosphere").exists()
    monkeypatch.setenv("SILLAGE_DATA", str(sillage_data))
    path, _ = air_before(asked("range_m=500", "humidity_percent=40"), NM)
    assert ((np.asarray(path.transmission) > 0.5) & (np.asarray(path.transmission) < 1.0)).all()
