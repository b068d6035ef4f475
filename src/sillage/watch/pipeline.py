"""THE PAGE: every verb in order, each record in the ledger before the next verb sees it.

    sense -> average -----------> localise
       '---> retrieve -> detect ---^

One observation is followed by reading this page and then one file of each room it names. What
comes in is a feed of records; a survey's feed is its files.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import numpy as np

from sillage import registry
from sillage.air.averaging import block_average
from sillage.air.wind import average
from sillage.errors import NotEnoughInformation
from sillage.ledger import Ledger
from sillage.localise.estimate import Localiser
from sillage.localise.stream import Stream
from sillage.records.base import Interval, Record
from sillage.records.place import LocalFrame
from sillage.records.readings import Readings
from sillage.records.source_estimate import SourceEstimate
from sillage.records.track import Track
from sillage.sense import check_same_place, read_context, read_readings, read_track, read_wind
from sillage.watch.agreement import check_agreement
from sillage.watch.heat import look_at_heat
from sillage.watch.picture import Picture
from sillage.watch.scenes import look
from sillage.watch.survey import Survey
from sillage.watch.thinking import think

_SHORTEST_WIND_S = 60.0  # a shorter mean has no turbulence to speak of

Tell = Callable[[str], None]
"""Told in a few words what happens next; a progress bar, or nothing."""


async def run(survey: Survey, ledger: Ledger, tell: Tell, scratch: Path | None = None) -> Picture:
    """Answer one survey; what is half done lies in a folder, the system's where None is given.

    Raises
    ------
    InputError
        A file is not as the survey declares it.
    NotEnoughInformation
        The files hold nothing that can be asked, such as no wind at the time of any reading.
    """
    locate: Localiser = registry.find("localisers", survey.heading.localiser)
    seen = Picture()
    async for record in sense(survey, tell):
        ledger.append(record)
        seen.take(record)
    heading = survey.heading
    for wanted in survey.scenes:
        wind = seen.wind[0] if seen.wind else None
        async for record in look(wanted, survey.path.parent, heading.gas, wind, scratch, tell):
            ledger.append(record)
            seen.take(record)
    for warm in survey.heat:
        async for record in look_at_heat(warm, survey.path.parent, tell):
            ledger.append(record)
            seen.take(record)
    if not seen.readings:
        return seen  # what pictures show stands in their detections

    frame = heading.origin or middle_of(seen.readings)
    check_same_place([*seen.readings, *seen.tracks])
    check_agreement(
        seen.readings,
        seen.wind,
        calm_m_s=survey.localise.calm_m_s,
        frame=frame,
        bounds=survey.bounds,
    )
    tell("averaging")
    for batch in seen.readings:
        if batch.unit == "raw":  # a mean would depend on the law of its answer
            seen.averaged.append(batch)
            continue
        moving = batch.platform == "moving"
        interval_s = heading.moving_average_s if moving else heading.average_s
        seen.averaged.append(await think(block_average, batch, interval_s))
    for log in seen.wind:
        interval_s = max(heading.average_s, _SHORTEST_WIND_S)
        seen.steady.append(await think(average, log, interval_s))
    ledger.append(*seen.means, *seen.steady)

    tell("locating the source")
    answering = answers(survey, seen, frame, locate)
    while (estimate := await think(next, answering, None)) is not None:
        ledger.append(estimate)
        seen.earlier += seen.estimates
        seen.estimates = [estimate]
        tell(f"located until {estimate.observed_at.end:%H:%M} UTC")
    if not seen.estimates:
        raise NotEnoughInformation("no window allows an answer; check that the wind log covers one")
    return seen


def answers(
    survey: Survey, seen: Picture, frame: LocalFrame, locate: Callable[..., SourceEstimate]
) -> Iterator[SourceEstimate]:
    """One answer; or, where the survey asks for windows, one for each of them in turn."""
    rng = np.random.default_rng(survey.heading.seed)
    if survey.stream is None or survey.bounds is None:
        yield locate(
            [*seen.averaged, *seen.detections],
            seen.steady[0],
            frame=frame,
            bounds=survey.bounds,
            context=seen.context,
            settings=survey.localise,
            rng=rng,
        )
        return
    stream = Stream(
        frame,
        survey.bounds,
        context=seen.context,
        settings=survey.localise,
        windows=survey.stream,
        rng=rng,
    )
    yield from stream.replay(seen.averaged, seen.steady[0])


async def sense(survey: Survey, tell: Tell) -> AsyncIterator[Record]:
    """The survey's files, as records: tracks first, because readings may lie along them."""
    base, origin = survey.path.parent, survey.heading.origin
    tracks: list[Track] = []
    readings: list[Readings] = []
    for track_map in survey.tracks:
        tell(f"reading {track_map.file}")
        tracks.append(await think(read_track, track_map, base, origin, elevation=survey.elevation))
        yield tracks[-1]
    for readings_map in survey.readings:
        tell(f"reading {readings_map.file}")
        for batch in await think(
            read_readings,
            readings_map,
            base,
            origin,
            gas=survey.heading.gas,
            elevation=survey.elevation,
            tracks=tracks,
        ):
            readings.append(batch)
            yield batch
    if survey.context is not None and readings:
        seen = [batch.observed_at for batch in readings]
        during = Interval(start=min(i.start for i in seen), end=max(i.end for i in seen))
        yield await think(read_context, survey.context, base, origin, during)
    for wind_map in survey.wind:
        tell(f"reading {wind_map.file}")
        yield await think(read_wind, wind_map, base)


def middle_of(readings: list[Readings]) -> LocalFrame:
    """A local frame amid the sensors, where the survey names no origin."""
    lon = np.concatenate([batch.samples["lon_deg"] for batch in readings])
    lat = np.concatenate([batch.samples["lat_deg"] for batch in readings])
    if not np.isfinite(lon).any():
        raise NotEnoughInformation("no reading has a position; check the position columns")
    return LocalFrame(
        lon=round(float(np.nanmedian(lon)), 6), lat=round(float(np.nanmedian(lat)), 6)
    )
