"""BigBlueButton learning dashboards: one entry for every connection, epochs in milliseconds."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from rejoin.rooms.exports.documents import Part, decode, members
from rejoin.rooms.exports.faults import Complaints, Fault
from rejoin.rooms.exports.instants import MILLISECOND, instant_of, micros_of
from rejoin.rooms.exports.people import clean, read_caller
from rejoin.rooms.sightings import Context, Meeting, Reading, RoomFile, Sighting


class _Stay(msgspec.Struct, rename="camel"):
    registered_on: int | None = None
    left_on: int | None = None


class _Connection(_Stay, rename="camel"):
    int_id: str | None = None
    sessions: list[_Stay] | None = None


class _User(_Connection, rename="camel"):
    ext_id: str | None = None
    name: str | None = None
    is_moderator: bool = False
    is_dial_in: bool = False


class _Dashboard(msgspec.Struct, rename="camel"):
    int_id: str | None = None
    ext_id: str | None = None
    name: str | None = None
    created_on: int | None = None
    ended_on: int | None = None


def looks_like_dashboard(keys: frozenset[str]) -> bool:
    """Whether an object with these keys is a learning dashboard."""
    return {"users", "intId"} <= keys or {"users", "createdOn"} <= keys


def read_dashboards(documents: Sequence[Part], file: str, _context: Context) -> RoomFile:
    """A learning dashboard; several in one list are several runs of one room.

    Its times are epochs: nothing of the context is needed to read them.
    """
    complaints = Complaints(file)
    sightings: list[Sighting] = []
    meetings: list[Meeting] = []
    rooms: dict[str, None] = {}
    hints: dict[str, None] = {}
    for document in documents:
        with complaints.at(document.line):
            found = members(document)
            dashboard = decode(document, _Dashboard)
            # The meeting id of the API comes first: it is the one that a schedule can know.
            room = dashboard.ext_id or dashboard.int_id
            meeting = Meeting(
                room=room,
                started_at=_read_epoch(dashboard.created_on, "createdOn"),
                ended_at=_read_epoch(dashboard.ended_on, "endedOn"),
            )
            meetings.append(meeting)
            rooms.update(dict.fromkeys(filter(None, (dashboard.ext_id, dashboard.int_id))))
            hints.update(dict.fromkeys(filter(None, [clean(dashboard.name)])))
            for user in members(found["users"]).values():
                with complaints.at(user.line):
                    sightings += _read_user(user, meeting)
    complaints.settle()
    return RoomFile(
        file=file,
        format="BigBlueButton learning dashboard",
        provider="bigbluebutton",
        rooms=tuple(rooms),
        hints=tuple(hints),
        readings=(Reading(label="", sightings=sightings, meetings=meetings),),
    )


def _read_epoch(value: int | None, field: str) -> datetime | None:
    return instant_of(micros_of(value, MILLISECOND, field)) if value else None


def _read_user(part: Part, meeting: Meeting) -> list[Sighting]:
    user = decode(part, _User)
    phone, calls = read_caller(user.name or "")
    person = Sighting(
        provider="bigbluebutton",
        source="bigbluebutton-dashboard",
        line=part.line,
        display=user.name or "",
        room=meeting.room,
        ref=clean(user.ext_id),
        phone=phone,
        dial_in=calls or user.is_dial_in,
        staff=user.is_moderator,
        leave_reported=False,
    )
    stays = [
        _place(msgspec.structs.replace(person, line=line, conn=conn), stay, meeting)
        for line, conn, stay in _stays_of(part, user)
    ]
    return stays or [person]


def _stays_of(part: Part, user: _User) -> Iterator[tuple[int, str, _Stay]]:
    """Every stay of a user: by connection, by session within it, or, long ago, the user's own."""
    found = members(part)
    connections = found.get("intIds")
    if connections is None or connections.raw == b"null":
        if user.registered_on:
            yield part.line, user.int_id or "", user
        return
    for int_id, entry in members(connections).items():
        connection = decode(entry, _Connection)
        # Newer dashboards list each stay of a connection; older ones know its first and last.
        for stay in connection.sessions or [connection]:
            yield entry.line, connection.int_id or int_id, stay


def _place(person: Sighting, stay: _Stay, meeting: Meeting) -> Sighting:
    try:
        joined_at = _read_epoch(stay.registered_on, "registeredOn")
        left_at = _read_epoch(stay.left_on, "leftOn")
        if joined_at and left_at and left_at < joined_at:
            raise Fault("left before joining", field="leftOn")
    except Fault as fault:
        raise Fault(fault.message, field=fault.field, line=person.line) from None
    # leftOn 0 is "still in", and stays so after a crash: then the meeting's end is the last bound.
    reported = left_at is not None
    if left_at is None and joined_at and meeting.ended_at and joined_at <= meeting.ended_at:
        left_at = meeting.ended_at
    return msgspec.structs.replace(person, joined_at=joined_at, left_at=left_at, leave_reported=reported)
