"""What exactly is asked: readings and wind lined up in blocks, in metres, ready for the kernel.

One block is one stretch of time in which the wind is taken as steady. Nothing is dropped in
silence: every reading left out is counted with its reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.air.growth import draxler
from sillage.air.mixing import ppm_from_kg_m3
from sillage.air.wind import rows_at
from sillage.errors import NotEnoughInformation
from sillage.localise.carry import Carried
from sillage.localise.doubles import repeated
from sillage.localise.ground import Bounds, Ground, box_of
from sillage.localise.hearing import Hearing, hearing_of
from sillage.localise.imaged import Imaged
from sillage.localise.known import Known, known_of
from sillage.localise.lineup import (
    Floats,
    Integers,
    Observations,
    below_limits,
    line_up,
    typical_noise,
)
from sillage.localise.ranks import Lined, Scores, beside, scored
from sillage.localise.settings import Settings
from sillage.localise.stability import (
    Stability,
    knows_friction,
    knows_length,
    stability_of,
    steady,
    vertical_width,
)
from sillage.records.context import Context
from sillage.records.place import LocalFrame
from sillage.records.provenance import Masked
from sillage.records.readings import Readings
from sillage.records.wind import Wind
from sillage.spectra.gas import gas

_SHORTEST_BLOCK_S = 10.0  # of latent wind, for sensors that sample faster
_GAP_BLOCKS = 10  # a longer pause starts a new session
_AIR_G_MOL = 28.97  # of dry air, for a channel that names no gas
_MEMORY_PER_SAMPLE = 1000.0 / 600.0  # of crosswind growth: Draxler's time, for his ten minutes
_TURBULENCE = (0.20, 0.10)  # sigma_v/U and sigma_w/U where unmeasured: between classes C and D


class Blocks(NamedTuple):
    """One row per block of wind."""

    time_ns: Integers
    first: Integers
    """(block + 1,): where each block's observations start."""
    session: Integers
    """Number of the uninterrupted stretch it belongs to."""
    step_s: float
    speed_m_s: Floats
    direction_rad: Floats
    """Of travel, anticlockwise from east."""
    direction_std_rad: Floats
    growth: Floats
    """(block, 5): a and b of the crosswind and of the vertical width and its lift, for the fan."""

    @property
    def sessions(self) -> int:
        """How many uninterrupted stretches there are."""
        return int(self.session[-1]) + 1


class Problem(NamedTuple):
    """Everything the likelihood needs, and what had to be supposed to get there."""

    gas: str
    frame: LocalFrame
    ground: Ground
    heights_m: tuple[float, float] | None
    """Lowest and highest source, where the user knows."""
    known: tuple[Known | Carried, ...]
    """Sources that earlier windows found, and lawful emitters of the gas."""
    sensors: tuple[str, ...]
    observations: Observations
    blocks: Blocks
    ppm_per_kg_m3: float
    noise_ppm: float
    """First guess of one block's noise away from any plume."""
    turbulence_measured: bool
    instant: bool
    narrowing: float
    """Logarithm of how much longer the turbulence was averaged than the readings."""
    masked: tuple[Masked, ...]
    assumptions: tuple[str, ...]
    hearing: Hearing | None = None
    """How raw channels hear a plume, where there are any; their readings are scores."""
    learned: tuple[tuple[str, float, float], ...] = ()
    """Numbers of the air that earlier windows taught: name, mean and standard deviation."""
    imaged: tuple[Imaged, ...] = ()
    """Plumes that were seen from above, with their rates."""


