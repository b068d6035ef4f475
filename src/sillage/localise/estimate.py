"""Where is the source, how much does it emit, and how sure is that: the verb of this room.

A steady Gaussian plume from one source of unknown place, height and rate; widths from measured
turbulence with their uncertainty; errors of wind direction and dilution that persist; a source
that may be on or off; a background per sensor; heavy-tailed residuals. The posterior is sampled
by cooling (`sillage.localise.temper`), and the data get the weight that their own scatter
justifies. The decision is in docs/decisions/0010-first-localiser.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sillage.localise.background import bins_of, first_guess
from sillage.localise.course import course_share
from sillage.localise.forward import Chain, chain_of
from sillage.localise.ground import Bounds, side
from sillage.localise.likelihood import Candidate, explain
from sillage.localise.prior import Prior, clean_air
from sillage.localise.problem import Problem, pose
from sillage.localise.regions import grid_of, region_of, separate_places
from sillage.localise.settings import Settings
from sillage.localise.temper import Cloud, Cooled, cool, evaluator
from sillage.localise.verdict import Grounds, Verdict, judge
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.context import Context
from sillage.records.place import LocalFrame, Place
from sillage.records.quantity import Quantity
from sillage.records.readings import Readings
from sillage.records.source_estimate import CredibleRegion, SourceEstimate
from sillage.records.times import utc
from sillage.records.wind import Wind

Floats = NDArray[np.float64]

METHOD = "tempered plume"
LEVELS = (0.5, 0.9)
_CHUNKS = 6  # at least, of a record that is shorter than as many hours
_STEP = 0.05  # standard deviations, for second derivatives
_ROUGHLY: Any = {"xatol": 1e-2, "fatol": 1e-2, "maxfev": 150}
_NOTHING = Candidate(*(0.0,) * len(Candidate._fields))._replace(log_rate_kg_h=-700.0)
_EDGE = 0.5  # standard deviations from the edge of the search area that count as at it


class Localiser(Protocol):
    """A plug-in that turns readings and wind into a posterior; `locate` is the first."""

    def __call__(
        self,
        readings: Sequence[Readings],
        wind: Wind,
        *,
        frame: LocalFrame,
        bounds: Bounds | None = None,
        context: Context | None = None,
        settings: Settings | None = None,
        rng: Generator,
    ) -> SourceEstimate:
        """Posterior of a source; the parameters and errors are those of `locate`."""
        ...


def locate(
    readings: Sequence[Readings],
    wind: Wind,
    *,
    frame: LocalFrame,
    bounds: Bounds | None = None,
    context: Context | None = None,
    settings: Settings | None = None,
    rng: Generator,
) -> SourceEstimate:
    """Posterior of the position and rate of one source.

    Parameters
    ----------
    readings
        Batches of one gas, averaged in blocks; points and paths, fixed and moving, together.
    wind
        Averaged over blocks of at least the same length.
    frame
        Local frame to compute in.
    bounds
        Rectangle to search, metres in the frame; when not given, the box of the context's search
        zones, or the sensors' surroundings.
    context
        What the user knows: zones to search or to leave out, and the heights that are possible.
    settings
        Priors and effort; the defaults suit every data set they were tried on.
    rng
        Source of randomness; the same one gives the same draws.

    Raises
    ------
    SettingError
        The zones leave no ground to search.
    NotEnoughInformation
        Nothing can be asked: no wind at the time of any reading, or no calibrated channel.
    """
    settings = settings or Settings()
    problem = pose(readings, wind, frame, bounds, settings, context)
    chain = chain_of(problem.blocks.step_s, problem.blocks.sessions, settings)
    model = _Model(problem, chain, settings)
    prior = Prior(problem, settings)
    cooled = cool(
        prior.draw(settings.particles, rng),
        evaluator(model.one),
        prior.log_density,
        harvest=settings.harvest,
        rng=rng,
    )
    log_bayes = cooled.log_evidence - model.log_evidence_of_nothing(cooled.power)
    parents = (*(batch.id for batch in readings), wind.id)
    if context is not None:
        parents = (*parents, context.id)
    return _record(parents, model, cooled, log_bayes, rng)


class _Model:
    """The likelihood of candidates, and of there being none."""

    def __init__(self, problem: Problem, chain: Chain, settings: Settings) -> None:
        self.problem, self.chain, self.settings = problem, chain, settings
        self._bins = bins_of(problem, settings.background_memory_s)
        self._guess = first_guess(problem)
        self._chunk = _chunks(problem, settings)

    def one(self, candidate: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Log-likelihood by chunk, expected plume, on-probability and background of a candidate."""
        said = explain(self.problem, self.chain, self._bins, self._guess, candidate)
        by_chunk = np.bincount(self._chunk, said.block_log_likelihood).astype(np.float64)
        return by_chunk, said.plume_ppm, said.on, said.background

    def log_evidence_of_nothing(self, power: float) -> float:
        """Log evidence, at a power, of a background alone; by Laplace's method over its scales.

        Those are noise, drift and the differences of sensors, with the same prior as beside a
        source.
        """
        from scipy.optimize import minimize

        scales = clean_air(self.problem, self.settings)
        mean, std = np.array(list(scales.values())).T

        def candidate(away: Floats) -> Floats:
            clean = zip(scales, (mean + std * away).tolist(), strict=True)
            return np.array(_NOTHING._replace(**dict(clean)))

        def cost(away: Floats) -> float:
            told = power * self.one(candidate(away))[0].sum()
            return 0.5 * float(away @ away) - float(told)

        found = minimize(cost, np.zeros(mean.size), method="Nelder-Mead", options=_ROUGHLY)
        best = np.asarray(found.x, dtype=np.float64)
        curved = _curvature(cost, best)
        return -cost(best) - 0.5 * float(np.linalg.slogdet(curved)[1])


