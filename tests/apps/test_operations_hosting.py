"""A worker keeps our own rooms: an ear, and somebody who asks; and tells of each that it lives."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError
from pytest_django import Settings

from rejoin.common import clock
from rejoin.common.models import Heartbeat
from rejoin.operations import hosting
from rejoin.rooms.ear import EAR, ENGINE_HEARD
from rejoin.rooms.engines.janus.starting import Running
from rejoin.rooms.engines.janus.writing import settings_of
from rejoin.rooms.models import HostedRoom, RawEvent
from rejoin.rooms.polling import poll as ask
from tests.apps.janus_scene import Guest, janus_at_work
from tests.apps.processes import wait_until
from tests.apps.rooms_scene import MINUTE, Rooms

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]
PREFIX = "REJOIN_JANUS_"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with janus_at_work(tmp_path / "janus") as server:
        yield server


@pytest.fixture
def engine_set(running: Running, settings: Settings) -> Running:
    told = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in settings_of(running.setup).items()
        if name.startswith(PREFIX)
    }
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, engine="janus", engine_settings=told)
    return running


@contextmanager
def a_worker() -> Iterator[None]:
    """What a worker starts to keep rooms, and nothing else of it."""
    stopping = threading.Event()
    threads = hosting.hosts(stopping)
    for each in threads:
        each.start()
    try:
        yield
    finally:
        stopping.set()
        for each in threads:
            each.join(20)
    assert not any(each.is_alive() for each in threads)


def beats() -> set[str]:
    return set(Heartbeat.objects.values_list("part", flat=True))


def test_without_an_engine_nothing_is_kept() -> None:
    assert hosting.hosts(threading.Event()) == []
    assert hosting.parts() == hosting.from_engine() == []


def test_a_session_gets_its_room_and_who_joins_is_heard_and_seen(engine_set: Running) -> None:
    rooms = Rooms()
    session = rooms.session(rooms.patient("ada"), starts_at=clock.now() + 10 * MINUTE, room="")
    with a_worker():
        wait_until(lambda: HostedRoom.objects.filter(engine_seen_at__isnull=False).exists())
        wait_until(lambda: {*hosting.parts(), *hosting.from_engine()} <= beats())
        room = HostedRoom.objects.get()
        grant = engine_set.engine.join_grant(
            str(room.name), "p-ada", host=False, at=clock.now(), until=session.ends_at
        )
        guest = Guest(grant).join()
        wait_until(lambda: any(b'"joined"' in bytes(each.body) for each in RawEvent.objects.all()))
        guest.leave()
    assert {EAR, ENGINE_HEARD, hosting.POLL, hosting.ENGINE_ANSWERS} <= beats()


def test_whatever_goes_wrong_with_one_look_the_next_one_comes(
    engine_set: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: list[Exception] = [ZeroDivisionError(), OperationalError()]

    def poll(*given: object) -> bool:
        if faults:
            raise faults.pop()
        return ask(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("rejoin.operations.hosting.poll", poll)
    monkeypatch.setattr("rejoin.operations.hosting.LOOK_EVERY_SECONDS", 0.05)
    with a_worker():
        wait_until(lambda: hosting.ENGINE_ANSWERS in beats())
    assert faults == []


def test_open_boards_look_again_once_an_engine_was_silent_too_long_and_once_it_is_back(
    engine_set: Running, monkeypatch: pytest.MonkeyPatch, raw_connection: psycopg.Connection
) -> None:
    monkeypatch.setattr("rejoin.operations.hosting.TOO_LONG_SECONDS", 0.2)
    raw_connection.execute("LISTEN rejoin_live")
    told: list[str] = []

    def hears(times: int) -> bool:
        told.extend(
            each.payload
            for each in raw_connection.notifies(timeout=0.05)
            if each.payload == "today,session:*"
        )
        return len(told) >= times

    with a_worker():
        wait_until(lambda: hosting.ENGINE_ANSWERS in beats())
        engine_set.kill()
        wait_until(lambda: hears(1))
        engine_set.start_again()
        wait_until(lambda: hears(2))
    assert len(told) == 2


def test_of_two_workers_of_one_machine_one_has_the_ear_and_the_other_takes_it_over(
    engine_set: Running,
) -> None:
    with ExitStack() as first:
        first.enter_context(a_worker())
        wait_until(lambda: ENGINE_HEARD in beats())
        with a_worker():
            first.close()
            Heartbeat.objects.all().delete()
            wait_until(lambda: ENGINE_HEARD in beats())
