"""How does heavy work leave the event loop, so that feeds and Ctrl-C are heard meanwhile?"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


async def think(work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """Do work in a thread of its own, and give its result or raise its error.

    `asyncio.to_thread` would make the end of the program wait for work that nobody wants any more;
    this thread is left to itself once the caller is cancelled, so work must not write.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(result)  # type: ignore[arg-type]  # without an error there is a result
        else:
            done.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = work(*given, **named)
        except BaseException as raised:  # noqa: BLE001 - raised again where it is awaited
            error = raised
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="thinking", daemon=True).start()
    return await done
