"""Wake-ups, deferred in the caller's own transaction: there is one only if that commits."""

import logging
from typing import Final

from django.db import OperationalError, transaction
from procrastinate.contrib.django import app

from rejoin.common.rows import execute, select

log = logging.getLogger("rejoin.wakes")
LOOK: Final = "engine.look"
SEND: Final = "sending.send"
# All that a job is written into. Whoever writes does not wait for a queue that somebody has locked.
TAKE: Final = "LOCK TABLE procrastinate_jobs, procrastinate_events IN ROW EXCLUSIVE MODE NOWAIT"
LOCKED: Final = "55P03"
# A job of the kind that waits will see this too; and workers look every second in any case.
WAITS: Final = (
    "SELECT FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo' AND scheduled_at IS NULL LIMIT 1"
)
QUEUES: Final = {LOOK: "engine", SEND: "sending"}


def wake(task: str) -> None:
    """Have `task` run as soon as this transaction has committed; without it, a worker looks within a second.

    Not by a queueing lock: two transactions that wake the same worker would wait for each other.
    """
    try:
        with transaction.atomic():
            execute(TAKE)
            if not select(WAITS, [task]):
                app.configure_task(task, queue=QUEUES[task]).defer()
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != LOCKED:
            raise
        log.warning("wakes.queue_locked", extra={"task_name": task})
