"""Pages of a room that follow what happens in it: one ear at the database for each web process, a stream for each page.

The database passes on what `telling` says, and that boards changed (`rejoin_live`). Whoever is not inside hears of
herself alone: that she was let in, turned away, or that the room is locked. Captions pass through and stay nowhere.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

import psycopg
from asgiref.sync import sync_to_async
from django.db import DEFAULT_DB_ALIAS, Error, close_old_connections
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from procrastinate.contrib.django import connector_params

from rejoin.visits import telling
from rejoin.visits.granting import is_let_in
from rejoin.visits.visitor import Visitor
from rejoin.visits.vocabulary import Door

log = logging.getLogger("rejoin.live")
BOARDS: Final = "rejoin_live"
"""The console's channel: which boards have to look again, of which programs."""
BOARD_TOPICS: Final = frozenset({"session", "today", "case", "worklist"})
HEARTBEAT_SECONDS: Final = 15.0
STANDING_SECONDS: Final = 30.0
PACE_SECONDS: Final = 0.05
PAUSE_SECONDS: Final = 1.0
MOST_WAITING: Final = 200
"""Events that a page has not taken; of more the oldest are dropped, and it asks for everything again."""
MOST_STREAMS: Final = 6
"""Of one visit, in one web process."""
BEGIN: Final = "retry: 2000\n\n"
HEARTBEAT: Final = ":\n\n"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
ASK_AGAIN: Final = (telling.PEOPLE, "{}")
"""Whoever hears it asks for who is here, and a host for her board: two of them are one."""
FOR_HERSELF: Final = frozenset({telling.ADMITTED, telling.REFUSED, telling.REMOVED, telling.MUTED})

