"""Several readers at once: nothing is lost, nothing is told twice, and nobody waits for anybody for long."""

import io
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from rejoin.rooms import actions
from rejoin.rooms.fake import Mishaps, Visit, events_of, in_process, over_http, send, webhooks_of
from rejoin.rooms.models import RawEvent, Revisit, SeatEvidence
from rejoin.rooms.reading import read_delivery
from rejoin.rooms.sweep import read_events
from rejoin.rooms.working import work_out
from tests.apps.rooms_scene import EVENING, HOUR, MINUTE, Rooms, in_one_go, kept, read_all, seen

pytestmark = pytest.mark.django_db(transaction=True)
NIGHT = EVENING + 6 * HOUR


def elsewhere(act: Callable[[], Any]) -> Any:
    """On a connection of its own."""
    try:
        return act()
    finally:
        connection.close()


def bodies(*visits: Visit) -> list[Any]:
    return [event.body for event in events_of(visits)]


def that_says(text: str) -> RawEvent:
    found: RawEvent
    (found,) = (each for each in RawEvent.objects.all() if text.encode() in bytes(each.body))
    return found


def crowd(rooms: Rooms, sessions: int, patients: int) -> list[dict[str, Any]]:
    """Sessions at one time, and everybody comes twice."""
    told = []
    for place in range(sessions):
        room = f"room-{place}"
        people = [rooms.patient(f"p{place}-{each}") for each in range(patients)]
        rooms.session(*people, room=room, name=f"S{place}")
        for each in people:
            ref = rooms.link(each)
            first = Visit(room=room, ref=ref, joined_at=EVENING + MINUTE, left_at=EVENING + HOUR)
            again = Visit(room=room, ref=ref, joined_at=EVENING + 2 * HOUR)
            told += [dict(event.body) for event in events_of([first, again])]
    return told


def test_four_readers_at_once_lose_no_update_of_a_session() -> None:
    rooms = Rooms()
    told = crowd(rooms, sessions=3, patients=4)
    rooms.hear_numbered(*(json.dumps(each).encode() for each in told))
    started = threading.Barrier(4)

    def read() -> int:
        started.wait(10)
        return read_all(NIGHT, limit=3)

    with ThreadPoolExecutor(4) as readers:
        for each in [readers.submit(elsewhere, read) for _ in range(4)]:
            each.result(60)
    read_all(NIGHT)
    assert kept() == in_one_go(NIGHT)
    assert set(RawEvent.objects.values_list("state", flat=True)) == {"read"}
    assert not Revisit.objects.filter(at__lte=NIGHT).exists()


def test_deliveries_that_come_in_while_they_are_read_are_all_read() -> None:
    rooms = Rooms()
    told = crowd(rooms, sessions=2, patients=5)
    done = threading.Event()

    def take_in() -> None:
        for each in told:
            rooms.hear_numbered(json.dumps(each).encode())
        done.set()

    def read() -> None:
        while not done.is_set():
            read_events(NIGHT, 4)

    with ThreadPoolExecutor(3) as hands:
        for each in [hands.submit(elsewhere, act) for act in (take_in, read, read)]:
            each.result(60)
    read_all(NIGHT)
    assert kept() == in_one_go(NIGHT)


def test_a_session_that_another_reader_holds_is_left_and_not_lost() -> None:
    """The first has worked it out and not committed; the second comes with more of it, and goes on."""
    rooms = Rooms()
    ada, cleo = rooms.patient("ada"), rooms.patient("cleo")
    session = rooms.session(ada, cleo)
    hers, other = (rooms.link(each) for each in (ada, cleo))
    rooms.hear(*bodies(Visit(room="blue", ref=hers, joined_at=EVENING)))
    read_all(NIGHT)
    rooms.hear(*bodies(Visit(room="blue", ref=other, joined_at=EVENING)))
    with transaction.atomic():
        assert actions.look_at_sessions([session.pk], at=NIGHT) == [session.pk]
        with ThreadPoolExecutor(1) as second:
            assert second.submit(elsewhere, lambda: read_events(NIGHT)).result(30) >= 1
    assert seen(session, cleo) == ()
    assert Revisit.objects.filter(session=session, at__lte=NIGHT).exists()
    read_all(NIGHT)
    assert len(seen(session, ada)) == len(seen(session, cleo)) == 1
    assert kept() == in_one_go(NIGHT)


def test_who_seats_somebody_does_not_wait_for_a_reader(raw_connection: psycopg.Connection) -> None:
    rooms = Rooms()
    ada, cleo = rooms.patient("ada"), rooms.patient("cleo")
    session = rooms.session(ada)
    rooms.hear(
        *(event.body for event in events_of([Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING)]))
    )
    read_all(NIGHT)
    with transaction.atomic():
        actions.look_at_sessions([session.pk], at=NIGHT)
        raw_connection.execute("SET lock_timeout = '5s'")
        raw_connection.execute(
            "INSERT INTO programs_seat (session_id, patient_id, occupies, booked, released_by, release_reason) "
            "VALUES (%s, %s, true, true, '', '')",
            [session.pk, cleo.pk],
        )
    assert Revisit.objects.filter(session=session).exists()


