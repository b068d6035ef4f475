"""How is what a sampler found written down: the record of any number of sources.

An engine hands over its draws, source by source, and what the readings should have been; regions,
verdicts and schedules follow from these alone, in the same way for every engine.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sillage.localise.censored import residual
from sillage.localise.clocks import Clock
from sillage.localise.course import course_share
from sillage.localise.ground import side
from sillage.localise.imaged import is_of
from sillage.localise.lineup import Observations
from sillage.localise.problem import Problem, calibrated_rows
from sillage.localise.regions import Cells, grid_of, region_of, separate_places, stacked
from sillage.localise.settings import Settings
from sillage.localise.usefulness import Advice
from sillage.localise.verdict import Evidence, Grounds, Verdict, judge
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.place import Place
from sillage.records.quantity import Quantity
from sillage.records.source_estimate import CredibleRegion, FoundSource, SourceEstimate
from sillage.records.times import utc

Floats = NDArray[np.float64]

LEVELS = (0.5, 0.9)
CLOCK_LOG_ODDS = 3.0
"""Of an offset of the wind's clock from which on it is told: odds of twenty."""
_EDGE = 0.5  # standard deviations from the edge of the search area that count as at it
_RIM = 0.02  # of the side of a square as large: what a plume model errs by, whatever it says itself


class Made(NamedTuple):
    """What the record says of its own making."""

    parents: tuple[str, ...]
    method: str
    learned: dict[str, float | int | str]
    """What the engine adds to the settings: its effort, and what it learned from the data."""


class Found(NamedTuple):
    """What an engine found; sources in the order of the record, strongest evidence first."""

    draws: Floats
    """(draw, source, 4): equally weighted, each source given that it exists: east and north (m in
    the frame), height (m above ground), natural logarithm of the rate (kg/h) in the wind as
    measured."""
    probability: tuple[float, ...]
    """That each source exists."""
    facilities: tuple[str, ...]
    """Name of the known lawful emitter that each stands for; empty for an unknown source."""
    number_of_sources: tuple[float, ...]
    """Probability of 0, 1, 2 ... unknown sources."""
    on: Floats
    """(block, source): probability of being on in each block of wind."""
    on_share: Floats
    """(draw, source): share of the blocks in which it was on."""
    plume_ppm: Floats
    """(draw, observation): what all sources together add to each reading."""
    background_ppm: Floats
    """(draw, observation)."""
    advice: Advice
    influence: Floats
    """(observation,): how far the posterior would move without each reading, nats."""
    log_evidence: float
    """Natural logarithm, against no unknown source."""
    effective_sample_size: float
    clock: Clock = Clock()
    """By how much the wind's clock seems to be off."""


class _Looked(NamedTuple):
    """Where one source is."""

    cells: Cells
    regions: tuple[CredibleRegion, ...]
    grounds: Grounds


def record_of(
    problem: Problem, settings: Settings, found: Found, made: Made, *, rng: Generator
) -> SourceEstimate:
    """Write the record of everything that was found.

    Parameters
    ----------
    problem, settings
        What was asked, and with which priors.
    found
        At least one source: the best candidate where none was found.
    made
        Parents, method and what was learned.
    rng
        Draws the error of the wind's speed, which all rates of one draw share.
    """
    if not calibrated_rows(problem).any() and not problem.imaged:
        found = _rates_as_before(found, settings, rng)
    evidence = _evidence(problem, found)
    looked = [_look(problem, settings, found, source) for source in range(found.draws.shape[1])]
    overall, each = judge([one.grounds for one in looked], evidence)
    speed = settings.speed_log_std * rng.normal(size=(found.draws.shape[0], 1))
    rate_kg_h = np.exp(found.draws[:, :, 3] + speed)  # draw source
    blocks = problem.blocks
    return SourceEstimate(
        observed_at=Interval(
            start=utc(int(blocks.time_ns[0])),
            end=utc(int(blocks.time_ns[-1] + blocks.step_s * 1e9)),
        ),
        parents=made.parents,
        gas=problem.gas,
        frame=problem.frame,
        verdict=overall.word,
        reason=overall.reason,
        number_of_sources=found.number_of_sources,
        sources=tuple(
            _source(problem, found, source, one, verdict, rate_kg_h[:, source])
            for source, (one, verdict) in enumerate(zip(looked, each, strict=True))
        ),
        posterior=_posterior(found.draws, rate_kg_h),
        grid=stacked([one.cells for one in looked]),
        course=Arrays(
            {"time_ns": blocks.time_ns, "on": found.on},
            dims={"time_ns": ("time",), "on": ("time", "source")},
            units={"time_ns": "ns", "on": "1"},
        ),
        fit=_fit(problem, found),
        advice=Arrays(
            found.advice._asdict(),
            dims={"gain": ("north", "east"), "north_m": ("north",), "east_m": ("east",)},
            units={"gain": "1", "north_m": "m", "east_m": "m"},
        ),
        sensors=problem.sensors,
        log_evidence=found.log_evidence,
        effective_sample_size=found.effective_sample_size,
        method=made.method,
        settings=_settings(problem, settings, found.clock, evidence.explained) | made.learned,
        masked=problem.masked,
        assumptions=problem.assumptions,
    )


