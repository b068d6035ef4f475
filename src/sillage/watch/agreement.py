"""Do the logs of one survey belong together: the same gas, the same time, the same ground?

Each log may be right on its own. What is seen here would otherwise end as an answer about
nothing, so the survey stops and says which key to look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.errors import NotEnoughInformation, SettingError
from sillage.localise.ground import Bounds
from sillage.records.place import LocalFrame
from sillage.records.readings import Readings
from sillage.records.times import utc
from sillage.records.wind import Wind

_TOGETHER_M = 0.05
"""Several sensors within this, yet not on one spot, have degrees where metres are declared."""


def check_agreement(
    readings: Sequence[Readings],
    winds: Sequence[Wind],
    *,
    calm_m_s: float,
    frame: LocalFrame,
    bounds: Bounds | None,
) -> None:
    """See that the logs speak of one gas, one time and one place.

    Parameters
    ----------
    readings, winds
        As they were read.
    calm_m_s
        Wind below it gives a plume no direction.
    frame, bounds
        The search area, where there is one.

    Raises
    ------
    SettingError
        The readings are of several gases, all sensors stand on one spot but not quite, or all are
        far from the search area.
    NotEnoughInformation
        No wind was logged while the readings were taken, or all of it was calm.
    """
    gases = sorted({batch.gas for batch in readings})
    if len(gases) > 1:
        raise SettingError(
            f"the readings are of {' and '.join(gases)}, and a survey asks for one gas; check the "
            "gas of each [[readings]], or write a survey for each"
        )
    for wind in winds:
        _check_time(readings, wind)
        _check_calm(wind, calm_m_s)
    east, north = _positions(readings, frame)
    _check_apart(readings, east, north)
    if bounds is not None and east.size:
        _check_ground(east, north, bounds)


def _check_time(readings: Sequence[Readings], wind: Wind) -> None:
    measured, blown = _span(readings), _span([wind])
    if measured[0] <= blown[1] and blown[0] <= measured[1]:
        return
    raise NotEnoughInformation(
        f"{wind.source.name}: the wind log runs from {_told(blown)}, but the readings were taken "
        f"from {_told(measured)}; is it the log of that day, and is its time.zone, .offset_s or "
        ".after right?"
    )


def _check_calm(wind: Wind, calm_m_s: float) -> None:
    speed = np.hypot(wind.samples["east_m_s"], wind.samples["north_m_s"])
    strongest = float(np.nanmax(speed))
    if strongest < calm_m_s:
        raise NotEnoughInformation(
            f"{wind.source.name}: the wind never reaches {calm_m_s:g} m/s (at most "
            f"{strongest:.2g} m/s), and calm air carries no plume anywhere; is wind.speed.unit "
            "right?"
        )


def _check_apart(
    readings: Sequence[Readings], east: NDArray[np.float64], north: NDArray[np.float64]
) -> None:
    if not east.size or sum(len(batch.sensors) for batch in readings) < 2:
        return
    apart_m = float(np.hypot(np.ptp(east), np.ptp(north)))
    if 0.0 < apart_m < _TOGETHER_M:
        raise SettingError(
            f"{readings[0].source.name}: all sensors stand within {apart_m * 1000:.1f} mm; are "
            "the positions degrees? Set readings.position.frame to 'lonlat'"
        )


def _check_ground(east: NDArray[np.float64], north: NDArray[np.float64], bounds: Bounds) -> None:
    away_m = float(np.hypot(_outside(east, *bounds[:2]), _outside(north, *bounds[2:])).min())
    wide_m = float(np.hypot(bounds.east - bounds.west, bounds.north - bounds.south))
    if away_m > wide_m:
        raise SettingError(
            f"survey.area: the nearest sensor is {away_m:.0f} m outside it; check survey.origin "
            "and the signs of west_m, east_m, south_m and north_m"
        )


def _positions(
    readings: Sequence[Readings], frame: LocalFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres east and north of all sensors, and of both ends of paths."""
    lon, lat = (
        np.concatenate(
            [
                batch.samples[name]
                for batch in readings
                for name in (column, f"end_{column}")
                if name in batch.samples
            ]
        )
        for column in ("lon_deg", "lat_deg")
    )
    known = np.isfinite(lon) & np.isfinite(lat)
    east, north = frame.to_local(lon[known], lat[known])
    return np.asarray(east), np.asarray(north)


def _outside(metres: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    return np.maximum(np.maximum(low - metres, metres - high), 0.0)


def _span(logs: Sequence[Any]) -> tuple[datetime, datetime]:
    starts = [int(log.samples["time_ns"].min()) for log in logs]
    ends = [int(log.samples["time_ns"].max()) for log in logs]
    return utc(min(starts)), utc(max(ends))


def _told(span: tuple[datetime, datetime]) -> str:
    return " to ".join(moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in span)
