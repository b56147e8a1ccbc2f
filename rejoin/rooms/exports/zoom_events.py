"""Zoom webhooks: ISO times inside, the sender's clock outside, people told apart by what there is."""

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import msgspec

from rejoin.rooms.exports.faults import Fault
from rejoin.rooms.exports.instants import LATE, MILLISECOND, instant_of, iso_micros, micros_of
from rejoin.rooms.exports.people import clean, read_caller
from rejoin.rooms.exports.tracks import (
    CUT,
    JOIN,
    LEAVE,
    ROOM,
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


class Participant(msgspec.Struct, gc=False):
    user_id: str | int | None = None
    user_name: str | None = None
    id: str | int | None = None
    participant_uuid: str | None = None
    participant_user_id: str | int | None = None
    registrant_id: str | int | None = None
    customer_key: str | int | None = None
    email: str | None = None
    phone_number: str | int | None = None
    join_time: str | None = None
    leave_time: str | None = None
    date_time: str | None = None


class Object(msgspec.Struct, gc=False):
    id: str | int | None = None
    uuid: str | None = None
    topic: str | None = None
    host_id: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    breakout_room_uuid: str | None = None
    participant: Participant | None = None


class Payload(msgspec.Struct, gc=False):
    object: Object | None = None


class Event(msgspec.Struct, gc=False):
    """One webhook body."""

    event: str
    payload: Payload
    event_ts: int | None = None


class _Person(Track, gc=False):
    """A participant of one running of a meeting, or of its waiting room."""

    room: str = ""
    scope: str = ""
    conn: str = ""
    display: str = ""
    registrant: str = ""
    customer: str = ""
    account: str = ""
    user: str = ""
    email: str = ""
    phone: str = ""
    waiting: bool = False
    staff: bool = False


_Marks = tuple[int | None, int | None]
# A meeting made here is called by its room's name, which is random: its number at Zoom nobody here knows.
_OURS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The marks that an event of a meeting or webinar leaves: in the meeting, and in its waiting room.
_MARKS: dict[str, _Marks] = {
    "participant_joined": (JOIN, None),
    "participant_left": (LEAVE, None),
    "participant_joined_breakout_room": (JOIN, None),
    "participant_left_breakout_room": (LEAVE, None),
    "participant_joined_waiting_room": (None, JOIN),
    "participant_left_waiting_room": (None, LEAVE),
    "participant_jbh_waiting": (None, JOIN),
    "participant_jbh_waiting_left": (None, LEAVE),
    "participant_admitted": (None, CUT),
    "participant_put_in_waiting_room": (CUT, JOIN),
}
# Which of a participant's times an event is about; an event without one happened when it was sent.
_TIME_OF = {JOIN: ("join_time", "date_time"), LEAVE: ("leave_time", "date_time"), CUT: ("date_time",)}


class ZoomLog:
    """Zoom's events."""

    name = "Zoom webhooks"
    provider = "zoom"

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._people: dict[tuple[str, str, bool], _Person] = {}
        self._closings = Closings()
        self._spans = Spans()
        self._soundings = Soundings()

    def mentions(self, event: Event) -> Iterator[Mention]:
        """Its meeting, by the number that a schedule knows."""
        meeting = event.payload.object or Object()
        room = _room(meeting) or meeting.uuid or ""
        at = self._when(event, meeting)
        if room and at:
            yield Mention(ROOM, room, at)

    def _when(self, event: Event, meeting: Object) -> int:
        subject, _, what = event.event.partition(".")
        told: str | None = None
        if subject in {"meeting", "webinar"} and what in _MARKS and meeting.participant is not None:
            kinds = [kind for kind in _MARKS[what] if kind is not None]
            fields = [getattr(meeting.participant, field) for field in _TIME_OF[kinds[-1]]]
            told = next(filter(None, fields), None)
        elif subject in {"meeting", "webinar"} and what in {"started", "ended"}:
            told = meeting.start_time if what == "started" else meeting.end_time
        if told:
            return self._iso(told, "payload.object")
        return micros_of(event.event_ts, MILLISECOND, "event_ts") if event.event_ts else 0

    def take(self, event: Event, line: int) -> None:
        """Take one webhook in."""
        meeting = event.payload.object or Object()
        sent = micros_of(event.event_ts, MILLISECOND, "event_ts") if event.event_ts else 0
        subject, _, what = event.event.partition(".")
        marks = _MARKS.get(what)
        if subject not in {"meeting", "webinar"} or (marks is None and what not in {"started", "ended"}):
            if sent:
                self._soundings.hear(_room(meeting), sent)
            return
        scope = meeting.uuid or _text(meeting.id)
        if not scope:
            raise Fault("is missing", field="payload.object.id")
        if marks is None:
            self._take_meeting(what, meeting, scope, sent)
        elif meeting.participant is None:
            raise Fault("is missing", field="payload.object.participant")
        else:
            self._take_participant(marks, meeting, meeting.participant, sent, line)

    def _take_meeting(self, what: str, meeting: Object, scope: str, sent: int) -> None:
        room = _room(meeting)
        if meeting.start_time:
            self._spans.mark(scope, room, self._iso(meeting.start_time, "payload.object.start_time"), JOIN)
        elif what == "started":
            self._spans.mark(scope, room, _needed(sent), JOIN)
        if what == "ended":
            at = self._iso(meeting.end_time, "payload.object.end_time") if meeting.end_time else _needed(sent)
            self._spans.mark(scope, room, at, LEAVE)
            self._closings.add(scope, at)

    def _take_participant(
        self, marks: _Marks, meeting: Object, participant: Participant, sent: int, line: int
    ) -> None:
        for kind, waiting in zip(marks, (False, True), strict=True):
            if kind is None:
                continue
            person = self._person(meeting, participant, waiting, line)
            at = self._time_of(participant, kind, sent)
            person.mark(at, kind)
            # A cut has no time of its own to be late against.
            if kind != CUT and sent - at > LATE:
                person.late = True

    def _time_of(self, participant: Participant, kind: int, sent: int) -> int:
        for field in _TIME_OF[kind]:
            told = getattr(participant, field)
            if told:
                return self._iso(told, f"payload.object.participant.{field}")
        return _needed(sent)

    def _iso(self, text: str, field: str) -> int:
        return iso_micros(text, self._zone, field)

    def _person(self, meeting: Object, told: Participant, waiting: bool, line: int) -> _Person:
        """The record of a participant, with what this event adds to it.

        Where two events differ the greater text wins: any rule will do that knows no order.
        """
        # A meeting's id returns every week; its uuid is that of one running.
        scope = meeting.uuid or _text(meeting.id)
        conn = _text(told.user_id) or told.participant_uuid or _text(told.id) or told.user_name or ""
        key = (scope, f"{conn}/{meeting.breakout_room_uuid}" if meeting.breakout_room_uuid else conn, waiting)
        person = self._people.get(key)
        if person is None:
            person = self._people[key] = _Person(line, scope=scope, conn=conn, waiting=waiting)
        person.line = min(line, person.line)
        # A name of ours is longer than any number: what was told without it is of the same meeting.
        person.room = max(person.room, _room(meeting), key=lambda room: (len(room), room))
        person.display = max(person.display, told.user_name or "")
        person.registrant = max(person.registrant, _text(told.registrant_id))
        person.customer = max(person.customer, _text(told.customer_key))
        person.account = max(person.account, _text(told.participant_user_id))
        person.user = max(person.user, _text(told.id))
        person.email = max(person.email, (told.email or "").strip())
        person.phone = max(person.phone, _text(told.phone_number))
        # The account id of the host is the only mark of staff that Zoom sends.
        if meeting.host_id and meeting.host_id in (told.id, told.participant_user_id):
            person.staff = True
        return person

    def finish(self) -> Folded:
        """Every visit as a sighting."""
        sightings = [sighting for person in self._people.values() for sighting in self._sightings(person)]
        sightings.sort(key=order_of)
        return Folded(sightings, self._spans.meetings(), self._soundings.moments())

    def _sightings(self, person: _Person) -> list[Sighting]:
        found: list[Sighting] = []
        called, dial_in = read_caller(person.display)
        ref, *others = [*filter(None, (person.registrant, person.customer)), None]
        for visit in visits_of(person):
            end = visit.end or first_after(self._closings.of(person.scope), visit.start)
            found.append(
                Sighting(
                    provider="zoom",
                    source="zoom-webhook",
                    line=person.line,
                    display=person.display,
                    room=person.room or None,
                    conn=person.conn,
                    ref=ref,
                    email=person.email or None,
                    phone=clean(person.phone) or called,
                    aliases=tuple(dict.fromkeys(filter(None, (*others, person.user, person.account)))),
                    joined_at=instant_of(visit.start) if visit.start else None,
                    left_at=instant_of(end) if end else None,
                    leave_reported=visit.reported,
                    waiting=person.waiting,
                    dial_in=dial_in or bool(person.phone),
                    staff=person.staff,
                    delivered_late=person.late,
                )
            )
        return found


def _room(meeting: Object) -> str:
    """The number that a schedule knows, or the name that the meeting was given here."""
    topic = meeting.topic or ""
    return topic if _OURS.fullmatch(topic) else _text(meeting.id)


def _text(value: str | int | None) -> str:
    return "" if value is None else str(value)


def _needed(sent: int) -> int:
    if not sent:
        raise Fault("is missing, and nothing else tells the time", field="event_ts")
    return sent