def pose(
    readings: Sequence[Readings],
    wind: Wind,
    frame: LocalFrame,
    bounds: Bounds | None,
    settings: Settings,
    context: Context | None = None,
) -> Problem:
    """Line up averaged readings of one gas, and raw channels, with averaged wind.

    Raises
    ------
    SettingError
        The zones leave no ground to search.
    NotEnoughInformation
        No reading has both a value and a wind; or raw channels were too short or too steady.
    """
    if not readings:
        raise NotEnoughInformation("no readings were given; name at least one file of them")
    calibrated = [batch for batch in readings if batch.unit != "raw"]
    step_s = _step_s(readings, wind)
    lined, sensors, scores, unscored = _lined(readings, frame, step_s, settings)
    usable, masked = _usable(lined.rows, wind, settings)
    rows, score = lined.rows.only(usable), lined.score[usable]
    if rows.value.size < 3:
        raise NotEnoughInformation(
            f"{rows.value.size} of the readings have a value and a wind that moves; at least 3 are "
            "needed. Check that the wind log covers the time of the readings."
        )
    averaged_s = [batch.integration_s for batch in calibrated] or [step_s]
    sampled_s = min(max(integration_s, 1.0) for integration_s in averaged_s)
    rows, blocks, measured = _blocks(rows, wind, step_s, sampled_s, settings)
    batch = (calibrated or readings)[0]
    grams = gas(batch.gas).molar_mass_g_mol if calibrated else _AIR_G_MOL
    per_kg_m3 = float(ppm_from_kg_m3(1.0, grams, batch.temperature_K, batch.pressure_Pa))
    noise_ppm = typical_noise(rows.only(score < 0)) if calibrated else lined.unit
    most_ppm = per_kg_m3 * settings.rate_high_kg_h / 3600.0
    kept = Lined(rows, score, lined.unit)
    bounds = bounds or box_of(context, frame)
    assumptions = _supposed(readings, wind, bounds, settings, measured=measured)
    assumptions += below_limits(rows) + (context.assumptions if context is not None else ())
    bounds = bounds or _surroundings(rows.paths)
    return Problem(
        gas=batch.gas,
        frame=frame,
        ground=Ground.of(bounds, context, frame),
        heights_m=context.heights_m if context is not None else None,
        known=_known(context, batch, frame, scores),
        sensors=sensors,
        observations=rows,
        blocks=blocks,
        ppm_per_kg_m3=per_kg_m3,
        noise_ppm=noise_ppm,
        turbulence_measured=measured,
        instant=sampled_s < _SHORTEST_BLOCK_S,
        narrowing=math.log(max(wind.interval_s / sampled_s, 1.0)),
        masked=(*(m for b in readings for m in b.masked), *wind.masked, *unscored, *masked),
        assumptions=assumptions,
        hearing=hearing_of(scores, kept, blocks.time_ns, step_s, most_ppm) if scores else None,
    )


def _known(
    context: Context | None, batch: Readings, frame: LocalFrame, scores: Scores | None
) -> tuple[Known, ...]:
    """Lawful emitters of the gas; an order holds one source's plume and cannot be shared out."""
    known = known_of(context, batch.gas, frame)
    if known and scores is not None:
        raise NotEnoughInformation(
            f"'{known[0].facility}' is a known emitter, and only one source can be located by the "
            "order of raw readings; leave out the raw channels, or the emitter"
        )
    return known


def calibrated_rows(problem: Problem) -> NDArray[np.bool_]:
    """(observation,): which readings have a value, and not only a place in an order."""
    rows = np.ones(problem.observations.value.size, dtype=np.bool_)
    if problem.hearing is not None:
        rows[problem.hearing.scores] = False
    return rows


def _step_s(readings: Sequence[Readings], wind: Wind) -> float:
    """Length of a block: of the calibrated readings; without any, what a nose can follow.

    A nose that stands has no need of blocks shorter than the wind's.
    """
    averaged_s = [batch.integration_s for batch in readings if batch.unit != "raw"]
    if not averaged_s and all(batch.platform == "fixed" for batch in readings):
        averaged_s = [wind.interval_s]
    return max(_SHORTEST_BLOCK_S, min(averaged_s, default=_SHORTEST_BLOCK_S))


def by_window(problem: Problem) -> Problem:
    """The same with each window of a raw channel as a sensor of its own, for the background."""
    if problem.hearing is None:
        return problem
    rows = problem.observations._replace(sensor=problem.hearing.group)
    return problem._replace(observations=rows)


