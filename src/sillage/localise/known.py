"""Which lawful emitters of the gas stand here: a farm or a plant that the user told of.

They are sources of the model like any other, with a narrow prior, so that a site which hides
behind one can be told apart from it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sillage.records.context import Context, Emission, KnownEmitter
from sillage.records.place import LocalFrame

_OFF_M = 5.0  # of a register's coordinates, where it gives no outline
_HEIGHT_OFF_M = 1.0
_LOG_RATE = (math.log(1.0), math.log(10.0))  # median and spread where no rate is stated: kg/h
_LEAST_LOG_STD = 0.1  # no inventory knows a rate better
_NORMAL_90 = 1.645


class Known(NamedTuple):
    """A lawful emitter of the gas, metres in the local frame."""

    facility: str
    east_m: float
    north_m: float
    height_m: float
    off_m: float
    """One sigma of its place, east and north each."""
    height_off_m: float
    log_rate_kg_h: float
    log_rate_std: float


def known_of(context: Context | None, gas: str, frame: LocalFrame) -> tuple[Known, ...]:
    """Emitters of one gas among those that the user knows of."""
    emitters = context.emitters if context is not None else ()
    return tuple(
        _known(emitter, emission, frame)
        for emitter in emitters
        for emission in emitter.emissions
        if emission.gas == gas
    )


def _known(emitter: KnownEmitter, emission: Emission, frame: LocalFrame) -> Known:
    east, north = frame.to_local(emitter.place.lon, emitter.place.lat)
    off_m = _OFF_M
    if emitter.area is not None:
        lon, lat = np.array(emitter.area.ring).T
        corners = np.stack(frame.to_local(lon, lat))
        off_m = max(0.5 * float(np.ptp(corners, axis=1).max()) / math.sqrt(3.0), 1.0)
    log_rate, log_std = _LOG_RATE
    rate = emission.rate
    if rate is not None and rate.median > 0.0:
        log_rate, log_std = math.log(rate.median), max(rate.std / rate.median, _LEAST_LOG_STD)
        if 0.0 < rate.low < rate.high:
            log_std = max(0.5 * math.log(rate.high / rate.low) / _NORMAL_90, _LEAST_LOG_STD)
    return Known(
        facility=emitter.facility,
        east_m=float(east),
        north_m=float(north),
        height_m=emitter.place.height_m or 0.0,
        off_m=off_m,
        height_off_m=_HEIGHT_OFF_M,
        log_rate_kg_h=log_rate,
        log_rate_std=log_std,
    )
