"""Answers made up from a random generator, as a survey might give them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np
from made_parts import SETTINGS, advice_of
from numpy.typing import NDArray

from sillage.console.report import Answer, Truth, walk_back
from sillage.localise.regions import Cells, stacked
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.place import Area, LocalFrame, Place
from sillage.records.provenance import Masked, SourceFile
from sillage.records.quantity import Quantity
from sillage.records.readings import Readings
from sillage.records.source_estimate import CredibleRegion, FoundSource, SourceEstimate
from sillage.records.track import Track
from sillage.records.wind import Wind

START = datetime(2017, 10, 5, 10, 12, tzinfo=UTC)
FRAME = LocalFrame(lon=-1.4270, lat=51.1445)
Floats = NDArray[np.float64]
BEAMS = ((43.9, 69.1), (27.0, 61.0), (96.5, 64.0), (88.0, 20.0), (60.0, 8.0), (36.0, 22.0))


def ns(when: datetime) -> int:
    return int(when.timestamp()) * 10**9


def times(count: int, every_s: float, *, pause_s: float = 0.0) -> NDArray[np.int64]:
    seconds = np.arange(count) * every_s
    seconds[count // 2 :] += pause_s
    return np.asarray(ns(START) + (seconds * 1e9).astype(np.int64))


def units_of(columns: dict[str, Any]) -> dict[str, str]:
    ends = {"ns": "ns", "deg": "deg", "m": "m", "value": "ppm", "std": "ppm", "sensor": "1"}
    return {name: ends[name.rsplit("_", 1)[-1]] for name in columns}


def source_file(name: str) -> SourceFile:
    return SourceFile(
        name=name, sha256=hashlib.sha256(name.encode()).hexdigest(), size_bytes=1_234_567
    )


def span(time_ns: NDArray[np.int64]) -> Interval:
    first, last = (
        datetime.fromtimestamp(int(t) / 1e9, UTC) for t in (time_ns.min(), time_ns.max())
    )
    return Interval(start=first, end=last)


def wind(rng: np.random.Generator, count: int = 1800, *, pause_s: float = 0.0) -> Wind:
    turn = np.cumsum(rng.normal(0, 0.02, count)) + rng.normal(0, 0.25, count) + 0.35
    speed = np.abs(3.2 + np.cumsum(rng.normal(0, 0.03, count)) + rng.normal(0, 0.7, count))
    time_ns = times(count, 3.0, pause_s=pause_s)
    samples = Arrays(
        {"time_ns": time_ns, "east_m_s": speed * np.cos(turn), "north_m_s": speed * np.sin(turn)},
        dims="sample",
        units={"time_ns": "ns", "east_m_s": "m/s", "north_m_s": "m/s"},
    )
    return Wind(
        observed_at=span(time_ns),
        samples=samples,
        interval_s=3.0,
        height_m=3.0,
        height_above="ground",
        source=source_file("sonic.parquet"),
        masked=(Masked(reason="outside the valid range -50 to 50 m/s", count=12, total=count),),
    )


def readings(
    rng: np.random.Generator,
    *,
    names: tuple[str, ...],
    kind: str = "path",
    count: int = 1800,
    pause_s: float = 0.0,
) -> Readings:
    """Fixed sensors on the paths of `BEAMS`, or as many points."""
    blocks = []
    for index in range(len(names)):
        end = BEAMS[index % len(BEAMS)]
        here = (60.0, 100.0) if kind == "path" else end
        level = 2.0 + rng.gamma(1.2, 0.4 / (1 + index), count) + rng.normal(0, 0.05, count)
        blocks.append((times(count, 3.0, pause_s=pause_s), index, here, end, level))
    time_ns = np.concatenate([b[0] for b in blocks])
    sensor = np.repeat(np.arange(len(names), dtype=np.int32), count)
    starts = np.repeat(np.array([b[2] for b in blocks]), count, axis=0)
    ends = np.repeat(np.array([b[3] for b in blocks]), count, axis=0)
    lon, lat = FRAME.to_lonlat(starts[:, 0], starts[:, 1])
    end_lon, end_lat = FRAME.to_lonlat(ends[:, 0], ends[:, 1])
    value = np.concatenate([b[4] for b in blocks])
    values: dict[str, Any] = {
        "time_ns": time_ns,
        "sensor": sensor,
        "lon_deg": lon,
        "lat_deg": lat,
        "height_m": np.full(time_ns.size, 1.6),
        "value": value,
        "std": np.full(time_ns.size, 0.05),
    }
    if kind == "path":
        values |= {"end_lon_deg": end_lon, "end_lat_deg": end_lat}
        values |= {"end_height_m": np.full(time_ns.size, 1.6)}
    return Readings(
        observed_at=span(time_ns),
        kind="path" if kind == "path" else "point",
        gas="methane",
        unit="ppm",
        samples=Arrays(values, dims="sample", units=units_of(values)),
        sensors=names,
        integration_s=1.0,
        platform="fixed",
        height_above="ground",
        temperature_K=288.1,
        pressure_Pa=101_325.0,
        source=source_file("lds_3s.parquet"),
        masked=(
            Masked(reason="above 1000 ppm (the laser lost its path)", count=41, total=time_ns.size),
            Masked(reason="value missing", count=306, total=time_ns.size),
        ),
        assumptions=("Air pressure was not given: 1013.25 hPa at sea level was supposed.",),
    )


def moving(rng: np.random.Generator, count: int = 2600) -> tuple[Readings, Track]:
    """A drone that mows a field, and its nose."""
    step = np.linspace(0, 12, count)
    east = 10 + 80 * np.abs((step % 2) - 1)
    north = 6 + step * 7.4 + rng.normal(0, 0.3, count)
    lon, lat = FRAME.to_lonlat(east, north)
    time_ns = times(count, 0.5)
    value = 410 + 30 * np.exp(-(((east - 62) / 14) ** 2) - ((north - 60) / 11) ** 2)
    value += rng.normal(0, 2.0, count)
    columns: dict[str, Any] = {
        "time_ns": time_ns,
        "lon_deg": lon,
        "lat_deg": lat,
        "height_m": np.full(count, 6.0),
    }
    track = Track(
        observed_at=span(time_ns),
        platform="drone-1",
        samples=Arrays(columns, dims="sample", units=units_of(columns)),
        height_above="ground",
        source=source_file("flight.gpx"),
    )
    columns |= {"sensor": np.zeros(count, dtype=np.int32), "value": value}
    columns |= {"std": np.full(count, np.nan)}
    batch = Readings(
        observed_at=span(time_ns),
        kind="point",
        gas="carbon dioxide",
        unit="ppm",
        samples=Arrays(columns, dims="sample", units=units_of(columns)),
        sensors=("nose-1",),
        integration_s=0.0,
        platform="moving",
        height_above="ground",
        temperature_K=284.0,
        pressure_Pa=101_000.0,
        source=source_file("nose.csv"),
    )
    return batch, track


def region(draws: Floats, level: float, centres: list[Floats], share: float = 1.0) -> Any:
    """An ellipse around each centre that holds the nearest draws."""
    areas, total = [], 0.0
    for centre in centres:
        others = np.stack([np.hypot(*(draws - other).T) for other in centres])
        mine = draws[others.argmin(axis=0) == [centre is other for other in centres].index(True)]
        spread = np.linalg.cholesky(np.cov(mine.T)) * np.sqrt(-2 * np.log(1 - level)) * share
        turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        ring = mine.mean(axis=0) + (spread @ np.array([np.cos(turn), np.sin(turn)])).T
        lon, lat = FRAME.to_lonlat(ring[:, 0], ring[:, 1])
        areas.append(Area(ring=tuple(zip(lon.tolist(), lat.tolist(), strict=True))))
        total += float(np.pi * np.linalg.det(spread))
    return CredibleRegion(
        level=level, areas=tuple(areas), area_m2=total, equivalent_radius_m=(total / np.pi) ** 0.5
    )


def cells_of(draws: Floats, low: Floats, high: Floats, cells: int = 120) -> Cells:
    edges = [np.linspace(low[axis], high[axis], cells + 1) for axis in (0, 1)]
    mass = np.histogram2d(draws[:, 1], draws[:, 0], bins=(edges[1], edges[0]))[0]
    for axis in (0, 1):  # a light blur, since a histogram of draws is rough
        mass = (np.roll(mass, -1, axis) + 2 * mass + np.roll(mass, 1, axis)) / 4
    return Cells(mass / mass.sum(), *((edge[:-1] + edge[1:]) / 2 for edge in edges))


def course_of(sources: int, pause_s: float) -> Arrays:
    """A source that is on, and one that comes and goes every quarter of an hour."""
    time_ns = times(90, 60.0, pause_s=pause_s)
    on = np.where((np.arange(90) // 15)[:, None] % np.arange(1, sources + 1), 0.06, 0.97)
    return Arrays(
        {"time_ns": time_ns, "on": on},
        dims={"time_ns": ("time",), "on": ("time", "source")},
        units={"time_ns": "ns", "on": "1"},
    )


def fit_of(
    rng: np.random.Generator, sensors: int, *, blocks: int = 90, pause_s: float = 0.0
) -> Arrays:
    tables = []
    for index in range(sensors):
        time_ns = times(blocks, 60.0, pause_s=pause_s)
        background = 1.98 + 0.02 * np.sin(np.linspace(0, 3, blocks))
        plume = np.clip(np.cumsum(rng.normal(0, 0.25, blocks)), 0, None) * 0.5 / (1 + index)
        modelled = background + plume
        error = 0.03 + 0.15 * plume
        used = (rng.random(blocks) > 0.04) & ~((np.arange(blocks) // 6) == 7)
        tables.append(
            {
                "time_ns": time_ns,
                "sensor": np.full(blocks, index, dtype=np.int32),
                "measured": modelled + rng.normal(0, error),
                "measured_std": np.full(blocks, 0.05),
                "modelled": modelled,
                "modelled_low": modelled - 1.64 * error,
                "modelled_high": modelled + 1.64 * error,
                "background": background,
                "used": used.astype(np.uint8),
                "influence": rng.gamma(0.3, 0.02, blocks) * (0.1 + plume),
            }
        )
    joined = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    units = dict.fromkeys(joined, "ppm") | {"time_ns": "ns"}
    units |= dict.fromkeys(("sensor", "used", "influence"), "1")
    return Arrays(joined, dims="block", units=units)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What an estimate should come to."""

    verdict: Literal["located", "ambiguous", "cannot tell"] = "located"
    reason: str = "The wind swept over five of six paths, and one place fits them all."
    gas: str = "methane"
    sensors: tuple[str, ...] = ("1", "2", "3", "4", "5", "6")
    centres: tuple[tuple[float, float], ...] = ((62.0, 58.0),)
    spread_m: float = 1.0
    pause_s: float = 0.0


