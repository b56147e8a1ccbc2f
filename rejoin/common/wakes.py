"""Wake-ups, deferred in the caller's own transaction: there is one if and only if that commits."""

from procrastinate.contrib.django import app

from rejoin.common.rows import select

LOOK = "engine.look"
SEND = "sending.send"
# A job of the kind that waits will see this too; the tick of every second sees it in any case.
WAITS = (
    "SELECT FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo' AND scheduled_at IS NULL LIMIT 1"
)
QUEUES = {LOOK: "engine", SEND: "sending"}


def wake(task: str) -> None:
    """Have `task` run as soon as this transaction has committed.

    Not by a queueing lock: two transactions that wake the same worker would wait for each other.
    """
    if not select(WAITS, [task]):
        app.configure_task(task, queue=QUEUES[task]).defer()
