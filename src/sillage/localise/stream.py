"""Where are the sources now, of a survey that does not end: answered window by window.

Readings and wind are taken as they come. When a window of time is full it is answered, with what
earlier windows found as what is known beforehand (`sillage.localise.carry`), and its readings are
let go: time and memory for a window do not grow with what came before. Sources appear by birth, and
stop when they have been off for long. A window that leaves a doubt whether there is one source more
is kept open, and asked again together with the next. Every reading that was not used is counted.
The decision is in docs/decisions/0014-streaming.md.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, NamedTuple

import msgspec
from numpy.random import Generator

from sillage.errors import NotEnoughInformation
from sillage.localise.carry import Carried
from sillage.localise.found import found_in, learned_in
from sillage.localise.ground import Bounds
from sillage.localise.known import Known
from sillage.localise.likelihood import Air, Source
from sillage.localise.model import Model
from sillage.localise.number import Counted
from sillage.localise.prior import of_the_air
from sillage.localise.problem import Problem, pose
from sillage.localise.record import Made, record_of
from sillage.localise.renew import Learned, after, carried_from, learned_of, renew, told_over
from sillage.localise.settings import Settings
from sillage.localise.thin import thinned
from sillage.localise.verdict import SURE
from sillage.localise.windows import by_window, held, joined
from sillage.records.context import Context
from sillage.records.place import LocalFrame
from sillage.records.provenance import Masked
from sillage.records.readings import Readings
from sillage.records.source_estimate import SourceEstimate
from sillage.records.times import utc
from sillage.records.wind import Wind

METHOD = "tempered plumes, window by window"

LATE = "readings that came after their window was answered"
BEHIND = "readings of windows that were given up because too many were waiting"
UNANSWERED = "readings of windows that allow no answer"
_DOUBT = 0.2  # probability of one source more from which on a window stays open
_REMEMBERED = 32  # sources that have stopped
_PLACES = 3  # of a source that is carried over, whose plumes' readings are kept


class Windows(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[stream]` table: a long survey is answered window by window, in bounded memory."""

    window_s: Annotated[float, msgspec.Meta(ge=60.0, le=86400.0)] = 600.0
    """Length of a window: long enough for the wind to turn and for a sensor to cross a plume more
    than once, short against what one waits for an answer."""
    readings: Annotated[int, msgspec.Meta(ge=200)] = 4000
    """Rows of a window that are looked at: readings in or near a plume, and means of clean ones."""
    memory_s: Annotated[float, msgspec.Meta(gt=0.0)] = 21600.0
    """After which what was found counts for about a third: as long as weather of one kind lasts,
    and with it the errors of a dispersion model that look like another place."""
    stopped_s: Annotated[float, msgspec.Meta(gt=0.0)] = 3600.0
    """A source that has surely been off for so long has stopped; `localise.dwell_s` is how long
    one stays off that comes and goes."""
    most_open: Annotated[int, msgspec.Meta(ge=1)] = 3
    """Windows that are asked together, at most, where one alone leaves a doubt."""
    most_waiting: Annotated[int, msgspec.Meta(ge=1)] = 6
    """Full windows that may wait for their answer; older ones are given up, and counted."""


class Stopped(NamedTuple):
    """A source that was found earlier, and has stopped."""

    source: Carried

    @property
    def told(self) -> str:
        """When it was on, in a sentence."""
        first, last = (
            utc(ns).strftime("%Y-%m-%d %H:%M")
            for ns in (self.source.first_on_ns, self.source.last_on_ns)
        )
        return f"{self.source.name} has stopped: it was on from {first} to {last} UTC."


class _Posed(NamedTuple):
    """What is asked, and what became of the readings."""

    problem: Problem
    carried: tuple[Carried, ...]
    parents: tuple[str, ...]
    used: int
    unused: tuple[Masked, ...]

    @property
    def end_ns(self) -> int:
        """End of the last block of wind."""
        blocks = self.problem.blocks
        return int(blocks.time_ns[-1]) + round(blocks.step_s * 1e9)