def test_one_poisoned_delivery_does_not_stop_the_rest_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = Rooms()
    ada, cleo = rooms.patient("ada"), rooms.patient("cleo")
    session = rooms.session(ada, cleo)
    hers, other = (rooms.link(each) for each in (ada, cleo))
    for ref in (hers, other):
        rooms.hear(*(event.body for event in events_of([Visit(room="blue", ref=ref, joined_at=EVENING)])))
    poisoned = that_says(other)
    read = read_delivery

    def read_but_one(arrived: Any, **known: Any) -> Any:
        if arrived.id == poisoned.pk:
            raise ZeroDivisionError("ada@example.org")
        return read(arrived, **known)

    monkeypatch.setattr("rejoin.rooms.actions.read_delivery", read_but_one)
    read_all(NIGHT)
    assert len(seen(session, ada)) == 1
    assert seen(session, cleo) == ()
    poisoned.refresh_from_db()
    assert (poisoned.state, poisoned.tries, poisoned.error) == ("failed", 1, "ZeroDivisionError")
    assert poisoned.next_try_at is not None
    assert poisoned.next_try_at > NIGHT
    assert list(RawEvent.objects.failed()) == [poisoned]
    assert read_events(NIGHT) == 0, "it is left alone for a while"
    assert read_events(poisoned.next_try_at) >= 1
    poisoned.refresh_from_db()
    assert poisoned.tries == 2
    monkeypatch.undo()
    assert poisoned.next_try_at is not None
    read_all(poisoned.next_try_at)
    assert len(seen(session, cleo)) == 1
    assert kept() == in_one_go(NIGHT)


def test_what_fails_only_once_it_is_worked_out_is_handed_back_until_the_one_at_fault_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many wait, so that sessions are only asked for while they are read: the fault shows later."""
    rooms = Rooms()
    people = [rooms.patient(f"p{each}") for each in range(6)]
    session = rooms.session(*people)
    refs = [rooms.link(each) for each in people]
    for ref in refs:
        rooms.hear(events_of([Visit(room="blue", ref=ref, joined_at=EVENING)])[0].body)
    poison = that_says(refs[2]).pk

    def work_out_but_one(session_ids: Any, **known: Any) -> Any:
        found = work_out(session_ids, **known)
        if poison in found[2]:
            raise ZeroDivisionError
        return found

    monkeypatch.setattr("rejoin.rooms.actions.work_out", work_out_but_one)
    read_all(NIGHT, limit=2)
    assert RawEvent.objects.get(state="failed").pk == poison
    assert SeatEvidence.objects.filter(seat__session=session, first_join__isnull=False).count() == 5


def test_whatever_goes_wrong_on_the_way_the_evidence_is_of_those_who_came() -> None:
    rooms = Rooms()
    people = [rooms.patient(f"p{each}") for each in range(8)]
    session = rooms.session(*people)
    visits = [
        Visit(
            room="blue", ref=rooms.link(each), joined_at=EVENING + place * MINUTE, left_at=EVENING + 3 * HOUR
        )
        for place, each in enumerate(people[:6])
    ]
    mishaps = Mishaps(
        seed=7, duplicated=0.4, reordered=0.5, late=0.3, dropped=0.3, forged=0.3, oversize=0.05, malformed=0.2
    )
    webhooks = webhooks_of(visits, mishaps)
    assert webhooks == webhooks_of(visits, mishaps), "the same seed, the same mishaps"
    assert webhooks != webhooks_of(visits, Mishaps(seed=8, reordered=1))
    secret = "a secret of sixteen letters and more"
    answers = _with_secret(secret, lambda: send(webhooks, in_process(), secret=secret))
    assert answers.count(401) == sum(not each.genuine for each in webhooks) > 0
    assert answers.count(413) == sum(len(each.body) > 2_000_000 for each in webhooks if each.genuine) > 0
    RawEvent.objects.update(next_try_at=EVENING)
    read_all(NIGHT)
    truth = {each.joined_at for each in visits}
    assert {seen(session, each)[0].start for each in people[:6]} == truth
    assert all(not seen(session, each) for each in people[6:])
    assert RawEvent.objects.filter(state="unreadable").exists()
    assert kept() == in_one_go(NIGHT)


def _with_secret(secret: str, act: Callable[[], Any]) -> Any:
    from dataclasses import replace

    from django.conf import settings
    from django.test import override_settings

    with override_settings(ENVIRONMENT=replace(settings.ENVIRONMENT, room_secrets={"livekit": secret})):
        return act()


def test_webhooks_are_handed_in_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    posted: list[Any] = []

    class Connection(io.BytesIO):
        status = 200

        def __init__(self, host: str, port: int | None, *, timeout: int) -> None:
            super().__init__()
            posted.append((host, port, timeout))

        def request(self, *told: Any) -> None:
            posted.append(told)

        def getresponse(self) -> "Connection":
            return Connection("", None, timeout=0)

    monkeypatch.setattr("http.client.HTTPSConnection", Connection)
    webhook = webhooks_of([Visit(room="blue", ref="x", joined_at=EVENING)])[:1]
    assert send(webhook, over_http("https://rejoin.example.org"), secret="x") == [200]
    assert posted[0] == ("rejoin.example.org", None, 10)
    method, path, body, headers = posted[1]
    assert (method, path, body) == ("POST", "/hooks/rooms/livekit", webhook[0].body)
    assert headers["Content-Type"] == "application/webhook+json"
