"""Rooms of our own: one for each session held by video that has no room elsewhere, in the engine that is set.

The engine learns a random name and nothing else. The name is kept as one of the session's room names as well, so that
what the engine tells finds its session like any other provider's word.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from django.conf import settings

from rejoin.audit.trail import action, nothing_to_tell, record
from rejoin.common.actors import Actor
from rejoin.common.rows import select
from rejoin.domain.attendance.absent import HEARD_WITHIN
from rejoin.programs.models import Session
from rejoin.rooms.actions import add_identities, name_rooms
from rejoin.rooms.concluding import end_with_engine
from rejoin.rooms.engines.choosing import engine_of
from rejoin.rooms.engines.port import Engine
from rejoin.rooms.models import HostedRoom, Snapshot

READY_BEFORE: Final = timedelta(minutes=15)
"""Ahead of a session its room is there: whoever comes early finds it."""
OPEN_AFTER: Final = timedelta(minutes=30)
"""Past a session's end its room is closed for everybody."""
SPARE: Final = 4
"""Above those expected: a second device, somebody who looks in."""
LEAN_FROM: Final = 9
"""With so many, sound comes first and cameras send little."""

# By video, to be held, and in nobody else's room.
TO_HOST: Final = """
SELECT session.id FROM programs_session AS session
 WHERE session.mode = 'video' AND session.held = 'scheduled'
   AND session.starts_at <= %(soon)s AND session.starts_at > %(now)s - interval '24 hours' AND session.ends_at > %(now)s
   AND NOT EXISTS (SELECT FROM rooms_room AS room WHERE room.session_id = session.id)
   AND NOT EXISTS (SELECT FROM rooms_hostedroom AS own WHERE own.session_id = session.id)
 ORDER BY session.starts_at, session.id LIMIT 500
"""
# Closed when the session was called off, or over by the times it had then; it is to be held after all.
TO_REOPEN: Final = """
SELECT own.session_id FROM rooms_hostedroom AS own JOIN programs_session AS session ON session.id = own.session_id
 WHERE own.closed_at IS NOT NULL AND own.provider = %(provider)s AND session.mode = 'video' AND session.held = 'scheduled'
   AND session.starts_at <= %(soon)s AND session.starts_at > %(now)s - interval '24 hours' AND session.ends_at > %(now)s
 ORDER BY session.starts_at, session.id LIMIT 500
"""
# In an engine that was set before, and that nobody has asked for a minute: while one worker still has the settings of
# before, and asks it, the room stays where it is.
TO_MOVE: Final = """
SELECT own.session_id FROM rooms_hostedroom AS own JOIN programs_session AS session ON session.id = own.session_id
 WHERE own.provider <> %(provider)s AND session.mode = 'video' AND session.held = 'scheduled'
   AND session.starts_at <= %(soon)s AND session.starts_at > %(now)s - interval '24 hours' AND session.ends_at > %(now)s
   AND greatest(own.made_at, own.engine_seen_at) <= %(silent)s
 ORDER BY session.starts_at, session.id LIMIT 500
"""
# What the engine of before knew her by, the new one does: links that were sent hold.
HER_REFS: Final = """
SELECT identity.ref, identity.patient_id FROM rooms_identity AS identity
  JOIN programs_seat AS seat ON seat.id = identity.seat_id
 WHERE seat.session_id = %s AND identity.provider = %s
"""
# Nobody asks the engine of before any more: of its rooms only what we keep of them is left to end.
LEFT_BEHIND: Final = """
SELECT own.session_id FROM rooms_hostedroom AS own JOIN programs_session AS session ON session.id = own.session_id
 WHERE own.closed_at IS NULL AND own.provider <> %(provider)s AND session.ends_at <= %(over)s
 ORDER BY session.ends_at, session.id LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class _Chosen:
    engine: str
    engine_settings: Mapping[str, str]


def engine() -> Engine | None:
    """The engine of the settings; None: there are no rooms of our own."""
    chosen = settings.ENVIRONMENT
    return _made(chosen.engine, tuple(sorted(chosen.engine_settings.items())))


def never_tells(provider: str) -> bool:
    """Whether the engine in force is this one, and cannot be asked who is in."""
    chosen = engine()
    return chosen is not None and chosen.name == provider and not chosen.capabilities.snapshot


@lru_cache(maxsize=4)
def _made(name: str, given: tuple[tuple[str, str], ...]) -> Engine | None:
    """One for the process: it remembers where in the engine each connection is found."""
    return engine_of(_Chosen(name, dict(given)))


@action("rooms.host")
def host_session(*, session: Session, provider: str, by: Actor, at: datetime) -> HostedRoom:
    """A room of our own for a session. One a session: asked again, it is the same."""
    room, new = HostedRoom.objects.get_or_create(
        session=session,
        defaults={"provider": provider, "name": uuid.uuid4(), "made_at": at, "next_look_at": at},
    )
    if new:
        name_rooms(names=[(session.pk, str(room.name))], by=by, at=at)
        record("rooms.host", f"session:{session.pk}", by=by, at=at, program=session.program_id)
    nothing_to_tell("rooms.host")
    return room


@action("rooms.close_hosted")
def close_hosted(*, room: HostedRoom, by: Actor, at: datetime) -> None:
    """The room was closed at the engine, for everybody."""
    room.closed_at = at
    room.save(update_fields=["closed_at"])
    record("rooms.close_hosted", f"session:{room.session_id}", by=by, at=at, program=room.session.program_id)


@action("rooms.reopen_hosted")
def reopen_hosted(*, room: HostedRoom, by: Actor, at: datetime) -> None:
    """The session is to be held after all: its room is kept again, by the name it had. One that is open stays as it is."""
    closed = HostedRoom.objects.filter(pk=room.pk, closed_at__isnull=False)
    if closed.update(closed_at=None, next_look_at=at):
        record(
            "rooms.reopen_hosted", f"session:{room.session_id}", by=by, at=at, program=room.session.program_id
        )
    nothing_to_tell("rooms.reopen_hosted")


@action("rooms.move_hosted")
def move_hosted(*, room: HostedRoom, provider: str, by: Actor, at: datetime) -> None:
    """The engine of the settings is another one than when the room was made: it is ended there, and made anew here.

    Its name there stays a name of the session's, and so does what was told of it; whoever was still in there is taken to
    have gone when that engine was last heard. Of two workers that come with the new settings, one moves it.
    """
    held = HostedRoom.objects.select_for_update(of=("self",)).select_related("session").get(pk=room.pk)
    if (held.provider, held.engine_seen_at) != (room.provider, room.engine_seen_at):
        nothing_to_tell("rooms.move_hosted")
        return
    end_with_engine(held, by=by, at=at)
    refs = select(HER_REFS, [held.session_id, held.provider])
    subject, program = f"session:{held.session_id}", held.session.program_id
    record("rooms.close_hosted", subject, by=by, at=at, program=program, reason=held.provider)
    Snapshot.objects.filter(session_id=held.session_id).update(here={}, doubts={})
    held.provider, held.name, held.made_at = provider, uuid.uuid4(), at
    held.next_look_at, held.engine_seen_at, held.closed_at = at, None, None
    held.save(update_fields=["provider", "name", "made_at", "next_look_at", "engine_seen_at", "closed_at"])
    name_rooms(names=[(held.session_id, str(held.name))], by=by, at=at)
    add_identities(identities=[(provider, ref, patient) for ref, patient in refs], by=by, at=at)
    record("rooms.move_hosted", subject, by=by, at=at, program=program, reason=provider)


def host_upcoming(provider: str, *, by: Actor, at: datetime) -> int:
    """Rooms for the sessions that begin soon or run: new, open again, or out of an engine of before. Returns how many."""
    told = {"soon": at + READY_BEFORE, "now": at, "provider": provider, "silent": at - HEARD_WITHIN}
    ids = [row[0] for row in select(TO_HOST, told)]
    for session in Session.objects.filter(pk__in=ids).order_by("starts_at", "pk"):
        host_session(session=session, provider=provider, by=by, at=at)
    again, moved = _rooms_of(TO_REOPEN, told), _rooms_of(TO_MOVE, told)
    for room in again:
        reopen_hosted(room=room, by=by, at=at)
    for room in moved:
        move_hosted(room=room, provider=provider, by=by, at=at)
    return len(ids) + len(again) + len(moved)


def close_left_behind(provider: str, *, by: Actor, at: datetime) -> None:
    """Rooms in an engine that was set before this one, once their sessions are over."""
    for room in _rooms_of(LEFT_BEHIND, {"provider": provider, "over": at - OPEN_AFTER}):
        close_hosted(room=room, by=by, at=at)


def _rooms_of(sql: str, told: Mapping[str, object]) -> list[HostedRoom]:
    ids = [row[0] for row in select(sql, told)]
    return list(HostedRoom.objects.filter(pk__in=ids).select_related("session").order_by("pk")) if ids else []


def ensure(engine: Engine, room: HostedRoom, *, expected: int) -> None:
    """Have the room there, also after the engine lost it. `expected`: patients and staff."""
    engine.ensure_room(
        str(room.name),
        capacity=expected + SPARE,
        audio_first=expected >= LEAN_FROM,
        ends_at=room.session.ends_at + OPEN_AFTER,
    )
