"""From a real Janus to what is known of a session: through the ear and the snapshots, whatever breaks in between."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import OperationalError

from rejoin.common import clock
from rejoin.common.actors import ENGINE
from rejoin.domain.attendance import Presence
from rejoin.programs.models import Seat
from rejoin.rooms import ear as ears
from rejoin.rooms.actions import issue_join_ref
from rejoin.rooms.engines.janus.adapter import Janus
from rejoin.rooms.engines.janus.starting import Running
from rejoin.rooms.hosting import host_session
from rejoin.rooms.models import RawEvent, Snapshot, Stranger
from rejoin.rooms.polling import look_at, poll
from tests.apps.janus_scene import Guest, ear_of, janus_at_work
from tests.apps.processes import wait_until
from tests.apps.rooms_scene import MINUTE, Rooms, in_one_go, kept, read_all, seen

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]
SECOND = timedelta(seconds=1)
ABOUT = timedelta(seconds=1)
"""As near as two clocks' readings around an act can be told, on a machine that is busy."""


class Evening:
    """A session that has just begun, in a room of our own, and who is expected in it."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.engine: Janus = running.engine
        self.rooms = Rooms()
        self.people = {name: self.rooms.patient(name) for name in ("ada", "ben", "cleo")}
        self.session = self.rooms.session(
            *self.people.values(), starts_at=clock.now() - SECOND, length=60 * MINUTE, room=""
        )
        self.room = host_session(session=self.session, provider="janus", by=ENGINE, at=clock.now())

    def ref(self, name: str) -> str:
        seat = Seat.objects.get(session=self.session, patient=self.people[name])
        return issue_join_ref(seat=seat, provider="janus", by=ENGINE, at=clock.now())

    def comes(self, name: str, *, conn: str = "") -> Guest:
        at = clock.now()
        grant = self.engine.join_grant(
            str(self.room.name), self.ref(name), host=False, at=at, until=self.session.ends_at
        )
        return Guest(grant, conn=conn).join()

    def look(self) -> None:
        """As a worker does when the room is due."""
        self.room.refresh_from_db()
        look_at(self.engine, self.room, expected=3)

    def known(self, name: str) -> tuple[Presence, ...]:
        read_all(clock.now())
        return tuple(sorted(seen(self.session, self.people[name]), key=lambda each: str(each.start)))

    def hears(self, *said: str) -> None:
        """Until events of these kinds have come in, in this number."""
        wait_until(lambda: all(said.count(each) <= count_of(each) for each in set(said)), seconds=30)


def count_of(said: str) -> int:
    """Events in the inbox of a kind, by the word that Janus has for it."""
    return sum(f'"event":"{said}"'.encode() in bytes(each.body) for each in RawEvent.objects.all())


def core_events(status: str) -> int:
    return sum(f'"status":"{status}"'.encode() in bytes(each.body) for each in RawEvent.objects.all())


def near(told: datetime | None, since: datetime, until: datetime) -> bool:
    return told is not None and since - ABOUT <= told <= until + ABOUT


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with janus_at_work(tmp_path / "janus") as server:
        yield server


@pytest.fixture
def evening(transactional_db: None, running: Running) -> Evening:
    return Evening(running)


def test_who_came_left_and_was_put_out_is_known_to_the_second(evening: Evening) -> None:
    with ear_of(evening.running):
        evening.look()
        before = clock.now()
        ada, ben, cleo = (evening.comes(name) for name in ("ada", "ben", "cleo"))
        joined = clock.now()
        evening.hears("joined", "joined", "joined")
        evening.look()
        leaving = clock.now()
        ada.leave()
        ben.close()
        evening.engine.remove(str(evening.room.name), cleo.conn)
        left = clock.now()
        evening.hears("leaving", "leaving", "kicked")
        evening.look()
    for name in ("ada", "ben", "cleo"):
        (visit,) = evening.known(name)
        assert near(visit.start, before, joined)
        assert near(visit.end, leaving, left)
        assert visit.end_reported
    assert Snapshot.objects.get().here == {}
    assert kept() == in_one_go(clock.now(), zone="UTC")


def test_who_joins_by_another_ones_link_is_credited_to_nobody_and_put_out(evening: Evening) -> None:
    with ear_of(evening.running):
        evening.look()
        evening.comes("ben", conn=f"{evening.ref('ada')}.fake")
        evening.hears("joined")
        evening.look()
        evening.hears("kicked")
    assert evening.known("ada") == ()
    assert evening.known("ben") == ()
    assert Stranger.objects.get().posing
    assert evening.engine.present(str(evening.room.name)) == frozenset()


def test_killed_and_started_again_the_engine_has_its_rooms_and_who_was_in_has_left(evening: Evening) -> None:
    with ear_of(evening.running):
        evening.look()
        evening.comes("ada")
        evening.hears("joined")
        (open_,) = evening.known("ada")
        assert open_.end is None
        dying = clock.now()
        evening.running.kill()
        assert not poll(evening.engine)
        evening.running.start_again()
        started = clock.now()
        wait_until(lambda: core_events("started") >= 2, seconds=30)
        evening.look()
        ada = evening.comes("ada")
        evening.hears("joined", "joined")
        evening.look()
        first, second = evening.known("ada")
    assert near(first.end, dying, started)
    assert not first.end_reported
    assert second.end is None
    assert Snapshot.objects.get().here == {ada.conn: ada.grant.ref}


def test_what_happens_while_the_ear_is_away_comes_afterwards_with_its_own_times(evening: Evening) -> None:
    with ear_of(evening.running):
        evening.look()
        wait_until(lambda: core_events("started") >= 1, seconds=30)
    before = clock.now()
    ada = evening.comes("ada")
    joined = clock.now()
    wait_until(lambda: clock.now() > joined + 2 * SECOND, seconds=10)
    leaving = clock.now()
    ada.leave()
    left = clock.now()
    with ear_of(evening.running):
        evening.hears("joined", "leaving")
    (visit,) = evening.known("ada")
    assert near(visit.start, before, joined)
    assert near(visit.end, leaving, left)
    assert visit.end_reported


def test_snapshots_that_say_otherwise_twice_stand_in_for_events_that_were_lost(evening: Evening) -> None:
    """Nobody listens: the engine's own books are all there is."""
    evening.look()
    ada = evening.comes("ada")
    evening.look()
    first = Snapshot.objects.get().at
    assert evening.known("ada") == ()
    evening.look()
    (here,) = evening.known("ada")
    assert (here.start, here.end, here.conn) == (first, None, ada.conn)
    evening.look()
    ada.leave()
    evening.look()
    missing = Snapshot.objects.get().at
    (still,) = evening.known("ada")
    assert still.end is None
    evening.look()
    (gone,) = evening.known("ada")
    assert (gone.start, gone.end, gone.end_reported) == (first, missing, False)
    evening.look()
    assert count_of("seen") == count_of("gone") == 1
    with ear_of(evening.running):
        evening.hears("joined", "leaving")
    (told,) = evening.known("ada")
    assert told.end_reported
    assert told.start is not None
    assert told.start <= first


def test_while_the_database_is_away_events_are_kept_and_the_line_waits(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = True
    stored = ears.store

    def store(provider: str, events: list[bytes]) -> int:
        if away:
            raise OperationalError
        return stored(provider, events)

    monkeypatch.setattr("rejoin.rooms.ear.store", store)
    with ear_of(evening.running, most_kept=2) as ear:
        evening.look()
        for _ in range(3):
            evening.comes("ada").leave()
        wait_until(lambda: ear.waiting == 2, seconds=30)
        assert not RawEvent.objects.exists()
        away = False
        evening.hears("joined", "joined", "joined", "leaving", "leaving", "leaving")
    assert len(evening.known("ada")) == 3


def test_nobody_is_let_in_who_does_not_know_the_path(evening: Evening) -> None:
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    setup = evening.running.setup
    with ear_of(evening.running):
        evening.look()
        wait_until(lambda: core_events("started") >= 1, seconds=30)
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(f"ws://{setup.ear_address}:{setup.ear_port}/events", proxy=None),
        ):
            pass
    assert refused.value.response.status_code == 404
