"""BigBlueButton's webhooks: a user is one connection, and a running of a meeting has an id of its own."""

from collections.abc import Iterator

import msgspec

from rejoin.rooms.exports.faults import Fault
from rejoin.rooms.exports.instants import MILLISECOND, instant_of, micros_of
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


class Meeting(msgspec.Struct, gc=False, rename="kebab"):
    internal_meeting_id: str | None = None
    external_meeting_id: str | None = None


class User(msgspec.Struct, gc=False, rename="kebab"):
    internal_user_id: str | None = None
    external_user_id: str | None = None
    name: str | None = None
    role: str | None = None


class Attributes(msgspec.Struct, gc=False):
    meeting: Meeting | None = None
    user: User | None = None


class Stamp(msgspec.Struct, gc=False):
    ts: int


class Body(msgspec.Struct, gc=False):
    type: str
    id: str
    attributes: Attributes
    event: Stamp


class Event(msgspec.Struct, gc=False):
    """One event of a callback."""

    data: Body


class _Person(Track, gc=False):
    room: str = ""
    scope: str = ""
    conn: str = ""
    ref: str = ""
    display: str = ""
    staff: bool = False


_KINDS = {"user-joined": JOIN, "user-left": LEAVE, "meeting-created": JOIN, "meeting-ended": LEAVE}
# Never told by BigBlueButton: concluded from what it answered when it was asked who is in (`engines.concluded`).
# The running of the meeting is not in it: it is the one that the connection was told in, if it was.
_CONCLUDED = {"rejoin-seen": SEEN, "rejoin-gone": GONE}


class BigBlueButtonLog:
    """BigBlueButton's events."""

    name = "BigBlueButton webhooks"
    provider = "bigbluebutton"

    def __init__(self) -> None:
        self._people: dict[tuple[str, str], _Person] = {}
        self._concluded: list[tuple[Meeting, User, int, int, int]] = []
        self._closings = Closings()
        self._spans = Spans()
        self._soundings = Soundings()

    def mentions(self, event: Event) -> Iterator[Mention]:
        """Its meeting, by the id that a schedule can know."""
        meeting = event.data.attributes.meeting or Meeting()
        if _room(meeting):
            yield Mention(ROOM, _room(meeting), event.data.event.ts * MILLISECOND)

    def take(self, event: Event, line: int) -> None:
        """Take one event in."""
        what, attributes = event.data.id, event.data.attributes
        meeting = attributes.meeting or Meeting()
        at = micros_of(event.data.event.ts, MILLISECOND, "data.event.ts")
        kind = _KINDS.get(what)
        scope = meeting.internal_meeting_id or _room(meeting)
        if what in _CONCLUDED:
            self._concluded.append((meeting, attributes.user or User(), at, _CONCLUDED[what], line))
        elif kind is None:
            self._soundings.hear(_room(meeting), at)
        elif not scope:
            raise Fault("is missing", field="data.attributes.meeting")
        elif what.startswith("meeting"):
            self._spans.mark(scope, _room(meeting), at, kind)
            if kind == LEAVE:
                self._closings.add(scope, at)
        else:
            self._person(meeting, scope, attributes.user or User(), line).mark(at, kind)

    def _person(self, meeting: Meeting, scope: str, user: User, line: int) -> _Person:
        """The record of a connection. Where two events differ the greater text wins: that knows no order."""
        conn = user.internal_user_id or user.external_user_id
        if not conn:
            raise Fault("is missing", field="data.attributes.user.internal-user-id")
        found = self._people.get((scope, conn))
        if found is None:
            found = self._people[scope, conn] = _Person(line, scope=scope, conn=conn)
        found.line = min(line, found.line)
        found.room = max(found.room, _room(meeting))
        # Whoever was given no id by the link has the connection's for one: that tells nothing.
        if user.external_user_id and user.external_user_id != user.internal_user_id:
            found.ref = max(found.ref, user.external_user_id)
        found.display = max(found.display, user.name or "")
        found.staff = found.staff or user.role == "MODERATOR"
        return found

    def finish(self) -> Folded:
        """Every visit as a sighting."""
        self._settle_concluded()
        sightings = [sighting for person in self._people.values() for sighting in self._sightings(person)]
        sightings.sort(key=order_of)
        return Folded(sightings, self._spans.meetings(), self._soundings.moments())

    def _settle_concluded(self) -> None:
        told: dict[str, list[_Person]] = {}
        for person in self._people.values():
            told.setdefault(person.conn, []).append(person)
        for meeting, user, at, kind, line in self._concluded:
            people = told.get(user.internal_user_id or "")
            if people is None:
                people = [self._person(meeting, _room(meeting), user, line)]
            for person in people:
                person.mark(at, kind)

    def _sightings(self, person: _Person) -> list[Sighting]:
        phone, dial_in = read_caller(person.display)
        return [
            Sighting(
                provider="bigbluebutton",
                source="bigbluebutton-webhook",
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
            )
            for visit in visits_of(person)
            for end in [visit.end or first_after(self._closings.of(person.scope), visit.start)]
        ]


def _room(meeting: Meeting) -> str:
    return meeting.external_meeting_id or meeting.internal_meeting_id or ""