DRAWS = 4000


def rate_of(draws: Floats) -> Quantity:
    low, high = (float(bound) for bound in np.quantile(draws, [0.05, 0.95]))
    middle, mean, std = float(np.median(draws)), float(draws.mean()), float(draws.std())
    return Quantity(mean=mean, median=middle, std=std, low=low, high=high, unit="kg/h")


def place_of(draws: Floats) -> Place:
    lon, lat = FRAME.to_lonlat(*draws.mean(axis=0))
    return Place(lon=float(lon), lat=float(lat), height_m=0.5)


def estimate(rng: np.random.Generator, case: Case, parents: tuple[str, ...] = ()) -> SourceEstimate:
    """One source, in one of several places."""
    pick = rng.integers(0, len(case.centres), DRAWS)
    mixing = np.array([[1.0, 0.45], [0.0, 0.8]]) * case.spread_m
    draws = np.array(case.centres)[pick] + rng.normal(size=(DRAWS, 2)) @ mixing
    rate = rng.lognormal(np.log(1.31), 0.13, DRAWS)
    middles = [np.array(centre) for centre in case.centres]
    likely = 0.998 if case.verdict == "located" else 0.69
    source = FoundSource(
        probability=likely,
        verdict=case.verdict,
        reason=case.reason,
        position=place_of(draws),
        position_std_m=float(np.sqrt(draws.var(axis=0).sum())),
        regions=(region(draws, 0.5, middles), region(draws, 0.9, middles)),
        rate=rate_of(rate),
    )
    return estimate_of(rng, case, [(source, draws, rate)], (1.0 - likely, likely), parents)


