"""A worker: looks for what is due once a second, whatever becomes of the queue.

Two things make a worker look. The queue (procrastinate) wakes it in the moment something came in, on
whichever machine; and a thread of the worker's own looks whenever the worker has not looked for a second.
The thread needs nothing but the database, so that a queue that is stuck, whose notices are lost or whose
tables are locked costs a second and nothing else. It is a plain loop because nothing smarter is needed: what
is due is found by asking, two that ask at once skip each other's rows, and so it never matters who looked or
how often. And since every worker looks by itself, the heartbeats tell of each worker whether it lives.

What rooms report is read sooner still: the web says that it came in, and a worker listens (operations.listening).
Whoever notices also keeps our own rooms, where there are any (operations.hosting).

The engine, the sending of messages and long work are apart, each with threads of its own: vendors that take long
to answer keep other messages waiting, and an import other imports, never the noticing. Sessions of series are made
ahead by whoever notices.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import psutil
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, close_old_connections, connections
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import app, connector_params

from rejoin.common import clock
from rejoin.common.actors import ENGINE as BY_ENGINE
from rejoin.common.rows import execute, select
from rejoin.followup import jobs
from rejoin.followup.engine import PARTS, SENDING
from rejoin.longwork import jobs as longwork
from rejoin.longwork.actions import empty_old_files
from rejoin.longwork.running import leaving
from rejoin.operations import opening, seating
from rejoin.operations.hosting import hosts
from rejoin.operations.listening import ears
from rejoin.outreach.channels.choose import channels_in_force
from rejoin.outreach.sending import worker_name

T = TypeVar("T")
log = logging.getLogger("rejoin.working")
LOOK_EVERY_SECONDS: Final = 1.0
BEGIN_AGAIN_AFTER_SECONDS: Final = 1.0
STOP_WITHIN_SECONDS: Final = 8.0
"""What is under way then is given up: transactions are rolled back, and are somebody else's to do."""
# A worker waits so long for somebody else's lock, and then looks at what else is due.
LOCK_TIMEOUT: Final = "10s"
CONNECTION_AGE_SECONDS: Final = 60
POOL_TIMEOUT_SECONDS: Final = 5.0
FORGET_BEATS_AFTER: Final = "1 day"
TIDY_EVERY_SECONDS: Final = 30.0
NEW_SERIES_EVERY_SECONDS: Final = 10.0
EXTEND_EVERY_SECONDS: Final = 3600.0
LOST_AFTER: Final = "40 seconds"
"""Of silence; the queue's workers give a sign every ten."""

SINCE_LAST_LOOK = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - max(beat_at)), 'infinity')::float
  FROM common_heartbeat WHERE worker = %s AND part = ANY(%s)
