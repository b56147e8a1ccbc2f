"""Google Meet attendance sheets: the time of day of the first join and the last exit, and no date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import msgspec

from rejoin.rooms.exports.clocks import local_instants, read_clock, settle_span
from rejoin.rooms.exports.durations import read_duration
from rejoin.rooms.exports.faults import Complaints
from rejoin.rooms.exports.people import clean, read_caller
from rejoin.rooms.exports.tables import Row, plain_headers
from rejoin.rooms.sightings import Context, Reading, RoomFile, Sighting, Unreadable

_JOINED = ("time joined", "joined", "join time", "first joined")
_EXITED = ("time exited", "exited", "exit time", "last exited", "time left")


@dataclass(slots=True, kw_only=True)
class _Attendee:
    line: int
    display: str
    email: str | None
    joined: time | None
    exited: time | None
    lasted: timedelta | None


def looks_like_meet(head: Sequence[Row]) -> bool:
    """Whether the first row is the header of an attendance sheet."""
    words = set(plain_headers(head[0])) if head else set()
    return bool(words & {*_JOINED} and words & {*_EXITED} and words & {"first name", "name", "last name"})


def read_meet(rows: Sequence[Row], file: str, context: Context) -> RoomFile:
    """An attendance sheet, read once for each date on which it could have been taken."""
    complaints = Complaints(file)
    words = plain_headers(rows[0])
    attendees = [_read_attendee(row, rows[0], words, complaints) for row in rows[1:]]
    complaints.settle()
    return RoomFile(
        file=file,
        format="Google Meet attendance sheet",
        provider="meet",
        readings=_read_on_each_date(attendees, file, context),
    )


def _column(words: Sequence[str], *names: str) -> int | None:
    return next((place for place, word in enumerate(words) if word in names), None)


def _read_attendee(row: Row, header: Row, words: Sequence[str], complaints: Complaints) -> _Attendee:
    joined = exited = lasted = None
    columns = {"joined": _column(words, *_JOINED), "exited": _column(words, *_EXITED)}
    with complaints.at(row.line, header.cell(columns["joined"])):
        joined = _read_time_of_day(row.cell(columns["joined"]))
    with complaints.at(row.line, header.cell(columns["exited"])):
        exited = _read_time_of_day(row.cell(columns["exited"]))
    with complaints.at(row.line, "Duration"):
        lasted = read_duration(row.cell(_column(words, "duration")))
    names = (row.cell(_column(words, word)) for word in ("name", "first name", "last name"))
    return _Attendee(
        line=row.line,
        display=" ".join(filter(None, names)),
        email=clean(row.cell(_column(words, "email", "email address"))),
        joined=joined,
        exited=exited,
        lasted=lasted,
    )


def _read_time_of_day(text: str) -> time | None:
    return read_clock(text)[0] if text else None


def _read_on_each_date(attendees: Sequence[_Attendee], file: str, context: Context) -> tuple[Reading, ...]:
    if not context.dates:
        # Somebody was there, on a day that we cannot know.
        return (Reading(label="", sightings=[_sighting_of(attendee) for attendee in attendees]),)
    readings: list[Reading] = []
    refusals: list[Unreadable] = []
    for day in context.dates:
        found = Complaints(file)
        sightings = [_place(attendee, day, context, found) for attendee in attendees]
        try:
            found.settle()
        except Unreadable as refusal:
            refusals.append(refusal)
        else:
            readings.append(Reading(label=day.isoformat(), sightings=sightings))
    if not readings:
        raise refusals[0]
    return tuple(readings)


def _place(attendee: _Attendee, day: date, context: Context, complaints: Complaints) -> Sighting:
    joined_at = left_at = None
    with complaints.at(attendee.line, "Time joined"):
        joined_at, left_at = _instants_on(attendee, day, context)
    return msgspec.structs.replace(
        _sighting_of(attendee),
        joined_at=joined_at,
        left_at=left_at,
        leave_reported=left_at is not None,
        present_for=attendee.lasted if joined_at and left_at else None,
    )


def _instants_on(attendee: _Attendee, day: date, context: Context) -> tuple[datetime | None, datetime | None]:
    """Both ends, were the meeting on `day`; an exit on an earlier clock is past midnight."""
    joined, exited = attendee.joined, attendee.exited
    joins = local_instants(datetime.combine(day, joined), context.zone) if joined else ()
    leaves = local_instants(datetime.combine(day, exited), context.zone) if exited else ()
    # By instants and not by clocks: on the night they are set back an earlier clock can be later.
    if exited and joins and leaves[-1] < joins[0]:
        leaves = local_instants(datetime.combine(day + timedelta(days=1), exited), context.zone)
    if joins and leaves:
        return settle_span(joins, leaves, attendee.lasted)
    return (joins[0] if joins else None), (leaves[0] if leaves else None)


def _sighting_of(attendee: _Attendee) -> Sighting:
    phone, dial_in = read_caller(attendee.display)
    return Sighting(
        provider="meet",
        source="meet-csv",
        line=attendee.line,
        display=attendee.display,
        email=attendee.email,
        phone=phone,
        dial_in=dial_in,
        leave_reported=False,
    )
