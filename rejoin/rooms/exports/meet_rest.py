"""Google Meet conference records from the REST API: sessions in UTC, callers masked."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from rejoin.rooms.exports.documents import Part, decode, elements, members
from rejoin.rooms.exports.faults import Complaints, Fault
from rejoin.rooms.exports.instants import read_optional_iso
from rejoin.rooms.exports.people import clean, read_caller
from rejoin.rooms.sightings import Context, Meeting, Reading, RoomFile, Sighting


class _Space(msgspec.Struct, rename="camel"):
    name: str | None = None
    meeting_code: str | None = None


class _Record(msgspec.Struct, rename="camel"):
    name: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    space: str | _Space | None = None
    meeting_code: str | None = None


class _User(msgspec.Struct, rename="camel"):
    user: str | None = None
    display_name: str | None = None


class _Participant(msgspec.Struct, rename="camel"):
    name: str = ""
    earliest_start_time: str | None = None
    latest_end_time: str | None = None
    signedin_user: _User | None = None
    anonymous_user: _User | None = None
    phone_user: _User | None = None


class _Session(msgspec.Struct, rename="camel"):
    name: str = ""
    start_time: str | None = None
    end_time: str | None = None


def looks_like_meet_records(keys: frozenset[str]) -> bool:
    """Whether an object with these keys holds a conference record and its participants."""
    return "participants" in keys and bool(keys & {"conferenceRecord", "participantSessions"})


def read_meet_records(documents: Sequence[Part], file: str, context: Context) -> RoomFile:
    """Conference records with their participants and sessions."""
    complaints = Complaints(file)
    sightings: list[Sighting] = []
    meetings: list[Meeting] = []
    hints: dict[str, None] = {}
    for document in documents:
        with complaints.at(document.line):
            found = members(document)
            meeting, names = _read_conference(found, context)
            meetings.append(meeting)
            hints.update(dict.fromkeys(names))
            sightings += _read_people(found, meeting, complaints, context)
    complaints.settle()
    return RoomFile(
        file=file,
        format="Google Meet conference record",
        provider="meet",
        hints=tuple(hints),
        readings=(Reading(label="", sightings=sightings, meetings=meetings),),
    )


def _read_conference(found: dict[str, Part], context: Context) -> tuple[Meeting, list[str]]:
    record = decode(found["conferenceRecord"], _Record) if "conferenceRecord" in found else _Record()
    space = decode(found["space"], str | _Space) if "space" in found else record.space  # type: ignore[arg-type]
    if not isinstance(space, _Space):
        space = _Space(name=space)
    meeting = Meeting(
        started_at=read_optional_iso(record.start_time, context.zone, "conferenceRecord.startTime"),
        ended_at=read_optional_iso(record.end_time, context.zone, "conferenceRecord.endTime"),
    )
    names = (space.name, space.meeting_code, record.name, record.meeting_code)
    return meeting, [name for name in names if name]


def _read_people(
    found: dict[str, Part], meeting: Meeting, complaints: Complaints, context: Context
) -> list[Sighting]:
    sessions: dict[str, list[Part]] = defaultdict(list)
    for part in elements(found.get("participantSessions")):
        with complaints.at(part.line):
            sessions[decode(part, _Session).name.partition("/participantSessions/")[0]].append(part)
    sightings: list[Sighting] = []
    for part in elements(found.get("participants")):
        with complaints.at(part.line):
            participant = decode(part, _Participant)
            own = sessions.pop(participant.name, [])
            sightings += _read_participant(part.line, participant, own, meeting, context)
    # Sessions of a participant on a page that was not exported: somebody was there.
    for strangers in sessions.values():
        with complaints.at(strangers[0].line):
            sightings += _read_participant(strangers[0].line, _Participant(), strangers, meeting, context)
    return sightings


def _read_participant(
    line: int, participant: _Participant, sessions: Sequence[Part], meeting: Meeting, context: Context
) -> list[Sighting]:
    user = participant.signedin_user or participant.anonymous_user or participant.phone_user or _User()
    phone, dial_in = read_caller(user.display_name or "")
    person = Sighting(
        provider="meet",
        source="meet-rest",
        line=line,
        display=user.display_name or "",
        phone=phone,
        aliases=tuple(filter(None, [clean(user.user)])),
        dial_in=dial_in or participant.phone_user is not None,
    )
    if not sessions:
        # Gaps cannot be told from these two ends; they are all the record has.
        ends = (participant.earliest_start_time, participant.latest_end_time)
        return [_place(person, *ends, meeting, context)]
    return [_read_session(part, person, meeting, context) for part in sessions]


def _read_session(part: Part, person: Sighting, meeting: Meeting, context: Context) -> Sighting:
    session = decode(part, _Session)
    try:
        return _place(
            msgspec.structs.replace(person, line=part.line, conn=session.name),
            session.start_time,
            session.end_time,
            meeting,
            context,
        )
    except Fault as fault:
        raise Fault(fault.message, field=fault.field, line=part.line) from None


def _place(
    person: Sighting, start: str | None, end: str | None, meeting: Meeting, context: Context
) -> Sighting:
    joined_at = read_optional_iso(start, context.zone, "startTime")
    left_at = read_optional_iso(end, context.zone, "endTime")
    if joined_at and left_at and left_at < joined_at:
        raise Fault("left before joining", field="endTime")
    # Still in when the record was fetched, or lost: the conference's end is the last bound.
    reported = left_at is not None
    if left_at is None and joined_at and meeting.ended_at and joined_at <= meeting.ended_at:
        left_at = meeting.ended_at
    return msgspec.structs.replace(person, joined_at=joined_at, left_at=left_at, leave_reported=reported)