"""
KNOWN_WORKERS = "SELECT DISTINCT worker FROM common_heartbeat"
FORGET = "DELETE FROM common_heartbeat WHERE worker = ANY(%s) OR beat_at < clock_timestamp() - %s::interval"
# Not given to others but taken away: each was a wake-up, and by now everybody has looked many times.
DROP_LOST_JOBS = """
DELETE FROM procrastinate_jobs AS job
 WHERE job.status = 'doing' AND job.queue_name = ANY(%s)
   AND (job.worker_id IS NULL
        OR EXISTS (SELECT FROM procrastinate_workers AS worker
                    WHERE worker.id = job.worker_id AND worker.last_heartbeat < clock_timestamp() - %s::interval))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One kind of work: the queue that wakes it, how to look, and the parts whose heartbeats tell of it."""

    queue: str
    look: Callable[[], object]
    parts: Sequence[str]
    threads: int


ENGINE: Final = Work(queue="engine", look=jobs.look, parts=[name for name, _ in PARTS], threads=1)
SEND: Final = Work(queue="sending", look=jobs.send, parts=[SENDING], threads=2)
LONG: Final = Work(queue=longwork.QUEUE, look=longwork.work, parts=(), threads=1)
ALL: Final = (ENGINE, SEND, LONG)


def work(*kinds: Work, on_begin: Callable[[], None] = lambda: None) -> None:
    """Works until SIGTERM or ctrl-c. `Refusal` when the database or the channels are not ready for it."""
    signal.signal(signal.SIGTERM, _leave)
    if not opening.is_reachable():
        log.warning("work.waits_for_database")
        opening.wait_for_database(given_up=lambda: False)
    opening.require_up_to_date()
    if SEND in kinds:
        channels_in_force(settings.CHANNEL_SETTINGS)  # refused here, and not by every look
    _settle_connections()
    connections.close_all()
    on_begin()
    _work_until_stopped(kinds)
    _say_goodbye()
    log.info("work.stopped")


def look_unless_looked(kind: Work) -> bool:
    """Look now, unless this worker has looked within the last second. Returns whether it did."""
    ((seconds,),) = select(SINCE_LAST_LOOK, [worker_name(), list(kind.parts)])
    if 0 <= seconds < LOOK_EVERY_SECONDS:  # a beat in the future is a clock that jumped back
        return False
    kind.look()
    return True


def forget_lost_workers() -> None:
    """Heartbeats of this machine's workers that are no more, and of others that fell silent a day ago."""
    here = socket.gethostname()[:40]
    named = [worker.rpartition(":") for (worker,) in select(KNOWN_WORKERS)]
    lost = [f"{host}:{pid}" for host, _, pid in named if host == here and not _lives(pid)]
    execute(FORGET, [lost, FORGET_BEATS_AFTER])


def drop_lost_jobs() -> int:
    """Jobs whose worker was killed in the middle. Returns how many."""
    return execute(DROP_LOST_JOBS, [[kind.queue for kind in ALL], LOST_AFTER])


def extend_unknown(known: Collection[int]) -> set[int]:
    """Makes the sessions of live series that are not known yet. Returns those that are known from now on."""
    live = seating.live_series()
    new = live.difference(known)
    if new:
        seating.extend_schedules(new, by=BY_ENGINE)
    return live


def _lives(pid: str) -> bool:
    return pid.isdecimal() and psutil.pid_exists(int(pid))


def _settle_connections() -> None:
    """Connections are kept between looks, and none waits for ever for a lock that somebody else holds."""
    given = connections[DEFAULT_DB_ALIAS].settings_dict
    given["CONN_MAX_AGE"] = CONNECTION_AGE_SECONDS
    asked = given["OPTIONS"].get("options", "")
    given["OPTIONS"]["options"] = f"{asked} -c lock_timeout={LOCK_TIMEOUT}".strip()


def _work_until_stopped(kinds: Sequence[Work]) -> None:
    stopping = threading.Event()
    ending = threading.Timer(STOP_WITHIN_SECONDS, _end_now)
    ending.daemon = True
    loops = [threading.Thread(target=_keep_looking, args=(kind, stopping), daemon=True) for kind in kinds]
    loops += [*ears(stopping), *hosts(stopping)] if ENGINE in kinds else []
    for loop in loops:
        loop.start()
    log.info("work.began", extra={"thread_count": len(loops)})
    asyncio.run(_serve_queues(kinds, stopping, ending))
    for loop in loops:
        loop.join()
    ending.cancel()


def _keep_looking(kind: Work, stopping: threading.Event) -> None:
    while not stopping.wait(LOOK_EVERY_SECONDS):
        try:
            close_old_connections()
            look_unless_looked(kind)
        except Error:
            log.exception("work.look_failed", extra={"queue": kind.queue})
            connections.close_all()
            opening.wait_for_database(given_up=stopping.is_set)
        except Exception:  # whatever it was, the next look comes
            log.exception("work.look_failed", extra={"queue": kind.queue})
    connections.close_all()


