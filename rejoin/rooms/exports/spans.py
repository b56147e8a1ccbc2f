"""Rows that state a join and a leave, turned into sightings once day and month are settled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import msgspec

from rejoin.rooms.exports.clocks import (
    Order,
    Written,
    instants,
    read_each_way,
    read_written,
    settle_span,
)
from rejoin.rooms.exports.faults import Complaints, Fault
from rejoin.rooms.sightings import Meeting, Reading, Sighting


@dataclass(slots=True, kw_only=True)
class Span:
    """A join and a leave as they stand in the file; either may be missing."""

    line: int
    zone: tzinfo
    joined: Written | None
    left: Written | None
    columns: tuple[str, str]
    """What the file calls the join and the leave, for problems to point at."""
    lasted: timedelta | None = None

    def place(self, order: Order) -> tuple[datetime | None, datetime | None]:
        """The instants of both ends."""
        joins, leaves = (
            self._meant_by(written, order, column)
            for written, column in zip((self.joined, self.left), self.columns, strict=True)
        )
        if joins and leaves:
            return settle_span(joins, leaves, self.lasted)
        return (joins[0] if joins else None), (leaves[0] if leaves else None)

    def _meant_by(self, written: Written | None, order: Order, column: str) -> tuple[datetime, ...]:
        try:
            return instants(written, order, self.zone) if written else ()
        except Fault as fault:
            raise Fault(fault.message, field=column) from None


@dataclass(slots=True, kw_only=True)
class SeenRow:
    """A participant's row: all but the instants is settled in `sighting`."""

    span: Span
    sighting: Sighting
    is_summary: bool = False
    """The row hides gaps: its duration, and not its ends, tells how long."""


@dataclass(slots=True, kw_only=True)
class MeetingRow:
    """A meeting's own start and end."""

    span: Span
    room: str | None = None


def read_time_cell(text: str, complaints: Complaints, *, line: int, field: str) -> Written | None:
    """The time in a cell; None when it is empty, or not a time and noted as a problem."""
    if not text:
        return None
    with complaints.at(line, field):
        return read_written(text)
    return None


def readings_of(
    seen: Sequence[SeenRow], meetings: Sequence[MeetingRow], default: Order, complaints: Complaints
) -> tuple[Reading, ...]:
    """One reading for each order of day and month in which every row makes sense."""
    complaints.settle()

    def build(order: Order) -> Reading:
        # Each order is judged by itself: what is wrong in one may be right in the other.
        found = Complaints(complaints.file)
        sightings = [_place_row(row, order, found) for row in seen]
        spans = [_place_meeting(meeting, order, found) for meeting in meetings]
        found.settle()
        return Reading(label="", sightings=sightings, meetings=spans)

    return read_each_way(
        _times_of([row.span for row in seen] + [meeting.span for meeting in meetings]), default, build
    )


def _times_of(spans: Iterable[Span]) -> list[Written]:
    return [written for span in spans for written in (span.joined, span.left) if written]


def _place_row(row: SeenRow, order: Order, complaints: Complaints) -> Sighting:
    joined_at = left_at = None
    with complaints.at(row.span.line, row.span.columns[1]):
        joined_at, left_at = row.span.place(order)
    return msgspec.structs.replace(
        row.sighting,
        joined_at=joined_at,
        left_at=left_at,
        leave_reported=left_at is not None,
        present_for=row.span.lasted if row.is_summary and joined_at and left_at else None,
    )


def _place_meeting(meeting: MeetingRow, order: Order, complaints: Complaints) -> Meeting:
    started_at = ended_at = None
    with complaints.at(meeting.span.line, meeting.span.columns[1]):
        started_at, ended_at = meeting.span.place(order)
    return Meeting(room=meeting.room, started_at=started_at, ended_at=ended_at)
