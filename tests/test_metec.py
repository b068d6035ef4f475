"""Are the releases of METEC read right, and scored by what was told while they lasted?"""

from __future__ import annotations

import gzip
import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from benchmark_files import load, run

from sillage.errors import NotEnoughInformation
from sillage.localise.ground import Ground
from sillage.records.base import Interval
from sillage.records.times import nanoseconds

NOON = datetime(2022, 5, 9, 12, tzinfo=UTC)
SITE = {
    "sensor_locations.csv": "\ufefflon,lat,height,name\n-105.1403,40.5955,2.4,S\n"
    "-105.1393,40.5961,2.4,N",
    "source_locations.csv": "\ufefflon,lat,height,name\n-105.1400,40.5958,4.5,Tank\n"
    "-105.1396,40.5958,2,Well",
    "releases.csv": "tc_ExpEndDatetime,tc_ExpStartDatetime,tc_Latitude,tc_Longitude,tc_C1MassFlow\n"
    "2022-05-09 14:00:00+00:00,2022-05-09 13:00:00+00:00,40.59583,-105.13962,500.0\n"
    "2022-05-09 12:30:00+00:00,2022-05-09 12:10:00+00:00,40.59577,-105.14002,2000.0\n"
    "2022-05-09 12:30:00+00:00,2022-05-09 11:50:00+00:00,40.59577,-105.14002,2000.0\n",
}


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def event(start: float, end: float, *, unit: str = "Tank", rates: Any = 1.0) -> Any:
    """A stretch of minutes after noon in which a unit is told to emit."""
    return load("metec").Event(unit, at(start), at(end), np.atleast_1d(rates))


def release(start: float, end: float, **changed: Any) -> Any:
    known = {"unit": "Tank", "start": at(start), "end": at(end), "rate_kg_h": 1.0}
    return load("_metec").Release(**(known | changed))


def site_in(folder: Path, minutes: int = 130) -> Path:
    """Two sensors, two units, two releases within the minutes and one that began before."""
    rows = ["time_utc,wind_dir_rad,wind_speed_ms,ch4_ppm_N,ch4_ppm_S"]
    rows += [
        f"{at(k):%Y-%m-%d %H:%M:%S}+00:00,1.5707963,3.0,,{2 + k / 100}" for k in range(minutes)
    ]
    folder.mkdir()
    for name, content in SITE.items():
        (folder / name).write_text(content, "utf-8")
    (folder / "cms_minute.csv.gz").write_bytes(gzip.compress("\n".join(rows).encode(), mtime=0))
    return folder


def test_a_site_is_read_with_its_gaps_its_units_and_where_the_air_went(tmp_path: Path) -> None:
    known = load("_metec")
    site = known.read_site(site_in(tmp_path / "site"))
    samples = site.readings.samples
    assert site.readings.sensors == ("S", "N")
    assert samples["value"][::2] == pytest.approx(2.0 + np.arange(130) / 100)
    assert np.isnan(samples["value"][1::2]).all()
    assert (samples["lon_deg"][1], samples["height_m"][1]) == (pytest.approx(-105.1393), 2.4)
    assert site.readings.observed_at == site.wind.observed_at
    assert site.readings.observed_at == Interval(start=NOON, end=at(130))
    assert site.wind.samples["north_m_s"] == pytest.approx(np.full(130, 3.0))  # a wind to the north
    assert site.wind.samples["east_m_s"] == pytest.approx(np.zeros(130), abs=1e-6)
    assert [unit.name for unit in site.units] == ["Tank", "Well"]


def test_sources_may_lie_at_the_units_and_nowhere_else(tmp_path: Path) -> None:
    known = load("_metec")
    site = known.read_site(site_in(tmp_path / "site"))
    ground = Ground.of(site.fence, site.context, known.FRAME)
    assert ground.area_m2 == pytest.approx(2 * 20.0**2, rel=0.03)
    for unit in site.units:
        off = np.array([0.0, 9.5, 9.5, 10.5, 0.0]), np.array([0.0, -9.5, 9.5, 0.0, -10.5])
        held = ground.holds(unit.east_m + off[0], unit.north_m + off[1])
        assert held.tolist() == [True, True, True, False, False]


def test_a_release_is_of_its_unit_and_of_the_time_that_was_read(tmp_path: Path) -> None:
    known = load("_metec")
    folder = site_in(tmp_path / "site")
    first, second = known.read_releases(folder, known.read_site(folder))
    assert (first.unit, first.rate_kg_h, first.start) == ("Tank", 2.0, at(10))
    assert (second.unit, second.rate_kg_h, second.end) == ("Well", 0.5, at(120))


