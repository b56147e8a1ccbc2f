"""The queue's part: wake-ups on a queue of their own, so that long work never holds up the engine.

What there is to do is found by asking; a job lost or doubled costs nothing.
"""

import threading

from procrastinate.contrib.django import app

from rejoin.common import clock
from rejoin.followup.engine import beat
from rejoin.longwork.running import run_next

QUEUE = "longwork"
PART = "longwork"
_one_at_a_time = threading.Lock()


@app.task(name="longwork.work", queue=QUEUE)
def work() -> None:
    """Do all there is. One piece at a time in this process: whoever comes while one is under way goes again."""
    if not _one_at_a_time.acquire(blocking=False):
        return
    try:
        while run_next():
            pass
        beat(PART, clock.now())
    finally:
        _one_at_a_time.release()
