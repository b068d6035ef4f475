"""Does heavy work give its result or its error, and hold nobody up who has stopped waiting?"""

from __future__ import annotations

import asyncio
import threading

import pytest

from sillage.watch.thinking import think


def test_a_result_comes_back_and_an_error_is_raised_where_it_is_awaited() -> None:
    assert asyncio.run(think(divmod, 17, 5)) == (3, 2)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(think(divmod, 17, 0))


def test_the_loop_is_free_while_work_goes_on() -> None:
    go_on = threading.Event()

    async def both() -> bool:
        working = asyncio.create_task(think(go_on.wait, 30.0))
        await asyncio.sleep(0)
        go_on.set()
        return await working

    assert asyncio.run(both())


def test_who_stops_waiting_is_not_held_up_by_the_work() -> None:
    go_on = threading.Event()

    async def stopped() -> None:
        working = asyncio.create_task(think(go_on.wait, 60.0))
        await asyncio.sleep(0.01)
        working.cancel()
        await working

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(stopped())
    (left,) = (thread for thread in threading.enumerate() if thread.name == "thinking")
    assert left.daemon
    go_on.set()
    left.join(timeout=30.0)
    assert not left.is_alive()
