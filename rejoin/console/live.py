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
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

import psycopg
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.db import DEFAULT_DB_ALIAS, Error, close_old_connections
from django.http import HttpRequest
from procrastinate.contrib.django import connector_params

from rejoin.accounts.signing import Standing, standing_of
from rejoin.common import clock
from rejoin.console.door import asking_of
from rejoin.console.schema import CHANNEL, EVERYWHERE
from rejoin.people.models import Staff

log = logging.getLogger("rejoin.live")
REFRESH: Final = "refresh"
SIGNED_OUT: Final = "signed-out"
"""The last event of a stream: whoever opened it may not follow any more."""
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
"""A browser that comes back after its line broke says that it had this id: then it may have missed something."""
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

    def __init__(self) -> None:
        self.is_ending = False
        self._followers: WeakSet[Follower] = WeakSet()
        self._listening: asyncio.Task[None] | None = None
        self._listens_since: float | None = None
        self._lately: dict[tuple[str, int | None], float] = {}
        """When each topic changed last in each program, of those moments that may matter still."""
        self._leaving: asyncio.TimerHandle | None = None

    def add(self, whose: Whose, topics: Iterable[str]) -> Follower | None:
        """A page that is about to follow; None: she has too many open already."""
        open_already = sum(each.whose.staff_id == whose.staff_id for each in self._followers)
        if open_already >= MOST_STREAMS:
            return None
        follower = Follower(whose=whose, topics=frozenset(topics))
        self._followers.add(follower)
        return follower

    @property
    def pace(self) -> float:
        """Seconds between two events of a stream. The first one after a while waits for nothing."""
        return min(max(len(self._followers) / PAGES_A_SECOND, PACE_SECONDS), SLOWEST_PACE_SECONDS)

    def follow(self, follower: Follower, *, again: bool) -> None:
        """From now on the page hears of everything. `again`: it did before, and its line broke meanwhile."""
        if self._leaving is not None:
            self._leaving.cancel()
        if self._listening is None:
            self._listening = asyncio.get_running_loop().create_task(self._listen())
        since, now = self._listens_since, time.monotonic()
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

    def _fall_silent(self) -> None:
        if self._listening is not None and (self.is_ending or not self._followers):
            self._listening.cancel()
            self._listening = None

    async def _listen(self) -> None:
        """Hears the database for ever. Whenever it begins to, every page looks again: it may have missed something."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_connecting(), autocommit=True) as line:
                    await line.execute(f"LISTEN {CHANNEL}")
                    pause = FIRST_PAUSE_SECONDS
                    self._begin()
                    async for notice in line.notifies():
                        self._hear(notice.payload)
            except (psycopg.Error, OSError):
                log.warning("live.database_lost")
            finally:
                self._listens_since = None
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _begin(self) -> None:
        self._listens_since = time.monotonic()
        self._lately.clear()
        for each in list(self._followers):
            each.tell(REFRESH, None)

    def _hear(self, told: str) -> None:
        topics, _, named = told.partition(":")
        programs = _numbers(named)
        now = time.monotonic()
        for topic in topics.split(","):
            for program in [None] if programs is None else programs:
                self._lately[topic, program] = now
            for each in list(self._followers):
                each.tell(topic, programs)
        self._forget(now)

    def _forget(self, now: float) -> None:
        old = [key for key, at in self._lately.items() if now - at > ON_ITS_WAY_SECONDS]
        for key in old:
            del self._lately[key]


def _numbers(named: str) -> list[int] | None:
    """Programs as they were told; None: any."""
    told = named.split(",")
    return None if EVERYWHERE in told else [int(each) for each in told if each.isdecimal()]


def _connecting() -> dict[str, Any]:
    return connector_params(DEFAULT_DB_ALIAS)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the loop that runs: a process that serves has one."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


def end_streams() -> None:
    """Ends every stream of this process. Called from its loop."""
    hub().end()


async def stream(hub: Hub, follower: Follower, *, again: bool, look: Look) -> AsyncIterator[str]:
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
                    yield _event(SIGNED_OUT, ())
                    return
                follower.whose, looked_at = whose, time.monotonic()
            yield "".join(_event(*each) for each in follower.take().items()) or HEARTBEAT
            await asyncio.sleep(hub.pace)
    finally:
        hub.leave(follower)


def _event(topic: str, programs: Collection[int]) -> str:
    return f"event: {topic}\ndata: {','.join(map(str, sorted(programs)))}\n\n"


def who_follows(request: HttpRequest) -> tuple[Standing, Whose | None]:
    """How far she has come with signing in, and what she may follow; None: nothing. Leaves no connection open."""
    try:
        standing = standing_of(request)
        return standing, _whose(request) if standing is Standing.READY else None
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
