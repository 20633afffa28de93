"""Events that come while the loop empties the queue."""

from __future__ import annotations

import asyncio
import threading

from cocreate.events import Event, Noticed
from tui.pump import EventPump


async def test_events_put_before_the_loop_is_known_are_handed_over() -> None:
    batches: list[list[Event]] = []
    pump = EventPump(batches.append, interval=0.0)
    pump.put(Noticed("early"))
    pump.open()
    for _ in range(100):
        await asyncio.sleep(0.005)
        if batches:
            break
    assert [event for batch in batches for event in batch] == [Noticed("early")]


async def test_no_event_is_left_behind_whatever_the_threads_do() -> None:
    got: list[Event] = []
    pump = EventPump(got.extend, interval=0.0)
    pump.open()
    count = 3000

    def put() -> None:
        for number in range(count):
            pump.put(Noticed(str(number)))

    threads = [threading.Thread(target=put) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(2000):
        await asyncio.sleep(0.005)
        if len(got) == 3 * count:
            break
    assert len(got) == 3 * count
