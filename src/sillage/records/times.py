"""How are times written in columns: whole nanoseconds since 1970-01-01T00:00Z."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(time_ns: int) -> datetime:
    """Aware time of a column's number, to the microsecond."""
    return _EPOCH + timedelta(microseconds=int(time_ns) // 1000)


def nanoseconds(time: datetime) -> int:
    """Column's number of an aware time."""
    apart = time - _EPOCH
    return (apart.days * 86400 + apart.seconds) * 10**9 + apart.microseconds * 1000
