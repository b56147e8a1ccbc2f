"""Zoom participant reports: with or without the meeting's own table on top, old words and new.

The meeting's columns stand in a table of their own, or, in the account-wide report, to the left of
the participant's in every row. Several reports may follow one another in one file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo

from rejoin.rooms.exports.clocks import Order, Written, zone_named
from rejoin.rooms.exports.durations import read_count
from rejoin.rooms.exports.faults import Complaints
from rejoin.rooms.exports.people import clean, read_caller
from rejoin.rooms.exports.spans import MeetingRow, SeenRow, Span, read_time_cell, readings_of
from rejoin.rooms.exports.tables import Row, in_brackets, plain_header, plain_headers
from rejoin.rooms.sightings import Context, RoomFile, Sighting

_WORDS = {
    "name": ("name", "user name", "participant", "participant name", "display name", "phone number/name"),
    "email": ("user email", "email", "email address", "participant email"),
    "joined": ("join time", "joined time", "join"),
    "left": ("leave time", "left time", "leave"),
    "lasted": ("duration", "total duration", "time in session"),
    "waiting": ("in waiting room", "waiting room"),
    "status": ("status",),
    "registrant": ("registrant id",),
    "customer": ("customer key",),
    "account": ("participant user id",),
    "topic": ("topic", "meeting topic"),
    "room": ("meeting id", "webinar id"),
    "id": ("id",),
    "started": ("start time", "actual start time"),
    "ended": ("end time",),
    "host": ("host", "host email"),
    "zone": ("timezone", "time zone"),
}
_COLUMN_OF = {word: column for column, words in _WORDS.items() for word in words}
_TIMED = frozenset({"joined", "left", "started", "ended"})
# "In Waiting Room" is answered in the language of the account.
_YES = frozenset({"yes", "y", "true", "1", "sí", "si", "oui", "ja", "sim", "da", "はい", "是", "예"})
_EMAIL = re.compile(r"[^\s()<>,;@]{1,64}@[^\s()<>,;]{1,255}")


@dataclass(slots=True)
class _Columns:
    """Where each thing stands in the rows under one header."""

    header: Row
    at: dict[str, int] = field(default_factory=dict)
    host: int | None = None
    zone: tzinfo | None = None

    @property
    def is_meeting(self) -> bool:
        return "started" in self.at and bool(self.at.keys() & {"room", "id", "topic"})

    @property
    def is_participants(self) -> bool:
        return "name" in self.at and bool(self.at.keys() & {"joined", "left"} or self._is_totals)

    @property
    def _is_totals(self) -> bool:
        return {"lasted", "email"} <= self.at.keys() and "started" not in self.at

    def text(self, row: Row, column: str) -> str:
        return row.cell(self.at.get(column))

    def word(self, column: str) -> str:
        """The column's name as the file writes it, for a problem to point at."""
        return self.header.cell(self.at.get(column)) or column


@dataclass(slots=True)
class _Report:
    """The meeting under whose table the participants' rows stand."""

    zone: tzinfo
    room: str | None = None
    host_email: str | None = None


def _columns_of(row: Row) -> _Columns:
    """Where the known columns are. Of two alike the later is the participant's, the earlier the host's."""
    columns = _Columns(row)
    for place, word in enumerate(plain_headers(row)):
        column = _COLUMN_OF.get(word)
        if column is None:
            continue
        if column == "email" and column in columns.at:
            columns.host = columns.at[column]
        columns.at[column] = place
        for text in in_brackets(row.cells[place]) if column in _TIMED else ():
            columns.zone = zone_named(text) or columns.zone
    return columns


def _may_be_header(row: Row) -> bool:
    """A cheap look at the first cell: most rows of a long report are people."""
    return plain_header(row.cells[0]) in _COLUMN_OF


def looks_like_zoom(head: Sequence[Row]) -> bool:
    """Whether any of the first rows is a header that Zoom writes."""
    return any(
        columns.is_participants or (columns.is_meeting and len(columns.at) > 2)
        for columns in map(_columns_of, head[:10])
    )