def estimate_of(
    rng: np.random.Generator,
    case: Case,
    found: list[tuple[FoundSource, Floats, Floats]],
    chances: tuple[float, ...],
    parents: tuple[str, ...],
) -> SourceEstimate:
    """The record of sources, each with its draws of place and rate."""
    draws = np.stack([draws for _, draws, _ in found], axis=1)  # draw source 2
    posterior: dict[str, Any] = {"east_m": draws[:, :, 0], "north_m": draws[:, :, 1]}
    posterior |= {"height_m": np.full(draws.shape[:2], 0.5)}
    posterior |= {"rate_kg_h": np.stack([rate for _, _, rate in found], axis=1)}
    pad = 6 * case.spread_m
    return SourceEstimate(
        observed_at=Interval(start=START, end=START + timedelta(seconds=5400 + case.pause_s)),
        parents=parents,
        gas=case.gas,
        frame=FRAME,
        verdict=case.verdict,
        reason=case.reason,
        number_of_sources=chances,
        sources=tuple(source for source, _, _ in found),
        posterior=Arrays(
            posterior,
            dims=dict.fromkeys(posterior, ("draw", "source")),
            units=dict.fromkeys(posterior, "m") | {"rate_kg_h": "kg/h"},
        ),
        grid=stacked([cells_of(d, d.min(axis=0) - pad, d.max(axis=0) + pad) for _, d, _ in found]),
        course=course_of(len(found), case.pause_s),
        fit=fit_of(rng, len(case.sensors), pause_s=case.pause_s),
        advice=advice_of(case.centres),
        sensors=case.sensors,
        log_evidence=214.6,
        effective_sample_size=1630.0,
        method="tempered",
        settings=SETTINGS,
        assumptions=("The source did not move.", "The ground is flat within 100 m."),
    )