class _Asked(NamedTuple):
    """A window that was answered, and what it will leave behind once it is settled."""

    posed: _Posed
    sources: tuple[Carried, ...]
    stopped: tuple[Stopped, ...]
    learned: Learned


_Part = tuple[str, Readings]
"""What a batch holds of a window, and the id of the batch."""


class Stream:
    """A survey that goes on: readings come in, answers go out.

    Parameters
    ----------
    frame
        Local frame to compute in.
    bounds
        Rectangle to search, metres in the frame; it cannot follow from the sensors here.
    context
        What the user knows, as for `sillage.localise.estimate.locate`.
    settings
        Priors and effort.
    windows
        Length and cost of a window, and for how long is remembered.
    rng
        Source of randomness.
    """

    def __init__(
        self,
        frame: LocalFrame,
        bounds: Bounds,
        *,
        context: Context | None = None,
        settings: Settings | None = None,
        windows: Windows | None = None,
        rng: Generator,
    ) -> None:
        self._frame, self._bounds, self._context = frame, bounds, context
        self._settings, self._windows = settings or Settings(), windows or Windows()
        self._most_waiting = self._windows.most_waiting
        self._window_ns = round(self._windows.window_s * 1e9)
        self._rng = rng
        self._waiting: dict[int, list[_Part]] = {}
        self._open: list[_Part] = []
        self._opened = 0
        self._asked: _Asked | None = None
        self._wind: list[Wind] = []
        self._sources: tuple[Carried, ...] = ()
        self._learned: Learned = ()
        self._settled: tuple[int, str] = (0, "")  # until when, and the answer that did
        self._next, self._latest_ns, self._named = 0, 0, 0
        self._given_up: Counter[str] = Counter()  # since the last answer
        self._unused: Counter[str] = Counter()
        self._taken = self._used = 0
        self.estimate: SourceEstimate | None = None
        """The present answer; None before the first."""
        self.stopped: tuple[Stopped, ...] = ()
        """Sources that have stopped, the last at the end; as many as are remembered."""

    @property
    def sources(self) -> tuple[Carried, ...]:
        """Sources that are known at the end of the last settled window."""
        return self._sources

    @property
    def taken(self) -> int:
        """Readings that came in."""
        return self._taken

    @property
    def used(self) -> int:
        """Readings of settled windows that shaped an answer, alone or in a mean."""
        return self._used

    @property
    def unused(self) -> dict[str, int]:
        """Readings of settled windows that did not, by reason, and those that were given up."""
        return dict(self._unused)

    def take(self, readings: Sequence[Readings], wind: Wind | None = None) -> None:
        """Take averaged readings, and the averaged wind of their time, as they come.

        Raises
        ------
        NotEnoughInformation
            A raw channel: an order within a window says nothing of the next.
        """
        for batch in readings:
            if batch.unit == "raw":
                raise NotEnoughInformation(
                    f"'{batch.gas}' is a raw channel, and windows are not answered by the order of "
                    "raw readings; leave it out, or leave [stream] out"
                )
            self._taken += held([batch])
            for window, part in by_window(batch, self._window_ns).items():
                if window < self._next:
                    self._give_up(LATE, held([part]))
                    continue
                self._waiting.setdefault(window, []).append((batch.id, part))
                self._latest_ns = max(self._latest_ns, int(part.samples["time_ns"].max()))
        if wind is not None:
            self._wind.append(wind)
        for window in self._full()[: -self._most_waiting]:
            self._give_up(BEHIND, held(part for _, part in self._waiting.pop(window)))

    def answer(self) -> SourceEstimate | None:
        """Answer the oldest full window; None where none is full, or it allows no answer."""
        full = self._full()
        return self._answer(full[0], last=False) if full else None

    @property
    def is_full(self) -> bool:
        """Whether a window is full and waits for its answer."""
        return bool(self._full())

    def close(self) -> Iterator[SourceEstimate]:
        """Answer what is left, the last window although it is not full."""
        waiting = sorted(self._waiting)
        for window in waiting:
            if (estimate := self._answer(window, last=window == waiting[-1])) is not None:
                yield estimate
        self._settle()

    def replay(self, readings: Sequence[Readings], wind: Wind) -> Iterator[SourceEstimate]:
        """Answer a survey that is over, window by window; none of them waits too long."""
        self._most_waiting = sys.maxsize
        self.take(readings, wind)
        yield from self.close()

    def _full(self) -> list[int]:
        """Windows that are over: something of a later one has come."""
        return sorted(w for w in self._waiting if (w + 1) * self._window_ns <= self._latest_ns)

    def _give_up(self, reason: str, count: int) -> None:
        self._given_up[reason] += count
        self._unused[reason] += count

    def _answer(self, window: int, *, last: bool) -> SourceEstimate | None:
        """Ask a window, together with those before it that left a doubt."""
        parts = self._waiting.pop(window)
        self._next = window + 1
        try:
            posed = self._pose([*self._open, *parts])
        except NotEnoughInformation:
            self._give_up(UNANSWERED, held(part for _, part in parts))
            self._settle()  # what was open before is as settled as it will be
            return None
        self._open, self._opened = [*self._open, *parts], self._opened + 1
        model = Model(posed.problem, self._settings)
        counted = renew(model, self._rng)
        found = found_in(counted, model)
        new = found.draws.shape[1] - len(posed.problem.known)
        names = tuple(f"Source {self._named + 1 + number}" for number in range(new))
        sources = carried_from(found, posed.problem, posed.carried, new, names)
        learned = learned_of(counted, posed.problem, self._settings)
        self._asked = _Asked(posed, *self._parted(sources, posed.end_ns), learned)
        told, order = told_over(found, posed.carried, new)
        made = Made(posed.parents, METHOD, learned_in(counted) | self._counts(self._asked))
        estimate = record_of(posed.problem, self._settings, told, made, rng=self._rng)
        names = (*names, *(one.name for one in posed.carried))
        self.estimate = _named(estimate, [(names[n] if n < len(names) else "") for n in order])
        self.estimate = _with_stopped(self.estimate, self._asked.stopped)
        if last or self._opened >= self._windows.most_open or not _doubtful(counted):
            self._settle()
        return self.estimate

    def _parted(
        self, sources: Sequence[Carried], end_ns: int
    ) -> tuple[tuple[Carried, ...], tuple[Stopped, ...]]:
        """Sources that go on, and those that have stopped."""
        gone_ns = end_ns - round(self._windows.stopped_s * 1e9)
        return (
            tuple(one for one in sources if one.silent_since_ns > gone_ns),
            tuple(Stopped(one) for one in sources if one.silent_since_ns <= gone_ns),
        )

    def _pose(self, parts: Sequence[_Part]) -> _Posed:
        """What is asked of some readings, given all that went before."""
        readings = [part for _, part in parts]
        start_ns = min(int(part.samples["time_ns"].min()) for part in readings)
        self._forget_wind(start_ns)
        if not self._wind:
            raise NotEnoughInformation("no wind came with the readings")
        wind = joined(self._wind)
        problem = pose(readings, wind, self._frame, self._bounds, self._settings, self._context)
        passed_s = max(start_ns - self._settled[0], 0) * 1e-9
        carried = tuple(one.after(passed_s, self._windows.memory_s) for one in self._sources)
        learned = after(self._learned, problem, self._settings, passed_s)
        upstream = sum(len(part.masked) for part in readings) + len(wind.masked)
        known = tuple(Source(*one[1:5]) for one in problem.known if isinstance(one, Known))
        asked = problem._replace(known=(*carried, *problem.known), learned=learned)
        present = (_air(asked, self._settings), (*known, *_places(carried)))
        fewer = thinned(asked, self._settings, present, self._windows.readings, self._rng)
        masked = fewer.problem.masked[upstream:]
        given_up = tuple(
            Masked(reason=reason, count=count, total=self._taken)
            for reason, count in sorted(self._given_up.items())
        )
        self._given_up.clear()
        ids = (self._settled[1], *(own for own, _ in parts), *(one.id for one in self._wind))
        known_ids = () if self._context is None else (self._context.id,)
        return _Posed(
            fewer.problem._replace(masked=(*fewer.problem.masked, *given_up)),
            carried,
            tuple(dict.fromkeys(own for own in (*ids, *known_ids) if own)),
            fewer.used,
            masked,
        )

    def _forget_wind(self, start_ns: int) -> None:
        """Let go of wind that no reading from a time on needs."""
        needed_ns = start_ns - round(self._settings.turbulence_s * 1e9)
        self._wind = [
            wind for wind in self._wind if int(wind.samples["time_ns"].max()) >= needed_ns
        ]

    def _settle(self) -> None:
        """Carry on what was found last, and let the readings go."""
        if self._asked is None:
            return
        posed, sources, stopped, self._learned = self._asked
        known = {one.name for one in posed.carried}
        self._named += sum(
            one.name not in known for one in (*sources, *(s.source for s in stopped))
        )
        self._sources = sources
        self.stopped = (*self.stopped, *stopped)[-_REMEMBERED:]
        self._settled = (posed.end_ns, self.estimate.id if self.estimate is not None else "")
        self._used += posed.used
        for one in posed.unused:
            self._unused[one.reason] += one.count
        self._open, self._opened, self._asked = [], 0, None

    def _counts(self, asked: _Asked) -> dict[str, float | int | str]:
        """What the record says of the stream so far."""
        stopped = (*self.stopped, *asked.stopped)[-_REMEMBERED:]
        own: dict[str, float | int | str] = msgspec.to_builtins(self._windows)
        return own | {
            "windows_together": self._opened,
            "readings_taken": self._taken,
            "readings_in_use": asked.posed.used,
            "stopped": " ".join(one.told for one in stopped),
        }