def test_metec_holds_nine_releases_one_at_a_time(sillage_data: Path) -> None:
    known, folder = load("_metec"), sillage_data / "metec_aded2022"
    site = known.read_site(folder)
    releases = known.read_releases(folder, site)
    assert [one.unit for one in releases] == [
        *("Separator.East", "Separator.West", "Separator.East", "Wellhead.West", "Tank"),
        *("Wellhead.West", "Wellhead.East", "Wellhead.West", "Tank"),
    ]
    assert all(one.end < other.start for one, other in itertools.pairwise(releases))
    assert [min(r.rate_kg_h for r in releases), max(r.rate_kg_h for r in releases)] == (
        pytest.approx([0.538, 4.602], abs=1e-3)
    )
    assert site.readings.samples["value"].size == 8 * 4 * 1440
    assert np.nanmedian(site.readings.samples["value"]) == pytest.approx(1.96, abs=0.05)
    assert Ground.of(site.fence, site.context, known.FRAME).area_m2 == pytest.approx(2000, rel=0.02)
    apart = [
        max(abs(one.east_m - other.east_m), abs(one.north_m - other.north_m))
        for one in site.units
        for other in site.units
        if one is not other
    ]
    assert min(apart) > 3.0 * known.HALF_UNIT_M - 1.0  # so that squares stand 10 m apart


def answered(*sources: tuple[float, float, float, tuple[tuple[float, float], ...]]) -> Any:
    """An answer: probability, metres east and rate of each source, and when it emits."""
    return SimpleNamespace(
        sources=[
            SimpleNamespace(
                probability=probability,
                schedule=[Interval(start=at(start), end=at(end)) for start, end in schedule],
            )
            for probability, _, _, schedule in sources
        ],
        posterior=Columns(
            east_m=np.array([[east for _, east, _, _ in sources]] * 3),
            north_m=np.zeros((3, len(sources))),
            rate_kg_h=np.array([[k * rate for _, _, rate, _ in sources] for k in (1.0, 2.0, 3.0)]),
        ),
    )


class Columns(dict[str, Any]):
    """Arrays of a record, as far as they are asked."""

    @property
    def names(self) -> list[str]:
        return list(self)


def test_an_answer_tells_of_surely_existing_sources_while_they_emit() -> None:
    units = [load("_metec").Unit(*one) for one in (("Tank", 0.0, 0.0), ("Well", 40.0, 0.0))]
    estimate = answered(
        (0.96, 38.0, 1.0, ((2, 10), (12, 30))),
        (0.94, 1.0, 1.0, ((0, 30),)),
        (0.99, 42.0, 10.0, ((11, 28),)),
        (1.00, 1.0, 300.0, ()),
    )
    (told,) = load("metec").told_in(estimate, units)
    assert (told.unit, told.start, told.end) == ("Well", at(2), at(30))
    assert told.rates_kg_h == pytest.approx([11.0, 22.0, 33.0])  # both, draw by draw


def test_a_source_is_of_the_unit_with_most_of_its_posterior() -> None:
    units = [load("_metec").Unit(*one) for one in (("Tank", 0.0, 0.0), ("Well", 40.0, 0.0))]
    estimate = answered((1.0, 0.0, 1.0, ((0, 30),)))
    estimate.posterior["east_m"] = np.array([[41.0], [3.0], [38.0]])
    (told,) = load("metec").told_in(estimate, units)
    assert told.unit == "Well"


def test_an_event_goes_on_over_short_pauses_and_mixes_what_its_windows_say() -> None:
    told = [
        *(event(30, 45, rates=[3.0, 4.0]), event(0, 20, rates=[1.0, 2.0])),
        *(event(0, 14, unit="Well"), event(76, 92, rates=7.0)),  # short; and 31 minutes later
    ]
    first, second = load("metec").joined(told)
    assert (first.start, first.end, first.unit) == (at(0), at(45), "Tank")
    assert first.rates_kg_h.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert (second.start, second.end, second.rate_kg_h) == (at(76), at(92), (7.0, 7.0, 7.0))


def test_the_rate_of_an_event_has_nine_tenths_of_the_draws_in_its_interval() -> None:
    assert event(0, 20, rates=np.arange(101.0)).rate_kg_h == pytest.approx((50.0, 5.0, 95.0))