async def _serve_queues(kinds: Sequence[Work], stopping: threading.Event, ending: threading.Timer) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.set_default_executor(ThreadPoolExecutor(sum(kind.threads + 1 for kind in kinds) + 2))

    def ask_to_stop(*_: object) -> None:
        if stopping.is_set():
            _end_now()
        stopping.set()
        leaving.set()
        ending.start()
        loop.call_soon_threadsafe(stop.set)

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, ask_to_stop)
    beside = [_keep_tidy(stop), *([_keep_ahead(stop)] if ENGINE in kinds else [])]
    await asyncio.gather(*beside, *(_serve_queue(kind, stop) for kind in kinds))


async def _serve_queue(kind: Work, stop: asyncio.Event) -> None:
    """Whatever ends the queue before it is told to stop, it begins again."""
    while not stop.is_set():
        try:
            if await asyncio.to_thread(opening.wait_for_database, given_up=stop.is_set):
                await _run_jobs(kind, stop)
        except Exception:  # the looks go on without it
            log.exception("work.queue_ended", extra={"queue": kind.queue})
        await _pause(stop, BEGIN_AGAIN_AFTER_SECONDS)


async def _keep_tidy(stop: asyncio.Event) -> None:
    """What killed workers left behind. No job of the queue, since it is there for when the queue is stuck."""
    while not stop.is_set():
        try:
            await asyncio.to_thread(_on_own_connection, _tidy)
        except Exception:  # it is tidied again in a while
            log.exception("work.tidying_failed")
        await _pause(stop, TIDY_EVERY_SECONDS)


def _tidy() -> None:
    forget_lost_workers()
    drop_lost_jobs()
    empty_old_files(by=BY_ENGINE, at=clock.now())


def _on_own_connection(do: Callable[[], T]) -> T:
    """In a thread that is somebody else's the next time: no connection is left behind in it."""
    close_old_connections()
    try:
        return do()
    finally:
        connections.close_all()


async def _keep_ahead(stop: asyncio.Event) -> None:
    """Sessions of series, made ahead: of all at the start and once an hour, of a new series within seconds."""
    known: set[int] = set()
    begun_at = time.monotonic()
    while not stop.is_set():
        if time.monotonic() - begun_at >= EXTEND_EVERY_SECONDS:
            known, begun_at = set(), time.monotonic()
        try:
            known = await asyncio.to_thread(_on_own_connection, partial(extend_unknown, known))
        except Exception:  # tried again in a moment; meanwhile there are weeks of sessions
            log.exception("work.extending_failed")
        await _pause(stop, NEW_SERIES_EVERY_SECONDS)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _run_jobs(kind: Work, stop: asyncio.Event) -> None:
    async with _worker_app().open_async() as opened:
        running = asyncio.create_task(_run_worker(opened, kind))
        told = asyncio.create_task(stop.wait())
        await asyncio.wait((running, told), return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        running.cancel()  # ends after the jobs under way
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def _run_worker(opened: App, kind: Work) -> None:
    await opened.run_worker_async(
        queues=[kind.queue],
        name=kind.queue,
        concurrency=kind.threads,
        fetch_job_polling_interval=LOOK_EVERY_SECONDS,
        install_signal_handlers=False,
        delete_jobs="always",  # what a job found is in the facts, and what failed in the log
    )


def _worker_app() -> App:
    """The same jobs on connections of the queue's own, so that what a job defers is its transaction's."""
    connector = PsycopgConnector(
        kwargs=connector_params(DEFAULT_DB_ALIAS), min_size=1, max_size=4, timeout=POOL_TIMEOUT_SECONDS
    )
    return app.with_connector(connector)


def _leave(*_: object) -> None:
    """Nothing has begun yet."""
    sys.exit(0)


def _end_now() -> None:
    """Asked twice, or too long about it. What was not committed is due still: whoever looks next does it."""
    log.warning("work.ended_at_once")
    os._exit(1)


def _say_goodbye() -> None:
    """A worker that was told to stop is no lost one."""
    with contextlib.suppress(Error):
        execute(FORGET, [[worker_name()], FORGET_BEATS_AFTER])
    connections.close_all()