def _air(problem: Problem, settings: Settings) -> Air:
    """The most typical state of the air, as far as it is known."""
    mean = {name: one[0] for name, one in of_the_air(problem, settings).items()}
    mean |= {name: value for name, value, _ in problem.learned}
    return Air(*(mean[name] for name in Air._fields))


def _places(carried: Sequence[Carried]) -> tuple[Source, ...]:
    """Some of the places where each source may be."""
    return tuple(
        Source(*one.centres[row].tolist())
        for one in carried
        for row in range(0, one.centres.shape[0], one.centres.shape[0] // _PLACES)
    )


def _doubtful(counted: Counted) -> bool:
    """Whether the readings leave open if there is one source more."""
    least, most = (math.log(p / (1.0 - p)) for p in (_DOUBT, SURE))
    return any(least < odds < most for odds in counted.log_odds)


def _named(estimate: SourceEstimate, names: Sequence[str]) -> SourceEstimate:
    """The record with each unknown source's name, by which answers of several windows agree."""
    sources = tuple(
        msgspec.structs.replace(source, reason=f"{name}: {source.reason}")
        if name and source.probability >= SURE
        else source
        for source, name in zip(estimate.sources, names, strict=True)
    )
    return msgspec.structs.replace(estimate, id="", sources=sources)


def _with_stopped(estimate: SourceEstimate, stopped: Sequence[Stopped]) -> SourceEstimate:
    """The record with what has stopped within its time."""
    if not stopped:
        return estimate
    reason = " ".join([estimate.reason, *(one.told for one in stopped)])
    return msgspec.structs.replace(estimate, id="", reason=reason)