def answer(
    seed: int = 1, case: Case | None = None, *, name: str = "Chilbolton 2017, source S1"
) -> Answer:
    """A whole answer of fixed beams."""
    rng = np.random.default_rng(seed)
    case = case or Case()
    batch = readings(rng, names=case.sensors, pause_s=case.pause_s)
    air = wind(rng, pause_s=case.pause_s)
    found = estimate(rng, case, (batch.id, air.id))
    lon, lat = FRAME.to_lonlat([40, 100, 100, 40], [0, 0, 100, 100])
    there = FRAME.to_lonlat(61.2, 58.9)
    return Answer(
        survey=name,
        estimates=(found,),
        readings=(batch,),
        wind=(air,),
        search_area=Area(ring=tuple(zip(lon.tolist(), lat.tolist(), strict=True))),
        steps=walk_back(found, [batch, air]),
        version="0.1.0",
        command="sillage survey examples/chilbolton-s1.toml --out answer",
        made_at=datetime(2026, 11, 21, 1, 0, tzinfo=UTC),
        run_time_s=38.2,
        truths=(Truth(place=Place(lon=float(there[0]), lat=float(there[1])), rate_kg_h=1.2),)
        if case.verdict == "located"
        else (),
    )


def drone_answer(seed: int = 2) -> Answer:
    """A flight whose nose cannot carry an answer."""
    rng = np.random.default_rng(seed)
    batch, track = moving(rng)
    air = wind(rng)
    case = Case(
        verdict="cannot tell",
        reason="The nose drifts by more than the plume would add, so any place fits as well.",
        gas="carbon dioxide",
        sensors=("nose-1",),
        centres=((50.0, 50.0),),
        spread_m=22.0,
    )
    found = estimate(rng, case, (batch.id, track.id, air.id))
    return Answer(
        survey="Field near Drachten, flight 3",
        estimates=(found,),
        readings=(batch,),
        wind=(air,),
        tracks=(track,),
        steps=walk_back(found, [batch, track, air]),
        version="0.1.0",
        command="sillage survey flight-3.toml --out answer",
        made_at=datetime(2026, 11, 21, 1, 0, tzinfo=UTC),
    )


def ambiguous_answer(seed: int = 3) -> Answer:
    """Two places that the readings cannot tell apart."""
    case = Case(
        verdict="ambiguous",
        reason="Two places explain the readings about equally well: the wind came from one side.",
        centres=((52.0, 40.0), (80.0, 72.0)),
        spread_m=3.0,
    )
    return answer(seed, case, name="Gas yard, morning")
