"""A worker's ear: what a room reports is read in the moment it has come in, and not at the next look.

The web says on a channel that a delivery is committed; whoever listens reads it. Nothing hangs on that: a word that
is lost, or an ear that is deaf, costs the second until the next look. Reading has a thread of its own, so that the
boards show who comes in while hundreds are being missed; what follows from it (outcomes, cases) is a whole pass, in
another, and soon after.
"""

import logging
import threading
from typing import Final

import psycopg
from django.db import DEFAULT_DB_ALIAS, Error, close_old_connections, connections
from procrastinate.contrib.django import connector_params

from rejoin.followup.engine import read_rooms, run_pass
from rejoin.rooms.inbox import ARRIVALS

log = logging.getLogger("rejoin.listening")
BEGIN_AGAIN_AFTER_SECONDS: Final = 1.0
NOTICE_STOP_WITHIN_SECONDS: Final = 0.5
READ_PACE_SECONDS: Final = 0.05
"""Between two readings: what comes in meanwhile is read together."""
PASS_PACE_SECONDS: Final = 0.25


def ears(stopping: threading.Event) -> list[threading.Thread]:
    """The threads that listen, to be started; they end once `stopping` is set."""
    read = threading.Event()
    return [
        threading.Thread(target=each, args=(stopping, read), daemon=True)
        for each in (_keep_listening, _keep_up)
    ]


def _keep_listening(stopping: threading.Event, read: threading.Event) -> None:
    while not stopping.is_set():
        try:
            with psycopg.connect(**connector_params(DEFAULT_DB_ALIAS), autocommit=True) as line:
                line.execute(f"LISTEN {ARRIVALS}")
                while not stopping.is_set():
                    _read_arrivals(line, stopping, read)
        except (psycopg.Error, OSError, Error):
            log.warning("listening.database_lost")
        except Exception:  # whatever it was, the looks go on meanwhile
            log.exception("listening.failed")
        connections.close_all()
        stopping.wait(BEGIN_AGAIN_AFTER_SECONDS)


def _read_arrivals(line: psycopg.Connection, stopping: threading.Event, read: threading.Event) -> None:
    """However many words there are, what they tell of is read at once."""
    if not list(line.notifies(timeout=NOTICE_STOP_WITHIN_SECONDS, stop_after=1)):
        return
    list(line.notifies(timeout=0))
    close_old_connections()
    if read_rooms():
        read.set()
    stopping.wait(READ_PACE_SECONDS)


def _keep_up(stopping: threading.Event, read: threading.Event) -> None:
    """What follows from what was read. A look of the worker's own finds that it has been looked, and waits."""
    while not stopping.is_set():
        if not read.wait(NOTICE_STOP_WITHIN_SECONDS):
            continue
        read.clear()
        try:
            close_old_connections()
            run_pass()
        except Exception:  # the next look does it
            log.exception("listening.pass_failed")
            connections.close_all()
        stopping.wait(PASS_PACE_SECONDS)
    connections.close_all()
