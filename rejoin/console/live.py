"""Pages that follow what happens: one ear at the database for each web process, and a stream for each open page.

The database says "today, programs 1 and 2" when something was written that this board shows (`schema.py`). An event
on a stream says "look again" and nothing else; what is new the page asks for, by the same door as ever. So an event
may be told twice, or once for many changes: what waits for a page that is slow to take it is a set of topics, which
never grows. Whenever it cannot be known whether something was missed, the page is told to `refresh`.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

import psycopg
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.db import DEFAULT_DB_ALIAS, Error, close_old_connections
from django.http import HttpRequest
from procrastinate.contrib.django import connector_params

from rejoin.accounts.signing import Standing, standing_of, where_to_go_on
from rejoin.common import clock
from rejoin.console.door import asking_of
from rejoin.console.schema import CHANNEL, EVERYWHERE
from rejoin.people.models import Staff

log = logging.getLogger("rejoin.live")
REFRESH: Final = "refresh"
SIGNED_OUT: Final = "event: signed-out\ndata:\n\n"
"""All there is on the stream of somebody who followed, comes back and may not follow any more."""
HEARTBEAT_SECONDS: Final = 15.0
STANDING_SECONDS: Final = 30.0
"""How long a look at whether she may still follow holds."""
PACE_SECONDS: Final = 0.2
SLOWEST_PACE_SECONDS: Final = 0.8
"""Between two events of a stream: in a busy minute a page looks again so often, and not at every join."""
PAGES_A_SECOND: Final = 20
"""How many look again at most, all streams together: each of them asks for a page."""
ON_ITS_WAY_SECONDS: Final = 20.0
"""What happened so shortly before a stream begins is told on it: the page may have been made before that."""
LISTEN_ON_SECONDS: Final = 60.0
"""After the last page has gone."""
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 2.0
MOST_STREAMS: Final = 10
"""Of one person, in one web process."""
RETRY_MILLISECONDS: Final = 2000
BEGIN: Final = f"retry: {RETRY_MILLISECONDS}\nid: 1\n\n"
COMES_BACK: Final = "Last-Event-ID"
"""Header of a browser whose line broke, with the id above: it may have missed something."""
HEARTBEAT: Final = ":\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Somebody who may follow, and in which programs."""

    staff_id: int
    programs: frozenset[int]


Look = Callable[[], Awaitable[Whose | None]]
"""Whether she may still follow. Raises the database's `Error` while nobody can say."""


