"""A worker's ear: what comes in is read though nobody looks, and whatever goes wrong it hears again."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from rejoin.common import clock
from rejoin.common.actors import vendor_actor
from rejoin.common.rows import execute, select
from rejoin.followup.engine import read_rooms, run_pass
from rejoin.operations import listening
from rejoin.rooms import inbox
from rejoin.rooms.actions import take_in
from rejoin.rooms.models import RawEvent
from tests.apps.processes import wait_until
from tests.apps.scene import Scene

# In this database alone: the server is shared with whoever else tests at this time.
LISTENING = f"FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN {inbox.ARRIVALS}'"


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """Others can see all of it."""
    return Scene()


@contextmanager
def ears() -> Iterator[None]:
    """A worker's ears and nothing else of it: no look of its own would read anything."""
    stopping = threading.Event()
    threads = listening.ears(stopping)
    for each in threads:
        each.start()
    try:
        yield
    finally:
        stopping.set()
        for each in threads:
            each.join(10)
    assert not any(each.is_alive() for each in threads)


def a_delivery(number: int) -> None:
    """As the web takes it in."""
    delivery = inbox.deliver("livekit", f'{{"id": "EV_{number}", "event": "room_started"}}'.encode())
    take_in(provider="livekit", deliveries=[delivery], by=vendor_actor("livekit"), at=clock.now())
    execute(f"NOTIFY {inbox.ARRIVALS}")


def hears() -> bool:
    return select(f"SELECT {LISTENING}") != []


def all_read() -> bool:
    return not RawEvent.objects.filter(state="new").exists()


def test_what_comes_in_is_read_though_nobody_looks(scene: Scene) -> None:
    with ears():
        wait_until(hears)
        for number in range(3):
            a_delivery(number)
            wait_until(all_read)
        wait_until(lambda: select("SELECT FROM common_heartbeat WHERE part = 'attendance.sessions'"))


def test_an_ear_whose_database_went_away_hears_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, raw_connection: psycopg.Connection
) -> None:
    monkeypatch.setattr(listening, "BEGIN_AGAIN_AFTER_SECONDS", 0.05)
    with ears():
        wait_until(hears)
        raw_connection.execute(f"SELECT pg_terminate_backend(pid) {LISTENING}".encode())
        wait_until(lambda: not hears())
        wait_until(hears)
        a_delivery(1)
        wait_until(all_read)


def test_an_ear_survives_whatever_goes_wrong_in_reading_and_in_what_follows(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "BEGIN_AGAIN_AFTER_SECONDS", 0.05)
    broken: list[str] = []

    def breaks(name: str, then: Callable[[], int]) -> Callable[[], int]:
        def run() -> int:
            if name in broken:
                return then()
            broken.append(name)
            raise LookupError(name)

        return run

    monkeypatch.setattr(listening, "read_rooms", breaks("read", read_rooms))
    monkeypatch.setattr(listening, "run_pass", breaks("pass", run_pass))
    with ears():
        for number in range(20):
            wait_until(hears)
            a_delivery(number)
            wait_until(lambda: "read" in broken)
            if all_read() and select("SELECT FROM common_heartbeat"):
                break
        wait_until(all_read)
    assert broken == ["read", "pass"]
