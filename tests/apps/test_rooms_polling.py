"""Asking an engine who is in: which rooms, how often, and that nothing one of them answers keeps it from the others."""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import OperationalError
from websockets.sync.client import connect

from rejoin.common.actors import ENGINE
from rejoin.rooms.ear import Ear, events_in, store
from rejoin.rooms.engines.janus.adapter import CAPABILITIES
from rejoin.rooms.engines.janus.admin import Admin
from rejoin.rooms.engines.janus.tokens import api_token
from rejoin.rooms.engines.port import Connection, EngineAway, EngineRefused
from rejoin.rooms.hosting import host_session
from rejoin.rooms.models import HostedRoom, RawEvent, Snapshot
from rejoin.rooms.polling import LOOK_EVERY, NOBODYS_ROOM, poll
from tests.apps.janus_scene import free_port
from tests.apps.processes import wait_until
from tests.apps.rooms_scene import EVENING, HOUR, MINUTE, Rooms, read_all

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@dataclass
class FakeEngine:
    """Answers as it is told, and remembers what it was asked."""

    name: str = "janus"
    capabilities: Any = CAPABILITIES
    here: dict[str, frozenset[Connection]] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    faults: dict[str, Exception] = field(default_factory=dict)
    """What goes wrong when it is asked who is in, by room."""
    away: bool = False
    asked: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def ensure_room(self, room: str, **_: Any) -> None:
        if self.away:
            raise EngineAway("away")
        if room in self.refuses:
            raise EngineRefused(429, "no")

    def present(self, room: str) -> frozenset[Connection]:
        if self.away:
            raise EngineAway("away")
        self.asked.append(room)
        if room in self.faults:
            raise self.faults[room]
        return self.here.get(room, frozenset())

    def close_room(self, room: str) -> None:
        self.closed.append(room)

    def remove(self, room: str, conn: str) -> None:
        self.removed.append(conn)

    def emitter(self) -> str:
        return "fake"


@pytest.fixture
def fake() -> Any:
    return FakeEngine()


def two_rooms() -> list[HostedRoom]:
    rooms = Rooms()
    sessions = [rooms.session(rooms.patient(name), room="", name=name) for name in ("ada", "ben")]
    at = EVENING - 10 * MINUTE
    return [host_session(session=each, provider="janus", by=ENGINE, at=at) for each in sessions]


def test_each_room_is_asked_about_every_ten_seconds_and_by_one_worker(fake: Any) -> None:
    rooms = two_rooms()
    assert poll(fake, now=EVENING)
    assert poll(fake, now=EVENING + LOOK_EVERY - SECOND)
    asked = [each for each in fake.asked if each in {str(room.name) for room in rooms}]
    assert len(asked) == 2
    assert poll(fake, now=EVENING + LOOK_EVERY)
    assert set(HostedRoom.objects.values_list("engine_seen_at", flat=True)) == {EVENING + LOOK_EVERY}


def test_what_is_refused_of_one_room_keeps_it_from_no_other(fake: Any) -> None:
    first, second = two_rooms()
    fake.refuses.add(str(first.name))
    assert poll(fake, now=EVENING)
    assert list(Snapshot.objects.values_list("session_id", flat=True)) == [second.pk]


