"""A room of our own at an engine of another maker: asked every ten seconds, and believed where it answers twice."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from rejoin.common.actors import COMMAND
from rejoin.rooms.engines.asking import Answer
from rejoin.rooms.engines.port import Engine
from rejoin.rooms.hosting import host_session
from rejoin.rooms.liveness import who_is_in
from rejoin.rooms.polling import poll
from tests.apps.rooms_scene import EVENING, HOUR, MINUTE, Rooms, read_all, seen, simulate
from tests.rooms.engines.making import MAKERS
from tests.rooms.recorded import recorded

pytestmark = pytest.mark.django_db
TEN = timedelta(seconds=10)
Told = Callable[[str, str, str], Any]


def livekit_joined(room: str, conn: str, ref: str) -> Any:
    told = json.loads(recorded("livekit").deliveries["join"])
    told["room"]["name"], told["participant"]["sid"], told["participant"]["identity"] = room, conn, ref
    return told


def daily_joined(room: str, conn: str, ref: str) -> Any:
    told = json.loads(recorded("daily").deliveries["join"])
    told["payload"] |= {"room": room, "session_id": conn, "user_id": ref}
    return told


class Held:
    """ada's session, held in a room at an engine."""

    def __init__(self, name: str) -> None:
        make, service = MAKERS[name]
        self.service = service()
        self.engine: Engine = make(self.service)
        self.rooms = Rooms()
        self.ada = self.rooms.patient("ada")
        self.session = self.rooms.session(self.ada, room="")
        self.ref = self.rooms.link(self.ada, provider=name)
        simulate(EVENING)
        made = host_session(session=self.session, provider=name, by=COMMAND, at=EVENING - MINUTE)
        self.room = str(made.name)
        assert poll(self.engine, now=EVENING)

    def look(self, at: datetime) -> list[tuple[datetime | None, datetime | None]]:
        """What is known of ada after one more look."""
        simulate(at)
        assert poll(self.engine, now=at)
        read_all(at + timedelta(seconds=1))
        return [(each.start, each.end) for each in seen(self.session, self.ada)]


@pytest.mark.parametrize(("name", "joined"), [("livekit", livekit_joined), ("daily", daily_joined)])
def test_a_leave_of_which_no_event_told_is_concluded_from_two_answers(name: str, joined: Told) -> None:
    held = Held(name)
    conn = held.service.enter(held.room, held.ref)
    held.rooms.hear(joined(held.room, conn, held.ref), provider=name, at=EVENING + 2 * MINUTE)
    began = EVENING + timedelta(seconds=131)
    assert held.look(EVENING + 3 * MINUTE) == [(began, None)]
    assert who_is_in([held.session.pk])[held.session.pk].refs == {held.ref}
    del held.service.rooms[held.room][conn]
    missing = EVENING + 3 * MINUTE + TEN
    assert held.look(missing) == [(began, None)], "one answer is no reason to believe it"
    believed = missing + (2 * TEN if held.engine.capabilities.behind else TEN)
    if believed != missing + TEN:
        assert held.look(missing + TEN) == [(began, None)], "an answer may be older than what was told"
    assert held.look(believed) == [(began, missing)]
    assert held.look(believed + TEN) == [(began, missing)]


@pytest.mark.parametrize("name", ["livekit", "daily", "bigbluebutton"])
def test_somebody_of_whom_no_event_told_is_in_from_the_first_of_two_answers(name: str) -> None:
    held = Held(name)
    held.service.enter(held.room, held.ref)
    first = EVENING + HOUR
    assert held.look(first) == []
    if held.engine.capabilities.behind:
        assert held.look(first + TEN) == []
    assert held.look(first + 2 * TEN) == [(first, None)]


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_an_engine_that_does_not_answer_leaves_all_as_it_was(name: str) -> None:
    held = Held(name)
    heard = who_is_in([held.session.pk])[held.session.pk].heard_at
    away = MAKERS[name][0](lambda _question: Answer(status=503))
    assert not poll(away, now=EVENING + MINUTE)
    assert who_is_in([held.session.pk])[held.session.pk].heard_at == heard == EVENING
