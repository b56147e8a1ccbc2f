"""Asking our own engine who is in: every ten seconds, of each room whose session begins soon, runs, or has just ended.

The events tell when somebody came and went. A snapshot tells two things more: that the engine lives, and, where the
two disagree twice in a row, that an event was lost. What is concluded from that goes into the inbox like any other
word of the engine's, marked as concluded, and is read with the rest.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.db import InterfaceError, OperationalError, transaction
from psycopg.types.json import Jsonb

from rejoin.audit.trail import action, nothing_to_tell
from rejoin.common import clock
from rejoin.common.actors import ENGINE, Actor
from rejoin.common.rows import execute, select
from rejoin.rooms.concluding import Contradiction, conns_told, take_in_concluded
from rejoin.rooms.engines.port import Connection, Engine, EngineAway, EngineRefused
from rejoin.rooms.entitled import may_be_in
from rejoin.rooms.hosting import OPEN_AFTER, close_hosted, close_left_behind, ensure, host_upcoming
from rejoin.rooms.models import HostedRoom, Snapshot
from rejoin.rooms.reading import SOURCES

log = logging.getLogger("rejoin.polling")
LOOK_EVERY: Final = timedelta(seconds=10)
ROOMS_AT_ONCE: Final = 200
MOST_OF_ONE: Final = 3
"""Connections of one reference in a room: her phone, her laptop, and a line that was lost and is not cleared away yet.
More would fill the room by one grant."""
IN, OUT = "+", "-"
NOBODYS_ROOM: Final = "00000000-0000-0000-0000-000000000000"
"""Asked for when there is no other, to hear whether the engine lives."""
# Whoever comes second looks at others: a room is claimed until its next look.
CLAIM: Final = """
UPDATE rooms_hostedroom AS room SET next_look_at = %(next)s
  FROM programs_session AS session
 WHERE session.id = room.session_id AND room.session_id IN (
       SELECT due.session_id FROM rooms_hostedroom AS due
        WHERE due.closed_at IS NULL AND due.provider = %(provider)s AND due.next_look_at <= %(now)s
        ORDER BY due.next_look_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING room.session_id, session.seats_taken + (
          SELECT count(*) FROM programs_sessionstaff AS staff WHERE staff.session_id = room.session_id AND staff.occupies)
"""
SEEN: Final = """
INSERT INTO rooms_snapshot (session_id, at, here, doubts) VALUES (%s, %s, %s, %s)
    ON CONFLICT (session_id) DO UPDATE SET at = excluded.at, here = excluded.here, doubts = excluded.doubts
"""
HEARD: Final = """
INSERT INTO rooms_source (name, heard_at) VALUES (%s, %s)
    ON CONFLICT (name) DO UPDATE SET heard_at = greatest(rooms_source.heard_at, excluded.heard_at)
"""


def poll(engine: Engine, *, by: Actor = ENGINE, now: datetime | None = None) -> bool:
    """One look at every room that is due. Returns whether the engine answered all that was asked of it."""
    at = now or clock.now()
    host_upcoming(engine.name, by=by, at=at)
    close_left_behind(engine.name, by=by, at=at)
    due = _claim(engine.name, at)
    if not due:
        return _lives(engine)
    answered = True
    for room, expected in due:
        if _look_at_one(engine, room, expected, by, now):
            continue
        answered = False
        if not _lives(engine):  # nor would it answer of the others, each after as long a wait
            break
    return answered


def _lives(engine: Engine) -> bool:
    """Whether the engine answers at all."""
    try:
        engine.present(NOBODYS_ROOM)
    except EngineAway:
        return False
    return True


def _look_at_one(engine: Engine, room: HostedRoom, expected: int, by: Actor, now: datetime | None) -> bool:
    """Whether the engine answered. Nothing that it answers of one room, or leaves unanswered, keeps it from another.

    A lost database is no room's fault: it is raised.
    """
    try:
        look_at(engine, room, expected=expected, by=by, now=now)
    except EngineRefused as refused:
        log.warning("polling.refused", extra={"code": f"{engine.name}.{refused.code}"[:100]})
    except EngineAway:
        return False
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # an answer of another shape, say: told, and the other rooms do not wait for it
        log.exception("polling.room_failed", extra={"code": engine.name, "row_id": room.session_id})
        return False
    return True


def look_at(
    engine: Engine, room: HostedRoom, *, expected: int, by: Actor = ENGINE, now: datetime | None = None
) -> None:
    """Have one room there, put out who may not be in, and write down who is. A room whose session is over is closed."""
    at = now or clock.now()
    if room.session.ends_at + OPEN_AFTER <= at or room.session.unheld_at is not None:
        with suppress(EngineRefused):  # some engines end a room by themselves, and only so
            engine.close_room(str(room.name))
        close_hosted(room=room, by=by, at=at)
        return
    ensure(engine, room, expected=expected)
    here = engine.present(str(room.name))
    if here is None:
        return
    out = {each for each, why in _unwelcome(room, here).items() if _put_out(engine, room, each, why)}
    keep_snapshot(room=room, here=frozenset(here - out), engine=engine, by=by, at=now or clock.now())


@action("rooms.keep_snapshot")
def keep_snapshot(
    *, room: HostedRoom, here: frozenset[Connection], engine: Engine, by: Actor, at: datetime
) -> None:
    """Write down who was in at `at`, and what that says of events that were lost. The row says itself who and when."""
    told = conns_told(room, now=at)
    known = {each.conn: each.ref for each in here}
    bound = {each.conn for each in here if each.ref is not None}
    before = (
        Snapshot.objects.filter(session_id=room.session_id).values_list("doubts", flat=True).first() or {}
    )
    # Which way they differ is part of it: to be seen untold, and then told unseen, is to have come and gone.
    differ = {f"{IN}{conn}" for conn in bound - told.keys()} | {
        f"{OUT}{conn}" for conn in told.keys() - known.keys()
    }
    doubts = {each: before.get(each, at.isoformat()) for each in sorted(differ)}
    twice = [
        Contradiction(each[1:], each[0] == IN, datetime.fromisoformat(since), known.get(each[1:]))
        for each, since in doubts.items()
        if each in before and datetime.fromisoformat(since) <= at - engine.capabilities.behind
    ]
    take_in_concluded(engine, room, twice, by=by, at=at)
    execute(SEEN, [room.session_id, at, Jsonb({each.conn: each.ref for each in here}), Jsonb(doubts)])
    HostedRoom.objects.filter(pk=room.pk).update(engine_seen_at=at)
    execute(HEARD, [SOURCES[room.provider], at])
    nothing_to_tell("rooms.keep_snapshot")


def _claim(provider: str, now: datetime) -> list[tuple[HostedRoom, int]]:
    """Rooms that are due, each with how many are expected; nobody else looks at them for ten seconds."""
    told = {"next": now + LOOK_EVERY, "provider": provider, "now": now, "limit": ROOMS_AT_ONCE}
    with transaction.atomic():
        expected = dict(select(CLAIM, told))
    rooms = HostedRoom.objects.filter(pk__in=expected).select_related("session").order_by("pk")
    return [(room, expected[room.pk]) for room in rooms]


def _unwelcome(room: HostedRoom, here: frozenset[Connection]) -> dict[Connection, str]:
    """Who is to be put out, each with the log's word for why.

    Who came by another's link is credited to nobody; staff see her among the unmatched. Who was put out, or refused,
    or gave her seat back, may have come by a token that was still young; and by one token come as many as like.
    """
    bound = {each: each.ref for each in here if each.ref is not None}
    allowed = may_be_in(room.session_id, bound.values()) if bound else set()
    barred = [each for each, ref in bound.items() if ref not in allowed]
    return {
        **dict.fromkeys(_excess(room, bound), "excess"),
        **dict.fromkeys(barred, "barred"),
        **dict.fromkeys((each for each in here if each.posing), "posing"),
    }


def _excess(room: HostedRoom, bound: Mapping[Connection, str]) -> list[Connection]:
    """Where somebody has too many connections, those above: whoever was there at the last look stays before who came."""
    too_many = {ref for ref, times in Counter(bound.values()).items() if times > MOST_OF_ONE}
    if not too_many:
        return []
    before = Snapshot.objects.filter(session_id=room.session_id).values_list("here", flat=True).first() or {}
    oldest_first = sorted(bound, key=lambda each: (each.conn not in before, each.conn))
    hers = [[each for each in oldest_first if bound[each] == ref] for ref in too_many]
    return [each for connections in hers for each in connections[MOST_OF_ONE:]]


def _put_out(engine: Engine, room: HostedRoom, who: Connection, why: str) -> bool:
    """Whether the engine did it: some have no way to, and the host does it in the room."""
    log.warning("polling.put_out", extra={"code": f"{room.provider}.{why}"})
    try:
        engine.remove(str(room.name), who.conn)
    except EngineRefused:
        return False
    return True
