"""A plan from a process of its own: a worker's threads and connections stay out of it, and it ends when its time is over."""

import multiprocessing
from multiprocessing.connection import Connection
from typing import Final

from rejoin.domain.makeup.problem import Instance
from rejoin.planning import crew

GRACE_SECONDS: Final = 30.0
"""Beyond its time: to put its parts together and to answer."""


def plan_apart(
    instance: Instance, *, seconds: float, workers: int, grace: float = GRACE_SECONDS
) -> crew.Plan | None:
    """The planner's answer, or None where its process was lost or would not end."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_find, args=(theirs, instance, seconds, workers))
    child.start()
    theirs.close()
    try:
        found: crew.Plan | None = ours.recv() if ours.poll(seconds + grace) else None
    except EOFError:
        return None
    else:
        return found
    finally:
        child.kill()
        child.join()
        ours.close()


def _find(line: Connection, instance: Instance, seconds: float, workers: int) -> None:
    line.send(crew.plan(instance, seconds=seconds, workers=workers))
