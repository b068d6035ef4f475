"""How do many append at once, and wait for one sync together.

While a group is being synced the next one gathers, so groups grow with the load by themselves: a
lone record waits for its own sync, a thousand share one. What waits is bounded, and whoever appends
to a full queue waits for a turn. A record is acknowledged when its group is durable, never before.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from sillage.errors import LedgerError, SillageError
from sillage.ledger.head import Head
from sillage.ledger.log import Ledger
from sillage.ledger.sealed import Sealed, seal
from sillage.ledger.writing import Entry, Submission
from sillage.records.base import Record

MOST_WAITING = 1024
"""Records that wait at most: with those being synced, what an acknowledgement may stand behind."""

Answer = tuple[Entry, ...] | LedgerError
Call = Callable[[], None]


class Group:
    """Submissions that share a sync."""

    def __init__(self) -> None:
        self.submissions: list[Submission] = []
        self.count = 0
        self.done = threading.Event()
        self._answers: list[Answer] = []
        self._refusal: LedgerError | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._lock = threading.Lock()

    def join(self, submission: Submission) -> int:
        """Add a submission; gives its number in the group."""
        self.submissions.append(submission)
        self.count += len(submission)
        return len(self.submissions) - 1

    def settle(self, answers: list[Answer], refusal: LedgerError | None = None) -> None:
        """Tell all who wait."""
        with self._lock:
            self._answers, self._refusal = answers, refusal
            self.done.set()
        wake(self._waiters)

    def answer(self, number: int) -> tuple[Entry, ...]:
        """Entries of a submission, once the group is done."""
        if self._refusal is not None:
            raise LedgerError(str(self._refusal)) from self._refusal
        answer = self._answers[number]
        if isinstance(answer, LedgerError):
            raise answer
        return answer

    async def wait(self) -> None:
        """Wait without holding up the event loop."""
        with self._lock:
            if self.done.is_set():
                return
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
        await waiter


class Receipt:
    """What a submission will be answered."""

    __slots__ = ("_group", "_number")

    def __init__(self, group: Group, number: int) -> None:
        self._group = group
        self._number = number

    @property
    def done(self) -> bool:
        """Whether the answer is there."""
        return self._group.done.is_set()

    def entries(self, timeout_s: float | None = None) -> tuple[Entry, ...]:
        """Wait until the records are durable.

        Raises
        ------
        LedgerError
            They were not written, and why.
        TimeoutError
            There is no answer yet.
        """
        if not self._group.done.wait(timeout_s):
            raise TimeoutError(f"no answer from the ledger within {timeout_s} s")
        return self._group.answer(self._number)

    async def durable(self) -> tuple[Entry, ...]:
        """Wait until the records are durable, in an event loop."""
        await self._group.wait()
        return self._group.answer(self._number)


class Recorder:
    """A ledger that many threads and tasks append to: one thread of its own writes it.

    Parameters
    ----------
    path
        The ledger; it is made where there is none.
    most_waiting
        Records that may wait for the next sync; more hold up whoever appends them.

    Raises
    ------
    LedgerError
        The ledger cannot be opened for writing.
    """

    def __init__(self, path: Path | str, *, most_waiting: int = MOST_WAITING) -> None:
        self._path = Path(path)
        self._most = most_waiting
        self._changed = threading.Condition()
        self._gathering = Group()
        self._line: deque[Call] = deque()
        """How each who waits for room is called, first come first served."""
        self._closing = False
        self._refusal: SillageError | None = None
        self._head: Head | None = None
        opened = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(opened.set,), name="ledger")
        self._thread.start()
        opened.wait()
        if (refusal := self._refused()) is not None:
            self._thread.join()
            raise refusal

    def _refused(self) -> SillageError | None:
        """Why nothing more is taken."""
        return self._refusal

    @property
    def head(self) -> Head:
        """Of everything that is durable."""
        if self._head is None:
            raise LedgerError(f"{self._path}: is not open")
        return self._head

    def submit(self, *records: Record | Sealed) -> Receipt:
        """Hand records over; waits while the queue is full.

        Raises
        ------
        LedgerError
            The ledger is closed, or takes nothing more since a write failed.
        RecordError
            The arrays of a record are to be kept, but it comes without their values.
        """
        sealed, called = _sealed(records), threading.Event()
        if (receipt := self._join_or_wait(sealed, called.set)) is not None:
            return receipt
        try:
            while receipt is None:
                called.wait()
                called.clear()
                receipt = self._join(sealed)
        finally:
            self._leave(called.set)
        return receipt

    async def append(self, *records: Record | Sealed) -> tuple[Entry, ...]:
        """Remember records, all of them or none; gives their entries when they are durable.

        Raises
        ------
        LedgerError
            They were not written, and why.
        RecordError
            The arrays of a record are to be kept, but it comes without their values.
        """
        sealed, called = _sealed(records), asyncio.Event()
        call = partial(_call_in, asyncio.get_running_loop(), called)
        if (receipt := self._join_or_wait(sealed, call)) is None:
            try:
                while receipt is None:
                    await called.wait()
                    called.clear()
                    receipt = self._join(sealed)
            finally:
                self._leave(call)
        return await receipt.durable()

    def close(self) -> None:
        """Write what waits, and fold the ledger into one file.

        Raises
        ------
        LedgerError
            What waited could not be written; what was acknowledged is there.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
            for call in self._line:
                call()
        self._thread.join()
        if self._refusal is not None:
            raise LedgerError(str(self._refusal)) from self._refusal

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(*([LedgerError] if error else [])):  # the first error is the one to tell
            self.close()

    def _join_or_wait(self, sealed: Submission, call: Call) -> Receipt | None:
        """Join the group that gathers, or stand in line behind all who came before."""
        with self._changed:
            if not self._line and (receipt := self._join(sealed)) is not None:
                return receipt
            self._line.append(call)
            if len(self._line) == 1:
                call()  # there may be room by now
            return None

    def _join(self, sealed: Submission) -> Receipt | None:
        """Join the group that gathers; None where it is full."""
        with self._changed:
            if self._refusal is not None:
                raise LedgerError(f"{self._path}: takes nothing more: {self._refusal}")
            if self._closing:
                raise LedgerError(f"{self._path}: is closed; open it again")
            group = self._gathering
            if group.submissions and group.count + len(sealed) > self._most:
                return None
            if not group.submissions:
                self._changed.notify()  # the writer may be waiting for it
            return Receipt(group, group.join(sealed))

    def _leave(self, call: Call) -> None:
        """Leave the line, and let the next come forward."""
        with self._changed:
            self._line.remove(call)
            self._call_next()

    def _call_next(self) -> None:
        if self._line:
            self._line[0]()

    def _run(self, opened: Callable[[], None]) -> None:
        try:
            there = self._path.exists()
            with Ledger.open(self._path) if there else Ledger.create(self._path) as ledger:
                self._head = ledger.head
                opened()
                while (group := self._next()) is not None:
                    self._write(ledger, group)
        except SillageError as error:
            self._refuse(error)
        except BaseException as error:  # noqa: BLE001 - whoever waits is told, whatever it was
            self._refuse(LedgerError(f"{self._path}: cannot be written: {error!r}"))
        finally:
            opened()

    def _next(self) -> Group | None:
        """The group that gathered; None when all is written and the ledger is closing."""
        with self._changed:
            while not self._gathering.submissions and not self._closing:
                self._changed.wait()
            group, self._gathering = self._gathering, Group()
            self._call_next()
        return group if group.submissions else None

    def _write(self, ledger: Ledger, group: Group) -> None:
        try:
            answers = ledger.append_group(group.submissions)
        except BaseException as error:
            told = error if isinstance(error, LedgerError) else LedgerError(repr(error))
            self._refuse(told)  # before anyone is told, so that nobody can try again
            group.settle([], told)
            raise
        self._head = ledger.head
        group.settle(answers)

    def _refuse(self, error: SillageError) -> None:
        """Take nothing more, and tell those who wait."""
        with self._changed:
            self._refusal = self._refusal or error
            group, self._gathering = self._gathering, Group()
            for call in self._line:
                call()
        group.settle([], LedgerError(str(error)))


def wake(waiters: list[asyncio.Future[None]]) -> None:
    """Let tasks go on, each loop told once."""
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for waiter in waiters:
        loops.setdefault(waiter.get_loop(), []).append(waiter)
    for loop, theirs in loops.items():
        with suppress(RuntimeError):  # a loop that is closed has nobody to tell
            loop.call_soon_threadsafe(_let_go, theirs)


def _let_go(waiters: list[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


def _call_in(loop: asyncio.AbstractEventLoop, called: asyncio.Event) -> None:
    with suppress(RuntimeError):  # a loop that is closed has nobody to call
        loop.call_soon_threadsafe(called.set)


def _sealed(records: tuple[Record | Sealed, ...]) -> Submission:
    return [one if isinstance(one, Sealed) else seal(one) for one in records]
