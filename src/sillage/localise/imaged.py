"""What does a picture of a plume say of the sources: about where one is, and how much it emits.

A detection with a rate is a reading of one source. Either it is of one of the candidate's sources,
each as probable as the others; then it lies near it, and its rate is that source's within its
error, which is log-normal: mass, length and wind err by shares. Or it is of none: false, or of a
source that the candidate does not know; then it could lie anywhere on the ground searched and have
any rate. So a detection that fits no source costs a candidate no more than its own probability,
and a candidate without a source pays that a true plume has one.

Where the source of a plume is follows from the end of its outline that lies up the wind: the
average that the plume was found with carries the outline about half its width beyond the source.
Of a plume without a wind the highest pixel is taken, which gas that pools or an eddy may carry
far down the wind: `benchmarks/rates.py` says how far either errs.

References
----------
Bar-Shalom, Willett & Tian, Tracking and Data Fusion, 2011, ch. 1 (one measurement of an uncertain
origin).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.localise.ground import Ground
from sillage.localise.settings import Settings
from sillage.records.detection import Detection
from sillage.records.place import LocalFrame
from sillage.spectra.gas import gas as gas_named

Floats = NDArray[np.float64]

_NEAR = 0.25
"""Share of a plume's length by which its highest pixel errs as the place of its source, beside the
blur of the picture: gas pools, and eddies are thickest where the wind is slow."""
_BEYOND, _END_OFF = 0.5, 0.75
"""Widths of the average by which an outline begins up the wind of its source, and by which that
errs, east and north each."""
_SCALE_PX = 2.0  # the average's width in pixels, where a detection does not tell it
_LEAST_OFF_M, _LEAST_LOG_STD = 1.0, 0.1
"""No picture tells a place or a rate better, whatever it says of itself."""
_SUREST = 0.999
"""Probability of a detection that none exceeds: what a prior was, was supposed."""


class Imaged(NamedTuple):
    """A plume that was seen from above, metres in the local frame."""

    east_m: float
    north_m: float
    off_m: float
    """One sigma of its source's place, east and north each."""
    log_rate_kg_h: float
    log_rate_std: float
    log_odds: float
    """That the plume is real, against false."""
    log_anywhere: float
    """Log density of place and log rate of a plume that is of no source that is considered."""


def imaged_of(
    detections: Sequence[Detection],
    gas: str,
    frame: LocalFrame,
    ground: Ground,
    settings: Settings,
) -> tuple[Imaged, ...]:
    """Plumes of a gas with a rate, on the ground that is searched.

    Parameters
    ----------
    detections
        Those without a rate, off the ground, or of which the gas is not the likeliest candidate
        say nothing here.
    gas
        Of the readings.
    frame, ground
        As in the problem.
    settings
        Rates that are possible.
    """
    span = math.log(settings.rate_high_kg_h / settings.rate_low_kg_h)
    found = []
    for one in detections:
        rate = one.rate
        named = one.candidates[0].substances
        if rate is None or named != (gas_named(gas).name,):
            continue
        east, north, off_m = source_of(one, frame)
        if not bool(ground.holds(np.array([east]), np.array([north]))[0]):
            continue
        likely = min(one.probability, _SUREST)
        least = max(rate.median, settings.rate_low_kg_h)
        share = rate.std / least
        found.append(
            Imaged(
                east_m=east,
                north_m=north,
                off_m=max(off_m, _LEAST_OFF_M),
                log_rate_kg_h=math.log(least),
                log_rate_std=max(math.sqrt(math.log1p(share**2)), _LEAST_LOG_STD),
                log_odds=math.log(max(likely, 1e-9) / (1.0 - likely)),
                log_anywhere=-math.log(ground.area_m2) - math.log(span),
            )
        )
    return tuple(found)