@pytest.mark.parametrize("fault", [ValueError("an answer of another shape"), EngineAway("of this room")])
def test_a_room_of_which_nothing_sensible_is_answered_keeps_no_other_from_being_looked_at(
    fake: Any, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = two_rooms()
    fake.faults[str(first.name)] = fault
    with caplog.at_level(logging.ERROR, "rejoin.polling"):
        for times in range(3):
            assert not poll(fake, now=EVENING + times * LOOK_EVERY)
    seen = dict(HostedRoom.objects.values_list("pk", "engine_seen_at"))
    assert seen == {first.pk: None, second.pk: EVENING + 2 * LOOK_EVERY}
    told = [] if isinstance(fault, EngineAway) else ["polling.room_failed"] * 3
    assert caplog.messages == told


def test_an_engine_that_does_not_answer_at_all_is_not_asked_about_every_room(fake: Any) -> None:
    for room in two_rooms():
        fake.faults[str(room.name)] = EngineAway("nobody there")
    fake.faults[NOBODYS_ROOM] = EngineAway("nobody there")
    assert not poll(fake, now=EVENING)
    assert len(fake.asked) == 2, "one room, and whether anybody is there"


def test_a_lost_database_is_no_rooms_fault(fake: Any) -> None:
    fake.faults[str(two_rooms()[0].name)] = OperationalError()
    with pytest.raises(OperationalError):
        poll(fake, now=EVENING)


def test_an_engine_that_is_away_leaves_everything_as_it_was(fake: Any) -> None:
    two_rooms()
    fake.away = True
    assert not poll(fake, now=EVENING)
    assert not Snapshot.objects.exists()
    assert set(HostedRoom.objects.values_list("engine_seen_at", flat=True)) == {None}


def test_a_room_is_closed_half_an_hour_after_its_session_and_not_asked_about_again(fake: Any) -> None:
    rooms = two_rooms()
    over = EVENING + 3 * HOUR + 30 * MINUTE
    assert poll(fake, now=over - SECOND)
    assert fake.closed == []
    assert poll(fake, now=over + LOOK_EVERY)
    assert sorted(fake.closed) == sorted(str(room.name) for room in rooms)
    assert set(HostedRoom.objects.values_list("closed_at", flat=True)) == {over + LOOK_EVERY}
    fake.asked.clear()
    assert poll(fake, now=over + 2 * LOOK_EVERY)
    assert not {str(room.name) for room in rooms} & set(fake.asked)


def test_who_poses_is_put_out_and_concluded_of_nobody(fake: Any) -> None:
    room, _ = two_rooms()
    fake.here[str(room.name)] = frozenset({Connection(conn="p-ada.1", ref=None, posing=True)})
    for times in range(3):
        poll(fake, now=EVENING + times * LOOK_EVERY)
    assert fake.removed == ["p-ada.1"] * 3
    assert not RawEvent.objects.exists()


def test_of_more_than_three_connections_of_one_grant_the_oldest_stay_and_the_rest_is_put_out(
    fake: Any, caplog: pytest.LogCaptureFixture
) -> None:
    room, _ = two_rooms()
    name = str(room.name)
    hers = {each: Connection(conn=f"p-ada.{each}", ref="p-ada") for each in "abxyz"}
    bens = [Connection(conn=f"p-ben.{each}", ref="p-ben") for each in "abc"]
    fake.here[name] = frozenset({hers["x"], hers["y"], hers["z"], *bens})
    poll(fake, now=EVENING)
    assert fake.removed == [], "three are a phone, a laptop and a line that was lost"
    fake.here[name] |= {hers["a"], hers["b"]}
    with caplog.at_level(logging.WARNING, "rejoin.polling"):
        poll(fake, now=EVENING + LOOK_EVERY)
    assert sorted(fake.removed) == ["p-ada.a", "p-ada.b"]
    assert [each.__dict__["code"] for each in caplog.records] == ["janus.excess"] * 2
    assert Snapshot.objects.get(session_id=room.pk).here.keys() == {
        *(hers[each].conn for each in "xyz"),
        *(each.conn for each in bens),
    }
    poll(fake, now=EVENING + 2 * LOOK_EVERY)
    assert sorted(fake.removed) == ["p-ada.a", "p-ada.a", "p-ada.b", "p-ada.b"], "who comes back is no older"


def test_what_two_answers_in_a_row_say_is_concluded_once(fake: Any) -> None:
    room, _ = two_rooms()
    fake.here[str(room.name)] = frozenset({Connection(conn="p-ada.1", ref="p-ada")})
    for times in range(4):
        poll(fake, now=EVENING + times * LOOK_EVERY)
        read_all(EVENING + times * LOOK_EVERY)
    (told,) = RawEvent.objects.all()
    event = json.loads(bytes(told.body))
    assert event["event"]["data"] == {"event": "seen", "room": str(room.name), "id": "p-ada.1"}
    assert datetime.fromtimestamp(event["timestamp"] / 1e6, EVENING.tzinfo) == EVENING


def test_what_cannot_be_read_is_kept_whole_and_told_to_a_person() -> None:
    assert events_in(b'[{"a":1}, {"b":2}]') == [b'{"a":1}', b'{"b":2}']
    assert events_in(b'{"a":1}') == [b'{"a":1}']
    assert events_in(b"[{]") == [b"[{]"]
    assert store("janus", [b"[{]", b"[{]"]) == 1
    read_all(EVENING + 500 * 24 * HOUR)
    assert RawEvent.objects.get().state == "unreadable"


@pytest.mark.enable_socket
def test_what_is_in_memory_when_a_worker_has_to_end_is_told_to_be_lost(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = threading.Event()

    def away(*_: Any) -> int:
        tried.set()
        raise OperationalError

    monkeypatch.setattr("rejoin.rooms.ear.store", away)
    monkeypatch.setattr("rejoin.rooms.ear.FLUSH_WITHIN_SECONDS", 0.1)
    monkeypatch.setattr("rejoin.rooms.ear.AGAIN_AFTER_SECONDS", 0.01)
    stopping, port = threading.Event(), free_port()
    ear = Ear(provider="janus", secret="s", beat=lambda _part: None)
    listening = threading.Thread(target=ear.listen, args=("127.0.0.1", port, stopping))
    with caplog.at_level(logging.INFO, "rejoin.ear"):
        listening.start()
        wait_until(lambda: "ear.listens" in caplog.messages)
        with connect(f"ws://127.0.0.1:{port}/s", proxy=None) as line:
            line.send('[{"a":1},{"b":2}]')
            assert tried.wait(10)
            stopping.set()
            listening.join(10)
    (lost,) = [each for each in caplog.records if each.message == "ear.lost"]
    assert lost.__dict__["count"] == 2
    assert "ear.database_away" in caplog.messages


ANSWERS: dict[str, tuple[bytes, type[Exception]]] = {
    "no JSON": (b"<html>", EngineAway),
    "another shape": (b"[1]", EngineAway),
    "no word of success": (b'{"janus":"ack"}', EngineAway),
    "no answer of the rooms": (b'{"janus":"success"}', EngineAway),
    "a refusal of Janus": (b'{"janus":"error","error":{"code":403,"reason":"x"}}', EngineRefused),
    "a refusal without words": (b'{"janus":"error"}', EngineRefused),
    "a refusal of the rooms": (
        b'{"janus":"success","response":{"error_code":426,"error":"No such room"}}',
        EngineRefused,
    ),
}


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """A server that says this, whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/admin"
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


@pytest.mark.enable_socket
@pytest.mark.parametrize("what", ANSWERS)
def test_an_answer_of_janus_that_is_none_concludes_nothing(what: str) -> None:
    body, raised = ANSWERS[what]
    with answering(body) as url, pytest.raises(raised):
        Admin(url=url, secret="s").ask_rooms({"request": "exists", "room": "x"})


def test_what_would_end_a_descriptor_is_not_signed() -> None:
    with pytest.raises(ValueError, match="mark"):
        api_token("k", room="a,room=b", ref="p", expires_at=EVENING)