Look = Callable[[], Visitor | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who follows, and how far she has come."""

    session_id: int
    program_id: int
    visit_id: int
    host: bool
    inside: bool


@dataclass(eq=False, kw_only=True)
class Follower:
    """One open page of a room."""

    standing: Standing
    inside: bool = False
    _waiting: deque[tuple[str, str]] = field(default_factory=deque)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.inside = self.standing.inside

    def hear(self, told: dict[str, Any]) -> None:
        """What was told of her session."""
        event = str(told["event"])
        if event in FOR_HERSELF:
            if told.get("visit") != self.standing.visit_id:
                return
            if event != telling.MUTED:
                self.inside = event == telling.ADMITTED
        elif event == telling.BOARD:
            if not self.standing.host:
                return
        elif event != telling.LOCKED and not self.inside:
            return
        more = {key: each for key, each in told.items() if key not in ("session", "event", "visit")}
        self.tell(telling.PEOPLE if event == telling.BOARD else event, json.dumps(more, ensure_ascii=False))

    def tell(self, event: str, data: str) -> None:
        if (event, data) == ASK_AGAIN and ASK_AGAIN in self._waiting:
            return
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.clear()
            self._waiting.append(ASK_AGAIN)
        self._waiting.append((event, data))
        self._news.set()

    def wake(self) -> None:
        self._news.set()

    async def wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)

    def take(self) -> str:
        self._news.clear()
        told = "".join(f"event: {event}\ndata: {data}\n\n" for event, data in self._waiting)
        self._waiting.clear()
        return told


class Ear:
    """The one that listens, for all pages of rooms in this process, while there is one."""

    def __init__(self) -> None:
        self.is_ending = False
        self._followers: WeakSet[Follower] = WeakSet()
        self._listening: asyncio.Task[None] | None = None

    def add(self, standing: Standing) -> Follower | None:
        """A page that is about to follow; None: too many of hers are open already."""
        if sum(each.standing.visit_id == standing.visit_id for each in self._followers) >= MOST_STREAMS:
            return None
        follower = Follower(standing=standing)
        self._followers.add(follower)
        if self._listening is None and not self.is_ending:
            self._listening = asyncio.get_running_loop().create_task(self.listen())
        else:
            follower.tell(*ASK_AGAIN)
        return follower

    def leave(self, follower: Follower) -> None:
        self._followers.discard(follower)
        if not self._followers and self._listening is not None:
            self._listening.cancel()
            self._listening = None

    def end(self) -> None:
        """Ends every stream: the process is about to stop. Browsers come back by themselves."""
        self.is_ending = True
        for each in list(self._followers):
            each.wake()
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def listen(self) -> None:
        """Hears the database for ever."""
        while True:
            try:
                async with await _connect() as line:
                    await line.execute(f"LISTEN {telling.CHANNEL}")
                    await line.execute(f"LISTEN {BOARDS}")
                    self.begin()
                    async for notice in line.notifies():
                        self.hear(notice.channel, notice.payload)
            except (psycopg.Error, OSError):
                log.warning("visits.database_lost")
            await asyncio.sleep(PAUSE_SECONDS)

    def begin(self) -> None:
        """Heard from now on: every page asks again, it may have missed something."""
        for each in list(self._followers):
            each.tell(*ASK_AGAIN)

    def hear(self, channel: str, payload: str) -> None:
        if channel == BOARDS:
            self._hear_of_boards(payload)
            return
        told = json.loads(payload)
        for each in list(self._followers):
            if each.standing.session_id == told["session"]:
                each.hear(told)

    def _hear_of_boards(self, payload: str) -> None:
        topics, _, programs = payload.partition(":")
        if BOARD_TOPICS.isdisjoint(topics.split(",")):
            return
        named = programs.split(",")
        for each in list(self._followers):
            if each.standing.host and ("*" in named or str(each.standing.program_id) in named):
                each.tell(*ASK_AGAIN)


_ears: WeakKeyDictionary[asyncio.AbstractEventLoop, Ear] = WeakKeyDictionary()


def ear() -> Ear:
    """The ear of the loop that runs."""
    return _ears.setdefault(asyncio.get_running_loop(), Ear())


def end_streams() -> None:
    """Ends every stream of this process. Called from its loop."""
    ear().end()


async def follow(request: HttpRequest, look: Look) -> HttpResponseBase:  # noqa: ARG001 - as views have it
    """The stream of whoever `look` finds, for as long as it finds her. 404 for whoever has not asked to come in."""
    standing = await sync_to_async(partial(standing_of, look))()
    if standing is None:
        raise Http404
    follower = ear().add(standing)
    if follower is None:
        return HttpResponse("Too many pages of this room are open.", status=429, content_type="text/plain")
    events = stream(ear(), follower, look)
    return StreamingHttpResponse(events, content_type="text/event-stream", headers=HEADERS)


async def stream(ear: Ear, follower: Follower, look: Look) -> AsyncGenerator[str, None]:
    """The events of one page. No connection to the database is held meanwhile."""
    looked_at = time.monotonic()
    try:
        yield BEGIN
        while not ear.is_ending:
            due_in = looked_at + STANDING_SECONDS - time.monotonic()
            await follower.wait(min(HEARTBEAT_SECONDS, max(due_in, PACE_SECONDS)))
            if time.monotonic() - looked_at >= STANDING_SECONDS:
                try:
                    standing = await sync_to_async(partial(standing_of, look))()
                except Error:
                    yield HEARTBEAT
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                if standing is None:
                    return
                follower.standing, follower.inside = standing, standing.inside
                looked_at = time.monotonic()
            yield follower.take() or HEARTBEAT
            await asyncio.sleep(PACE_SECONDS)
    finally:
        ear.leave(follower)


def standing_of(look: Look) -> Standing | None:
    """How far she has come, as it is now. Leaves no connection open."""
    try:
        visitor = look()
        visit = visitor.visit if visitor is not None and visitor.door is Door.OPEN else None
        if visitor is None or visit is None:
            return None
        return Standing(
            session_id=visitor.session.pk,
            program_id=visitor.session.program_id,
            visit_id=visit.pk,
            host=visitor.host,
            inside=is_let_in(visitor, visit),
        )
    finally:
        close_old_connections()


async def _connect() -> psycopg.AsyncConnection:
    given: dict[str, Any] = connector_params(DEFAULT_DB_ALIAS)
    return await psycopg.AsyncConnection.connect(**given, autocommit=True)