def _rates_as_before(found: Found, settings: Settings, rng: Generator) -> Found:
    """The same with rates drawn anew from their prior: an order tells none."""
    limits = math.log(settings.rate_low_kg_h), math.log(settings.rate_high_kg_h)
    draws = found.draws.copy()
    draws[:, :, 3] = rng.uniform(*limits, draws.shape[:2])
    return found._replace(draws=draws)


def _evidence(problem: Problem, found: Found) -> Evidence:
    rows = problem.observations
    background, plume = found.background_ppm.mean(axis=0), found.plume_ppm.mean(axis=0)
    above, beside = residual(rows, background), residual(rows, background + plume)
    measured = calibrated_rows(problem)
    by_order = not measured.any()
    told = measured | by_order
    excess, left = np.abs(above[told]), np.abs(beside)[told]
    left_out = sum(m.count for m in problem.masked if m.reason.startswith("readings"))
    course, turns = course_share(rows, above)
    return Evidence(
        explained=max(0.0, 1.0 - float(left.sum() / max(excess.sum(), 1e-300))),
        course_share=course,
        plume_share=1.0 - float(np.var(beside) / max(float(np.var(above)), 1e-300)),
        turns=turns,
        effective_sample_size=found.effective_sample_size,
        share_used=rows.value.size / max(rows.value.size + left_out, 1),
        by_order=by_order,
        all_below=bool(rows.below.all()),
        one_place=_is_one_place(rows),
        wind_late_s=found.clock.offset_s if found.clock.log_odds > CLOCK_LOG_ODDS else 0.0,
    )


def _is_one_place(rows: Observations) -> bool:
    """Whether everything was read within a metre, or along one path."""
    return bool((np.ptp(rows.paths, axis=0) < 1.0).all())


def _look(problem: Problem, settings: Settings, found: Found, source: int) -> _Looked:
    draws = found.draws[:, source]
    east, north = draws[:, 0], draws[:, 1]
    cells = grid_of(east, north, found.effective_sample_size, problem.ground)
    regions = tuple(region_of(cells, level, problem.frame) for level in LEVELS)
    near_m = np.maximum(_EDGE * draws[:, :2].std(axis=0), _RIM * math.sqrt(problem.ground.area_m2))
    at_edge = problem.ground.at_edge(east, north, near_m)
    grounds = Grounds(
        probability_of_source=found.probability[source],
        share_of_area=regions[-1].area_m2 / problem.ground.area_m2,
        pieces=separate_places(regions[-1], problem.frame),
        at_edge=float(at_edge.mean()),
        edge=side(problem.ground.bounds, east[at_edge], north[at_edge]) if at_edge.any() else "",
        at_rate_limit=float(np.mean(draws[:, 3] > math.log(0.5 * settings.rate_high_kg_h))),
        facility=found.facilities[source],
        from_above=any(is_of(plume, draws) for plume in problem.imaged),
    )
    return _Looked(cells, regions, grounds)


