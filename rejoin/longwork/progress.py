"""How far a piece of work is, told beside it: in short transactions of a connection of their own.

The work may be one long transaction, which nobody else sees into. So a thread beside it writes down, twice a second,
what it was told last, gives the worker's sign of life, and hears whether somebody wants the work stopped.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from django.db import Error, connections, transaction

from rejoin.common.rows import select
from rejoin.longwork.models import Work

log = logging.getLogger("rejoin.longwork")
EVERY_SECONDS: Final = 0.5
# The work's own transaction holds the row for a moment when it ends: nobody waits for that.
TELL: Final = """
UPDATE longwork_work SET done = %(done)s, total = %(total)s, saying = %(saying)s, beat_at = clock_timestamp()
 WHERE id IN (SELECT id FROM longwork_work
               WHERE id = %(id)s AND state = 'running' AND tries = %(tries)s FOR UPDATE SKIP LOCKED)
RETURNING stop_asked_at IS NOT NULL
"""
STANDS: Final = "SELECT state = 'running' AND tries = %s FROM longwork_work WHERE id = %s"


class Stopped(Exception):
    """Somebody stopped the work: what it did is taken back."""


class GivenBack(Exception):
    """The worker is leaving, or another has taken over: it is begun anew."""


class Progress:
    """What the work says of itself, and what it hears. `check` is called between batches."""

    def __init__(self, leaving: threading.Event) -> None:
        self.done = 0
        self.total = 0
        self.saying = ""
        self.stop = threading.Event()
        self.lost = threading.Event()
        self._leaving = leaving

    def say(self, saying: str, *, done: int = 0, total: int = 0) -> None:
        """What is being done now, and how much of it. Then `check`."""
        self.saying, self.total, self.done = saying[:80], total, min(done, total)
        self.check()

    def check(self) -> None:
        """Raises where the work is not to go on."""
        if self.stop.is_set():
            raise Stopped
        if self.lost.is_set() or self._leaving.is_set():
            raise GivenBack


@contextmanager
def told_beside(work: Work, progress: Progress) -> Iterator[None]:
    """While this lasts, how far `work` is can be seen by everybody."""
    ended = threading.Event()
    beside = threading.Thread(target=_keep_telling, args=(work, progress, ended.wait), daemon=True)
    beside.start()
    try:
        yield
    finally:
        ended.set()
        beside.join()


def tell(work: Work, progress: Progress) -> None:
    """Write down how far it is, and hear whether it is to stop."""
    given = {
        "id": work.pk,
        "tries": work.tries,
        "done": min(progress.done, progress.total),
        "total": progress.total,
        "saying": progress.saying,
    }
    with transaction.atomic():
        heard = select(TELL, given)
        stands = bool(heard) or select(STANDS, [work.tries, work.pk]) == [(True,)]
    if heard == [(True,)]:
        progress.stop.set()
    if not stands:
        progress.lost.set()


def _keep_telling(work: Work, progress: Progress, wait: Callable[[float], bool]) -> None:
    try:
        while not wait(EVERY_SECONDS):
            try:
                tell(work, progress)
            except Error:  # silent for too long, it is another worker's
                log.warning("longwork.untold", extra={"row_id": work.pk})
                connections.close_all()
    finally:
        connections.close_all()