def read_zoom(rows: Sequence[Row], file: str, context: Context) -> RoomFile:
    """A Zoom participant report."""
    complaints = Complaints(file)
    seen: list[SeenRow] = []
    meetings: list[MeetingRow] = []
    topics: dict[str, None] = {}
    columns = _Columns(rows[0])
    listed = columns.is_participants
    report = _Report(context.zone)
    for row in rows:
        header = _columns_of(row) if not columns.at or _may_be_header(row) else None
        if header and (header.is_participants or header.is_meeting):
            columns = header
            listed |= header.is_participants
        elif columns.is_participants:
            seen.append(_read_participant(row, columns, report, complaints))
        elif columns.is_meeting:
            report, meeting = _read_meeting(row, columns, context.zone, complaints)
            meetings.append(meeting)
            topics.update(dict.fromkeys(filter(None, [clean(columns.text(row, "topic"))])))
    if not listed:
        complaints.add(rows[-1].line, "participants", "the table of participants is missing")
    stated = [meeting.room for meeting in meetings] + [row.sighting.room for row in seen]
    rooms = tuple(dict.fromkeys(filter(None, stated)))
    return RoomFile(
        file=file,
        format="Zoom participant report",
        provider="zoom",
        # A file about several meetings belongs to none of them alone.
        rooms=rooms if len(rooms) == 1 else (),
        hints=tuple(topics) if len(rooms) <= 1 else (),
        readings=readings_of(seen, meetings, Order.MONTH_FIRST, complaints),
    )


def _read_meeting(
    row: Row, columns: _Columns, zone: tzinfo, complaints: Complaints
) -> tuple[_Report, MeetingRow]:
    stated = columns.text(row, "zone")
    named = zone_named(stated) if stated else None
    if stated and named is None:
        complaints.add(row.line, columns.word("zone"), "is not a time zone that we know")
    # The row's own word, then the header's, then the host's zone.
    zone = named or columns.zone or zone
    room = clean(columns.text(row, "room")) or clean(columns.text(row, "id"))
    host = _EMAIL.search(columns.text(row, "email") or columns.text(row, "host"))
    span = Span(
        line=row.line,
        zone=zone,
        joined=_read_time(row, columns, "started", complaints),
        left=_read_time(row, columns, "ended", complaints),
        columns=(columns.word("started"), columns.word("ended")),
        lasted=_read_lasted(row, columns),
    )
    return _Report(zone, room, host[0] if host else None), MeetingRow(span=span, room=room)


def _read_time(row: Row, columns: _Columns, column: str, complaints: Complaints) -> Written | None:
    return read_time_cell(columns.text(row, column), complaints, line=row.line, field=columns.word(column))


def _read_lasted(row: Row, columns: _Columns) -> timedelta | None:
    """The stated duration: minutes where the header says so, the API's seconds otherwise."""
    unit = timedelta(minutes=1) if "minute" in columns.word("lasted").lower() else timedelta(seconds=1)
    return read_count(columns.text(row, "lasted"), unit)


def _read_participant(row: Row, columns: _Columns, report: _Report, complaints: Complaints) -> SeenRow:
    display = columns.text(row, "name")
    email = clean(columns.text(row, "email"))
    host = clean(row.cell(columns.host)) or report.host_email
    phone, dial_in = read_caller(display)
    registrant, customer, account, provider_id = (
        clean(columns.text(row, column)) for column in ("registrant", "customer", "account", "id")
    )
    # Only what was given to one patient's link can be a ref; the rest a person may have confirmed.
    ref, *others = [*filter(None, (registrant, customer)), None]
    span = Span(
        line=row.line,
        zone=columns.zone or report.zone,
        joined=_read_time(row, columns, "joined", complaints),
        left=_read_time(row, columns, "left", complaints),
        columns=(columns.word("joined"), columns.word("left")),
        lasted=_read_lasted(row, columns),
    )
    sighting = Sighting(
        provider="zoom",
        source="zoom-csv",
        line=row.line,
        display=display,
        room=clean(columns.text(row, "room")) or report.room,
        ref=ref,
        email=email,
        phone=phone,
        aliases=tuple(dict.fromkeys(filter(None, (*others, account, provider_id)))),
        waiting=_is_waiting(row, columns),
        dial_in=dial_in,
        staff=bool(email and host and email.casefold() == host.casefold()),
    )
    return SeenRow(span=span, sighting=sighting)


def _is_waiting(row: Row, columns: _Columns) -> bool:
    return columns.text(row, "waiting").casefold() in _YES or "waiting" in columns.text(row, "status").lower()