def _curvature(cost: Callable[[Floats], float], at: Floats) -> Floats:
    """Second derivatives by central differences; at least those of the prior."""
    steps = _STEP * np.eye(at.size)
    middle = cost(at)
    ahead, behind = ([cost(at + sign * step) for step in steps] for sign in (1.0, -1.0))
    second = np.empty((at.size, at.size))
    for i, one in enumerate(steps):
        second[i, i] = ahead[i] + behind[i] - 2.0 * middle
        for j, other in enumerate(steps[:i]):
            both = cost(at + one + other) - ahead[i] - ahead[j] + middle
            second[i, j] = second[j, i] = both
    values, vectors = np.linalg.eigh(second / _STEP**2)
    return np.asarray((vectors * np.maximum(values, 1.0)) @ vectors.T, dtype=np.float64)


def _chunks(problem: Problem, settings: Settings) -> NDArray[np.int64]:
    """Number of the independent stretch that each block belongs to."""
    blocks = problem.blocks
    observed_s = blocks.step_s * blocks.time_ns.size
    length_ns = round(min(settings.chunk_s, max(observed_s / _CHUNKS, blocks.step_s)) * 1e9)
    return np.unique(blocks.time_ns // length_ns, return_inverse=True)[1].astype(np.int64)


class _Answer(NamedTuple):
    """The numbers of the record, before they are written down."""

    grid: Arrays
    regions: tuple[CredibleRegion, ...]
    verdict: Verdict
    probability: float
    explained: float


def _record(
    parents: tuple[str, ...],
    model: _Model,
    cooled: Cooled,
    log_bayes: float,
    rng: Generator,
) -> SourceEstimate:
    problem, settings = model.problem, model.settings
    draws = cooled.draws
    rate = np.exp(draws[:, 3] + settings.speed_log_std * rng.normal(size=draws.shape[0]))
    answer = _answer(model, cooled, log_bayes)
    lon, lat = problem.frame.to_lonlat(draws[:, 0].mean(), draws[:, 1].mean())
    on = cooled.cloud.verdicts.on
    blocks = problem.blocks
    return SourceEstimate(
        observed_at=Interval(
            start=utc(int(blocks.time_ns[0])),
            end=utc(int(blocks.time_ns[-1] + blocks.step_s * 1e9)),
        ),
        parents=parents,
        gas=problem.gas,
        frame=problem.frame,
        verdict=answer.verdict.word,
        reason=answer.verdict.reason,
        number_of_sources=(1.0 - answer.probability, answer.probability),
        position=Place(lon=float(lon), lat=float(lat), height_m=float(draws[:, 2].mean())),
        position_std_m=float(np.sqrt(draws[:, :2].var(axis=0).sum())),
        regions=answer.regions,
        rate=_quantity(rate, "kg/h"),
        on_fraction=_quantity(on.mean(axis=1), "1"),
        schedule=_schedule(problem, on.mean(axis=0)),
        posterior=_posterior(draws, rate),
        grid=answer.grid,
        fit=_fit(model, cooled.cloud),
        sensors=problem.sensors,
        log_evidence=log_bayes,
        effective_sample_size=cooled.effective_sample_size,
        method=METHOD,
        settings=_settings(problem, cooled, settings, answer.explained),
        masked=problem.masked,
        assumptions=problem.assumptions,
    )


def _answer(model: _Model, cooled: Cooled, log_bayes: float) -> _Answer:
    problem, draws = model.problem, cooled.draws
    east, north = draws[:, 0], draws[:, 1]
    grid = grid_of(east, north, cooled.effective_sample_size, problem.ground)
    regions = tuple(region_of(grid, level, problem.frame) for level in LEVELS)
    area = problem.ground.bounds
    at_edge = problem.ground.at_edge(east, north, _EDGE * draws[:, :2].std(axis=0))
    rows, settings, verdicts = problem.observations, model.settings, cooled.cloud.verdicts
    above = rows.value - verdicts.background.mean(axis=0)
    plume = verdicts.plume_ppm.mean(axis=0)
    excess, left = np.abs(above), np.abs(above - plume)
    explained = max(0.0, 1.0 - float(left.sum() / max(excess.sum(), 1e-300)))
    left_out = sum(m.count for m in problem.masked if m.reason.startswith("readings"))
    used = rows.value.size
    probability = 1.0 / (1.0 + math.exp(-min(max(log_bayes, -700.0), 700.0)))
    course, turns = course_share(rows, above)
    grounds = Grounds(
        probability_of_source=probability,
        explained=explained,
        share_of_area=regions[-1].area_m2 / problem.ground.area_m2,
        pieces=separate_places(regions[-1], problem.frame),
        at_edge=float(at_edge.mean()),
        edge=side(area, east[at_edge], north[at_edge]) if at_edge.any() else "",
        at_rate_limit=float(np.mean(draws[:, 3] > math.log(0.5 * settings.rate_high_kg_h))),
        course_share=course,
        plume_share=1.0 - float(np.var(above - plume) / max(float(np.var(above)), 1e-300)),
        turns=turns,
        effective_sample_size=cooled.effective_sample_size,
        share_used=used / max(used + left_out, 1),
    )
    return _Answer(grid, regions, judge(grounds), probability, explained)


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
    return Arrays(
        {
            "east_m": draws[:, 0],
            "north_m": draws[:, 1],
            "height_m": draws[:, 2],
            "rate_kg_h": rate_kg_h,
        },
        dims="draw",
        units={"east_m": "m", "north_m": "m", "height_m": "m", "rate_kg_h": "kg/h"},
    )


def _fit(model: _Model, cloud: Cloud) -> Arrays:
    """Measured against modelled, one row per reading that was used."""
    rows = model.problem.observations
    plume = cloud.verdicts.plume_ppm
    low, high = np.quantile(plume, (0.05, 0.95), axis=0)
    base = cloud.verdicts.background.mean(axis=0)
    columns = {
        "measured": rows.value,
        "measured_std": rows.std,
        "modelled": base + plume.mean(axis=0),
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
        },
        dims="block",
        units=dict.fromkeys(columns, "ppm") | {"time_ns": "ns", "sensor": "1", "used": "1"},
    )


