"""Her appointments as her own calendar reads them (RFC 5545): times, a neutral title, and nothing else about her.

Times are on the wall clock of her zone, whose changes of clocks are told with them, so that a calendar that asks for all of
it anew shows what her pages show.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from rejoin.common.rows import select
from rejoin.people.models import Patient
from rejoin.portal.present.calendar_entry import OF_CALENDARS, PRODUCT
from rejoin.portal.words.me import words_in
from rejoin.portal.words.me_english import English

BACK: Final = timedelta(weeks=6)
AHEAD: Final = timedelta(days=400)
"""How far back and ahead it tells. Ours."""
REFRESH: Final = timedelta(hours=1)
"""How often a calendar is asked to look again. Ours."""
A_DAY: Final = timedelta(days=1)
# A seat that she gave back, and one in a session that was called off, is told as cancelled: to leave it out would leave it
# standing in calendars that merge. Each of what can become of it makes the sequence higher by one.
APPOINTMENTS: Final = """
SELECT session.ref, session.starts_at, session.ends_at,
       session.held = 'scheduled' AND bool_or(seat.released_at IS NULL), coalesce(program.neutral_name, ''),
       (session.changes + 2 * count(*) - 1 - count(*) FILTER (WHERE seat.released_at IS NULL))::int
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN programs_program AS program ON program.id = session.program_id
 WHERE seat.patient_id = %s AND session.ends_at > %s AND session.starts_at < %s
 GROUP BY session.id, program.id ORDER BY session.starts_at, session.id
"""


class Appointment(NamedTuple):
    """A session that she has or had a seat in."""

    ref: UUID
    starts_at: datetime
    ends_at: datetime
    stands: bool
    title: str
    """The neutral name of its program; "": it has none."""
    sequence: int


def appointments_of(patient_id: int, now: datetime) -> list[Appointment]:
    """Behind her door: hers to come, booked make-ups among them, and those of the last weeks."""
    return [Appointment(*row) for row in select(APPOINTMENTS, [patient_id, now - BACK, now + AHEAD])]


def tag_of(told: Sequence[Appointment], patient: Patient) -> str:
    """The same as long as nothing she would see has changed (RFC 9110, 8.8.3): weak, since the stamps differ."""
    said = repr((told, patient.timezone, patient.language, patient.ref))
    return f'W/"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'


def feed(told: Sequence[Appointment], patient: Patient, now: datetime) -> bytes:
    """The whole calendar."""
    zone, say = ZoneInfo(patient.timezone), words_in(patient.language)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", say.appointments)
    calendar.add("x-wr-timezone", zone.key)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    if told:
        calendar.add_component(_zone(zone, told[0].starts_at, max(each.ends_at for each in told)))
    for each in told:
        calendar.add_component(_event(each, patient, zone, say, now))
    written: bytes = calendar.to_ical()
    return written


def _event(told: Appointment, patient: Patient, zone: ZoneInfo, say: English, now: datetime) -> Event:
    event = Event()
    event.add("uid", str(uuid5(OF_CALENDARS, f"{told.ref}:{patient.ref}")))
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", _as_told(told.starts_at, zone))
    event.add("dtend", _as_told(told.ends_at, zone))
    event.add("summary", told.title or say.appointment)
    event.add("class", "PRIVATE")
    event.add("sequence", told.sequence)
    event.add("status", "CONFIRMED" if told.stands else "CANCELLED")
    event.add("transp", "OPAQUE" if told.stands else "TRANSPARENT")
    if told.stands:
        event.add("description", say.join_note)
    return event


def _as_told(at: datetime, zone: ZoneInfo) -> datetime:
    """On her wall clock; in UTC in the hour that a clock shows twice, of which a zoned time means the first alone."""
    local = at.astimezone(zone).replace(microsecond=0)
    return at.astimezone(UTC).replace(microsecond=0) if local.fold else local


def _zone(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """What her clock shows from before the first to after the last, with each change of it between."""
    told = Timezone()
    told.add("tzid", zone.key)
    start = first - A_DAY
    local = start.astimezone(zone)
    offset = local.utcoffset() or timedelta()
    told.add_component(_observed(local, offset))
    for change in _changes(zone, start, last + A_DAY):
        told.add_component(
            _observed(change.astimezone(zone), (change - A_SECOND).astimezone(zone).utcoffset())
        )
    return told


A_SECOND: Final = timedelta(seconds=1)


def _observed(local: datetime, before: timedelta | None) -> TimezoneStandard | TimezoneDaylight:
    """From an instant on. Its own start is told by the clock as it was before (RFC 5545, 3.6.5)."""
    part = TimezoneDaylight() if local.dst() else TimezoneStandard()
    came_from = before or timedelta()
    part.add("dtstart", (local.astimezone(UTC) + came_from).replace(tzinfo=None, microsecond=0))
    part.add("tzoffsetfrom", came_from)
    part.add("tzoffsetto", local.utcoffset())
    part.add("tzname", local.tzname())
    return part


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """Instants from which on the clock of `zone` shows something else, to the second."""
    day = start
    while day < end:
        if _offset(day, zone) != _offset(day + A_DAY, zone):
            before, after = day, day + A_DAY
            while after - before > A_SECOND:
                middle = before + (after - before) // 2
                same = _offset(middle, zone) == _offset(before, zone)
                before, after = (middle, after) if same else (before, middle)
            yield _on_the_minute(after)
        day += A_DAY


def _offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


def _on_the_minute(at: datetime) -> datetime:
    """Clocks change on a full minute; a search by halves comes within a second after it."""
    return at.replace(second=0, microsecond=0)
