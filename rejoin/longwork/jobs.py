"""The queue's part: wake-ups on a queue of their own, so that long work never holds up the engine.

What there is to do is found by asking; a job lost or doubled costs nothing. No heartbeat tells of it: each piece of
work tells of itself (`progress.tell`), and a worker looks every second. Plans of make-ups are found here too, at night.
"""

import threading
import time
from typing import Final

from procrastinate.contrib.django import app

from rejoin.common import clock
from rejoin.longwork.running import run_next
from rejoin.makeups.replanning import replan_due

QUEUE = "longwork"
PLANS_EVERY_SECONDS: Final = 60.0
"""So often it is asked whether a program's make-ups are to be planned anew."""
_one_at_a_time = threading.Lock()
_planned_at = -PLANS_EVERY_SECONDS


@app.task(name="longwork.work", queue=QUEUE)
def work() -> None:
    """Do all there is. One piece at a time in this process: whoever comes while one is under way goes again."""
    if not _one_at_a_time.acquire(blocking=False):
        return
    try:
        while run_next():
            pass
        _plan_now_and_then()
    finally:
        _one_at_a_time.release()


def _plan_now_and_then() -> None:
    global _planned_at  # noqa: PLW0603 - of this process, and only ever under the lock
    if time.monotonic() - _planned_at >= PLANS_EVERY_SECONDS:
        _planned_at = time.monotonic()
        replan_due(now=clock.now())