@dataclass(eq=False, kw_only=True)
class Follower:
    """One open page: what it follows, and what it has not been told yet."""

    whose: Whose
    topics: frozenset[str]
    _pending: dict[str, set[int]] = field(default_factory=dict)
    _waiting: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, topic: str, programs: Collection[int] | None) -> None:
        """Note that `topic` changed in `programs` (None: it may be any). Others' programs are none of hers."""
        own = self.whose.programs if programs is None else self.whose.programs.intersection(programs)
        if own and (topic in self.topics or topic == REFRESH):
            self._pending.setdefault(topic, set()).update(own)
            self._waiting.set()

    def wake(self) -> None:
        self._waiting.set()

    async def wait(self, seconds: float) -> None:
        """Until there is something to tell, or so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._waiting.wait(), seconds)

    def take(self) -> Mapping[str, Collection[int]]:
        """What there is to tell, by topic; from now on it counts as told. After a refresh all else is said."""
        self._waiting.clear()
        told, self._pending = self._pending, {}
        own = {topic: both for topic, programs in told.items() if (both := programs & self.whose.programs)}
        return {REFRESH: own[REFRESH]} if REFRESH in own else own


class Hub:
    """The one that listens, for all pages of this process. It begins with the first, and ends a while after the last."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self.is_ending = False
        self._now = now
        self._followers: WeakSet[Follower] = WeakSet()
        self._listening: asyncio.Task[None] | None = None
        self._leaving: asyncio.TimerHandle | None = None
        self._heard_since: float | None = None
        """From when on nothing was missed; None: the database is not heard."""
        self._lately: dict[tuple[str, int | None], float] = {}
        """When each topic changed last in each program, of those moments that may matter still."""

    @property
    def pace(self) -> float:
        """Seconds between two events of a stream. The first one after a while waits for nothing."""
        return min(max(len(self._followers) / PAGES_A_SECOND, PACE_SECONDS), SLOWEST_PACE_SECONDS)

    def add(self, whose: Whose, topics: Iterable[str]) -> Follower | None:
        """A page that is about to follow; None: she has too many open already."""
        open_already = sum(each.whose.staff_id == whose.staff_id for each in self._followers)
        if open_already >= MOST_STREAMS:
            return None
        follower = Follower(whose=whose, topics=frozenset(topics))
        self._followers.add(follower)
        return follower

    def follow(self, follower: Follower, *, again: bool) -> None:
        """From now on the page hears of everything. `again`: it did before, and its line broke meanwhile."""
        if self._leaving is not None:
            self._leaving.cancel()
        if self._listening is None and not self.is_ending:
            self._listening = asyncio.get_running_loop().create_task(self.listen())
        since, now = self._heard_since, self._now()
        if since is None:
            return  # refreshed as soon as the database is heard
        if again or now - since < ON_ITS_WAY_SECONDS:
            follower.tell(REFRESH, None)
            return
        self._forget(now)
        for topic, program in self._lately:
            follower.tell(topic, None if program is None else {program})

    def leave(self, follower: Follower) -> None:
        self._followers.discard(follower)
        if not self._followers and not self.is_ending:
            self._leaving = asyncio.get_running_loop().call_later(LISTEN_ON_SECONDS, self._fall_silent)

    def end(self) -> None:
        """Ends every stream: the process is about to stop. Browsers come back by themselves."""
        self.is_ending = True
        for each in list(self._followers):
            each.wake()
        self._fall_silent()

    async def listen(self) -> None:
        """Hears the database for ever."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async with await _connect() as line:
                    await line.execute(f"LISTEN {CHANNEL}")
                    pause = FIRST_PAUSE_SECONDS
                    self.begin()
                    async for notice in line.notifies():
                        self.hear(notice.payload)
            except (psycopg.Error, OSError):
                log.warning("live.database_lost")
            finally:
                self._heard_since = None
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def begin(self) -> None:
        """The database is heard from now on. Every page looks again: it may have missed something."""
        self._heard_since = self._now()
        self._lately.clear()
        for each in list(self._followers):
            each.tell(REFRESH, None)

    def hear(self, told: str) -> None:
        """What the database said: "today,session:1,2"."""
        topics, _, named = told.partition(":")
        programs, now = _numbers(named), self._now()
        for topic in topics.split(","):
            for program in [None] if programs is None else programs:
                self._lately[topic, program] = now
            for each in list(self._followers):
                each.tell(topic, programs)
        self._forget(now)

    def _fall_silent(self) -> None:
        if self._listening is not None and (self.is_ending or not self._followers):
            self._listening.cancel()
            self._listening = None

    def _forget(self, now: float) -> None:
        old = [key for key, at in self._lately.items() if now - at > ON_ITS_WAY_SECONDS]
        for key in old:
            del self._lately[key]


def _numbers(named: str) -> list[int] | None:
    """Programs as they were told; None: any."""
    told = named.split(",")
    return None if EVERYWHERE in told else [int(each) for each in told if each.isdecimal()]


async def _connect() -> psycopg.AsyncConnection:
    given: dict[str, Any] = connector_params(DEFAULT_DB_ALIAS)
    return await psycopg.AsyncConnection.connect(**given, autocommit=True)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the loop that runs: a process that serves has one."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


def end_streams() -> None:
    """Ends every stream of this process. Called from its loop."""
    hub().end()


async def stream(hub: Hub, follower: Follower, *, again: bool, look: Look) -> AsyncGenerator[str, None]:
    """The events of a page, until she may not follow any more or the process stops. No connection is held meanwhile.

    Nothing is told by a look at her standing that is older than `STANDING_SECONDS`; while nobody can say, it waits.
    """
    looked_at = time.monotonic()
    try:
        yield BEGIN
        hub.follow(follower, again=again)
        while not hub.is_ending:
            due_in = looked_at + STANDING_SECONDS - time.monotonic()
            await follower.wait(min(HEARTBEAT_SECONDS, max(due_in, PACE_SECONDS)))
            if time.monotonic() - looked_at >= STANDING_SECONDS:
                try:
                    whose = await look()
                except Error:
                    yield HEARTBEAT
                    await asyncio.sleep(LONGEST_PAUSE_SECONDS)
                    continue
                if whose is None:
                    return  # her browser comes back, and is answered by what it shows then
                follower.whose, looked_at = whose, time.monotonic()
            yield "".join(_event(*each) for each in follower.take().items()) or HEARTBEAT
            await asyncio.sleep(hub.pace)
    finally:
        hub.leave(follower)


def _event(topic: str, programs: Collection[int]) -> str:
    return f"event: {topic}\ndata: {','.join(map(str, sorted(programs)))}\n\n"


def who_follows(request: HttpRequest) -> tuple[Whose | None, str]:
    """Who asks and what she may follow, if anything; where she goes on, if she is not signed in or only half.

    Leaves no connection open.
    """
    try:
        standing = standing_of(request)
        if standing is not Standing.READY:
            return None, where_to_go_on(request, standing)
        return _whose(request), ""
    finally:
        close_old_connections()


def look_again(session: SessionBase) -> Whose | None:
    """What she may follow by her session as it is now: she may have signed out, or it ended, or a role did."""
    asked = HttpRequest()
    asked.session = type(session)(session.session_key)
    try:
        asked.user = get_user(asked)
        return _whose(asked) if standing_of(asked) is Standing.READY else None
    finally:
        close_old_connections()


def _whose(request: HttpRequest) -> Whose | None:
    staff = Staff.objects.filter(user_id=request.user.pk or 0).first()
    programs = asking_of(staff, clock.now()).roles if staff is not None else ()
    return Whose(staff_id=staff.pk, programs=frozenset(programs)) if staff is not None and programs else None