def _lined(
    readings: Sequence[Readings], frame: LocalFrame, step_s: float, settings: Settings
) -> tuple[Lined, tuple[str, ...], Scores | None, tuple[Masked, ...]]:
    """All readings in one table, raw ones as scores; the sensors; what was left out."""
    calibrated = [batch for batch in readings if batch.unit != "raw"]
    raw = [batch for batch in readings if batch.unit == "raw"]
    if not calibrated:
        scores, noses, masked = scored(raw, frame, step_s, settings)
        return beside(scores, None, 1.0), noses, scores, masked
    rows, sensors = line_up(calibrated, frame, settings)
    if not raw:
        return Lined(rows, np.full(rows.value.size, -1), 1.0), sensors, None, ()
    scores, noses, masked = scored(raw, frame, step_s, settings)
    unit = typical_noise(rows.only(np.isfinite(rows.value)))
    return beside(scores, rows, unit), (*sensors, *noses), scores, masked


def _supposed(
    readings: Sequence[Readings],
    wind: Wind,
    bounds: Bounds | None,
    settings: Settings,
    *,
    measured: bool,
) -> tuple[str, ...]:
    """What had to be supposed, each once."""
    supposed = [text for batch in readings for text in batch.assumptions]
    supposed += wind.assumptions
    if not measured:
        supposed.append(
            f"turbulence was not measured: sigma_v/U = {_TURBULENCE[0]:g} and sigma_w/U = "
            f"{_TURBULENCE[1]:g} with a wide prior"
        )
    if knows_length(wind) and not knows_friction(wind) and wind.height_above == "ground":
        supposed.append(
            "friction was not measured: it is that of the mean wind by the profile over a "
            f"roughness of {settings.roughness_m:g} m"
        )
    if any(batch.unit == "raw" for batch in readings):
        supposed.append(
            "only the order of a raw channel's readings is used, within about "
            f"{settings.rank_window_s / 60.0:g} minutes: it says where a source is and nothing of "
            "its rate"
        )
        supposed.append(
            "there is one source at most: plumes of several do not add up in an order, so beside "
            "a raw channel no second source is looked for"
        )
    if any(batch.platform == "moving" and batch.unit != "raw" for batch in readings):
        supposed.append(
            f"moving sensors answer with a time constant of {settings.response_s:g} s: a reading "
            "is of the stretch that was flown while they did"
        )
    if any(mask.reason.startswith("saturated") for batch in readings for mask in batch.masked):
        supposed.append(
            "saturated readings were left out, though plumes were strongest there: rates may be "
            "higher than what is told"
        )
    if len({batch.integration_s for batch in readings}) > 1:
        supposed.append("readings of several averaging times are modelled as of the shortest")
    if len({(batch.temperature_K, batch.pressure_Pa) for batch in readings}) > 1:
        supposed.append("air temperature and pressure are those of the first file of readings")
    if bounds is None:
        supposed.append("no search area was given: the sensors' surroundings are searched")
    return tuple(dict.fromkeys(supposed))


def _usable(
    rows: Observations, wind: Wind, settings: Settings
) -> tuple[NDArray[np.bool_], tuple[Masked, ...]]:
    """Which readings can be used, and why the others cannot."""
    row = rows_at(wind, rows.time_ns)
    speed = np.hypot(wind.samples["east_m_s"], wind.samples["north_m_s"])[row]
    has_value = np.isfinite(rows.value) & np.isfinite(rows.paths).all(axis=1)
    twice = has_value & repeated(rows)
    has_value &= ~twice
    has_wind = (row >= 0) & np.isfinite(speed)
    calm = has_wind & (speed < settings.calm_m_s)
    total = int(rows.value.size)
    reasons = {
        "readings without a value or a position": ~has_value & ~twice,
        "readings that repeat another sensor's, value by value": twice,
        "readings without wind at their time": has_value & ~has_wind,
        f"readings in calm wind, below {settings.calm_m_s:g} m/s": has_value & calm,
    }
    masked = tuple(
        Masked(reason=reason, count=int(left_out.sum()), total=total)
        for reason, left_out in reasons.items()
        if left_out.any()
    )
    return has_value & has_wind & ~calm, masked


