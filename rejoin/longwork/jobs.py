"""The queue's part: wake-ups on a queue of their own, so that long work never holds up the engine.

What there is to do is found by asking; a job lost or doubled costs nothing. No heartbeat tells of it: each piece of
work tells of itself (`progress.tell`), and a worker looks every second.
"""

import threading

from procrastinate.contrib.django import app

from rejoin.longwork.running import run_next

QUEUE = "longwork"
_one_at_a_time = threading.Lock()


@app.task(name="longwork.work", queue=QUEUE)
def work() -> None:
    """Do all there is. One piece at a time in this process: whoever comes while one is under way goes again."""
    if not _one_at_a_time.acquire(blocking=False):
        return
    try:
        while run_next():
            pass
    finally:
        _one_at_a_time.release()