def _settings(
    problem: Problem, cooled: Cooled, settings: Settings, explained: float
) -> dict[str, float | int | str]:
    middle = Candidate(*cooled.draws.mean(axis=0).tolist())
    learned: dict[str, float | int | str] = {
        "search_west_m": problem.ground.bounds.west,
        "search_east_m": problem.ground.bounds.east,
        "search_south_m": problem.ground.bounds.south,
        "search_north_m": problem.ground.bounds.north,
        "searched_m2": problem.ground.area_m2,
        "block_s": problem.blocks.step_s,
        "readings_used": int(problem.observations.value.size),
        "weight_of_data": cooled.power,
        "likelihood_evaluations": cooled.evaluations,
        "explained": explained,
        "learned_crosswind_factor": math.exp(middle.log_crosswind),
        "learned_vertical_factor": math.exp(middle.log_vertical),
        "learned_memory_factor": math.exp(middle.log_memory),
        "learned_rise_memory_factor": math.exp(middle.log_rise_memory),
        "learned_spread_m": math.exp(middle.log_spread_m),
        "learned_veer_deg": math.degrees(middle.veer_rad),
        "learned_wander_factor": math.exp(middle.log_wander),
        "learned_dilution": math.exp(middle.log_dilution),
        "learned_fluctuation": math.exp(middle.log_fluctuation),
        "learned_noise_ppm": math.exp(middle.log_noise_ppm),
        "learned_drift_ppm": math.exp(middle.log_drift_ppm),
        "learned_apart_ppm": math.exp(middle.log_apart_ppm),
    }
    given: dict[str, float | int | str] = msgspec.to_builtins(settings)
    return given | learned
