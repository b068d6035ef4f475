"""What is a local clock's time in UTC, and does it say one time only?

Zones are names of the IANA database or fixed offsets. The hour that a change to winter time
repeats, and the one that summer time leaves out, are errors: nobody can know which was meant.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
from numpy.typing import NDArray

from sillage.errors import SettingError, UnknownName

SECOND = 1_000_000_000
QUARTER_HOUR_NS = 900 * SECOND
"""Changes of the clock fall on whole quarters of an hour, since 1972 everywhere."""


class LocalTimes(NamedTuple):
    """Local times in UTC; all arrays have one entry a time."""

    utc_ns: NDArray[np.int64]
    twice: NDArray[np.bool_]
    """Happens twice: clocks go back."""
    never: NDArray[np.bool_]
    """Never happens: clocks go forward."""


def zone(name: str, key: str) -> tzinfo:
    """Time zone of a name.

    Parameters
    ----------
    name
        `UTC`, `Z`, an offset such as `+10:00`, or an IANA name.
    key
        Key of the map, for the message.

    Raises
    ------
    UnknownName
        No zone of that name; names the nearest.
    SettingError
        The offset is wrong, or this machine has no database of zones.
    """
    if name in {"UTC", "Z"}:
        return timezone.utc  # noqa: UP017 - the alias hides that it is a fixed offset like the next
    if found := re.fullmatch(r"([+-])(\d{2}):?(\d{2})", name):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        if offset >= timedelta(hours=24):
            raise SettingError(f"{key} = '{name}': an offset is less than a day")
        return timezone(-offset if found[1] == "-" else offset)
    known = available_timezones()
    if not known:
        raise SettingError(
            f"{key} = '{name}': this machine has no time zone database; write the offset, "
            "such as '+01:00', or install the package tzdata"
        )
    if name not in known:
        raise UnknownName(f"time zone ({key})", name, known)
    return ZoneInfo(name)


def to_utc(local_ns: NDArray[np.int64], where: tzinfo) -> LocalTimes:
    """Local clock times in UTC.

    Parameters
    ----------
    local_ns
        Nanoseconds since 1970-01-01T00:00 on the local clock.
    where
        The zone.
    """
    none = np.zeros(len(local_ns), dtype=bool)
    if isinstance(where, timezone):
        offset_ns = int(where.utcoffset(None).total_seconds()) * SECOND
        return LocalTimes(local_ns - offset_ns, none, none)
    quarters, place = np.unique(local_ns // QUARTER_HOUR_NS, return_inverse=True)
    offsets = np.array([_offsets(int(quarter), where) for quarter in quarters], dtype=np.int64)
    offsets = offsets.reshape(-1, 2)  # quarter, (before, after) a change
    before, after = offsets[place, 0], offsets[place, 1]
    return LocalTimes(local_ns - before * SECOND, before > after, before < after)


def _offsets(quarter: int, where: tzinfo) -> tuple[int, int]:
    """Seconds east of UTC in one local quarter of an hour, seen from before and after a change."""
    clock = datetime(1970, 1, 1) + timedelta(minutes=15 * quarter)  # noqa: DTZ001 - a local clock
    first, second = (clock.replace(tzinfo=where, fold=fold).utcoffset() for fold in (0, 1))
    return (
        int(first.total_seconds()) if first else 0,
        int(second.total_seconds()) if second else 0,
    )