def _source(
    problem: Problem,
    found: Found,
    source: int,
    looked: _Looked,
    verdict: Verdict,
    rate_kg_h: Floats,
) -> FoundSource:
    draws = found.draws[:, source]
    lon, lat = problem.frame.to_lonlat(draws[:, 0].mean(), draws[:, 1].mean())
    return FoundSource(
        probability=found.probability[source],
        facility=found.facilities[source],
        verdict=verdict.word,
        reason=verdict.reason,
        position=Place(lon=float(lon), lat=float(lat), height_m=float(draws[:, 2].mean())),
        position_std_m=float(np.sqrt(draws[:, :2].var(axis=0).sum())),
        regions=looked.regions,
        rate=_quantity(rate_kg_h, "kg/h"),
        on_fraction=_quantity(found.on_share[:, source], "1"),
        schedule=_schedule(problem, found.on[:, source]),
    )


def _quantity(draws: Floats, unit: str) -> Quantity:
    low, median, high = np.quantile(draws, (0.05, 0.5, 0.95))
    return Quantity(
        mean=float(draws.mean()),
        median=float(median),
        std=float(draws.std()),
        low=float(low),
        high=float(high),
        unit=unit,
    )


def _schedule(problem: Problem, on: Floats) -> tuple[Interval, ...]:
    """Stretches in which the source was more probably on than off."""
    blocks = problem.blocks
    step_ns = round(blocks.step_s * 1e9)
    stretches: list[tuple[int, int]] = []
    for start, likely in zip(blocks.time_ns.tolist(), (on > 0.5).tolist(), strict=True):
        if not likely:
            continue
        if stretches and start - stretches[-1][1] < step_ns:
            stretches[-1] = (stretches[-1][0], start + step_ns)
        else:
            stretches.append((start, start + step_ns))
    return tuple(Interval(start=utc(start), end=utc(end)) for start, end in stretches)


def _posterior(draws: Floats, rate_kg_h: Floats) -> Arrays:
    columns = {
        "east_m": draws[:, :, 0],
        "north_m": draws[:, :, 1],
        "height_m": draws[:, :, 2],
        "rate_kg_h": rate_kg_h,
    }
    return Arrays(
        columns,
        dims=dict.fromkeys(columns, ("draw", "source")),
        units=dict.fromkeys(columns, "m") | {"rate_kg_h": "kg/h"},
    )


def _fit(problem: Problem, found: Found) -> Arrays:
    """Measured against modelled, one row per reading that was used."""
    rows = problem.observations
    low, high = np.quantile(found.plume_ppm, (0.05, 0.95), axis=0)
    base = found.background_ppm.mean(axis=0)
    columns = {
        "measured": rows.value,
        "measured_std": rows.std,
        "modelled": base + found.plume_ppm.mean(axis=0),
        "modelled_low": base + low,
        "modelled_high": base + high,
        "background": base,
    }
    return Arrays(
        columns
        | {
            "time_ns": rows.time_ns,
            "sensor": rows.sensor.astype(np.int32),
            "used": np.ones(rows.value.size, dtype=np.bool_),
            "influence": found.influence,
        },
        dims="block",
        units=dict.fromkeys(columns, "ppm")
        | {"time_ns": "ns", "sensor": "1", "used": "1", "influence": "1"},
    )


def _settings(
    problem: Problem, settings: Settings, clock: Clock, explained: float
) -> dict[str, float | int | str]:
    given: dict[str, float | int | str] = msgspec.to_builtins(settings)
    return given | {
        "search_west_m": problem.ground.bounds.west,
        "search_east_m": problem.ground.bounds.east,
        "search_south_m": problem.ground.bounds.south,
        "search_north_m": problem.ground.bounds.north,
        "searched_m2": problem.ground.area_m2,
        "block_s": problem.blocks.step_s,
        "readings_used": int(problem.observations.value.size),
        "imaged_plumes_used": len(problem.imaged),
        "explained": explained,
        "wind_offset_s": clock.offset_s,
        "wind_offset_log_odds": clock.log_odds,
    }