def source_of(detection: Detection, frame: LocalFrame) -> tuple[float, float, float]:
    """Where the source of a plume is: east, north and one sigma of each, in metres."""
    east, north = (float(x) for x in frame.to_local(detection.place.lon, detection.place.lat))
    own_m = detection.position_std_m / math.sqrt(2.0)
    rings = [np.stack(frame.to_local(*np.array(area.ring).T), axis=1) for area in detection.outline]
    if not rings:
        return east, north, own_m
    corner = np.concatenate(rings)
    towards = detection.settings.get("wind_towards_deg")
    if towards is None:
        length_m = float(np.ptp(corner, axis=0).max())
        return east, north, math.hypot(own_m, _NEAR * length_m)
    wind = np.array(
        [math.sin(math.radians(float(towards))), math.cos(math.radians(float(towards)))]
    )
    sides = np.concatenate([np.hypot(*np.diff(ring, axis=0).T) for ring in rings])
    pixel_m = float(sides[sides > 0.0].min())
    average_m = float(detection.settings.get("scale_px", _SCALE_PX)) * pixel_m
    end = corner[int((corner @ wind).argmin())] + (_BEYOND * average_m + 0.5 * pixel_m) * wind
    return float(end[0]), float(end[1]), _END_OFF * average_m


def log_likelihood(seen: Imaged, sources: Floats) -> Floats:
    """Of one plume given some sources, against one that could be anywhere and is false.

    Parameters
    ----------
    seen
        The plume.
    sources
        (candidate, source, 4): east, north and height in m, logarithm of the rate in kg/h.

    Returns
    -------
    numpy.ndarray
        (candidate,); nought without a source.
    """
    near = np.exp(closeness(seen, sources[..., 0], sources[..., 1], sources[..., 3]))
    mean = near.sum(axis=1) / max(sources.shape[1], 1)
    return np.asarray(np.log1p(math.exp(seen.log_odds) * mean), dtype=np.float64)


def log_gain(
    seen: Imaged, sources: Floats, cells: tuple[Floats, Floats], side_m: float, rates: Floats
) -> Floats:
    """What one source more in each cell, of each rate, adds to the log-likelihood of a plume.

    Parameters
    ----------
    seen
        The plume.
    sources
        (source, 4): those that are there already.
    cells
        East and north of the cells' middles, m.
    side_m
        Of a cell; the source may be anywhere in it.
    rates
        (rate,): kg/h.

    Returns
    -------
    numpy.ndarray
        (cell, rate).
    """
    wide = seen._replace(off_m=math.hypot(seen.off_m, side_m / math.sqrt(12.0)))
    log_rate = np.log(rates)
    here = np.exp(closeness(wide, cells[0][:, None], cells[1][:, None], log_rate))  # cell rate
    so_far = np.exp(closeness(seen, sources[:, 0], sources[:, 1], sources[:, 3])).sum()
    together = (so_far + here) / (len(sources) + 1.0)
    before = float(log_likelihood(seen, sources[None])[0])
    return np.asarray(np.log1p(math.exp(seen.log_odds) * together) - before, dtype=np.float64)


def is_of(seen: Imaged, draws: Floats) -> bool:
    """Whether a plume is most probably of a source, given draws of it, (draw, 4)."""
    near = np.exp(closeness(seen, draws[:, 0], draws[:, 1], draws[:, 3]))
    odds = math.exp(seen.log_odds) * near
    return bool(np.mean(odds / (1.0 + odds)) > 0.5)


def closeness(seen: Imaged, east_m: Floats, north_m: Floats, log_rate_kg_h: Floats) -> Floats:
    """Log density of a plume if it is of a source, over that of one that could be anywhere."""
    away2 = ((east_m - seen.east_m) ** 2 + (north_m - seen.north_m) ** 2) / seen.off_m**2
    off = (log_rate_kg_h - seen.log_rate_kg_h) / seen.log_rate_std
    scale = 2.0 * math.log(seen.off_m) + math.log(seen.log_rate_std) + 1.5 * math.log(math.tau)
    return np.asarray(-0.5 * (away2 + off**2) - scale - seen.log_anywhere, dtype=np.float64)
