"""The ear: a small websocket server on this machine that our own engine dials to tell who comes and goes.

What comes in is stored as it came, in batches, before anybody reads it, and nothing is answered. While the database
is away it is kept in memory; once that is full, nothing more is read from the line, and the engine keeps the rest
itself. There is one way in: the path is a secret.
"""

import hmac
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from queue import Empty, Full, Queue
from typing import Final

import msgspec
from django.db import Error, close_old_connections, connections
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from rejoin.common import clock
from rejoin.common.actors import vendor_actor
from rejoin.common.rows import execute
from rejoin.rooms.actions import take_in
from rejoin.rooms.inbox import ARRIVALS, Delivery, deliver

log = logging.getLogger("rejoin.ear")
EAR: Final = "rooms.ear"
"""Beaten while what comes in can be stored."""
ENGINE_HEARD: Final = "rooms.ear_dialled"
"""Beaten while an engine has dialled."""
MOST_KEPT: Final = 50_000
"""Events in memory while the database is away: an evening of some hundred sessions, and some fifty megabytes."""
BATCH: Final = 2000
PAUSE_SECONDS: Final = 0.02
"""After a batch: what comes in meanwhile is stored together."""
AGAIN_AFTER_SECONDS: Final = 1.0
BEAT_EVERY_SECONDS: Final = 5.0
FLUSH_WITHIN_SECONDS: Final = 5.0
LARGEST_MESSAGE: Final = 32 * 1024 * 1024
NOTICE_STOP_SECONDS: Final = 0.5

_events = msgspec.json.Decoder(list[msgspec.Raw])
Beat = Callable[[str], None]


class Ear:
    """Listens at one address until told to stop. `beat` is called with the name of what lives."""

    def __init__(self, *, provider: str, secret: str, beat: Beat, most_kept: int = MOST_KEPT) -> None:
        self.provider = provider
        self._path = f"/{secret}".encode()
        self._beat = beat
        self._kept: Queue[bytes] = Queue(most_kept)
        self._lines: set[ServerConnection] = set()
        self._full = False
        self._stopping = threading.Event()

    @property
    def waiting(self) -> int:
        """Events in memory that are not stored yet."""
        return self._kept.qsize()

    def listen(self, host: str, port: int, stopping: threading.Event) -> None:
        """Until `stopping`. Where another worker of this machine listens already, its place is taken once it is gone."""
        self._stopping = stopping
        writer = threading.Thread(target=self._keep_storing, daemon=True)
        writer.start()
        told = False
        while not stopping.is_set():
            try:
                self._serve(host, port, stopping)
            except OSError as fault:
                if not told:
                    log.warning("ear.waits_for_address", extra={"code": type(fault).__name__})
                told = True
                stopping.wait(AGAIN_AFTER_SECONDS)
        writer.join()

    def _serve(self, host: str, port: int, stopping: threading.Event) -> None:
        server = serve(
            self._hear,
            host,
            port,
            process_request=self._let_in,
            compression=None,
            max_size=LARGEST_MESSAGE,
            ping_interval=None,  # the line may stand still while the database is away
        )
        log.info("ear.listens")
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        stopping.wait()
        self._hang_up(server)
        serving.join(FLUSH_WITHIN_SECONDS)

    def _hang_up(self, server: Server) -> None:
        server.shutdown()
        for line in list(self._lines):
            line.close()

    def _let_in(self, line: ServerConnection, request: Request) -> Response | None:
        """Whoever does not know the path is told nothing."""
        if hmac.compare_digest(request.path.encode(), self._path):
            return None
        log.warning("ear.refused")
        return line.respond(HTTPStatus.NOT_FOUND, "")

    def _hear(self, line: ServerConnection) -> None:
        self._lines.add(line)
        log.info("ear.dialled")
        try:
            for message in line:
                for event in events_in(message.encode() if isinstance(message, str) else message):
                    self._keep(event)
        except ConnectionClosed:
            log.warning("ear.line_lost")
        finally:
            self._lines.discard(line)

    def _keep(self, event: bytes) -> None:
        """Into memory. Where that is full, the line waits."""
        while not self._stopping.is_set():
            try:
                self._kept.put(event, timeout=NOTICE_STOP_SECONDS)
            except Full:
                if not self._full:
                    log.error("ear.full", extra={"count": self._kept.maxsize})  # noqa: TRY400 - nothing was raised
                self._full = True
            else:
                self._full = False
                return

    def _keep_storing(self) -> None:
        """Whatever goes wrong, what is in memory is stored before anything that comes after it."""
        batch: list[bytes] = []
        beaten, away, dialled, given_up_at = 0.0, False, False, float("inf")
        while not (self._stopping.is_set() and not batch and self._kept.empty()):
            if self._stopping.is_set():
                given_up_at = min(given_up_at, time.monotonic() + FLUSH_WITHIN_SECONDS)
            if time.monotonic() > given_up_at:
                log.error("ear.lost", extra={"count": len(batch) + self.waiting})
                break
            batch = batch or self._next_batch()
            try:
                close_old_connections()
                if batch:
                    store(self.provider, batch)
                    batch = []
                if time.monotonic() - beaten > BEAT_EVERY_SECONDS or away or dialled != bool(self._lines):
                    dialled = bool(self._lines)
                    self._tell_alive()
                    beaten = time.monotonic()
                away = False
            except Error:
                if not away:
                    log.exception("ear.database_away", extra={"count": len(batch) + self.waiting})
                away = True
                connections.close_all()
                self._stopping.wait(AGAIN_AFTER_SECONDS)
        connections.close_all()

    def _tell_alive(self) -> None:
        self._beat(EAR)
        if self._lines:
            self._beat(ENGINE_HEARD)

    def _next_batch(self) -> list[bytes]:
        """What has come in; after some moments of nothing, nothing."""
        try:
            found = [self._kept.get(timeout=NOTICE_STOP_SECONDS)]
        except Empty:
            return []
        self._stopping.wait(PAUSE_SECONDS)
        with suppress(Empty):
            while len(found) < BATCH:
                found.append(self._kept.get_nowait())
        return found


def events_in(message: bytes) -> list[bytes]:
    """One event or a list of them, each as it was written; what cannot be read is kept whole."""
    if not message.lstrip().startswith(b"["):
        return [message]
    try:
        return [bytes(each) for each in _events.decode(message)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [message]


def store(provider: str, events: list[bytes]) -> int:
    """Into the inbox, and a word to whoever reads it. Returns how many are new."""
    deliveries: dict[str, Delivery] = {}
    for event in events:
        delivery = deliver(provider, event)
        deliveries.setdefault(delivery.event_id, delivery)
    new = take_in(
        provider=provider, deliveries=deliveries.values(), by=vendor_actor(provider), at=clock.now()
    )
    if new:
        with suppress(Error):
            execute(f"NOTIFY {ARRIVALS}")
    return new