def _blocks(
    rows: Observations, wind: Wind, step_s: float, sampled_s: float, settings: Settings
) -> tuple[Observations, Blocks, bool]:
    """Group the readings into blocks and give each block its wind."""
    step_ns = round(step_s * 1e9)
    number, block = np.unique(rows.time_ns // step_ns, return_inverse=True)
    rows = rows._replace(block=block.astype(np.int64))
    starts = (number * step_ns).astype(np.int64)
    row = rows_at(wind, rows.time_ns[np.searchsorted(block, np.arange(number.size))])
    table = wind.samples
    east, north = table["east_m_s"][row], table["north_m_s"][row]
    speed = np.hypot(east, north)
    tan_y, tan_z = np.full(speed.size, _TURBULENCE[0]), np.full(speed.size, _TURBULENCE[1])
    measured = "sigma_v_m_s" in table and bool(np.isfinite(table["sigma_v_m_s"][row]).any())
    if measured:
        tan_y = _filled(steady(table, "sigma_v_m_s", settings)[row] / speed)
        tan_z = 0.5 * tan_y  # sigma_w / sigma_v near the ground, Panofsky & Dutton 1984
        if "sigma_w_m_s" in table and np.isfinite(table["sigma_w_m_s"][row]).any():
            tan_z = _filled(steady(table, "sigma_w_m_s", settings)[row] / speed)
    tan_y, tan_z = np.clip(tan_y, 0.03, 1.0), np.clip(tan_z, 0.02, 0.6)
    # A short sample sees a narrower plume, and its axis wanders the more (Hino's 1/5 power);
    # sideways only, because the ground keeps a low plume from wandering up and down.
    share = min(1.0, sampled_s / max(wind.interval_s, sampled_s)) ** 0.2
    # Mast and plume meet different eddies: twice the variance of the mast's own mean.
    of_mean = np.sqrt(2.0) * tan_y / 3.0
    if "direction_std_deg" in table:
        told = np.radians(steady(table, "direction_std_deg", settings)[row])
        of_mean = np.where(np.isfinite(told), np.sqrt(2.0) * told, of_mean)
    of_mean = np.minimum(of_mean, tan_y)
    air = stability_of(wind, row, settings)
    speed_m_s = speed * air.profile
    memory_s = _MEMORY_PER_SAMPLE * max(wind.interval_s, sampled_s)
    return (
        rows,
        Blocks(
            time_ns=starts,
            first=np.searchsorted(block, np.arange(number.size + 1)).astype(np.int64),
            session=np.cumsum(np.diff(number, prepend=number[0]) > _GAP_BLOCKS).astype(np.int64),
            step_s=step_s,
            speed_m_s=np.maximum(speed_m_s, 0.3),
            direction_rad=np.arctan2(north, east),
            direction_std_rad=np.sqrt(of_mean**2 + (1.0 - share**2) * tan_y**2),
            growth=_growth(share * tan_y, tan_z, speed_m_s, memory_s, air),
        ),
        measured,
    )


def _growth(
    tan_y: Floats, tan_z: Floats, speed_m_s: Floats, memory_s: float, air: Stability
) -> Floats:
    """Estimated growth as the fan wants it, from the places that know the laws."""
    law = draxler(tan_y, tan_z, speed_m_s, memory_s=memory_s)
    start, bend, lift = vertical_width(air, speed_m_s)
    columns = np.broadcast_arrays(
        *(law.a_y, law.b_y),
        np.where(np.isnan(start), law.a_z, start),
        np.where(np.isnan(start), law.b_z, bend),
        np.where(np.isnan(start), 0.0, lift),
    )
    return np.ascontiguousarray(np.stack(columns, axis=-1))  # block coefficient


def _filled(values: Floats) -> Floats:
    """Unknown values take the median of the known ones."""
    return np.where(np.isfinite(values), values, np.nanmedian(values))


def _surroundings(paths: Floats) -> Bounds:
    """Where to look when nobody says: half a diagonal, at least 50 m, around the sensors."""
    east, north = paths[:, [0, 3]], paths[:, [1, 4]]
    pad = max(50.0, 0.5 * float(np.hypot(np.ptp(east), np.ptp(north))))
    return Bounds(
        float(east.min() - pad),
        float(east.max() + pad),
        float(north.min() - pad),
        float(north.max() + pad),
    )
