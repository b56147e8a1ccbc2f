"""Her make-up as an entry for her own calendar (RFC 5545): a time and a neutral title, and nothing else about her.

Instants are in UTC: a session by video begins at one moment, wherever her phone is by then.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from icalendar import Alarm, Calendar, Event

from rejoin.common.rows import select

CONTENT_TYPE: Final = "text/calendar; charset=utf-8"
PRODUCT: Final = "-//Rejoin//Appointments//EN"
UNTITLED: Final = "Appointment"
REMIND_BEFORE: Final = timedelta(minutes=30)
OF_CALENDARS: Final = UUID("6f0c6f5e-1f5a-4c0e-9f3b-5d3c0f6f5a11")
"""An entry is named by what it is made from, under this: for ever the same, and of no use to whoever reads it."""
# The last time she took for a missed session, as it is now. What became of it and of those before makes the sequence higher
# by one each: a time moved, called off or held after all, a seat given back, another one taken. Only sums of what grows do
# not go back when a session is moved back, or held again.
TAKEN: Final = """
SELECT debt.ref, session.starts_at, session.ends_at, seat.occupies AND session.held = 'scheduled',
       (sum(session.changes + 1 + (seat.released_at IS NOT NULL)::int) OVER () - 1)::int
  FROM makeups_booking AS booking
  JOIN makeups_debt AS debt ON debt.seat_id = booking.missed_id
  JOIN programs_seat AS seat ON seat.id = booking.seat_id JOIN programs_session AS session ON session.id = seat.session_id
 WHERE booking.missed_id = %s ORDER BY booking.id DESC LIMIT 1
"""


class Taken(NamedTuple):
    """A time that she took."""

    ref: UUID
    """Of the missed session: another time for the same one is the same entry, moved."""
    starts_at: datetime
    ends_at: datetime
    stands: bool
    sequence: int
    """Goes up with each thing that becomes of it, and never back, so that a calendar takes the newer word."""


def taken_for(seat_id: int) -> Taken | None:
    """Behind her door, for a missed seat."""
    return next((Taken(*row) for row in select(TAKEN, [seat_id])), None)


def calendar_of(taken: Taken, *, title: str, now: datetime) -> bytes:
    """A file that puts it into a calendar; what does not stand any more it takes out."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_event(taken, title or UNTITLED, now))
    written: bytes = calendar.to_ical()
    return written


def _event(taken: Taken, title: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", str(uuid5(OF_CALENDARS, str(taken.ref))))
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", taken.starts_at.astimezone(UTC))
    event.add("dtend", taken.ends_at.astimezone(UTC))
    event.add("summary", title)
    event.add("class", "PRIVATE")
    event.add("sequence", taken.sequence)
    event.add("status", "CONFIRMED" if taken.stands else "CANCELLED")
    if taken.stands:
        event.add("transp", "OPAQUE")
        event.add_component(_reminder(title))
    return event


def _reminder(title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", -REMIND_BEFORE)
    return alarm