@pytest.mark.parametrize(
    ("rates", "within", "covered"),
    [([0.8, 2.0, 3.0], True, True), ([0.3, 0.49, 0.9], False, False), ([0.8, 2.1, 3], False, True)],
)
def test_a_rate_is_that_of_the_event_that_overlaps_longest(
    rates: list[float], *, within: bool, covered: bool
) -> None:
    scored = load("metec").score(release(0, 60), [event(-60, 5), event(10, 50, rates=rates)])
    assert scored["rate_ratio"] == rates[1]
    assert rates[0] < scored["rate_ratio_90"][0] < rates[1] < scored["rate_ratio_90"][1] < rates[2]
    assert (scored["within_factor_2"], scored["rate_inside_90"]) == (within, covered)
    assert (scored["told_from"], scored["told_to"]) == ("2022-05-09T11:00Z", "2022-05-09T12:50Z")


def test_a_unit_is_right_when_every_event_of_the_release_is_of_it() -> None:
    score = load("metec").score
    other = event(10, 30, unit="Well")
    for events, right, once in (
        ([event(0, 20)], True, True),
        ([event(0, 20), other], False, True),
        ([other], False, False),
        ([event(0, 20), event(61, 80, unit="Well")], True, True),
    ):
        scored = score(release(0, 60), events)
        assert scored["detected"]
        assert (scored["unit_right"], scored["unit_right_once"]) == (right, once)


def test_a_missed_release_is_right_in_nothing() -> None:
    scored = load("metec").score(release(0, 60), [event(-30, 0), event(60, 90)])
    for key in load("metec").COUNTED:
        assert scored[key] is False
    assert "rate_ratio" not in scored


def run_of(events: list[Any], releases: list[Any]) -> dict[str, Any]:
    during = SimpleNamespace(observed_at=Interval(start=at(0), end=at(200)))
    scored: dict[str, Any] = load("metec").scored_run(
        SimpleNamespace(readings=during), releases, events
    )
    return scored


def test_an_event_is_false_when_nothing_was_released_meanwhile() -> None:
    releases = [release(0, 60), release(100, 160, unit="Well")]
    scored = run_of([event(-10, 30), event(20, 99), event(62, 80), event(170, 190)], releases)
    assert (scored["detected"], scored["unit_right"]) == (1, 1)
    assert (scored["events"], scored["false_events"]) == (4, 2)
    assert [one["false"] for one in scored["each_event"]] == [False, False, True, True]
    assert scored["each_event"][3]["start"] == "2022-05-09T14:50Z"
    right = 60 + 1 + 10 + 10  # released and told; and neither, before the second, and at the end
    assert scored["minutes_right"] == pytest.approx(right / 200)


def test_counts_are_spread_over_the_seeds() -> None:
    releases = [release(0, 60), release(100, 160)]
    cost = {"wall_s": 9.0, "cpu_s": 8.0}
    runs = [run_of([event(0, 60)], releases) | cost, run_of([], releases) | cost]
    summary = load("metec").summarise(runs)
    assert (summary["releases"], summary["seeds"]) == (2, 2)
    assert summary["detected"] == {"min": 0, "median": 0.5, "max": 1}
    assert summary["false_events"]["max"] == 0


def test_every_window_is_asked_by_itself_with_a_seed_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    metec, asked = load("metec"), []

    def located(readings: Any, _: Any, **known: Any) -> Any:
        (batch,) = readings
        asked.append((batch.observed_at, known["rng"].random()))
        if len(asked) == 2:
            raise NotEnoughInformation("nothing was read")
        return batch

    monkeypatch.setattr(metec, "locate", located)
    site = load("_metec").read_site(site_in(tmp_path / "site"))
    first, second, *_ = list(metec.ask(site, 0))
    assert second is None
    assert first.samples["time_ns"].max() < nanoseconds(at(30))
    assert len({seed for _, seed in asked}) == len(asked) == 5  # the last of ten minutes


def test_metec_leaves_its_result_beside_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site_in(tmp_path / "metec_aded2022")
    monkeypatch.setenv("SILLAGE_DATA", str(tmp_path))
    monkeypatch.setattr(load("_results"), "RESULTS", tmp_path / "results")
    asked: list[int] = []

    def nothing(_: Any, seed: int) -> list[Any]:
        asked.append(seed)
        return [None]

    monkeypatch.setattr(load("metec"), "ask", nothing)
    run("metec", monkeypatch, "--dry")
    assert not (tmp_path / "results").exists()
    run("metec", monkeypatch)
    assert asked == [0, 0]
    written = json.loads((tmp_path / "results" / "metec.json").read_text("utf-8"))
    assert written["told"]["window_s"] == 1800.0
    assert written["summary"]["detected"]["max"] == 0
    (only,) = written["runs"]
    assert only["windows_unanswered"] == 1
    assert [one["detected"] for one in only["each"]] == [False, False]
