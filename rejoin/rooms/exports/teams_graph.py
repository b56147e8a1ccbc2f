"""Teams attendance reports from Microsoft Graph: UTC intervals, the best source Teams has."""

from collections.abc import Sequence

import msgspec

from rejoin.rooms.exports.documents import Part, decode, elements, members
from rejoin.rooms.exports.faults import Complaints, Fault
from rejoin.rooms.exports.instants import read_optional_iso
from rejoin.rooms.exports.people import clean, is_host, read_caller
from rejoin.rooms.sightings import Context, Meeting, Reading, RoomFile, Sighting


class _Interval(msgspec.Struct, rename="camel"):
    join_date_time: str | None = None
    leave_date_time: str | None = None


class _Identity(msgspec.Struct, rename="camel"):
    id: str | None = None
    display_name: str | None = None


class _Record(msgspec.Struct, rename="camel"):
    email_address: str | None = None
    role: str | None = None
    registration_id: str | None = None
    identity: _Identity | None = None
    attendance_intervals: list[_Interval] | None = None


class _Report(msgspec.Struct, rename="camel"):
    id: str | None = None
    meeting_id: str | None = None
    join_web_url: str | None = None
    meeting_start_date_time: str | None = None
    meeting_end_date_time: str | None = None


def looks_like_graph(keys: frozenset[str]) -> bool:
    """Whether an object with these keys is a report, or a record out of one."""
    return bool(keys & {"attendanceRecords", "attendanceIntervals"})


def read_graph(documents: Sequence[Part], file: str, context: Context) -> RoomFile:
    """Attendance reports, or a bare page of attendance records."""
    complaints = Complaints(file)
    sightings: list[Sighting] = []
    meetings: list[Meeting] = []
    hints: dict[str, None] = {}
    for document in documents:
        with complaints.at(document.line):
            found = members(document)
            if "attendanceIntervals" in found:
                sightings += _read_record(document, None, context)
                continue
            report, meeting = _read_report(document, context)
            meetings.append(meeting)
            hints.update(dict.fromkeys(filter(None, (report.id, report.meeting_id, report.join_web_url))))
            for record in elements(found.get("attendanceRecords")):
                with complaints.at(record.line):
                    sightings += _read_record(record, meeting, context)
    complaints.settle()
    return RoomFile(
        file=file,
        format="Teams attendance report from Microsoft Graph",
        provider="teams",
        hints=tuple(hints),
        readings=(Reading(label="", sightings=sightings, meetings=meetings),),
    )


def _read_report(document: Part, context: Context) -> tuple[_Report, Meeting]:
    report = decode(document, _Report)
    return report, Meeting(
        started_at=read_optional_iso(report.meeting_start_date_time, context.zone, "meetingStartDateTime"),
        ended_at=read_optional_iso(report.meeting_end_date_time, context.zone, "meetingEndDateTime"),
    )


def _read_record(part: Part, meeting: Meeting | None, context: Context) -> list[Sighting]:
    record = decode(part, _Record)
    identity = record.identity or _Identity()
    display = identity.display_name or ""
    phone, dial_in = read_caller(display)
    person = Sighting(
        provider="teams",
        source="teams-graph",
        line=part.line,
        display=display,
        ref=clean(identity.id),
        email=clean(record.email_address),
        phone=phone,
        aliases=(record.registration_id,) if record.registration_id else (),
        dial_in=dial_in,
        staff=is_host(record.role),
        leave_reported=False,
    )
    # Without intervals the report says that somebody was there, and not when.
    intervals = record.attendance_intervals or []
    return [_read_interval(interval, person, meeting, context) for interval in intervals] or [person]


def _read_interval(
    interval: _Interval, person: Sighting, meeting: Meeting | None, context: Context
) -> Sighting:
    joined_at = read_optional_iso(interval.join_date_time, context.zone, "joinDateTime")
    left_at = read_optional_iso(interval.leave_date_time, context.zone, "leaveDateTime")
    if joined_at and left_at and left_at < joined_at:
        raise Fault("left before joining", field="leaveDateTime")
    # An interval that is still open ends with the meeting at the latest.
    reported = left_at is not None
    if left_at is None and meeting and meeting.ended_at and joined_at and joined_at <= meeting.ended_at:
        left_at = meeting.ended_at
    return msgspec.structs.replace(person, joined_at=joined_at, left_at=left_at, leave_reported=reported)
