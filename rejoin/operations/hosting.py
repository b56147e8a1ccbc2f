"""Our own rooms, kept by a worker: the ear that the engine dials, and asking the engine who is in.

Each has a thread of its own and a heartbeat of its own. Where no engine is set there is neither. Of several workers on
one machine one has the ear, and another takes it over once that one is gone; any of them asks about rooms, and each
room is asked about by one of them at a time.
"""

import logging
import threading
import time
from typing import Final

from django.conf import settings
from django.db import Error, close_old_connections, connections

from rejoin.common import clock
from rejoin.common.rows import execute
from rejoin.console.schema import CHANNEL, EVERYWHERE
from rejoin.domain.attendance.absent import HEARD_WITHIN
from rejoin.followup.engine import beat
from rejoin.rooms.ear import EAR, ENGINE_HEARD, Ear
from rejoin.rooms.engines.port import Engine, Tells
from rejoin.rooms.hosting import engine
from rejoin.rooms.polling import poll

log = logging.getLogger("rejoin.hosting")
POLL: Final = "rooms.poll"
"""Beaten by whoever has asked about every room that was due."""
ENGINE_ANSWERS: Final = "rooms.engine"
"""Beaten when the engine answered."""
LOOK_EVERY_SECONDS: Final = 1.0
TOO_LONG_SECONDS: Final = HEARD_WITHIN.total_seconds() + 1
EAR_ADDRESS: Final = "127.0.0.1:8189"


def hosts(stopping: threading.Event) -> list[threading.Thread]:
    """The threads that keep our own rooms, to be started; they end once `stopping` is set."""
    chosen = engine()
    if chosen is None:
        return []
    threads = [threading.Thread(target=_keep_asking, args=(chosen, stopping), daemon=True)]
    if chosen.capabilities.tells is Tells.SOCKET:
        threads.append(threading.Thread(target=_keep_an_ear, args=(chosen, stopping), daemon=True))
    return threads


def parts() -> list[str]:
    """Of which heartbeats there have to be some, with these settings."""
    chosen = engine()
    if chosen is None:
        return []
    return [POLL, *([EAR] if chosen.capabilities.tells is Tells.SOCKET else [])]


def from_engine() -> list[str]:
    """Of which there are some while the engine lives; none where it cannot be asked who is in."""
    chosen = engine()
    if chosen is None or not chosen.capabilities.snapshot:
        return []
    return [ENGINE_ANSWERS, *([ENGINE_HEARD] if chosen.capabilities.tells is Tells.SOCKET else [])]


def _keep_asking(chosen: Engine, stopping: threading.Event) -> None:
    silence = Silence()
    while not stopping.wait(LOOK_EVERY_SECONDS):
        try:
            close_old_connections()
            answered = poll(chosen)
            _beat(POLL)
            if answered:
                _beat(ENGINE_ANSWERS)
            silence.hear(answered)
        except Error:
            log.exception("hosting.database_away")
            connections.close_all()
        except Exception:  # whatever it was, the next look comes
            log.exception("hosting.look_failed")
    connections.close_all()


class Silence:
    """How long the engine has not answered; boards that are open look again when that has become too long, and when
    it is over. Nothing else changes then that could tell them."""

    def __init__(self) -> None:
        self._heard_at = time.monotonic()
        self._away = self._told = False

    def hear(self, answered: bool) -> None:
        if answered:
            if self._away:
                log.warning("hosting.engine_answers")
            self._heard_at = time.monotonic()
        elif not self._away:
            log.warning("hosting.engine_away")
        self._away = not answered
        too_long = time.monotonic() - self._heard_at > TOO_LONG_SECONDS
        if too_long != self._told:
            execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"today,session:{EVERYWHERE}"])
        self._told = too_long


def _keep_an_ear(chosen: Engine, stopping: threading.Event) -> None:
    given = settings.ENVIRONMENT.engine_settings
    host, _, port = given.get("ear", EAR_ADDRESS).rpartition(":")
    Ear(provider=chosen.name, secret=given["ear_secret"], beat=_beat).listen(
        host.strip("[]"), int(port), stopping
    )


def _beat(part: str) -> None:
    beat(part, clock.now())
