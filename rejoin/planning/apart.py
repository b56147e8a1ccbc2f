"""A plan from a process of its own: a worker's threads and connections stay out of it, and it ends when its time is over."""

import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final

from rejoin.domain.makeup.problem import Instance
from rejoin.planning import crew
from rejoin.planning.orphans import end_with

GRACE_SECONDS: Final = 30.0
"""Beyond its time: to put its parts together and to answer."""
LOOKS_SECONDS: Final = 0.5


def plan_apart(
    instance: Instance,
    *,
    seconds: float,
    workers: int,
    grace: float = GRACE_SECONDS,
    meanwhile: Callable[[], None] = lambda: None,
) -> crew.Plan | None:
    """The planner's answer, or None where its process was lost or would not end.

    `meanwhile` is called twice a second; what it raises ends the process and is passed on. What the process has started
    ends with it.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=find, args=(theirs, instance, seconds, workers, os.getpid()))
    child.start()
    theirs.close()
    try:
        found: crew.Plan | None = ours.recv() if _heard(ours, seconds + grace, meanwhile) else None
    except EOFError:
        return None
    else:
        return found
    finally:
        child.kill()
        child.join()
        ours.close()


def _heard(line: Connection, seconds: float, meanwhile: Callable[[], None]) -> bool:
    """Whether it says anything in so long."""
    until = time.monotonic() + seconds
    while not line.poll(max(0.0, min(LOOKS_SECONDS, until - time.monotonic()))):
        meanwhile()
        if time.monotonic() >= until:
            return False
    return True


def find(line: Connection, instance: Instance, seconds: float, workers: int, parent: int) -> None:
    end_with(parent)
    line.send(crew.plan(instance, seconds=seconds, workers=workers))
