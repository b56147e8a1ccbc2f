"""Daily's webhooks: a session id is one connection, and its leave tells its join and how long it lasted."""

from collections.abc import Iterator

import msgspec

from rejoin.rooms.exports.faults import Fault
from rejoin.rooms.exports.instants import LATE, instant_of, seconds_of
from rejoin.rooms.exports.people import clean, read_caller
from rejoin.rooms.exports.tracks import (
    GONE,
    JOIN,
    LEAVE,
    ROOM,
    SEEN,
    Closings,
    Folded,
    Mention,
    Soundings,
    Spans,
    Track,
    first_after,
    order_of,
    visits_of,
)
from rejoin.rooms.sightings import Sighting


class Payload(msgspec.Struct, gc=False):
    session_id: str | None = None
    room: str | None = None
    user_id: str | None = None
    user_name: str | None = None
    owner: bool = False
    joined_at: float | None = None
    duration: float | None = None
    meeting_id: str | None = None
    start_ts: float | None = None
    end_ts: float | None = None


class Event(msgspec.Struct, gc=False):
    """One webhook body. `event_ts` is when it was sent."""

    type: str
    payload: Payload
    event_ts: float | None = None


class _Person(Track, gc=False):
    room: str = ""
    conn: str = ""
    ref: str = ""
    display: str = ""
    staff: bool = False


# Never told by Daily: concluded from what it answered when it was asked who is in (`engines.concluded`).
_CONCLUDED = {"rejoin.seen": SEEN, "rejoin.gone": GONE}


class DailyLog:
    """Daily's events."""

    name = "Daily webhooks"
    provider = "daily"

    def __init__(self) -> None:
        self._people: dict[str, _Person] = {}
        self._closings = Closings()
        self._spans = Spans()
        self._soundings = Soundings()

    def mentions(self, event: Event) -> Iterator[Mention]:
        """Its room."""
        told, kind = event.payload, event.type
        if not told.room:
            return
        if kind == "participant.joined":
            yield Mention(ROOM, told.room, _joined(event))
        elif kind == "participant.left":
            yield Mention(ROOM, told.room, _left(event))
        elif kind in ("meeting.started", "meeting.ended"):
            yield Mention(ROOM, told.room, _of_meeting(event))
        elif event.event_ts is not None:
            yield Mention(ROOM, told.room, seconds_of(event.event_ts, "event_ts"))

    def take(self, event: Event, line: int) -> None:
        """Take one webhook in."""
        told, kind = event.payload, event.type
        if kind in ("participant.joined", "participant.left"):
            self._take_person(event, line)
        elif kind in ("meeting.started", "meeting.ended"):
            self._take_meeting(event)
        elif kind in _CONCLUDED:
            self._person(told, line).mark(seconds_of(event.event_ts, "event_ts"), _CONCLUDED[kind])
        elif event.event_ts is not None:
            self._soundings.hear(told.room or "", seconds_of(event.event_ts, "event_ts"))

    def _take_person(self, event: Event, line: int) -> None:
        told = event.payload
        joined, left = _joined(event), _left(event) if event.type == "participant.left" else 0
        person = self._person(told, line)
        if joined:
            person.mark(joined, JOIN)
        if left:
            person.mark(left, LEAVE)
        elif event.event_ts is not None and seconds_of(event.event_ts, "event_ts") - joined > LATE:
            person.late = True

    def _take_meeting(self, event: Event) -> None:
        told, at = event.payload, _of_meeting(event)
        room = told.room or ""
        scope = told.meeting_id or room
        if not scope:
            raise Fault("is missing", field="payload.room")
        if event.type == "meeting.started":
            self._spans.mark(scope, room, at, JOIN)
            return
        if told.start_ts is not None:
            self._spans.mark(scope, room, seconds_of(told.start_ts, "payload.start_ts"), JOIN)
        self._spans.mark(scope, room, at, LEAVE)
        self._closings.add(room, at)

    def _person(self, told: Payload, line: int) -> _Person:
        """The record of a connection. Where two events differ the greater text wins: that knows no order."""
        if not told.session_id:
            raise Fault("is missing", field="payload.session_id")
        found = self._people.get(told.session_id)
        if found is None:
            found = self._people[told.session_id] = _Person(line, conn=told.session_id)
        found.line = min(line, found.line)
        found.room = max(found.room, told.room or "")
        # Whoever came without a token has the connection's id for one: that tells nothing.
        if told.user_id and told.user_id != told.session_id:
            found.ref = max(found.ref, told.user_id)
        found.display = max(found.display, told.user_name or "")
        found.staff = found.staff or told.owner
        return found

    def finish(self) -> Folded:
        """Every visit as a sighting."""
        sightings = [sighting for person in self._people.values() for sighting in self._sightings(person)]
        sightings.sort(key=order_of)
        return Folded(sightings, self._spans.meetings(), self._soundings.moments())

    def _sightings(self, person: _Person) -> list[Sighting]:
        phone, dial_in = read_caller(person.display)
        return [
            Sighting(
                provider="daily",
                source="daily-webhook",
                line=person.line,
                display=person.display,
                room=person.room or None,
                conn=person.conn,
                ref=clean(person.ref),
                phone=phone,
                joined_at=instant_of(visit.start) if visit.start else None,
                left_at=instant_of(end) if end else None,
                leave_reported=visit.reported,
                dial_in=dial_in,
                staff=person.staff,
                delivered_late=person.late,
            )
            for visit in visits_of(person)
            for end in [visit.end or first_after(self._closings.of(person.room), visit.start)]
        ]


def _joined(event: Event) -> int:
    """When somebody joined; 0: a leave that does not tell."""
    told = event.payload.joined_at
    if told is not None:
        return seconds_of(told, "payload.joined_at")
    return 0 if event.type == "participant.left" else seconds_of(event.event_ts, "payload.joined_at")


def _left(event: Event) -> int:
    """Daily tells how long it lasted; a leave that does not was when it was sent."""
    told = event.payload
    if told.joined_at is None or told.duration is None:
        return seconds_of(event.event_ts, "payload.duration")
    seconds_of(told.joined_at, "payload.joined_at")
    left = seconds_of(told.joined_at + told.duration, "payload.duration")
    if told.duration < 0:
        raise Fault("is less than nothing", field="payload.duration")
    return left


def _of_meeting(event: Event) -> int:
    told = event.payload
    if event.type == "meeting.started":
        return seconds_of(told.start_ts if told.start_ts is not None else event.event_ts, "payload.start_ts")
    return seconds_of(told.end_ts if told.end_ts is not None else event.event_ts, "payload.end_ts")
