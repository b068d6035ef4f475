"""Which instrument took a cube, and when: what the names of files say by custom.

EMIT and AVIRIS write the start of the line into the name: `ang20190624t230039_rdn_...`,
`AV320230919t184421_...`, `EMIT_L1B_RAD_001_20220827T060753_...`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sillage.records.base import Interval

_NAMED = (
    (re.compile(r"emit.*?(\d{8}t\d{6})", re.IGNORECASE), "EMIT", "ISS"),
    (re.compile(r"^ang(\d{8}t\d{6})", re.IGNORECASE), "AVIRIS-NG", None),
    (re.compile(r"^av3(\d{8}t\d{6})", re.IGNORECASE), "AVIRIS-3", None),
    (re.compile(r"^av5(\d{8}t\d{6})", re.IGNORECASE), "AVIRIS-5", None),
    (re.compile(r"^gao(\d{8}t\d{6})", re.IGNORECASE), "GAO", None),
    (re.compile(r"^f(\d{6})t\d\dp\d\dr\d\d", re.IGNORECASE), "AVIRIS-C", None),
)
_TIME = re.compile(r"\d{8}[tT]\d{6}$|\d{4}-\d\d-\d\d[tT ]\d\d:\d\d")


def told_by_name(stem: str) -> tuple[str | None, str | None, Interval | None]:
    """Instrument, platform and start that the name of a file tells; None each where it does not."""
    for pattern, instrument, platform in _NAMED:
        if found := pattern.search(stem):
            return instrument, platform, instant(found[1])
    return None, None, None


def instant(text: str) -> Interval | None:
    """A time as it stands in a header or a name, taken as UTC where it names no zone."""
    compact = text.strip().strip("'\"").replace("Z", "+00:00")
    if not _TIME.match(compact):
        return None
    try:
        time = datetime.fromisoformat(compact)
    except ValueError:
        return None
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return Interval(start=time, end=time)


def span(start: str, end: str) -> Interval | None:
    """From one time to another, as they stand in a file; None unless both are times in order."""
    first, last = instant(start), instant(end)
    if first is None or last is None or last.end < first.start:
        return None
    return Interval(start=first.start, end=last.end)
