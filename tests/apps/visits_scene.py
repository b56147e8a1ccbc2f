"""A session with its room in an engine that lives in memory, for tests of visits."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from rejoin.common import clock
from rejoin.common.actors import COMMAND, patient_actor
from rejoin.people.models import Patient
from rejoin.programs.models import Seat, Session
from rejoin.rooms import hosting
from rejoin.rooms.engines.port import Capabilities, Connection, EngineAway, EngineRefused, JoinGrant, Tells
from rejoin.visits.links import join_path
from tests.apps.scene import START, Scene

WS = "wss://video.example.org"


CAPABILITIES = Capabilities(
    tells=Tells.SOCKET,
    snapshot=True,
    latest=timedelta(seconds=10),
    numbers_events=False,
    binds_by="signed token",
)


@dataclass
class EngineInMemory:
    """Keeps rooms and connections, or is away."""

    name: str = "janus"
    capabilities: Capabilities = CAPABILITIES
    away: bool = False
    here: set[Connection] = field(default_factory=set)
    muted: list[str] = field(default_factory=list)
    granted: list[JoinGrant] = field(default_factory=list)
    refuses: bool = False
    known_as: str = ""

    def ensure_room(self, room: str, *, capacity: int, audio_first: bool, ends_at: datetime) -> None:
        self._there()

    def join_grant(self, room: str, ref: str, *, host: bool, at: datetime, until: datetime) -> JoinGrant:
        self._there()
        if self.refuses:
            raise EngineRefused(401, "a key of another")
        grant = JoinGrant(
            room=room,
            ref=ref,
            conn=f"{ref}.{len(self.granted)}",
            expires_at=until,
            ws_url=WS,
            api_token="api",
            room_token="room",
            known_as=self.known_as,
        )
        self.granted.append(grant)
        return grant

    def close_room(self, room: str) -> None:
        self._there()
        self.here.clear()

    def remove(self, room: str, conn: str) -> None:
        self._there()
        self.here = {each for each in self.here if each.conn != conn}

    def mute(self, room: str, conn: str) -> None:
        self._there()
        self.muted.append(conn)

    def present(self, room: str) -> frozenset[Connection]:
        self._there()
        return frozenset(self.here)

    def emitter(self) -> str:
        return "memory"

    def _there(self) -> None:
        if self.away:
            raise EngineAway("not there")


CHECKED_IN = {
    "driving": "no",
    "place": "12 Elm Street, Albany",
    "state": "NY",
    "call_back": "212-555-0147",
    "alone": "yes",
    "name": "A.",
    "herself": "on",
    "agrees": "on",
}
"""What she says; the consent is asked once."""


class Evening:
    """ada and eve in ben's session, which begins at START; the clock stands where `clock` puts it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch | None = None, **settings: Any) -> None:
        self.scene = Scene()
        self.engine = EngineInMemory()
        if monkeypatch is not None:
            monkeypatch.setattr(hosting, "engine", lambda: self.engine)
        self.ada, self.eve = self.scene.admit("ada"), self.scene.admit("eve", phone="+15550101")
        self.session: Session = self.scene.session(self.ada, self.eve)
        self.room = hosting.host_session(
            session=self.session, provider="janus", by=COMMAND, at=START - timedelta(minutes=15)
        )
        self.at(START)

    def at(self, at: datetime) -> None:
        clock.simulate(shown_at=at, rate=0)

    def seat(self, patient: Patient) -> Seat:
        seats = Seat.objects.select_related("session__program")
        found: Seat = seats.get(session=self.session, patient=patient)
        return found

    def link(self, patient: Patient) -> str:
        """Where she comes in, from the root."""
        return join_path(self.seat(patient), by=patient_actor(patient.pk), at=START - timedelta(days=2))

    def check_in(self, patient: Patient, **more: str) -> Any:
        called = {"ada": "A.", "eve": "E."}.get(patient.name, patient.name)
        return Client().post(f"{self.link(patient)}check-in", {**CHECKED_IN, "name": called, **more})
